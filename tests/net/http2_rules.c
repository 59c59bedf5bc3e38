/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 9113, sections 3 to 8: what a client must not send, byte for byte, and what happens then. */
#include "frames.h"

static struct live live;

static int start(void **state)
{
	(void)state;
	files_make(&files);
	live_init(&live, false);
	live.options.max_streams = 4;
	live_start(&live);
	return 0;
}

static int end(void **state)
{
	(void)state;
	live_end(&live);
	files_remove(&files);
	return 0;
}

#define ENDS "\x05" /* END_HEADERS | END_STREAM */
#define OPEN "\x04" /* END_HEADERS */
#define LOOP(stream) HEAD(GET_LOOP_LENGTH, T_HEADERS, ENDS, stream) GET_LOOP
#define UPLOAD(stream) HEAD(GET_LOOP_LENGTH, T_HEADERS, OPEN, stream) POST_ECHO
/** A literal field without indexing, with a new name (RFC 7541 section 6.2.2). */
#define FIELD(name_length, name, value_length, value) "\x00" name_length name value_length value

/* ---- connection errors ---- */

static const struct {
	uint32_t code;
	const char *why;
	struct slice bytes; /* behind the TLS handshake */
} goaway[] = {
	/* 3.4 */
	{ NGHTTP2_PROTOCOL_ERROR, "HTTP/1.1 where the preface should be", BYTES("GET / HTTP/1.1\r\nHost: h\r\n\r\n") },
	{ NGHTTP2_PROTOCOL_ERROR, "a preface with another end", BYTES("PRI * HTTP/2.0\r\n\r\nSX\r\n\r\n") },
	{ NGHTTP2_PROTOCOL_ERROR, "a preface without settings behind it",
	  BYTES(PREFACE HEAD("\x08", T_PING, "\x00", "\x00") "12345678") },
	/* 4.2 */
	{ NGHTTP2_FRAME_SIZE_ERROR, "a frame over SETTINGS_MAX_FRAME_SIZE", BYTES(HELLO "\x00\x40\x01\x01\x05\x00\x00\x00\x01") },
	/* 4.3 */
	{ NGHTTP2_COMPRESSION_ERROR, "the index 0", BYTES(HELLO HEAD("\x01", T_HEADERS, ENDS, "\x01") "\x80") },
	{ NGHTTP2_COMPRESSION_ERROR, "an index behind the table", BYTES(HELLO HEAD("\x01", T_HEADERS, ENDS, "\x01") "\xfe") },
	{ NGHTTP2_COMPRESSION_ERROR, "a header table larger than allowed",
	  BYTES(HELLO HEAD("\x04", T_HEADERS, ENDS, "\x01") "\x3f\xe2\x1f\x82") },
	{ NGHTTP2_COMPRESSION_ERROR, "a string cut short", BYTES(HELLO HEAD("\x03", T_HEADERS, ENDS, "\x01") "\x04\x05/") },
	/* 5.1 */
	{ NGHTTP2_PROTOCOL_ERROR, "DATA on an idle stream", BYTES(HELLO HEAD("\x02", T_DATA, "\x01", "\x01") "hi") },
	{ NGHTTP2_PROTOCOL_ERROR, "RST_STREAM on an idle stream",
	  BYTES(HELLO HEAD("\x04", T_RST_STREAM, "\x00", "\x01") "\x00\x00\x00\x08") },
	{ NGHTTP2_PROTOCOL_ERROR, "WINDOW_UPDATE on an idle stream",
	  BYTES(HELLO HEAD("\x04", T_WINDOW_UPDATE, "\x00", "\x01") "\x00\x00\x00\x08") },
	{ NGHTTP2_STREAM_CLOSED, "DATA behind the end of a request",
	  BYTES(HELLO LOOP("\x01") HEAD("\x02", T_DATA, "\x01", "\x01") "hi") },
	{ NGHTTP2_STREAM_CLOSED, "DATA behind the end of a body",
	  BYTES(HELLO UPLOAD("\x01") HEAD("\x02", T_DATA, "\x01", "\x01") "hi" HEAD("\x02", T_DATA, "\x00", "\x01") "hi") },
	{ NGHTTP2_STREAM_CLOSED, "a second request on a stream", BYTES(HELLO LOOP("\x01") LOOP("\x01")) },
	{ NGHTTP2_STREAM_CLOSED, "DATA behind RST_STREAM",
	  BYTES(HELLO UPLOAD("\x01")
		    HEAD("\x04", T_RST_STREAM, "\x00", "\x01") "\x00\x00\x00\x08" HEAD("\x02", T_DATA, "\x01", "\x01") "hi") },
	{ NGHTTP2_STREAM_CLOSED, "HEADERS behind RST_STREAM",
	  BYTES(HELLO UPLOAD("\x01") HEAD("\x04", T_RST_STREAM, "\x00", "\x01") "\x00\x00\x00\x08" LOOP("\x01")) },
	{ NGHTTP2_PROTOCOL_ERROR, "CONTINUATION on an idle stream",
	  BYTES(HELLO HEAD("\x01", T_CONTINUATION, OPEN, "\x01") "\x82") },
	/* 5.1.1 */
	{ NGHTTP2_PROTOCOL_ERROR, "an even stream", BYTES(HELLO LOOP("\x02")) },
	{ NGHTTP2_PROTOCOL_ERROR, "stream 0", BYTES(HELLO LOOP("\x00")) },
	{ NGHTTP2_PROTOCOL_ERROR, "a stream that was left out", BYTES(HELLO LOOP("\x05") LOOP("\x03")) },
	{ NGHTTP2_PROTOCOL_ERROR, "DATA on a stream that was left out",
	  BYTES(HELLO LOOP("\x05") HEAD("\x02", T_DATA, "\x01", "\x03") "hi") },
	/* 6.1, 6.2 */
	{ NGHTTP2_PROTOCOL_ERROR, "DATA on stream 0", BYTES(HELLO HEAD("\x02", T_DATA, "\x01", "\x00") "hi") },
	{ NGHTTP2_PROTOCOL_ERROR, "DATA with more padding than frame",
	  BYTES(HELLO UPLOAD("\x01") HEAD("\x03", T_DATA, "\x09", "\x01") "\x05hi") },
	{ NGHTTP2_PROTOCOL_ERROR, "HEADERS with more padding than frame",
	  BYTES(HELLO HEAD("\x02", T_HEADERS, "\x0d", "\x01") "\x05\x82") },
	/* 6.3, and RFC 7540 section 5.3.1; 6.4 */
	{ NGHTTP2_PROTOCOL_ERROR, "PRIORITY on stream 0",
	  BYTES(HELLO HEAD("\x05", T_PRIORITY, "\x00", "\x00") "\x00\x00\x00\x03\xff") },
	{ NGHTTP2_PROTOCOL_ERROR, "PRIORITY that depends on itself",
	  BYTES(HELLO HEAD("\x05", T_PRIORITY, "\x00", "\x03") "\x80\x00\x00\x03\xff") },
	{ NGHTTP2_PROTOCOL_ERROR, "HEADERS that depend on themselves",
	  BYTES(HELLO HEAD("\x11", T_HEADERS, "\x25", "\x01") "\x00\x00\x00\x01\xff" GET_LOOP) },
	{ NGHTTP2_FRAME_SIZE_ERROR, "PRIORITY of 4 bytes",
	  BYTES(HELLO HEAD("\x04", T_PRIORITY, "\x00", "\x03") "\x00\x00\x00\x00") },
	{ NGHTTP2_PROTOCOL_ERROR, "RST_STREAM on stream 0",
	  BYTES(HELLO HEAD("\x04", T_RST_STREAM, "\x00", "\x00") "\x00\x00\x00\x08") },
	{ NGHTTP2_FRAME_SIZE_ERROR, "RST_STREAM of 3 bytes",
	  BYTES(HELLO UPLOAD("\x01") HEAD("\x03", T_RST_STREAM, "\x00", "\x01") "\x00\x00\x08") },
	/* 6.5 */
	{ NGHTTP2_FRAME_SIZE_ERROR, "an acknowledgement of settings with settings",
	  BYTES(HELLO HEAD("\x06", T_SETTINGS, "\x01", "\x00") "\x00\x03\x00\x00\x00\x01") },
	{ NGHTTP2_PROTOCOL_ERROR, "SETTINGS on a stream", BYTES(HELLO HEAD("\x00", T_SETTINGS, "\x00", "\x01")) },
	{ NGHTTP2_FRAME_SIZE_ERROR, "SETTINGS of 5 bytes",
	  BYTES(HELLO HEAD("\x05", T_SETTINGS, "\x00", "\x00") "\x00\x03\x00\x00\x00") },
	{ NGHTTP2_PROTOCOL_ERROR, "ENABLE_PUSH 2",
	  BYTES(HELLO HEAD("\x06", T_SETTINGS, "\x00", "\x00") "\x00\x02\x00\x00\x00\x02") },
	{ NGHTTP2_FLOW_CONTROL_ERROR, "INITIAL_WINDOW_SIZE 2^31",
	  BYTES(HELLO HEAD("\x06", T_SETTINGS, "\x00", "\x00") "\x00\x04\x80\x00\x00\x00") },
	{ NGHTTP2_PROTOCOL_ERROR, "MAX_FRAME_SIZE 16383",
	  BYTES(HELLO HEAD("\x06", T_SETTINGS, "\x00", "\x00") "\x00\x05\x00\x00\x3f\xff") },
	{ NGHTTP2_PROTOCOL_ERROR, "MAX_FRAME_SIZE 2^24",
	  BYTES(HELLO HEAD("\x06", T_SETTINGS, "\x00", "\x00") "\x00\x05\x01\x00\x00\x00") },
	/* 6.6 */
	{ NGHTTP2_PROTOCOL_ERROR, "PUSH_PROMISE from a client",
	  BYTES(HELLO UPLOAD("\x01") HEAD("\x05", T_PUSH_PROMISE, OPEN, "\x01") "\x00\x00\x00\x02\x82") },
	/* 6.7, 6.8 */
	{ NGHTTP2_PROTOCOL_ERROR, "PING on a stream", BYTES(HELLO HEAD("\x08", T_PING, "\x00", "\x01") "12345678") },
	{ NGHTTP2_FRAME_SIZE_ERROR, "PING of 7 bytes", BYTES(HELLO HEAD("\x07", T_PING, "\x00", "\x00") "1234567") },
	{ NGHTTP2_PROTOCOL_ERROR, "GOAWAY on a stream",
	  BYTES(HELLO HEAD("\x08", T_GOAWAY, "\x00", "\x01") "\x00\x00\x00\x00\x00\x00\x00\x00") },
	/* 6.9 */
	{ NGHTTP2_PROTOCOL_ERROR, "WINDOW_UPDATE by 0 for the connection",
	  BYTES(HELLO HEAD("\x04", T_WINDOW_UPDATE, "\x00", "\x00") "\x00\x00\x00\x00") },
	{ NGHTTP2_PROTOCOL_ERROR, "WINDOW_UPDATE by 0 for a stream",
	  BYTES(HELLO UPLOAD("\x01") HEAD("\x04", T_WINDOW_UPDATE, "\x00", "\x01") "\x00\x00\x00\x00") },
	{ NGHTTP2_FLOW_CONTROL_ERROR, "a window of the connection over 2^31-1",
	  BYTES(HELLO HEAD("\x04", T_WINDOW_UPDATE, "\x00", "\x00") "\x7f\xff\xff\xff") },
	{ NGHTTP2_FRAME_SIZE_ERROR, "WINDOW_UPDATE of 3 bytes",
	  BYTES(HELLO HEAD("\x03", T_WINDOW_UPDATE, "\x00", "\x00") "\x00\x00\x01") },
	/* 6.10 */
	{ NGHTTP2_PROTOCOL_ERROR, "DATA inside a header block",
	  BYTES(HELLO HEAD("\x01", T_HEADERS, "\x00", "\x01") "\x82" HEAD("\x02", T_DATA, "\x00", "\x01") "hi") },
	{ NGHTTP2_PROTOCOL_ERROR, "PING inside a header block",
	  BYTES(HELLO HEAD("\x01", T_HEADERS, "\x00", "\x01") "\x82" HEAD("\x08", T_PING, "\x00", "\x00") "12345678") },
	{ NGHTTP2_PROTOCOL_ERROR, "another stream's CONTINUATION",
	  BYTES(HELLO HEAD("\x01", T_HEADERS, "\x00", "\x01") "\x82" HEAD("\x01", T_CONTINUATION, OPEN, "\x03") "\x87") },
	{ NGHTTP2_PROTOCOL_ERROR, "CONTINUATION behind the end of a header block",
	  BYTES(HELLO UPLOAD("\x01") HEAD("\x01", T_CONTINUATION, OPEN, "\x01") "\x82") },
};

