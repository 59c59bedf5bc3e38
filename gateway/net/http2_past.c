/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http2_past.h"

/* ---- two bits ---- */

static uint32_t place(int32_t stream)
{
	return (uint32_t)stream / 2 % HTTP2_PAST_STREAMS;
}

static bool has(const uint32_t *bits, int32_t stream)
{
	return bits[place(stream) / 32] >> place(stream) % 32 & 1;
}

static void set(uint32_t *bits, int32_t stream)
{
	bits[place(stream) / 32] |= 1u << place(stream) % 32;
}

static void clear(uint32_t *bits, int32_t stream)
{
	bits[place(stream) / 32] &= ~(1u << place(stream) % 32);
}

/* ---- streams ---- */

/** Clients have odd numbers; what comes on others, or before it was opened, libnghttp2 refuses. */
static bool is_remembered(const struct http2_past *past, int32_t stream)
{
	return stream % 2 && stream <= past->newest && (uint32_t)(past->newest - stream) / 2 < HTTP2_PAST_STREAMS;
}

/** "The first use of a new stream identifier implicitly closes all streams in the "idle" state … with a lower-valued stream
 * identifier" (section 5.1.1). */
static void open_stream(struct http2_past *past, int32_t stream)
{
	uint32_t further = ((uint32_t)(stream - past->newest) + 1) / 2;

	for (uint32_t i = 0; i < further && i < HTTP2_PAST_STREAMS; i++) {
		clear(past->opened, stream - (int32_t)(2 * i));
		clear(past->ended, stream - (int32_t)(2 * i));
	}
	set(past->opened, stream);
	past->newest = stream;
}

/** HEADERS or DATA. */
static uint32_t note_message(struct http2_past *past, const nghttp2_frame_hd *frame)
{
	if (frame->type == NGHTTP2_HEADERS && frame->stream_id % 2 && frame->stream_id > past->newest)
		open_stream(past, frame->stream_id);
	if (!is_remembered(past, frame->stream_id))
		return NGHTTP2_NO_ERROR;
	if (!has(past->opened, frame->stream_id))
		return NGHTTP2_PROTOCOL_ERROR;
	if (has(past->ended, frame->stream_id))
		return NGHTTP2_STREAM_CLOSED;
	if (frame->flags & NGHTTP2_FLAG_END_STREAM)
		set(past->ended, frame->stream_id);
	return NGHTTP2_NO_ERROR;
}

/** Priorities themselves are ignored (RFC 9113 section 5.3.2). A frame without a stream is an error by its section 6.3, a stream
 * that depends on itself one by RFC 7540 section 5.3.1; what is still idle cannot be reset, so that this ends the connection too.
 */
static uint32_t note_priority(const struct http2_head *head)
{
	bool is_wrong = !head->frame.stream_id || head->dependency == head->frame.stream_id;

	return is_wrong ? NGHTTP2_PROTOCOL_ERROR : NGHTTP2_NO_ERROR;
}

uint32_t http2_past_note(struct http2_past *past, const struct http2_head *head)
{
	const nghttp2_frame_hd *frame = &head->frame;

	if (past->is_in_block) { /* nothing but its CONTINUATION may come, libnghttp2 sees to that */
		past->is_in_block = !(frame->flags & NGHTTP2_FLAG_END_HEADERS);
		return NGHTTP2_NO_ERROR;
	}
	switch (frame->type) {
	case NGHTTP2_HEADERS:
		past->is_in_block = !(frame->flags & NGHTTP2_FLAG_END_HEADERS);
		return note_message(past, frame);
	case NGHTTP2_DATA:
		return note_message(past, frame);
	case NGHTTP2_RST_STREAM:
		if (is_remembered(past, frame->stream_id))
			set(past->ended, frame->stream_id);
		return NGHTTP2_NO_ERROR;
	case NGHTTP2_PRIORITY:
		return note_priority(head);
	default:
		return NGHTTP2_NO_ERROR;
	}
}
