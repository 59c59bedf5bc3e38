/* SPDX-License-Identifier: Apache-2.0 */
/* How HTTP/2's streams and connections end: too late, left by their peers, or when the server stops. */
#include "frames.h"

/* ---- clocks ---- */

static void a_body_that_does_not_come_is_answered_408_while_other_streams_live(void **state)
{
	struct live live;
	struct h2 h2;
	char body[256];
	size_t length;

	(void)state;
	live_init(&live, false);
	live.options.body_ms = 80;
	live_start(&live);
	h2_open(&h2, &live);
	h2_send_frame(&h2, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, (struct slice)BYTES(POST_ECHO));
	assert_int_equal(h2_answer(&h2, 1, body, sizeof(body), &length), 408);
	h2_get(&h2, 3, "GET", "/loop");
	h2_assert_answer(&h2, 3, 200, "from the loop");
	close_h2(&live, &h2);
}

static void a_header_block_that_does_not_end_closes_the_connection(void **state)
{
	struct live live;
	struct h2 h2;

	(void)state;
	live_init(&live, false);
	live.options.header_ms = 80;
	live_start(&live);
	h2_open(&h2, &live);
	h2_send_frame(&h2, NGHTTP2_HEADERS, 0, 1, SLICE("\x82"));
	h2_assert_goaway(&h2, NGHTTP2_ENHANCE_YOUR_CALM, "no end of the block");
	h2_close(&h2);
	h2_connect(&h2, &live); /* nor does a preface that does not come stay */
	h2_assert_goaway(&h2, NGHTTP2_NO_ERROR, "no preface");
	close_h2(&live, &h2);
}

static void a_silent_connection_is_told_goaway(void **state)
{
	struct live live;
	struct h2 h2;

	(void)state;
	live_init(&live, false);
	live.options.idle_ms = 80;
	live_start(&live);
	h2_open(&h2, &live);
	h2_get(&h2, 1, "GET", "/loop");
	h2_assert_answer(&h2, 1, 200, "from the loop");
	h2_assert_goaway(&h2, NGHTTP2_NO_ERROR, "idle");
	close_h2(&live, &h2);
}

/** Requests that come in one piece are answered by the loop within the turn. */
static void a_connection_is_not_idle_while_requests_come(void **state)
{
	enum { REQUESTS = 20, PAUSE_MS = 50, IDLE_MS = 600 };
	struct live live;
	struct h2 h2;

	(void)state;
	live_init(&live, false);
	live.options.idle_ms = IDLE_MS;
	live_start(&live);
	h2_open(&h2, &live);
	for (uint32_t i = 0; i < REQUESTS; i++) {
		char request[] = HEAD(GET_LOOP_LENGTH, T_HEADERS, "\x05", "\x00") GET_LOOP;
		request[8] = (char)(2 * i + 1);
		h2_send(&h2, (struct slice){ request, sizeof(request) - 1 });
		h2_assert_answer(&h2, 2 * i + 1, 200, "from the loop");
		usleep(PAUSE_MS * 1000);
	}
	h2_assert_goaway(&h2, NGHTTP2_NO_ERROR, "idle at last");
	close_h2(&live, &h2);
}

static void a_stream_whose_window_stays_shut_is_reset(void **state)
{
	struct live live;
	struct h2 h2;

	(void)state;
	live_init(&live, false);
	live.options.write_ms = 80;
	live_start(&live);
	h2_open(&h2, &live);
	h2_get(&h2, 1, "GET", "/big");
	h2_assert_reset(&h2, 1, NGHTTP2_CANCEL, "a shut window");
	wait_for(&live.released, 1);
	h2_assert_well(&h2, "after it");
	close_h2(&live, &h2);
}