static void what_breaks_the_connection_is_told_by_goaway(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(goaway); i++) {
		struct h2 h2;
		h2_connect(&h2, &live);
		h2_send(&h2, goaway[i].bytes);
		h2_assert_goaway(&h2, goaway[i].code, goaway[i].why);
		h2_close(&h2);
	}
}

/* ---- stream errors: the connection goes on ---- */

#define BLOCK(length, block) HEAD(length, T_HEADERS, ENDS, "\x01") block

static const struct {
	uint32_t code;
	const char *why;
	struct slice bytes; /* behind the preface, on stream 1 */
} reset[] = {
	/* 6.9 */
	{ NGHTTP2_FLOW_CONTROL_ERROR, "a window over 2^31-1",
	  BYTES(UPLOAD("\x01") HEAD("\x04", T_WINDOW_UPDATE, "\x00", "\x01") "\x7f\xff\xff\xff") },
	/* 8.1.1 */
	{ NGHTTP2_PROTOCOL_ERROR, "a body shorter than content-length",
	  BYTES(HEAD("\x11", T_HEADERS, OPEN, "\x01") POST_ECHO "\x0f\x0d\x02"
								"10" HEAD("\x05", T_DATA, "\x01", "\x01") "hello") },
	{ NGHTTP2_PROTOCOL_ERROR, "a body longer than content-length",
	  BYTES(HEAD("\x10", T_HEADERS, OPEN, "\x01") POST_ECHO "\x0f\x0d\x01"
								"1" HEAD("\x05", T_DATA, "\x01", "\x01") "hello") },
	{ NGHTTP2_PROTOCOL_ERROR, "a content-length and no body",
	  BYTES(BLOCK("\x10", POST_ECHO "\x0f\x0d\x01"
					"5")) },
	{ NGHTTP2_PROTOCOL_ERROR, "two content-lengths",
	  BYTES(HEAD("\x14", T_HEADERS, OPEN, "\x01") POST_ECHO "\x0f\x0d\x01"
								"5"
								"\x0f\x0d\x01"
								"5") },
	/* 8.2 */
	{ NGHTTP2_PROTOCOL_ERROR, "a name in capitals", BYTES(BLOCK("\x11", GET_LOOP FIELD("\x01", "X", "\x01", "y"))) },
	{ NGHTTP2_PROTOCOL_ERROR, "a name with a space", BYTES(BLOCK("\x12", GET_LOOP FIELD("\x02", "x ", "\x01", "y"))) },
	{ NGHTTP2_PROTOCOL_ERROR, "a name with a colon", BYTES(BLOCK("\x12", GET_LOOP FIELD("\x02", "x:", "\x01", "y"))) },
	{ NGHTTP2_PROTOCOL_ERROR, "a value with a line break",
	  BYTES(BLOCK("\x13", GET_LOOP FIELD("\x01", "x", "\x03", "a\r\n"))) },
	{ NGHTTP2_PROTOCOL_ERROR, "a value with a NUL", BYTES(BLOCK("\x13", GET_LOOP FIELD("\x01", "x", "\x03", "a\0b"))) },
	{ NGHTTP2_PROTOCOL_ERROR, "connection",
	  BYTES(BLOCK("\x1f", GET_LOOP FIELD("\x0a", "connection", "\x05", "close") "\x90")) },
	{ NGHTTP2_PROTOCOL_ERROR, "transfer-encoding",
	  BYTES(BLOCK("\x27", GET_LOOP FIELD("\x11", "transfer-encoding", "\x07", "chunked"))) },
	{ NGHTTP2_PROTOCOL_ERROR, "te that is not trailers", BYTES(BLOCK("\x15", GET_LOOP FIELD("\x02", "te", "\x04", "gzip"))) },
	/* 8.3 */
	{ NGHTTP2_PROTOCOL_ERROR, "no path", BYTES(BLOCK("\x05", "\x82\x87\x01\x01h")) },
	{ NGHTTP2_PROTOCOL_ERROR, "no method", BYTES(BLOCK("\x05", "\x87\x84\x01\x01h")) },
	{ NGHTTP2_PROTOCOL_ERROR, "no scheme", BYTES(BLOCK("\x05", "\x82\x84\x01\x01h")) },
	{ NGHTTP2_PROTOCOL_ERROR, "no authority", BYTES(BLOCK("\x03", "\x82\x87\x84")) },
	{ NGHTTP2_PROTOCOL_ERROR, "two methods", BYTES(BLOCK("\x0d", "\x82" GET_LOOP)) },
	{ NGHTTP2_PROTOCOL_ERROR, "two paths", BYTES(BLOCK("\x0d", "\x84" GET_LOOP)) },
	{ NGHTTP2_PROTOCOL_ERROR, "an empty path", BYTES(BLOCK("\x07", "\x82\x87\x04\x00\x01\x01h")) },
	{ NGHTTP2_PROTOCOL_ERROR, "an authority with a path", BYTES(BLOCK("\x08", "\x82\x87\x84\x01\x03h/x")) },
	{ NGHTTP2_PROTOCOL_ERROR, "a path that does not begin with a slash",
	  BYTES(BLOCK("\x0b", "\x82\x87\x04\x04loop\x01\x01h")) },
	{ NGHTTP2_PROTOCOL_ERROR, "a pseudo-field that nobody knows",
	  BYTES(BLOCK("\x12", GET_LOOP FIELD("\x02", ":x", "\x01", "y"))) },
	{ NGHTTP2_PROTOCOL_ERROR, "a pseudo-field of responses", BYTES(BLOCK("\x0d", GET_LOOP "\x88")) },
	{ NGHTTP2_PROTOCOL_ERROR, "a pseudo-field behind a field",
	  BYTES(BLOCK("\x11", "\x82\x87" FIELD("\x01", "x", "\x01", "y") "\x04\x05/loop\x01\x01h")) },
	{ NGHTTP2_PROTOCOL_ERROR, "a pseudo-field in a trailer",
	  BYTES(UPLOAD("\x01") HEAD("\x01", T_HEADERS, ENDS, "\x01") "\x82") },
	{ NGHTTP2_PROTOCOL_ERROR, "a trailer that does not end the stream",
	  BYTES(UPLOAD("\x01") HEAD("\x05", T_HEADERS, OPEN, "\x01") FIELD("\x01", "x", "\x01", "y")) },
};

