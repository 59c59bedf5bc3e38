/* SPDX-License-Identifier: Apache-2.0 */
/* Serves one file's bytes under every path, from the loop or (argument "worker") from the pool: what net costs, with nothing
 * above it. bytes FILE CERTIFICATE KEY [worker]      prints the port, serves until SIGTERM */
#include "cannula/net.h"

#include <string.h>

#define FILE_MAX_BYTES (16u << 20)

struct bytes {
	struct slice body;
	bool on_worker;
};

static void answer(const struct bytes *bytes, struct net_reply *reply)
{
	reply->status = 200;
	net_reply_header(reply, "Content-Type", SLICE("application/fhir+json"));
	net_reply_header(reply, "ETag", SLICE("W/\"1\""));
	net_reply_header(reply, "Last-Modified", SLICE("Mon, 23 Nov 2026 20:48:00 GMT"));
	reply->body = bytes->body;
}

static bool on_loop(void *context, const struct net_request *request, struct net_reply *reply)
{
	const struct bytes *bytes = context;

	(void)request;
	if (bytes->on_worker)
		return false;
	answer(bytes, reply);
	return true;
}

static void on_worker(void *context, unsigned worker, const struct net_request *request, struct net_reply *reply)
{
	(void)worker;
	(void)request;
	answer(context, reply);
}

static bool serve(struct arena *arena, char **argv, struct error *err)
{
	struct bytes bytes = { .on_worker = argv[5] && strcmp(argv[5], "worker") == 0 };
	struct net_handler handler = { .on_loop = on_loop, .on_worker = on_worker, .context = &bytes };
	struct net_options options = { 0 };
	struct option_errors errors = { 0 };
	struct net_server *server;

	if (!options_default(arena, &net_option_table, &options, &errors) ||
	    !file_read(arena, argv[2], FILE_MAX_BYTES, &bytes.body, err))
		return false;
	options.listen = slice_of(argv[1]);
	options.certificate = slice_of(argv[3]);
	options.private_key = slice_of(argv[4]);
	options.loops = 1;
	options.workers = 1;
	if (!net_server_new(&options, &handler, &server, err))
		return false;
	bool ok = net_server_run(server, err);
	net_server_free(server);
	return ok;
}

int main(int argc, char **argv)
{
	struct arena *arena = arena_new(2 * FILE_MAX_BYTES);
	struct error err = { 0 };

	if (argc < 5 || !arena) {
		fprintf(stderr, "usage: bytes LISTEN FILE CERTIFICATE KEY [worker]\n");
		return 2;
	}
	bool ok = serve(arena, argv, &err);
	if (!ok)
		fprintf(stderr, "bytes: %s: %s (%s)\n", err.place, err.message, err.hint);
	arena_free(arena);
	return ok ? 0 : 3;
}
