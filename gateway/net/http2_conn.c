/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http2_conn.h"

#include "net/conn.h"
#include "net/exchange.h"

#include <stdlib.h>

/** How much of request bodies may be on the way: for each of them, and for all of a connection. */
#define STREAM_WINDOW_BYTES (128 << 10)
#define CONNECTION_WINDOW_BYTES (256 << 10)
/** Fields of replies that both sides remember (RFC 7541 section 2.3.2): enough for those that all replies have. An entry takes
 * three times its size, for as long as the connection lives. */
#define REPLY_TABLE_BYTES 1024
/** Streams that stand still are looked for this often while others move. */
#define LOOK_EVERY_MS 1000

static uint64_t now_ms(const struct http2_conn *http2)
{
	return uv_now(&http2->conn->loop->uv);
}

/* ---- streams ---- */

void http2_stream_enter(struct http2_stream *stream, enum http2_stage stage)
{
	stream->http2->staged[stream->stage]--;
	stream->http2->staged[stage]++;
	stream->stage = stage;
	stream->touched_ms = now_ms(stream->http2);
	stream->progress_bytes = 0;
}

void http2_stream_progress(struct http2_stream *stream, size_t bytes)
{
	conn_progress(stream->http2->conn, bytes);
	stream->progress_bytes += bytes;
	if (stream->progress_bytes < CONN_PROGRESS_BYTES)
		return;
	stream->progress_bytes = 0;
	stream->touched_ms = now_ms(stream->http2);
}

void http2_stream_end(struct http2_stream *stream)
{
	struct http2_conn *http2 = stream->http2;
	struct exchange *exchange = stream->exchange;

	*(stream->earlier ? &stream->earlier->later : &http2->first) = stream->later;
	*(stream->later ? &stream->later->earlier : &http2->last) = stream->earlier;
	http2->staged[stream->stage]--;
	exchange->stream = NULL;
	if (stream->stage == HTTP2_AT_REPLY || stream->stage == HTTP2_AT_REST)
		exchange_finish(exchange);
	else if (stream->stage != HTTP2_AT_WORK)
		exchange_drop(exchange);
}

/* ---- a session ---- */

static nghttp2_session_callbacks *callbacks;
static nghttp2_option *session_options;

static void make_templates(void)
{
	if (nghttp2_session_callbacks_new(&callbacks) != 0 || nghttp2_option_new(&session_options) != 0) {
		nghttp2_session_callbacks_del(callbacks);
		callbacks = NULL;
		return;
	}
	http2_request_callbacks(callbacks);
	http2_reply_callbacks(callbacks);
	nghttp2_option_set_no_auto_window_update(session_options, 1);
	nghttp2_option_set_no_closed_streams(session_options, 1);
	nghttp2_option_set_max_deflate_dynamic_table_size(session_options, REPLY_TABLE_BYTES);
	nghttp2_option_set_stream_reset_rate_limit(session_options, UINT64_MAX, 1); /* http2_guard counts */
}

static bool submit_settings(struct http2_conn *http2)
{
	const struct net_options *options = &http2->conn->loop->server->options;
	const nghttp2_settings_entry settings[] = {
		{ NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, (uint32_t)options->max_streams },
		{ NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, STREAM_WINDOW_BYTES },
		{ NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, (uint32_t)options->max_header_bytes },
		{ NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1 },
	};

	return nghttp2_submit_settings(http2->session, NGHTTP2_FLAG_NONE, settings, ARRAY_SIZE(settings)) == 0 &&
	       nghttp2_session_set_local_window_size(http2->session, NGHTTP2_FLAG_NONE, 0, CONNECTION_WINDOW_BYTES) == 0;
}

static bool open_session(struct http2_conn *http2)
{
	nghttp2_mem allocator;

	http2_memory_open(&http2->memory, &http2->conn->loop->http2, &allocator);
	int failure = nghttp2_session_server_new3(&http2->session, callbacks, http2, session_options, &allocator);
	http2_memory_opened(&http2->memory);
	return failure == 0;
}

static void http2_free(struct http2_conn *http2)
{
	nghttp2_session_del(http2->session);
	http2_memory_close(&http2->memory);
	free(http2);
}

static struct http2_conn *http2_new(struct conn *conn)
{
	static uv_once_t once = UV_ONCE_INIT;