static void what_breaks_a_stream_resets_it_and_the_connection_goes_on(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(reset); i++) {
		struct h2 h2;
		h2_open(&h2, &live);
		h2_send(&h2, reset[i].bytes);
		h2_assert_reset(&h2, 1, reset[i].code, reset[i].why);
		h2_get(&h2, 3, "GET", "/loop");
		h2_assert_answer(&h2, 3, 200, "from the loop");
		h2_close(&h2);
	}
}

/* ---- what must be taken ---- */

static const struct {
	const char *why;
	struct slice bytes; /* behind the preface, on stream 1 */
	const char *body;
} taken[] = {
	{ "a request", BYTES(LOOP("\x01")), "from the loop" },
	{ "frames of unknown types", BYTES(HEAD("\x02", "\x16", "\x00", "\x00") "hi" LOOP("\x01")), "from the loop" },
	{ "unknown flags", BYTES(HEAD(GET_LOOP_LENGTH, T_HEADERS, "\xd5", "\x01") GET_LOOP), "from the loop" },
	{ "a reserved bit before the stream", BYTES("\x00\x00" GET_LOOP_LENGTH T_HEADERS ENDS "\x80\x00\x00\x01" GET_LOOP),
	  "from the loop" },
	{ "unknown settings", BYTES(HEAD("\x06", T_SETTINGS, "\x00", "\x00") "\x00\xf0\x00\x00\x00\x01" LOOP("\x01")),
	  "from the loop" },
	{ "a header table of none", BYTES(HEAD("\x06", T_SETTINGS, "\x00", "\x00") "\x00\x01\x00\x00\x00\x00" LOOP("\x01")),
	  "from the loop" },
	{ "priorities, which are ignored",
	  BYTES(HEAD("\x05", T_PRIORITY, "\x00", "\x07") "\x00\x00\x00\x03\xff" HEAD("\x11", T_HEADERS, "\x25",
										     "\x01") "\x80\x00\x00\x07\xff" GET_LOOP),
	  "from the loop" },
	{ "padding", BYTES(HEAD("\x0f", T_HEADERS, "\x0d", "\x01") "\x02" GET_LOOP "\0\0"), "from the loop" },
	{ "a header block in three pieces",
	  BYTES(HEAD("\x02", T_HEADERS, "\x01", "\x01") "\x82\x87" HEAD("\x04", T_CONTINUATION, "\x00", "\x01") "\x04\x05/l" HEAD(
	      "\x06", T_CONTINUATION, OPEN, "\x01") "oop\x01\x01h"),
	  "from the loop" },
	{ "a body in two padded pieces",
	  BYTES(UPLOAD("\x01") HEAD("\x06", T_DATA, "\x08", "\x01") "\x02"
								    "abc"
								    "\0\0" HEAD("\x04", T_DATA, "\x09", "\x01") "\x01"
														"de"
														"\0"),
	  "abcde" },
	{ "an empty body", BYTES(UPLOAD("\x01") HEAD("\x00", T_DATA, "\x01", "\x01")), "(no body)" },
	{ "a body as long as content-length",
	  BYTES(HEAD("\x10", T_HEADERS, OPEN, "\x01") POST_ECHO "\x0f\x0d\x01"
								"2" HEAD("\x02", T_DATA, "\x01", "\x01") "hi"),
	  "hi" },
	{ "trailers, which are ignored",
	  BYTES(UPLOAD("\x01") HEAD("\x02", T_DATA, "\x00", "\x01") "hi" HEAD("\x05", T_HEADERS, ENDS, "\x01")
		    FIELD("\x01", "x", "\x01", "y")),
	  "hi" },
	{ "te: trailers", BYTES(BLOCK("\x19", GET_LOOP FIELD("\x02", "te", "\x08", "trailers"))), "from the loop" },
};

