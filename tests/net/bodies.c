/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies: gzip both ways, and how much memory those of all connections may take. */
#include "client.h"

#include "net/gzip.h"
#include "net/server.h"

#include <zlib.h>

static struct slice gzip(struct arena *arena, struct slice plain)
{
	z_stream stream = { .next_in = (unsigned char *)(uintptr_t)plain.ptr, .avail_in = (unsigned)plain.len };

	assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	size_t bound = deflateBound(&stream, plain.len < 200000 ? plain.len : 200000); /* what is longer is even */
	char *packed = arena_alloc(arena, bound);
	assert_non_null(packed);
	stream.next_out = (unsigned char *)packed;
	stream.avail_out = (unsigned)bound;
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	deflateEnd(&stream);
	return (struct slice){ packed, stream.total_out };
}

static void post_to(struct client *client, const char *path, const char *coding, struct slice body)
{
	char head[256];

	snprintf(head, sizeof(head), "POST %s HTTP/1.1\r\nHost: h\r\nContent-Encoding: %s\r\nContent-Length: %zu\r\n\r\n", path,
		 coding, body.len);
	client_send(client, head);
	assert_true(client_try_send(client, body));
}

static void post(struct client *client, const char *coding, struct slice body)
{
	post_to(client, "/echo", coding, body);
}

/* ---- requests ---- */

static void a_gzip_body_reaches_the_program_unpacked(void **state)
{
	static const char *const codings[] = { "gzip", "GZIP", "x-gzip" };
	struct live live;
	struct client client;
	struct answer answer;

	(void)state;
	open_both(&live, &client, true);
	for (size_t i = 0; i < ARRAY_SIZE(codings); i++) {
		post(&client, codings[i], gzip(live.arena, SLICE("hello, hello, hello")));
		client_answer(&client, &answer, true);
		assert_int_equal(answer.status, 200);
		assert_slice(answer.body, "hello, hello, hello");
	}
	post(&client, "identity", SLICE("as it is"));
	client_answer(&client, &answer, true);
	assert_slice(answer.body, "as it is");
	close_both(&live, &client);
}

static void a_body_that_is_not_what_its_coding_says_is_refused(void **state)
{
	struct live live;
	struct client client;
	struct answer answer;

	(void)state;
	open_both(&live, &client, true);
	struct slice good = gzip(live.arena, SLICE("hello"));
	struct slice rows[] = {
		SLICE("not gzip at all"), { good.ptr, good.len - 1 }, { "\x1f\x8b", 2 }, arena_printf(live.arena, "x"), SLICE_NONE
	};
	rows[3] = gzip(live.arena, (struct slice){ live.big, 100000 });
	char *twice = arena_alloc(live.arena, good.len + 1); /* something follows */
	memcpy(twice, good.ptr, good.len);
	rows[4] = (struct slice){ twice, good.len + 1 };
	((char *)(uintptr_t)rows[3].ptr)[rows[3].len - 6] ^= 1; /* the checksum */
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		post(&client, "gzip", rows[i]);
		client_answer(&client, &answer, true);
		if (answer.status != 400)
			fail_msg("row %zu: %u", i, answer.status);
	}
	post(&client, "br", SLICE("hello"));
	client_answer(&client, &answer, true);
	assert_int_equal(answer.status, 415);
	assert_non_null(strstr(answer.copy, "\r\nAccept-Encoding: gzip")); /* RFC 9110 section 12.5.3 */
	post(&client, "gzip, gzip", SLICE("hello"));
	client_answer(&client, &answer, true);
	assert_int_equal(answer.status, 415);
	post(&client, "gzip", good); /* and the connection goes on */
	client_answer(&client, &answer, true);
	assert_slice(answer.body, "hello");
	close_both(&live, &client);
}

static void a_body_that_unpacks_to_too_much_is_answered_413(void **state)
{
	struct live live;
	struct client client;
	struct answer answer;
	size_t zeros = 8u << 20;
	char *zero = calloc(1, zeros);

	(void)state;
	live_init(&live, true);
	live.options.max_body_bytes = 100000;
	live_start(&live);
	client_open(&client, &live);
	post(&client, "gzip", gzip(live.arena, (struct slice){ zero, 100000 }));
	client_answer(&client, &answer, true);
	assert_int_equal(answer.status, 200); /* as long as allowed, however even */
	post(&client, "gzip", gzip(live.arena, (struct slice){ zero, 100001 }));
	client_answer(&client, &answer, true);
	assert_int_equal(answer.status, 413);
	close_both(&live, &client);
	live_init(&live, true); /* 8 MiB would be allowed, but not from 8 KiB */
	live_start(&live);
	client_open(&client, &live);
	post(&client, "gzip", gzip(live.arena, (struct slice){ zero, zeros }));
	client_answer(&client, &answer, true);
	assert_int_equal(answer.status, 413);
	close_both(&live, &client);
	free(zero);
}

