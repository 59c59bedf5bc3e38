/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP/2 frames, as they come out of TLS: a connection of a real loop over a socket pair, with the input behind a preface and
 * settings. Every request is answered and given back once, and the answer does not depend on how the bytes were cut. */
#include "net/conn.h"
#include "net/exchange.h"
#include "net/listeners.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HELLO "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"
#define BODY_BYTES 70000u
#define UNGUARDED_BYTES 6u
/** Turns of the loop that let everything happen which can. */
#define TURNS_MAX 1000
#define PIECES_MAX 24

static struct net_server *server;
static struct loop loop;
static char body[BODY_BYTES];
static unsigned asked, released, done;

static void release(void *pinned)
{
	(void)pinned;
	released++;
}

/** Bodies for longer paths are not let in. */
static bool on_head(void *context, const struct net_request *request, struct net_reply *reply)
{
	(void)context;
	ASSERT(!request->body.ptr);
	if (request->path.len <= UNGUARDED_BYTES)
		return true;
	asked++;
	reply->status = 401;
	reply->release = release;
	return false;
}

static bool on_loop(void *context, const struct net_request *request, struct net_reply *reply)
{
	(void)context;
	asked++;
	ASSERT(request->path.len > 0 && request->version == NET_HTTP_2);
	for (size_t i = 0; i < request->header_count; i++)
		ASSERT(request->headers[i].name.len > 0 && request->headers[i].name.ptr[0] != ':');
	reply->status = 200;
	net_reply_header(reply, "ETag", SLICE("W/\"1\""));
	reply->body = request->body.len ? request->body : (struct slice){ body, request->path.len * 997 % sizeof(body) };
	reply->release = release;
	return true;
}

static void on_done(void *context, const struct net_request *request, const struct net_reply *reply, uint64_t bytes_sent,
		    uint64_t duration_us)
{
	(void)context;
	(void)request;
	(void)bytes_sent;
	(void)duration_us;
	ASSERT(reply->status >= 200);
	done++;
}

static void prepare(void)
{
	struct arena *arena = arena_new(1u << 20);
	struct net_handler handler = { .on_head = on_head, .on_loop = on_loop, .on_done = on_done };
	struct net_options options = { 0 };
	struct option_errors errors = { 0 };
	struct error err = { 0 };

	log_level_set(LOG_ERROR);
	ASSERT(arena && options_default(arena, &net_option_table, &options, &errors));
	options.listen = SLICE("127.0.0.1:0");
	options.plain = true;
	options.loops = 1;
	options.max_body_bytes = 4096;
	ASSERT(net_server_new(&options, &handler, &server, &err));
	ASSERT(loop_open(&loop, server, 0, server->sockets, &err));
	arena_free(arena);
}

static void turn_until_quiet(int fd)
{
	char dropped[65536];

	for (unsigned i = 0; i < TURNS_MAX; i++) {
		uv_run(&loop.uv, UV_RUN_NOWAIT);
		if (recv(fd, dropped, sizeof(dropped), MSG_DONTWAIT) <= 0)
			return;
	}
}

/** The only connection speaks HTTP/2 from its first byte. */
static void speak_http2(void)
{
	struct conn *conn = loop.waiting[WAIT_HEADER].first;

	ASSERT(conn && !conn->later);
	conn->protocol->closed(conn);
	conn->protocol = &http2_protocol;
	conn->protocol->open(conn);
}

/** A connection that has nothing to do may have packed what it keeps before the next bytes come. */
static void let_rest(void)
{
	if (loop.waiting[WAIT_LULL].first)
		conn_expire(loop.waiting[WAIT_LULL].first);
}

static void feed(struct slice input, size_t piece)
{
	struct sockaddr_storage peer = { .ss_family = AF_UNIX };
	int ends[2];

	asked = released = done = 0;
	ASSERT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
	ASSERT(conn_open(&loop, ends[0], &peer, &server->listeners[0]));
	loop.connections++;
	speak_http2();
	(void)!send(ends[1], HELLO, sizeof(HELLO) - 1, MSG_NOSIGNAL);
	for (size_t at = 0; at < input.len; at += piece) {
		size_t len = input.len - at < piece ? input.len - at : piece;
		if (send(ends[1], input.ptr + at, len, MSG_NOSIGNAL) != (ssize_t)len)
			break;
		turn_until_quiet(ends[1]);
		let_rest();
	}
	turn_until_quiet(ends[1]);
	close(ends[1]);
	for (unsigned i = 0; i < TURNS_MAX && loop.connections; i++)
		uv_run(&loop.uv, UV_RUN_NOWAIT);
	ASSERT(loop.connections == 0 && released == asked && done >= asked);
}

/** A client that says good-bye is left as soon as nothing of it runs; what it asks behind that is seen only if it comes at once.
 */
static bool says_good_bye(struct slice input)
{
	struct http2_heads heads = { 0 };
	struct http2_head head;

	while (http2_heads_next(&heads, &input, &head))
		if (head.frame.type == NGHTTP2_GOAWAY)
			return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice input = { size ? (const char *)data : "", size };

	if (!server)
		prepare();
	feed(input, SIZE_MAX / 2);
	unsigned whole = asked;
	feed(input,
	     size < 13 * PIECES_MAX ? 13 : size / PIECES_MAX); /* each costs a turn of the loop: a short input is cut finely */
	ASSERT(asked >= whole || says_good_bye(input) ||
	       size > 2000); /* a reset that comes with its request is quicker than the answer */
	return 0;
}