static void what_the_rules_allow_is_served(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(taken); i++) {
		struct h2 h2;
		char body[64];
		size_t length;
		h2_open(&h2, &live);
		h2_send(&h2, taken[i].bytes);
		if (h2_answer(&h2, 1, body, sizeof(body), &length) != 200 || strcmp(body, taken[i].body) != 0)
			fail_msg("%s: %s", taken[i].why, body);
		h2_assert_well(&h2, taken[i].why);
		h2_close(&h2);
	}
}

static void settings_and_pings_are_acknowledged(void **state)
{
	struct h2 h2;
	struct frame frame = { 0 };

	(void)state;
	h2_open(&h2, &live);
	do
		assert_true(h2_find(&h2, NGHTTP2_SETTINGS, 0, &frame));
	while (!(frame.flags & NGHTTP2_FLAG_ACK));
	assert_int_equal(frame.payload.len, 0);
	h2_assert_well(&h2, "after the settings");
	h2_close(&h2);
}

/* ---- floods ---- */

static void flood(const char *why, struct slice before, struct slice frame)
{
	struct h2 h2;
	char batch[4096];
	size_t filled = 0;

	while (filled + frame.len <= sizeof(batch)) {
		memcpy(batch + filled, frame.ptr, frame.len);
		filled += frame.len;
	}
	h2_open(&h2, &live);
	h2_send(&h2, before);
	for (unsigned i = 0; i < 256; i++)
		if (!client_try_send(&h2.client, (struct slice){ batch, filled }))
			break;
	h2_assert_goaway(&h2, NGHTTP2_ENHANCE_YOUR_CALM, why);
	h2_close(&h2);
}

