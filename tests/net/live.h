/* SPDX-License-Identifier: Apache-2.0 */
/* A server in a thread. */
#ifndef CANNULA_TESTS_NET_LIVE_H
#define CANNULA_TESTS_NET_LIVE_H

#include "../testing.h"

#include "cannula/net.h"

#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>
#include <uv.h>

/** Nothing here takes that long; a test that waits longer has failed. */
#define PATIENCE_S 10
#define BIG_BYTES (4u << 20)
#define LIVE_EVEN_BYTES 100000u

/** Files that all tests of a program share. */
struct files {
	char directory[64], certificate[96], key[96];
};

static inline void files_make(struct files *files)
{
	struct error err = { 0 };

	snprintf(files->directory, sizeof(files->directory), "/tmp/cannula-net-XXXXXX");
	assert_non_null(mkdtemp(files->directory));
	snprintf(files->certificate, sizeof(files->certificate), "%s/cert.pem", files->directory);
	snprintf(files->key, sizeof(files->key), "%s/key.pem", files->directory);
	assert_ok(net_certificate_make(files->certificate, files->key, &err), &err);
}

static inline void files_remove(struct files *files)
{
	unlink(files->certificate);
	unlink(files->key);
	rmdir(files->directory);
}

/** Those of this program; made and removed by its group of tests. */
static struct files files;

static inline int make_files(void **state)
{
	(void)state;
	files_make(&files);
	return 0;
}

static inline int remove_files(void **state)
{
	(void)state;
	files_remove(&files);
	return 0;
}

/* ---- the server ---- */

struct live {
	struct arena *arena;
	struct net_options options;
	struct net_handler handler;
	struct net_server *server;
	uv_thread_t thread;
	bool ran;
	atomic_uint done, refused, released, in_worker, last_status, heads, noted;
	atomic_ullong last_bytes;
	uv_sem_t gate; /**< "/gate" waits here */
	char *big;
	char packed[LIVE_EVEN_BYTES]; /**< of "/kept", as net made it */
	atomic_uint packed_bytes, packings;
	bool keeps; /**< whether it is kept */
};

static inline void live_release(void *pinned)
{
	struct live *live = pinned;

	atomic_fetch_add(&live->released, 1);
}

static inline struct slice live_keep_packed(void *pinned, struct slice packed)
{
	struct live *live = pinned;

	atomic_fetch_add(&live->packings, 1);
	assert_true(packed.ptr && packed.len < sizeof(live->packed));
	if (!live->keeps)
		return SLICE_NONE;
	memcpy(live->packed, packed.ptr, packed.len);
	atomic_store(&live->packed_bytes, (unsigned)packed.len);
	return (struct slice){ live->packed, packed.len };
}

/** A field's value that is gone once it is released. */
struct live_pinned {
	struct live *live;
	char etag[8];
};

static inline void live_release_pinned(void *pinned)
{
	struct live_pinned *field = pinned;

	live_release(field->live);
	memset(field->etag, '?', sizeof(field->etag));
	free(field);
}

static inline void live_pin_etag(struct live *live, const char *etag, struct net_reply *reply)
{
	struct live_pinned *field = malloc(sizeof(*field));

	assert_non_null(field);
	field->live = live;
	snprintf(field->etag, sizeof(field->etag), "%s", etag);
	net_reply_header(reply, "ETag", slice_of(field->etag));
	reply->release = live_release_pinned;
	reply->pinned = field;
}

static inline void live_text(struct net_reply *reply, unsigned status, struct slice text)
{
	reply->status = status;
	net_reply_header(reply, "Content-Type", SLICE("text/plain"));
	reply->body = text;
}

