/* SPDX-License-Identifier: Apache-2.0 */
/* Requests and replies over HTTP/2, as the program and its clients see them. */
#include "frames.h"

/* ---- requests and replies ---- */

static void loop_and_workers_answer_streams_in_any_order(void **state)
{
	struct live live;
	struct h2 h2;

	(void)state;
	open_h2(&live, &h2);
	h2_get(&h2, 1, "GET", "/gate");
	h2_get(&h2, 3, "GET", "/loop");
	h2_get(&h2, 5, "GET", "/a");
	h2_assert_answer(&h2, 3, 200, "from the loop");
	h2_assert_answer(&h2, 5, 200, "worker saw /a");
	uv_sem_post(&live.gate);
	h2_assert_answer(&h2, 1, 200, "worker saw /gate");
	wait_for(&live.done, 3);
	close_h2(&live, &h2);
}

static void fields_are_written_in_lower_case_with_date_and_length(void **state)
{
	struct live live;
	struct h2 h2;

	(void)state;
	open_h2(&live, &h2);
	h2_get(&h2, 1, "GET", "/loop");
	h2_assert_answer(&h2, 1, 200, "from the loop");
	assert_non_null(strstr(h2.fields, ":status: 200\ndate: "));
	assert_non_null(strstr(h2.fields, " GMT\ncontent-type: text/plain\ncontent-length: 13\n"));
	close_h2(&live, &h2);
}

static void head_204_and_304_end_with_their_head(void **state)
{
	struct live live;
	struct h2 h2;

	(void)state;
	open_h2(&live, &h2);
	h2_get(&h2, 1, "HEAD", "/loop");
	h2_assert_answer(&h2, 1, 200, "");
	assert_non_null(strstr(h2.fields, "content-length: 13\n"));
	h2_get(&h2, 3, "GET", "/unchanged");
	h2_assert_answer(&h2, 3, 304, "");
	assert_null(strstr(h2.fields, "content-length"));
	h2_get(&h2, 5, "GET", "/nothing");
	h2_assert_answer(&h2, 5, 204, "");
	assert_null(strstr(h2.fields, "content-length"));
	close_h2(&live, &h2);
}

static void a_value_with_a_line_break_cannot_forge_a_field(void **state)
{
	struct live live;
	struct h2 h2;

	(void)state;
	open_h2(&live, &h2);
	h2_get(&h2, 1, "GET", "/split");
	h2_assert_answer(&h2, 1, 200, "one");
	assert_null(strstr(h2.fields, "x-split"));
	assert_null(strstr(h2.fields, "x-forged"));
	close_h2(&live, &h2);
}

static void a_client_that_expects_100_gets_it_before_its_body(void **state)
{
	static const struct slice block = BYTES(POST_ECHO "\x0f\x14\x0c"
							  "100-continue");
	struct live live;
	struct h2 h2;
	struct frame frame = { 0 };

	(void)state;
	open_h2(&live, &h2);
	h2_send_frame(&h2, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, block);
	assert_true(h2_find(&h2, NGHTTP2_HEADERS, 1, &frame));
	assert_int_equal(h2_status(&h2), 100);
	h2_send_frame(&h2, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, SLICE("hello"));
	h2_assert_answer(&h2, 1, 200, "hello");
	close_h2(&live, &h2);
}

/* ---- flow control ---- */

/** More than all windows: the server must open them again. */
static void a_body_larger_than_the_windows_is_taken_as_they_open(void **state)
{
	enum { PIECES = 40, PIECE = 16384 };
	struct live live;
	struct h2 h2;
	struct frame frame = { 0 };
	int64_t stream_room = 65535, connection_room = 65535;
	char *body = malloc(PIECES * PIECE + 1);
	size_t length;

	(void)state;
	open_h2(&live, &h2);
	h2_send_frame(&h2, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, (struct slice)BYTES(POST_ECHO));
	for (size_t sent = 0; sent < PIECES;) {
		if (stream_room >= PIECE && connection_room >= PIECE) {
			sent++;
			h2_send_frame(&h2, NGHTTP2_DATA, sent == PIECES ? NGHTTP2_FLAG_END_STREAM : 0, 1,
				      (struct slice){ live.big, PIECE });
			stream_room -= PIECE;
			connection_room -= PIECE;
			continue;
		}
		assert_true(h2_next(&h2, &frame));
		if (frame.type == NGHTTP2_SETTINGS && frame.payload.len) /* INITIAL_WINDOW_SIZE stands second */
			stream_room += (int64_t)number_at(frame.payload, 8) - 65535;
		if (frame.type == NGHTTP2_WINDOW_UPDATE)
			*(frame.stream ? &stream_room : &connection_room) += number_at(frame.payload, 0);
	}
	h2_send_frame(&h2, NGHTTP2_WINDOW_UPDATE, 0, 0, (struct slice)BYTES("\x10\x00\x00\x00"));
	h2_send_frame(&h2, NGHTTP2_WINDOW_UPDATE, 0, 1, (struct slice)BYTES("\x10\x00\x00\x00"));
	assert_int_equal(h2_answer(&h2, 1, body, PIECES * PIECE + 1, &length), 200);
	assert_int_equal(length, PIECES * PIECE);
	for (size_t i = 0; i < PIECES; i++)
		assert_memory_equal(body + i * PIECE, live.big, PIECE);
	free(body);
	close_h2(&live, &h2);
}