static void floods_of_frames_that_only_make_work_are_cut(void **state)
{
	(void)state;
	flood("pings", SLICE(""), (struct slice)BYTES(HEAD("\x08", T_PING, "\x00", "\x00") "12345678"));
	flood("settings", SLICE(""), (struct slice)BYTES(SETTINGS));
	flood("priorities", SLICE(""), (struct slice)BYTES(HEAD("\x05", T_PRIORITY, "\x00", "\x07") "\x00\x00\x00\x03\xff"));
	flood("frames of unknown types", SLICE(""), (struct slice)BYTES(HEAD("\x00", "\x16", "\x00", "\x00")));
	flood("empty data", (struct slice)BYTES(UPLOAD("\x01")), (struct slice)BYTES(HEAD("\x00", T_DATA, "\x00", "\x01")));
}

/** CVE-2023-44487: each stream is reset at once. */
static void rapid_reset_is_cut(void **state)
{
	struct h2 h2;

	(void)state;
	h2_open(&h2, &live);
	for (uint32_t stream = 1; stream < 8000; stream += 2) {
		char bytes[] = HEAD(GET_LOOP_LENGTH, T_HEADERS, ENDS, "\x00")
		    GET_LOOP HEAD("\x04", T_RST_STREAM, "\x00", "\x00") "\x00\x00\x00\x08";
		size_t second = 9 + sizeof(GET_LOOP) - 1;
		bytes[7] = bytes[second + 7] = (char)(stream >> 8);
		bytes[8] = bytes[second + 8] = (char)stream;
		if (!client_try_send(&h2.client, (struct slice){ bytes, sizeof(bytes) - 1 }))
			break;
	}
	h2_assert_goaway(&h2, NGHTTP2_ENHANCE_YOUR_CALM, "rapid reset");
	h2_close(&h2);
}

