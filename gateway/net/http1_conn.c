/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http1_conn.h"

#include "net/conn.h"
#include "net/exchange.h"
#include "net/reply.h"

/** The most that goes into one TLS record (RFC 8446 section 5.1). */
#define RECORD_BYTES 16384u
/** The longest body that is read for nothing, so that its connection can go on after a refusal at the head. */
#define DROPPED_BYTES_MAX (64u << 10)

static void open_http1(struct conn *conn)
{
	http1_reader_init(&conn->as.http1.reader, &conn->loop->server->http1_limits);
	conn_enter(conn, CONN_HEAD);
}

static size_t at_most(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* ---- replies
 * -------------------------------------------------------------------------------------------------------------------- */

/** What the Connection field has to say (RFC 9112 section 9.3): an HTTP/1.0 client wants its wish confirmed. */
static struct slice connection_option(const struct http1_conn *http1)
{
	if (http1->closes)
		return SLICE("close");
	return http1->reader.minor == 0 ? SLICE("keep-alive") : SLICE_NONE;
}

/** Head and start of the body leave in one record. */
static bool begin_reply(struct conn *conn, bool closes)
{
	struct http1_conn *http1 = &conn->as.http1;
	struct exchange *exchange = http1->exchange;
	struct slice body = exchange_reply_body(exchange);
	struct buf *record = &conn->loop->scratch;

	http1->requests++;
	http1->closes = closes || !http1->reader.keep_alive || conn->loop->is_draining ||
			http1->requests >= conn->loop->server->options.max_requests_per_connection;
	buf_reset(record);
	reply_write_head(exchange, connection_option(http1), loop_date(conn->loop), record);
	exchange->reply_sent = at_most(body.len, record->len < RECORD_BYTES ? RECORD_BYTES - record->len : 0);
	buf_append(record, (struct slice){ body.ptr, exchange->reply_sent });
	ASSERT(!record->failed);
	exchange->bytes_sent += record->len;
	conn_enter(conn, CONN_REPLY);
	return conn_write(conn, buf_slice(record));
}

/** True when the connection is ready for what comes next. */
static bool go_on_replying(struct conn *conn)
{
	struct http1_conn *http1 = &conn->as.http1;
	struct exchange *exchange = http1->exchange;
	struct slice body = exchange_reply_body(exchange);

	while (exchange->reply_sent < body.len) {
		struct slice piece = slice_from(body, exchange->reply_sent);
		piece.len = at_most(piece.len, RECORD_BYTES);
		if (!conn_may_write(conn) || !conn_write(conn, piece))
			return false;
		exchange->reply_sent += piece.len;
		exchange->bytes_sent += piece.len;
	}
	http1->exchange = NULL;
	exchange_finish(exchange);
	if (!http1->closes && http1->reader.step != HTTP1_AT_END) { /* of what was refused at its head */
		conn_enter(conn, CONN_BODY);
		return true;
	}
	http1_reader_init(&http1->reader, &conn->loop->server->http1_limits);
	conn_enter(conn, CONN_IDLE);
	if (http1->closes)
		conn_finish(conn);
	return !http1->closes;
}

static bool refuse(struct conn *conn, unsigned status, struct slice reason)
{
	exchange_refuse(conn->as.http1.exchange, status, reason);
	return begin_reply(conn, true);
}

/* ---- requests
 * ------------------------------------------------------------------------------------------------------------------- */

/** RFC 9110 section 10.1.1: not when the client sends already. */
static bool invite_body(struct conn *conn)
{
	const struct http1_reader *reader = &conn->as.http1.reader;

	if (!reader->expects_continue || !reader->has_body || conn_input(conn).len)
		return true;
	return conn_write(conn, SLICE("HTTP/1.1 100 Continue\r\n\r\n"));
}

/** RFC 9110 section 10.1.1: the final status comes instead of the invitation. Whether a client that waited for one sends its body
 * nevertheless cannot be known, nor how long a chunked one would be. */
static bool refuse_at_head(struct conn *conn)
{
	const struct http1_reader *reader = &conn->as.http1.reader;
	bool is_short = reader->step == HTTP1_AT_LENGTH && reader->left <= DROPPED_BYTES_MAX;

	return begin_reply(conn, !is_short || reader->expects_continue);
}

/** True when there is something to do next; false when that takes more input or more room. */
static bool read_head(struct conn *conn)
{
	struct http1_conn *http1 = &conn->as.http1;
	size_t consumed = 0;

	if (!conn_input(conn).len || !conn_may_write(conn))
		return false;
	conn_enter(conn, CONN_HEAD);
	struct exchange *exchange = exchange_new(conn);
	if (!exchange) {
		conn_close(conn);
		return false;
	}
	enum http1_progress progress =
	    http1_read_head(&http1->reader, exchange->request.arena, conn_input(conn), &exchange->request, &consumed);
	if (progress == HTTP1_MORE) {
		exchange_drop(exchange);
		return false;
	}
	http1->exchange = exchange;
	if (progress == HTTP1_REFUSED)
		return refuse(conn, http1->reader.status, http1->reader.reason);
	conn_consume(conn, consumed);
	if (http1->reader.has_body && !exchange_admit(exchange))
		return refuse_at_head(conn);
	conn_enter(conn, CONN_BODY);
	return invite_body(conn);
}

static bool dispatch(struct conn *conn)
{
	struct http1_conn *http1 = &conn->as.http1;
	struct exchange *exchange = http1->exchange;

	if (http1->reader.has_body)
		exchange->request.body = buf_slice(&exchange->body);
	conn_enter(conn, CONN_BUSY);
	if (exchange_dispatch(exchange))
		return begin_reply(conn, false);
	http1->exchange = NULL;
	conn->exchanges_away++;
	return false;
}

/** Its request has been answered. */
static bool is_dropping(const struct conn *conn)
{
	return conn->step == CONN_BODY && !conn->as.http1.exchange;
}

static bool drop_body(struct conn *conn)
{
	struct http1_reader *reader = &conn->as.http1.reader;
	enum http1_progress progress;

	do {
		struct slice data;
		size_t consumed;
		progress = http1_read_body(reader, conn_input(conn), &data, &consumed);
		conn_consume(conn, consumed);
		conn_progress(conn, data.len);
	} while (progress == HTTP1_DATA);
	if (progress != HTTP1_DONE)
		return false;
	http1_reader_init(reader, &conn->loop->server->http1_limits);
	conn_enter(conn, CONN_IDLE);
	return true;
}

static bool read_body(struct conn *conn)
{
	struct http1_conn *http1 = &conn->as.http1;
	struct buf *body = &http1->exchange->body;
	enum http1_progress progress;

	do {
		struct slice data;
		size_t consumed;
		progress = http1_read_body(&http1->reader, conn_input(conn), &data, &consumed);
		exchange_take_body(http1->exchange, data);
		conn_consume(conn, consumed);
		conn_progress(conn, data.len);
	} while (progress == HTTP1_DATA && !body->failed);
	if (body->failed)
		return refuse(conn, 503, SLICE("The server has no memory for the body now"));
	if (progress == HTTP1_REFUSED)
		return refuse(conn, http1->reader.status, http1->reader.reason);
	if (progress == HTTP1_MORE)
		(void)conn_hold(conn);
	return progress == HTTP1_DONE && dispatch(conn);
}

static bool take_step(struct conn *conn)
{
	switch (conn->step) {
	case CONN_IDLE:
	case CONN_HEAD:
		return read_head(conn);
	case CONN_BODY:
		return is_dropping(conn) ? drop_body(conn) : read_body(conn);
	case CONN_REPLY:
		return go_on_replying(conn);
	case CONN_HANDSHAKE:
	case CONN_BUSY:
	case CONN_STREAMS:
	case CONN_REST:
	case CONN_WINDOW:
	case CONN_LINGER:
	case CONN_CLOSED:
		return false;
	}
	return false;
}

static void advance(struct conn *conn)
{
	while (!conn->is_finishing && take_step(conn))
		;
}

static void replied(struct conn *conn, struct exchange *exchange)
{
	conn->as.http1.exchange = exchange;
	(void)begin_reply(conn, false); /* when it fails, the connection is closed */
}

static bool is_idle(const struct conn *conn)
{
	return conn->step == CONN_IDLE || (conn->step == CONN_HEAD && !conn_input(conn).len);
}

static void expired(struct conn *conn)
{
	struct http1_conn *http1 = &conn->as.http1;

	if (is_idle(conn) || is_dropping(conn)) {
		conn_leave(conn);
		return;
	}
	if (!http1->exchange)
		http1->exchange = exchange_new(conn);
	if (!http1->exchange)
		conn_close(conn);
	else
		(void)refuse(conn, 408, SLICE("The request took longer than this server waits"));
}

static void closed(struct conn *conn)
{
	struct exchange *exchange = conn->as.http1.exchange;

	conn->as.http1.exchange = NULL;
	if (!exchange)
		return;
	if (exchange->reply.status)
		exchange_finish(exchange);
	else
		exchange_drop(exchange);
}

const struct protocol http1_protocol = {
	.open = open_http1,
	.advance = advance,
	.replied = replied,
	.expired = expired,
	.is_idle = is_idle,
	.closed = closed,
};
