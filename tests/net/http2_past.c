/* SPDX-License-Identifier: Apache-2.0 */
/* Frames as a client writes them, cut in every way, and what is wrong with them in the light of those before. */
#include "../testing.h"

#include "net/http2_past.h"

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define ENDS (NGHTTP2_FLAG_END_STREAM | NGHTTP2_FLAG_END_HEADERS)
#define OPEN NGHTTP2_FLAG_END_HEADERS

/* ---- heads ---- */

static const char wire[] = PREFACE "\x00\x00\x06\x04\x00\x00\x00\x00\x00" /* SETTINGS */
				   "\x00\x03\x00\x00\x00\x64"
				   "\x00\x00\x00\x00\x01\x80\x00\x00\x01" /* DATA of nothing, with the reserved bit */
				   "\x00\x00\x05\x02\x00\x00\x00\x00\x07" /* PRIORITY: depends on 3, alone */
				   "\x80\x00\x00\x03\xff"
				   "\x00\x00\x04\x02\x00\x00\x00\x00\x09" /* PRIORITY too short */
				   "abcd"
				   "\x01\x00\x01\xfa\x00\x7f\xff\xff\xff"; /* what nobody knows, long */
static const struct http2_head expected[] = {
	{ { .length = 6, .type = NGHTTP2_SETTINGS }, 0 },
	{ { .length = 0, .type = NGHTTP2_DATA, .flags = NGHTTP2_FLAG_END_STREAM, .stream_id = 1 }, 0 },
	{ { .length = 5, .type = NGHTTP2_PRIORITY, .stream_id = 7 }, 3 },
	{ { .length = 4, .type = NGHTTP2_PRIORITY, .stream_id = 9 }, 0 },
	{ { .length = 0x10001, .type = 0xfa, .stream_id = 0x7fffffff }, 0 },
};

static void assert_head(const struct http2_head *got, const struct http2_head *wanted)
{
	assert_int_equal(got->frame.length, wanted->frame.length);
	assert_int_equal(got->frame.type, wanted->frame.type);
	assert_int_equal(got->frame.flags, wanted->frame.flags);
	assert_int_equal(got->frame.stream_id, wanted->frame.stream_id);
	assert_int_equal(got->dependency, wanted->dependency);
}

static void heads_are_found_however_the_bytes_are_cut(void **state)
{
	(void)state;
	for (size_t piece = 1; piece <= sizeof(wire) - 1; piece++) {
		struct http2_heads heads;
		size_t found = 0;
		http2_heads_init(&heads);
		for (size_t at = 0; at < sizeof(wire) - 1; at += piece) {
			size_t left = sizeof(wire) - 1 - at;
			struct slice rest = { wire + at, left < piece ? left : piece };
			struct http2_head head;
			while (http2_heads_next(&heads, &rest, &head)) {
				assert_true(found < ARRAY_SIZE(expected));
				assert_head(&head, &expected[found++]);
			}
			assert_int_equal(rest.len, 0);
		}
		assert_int_equal(found, ARRAY_SIZE(expected));
		assert_int_equal(heads.skip, 0x10001);
	}
}

/* ---- the past ---- */

static uint32_t note(struct http2_past *past, uint8_t type, uint8_t flags, int32_t stream)
{
	const struct http2_head head = { { .type = type, .flags = flags, .stream_id = stream }, 0 };

	return http2_past_note(past, &head);
}

static uint32_t headers(struct http2_past *past, uint8_t flags, int32_t stream)
{
	return note(past, NGHTTP2_HEADERS, flags, stream);
}

static uint32_t data(struct http2_past *past, uint8_t flags, int32_t stream)
{
	return note(past, NGHTTP2_DATA, flags, stream);
}