static void a_client_that_does_not_read_at_all_is_cut(void **state)
{
	struct live live;
	struct h2 h2;

	(void)state;
	live_init(&live, false);
	live.options.write_ms = 80;
	live_start(&live);
	h2_open(&h2, &live);
	h2_send_frame(&h2, NGHTTP2_SETTINGS, 0, 0, (struct slice)BYTES("\x00\x04\x7f\xff\xff\xff"));
	h2_send_frame(&h2, NGHTTP2_WINDOW_UPDATE, 0, 0, (struct slice)BYTES("\x7f\x00\x00\x00"));
	for (uint32_t stream = 1; stream < 20; stream += 2)
		h2_get(&h2, stream, "GET", "/big");
	wait_for(&live.released, 1); /* what else was asked is not even read */
	wait_for(&live.done, 1);
	assert_true(atomic_load(&live.last_bytes) > 0);
	close_h2(&live, &h2);
}

/* ---- peers that go, and the end ---- */

static void a_stream_reset_while_a_worker_answers_leaves_no_trace(void **state)
{
	struct live live;
	struct h2 h2;

	(void)state;
	open_h2(&live, &h2);
	h2_get(&h2, 1, "GET", "/gate");
	wait_for(&live.in_worker, 1);
	h2_send_frame(&h2, NGHTTP2_RST_STREAM, 0, 1, (struct slice)BYTES("\x00\x00\x00\x08"));
	h2_assert_well(&h2, "after a reset");
	uv_sem_post(&live.gate);
	wait_for(&live.done, 1);
	h2_get(&h2, 3, "GET", "/a");
	h2_assert_answer(&h2, 3, 200, "worker saw /a");
	close_h2(&live, &h2);
}

static void a_client_that_leaves_while_a_worker_answers_leaves_no_trace(void **state)
{
	struct live live;
	struct h2 h2;

	(void)state;
	open_h2(&live, &h2);
	h2_get(&h2, 1, "GET", "/gate");
	h2_get(&h2, 3, "GET", "/big");
	wait_for(&live.in_worker, 1);
	h2_close(&h2);
	wait_for(&live.released, 1);
	uv_sem_post(&live.gate);
	wait_for(&live.done, 2);
	live_end(&live);
}

/** Work that resets leave behind counts: the next request waits until some is done. */
static void a_client_cannot_pile_up_work_by_resetting(void **state)
{
	struct live live;
	struct h2 h2;

	(void)state;
	live_init(&live, false);
	live.options.max_streams = 2;
	live_start(&live);
	h2_open(&h2, &live);
	h2_get(&h2, 1, "GET", "/gate");
	h2_get(&h2, 3, "GET", "/gate");
	wait_for(&live.in_worker, 2);
	h2_send_frame(&h2, NGHTTP2_RST_STREAM, 0, 1, (struct slice)BYTES("\x00\x00\x00\x08"));
	h2_send_frame(&h2, NGHTTP2_RST_STREAM, 0, 3, (struct slice)BYTES("\x00\x00\x00\x08"));
	h2_get(&h2, 5, "GET", "/a");
	h2_assert_reset(&h2, 5, NGHTTP2_REFUSED_STREAM, "too much work");
	uv_sem_post(&live.gate);
	uv_sem_post(&live.gate);
	wait_for(&live.done, 2);
	h2_get(&h2, 7, "GET", "/a");
	h2_assert_answer(&h2, 7, 200, "worker saw /a");
	close_h2(&live, &h2);
}

static void the_last_allowed_request_sends_the_client_away(void **state)
{
	struct live live;
	struct h2 h2;

	(void)state;
	live_init(&live, false);
	live.options.max_requests_per_connection = 2;
	live_start(&live);
	h2_open(&h2, &live);
	h2_get(&h2, 1, "GET", "/loop");
	h2_assert_answer(&h2, 1, 200, "from the loop");
	h2_get(&h2, 3, "GET", "/loop");
	h2_assert_answer(&h2, 3, 200, "from the loop");
	h2_assert_goaway(&h2, NGHTTP2_NO_ERROR, "enough");
	close_h2(&live, &h2);
}

