/* SPDX-License-Identifier: Apache-2.0 */
/* An HTTP/2 client that writes its frames by hand (RFC 9113 section 4.1) and reads the server's one by one. */
#ifndef CANNULA_TESTS_NET_FRAMES_H
#define CANNULA_TESTS_NET_FRAMES_H

#include "client.h"

#include <nghttp2/nghttp2.h>

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
/** A frame's head as a literal: length (below 256), type, flags, stream (below 256). */
#define HEAD(length, type, flags, stream) "\x00\x00" length type flags "\x00\x00\x00" stream
#define T_DATA "\x00"
#define T_HEADERS "\x01"
#define T_PRIORITY "\x02"
#define T_RST_STREAM "\x03"
#define T_SETTINGS "\x04"
#define T_PUSH_PROMISE "\x05"
#define T_PING "\x06"
#define T_GOAWAY "\x07"
#define T_WINDOW_UPDATE "\x08"
#define T_CONTINUATION "\x09"
#define SETTINGS HEAD("\x00", T_SETTINGS, "\x00", "\x00")
#define HELLO PREFACE SETTINGS
#define BYTES(literal)                                                                                                           \
	{                                                                                                                        \
		literal, sizeof(literal) - 1                                                                                     \
	}

/** GET https://h/loop by RFC 7541: indexed method and scheme; path and authority as literals without indexing. */
#define GET_LOOP "\x82\x87\x04\x05/loop\x01\x01h"
#define GET_LOOP_LENGTH "\x0c"
/** POST https://h/echo */
#define POST_ECHO "\x83\x87\x04\x05/echo\x01\x01h"

struct frame {
	uint8_t type, flags;
	uint32_t stream;
	struct slice payload; /**< until the next call */
};

struct h2 {
	struct client client;
	nghttp2_hd_inflater *inflater;
	char fields[4096]; /**< of the last header block: "name: value\n" each */
};

static inline void h2_send(struct h2 *h2, struct slice bytes)
{
	assert_true(client_try_send(&h2->client, bytes));
}

static inline void h2_send_frame(struct h2 *h2, uint8_t type, uint8_t flags, uint32_t stream, struct slice payload)
{
	const char head[] = { (char)(payload.len >> 16), (char)(payload.len >> 8), (char)payload.len, (char)type, (char)flags,
			      (char)(stream >> 24), (char)(stream >> 16), (char)(stream >> 8), (char)stream };

	h2_send(h2, (struct slice){ head, sizeof(head) });
	if (payload.len)
		h2_send(h2, payload);
}

static inline void h2_connect(struct h2 *h2, const struct live *live)
{
	memset(h2, 0, sizeof(*h2));
	client_open_as(&h2->client, live, "\x02h2");
	assert_int_equal(nghttp2_hd_inflate_new(&h2->inflater), 0);
}

/** With preface and empty settings. */
static inline void h2_open(struct h2 *h2, const struct live *live)
{
	static const struct slice hello = BYTES(HELLO);

	h2_connect(h2, live);
	h2_send(h2, hello);
}

static inline void h2_close(struct h2 *h2)
{
	nghttp2_hd_inflate_del(h2->inflater);
	client_close(&h2->client);
}