/** CVE-2024-27316: a header block that never ends. */
static void a_flood_of_continuations_is_cut(void **state)
{
	static const struct slice start_of_block = BYTES(HEAD("\x01", T_HEADERS, "\x01", "\x01") "\x82");
	static const struct slice piece = BYTES(HEAD("\x05", T_CONTINUATION, "\x00", "\x01") FIELD("\x01", "x", "\x01", "y"));
	struct h2 h2;
	struct frame frame = { 0 };

	(void)state;
	h2_open(&h2, &live);
	h2_send(&h2, start_of_block);
	for (unsigned i = 0; i < 4000 && client_try_send(&h2.client, piece); i++)
		;
	while (h2_next(&h2, &frame) && frame.type != NGHTTP2_GOAWAY)
		;
	assert_int_equal(frame.type, NGHTTP2_GOAWAY);
	assert_int_not_equal(number_at(frame.payload, 4), NGHTTP2_NO_ERROR);
	h2_close(&h2);
}

/** The peer cannot know yet that its stream is closed (RFC 9113 section 5.1). */
static void what_follows_on_a_stream_that_only_we_reset_is_ignored(void **state)
{
	static const struct slice malformed =
	    BYTES(UPLOAD("\x01") HEAD("\x05", T_HEADERS, OPEN, "\x01") FIELD("\x01", "x", "\x01", "y"));
	static const struct slice rest = BYTES(HEAD("\x02", T_DATA, "\x00", "\x01") "hi" HEAD("\x05", T_HEADERS, ENDS, "\x01")
						   FIELD("\x01", "x", "\x01", "y"));
	struct h2 h2;

	(void)state;
	h2_open(&h2, &live);
	h2_send(&h2, malformed);
	h2_assert_reset(&h2, 1, NGHTTP2_PROTOCOL_ERROR, "a trailer that does not end the stream");
	h2_send(&h2, rest);
	h2_assert_well(&h2, "what was on its way");
	h2_send(&h2, (struct slice)BYTES(HEAD("\x02", T_DATA, "\x00", "\x01") "hi")); /* but its own end counts */
	h2_assert_goaway(&h2, NGHTTP2_STREAM_CLOSED, "DATA behind the end of a stream that was reset");
	h2_close(&h2);
}