/** "subject fingerprint DNS:name URI:name EMAIL:name", or "nobody". */
static inline struct slice live_who(const struct net_request *request)
{
	static const char *const kinds[] = { [NET_NAME_DNS] = "DNS", [NET_NAME_URI] = "URI", [NET_NAME_EMAIL] = "EMAIL" };
	const struct net_identity *identity = request->identity;

	if (!identity)
		return SLICE("nobody");
	struct slice text =
	    arena_printf(request->arena, "%.*s %.*s", SLICE_ARG(identity->subject), SLICE_ARG(identity->fingerprint));
	for (size_t i = 0; i < identity->name_count; i++)
		text = arena_printf(request->arena, "%.*s %s:%.*s", SLICE_ARG(text), kinds[identity->names[i].kind],
				    SLICE_ARG(identity->names[i].value));
	return text;
}

/** Of bodies for "/guarded" nothing is wanted. */
static inline bool live_on_head(void *context, const struct net_request *request, struct net_reply *reply)
{
	struct live *live = context;

	atomic_fetch_add(&live->heads, 1);
	assert_null(request->body.ptr);
	reply->note = request->arena;
	if (!slice_equal(request->path, SLICE("/guarded"))) {
		net_reply_header(reply, "X-Left", SLICE("behind")); /* nobody may see it */
		return true;
	}
	live_text(reply, 401, SLICE("not you"));
	return false;
}

static inline bool live_on_loop(void *context, const struct net_request *request, struct net_reply *reply)
{
	struct live *live = context;

	if (request->body.ptr)
		assert_ptr_equal(reply->note, request->arena); /* as on_head left it */
	reply->note = request->arena;
	assert_true(request->is_local);
	if (slice_equal(request->path, SLICE("/loop")))
		live_text(reply, 200, SLICE("from the loop"));
	else if (slice_equal(request->path, SLICE("/who")))
		live_text(reply, 200, live_who(request));
	else if (slice_equal(request->path, SLICE("/listener")))
		live_text(reply, 200,
			  arena_printf(request->arena, "%.*s %.*s", SLICE_ARG(request->listener->listen),
				       SLICE_ARG(request->listener->access)));
	else if (slice_equal(request->path, SLICE("/echo")))
		live_text(reply, 200, request->body.ptr ? request->body : SLICE("(no body)"));
	else if (slice_equal(request->path, SLICE("/unchanged")))
		live_text(reply, 304, SLICE("never sent"));
	else if (slice_equal(request->path, SLICE("/nothing")))
		live_text(reply, 204, SLICE("never sent"));
	else if (slice_equal(request->path, SLICE("/split")))
		net_reply_header(reply, "X-Split", SLICE("a\r\nX-Forged: b")), live_text(reply, 200, SLICE("one"));
	else if (slice_equal(request->path, SLICE("/big"))) {
		live_text(reply, 200, (struct slice){ live->big, BIG_BYTES });
		reply->release = live_release;
		reply->pinned = live;
	} else if (slice_equal(request->path, SLICE("/kept"))) {
		unsigned bytes = atomic_load(&live->packed_bytes);
		live_text(reply, 200, (struct slice){ live->big, LIVE_EVEN_BYTES });
		reply->release = live_release;
		reply->pinned = live;
		reply->packed = bytes ? (struct slice){ live->packed, bytes } : SLICE_NONE;
		reply->keep_packed = live_keep_packed;
	} else if (slice_equal(request->path, SLICE("/never"))) {
		live_text(reply, 200, (struct slice){ live->big, LIVE_EVEN_BYTES });
		reply->packed = SLICE("");
		reply->keep_packed = live_keep_packed;
	} else
		return false;
	return true;
}

static inline void live_on_worker(void *context, unsigned worker, const struct net_request *request, struct net_reply *reply)
{
	struct live *live = context;

	assert_ptr_equal(reply->note, request->arena);
	atomic_fetch_add(&live->in_worker, 1);
	if (slice_equal(request->path, SLICE("/gate")))
		uv_sem_wait(&live->gate);
	assert_true(worker < net_server_workers(live->server));
	if (slice_equal(request->path, SLICE("/even")) || slice_equal(request->path, SLICE("/strong"))) {
		live_text(reply, 200, (struct slice){ live->big, LIVE_EVEN_BYTES });
		live_pin_etag(live, request->path.ptr[1] == 's' ? "\"1\"" : "W/\"1\"", reply);
		return;
	}
	live_text(reply, 200, arena_printf(request->arena, "worker saw %.*s", SLICE_ARG(request->path)));
}