static void a_big_reply_goes_as_far_as_the_client_lets_it_and_is_released_once(void **state)
{
	struct live live;
	struct h2 h2;
	struct frame frame = { 0 };
	char *body = malloc(BIG_BYTES + 1);
	size_t got = 0, length;

	(void)state;
	open_h2(&live, &h2);
	h2_get(&h2, 1, "GET", "/big");
	while (got < 65535) {
		assert_true(h2_find(&h2, NGHTTP2_DATA, 1, &frame));
		memcpy(body + got, frame.payload.ptr, frame.payload.len);
		got += frame.payload.len;
	}
	assert_int_equal(got, 65535); /* RFC 9113 section 6.9.2 */
	h2_assert_well(&h2, "without a window");
	assert_int_equal(atomic_load(&live.released), 0);
	h2_send_frame(&h2, NGHTTP2_WINDOW_UPDATE, 0, 0, (struct slice)BYTES("\x10\x00\x00\x00"));
	h2_send_frame(&h2, NGHTTP2_WINDOW_UPDATE, 0, 1, (struct slice)BYTES("\x10\x00\x00\x00"));
	for (frame.flags = 0; !(frame.flags & NGHTTP2_FLAG_END_STREAM); got += length) {
		assert_true(h2_find(&h2, NGHTTP2_DATA, 1, &frame));
		length = frame.payload.len;
		assert_true(got + length <= BIG_BYTES);
		memcpy(body + got, frame.payload.ptr, length);
	}
	assert_int_equal(got, BIG_BYTES);
	assert_memory_equal(body, live.big, BIG_BYTES);
	wait_for(&live.released, 1);
	wait_for(&live.done, 1);
	free(body);
	close_h2(&live, &h2);
}

/** Sessions of a loop share the buffer of the frame that is sent: each of these stops in the middle of one. */
static void replies_to_clients_that_read_late_do_not_mix(void **state)
{
	enum { CLIENTS = 4 };
	struct live live;
	struct h2 h2[CLIENTS];
	struct frame frame = { 0 };
	size_t got[CLIENTS] = { 0 };

	(void)state;
	live_init(&live, false);
	live_start(&live);
	for (unsigned i = 0; i < CLIENTS; i++) {
		h2_open(&h2[i], &live);
		h2_send_frame(&h2[i], NGHTTP2_SETTINGS, 0, 0, (struct slice)BYTES("\x00\x04\x7f\xff\xff\xff"));
		h2_send_frame(&h2[i], NGHTTP2_WINDOW_UPDATE, 0, 0, (struct slice)BYTES("\x7f\x00\x00\x00"));
		h2_get(&h2[i], 2 * i + 1, "GET", "/big"); /* frames that differ in their heads */
		assert_true(h2_find(&h2[i], NGHTTP2_HEADERS, 2 * i + 1, &frame));
	}
	for (unsigned ended = 0; ended < CLIENTS;)
		for (unsigned i = 0; i < CLIENTS; i++) {
			if (got[i] == BIG_BYTES)
				continue;
			assert_true(h2_find(&h2[i], NGHTTP2_DATA, 2 * i + 1, &frame));
			assert_true(got[i] + frame.payload.len <= BIG_BYTES);
			assert_memory_equal(frame.payload.ptr, live.big + got[i], frame.payload.len);
			got[i] += frame.payload.len;
			ended += frame.flags & NGHTTP2_FLAG_END_STREAM;
		}
	for (unsigned i = 0; i < CLIENTS; i++) {
		h2_assert_well(&h2[i], "after all");
		h2_close(&h2[i]);
	}
	live_end(&live);
}

/* ---- refusals ---- */