static void a_message_may_have_data_and_a_trailer_and_then_no_more(void **state)
{
	struct http2_past past = { 0 };

	(void)state;
	assert_int_equal(headers(&past, OPEN, 1), NGHTTP2_NO_ERROR);
	assert_int_equal(data(&past, 0, 1), NGHTTP2_NO_ERROR);
	assert_int_equal(headers(&past, ENDS, 1), NGHTTP2_NO_ERROR);
	assert_int_equal(data(&past, 0, 1), NGHTTP2_STREAM_CLOSED);
	assert_int_equal(headers(&past, ENDS, 1), NGHTTP2_STREAM_CLOSED);
	assert_int_equal(headers(&past, OPEN, 3), NGHTTP2_NO_ERROR);
	assert_int_equal(data(&past, NGHTTP2_FLAG_END_STREAM, 3), NGHTTP2_NO_ERROR);
	assert_int_equal(data(&past, 0, 3), NGHTTP2_STREAM_CLOSED);
	assert_int_equal(headers(&past, ENDS, 1), NGHTTP2_STREAM_CLOSED);
}

static void what_the_peer_reset_is_closed_and_what_may_follow_follows(void **state)
{
	struct http2_past past = { 0 };

	(void)state;
	assert_int_equal(headers(&past, OPEN, 1), NGHTTP2_NO_ERROR);
	assert_int_equal(note(&past, NGHTTP2_RST_STREAM, 0, 1), NGHTTP2_NO_ERROR);
	assert_int_equal(note(&past, NGHTTP2_RST_STREAM, 0, 1), NGHTTP2_NO_ERROR);
	assert_int_equal(note(&past, NGHTTP2_WINDOW_UPDATE, 0, 1), NGHTTP2_NO_ERROR);
	assert_int_equal(note(&past, NGHTTP2_PRIORITY, 0, 1), NGHTTP2_NO_ERROR);
	assert_int_equal(data(&past, 0, 1), NGHTTP2_STREAM_CLOSED);
}

static void a_number_that_was_left_out_cannot_be_used_later(void **state)
{
	struct http2_past past = { 0 };

	(void)state;
	assert_int_equal(headers(&past, OPEN, 7), NGHTTP2_NO_ERROR);
	for (int32_t stream = 1; stream < 7; stream += 2) {
		assert_int_equal(headers(&past, ENDS, stream), NGHTTP2_PROTOCOL_ERROR);
		assert_int_equal(note(&past, NGHTTP2_RST_STREAM, 0, stream), NGHTTP2_NO_ERROR);
		assert_int_equal(data(&past, 0, stream), NGHTTP2_PROTOCOL_ERROR);
	}
	assert_int_equal(data(&past, NGHTTP2_FLAG_END_STREAM, 7), NGHTTP2_NO_ERROR);
	assert_int_equal(headers(&past, ENDS, 11), NGHTTP2_NO_ERROR);
	assert_int_equal(headers(&past, ENDS, 9), NGHTTP2_PROTOCOL_ERROR);
	assert_int_equal(headers(&past, ENDS, 7), NGHTTP2_STREAM_CLOSED);
}

static void what_is_not_open_yet_or_not_a_clients_is_left_to_the_library(void **state)
{
	struct http2_past past = { 0 };

	(void)state;
	assert_int_equal(data(&past, NGHTTP2_FLAG_END_STREAM, 1), NGHTTP2_NO_ERROR);
	assert_int_equal(headers(&past, ENDS, 2), NGHTTP2_NO_ERROR);
	assert_int_equal(headers(&past, ENDS, 0), NGHTTP2_NO_ERROR);
	assert_int_equal(headers(&past, ENDS, 1), NGHTTP2_NO_ERROR); /* none of them has opened anything */
	assert_int_equal(note(&past, 0xfa, 0xff, 1), NGHTTP2_NO_ERROR);
}