static void stopping_warns_serves_what_was_on_its_way_and_leaves(void **state)
{
	struct live live;
	struct h2 h2;
	struct frame frame = { 0 };

	(void)state;
	open_h2(&live, &h2);
	h2_get(&h2, 1, "GET", "/gate");
	wait_for(&live.in_worker, 1);
	net_server_stop(live.server);
	assert_true(h2_find(&h2, NGHTTP2_GOAWAY, 0, &frame));
	assert_int_equal(number_at(frame.payload, 0), 0x7fffffff); /* RFC 9113 section 6.8: a warning */
	assert_true(h2_find(&h2, NGHTTP2_PING, 0, &frame));
	h2_get(&h2, 3, "GET", "/loop"); /* sent before the client saw the warning */
	h2_send_frame(&h2, NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, frame.payload);
	h2_assert_answer(&h2, 3, 200, "from the loop");
	assert_true(h2_find(&h2, NGHTTP2_GOAWAY, 0, &frame));
	assert_int_equal(number_at(frame.payload, 0), 3);
	uv_sem_post(&live.gate);
	h2_assert_answer(&h2, 1, 200, "worker saw /gate");
	client_expects_end(&h2.client);
	h2_close(&h2);
	live_join(&live);
}

static void stopping_cuts_what_takes_longer_than_the_drain_time(void **state)
{
	struct live live;
	struct h2 h2;
	struct frame frame = { 0 };

	(void)state;
	live_init(&live, false);
	live.options.drain_ms = 50;
	live_start(&live);
	h2_open(&h2, &live);
	h2_get(&h2, 1, "GET", "/gate");
	wait_for(&live.in_worker, 1);
	net_server_stop(live.server);
	while (h2_next(&h2, &frame))
		;
	uv_sem_post(&live.gate);
	h2_close(&h2);
	live_join(&live);
	assert_int_equal(atomic_load(&live.done), 1);
}

static void many_clients_with_many_streams_are_served_by_loops_and_workers(void **state)
{
	enum { CLIENTS = 8, STREAMS = 20 };
	struct live live;
	struct h2 h2[CLIENTS];

	(void)state;
	live_init(&live, false);
	live.options.loops = 2;
	live.options.workers = 3;
	live_start(&live);
	for (unsigned i = 0; i < CLIENTS; i++)
		h2_open(&h2[i], &live);
	for (unsigned s = 0; s < STREAMS; s++)
		for (unsigned i = 0; i < CLIENTS; i++)
			h2_get(&h2[i], 2 * s + 1, "GET", s % 2 ? "/loop" : "/work");
	wait_for(&live.done, CLIENTS * STREAMS);
	for (unsigned i = 0; i < CLIENTS; i++) {
		h2_assert_well(&h2[i], "after all");
		h2_close(&h2[i]);
	}
	live_end(&live);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_body_that_does_not_come_is_answered_408_while_other_streams_live),
		cmocka_unit_test(a_header_block_that_does_not_end_closes_the_connection),
		cmocka_unit_test(a_silent_connection_is_told_goaway),
		cmocka_unit_test(a_connection_is_not_idle_while_requests_come),
		cmocka_unit_test(a_stream_whose_window_stays_shut_is_reset),
		cmocka_unit_test(a_client_that_does_not_read_at_all_is_cut),
		cmocka_unit_test(a_stream_reset_while_a_worker_answers_leaves_no_trace),
		cmocka_unit_test(a_client_that_leaves_while_a_worker_answers_leaves_no_trace),
		cmocka_unit_test(a_client_cannot_pile_up_work_by_resetting),
		cmocka_unit_test(the_last_allowed_request_sends_the_client_away),
		cmocka_unit_test(stopping_warns_serves_what_was_on_its_way_and_leaves),
		cmocka_unit_test(stopping_cuts_what_takes_longer_than_the_drain_time),
		cmocka_unit_test(many_clients_with_many_streams_are_served_by_loops_and_workers),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
