/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies that the program does not want: told at their head, before they are sent, and nothing of them kept. */
#include "frames.h"

#include "net/server.h"

/** More than is read for nothing. */
#define LONG_BYTES 1000000u
#define GUARDED(fields) "POST /guarded HTTP/1.1\r\nHost: h\r\n" fields "\r\n"
#define GUARDED_LONG "Content-Length: 1000000\r\n"

/** The refusal, and that it is the first thing that the server says. */
static void assert_refused(struct client *client, bool closes)
{
	struct answer answer;

	client_answer(client, &answer, true);
	assert_int_equal(answer.status, 401);
	assert_slice(answer.body, "not you");
	assert_null(strstr(answer.copy, "X-Left"));
	assert_true(!strstr(answer.copy, "\r\nConnection: close") == !closes);
}

static void assert_answer(struct client *client, const char *body)
{
	struct answer answer;

	client_answer(client, &answer, true);
	assert_int_equal(answer.status, 200);
	assert_slice(answer.body, body);
	assert_null(strstr(answer.copy, "X-Left"));
}

/* ---- HTTP/1.1 ---- */

static void a_client_that_expects_100_gets_the_refusal_instead(void **state)
{
	static const char *const requests[] = {
		GUARDED(GUARDED_LONG "Expect: 100-continue\r\n"),
		GUARDED("Content-Length: 5\r\nExpect: 100-continue\r\n"),
		GUARDED("Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
		struct live live;
		struct client client;
		open_both(&live, &client, true);
		client_send(&client, requests[i]);
		assert_refused(&client, true);
		client_expects_end(&client);
		wait_for(&live.done, 1);
		assert_int_equal(atomic_load(&live.last_status), 401);
		close_both(&live, &client);
	}
}

static void a_long_body_is_refused_before_it_is_sent_and_nothing_of_it_kept(void **state)
{
	static const char *const heads[] = { GUARDED(GUARDED_LONG), GUARDED("Transfer-Encoding: chunked\r\n") };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
		struct live live;
		struct client client;
		open_both(&live, &client, true);
		client_send(&client, heads[i]);
		assert_refused(&client, true); /* not a byte of the body was sent */
		for (size_t sent = 0; sent < LONG_BYTES; sent += 50000) {
			if (!client_try_send(&client, (struct slice){ live.big, 50000 }))
				break;
			assert_int_equal(atomic_load(&live.server->body_bytes), 0);
		}
		client_expects_end(&client);
		assert_int_equal(atomic_load(&live.heads), 1);
		close_both(&live, &client);
	}
}

/** As HTTP clients do that write their request whole before they read: a reset would take the reply from them. */
static void a_client_that_reads_only_when_all_is_sent_gets_the_refusal(void **state)
{
	struct live live;
	struct client client;

	(void)state;
	open_both(&live, &client, true);
	client_send(&client, GUARDED(GUARDED_LONG));
	for (size_t sent = 0; sent < LONG_BYTES; sent += 50000) {
		usleep(100000); /* longer in all than a connection lingers that moves nothing */
		assert_true(client_try_send(&client, (struct slice){ live.big, 50000 }));
	}
	assert_refused(&client, true);
	client_expects_end(&client);
	close_both(&live, &client);
}

/** Nobody is heard out for ever. */
static void a_client_that_sends_more_than_a_body_may_have_is_cut(void **state)
{
	struct live live;
	struct client client;
	size_t sent = 0;

	(void)state;
	live_init(&live, true);
	live.options.max_body_bytes = LONG_BYTES;
	live_start(&live);
	client_open(&client, &live);
	client_send(&client, GUARDED(GUARDED_LONG));
	while (sent < 1000 * LONG_BYTES && client_try_send(&client, (struct slice){ live.big, LONG_BYTES }))
		sent += LONG_BYTES;
	assert_true(sent < 1000 * LONG_BYTES);
	close_both(&live, &client);
}

