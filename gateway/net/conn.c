/* SPDX-License-Identifier: Apache-2.0 */
#include "net/conn.h"

#include "net/exchange.h"
#include "net/tls.h"
#include "net/tls_identity.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** What a step means for the socket and the clock. */
static const struct {
	enum loop_wait wait;
	bool reads;
} steps[] = {
	[CONN_HANDSHAKE] = { WAIT_HANDSHAKE, true }, [CONN_IDLE] = { WAIT_LULL, true },
	[CONN_HEAD] = { WAIT_HEADER, true },         [CONN_BODY] = { WAIT_BODY, true },
	[CONN_BUSY] = { WAIT_FOREVER, false },       [CONN_REPLY] = { WAIT_WRITE, false },
	[CONN_STREAMS] = { WAIT_FOREVER, true },     [CONN_WINDOW] = { WAIT_WRITE, true },
	[CONN_REST] = { WAIT_LINGER, true },         [CONN_LINGER] = { WAIT_LINGER, true },
	[CONN_CLOSED] = { WAIT_FOREVER, false },
};

/** Reads of a lingering connection in one turn; a peer that sends faster waits for the next. */
#define LINGER_READS 8

void conn_enter(struct conn *conn, enum conn_step step)
{
	conn->is_fresh |= step != conn->step;
	conn->step = step;
}

struct slice conn_input(const struct conn *conn)
{
	return slice_from(buf_slice(&conn->in), conn->in_start);
}

void conn_consume(struct conn *conn, size_t bytes)
{
	conn->in_start += bytes;
	ASSERT(conn->in_start <= conn->in.len);
}

static size_t unsent(const struct conn *conn)
{
	return conn->out.len - conn->out_start;
}

size_t conn_room(const struct conn *conn)
{
	if (conn->step == CONN_CLOSED || unsent(conn) >= CONN_OUT_BYTES_MAX)
		return 0;
	return CONN_OUT_BYTES_MAX - unsent(conn);
}

bool conn_may_write(const struct conn *conn)
{
	return conn_room(conn) > 0;
}

void conn_progress(struct conn *conn, size_t bytes)
{
	conn->progress_bytes += bytes;
	if (conn->progress_bytes < CONN_PROGRESS_BYTES)
		return;
	conn->progress_bytes = 0;
	conn->is_fresh = true;
}

static bool reads(const struct conn *conn)
{
	if (conn->is_held || (conn->is_finishing && conn->step != CONN_LINGER))
		return false;
	return steps[conn->step].reads && unsent(conn) < CONN_OUT_BYTES_MAX;
}

/* ---- closing ---- */

static void free_when_unused(struct conn *conn)
{
	struct loop *loop = conn->loop;

	if (!conn->handle_is_closed || conn->exchanges_away)
		return;
	tls_identity_free(conn->identity);
	free(conn);
	loop_conn_freed(loop);
}

static void on_handle_closed(uv_handle_t *handle)
{
	struct conn *conn = handle->data;

	conn->handle_is_closed = true;
	free_when_unused(conn);
}

void conn_close(struct conn *conn)
{
	if (conn->step == CONN_CLOSED)
		return;
	conn->step = CONN_CLOSED;
	if (conn->protocol)
		conn->protocol->closed(conn);
	if (conn->is_waiting)
		loop_forget(conn->loop, conn);
	SSL_free(conn->ssl);
	conn->ssl = NULL;
	loop_return_buf(conn->loop, &conn->in);
	loop_return_buf(conn->loop, &conn->out);
	conn->in_start = conn->out_start = 0;
	uv_close((uv_handle_t *)&conn->poll, on_handle_closed);
	close(conn->fd);
	address_leave(conn->loop->server->addresses, conn->bucket);
}