static inline void live_on_refused(void *context, struct arena *arena, unsigned status, struct slice reason,
				   struct net_reply *reply)
{
	struct live *live = context;

	atomic_fetch_add(&live->refused, 1);
	live_text(reply, status, arena_printf(arena, "refused: %.*s", SLICE_ARG(reason)));
}

static inline void live_on_done(void *context, const struct net_request *request, const struct net_reply *reply,
				uint64_t bytes_sent, uint64_t duration_us)
{
	struct live *live = context;

	assert_true(request->peer.len > 0 && request->id > 0 && duration_us < PATIENCE_S * 1000000u);
	assert_true(!reply->note || reply->note == request->arena);
	atomic_fetch_add(&live->noted, reply->note != NULL);
	atomic_store(&live->last_status, reply->status);
	atomic_store(&live->last_bytes, bytes_sent);
	atomic_fetch_add(&live->done, 1);
}

/** Defaults, a free port on loopback, one loop and two workers; the test may change `options` before live_start. */
static inline void live_init(struct live *live, bool plain)
{
	struct option_errors errors = { 0 };

	memset(live, 0, sizeof(*live));
	live->arena = arena_new(1u << 20);
	assert_non_null(live->arena);
	assert_true(options_default(live->arena, &net_option_table, &live->options, &errors));
	live->options.listen = SLICE("127.0.0.1:0");
	live->options.certificate = slice_of(files.certificate);
	live->options.private_key = slice_of(files.key);
	live->options.plain = plain;
	live->options.loops = 1;
	live->options.workers = 2;
	live->handler = (struct net_handler){ live_on_head, live_on_loop, live_on_worker, live_on_refused, live_on_done, live };
	assert_int_equal(uv_sem_init(&live->gate, 0), 0);
	live->big = malloc(BIG_BYTES);
	assert_non_null(live->big);
	for (size_t i = 0; i < BIG_BYTES; i++)
		live->big[i] = (char)('a' + i % 23);
	log_level_set(LOG_ERROR);
	signal(SIGPIPE, SIG_IGN); /* of the client: the server must not need it */
}

static inline void live_thread(void *argument)
{
	struct live *live = argument;
	struct error err = { 0 };

	live->ran = net_server_run(live->server, &err);
}

static inline void live_start(struct live *live)
{
	struct error err = { 0 };

	assert_ok(net_server_new(&live->options, &live->handler, &live->server, &err), &err);
	assert_int_equal(uv_thread_create(&live->thread, live_thread, live), 0);
}

/** What live_init made, of a server that was never made. */
static inline void live_forget(struct live *live)
{
	uv_sem_destroy(&live->gate);
	free(live->big);
	arena_free(live->arena);
}

static inline void live_join(struct live *live)
{
	uv_thread_join(&live->thread);
	assert_true(live->ran);
	net_server_free(live->server);
	live_forget(live);
}

static inline void live_end(struct live *live)
{
	net_server_stop(live->server);
	live_join(live);
}

/** Of the listener of that number. */
static inline unsigned live_port(const struct live *live, unsigned number)
{
	struct net_listening listening;

	assert_true(net_server_listening(live->server, number, &listening));
	return listening.port;
}

/** Waits for a counter that another thread moves. */
static inline void wait_for(atomic_uint *counter, unsigned value)
{
	for (unsigned i = 0; i < PATIENCE_S * 1000 && atomic_load(counter) < value; i++)
		usleep(1000);
	assert_int_equal(atomic_load(counter), value);
}

#endif