static inline uint32_t number_at(struct slice bytes, size_t at)
{
	const unsigned char *p = (const unsigned char *)bytes.ptr + at;

	assert_true(bytes.len >= at + 4);
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/** The next frame; false when the server closed. */
static inline bool h2_next(struct h2 *h2, struct frame *frame)
{
	struct client *client = &h2->client;

	client_drop(client);
	errno = 0;
	while (client->len < 9)
		if (!client_receive(client))
			return false;
	size_t length = number_at((struct slice){ client->text, 9 }, 0) >> 8;
	while (client->len < 9 + length)
		if (!client_receive(client))
			return false;
	*frame = (struct frame){ (uint8_t)client->text[3], (uint8_t)client->text[4],
				 number_at((struct slice){ client->text, 9 }, 5), { client->text + 9, length } };
	client->taken = 9 + length;
	return true;
}

static inline void h2_note_fields(struct h2 *h2, const struct frame *frame)
{
	struct slice rest = frame->payload;
	size_t used = 0;
	int flags = 0;

	assert_true(frame->flags & NGHTTP2_FLAG_END_HEADERS);
	h2->fields[0] = '\0';
	while (!(flags & NGHTTP2_HD_INFLATE_FINAL)) {
		nghttp2_nv field;
		ssize_t got = nghttp2_hd_inflate_hd2(h2->inflater, &field, &flags, (const uint8_t *)rest.ptr, rest.len, 1);
		assert_true(got >= 0);
		rest = slice_from(rest, (size_t)got);
		if (flags & NGHTTP2_HD_INFLATE_EMIT)
			used += (size_t)snprintf(h2->fields + used, sizeof(h2->fields) - used, "%s: %s\n", field.name, field.value);
	}
	nghttp2_hd_inflate_end_headers(h2->inflater);
}

/** The next frame of that type on that stream; others are passed over, header blocks noted. */
static inline bool h2_find(struct h2 *h2, uint8_t type, uint32_t stream, struct frame *frame)
{
	while (h2_next(h2, frame)) {
		if (frame->type == NGHTTP2_HEADERS)
			h2_note_fields(h2, frame);
		if (frame->type == type && frame->stream == stream)
			return true;
	}
	return false;
}

static inline unsigned h2_status(const struct h2 *h2)
{
	unsigned status = 0;

	assert_int_equal(sscanf(h2->fields, ":status: %u\n", &status), 1);
	return status;
}

/** A request without body. */
static inline void h2_get(struct h2 *h2, uint32_t stream, const char *method, const char *path)
{
	char block[256];
	int length = snprintf(block, sizeof(block), "%c%c%s%c%c%c%s\x01\x01h", 2, (int)strlen(method), method, 0x87, 4,
			      (int)strlen(path), path);

	h2_send_frame(h2, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, stream,
		      (struct slice){ block, (size_t)length });
}

/** Reads a whole answer: its body is put together in `body`. Returns the status. */
static inline unsigned h2_answer(struct h2 *h2, uint32_t stream, char *body, size_t size, size_t *length)
{
	struct frame frame = { 0 };

	*length = 0;
	assert_true(h2_find(h2, NGHTTP2_HEADERS, stream, &frame));
	unsigned status = h2_status(h2);
	while (!(frame.flags & NGHTTP2_FLAG_END_STREAM)) {
		assert_true(h2_find(h2, NGHTTP2_DATA, stream, &frame));
		assert_true(*length + frame.payload.len < size);
		memcpy(body + *length, frame.payload.ptr, frame.payload.len);
		*length += frame.payload.len;
	}
	body[*length] = '\0';
	return status;
}

static inline void h2_assert_answer(struct h2 *h2, uint32_t stream, unsigned status, const char *body)
{
	char got[4096];
	size_t length;

	assert_int_equal(h2_answer(h2, stream, got, sizeof(got), &length), status);
	assert_string_equal(got, body);
}

/** The server ends the connection for that reason (RFC 9113 section 5.4.1). */
static inline void h2_assert_goaway(struct h2 *h2, uint32_t code, const char *why)
{
	struct frame frame = { 0 };

	do {
		if (!h2_find(h2, NGHTTP2_GOAWAY, 0, &frame))
			fail_msg("%s: closed without GOAWAY", why);
	} while (number_at(frame.payload, 4) == NGHTTP2_NO_ERROR && code != NGHTTP2_NO_ERROR);
	if (number_at(frame.payload, 4) != code)
		fail_msg("%s: GOAWAY with code %u, expected %u", why, number_at(frame.payload, 4), code);
	while (h2_next(h2, &frame))
		;
}

static inline void h2_assert_reset(struct h2 *h2, uint32_t stream, uint32_t code, const char *why)
{
	struct frame frame = { 0 };

	if (!h2_find(h2, NGHTTP2_RST_STREAM, stream, &frame))
		fail_msg("%s: no RST_STREAM", why);
	if (number_at(frame.payload, 0) != code)
		fail_msg("%s: RST_STREAM with code %u, expected %u", why, number_at(frame.payload, 0), code);
}

/** The connection is well: a ping comes back. */
static inline void h2_assert_well(struct h2 *h2, const char *why)
{
	struct frame frame = { 0 };

	h2_send_frame(h2, NGHTTP2_PING, 0, 0, SLICE("are you?"));
	if (!h2_find(h2, NGHTTP2_PING, 0, &frame))
		fail_msg("%s: the connection ended", why);
	assert_slice(frame.payload, "are you?");
	assert_int_equal(frame.flags, NGHTTP2_FLAG_ACK);
}

/* ---- the usual: a server, and one client ---- */

static inline void open_h2(struct live *live, struct h2 *h2)
{
	live_init(live, false);
	live_start(live);
	h2_open(h2, live);
}

static inline void close_h2(struct live *live, struct h2 *h2)
{
	h2_close(h2);
	live_end(live);
}

#endif
