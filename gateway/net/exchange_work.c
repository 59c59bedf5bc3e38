/* SPDX-License-Identifier: Apache-2.0 */
/* What pool threads do with an exchange: unpack its body, or answer it and pack the reply. */
#include "net/exchange.h"

#include "net/gzip.h"
#include "net/loop.h"
#include "net/server.h"

/* ---- the body of the request ---- */

static void note_refusal(struct exchange *exchange, unsigned status, struct slice reason)
{
	exchange->refused_status = status;
	exchange->refused_reason = reason;
}

/** What is unpacked counts as what is read does. It is not waited for room here: those who must give it up may wait for this pool
 * thread. The packed body goes when this is done and is not counted beside it, so that one that is alone always fits. */
static bool take_unpacked(void *context, size_t bytes)
{
	struct exchange *exchange = context;
	struct net_server *server = exchange->loop->server;
	size_t all = atomic_fetch_add(&server->body_bytes, bytes) + bytes;

	exchange->body_charged += bytes;
	return all - exchange->body.len <= server->options.max_bodies_bytes;
}

/** The body is `body` now. */
static void replace_body(struct exchange *exchange, struct buf *body)
{
	buf_free(&exchange->body);
	exchange->body = *body;
	exchange->request.body = buf_slice(&exchange->body);
	atomic_fetch_sub(&exchange->loop->server->body_bytes, exchange->body_charged - body->len);
	exchange->body_charged = body->len;
}

static void unpack(struct exchange *exchange)
{
	const struct net_options *options = &exchange->loop->server->options;
	const struct gzip_meter meter = { take_unpacked, exchange };
	struct buf plain;

	buf_init(&plain, options->max_body_bytes);
	enum gzip_verdict verdict = gzip_unpack(buf_slice(&exchange->body), options->max_body_ratio, &meter, &plain);
	if (verdict != GZIP_DONE)
		buf_free(&plain);
	replace_body(exchange, &plain);
	if (verdict == GZIP_BROKEN)
		note_refusal(exchange, 400, SLICE("The body is not what its Content-Encoding, gzip, says"));
	else if (verdict == GZIP_TOO_LARGE)
		note_refusal(exchange, 413, SLICE("The body unpacks to more than this server accepts"));
	else if (verdict == GZIP_NO_MEMORY || verdict == GZIP_NO_ROOM)
		note_refusal(exchange, 503, SLICE("The server has no memory for the body now"));
}

/* ---- the reply ---- */

/** The body that is sent, and what the reply pinned: its fields may stand there too. */
struct packed {
	struct buf body;
	void (*release)(void *pinned);
	void *pinned;
};

static void release_packed(void *pinned)
{
	struct packed *packed = pinned;

	buf_free(&packed->body);
	if (packed->release)
		packed->release(packed->pinned);
}

static void send_packed(struct net_reply *reply, struct slice packed)
{
	reply->body = packed;
	net_reply_header(reply, "Content-Encoding", SLICE("gzip"));
}

/** The packed form goes with the request. */
static void pin_packed(struct exchange *exchange, struct buf *body)
{
	struct net_reply *reply = &exchange->reply;
	struct packed *packed = arena_new_of(exchange->request.arena, struct packed);

	if (!packed) {
		buf_free(body);
		return;
	}
	*packed = (struct packed){ *body, reply->release, reply->pinned };
	reply->release = release_packed;
	reply->pinned = packed;
	send_packed(reply, buf_slice(&packed->body));
}

static void pack(struct exchange *exchange)
{
	struct net_reply *reply = &exchange->reply;
	struct slice kept = SLICE_NONE;
	struct buf body = { 0 };
	bool pays = gzip_pack(reply->body, &body);

	if (reply->keep_packed)
		kept = reply->keep_packed(reply->pinned, pays ? buf_slice(&body) : SLICE(""));
	if (pays && !kept.len) {
		pin_packed(exchange, &body);
		return;
	}
	buf_free(&body);
	if (pays)
		send_packed(reply, kept);
}

bool exchange_reply_wants_packing(struct exchange *exchange)
{
	struct net_reply *reply = &exchange->reply;

	if (!gzip_is_accepted(net_request_header(&exchange->request, "accept-encoding")))
		return false;
	if (reply->packed.len)
		send_packed(reply, reply->packed);
	return !reply->packed.ptr;
}

void exchange_work(struct exchange *exchange, unsigned worker)
{
	const struct net_server *server = exchange->loop->server;

	if (exchange->is_packed) {
		unpack(exchange);
		return;
	}
	if (!exchange->reply_waits) {
		server->handler.on_worker(server->handler.context, worker, &exchange->request, &exchange->reply);
		exchange->reply_waits = exchange_reply_varies(exchange) && exchange_reply_wants_packing(exchange);
	}
	if (exchange->reply_waits)
		pack(exchange);
}

/** Asked of all replies, so that a cache does not give a packed one to a client that cannot read it. */
bool exchange_reply_varies(struct exchange *exchange)
{
	if (!gzip_is_for(&exchange->reply, exchange->loop->server->options.min_compress_bytes))
		return false;
	net_reply_header(&exchange->reply, "Vary", SLICE("Accept-Encoding"));
	return true;
}
