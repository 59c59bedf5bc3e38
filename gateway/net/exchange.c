/* SPDX-License-Identifier: Apache-2.0 */
#include "net/exchange.h"

#include "net/conn.h"
#include "net/loop.h"
#include "net/server.h"

struct slice net_request_header(const struct net_request *request, const char *name)
{
	struct slice wanted = slice_of(name);

	for (size_t i = 0; i < request->header_count; i++)
		if (slice_equal_nocase(request->headers[i].name, wanted))
			return request->headers[i].value;
	return SLICE_NONE;
}

void net_reply_header(struct net_reply *reply, const char *name, struct slice value)
{
	ASSERT(reply->header_count < NET_REPLY_HEADERS_MAX);
	reply->headers[reply->header_count++] = (struct net_header){ slice_of(name), value };
}

struct exchange *exchange_new(struct conn *conn)
{
	struct loop *loop = conn->loop;
	struct arena *arena = loop_lend_arena(loop);
	struct exchange *exchange = arena ? arena_new_of(arena, struct exchange) : NULL;

	if (!exchange) {
		arena_free(arena);
		return NULL;
	}
	exchange->conn = conn;
	exchange->loop = loop;
	exchange->start_us = time_monotonic_us();
	exchange->request.arena = arena;
	exchange->request.is_tls = conn->ssl;
	exchange->request.is_local = conn->is_local;
	exchange->request.listener = &conn->listener->options;
	exchange->request.identity = conn->identity;
	exchange->request.peer = conn->peer;
	exchange->request.id = loop_next_id(loop);
	buf_init(&exchange->body, loop->server->http1_limits.max_body_bytes);
	return exchange;
}

void exchange_drop(struct exchange *exchange)
{
	struct arena *arena = exchange->request.arena;

	buf_free(&exchange->body);
	if (exchange->body_charged)
		atomic_fetch_sub(&exchange->loop->server->body_bytes, exchange->body_charged);
	loop_return_arena(exchange->loop, arena);
}

void exchange_take_body(struct exchange *exchange, struct slice piece)
{
	if (!piece.len) /* as of most requests: what all loops count in stays untouched */
		return;
	exchange->body_charged += piece.len;
	atomic_fetch_add(&exchange->loop->server->body_bytes, piece.len);
	buf_append(&exchange->body, piece);
}

static bool send_to_worker(struct exchange *exchange)
{
	loop_exchange_leaves(exchange->loop);
	pool_submit(exchange->loop->server->pool, exchange);
	return false;
}

static bool ask_program(struct exchange *exchange)
{
	const struct net_handler *handler = &exchange->loop->server->handler;

	if (!handler->on_loop || !handler->on_loop(handler->context, &exchange->request, &exchange->reply))
		return send_to_worker(exchange);
	exchange->reply_waits = exchange_reply_varies(exchange) && exchange_reply_wants_packing(exchange);
	return !exchange->reply_waits || send_to_worker(exchange);
}

/* ---- codings (RFC 9110 section 8.4) ---- */

static bool is_gzip(struct slice coding)
{
	return slice_equal_nocase(coding, SLICE("gzip")) || slice_equal_nocase(coding, SLICE("x-gzip"));
}

static bool coding_is_known(struct slice coding)
{
	return !coding.len || slice_equal_nocase(coding, SLICE("identity")) || is_gzip(coding);
}

bool exchange_admit(struct exchange *exchange)
{
	const struct net_handler *handler = &exchange->loop->server->handler;
	struct net_reply *reply = &exchange->reply;

	if (!coding_is_known(net_request_header(&exchange->request, "content-encoding"))) {
		exchange_refuse(exchange, 415, SLICE("The only Content-Encoding this server knows is gzip"));
		net_reply_header(reply, "Accept-Encoding", SLICE("gzip"));
		return false;
	}
	if (!handler->on_head || handler->on_head(handler->context, &exchange->request, reply)) {
		*reply = (struct net_reply){ .note = reply->note };
		return true;
	}
	(void)exchange_reply_varies(exchange);
	return false;
}

bool exchange_dispatch(struct exchange *exchange)
{
	exchange->is_packed = exchange->request.body.len && is_gzip(net_request_header(&exchange->request, "content-encoding"));
	return exchange->is_packed ? send_to_worker(exchange) : ask_program(exchange);
}

bool exchange_resume(struct exchange *exchange)
{
	if (!exchange->is_packed)
		return true;
	exchange->is_packed = false;
	if (!exchange->refused_status)
		return ask_program(exchange);
	exchange_refuse(exchange, exchange->refused_status, exchange->refused_reason);
	return true;
}

void exchange_refuse(struct exchange *exchange, unsigned status, struct slice reason)
{
	const struct net_handler *handler = &exchange->loop->server->handler;
	struct net_reply *reply = &exchange->reply;

	*reply = (struct net_reply){ .status = status, .note = reply->note };
	if (handler->on_refused)
		handler->on_refused(handler->context, exchange->request.arena, status, reason, reply);
	else {
		net_reply_header(reply, "Content-Type", SLICE("text/plain; charset=utf-8"));
		reply->body = reason;
	}
	if (status == 503) /* RFC 9110 section 10.2.3: memory comes back soon */
		net_reply_header(reply, "Retry-After", SLICE("5"));
}

void exchange_finish(struct exchange *exchange)
{
	const struct net_handler *handler = &exchange->loop->server->handler;
	const struct net_reply *reply = &exchange->reply;

	if (reply->release)
		reply->release(reply->pinned);
	if (handler->on_done && reply->status)
		handler->on_done(handler->context, &exchange->request, reply, exchange->bytes_sent,
				 time_monotonic_us() - exchange->start_us);
	exchange_drop(exchange);
}

struct slice exchange_reply_body(const struct exchange *exchange)
{
	unsigned status = exchange->reply.status;

	if (exchange->request.method == NET_HEAD || status == 204 || status == 304)
		return (struct slice){ "", 0 };
	return exchange->reply.body;
}