/** A token that has expired must not cost a client its connection. */
static void after_a_short_body_the_connection_goes_on(void **state)
{
	static const char *const pieces[] = { GUARDED("Content-Length: 5\r\n") "hello" REQUEST("/loop"),
					      GUARDED("Content-Length: 5\r\n") "he", "l", "lo" REQUEST("/loop") };
	struct live live;
	struct client client;

	(void)state;
	open_both(&live, &client, true);
	client_send(&client, pieces[0]);
	assert_refused(&client, false);
	assert_answer(&client, "from the loop");
	client_send(&client, pieces[1]);
	assert_refused(&client, false);
	client_send(&client, pieces[2]);
	client_send(&client, pieces[3]);
	assert_answer(&client, "from the loop");
	client_send(&client, GUARDED("Content-Length: 65536\r\n"));
	assert_refused(&client, false);
	assert_true(client_try_send(&client, (struct slice){ live.big, 65536 }));
	assert_int_equal(atomic_load(&live.server->body_bytes), 0);
	client_send(&client, REQUEST("/loop"));
	assert_answer(&client, "from the loop");
	client_send(&client, GUARDED("Content-Length: 65537\r\n"));
	assert_refused(&client, true);
	client_expects_end(&client);
	close_both(&live, &client);
}

static void a_refused_body_that_does_not_come_ends_the_connection_without_words(void **state)
{
	struct live live;
	struct client client;

	(void)state;
	live_init(&live, true);
	live.options.body_ms = 50;
	live_start(&live);
	client_open(&client, &live);
	client_send(&client, GUARDED("Content-Length: 5\r\n") "he");
	assert_refused(&client, false);
	client_expects_end(&client);
	wait_for(&live.done, 1);
	close_both(&live, &client);
}