static const struct {
	unsigned status;
	const char *why;
	struct slice block;
} refused[] = {
	{ 400, "a path that is no URL's", BYTES("\x82\x87\x04\x05/a#bc\x01\x01h") },
	{ 400, "a path with half an escape", BYTES("\x82\x87\x04\x05/ab%4\x01\x01h") },
	{ 400, "an authority with a port that is none", BYTES("\x82\x87\x84\x01\x03h:x") },
	{ 400, "a host that says another", BYTES("\x82\x87\x84\x01\x01h\x0f\x17\x01i") },
	{ 400, "another scheme",
	  BYTES("\x82\x06\x03"
		"ftp\x84\x01\x01h") },
	{ 501, "a method longer than any",
	  BYTES("\x02\x22"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGH\x87\x84\x01\x01h") },
	{ 417, "an unknown expectation",
	  BYTES("\x82\x87\x84\x01\x01h\x0f\x14\x06"
		"200-ok") },
};

static void a_request_that_is_no_use_is_told_why_and_the_connection_goes_on(void **state)
{
	struct live live;
	struct h2 h2;
	uint32_t stream = 1;
	char body[256];
	size_t length;

	(void)state;
	open_h2(&live, &h2);
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++, stream += 2) {
		h2_send_frame(&h2, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, stream, refused[i].block);
		unsigned status = h2_answer(&h2, stream, body, sizeof(body), &length);
		if (status != refused[i].status || strncmp(body, "refused: ", 9) != 0)
			fail_msg("%s: %u %s", refused[i].why, status, body);
	}
	assert_int_equal(atomic_load(&live.refused), ARRAY_SIZE(refused));
	h2_get(&h2, stream, "GET", "/loop");
	h2_assert_answer(&h2, stream, 200, "from the loop");
	close_h2(&live, &h2);
}

static void limits_of_the_head_are_answered_431_and_414(void **state)
{
	struct live live;
	struct h2 h2;
	char block[1200] = "\x82\x87\x84\x01\x01h", body[256];
	size_t length, used;

	(void)state;
	live_init(&live, false);
	live.options.max_header_bytes = 700;
	live.options.max_headers = 4;
	live.options.max_target_bytes = 64;
	live_start(&live);
	h2_open(&h2, &live);
	for (used = 6; used < 6 + 5 * 5; used += 5)
		memcpy(block + used, "\x00\x01x\x01y", 5);
	h2_send_frame(&h2, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 1, (struct slice){ block, used });
	assert_int_equal(h2_answer(&h2, 1, body, sizeof(body), &length), 431);
	/* a field of 600 bytes: 0x7f and 473 in two bytes of seven bits (RFC 7541 section 5.1) */
	memcpy(block + 6, "\x00\x01x\x7f\xd9\x03", 6);
	memset(block + 12, 'y', 600);
	h2_send_frame(&h2, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 3, (struct slice){ block, 612 });
	assert_int_equal(h2_answer(&h2, 3, body, sizeof(body), &length), 431);
	int path = snprintf(block, sizeof(block), "%c%c\x04%c/%064d\x01\x01h", 0x82, 0x87, 65, 0);
	h2_send_frame(&h2, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 5,
		      (struct slice){ block, (size_t)path });
	assert_int_equal(h2_answer(&h2, 5, body, sizeof(body), &length), 414);
	h2_get(&h2, 7, "GET", "/loop");
	h2_assert_answer(&h2, 7, 200, "from the loop");
	close_h2(&live, &h2);
}

static void a_body_over_the_limit_is_answered_413_and_the_rest_not_wanted(void **state)
{
	static const struct slice long_length = BYTES(POST_ECHO "\x0f\x0d\x04"
								"1001");
	struct live live;
	struct h2 h2;
	char body[256];
	size_t length;

	(void)state;
	live_init(&live, false);
	live.options.max_body_bytes = 1000;
	live_start(&live);
	h2_open(&h2, &live);
	h2_send_frame(&h2, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, (struct slice)BYTES(POST_ECHO));
	h2_send_frame(&h2, NGHTTP2_DATA, 0, 1, (struct slice){ live.big, 600 });
	h2_send_frame(&h2, NGHTTP2_DATA, 0, 1, (struct slice){ live.big, 600 });
	assert_int_equal(h2_answer(&h2, 1, body, sizeof(body), &length), 413);
	h2_send_frame(&h2, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, (struct slice){ live.big, 600 });
	wait_for(&live.done, 1);
	h2_send_frame(&h2, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 3, long_length);
	assert_int_equal(h2_answer(&h2, 3, body, sizeof(body), &length), 413);
	h2_assert_reset(&h2, 3, NGHTTP2_NO_ERROR, "RFC 9113 section 8.1");
	h2_assert_well(&h2, "after bodies too long");
	close_h2(&live, &h2);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(loop_and_workers_answer_streams_in_any_order),
		cmocka_unit_test(fields_are_written_in_lower_case_with_date_and_length),
		cmocka_unit_test(head_204_and_304_end_with_their_head),
		cmocka_unit_test(a_value_with_a_line_break_cannot_forge_a_field),
		cmocka_unit_test(a_client_that_expects_100_gets_it_before_its_body),
		cmocka_unit_test(a_body_larger_than_the_windows_is_taken_as_they_open),
		cmocka_unit_test(a_big_reply_goes_as_far_as_the_client_lets_it_and_is_released_once),
		cmocka_unit_test(replies_to_clients_that_read_late_do_not_mix),
		cmocka_unit_test(a_request_that_is_no_use_is_told_why_and_the_connection_goes_on),
		cmocka_unit_test(limits_of_the_head_are_answered_431_and_414),
		cmocka_unit_test(a_body_over_the_limit_is_answered_413_and_the_rest_not_wanted),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