/* ---- replies ---- */

/** What a GET of `path` with that Accept-Encoding brings. */
static void get(struct client *client, const char *path, const char *accept, struct answer *answer)
{
	char request[256];

	snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: h\r\n%s%s%s\r\n", path, accept ? "Accept-Encoding: " : "",
		 accept ? accept : "", accept ? "\r\n" : "");
	client_send(client, request);
	client_answer(client, answer, true);
	assert_int_equal(answer->status, 200);
}

static void a_reply_is_packed_for_a_client_that_accepts_it(void **state)
{
	static const char *const accepting[] = { "gzip", "deflate, gzip;q=0.5", "GZIP", "*", "br;q=1.0, x-gzip" };
	struct live live;
	struct client client;
	struct answer answer;
	struct buf plain;

	(void)state;
	open_both(&live, &client, true);
	for (size_t i = 0; i < ARRAY_SIZE(accepting); i++) {
		get(&client, "/even", accepting[i], &answer);
		assert_non_null(strstr(answer.copy, "\r\nContent-Encoding: gzip"));
		assert_non_null(strstr(answer.copy, "\r\nVary: Accept-Encoding"));
		assert_non_null(strstr(answer.copy, "\r\nETag: W/\"1\""));
		assert_true(answer.body.len < LIVE_EVEN_BYTES / 10);
		buf_init(&plain, LIVE_EVEN_BYTES);
		assert_int_equal(gzip_unpack(answer.body, 1100, NULL, &plain), GZIP_DONE);
		assert_int_equal(plain.len, LIVE_EVEN_BYTES);
		assert_memory_equal(plain.ptr, live.big, LIVE_EVEN_BYTES);
		buf_free(&plain);
	}
	wait_for(&live.released, ARRAY_SIZE(accepting));
	close_both(&live, &client);
}

static void assert_unpacks(struct live *live, const struct answer *answer)
{
	struct buf plain;

	assert_non_null(strstr(answer->copy, "\r\nContent-Encoding: gzip"));
	assert_non_null(strstr(answer->copy, "\r\nVary: Accept-Encoding"));
	buf_init(&plain, LIVE_EVEN_BYTES);
	assert_int_equal(gzip_unpack(answer->body, 1100, NULL, &plain), GZIP_DONE);
	assert_int_equal(plain.len, LIVE_EVEN_BYTES);
	assert_memory_equal(plain.ptr, live->big, LIVE_EVEN_BYTES);
	buf_free(&plain);
}

/** Answered on the loop: packed by a worker the first time, whom nobody asks for an answer; then sent as it is kept. */
static void a_packed_form_that_is_kept_is_made_once(void **state)
{
	struct live live;
	struct client client;
	struct answer answer;

	(void)state;
	live_init(&live, true);
	live_start(&live);
	client_open(&client, &live);
	for (unsigned i = 1; i <= 2; i++) { /* nobody keeps it */
		get(&client, "/kept", "gzip", &answer);
		assert_unpacks(&live, &answer);
		assert_int_equal(atomic_load(&live.packings), i);
	}
	live.keeps = true;
	for (unsigned i = 1; i <= 3; i++) {
		get(&client, "/kept", "gzip", &answer);
		assert_unpacks(&live, &answer);
		assert_int_equal(atomic_load(&live.packings), 3);
	}
	assert_int_equal(answer.body.len, atomic_load(&live.packed_bytes));
	get(&client, "/kept", NULL, &answer);
	assert_null(strstr(answer.copy, "Content-Encoding"));
	assert_non_null(strstr(answer.copy, "\r\nVary: Accept-Encoding"));
	assert_int_equal(answer.body.len, LIVE_EVEN_BYTES);
	get(&client, "/never", "gzip", &answer); /* it was found not to pay */
	assert_null(strstr(answer.copy, "Content-Encoding"));
	assert_int_equal(atomic_load(&live.packings), 3);
	assert_int_equal(atomic_load(&live.in_worker), 0);
	wait_for(&live.released, 6);
	client_close(&client);
	live_end(&live);
}