	uv_once(&once, make_templates);
	struct http2_conn *http2 = callbacks ? calloc(1, sizeof(*http2)) : NULL;
	if (!http2)
		return NULL;
	http2->conn = conn;
	http2_heads_init(&http2->heads);
	http2_guard_init(&http2->guard, conn->loop->server->options.max_control_frames, now_ms(http2));
	if (open_session(http2) && submit_settings(http2))
		return http2;
	http2_free(http2);
	return NULL;
}

static void open_http2(struct conn *conn)
{
	conn->as.http2 = http2_new(conn);
	if (conn->as.http2)
		conn_enter(conn, CONN_HEAD);
	else
		conn_close(conn);
}

static void closed(struct conn *conn)
{
	struct http2_conn *http2 = conn->as.http2;

	if (!http2)
		return;
	http2_memory_wake(&http2->memory);
	while (http2->first)
		http2_stream_end(http2->first);
	http2_free(http2);
	conn->as.http2 = NULL;
}

/* ---- leaving ---- */

static void break_off(struct http2_conn *http2, uint32_t error_code)
{
	http2->is_broken = true;
	(void)nghttp2_session_terminate_session(http2->session, error_code);
}

void http2_leave_now(struct http2_conn *http2)
{
	if (http2->leaving == HTTP2_LEFT)
		return;
	http2->leaving = HTTP2_LEFT;
	if (nghttp2_submit_goaway(http2->session, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(http2->session),
				  NGHTTP2_NO_ERROR, NULL, 0) != 0)
		break_off(http2, NGHTTP2_NO_ERROR);
}

/** What is on its way to us when the warning leaves is still served: a ping follows it, and then its answer. */
void http2_leave(struct http2_conn *http2)
{
	if (http2->leaving != HTTP2_STAYS)
		return;
	http2->leaving = HTTP2_WARNED;
	if (nghttp2_submit_shutdown_notice(http2->session) != 0)
		break_off(http2, NGHTTP2_NO_ERROR);
}

/* ---- clocks ---- */

static bool is_late(const struct http2_stream *stream)
{
	const uint64_t *wait_ms = stream->http2->conn->loop->wait_ms;
	uint64_t stood_ms = now_ms(stream->http2) - stream->touched_ms;

	switch (stream->stage) {
	case HTTP2_AT_HEAD:
		return stood_ms >= wait_ms[WAIT_HEADER];
	case HTTP2_AT_BODY:
		return stood_ms >= wait_ms[WAIT_BODY];
	case HTTP2_AT_REPLY:
		return stood_ms >= wait_ms[WAIT_WRITE];
	case HTTP2_AT_REST:
		return stood_ms >= wait_ms[WAIT_LINGER];
	case HTTP2_AT_WORK:
	case HTTP2_STAGES:
		return false;
	}
	return false;
}

/** A header block that does not end holds up the whole connection. */
static void cut_late_streams(struct http2_conn *http2)
{
	http2->looked_ms = now_ms(http2);
	for (struct http2_stream *stream = http2->first; stream; stream = stream->later) {
		if (!is_late(stream))
			continue;
		if (stream->stage == HTTP2_AT_HEAD)
			break_off(http2, NGHTTP2_ENHANCE_YOUR_CALM);
		else if (stream->stage == HTTP2_AT_BODY)
			http2_stream_refuse(stream, 408, SLICE("The request took longer than this server waits"));
		else
			(void)nghttp2_submit_rst_stream(http2->session, NGHTTP2_FLAG_NONE, stream->id,
							stream->stage == HTTP2_AT_REST ? NGHTTP2_NO_ERROR : NGHTTP2_CANCEL);
	}
}

static void expired(struct conn *conn)
{
	struct http2_conn *http2 = conn->as.http2;

	http2_memory_wake(&http2->memory);
	if (!http2->has_begun || !http2->first)
		break_off(http2, NGHTTP2_NO_ERROR);
	else
		cut_late_streams(http2);
	conn->is_fresh = true; /* streams have clocks of their own: others may not be late yet */
}

/* ---- a turn ---- */

/** What is wrong with a frame that begins, and ends the connection. */
static uint32_t judge(struct http2_conn *http2, const struct http2_head *head)
{
	http2->is_flooded = !http2_guard_admit(&http2->guard, &head->frame, now_ms(http2));
	return http2->is_flooded ? NGHTTP2_ENHANCE_YOUR_CALM : http2_past_note(&http2->past, head);
}