static void streams_beyond_the_limit_are_refused_and_may_come_again(void **state)
{
	struct h2 h2;
	struct frame frame = { 0 };

	(void)state;
	h2_open(&h2, &live);
	for (uint32_t stream = 1; stream <= 7; stream += 2)
		h2_send_frame(&h2, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, stream, (struct slice)BYTES(POST_ECHO));
	h2_send_frame(&h2, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 9, (struct slice)BYTES(POST_ECHO));
	h2_assert_reset(&h2, 9, NGHTTP2_REFUSED_STREAM, "the fifth stream of four");
	h2_send_frame(&h2, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, SLICE("one"));
	h2_assert_answer(&h2, 1, 200, "one");
	h2_send_frame(&h2, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 11,
		      (struct slice)BYTES(GET_LOOP));
	assert_true(h2_find(&h2, NGHTTP2_HEADERS, 11, &frame));
	assert_int_equal(h2_status(&h2), 200);
	h2_close(&h2);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_breaks_the_connection_is_told_by_goaway),
		cmocka_unit_test(what_breaks_a_stream_resets_it_and_the_connection_goes_on),
		cmocka_unit_test(what_the_rules_allow_is_served),
		cmocka_unit_test(settings_and_pings_are_acknowledged),
		cmocka_unit_test(floods_of_frames_that_only_make_work_are_cut),
		cmocka_unit_test(rapid_reset_is_cut),
		cmocka_unit_test(a_flood_of_continuations_is_cut),
		cmocka_unit_test(what_follows_on_a_stream_that_only_we_reset_is_ignored),
		cmocka_unit_test(streams_beyond_the_limit_are_refused_and_may_come_again),
	};

	return cmocka_run_group_tests(tests, start, end);
}