static void a_reply_stays_as_it_is_for_others_and_tells_caches_why(void **state)
{
	static const char *const others[] = { NULL, "", "identity", "gzip;q=0", "gzip; q=0.000, *", "br", "*;q=0" };
	struct live live;
	struct client client;
	struct answer answer;

	(void)state;
	open_both(&live, &client, true);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		get(&client, "/even", others[i], &answer);
		assert_null(strstr(answer.copy, "Content-Encoding"));
		assert_non_null(strstr(answer.copy, "\r\nVary: Accept-Encoding"));
		assert_int_equal(answer.body.len, LIVE_EVEN_BYTES);
	}
	get(&client, "/small", "gzip", &answer);
	assert_null(strstr(answer.copy, "Content-Encoding"));
	assert_null(strstr(answer.copy, "Vary"));
	get(&client, "/strong", "gzip", &answer); /* RFC 9110 section 8.8.3.3: other bytes, other tag */
	assert_null(strstr(answer.copy, "Content-Encoding"));
	assert_non_null(strstr(answer.copy, "\r\nETag: \"1\""));
	close_both(&live, &client);
}

static void what_does_not_shrink_is_not_packed(void **state)
{
	unsigned char noise[4096];
	struct buf out;
	uint32_t x = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(noise); i++) {
		x = x * 1664525u + 1013904223u;
		noise[i] = (unsigned char)(x >> 24);
	}
	assert_false(gzip_pack((struct slice){ (const char *)noise, sizeof(noise) }, &out));
}

/* ---- memory ---- */

static void wait_for_bytes(struct live *live, size_t bytes)
{
	for (unsigned i = 0; i < PATIENCE_S * 1000 && atomic_load(&live->server->body_bytes) != bytes; i++)
		usleep(1000);
	assert_int_equal(atomic_load(&live->server->body_bytes), bytes);
}

static void wait_for_more_bytes(struct live *live, size_t bytes)
{
	for (unsigned i = 0; i < PATIENCE_S * 1000 && atomic_load(&live->server->body_bytes) <= bytes; i++)
		usleep(1000);
	assert_true(atomic_load(&live->server->body_bytes) > bytes);
}

/** A third client's answers show that the loop came round, and would have read on. */
static void let_the_loop_turn(struct live *live)
{
	struct client client;

	client_open(&client, live);
	for (unsigned i = 0; i < 5; i++) {
		client_send(&client, REQUEST("/loop"));
		client_assert_answer(&client, 200, "from the loop");
	}
	client_close(&client);
}