/** Sends what the socket takes; false when the peer is gone. */
static bool flush(struct conn *conn)
{
	while (unsent(conn)) {
		ssize_t sent = send(conn->fd, conn->out.ptr + conn->out_start, unsent(conn), MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return errno == EAGAIN || errno == EWOULDBLOCK;
		conn->out_start += (size_t)sent;
		conn_progress(conn, (size_t)sent);
	}
	if (conn->out.ptr)
		loop_return_buf(conn->loop, &conn->out);
	conn->out_start = 0;
	return true;
}

void conn_finish(struct conn *conn)
{
	conn->is_finishing = true;
}

void conn_leave(struct conn *conn)
{
	if (conn->ssl && tls_good_bye(conn))
		(void)flush(conn);
	conn_close(conn);
}

/** The reply is with the kernel; closing now, with input unread, would reset the connection and could take the reply back (RFC
 * 9112 section 9.6). So only our side is closed. */
static void linger(struct conn *conn)
{
	bool ok = !conn->ssl || (tls_good_bye(conn) && flush(conn));

	if (!ok || shutdown(conn->fd, SHUT_WR) != 0)
		conn_close(conn);
	else
		conn_enter(conn, CONN_LINGER);
}

/** A client that writes its whole request before it reads would lose the reply to a reset: as long as it keeps sending it is
 * heard out, up to what a body may have. */
static void drop_input(struct conn *conn)
{
	uint64_t max_bytes = conn->loop->server->http1_limits.max_body_bytes;

	for (unsigned i = 0; i < LINGER_READS; i++) {
		char dropped[CONN_READ_BYTES];
		ssize_t got = recv(conn->fd, dropped, sizeof(dropped), 0);
		if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
			conn_close(conn);
		if (got <= 0)
			return;
		conn->dropped_bytes += (size_t)got;
		conn_progress(conn, (size_t)got);
		if (conn->dropped_bytes > max_bytes + CONN_READ_BYTES) {
			conn_close(conn);
			return;
		}
	}
}

/* ---- bytes ---- */

/** What the peer took of `out` makes room. */
static void compact(struct conn *conn)
{
	conn->out.len = unsent(conn);
	memmove(conn->out.ptr, conn->out.ptr + conn->out_start, conn->out.len);
	conn->out_start = 0;
}

bool conn_write(struct conn *conn, struct slice bytes)
{
	if (conn->step == CONN_CLOSED)
		return false;
	if (!conn->out.ptr)
		loop_lend_buf(conn->loop, &conn->out);
	if (conn->out_start)
		compact(conn);
	if (conn->ssl ? tls_write(conn, bytes) : (buf_append(&conn->out, bytes), !conn->out.failed))
		return true;
	conn_close(conn);
	return false;
}

/** Room for a read behind what is not consumed yet. */
static bool make_room(struct conn *conn)
{
	struct slice rest = conn_input(conn);

	if (!conn->in.ptr)
		loop_lend_buf(conn->loop, &conn->in);
	else if (conn->in_start) {
		memmove(conn->in.ptr, rest.ptr, rest.len);
		conn->in.len = rest.len;
	}
	conn->in_start = 0;
	return buf_reserve(&conn->in, CONN_READ_BYTES);
}

static enum tls_result receive_plain(struct conn *conn, size_t *got)
{
	ssize_t received = recv(conn->fd, conn->in.ptr + conn->in.len, CONN_READ_BYTES, 0);

	*got = received > 0 ? (size_t)received : 0;
	if (received > 0)
		return TLS_DONE;
	if (received == 0)
		return TLS_ENDED;
	return errno == EAGAIN || errno == EINTR ? TLS_AGAIN : TLS_FAILED;
}

/** The peer will send no more. What it asked before is still answered. */
static void peer_ended(struct conn *conn)
{
	if (unsent(conn))
		conn_finish(conn);
	else
		conn_close(conn);
}

/** True when there are new bytes. */
static bool receive(struct conn *conn)
{
	size_t got = 0;

	if (!make_room(conn)) {
		conn_close(conn);
		return false;
	}
	enum tls_result result = conn->ssl ? tls_read(conn, CONN_READ_BYTES, &got) : receive_plain(conn, &got);
	conn->in.len += got;
	if (result == TLS_ENDED)
		peer_ended(conn);
	if (result == TLS_FAILED)
		conn_close(conn);
	return result == TLS_DONE;
}

/** True when the handshake is complete; the first request may already have been read with its end. */
static bool shake_hands(struct conn *conn)
{
	if (!conn->out.ptr)
		loop_lend_buf(conn->loop, &conn->out);
	switch (tls_handshake(conn)) {
	case TLS_DONE:
		if (!tls_identity_read(conn->ssl, &conn->identity)) {
			conn_close(conn);
			return false;
		}
		conn->protocol = tls_protocol(conn);
		conn->protocol->open(conn);
		return true;
	case TLS_AGAIN:
		return false;
	case TLS_ENDED:
	case TLS_FAILED:
		(void)flush(conn); /* the alert says why */
		conn_close(conn);
		return false;
	}
	return false;
}

/* ---- a turn: the socket, the protocol, the socket
 * ------------------------------------------------------------------------------- */

/** True when something came that the protocol, or another read, should look at. */
static bool turn_in(struct conn *conn, bool is_readable)
{
	if (!reads(conn) || (!is_readable && !(conn->ssl && SSL_has_pending(conn->ssl))))
		return false;
	if (conn->step == CONN_LINGER) {
		drop_input(conn);
		return false;
	}
	return conn->step == CONN_HANDSHAKE ? shake_hands(conn) : receive(conn);
}

/** True when the peer took everything and there is more to do. */
static bool turn_out(struct conn *conn)
{
	bool had_output = unsent(conn);

	if (conn->step == CONN_CLOSED)
		return false;
	if (!flush(conn)) {
		conn_close(conn);
		return false;
	}
	return had_output && !unsent(conn) && !conn->is_finishing && (conn->step == CONN_REPLY || conn_input(conn).len);
}

static void on_poll(uv_poll_t *poll, int status, int events);

/** Polling for input does not stop with each request that goes to a worker, only when the peer really sends meanwhile
 * (`is_unread`): this saves two system calls a request. */
static void poll_for(struct conn *conn, bool is_unread)
{
	bool keeps_reading = (conn->events & UV_READABLE) && !is_unread;
	int events = (unsent(conn) ? UV_WRITABLE : 0) | (reads(conn) || keeps_reading ? UV_READABLE : 0);

	if (events == conn->events)
		return;
	conn->events = events;
	if ((events ? uv_poll_start(&conn->poll, events, on_poll) : uv_poll_stop(&conn->poll)) != 0)
		conn_close(conn);
}

/** A lull that is over does not begin anew while nothing is asked. */
static bool waits_for(const struct conn *conn, enum loop_wait wait)
{
	return conn->is_waiting && (conn->wait == wait || (wait == WAIT_LULL && conn->wait == WAIT_IDLE));
}

static void settle(struct conn *conn, bool is_unread)
{
	if (conn->is_finishing && !unsent(conn) && conn->step != CONN_LINGER && conn->step != CONN_BUSY)
		linger(conn);
	if (conn->loop->is_draining && conn->step != CONN_LINGER && conn->protocol->is_idle(conn) && !unsent(conn))
		conn_leave(conn);
	if (conn->step == CONN_CLOSED)
		return;
	if (conn->in.ptr && conn->in_start == conn->in.len) {
		loop_return_buf(conn->loop, &conn->in);
		conn->in_start = 0;
	}
	poll_for(conn, is_unread);
	if (conn->step == CONN_CLOSED)
		return;
	enum loop_wait wait = unsent(conn) ? WAIT_WRITE : steps[conn->step].wait;
	if (conn->is_fresh || !waits_for(conn, wait))
		loop_wait(conn->loop, conn, wait);
	conn->is_fresh = false;
}

static void turn(struct conn *conn, bool is_readable)
{
	bool again = true, is_unread = is_readable && !reads(conn);

	while (again && conn->step != CONN_CLOSED) {
		again = turn_in(conn, is_readable);
		is_readable = false;
		if (conn->protocol && conn->step != CONN_CLOSED)
			conn->protocol->advance(conn);
		again |= turn_out(conn);
	}
	if (conn->step != CONN_CLOSED)
		settle(conn, is_unread);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct conn *conn = poll->data;

	if (status < 0)
		conn_close(conn);
	else
		turn(conn, events & UV_READABLE);
}

/* ---- what the loop reports
 * ------------------------------------------------------------------------------------------------------ */

bool conn_replied(struct conn *conn, struct exchange *exchange)
{
	conn->exchanges_away--;
	if (conn->step == CONN_CLOSED) {
		exchange_finish(exchange);
		free_when_unused(conn);
		return false;
	}
	if (exchange_resume(exchange))
		conn->protocol->replied(conn, exchange);
	else
		conn->exchanges_away++;
	bool is_new = !conn->is_going;
	conn->is_going = true;
	return is_new;
}

void conn_go_on(struct conn *conn)
{
	conn->is_going = false;
	if (conn->step != CONN_CLOSED)
		turn(conn, false);
}

bool conn_hold(struct conn *conn)
{
	const struct net_server *server = conn->loop->server;

	conn->is_held = atomic_load_explicit(&server->body_bytes, memory_order_relaxed) >= server->options.max_bodies_bytes;
	if (conn->is_held)
		loop_hold(conn->loop);
	return conn->is_held;
}

void conn_let_go(struct conn *conn)
{
	if (!conn->is_held)
		return;
	conn->is_held = false;
	turn(conn, true);
}

static void end_lull(struct conn *conn)
{
	loop_wait(conn->loop, conn, WAIT_IDLE);
	if (conn->protocol->rest)
		conn->protocol->rest(conn);
}

void conn_expire(struct conn *conn)
{
	if (conn->wait == WAIT_LULL) {
		end_lull(conn);
		return;
	}
	conn->is_held = false;
	if (unsent(conn) || conn->step == CONN_HANDSHAKE || conn->step == CONN_LINGER) {
		conn_close(conn);
		return;
	}
	conn->protocol->expired(conn);
	turn(conn, false);
}

void conn_drain(struct conn *conn)
{
	if (conn->step == CONN_HANDSHAKE)
		conn_close(conn);
	else
		turn(conn, false);
}

void conn_begin(struct conn *conn)
{
	settle(conn, false);
}