static void a_body_that_is_let_in_comes_whole_with_what_the_program_noted(void **state)
{
	struct live live;
	struct client client;
	struct answer answer;

	(void)state;
	open_both(&live, &client, true);
	client_send(&client, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
	client_answer(&client, &answer, false);
	assert_int_equal(answer.status, 100);
	assert_int_equal(atomic_load(&live.heads), 1);
	client_send(&client, "hello");
	assert_answer(&client, "hello"); /* live_on_loop looks at the note */
	client_send(&client, "POST /work HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
	assert_answer(&client, "worker saw /work");
	assert_int_equal(atomic_load(&live.heads), 2);
	client_send(&client, REQUEST("/loop") "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
	assert_answer(&client, "from the loop");
	assert_answer(&client, "(no body)");
	assert_int_equal(atomic_load(&live.heads), 2); /* who announces none is not asked */
	close_both(&live, &client);
}

/** Who it was that did not send its body stays known. */
static void what_the_program_noted_stays_when_the_rest_is_refused(void **state)
{
	struct live live;
	struct client client;
	struct answer answer;

	(void)state;
	live_init(&live, true);
	live.options.body_ms = 50;
	live_start(&live);
	client_open(&client, &live);
	client_send(&client, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhe");
	client_answer(&client, &answer, true);
	assert_int_equal(answer.status, 408);
	wait_for(&live.done, 1);
	assert_int_equal(atomic_load(&live.noted), 1);
	close_both(&live, &client);
}

static void a_coding_that_is_not_known_is_refused_before_the_body_is_sent(void **state)
{
	struct live live;
	struct client client;
	struct answer answer;

	(void)state;
	open_both(&live, &client, true);
	client_send(&client, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Encoding: br\r\n" GUARDED_LONG "\r\n");
	client_answer(&client, &answer, true);
	assert_int_equal(answer.status, 415);
	assert_non_null(strstr(answer.copy, "\r\nAccept-Encoding: gzip"));
	client_expects_end(&client);
	close_both(&live, &client);
}

/* ---- HTTP/2 ---- */

#define POST_GUARDED "\x83\x87\x04\x08/guarded\x01\x01h"
#define EXPECT                                                                                                                   \
	"\x0f\x14\x0c"                                                                                                           \
	"100-continue"

static void a_stream_is_answered_at_its_head_and_the_rest_dropped(void **state)
{
	static const struct slice heads[] = { BYTES(POST_GUARDED), BYTES(POST_GUARDED EXPECT) };
	struct live live;
	struct h2 h2;

	(void)state;
	open_h2(&live, &h2);
	for (uint32_t i = 0; i < ARRAY_SIZE(heads); i++) {
		uint32_t stream = 2 * i + 1;
		h2_send_frame(&h2, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, stream, heads[i]);
		h2_assert_answer(&h2, stream, 401, "not you"); /* without a word before it, not a byte of the body was sent */
		assert_null(strstr(h2.fields, "x-left"));
		h2_send_frame(&h2, NGHTTP2_DATA, 0, stream, (struct slice){ live.big, 16384 });
		h2_assert_well(&h2, "a body that nobody wants");
		assert_int_equal(atomic_load(&live.server->body_bytes), 0);
		h2_send_frame(&h2, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, stream, SLICE("the end"));
		wait_for(&live.done, i + 1);
	}
	h2_get(&h2, 9, "GET", "/loop");
	h2_assert_answer(&h2, 9, 200, "from the loop");
	assert_int_equal(atomic_load(&live.heads), 2);
	close_h2(&live, &h2);
}

/** RFC 9113 section 8.1: after a whole reply NO_ERROR says that the rest of the request is not wanted. */
static void a_stream_whose_body_does_not_end_is_reset_without_error(void **state)
{
	struct live live;
	struct h2 h2;

	(void)state;
	open_h2(&live, &h2);
	h2_send_frame(&h2, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, (struct slice)BYTES(POST_GUARDED));
	h2_assert_answer(&h2, 1, 401, "not you");
	h2_send_frame(&h2, NGHTTP2_DATA, 0, 1, SLICE("some"));
	h2_assert_reset(&h2, 1, NGHTTP2_NO_ERROR, "a body that nobody wants");
	h2_assert_well(&h2, "a body that nobody wants");
	close_h2(&live, &h2);
}

static void a_stream_that_is_let_in_is_invited_once(void **state)
{
	struct live live;
	struct h2 h2;
	struct frame frame = { 0 };

	(void)state;
	open_h2(&live, &h2);
	h2_send_frame(&h2, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, (struct slice)BYTES(POST_ECHO EXPECT));
	assert_true(h2_find(&h2, NGHTTP2_HEADERS, 1, &frame));
	assert_int_equal(h2_status(&h2), 100);
	h2_send_frame(&h2, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, SLICE("hello"));
	h2_assert_answer(&h2, 1, 200, "hello");
	assert_int_equal(atomic_load(&live.heads), 1);
	h2_get(&h2, 3, "POST", "/echo");
	h2_assert_answer(&h2, 3, 200, "(no body)");
	assert_int_equal(atomic_load(&live.heads), 1);
	close_h2(&live, &h2);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_client_that_expects_100_gets_the_refusal_instead),
		cmocka_unit_test(a_long_body_is_refused_before_it_is_sent_and_nothing_of_it_kept),
		cmocka_unit_test(a_client_that_reads_only_when_all_is_sent_gets_the_refusal),
		cmocka_unit_test(a_client_that_sends_more_than_a_body_may_have_is_cut),
		cmocka_unit_test(after_a_short_body_the_connection_goes_on),
		cmocka_unit_test(a_refused_body_that_does_not_come_ends_the_connection_without_words),
		cmocka_unit_test(a_body_that_is_let_in_comes_whole_with_what_the_program_noted),
		cmocka_unit_test(what_the_program_noted_stays_when_the_rest_is_refused),
		cmocka_unit_test(a_coding_that_is_not_known_is_refused_before_the_body_is_sent),
		cmocka_unit_test(a_stream_is_answered_at_its_head_and_the_rest_dropped),
		cmocka_unit_test(a_stream_whose_body_does_not_end_is_reset_without_error),
		cmocka_unit_test(a_stream_that_is_let_in_is_invited_once),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