static void bodies_of_all_connections_share_one_limit_and_wait_for_each_other(void **state)
{
	enum { SIZE = 1u << 20 };
	struct live live;
	struct client first, second;
	struct answer answer;

	(void)state;
	live_init(&live, true);
	live.options.max_body_bytes = SIZE;
	live.options.max_bodies_bytes = SIZE;
	live_start(&live);
	client_open(&first, &live);
	client_open(&second, &live);
	client_send(&first, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1048576\r\n\r\n");
	assert_true(client_try_send(&first, (struct slice){ live.big, SIZE - 1 }));
	wait_for_bytes(&live, SIZE - 1);
	client_send(&second, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1048576\r\n\r\n");
	assert_true(client_try_send(&second, (struct slice){ live.big, 400000 }));
	wait_for_more_bytes(&live, SIZE - 1);
	let_the_loop_turn(&live);
	assert_true(atomic_load(&live.server->body_bytes) < SIZE + 65536); /* what was read before it was noticed */
	client_send(&first, "x");
	client_answer(&first, &answer, true); /* its last byte must come through, too */
	assert_int_equal(answer.status, 200);
	assert_true(client_try_send(&second, (struct slice){ live.big + 400000, SIZE - 400000 }));
	client_answer(&second, &answer, true);
	assert_int_equal(answer.status, 200);
	assert_int_equal(answer.body.len, SIZE);
	assert_memory_equal(answer.body.ptr, live.big, SIZE);
	client_close(&second);
	client_close(&first);
	wait_for(&live.done, 2 + 5);
	assert_int_equal(atomic_load(&live.server->body_bytes), 0);
	live_end(&live);
}

static void a_body_that_waits_too_long_for_room_is_answered_408(void **state)
{
	enum { SIZE = 1u << 20 };
	struct live live;
	struct client first, second;
	struct answer answer;

	(void)state;
	live_init(&live, true);
	live.options.max_body_bytes = live.options.max_bodies_bytes = SIZE;
	live.options.body_ms = 150;
	live_start(&live);
	client_open(&first, &live);
	client_open(&second, &live);
	client_send(&first, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1048576\r\n\r\n");
	client_send(&second, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1048576\r\n\r\n");
	assert_true(client_try_send(&first, (struct slice){ live.big, 600000 }));
	assert_true(client_try_send(&second, (struct slice){ live.big, 600000 }));
	client_answer(&first, &answer, true);
	assert_int_equal(answer.status, 408);
	client_answer(&second, &answer, true);
	assert_int_equal(answer.status, 408);
	client_close(&second);
	close_both(&live, &first);
}

/** Some kilobytes on the wire must not be a hundred times that in memory, uncounted. */
static void what_a_gzip_body_unpacks_to_counts_while_it_is_there(void **state)
{
	enum { PLAIN = 900000 };
	struct live live;
	struct client client;
	struct answer answer;

	(void)state;
	open_both(&live, &client, true);
	post_to(&client, "/gate", "gzip", gzip(live.arena, (struct slice){ live.big, PLAIN }));
	wait_for(&live.in_worker, 1);
	assert_int_equal(atomic_load(&live.server->body_bytes), PLAIN); /* and no longer the packed one */
	uv_sem_post(&live.gate);
	client_answer(&client, &answer, true);
	assert_int_equal(answer.status, 200);
	wait_for_bytes(&live, 0);
	post_to(&client, "/gate", "gzip", SLICE("no gzip"));
	client_answer(&client, &answer, true);
	assert_int_equal(answer.status, 400);
	wait_for_bytes(&live, 0);
	close_both(&live, &client);
}

static void a_gzip_body_that_does_not_fit_beside_others_is_answered_503(void **state)
{
	enum { SIZE = 1u << 20, HALF = 600000 };
	struct live live;
	struct client first, second;
	struct answer answer;

	(void)state;
	live_init(&live, true);
	live.options.max_body_bytes = live.options.max_bodies_bytes = SIZE;
	live_start(&live);
	client_open(&first, &live);
	client_open(&second, &live);
	struct slice half = gzip(live.arena, (struct slice){ live.big, HALF });
	client_send(&first, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 600000\r\n\r\n");
	assert_true(client_try_send(&first, (struct slice){ live.big, HALF - 1 }));
	wait_for_bytes(&live, HALF - 1);
	post(&second, "gzip", half);
	client_answer(&second, &answer, true);
	assert_int_equal(answer.status, 503);
	assert_non_null(strstr(answer.copy, "\r\nRetry-After: 5"));
	wait_for_bytes(&live, HALF - 1); /* what was unpacked of it is gone */
	client_send(&first, "x");
	client_answer(&first, &answer, true);
	assert_int_equal(answer.status, 200);
	wait_for_bytes(&live, 0);
	post(&second, "gzip", half); /* on the same connection */
	client_answer(&second, &answer, true);
	assert_int_equal(answer.status, 200);
	assert_int_equal(answer.body.len, HALF);
	post(&second, "gzip", gzip(live.arena, (struct slice){ live.big, SIZE })); /* alone, the largest fits */
	client_answer(&second, &answer, true);
	assert_int_equal(answer.status, 200);
	assert_int_equal(answer.body.len, SIZE);
	client_close(&second);
	close_both(&live, &first);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_gzip_body_reaches_the_program_unpacked),
		cmocka_unit_test(a_body_that_is_not_what_its_coding_says_is_refused),
		cmocka_unit_test(a_body_that_unpacks_to_too_much_is_answered_413),
		cmocka_unit_test(a_reply_is_packed_for_a_client_that_accepts_it),
		cmocka_unit_test(a_packed_form_that_is_kept_is_made_once),
		cmocka_unit_test(a_reply_stays_as_it_is_for_others_and_tells_caches_why),
		cmocka_unit_test(what_does_not_shrink_is_not_packed),
		cmocka_unit_test(bodies_of_all_connections_share_one_limit_and_wait_for_each_other),
		cmocka_unit_test(a_body_that_waits_too_long_for_room_is_answered_408),
		cmocka_unit_test(what_a_gzip_body_unpacks_to_counts_while_it_is_there),
		cmocka_unit_test(a_gzip_body_that_does_not_fit_beside_others_is_answered_503),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