static void the_last_256_streams_are_remembered_and_older_ones_left_to_the_library(void **state)
{
	struct http2_past past = { 0 };
	int32_t last = 2003; /* opened itself */

	(void)state;
	for (int32_t stream = 1; stream <= last; stream += 2)
		if (stream % 3)
			assert_int_equal(headers(&past, stream % 5 ? ENDS : OPEN, stream), NGHTTP2_NO_ERROR);
	for (int32_t stream = 1; stream <= last; stream += 2) {
		bool is_old = last - stream >= 2 * 256;
		uint32_t wanted = is_old            ? NGHTTP2_NO_ERROR
				  : stream % 3 == 0 ? NGHTTP2_PROTOCOL_ERROR
				  : stream % 5      ? NGHTTP2_STREAM_CLOSED
						    : NGHTTP2_NO_ERROR;
		if (data(&past, 0, stream) != wanted)
			fail_msg("stream %d", stream);
	}
	assert_int_equal(headers(&past, OPEN, INT32_MAX), NGHTTP2_NO_ERROR); /* a leap forgets all */
	assert_int_equal(data(&past, 0, last), NGHTTP2_NO_ERROR);
	assert_int_equal(data(&past, 0, INT32_MAX), NGHTTP2_NO_ERROR);
	for (int32_t i = 1; i < 256; i++)
		assert_int_equal(headers(&past, ENDS, INT32_MAX - 2 * i), NGHTTP2_PROTOCOL_ERROR);
	assert_int_equal(headers(&past, ENDS, INT32_MAX - 2 * 256), NGHTTP2_NO_ERROR);
	past = (struct http2_past){ 0 };
	assert_int_equal(headers(&past, OPEN, INT32_MAX), NGHTTP2_NO_ERROR);
	assert_int_equal(headers(&past, OPEN, INT32_MAX - 2), NGHTTP2_PROTOCOL_ERROR);
}

/** RFC 9113 section 6.10: the library ends the connection for whatever else comes. */
static void inside_a_header_block_all_is_left_to_the_library(void **state)
{
	struct http2_past past = { 0 };

	(void)state;
	assert_int_equal(headers(&past, NGHTTP2_FLAG_END_STREAM, 1), NGHTTP2_NO_ERROR);
	assert_int_equal(note(&past, NGHTTP2_CONTINUATION, 0, 1), NGHTTP2_NO_ERROR);
	assert_int_equal(data(&past, 0, 1), NGHTTP2_NO_ERROR);
	assert_int_equal(note(&past, NGHTTP2_CONTINUATION, NGHTTP2_FLAG_END_HEADERS, 1), NGHTTP2_NO_ERROR);
	assert_int_equal(data(&past, 0, 1), NGHTTP2_STREAM_CLOSED);
}

static void a_priority_names_a_stream_and_another_one(void **state)
{
	struct http2_past past = { 0 };
	const struct http2_head on_nothing = { { .type = NGHTTP2_PRIORITY, .length = 5, .stream_id = 0 }, 1 };
	const struct http2_head on_itself = { { .type = NGHTTP2_PRIORITY, .length = 5, .stream_id = 3 }, 3 };
	const struct http2_head on_another = { { .type = NGHTTP2_PRIORITY, .length = 5, .stream_id = 3 }, 5 };

	(void)state;
	assert_int_equal(http2_past_note(&past, &on_nothing), NGHTTP2_PROTOCOL_ERROR);
	assert_int_equal(http2_past_note(&past, &on_itself), NGHTTP2_PROTOCOL_ERROR);
	assert_int_equal(http2_past_note(&past, &on_another), NGHTTP2_NO_ERROR);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(heads_are_found_however_the_bytes_are_cut),
		cmocka_unit_test(a_message_may_have_data_and_a_trailer_and_then_no_more),
		cmocka_unit_test(what_the_peer_reset_is_closed_and_what_may_follow_follows),
		cmocka_unit_test(a_number_that_was_left_out_cannot_be_used_later),
		cmocka_unit_test(what_is_not_open_yet_or_not_a_clients_is_left_to_the_library),
		cmocka_unit_test(the_last_256_streams_are_remembered_and_older_ones_left_to_the_library),
		cmocka_unit_test(inside_a_header_block_all_is_left_to_the_library),
		cmocka_unit_test(a_priority_names_a_stream_and_another_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