/** Looks at the heads of frames before nghttp2 does. The length of what it may read: behind a head that is wrong, nothing. */
static size_t look_ahead(struct http2_conn *http2, struct slice input, uint32_t *wrong)
{
	struct slice rest = input;
	struct http2_head head;

	*wrong = NGHTTP2_NO_ERROR;
	while (*wrong == NGHTTP2_NO_ERROR && http2_heads_next(&http2->heads, &rest, &head))
		*wrong = judge(http2, &head);
	return input.len - rest.len;
}

/** As what is no TLS, what is no HTTP/2 costs a peer nothing to send and must not fill the log. */
static void log_end(const struct http2_conn *http2, const char *why)
{
	log_write(http2->is_flooded ? LOG_INFO : LOG_DEBUG, "%s: HTTP/2: %s", http2->conn->peer_text,
		  http2->is_flooded ? "a flood of frames" : why);
}

static void read_frames(struct http2_conn *http2)
{
	struct conn *conn = http2->conn;
	struct slice input = conn_input(conn);
	uint32_t wrong;

	conn_consume(conn, input.len);
	if (!input.len || http2->is_broken)
		return;
	size_t length = look_ahead(http2, input, &wrong);
	ssize_t used = nghttp2_session_mem_recv(http2->session, (const uint8_t *)input.ptr, length);
	if (used == NGHTTP2_ERR_BAD_CLIENT_MAGIC)
		wrong = NGHTTP2_PROTOCOL_ERROR;
	else if (used < 0)
		wrong = used == NGHTTP2_ERR_FLOODED ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_INTERNAL_ERROR;
	if (wrong == NGHTTP2_NO_ERROR)
		return;
	log_end(http2, used < 0 ? nghttp2_strerror((int)used) : nghttp2_http2_strerror(wrong));
	break_off(http2, wrong);
}

/** All frames of a turn leave together, so that records are full. False when the connection is gone. */
static bool write_frames(struct http2_conn *http2)
{
	struct conn *conn = http2->conn;
	struct buf *out = &conn->loop->scratch;

	buf_reset(out);
	http2->room = conn_room(conn);
	if (!http2_memory_take(&http2->memory) || nghttp2_session_send(http2->session) != 0) {
		conn_close(conn);
		return false;
	}
	http2_memory_give(&http2->memory, !nghttp2_session_want_write(http2->session));
	return !out->len || conn_write(conn, buf_slice(out));
}

static enum conn_step step_of(const struct http2_conn *http2)
{
	if (nghttp2_session_want_write(http2->session))
		return CONN_REPLY;
	if (!http2->has_begun || http2->staged[HTTP2_AT_HEAD])
		return CONN_HEAD;
	if (http2->staged[HTTP2_AT_BODY])
		return CONN_BODY;
	if (http2->staged[HTTP2_AT_REPLY])
		return CONN_WINDOW;
	if (http2->staged[HTTP2_AT_REST])
		return CONN_REST;
	return http2->first ? CONN_STREAMS : CONN_IDLE;
}

static void advance(struct conn *conn)
{
	struct http2_conn *http2 = conn->as.http2;
	uint64_t requests = http2->requests;

	if (conn->is_finishing)
		return;
	http2_memory_wake(&http2->memory);
	if (conn->loop->is_draining)
		http2_leave(http2);
	read_frames(http2);
	if (http2->leaving == HTTP2_WARNED && !http2->first)
		http2_leave_now(http2);
	if (now_ms(http2) - http2->looked_ms >= LOOK_EVERY_MS)
		cut_late_streams(http2);
	if (!write_frames(http2))
		return;
	conn_enter(conn, step_of(http2));
	conn->is_fresh |= http2->requests != requests; /* one that is answered within its turn leaves no other trace */
	if (http2->staged[HTTP2_AT_BODY])
		(void)conn_hold(conn);
	if (!nghttp2_session_want_read(http2->session) && !nghttp2_session_want_write(http2->session))
		conn_finish(conn);
}

static void replied(struct conn *conn, struct exchange *exchange)
{
	(void)conn;
	if (exchange->stream)
		http2_stream_reply(exchange->stream);
	else
		exchange_finish(exchange);
}

static void rest(struct conn *conn)
{
	http2_memory_rest(&conn->as.http2->memory);
}

/** It ends by itself once nothing runs. */
static bool is_idle(const struct conn *conn)
{
	(void)conn;
	return false;
}

const struct protocol http2_protocol = {
	.open = open_http2,
	.advance = advance,
	.replied = replied,
	.expired = expired,
	.rest = rest,
	.is_idle = is_idle,
	.closed = closed,
};
