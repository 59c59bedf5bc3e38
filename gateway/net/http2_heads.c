/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http2_heads.h"

#include <string.h>

#define PRIORITY_BYTES 5u
/** The bit before a stream's number is reserved, or says `exclusive`. */
#define STREAM_BITS 0x7fffffffu

static uint32_t number_at(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

void http2_heads_init(struct http2_heads *heads)
{
	*heads = (struct http2_heads){ .skip = NGHTTP2_CLIENT_MAGIC_LEN };
}

static void pass_over(struct http2_heads *heads, struct slice *rest)
{
	size_t passed = heads->skip < rest->len ? heads->skip : rest->len;

	heads->skip -= passed;
	*rest = slice_from(*rest, passed);
}

/** True when so many bytes are there. */
static bool fill(struct http2_heads *heads, struct slice *rest, size_t bytes)
{
	size_t missing = bytes - heads->filled, taken = missing < rest->len ? missing : rest->len;

	if (!taken)
		return !missing;
	memcpy(heads->bytes + heads->filled, rest->ptr, taken);
	heads->filled += (uint8_t)taken;
	*rest = slice_from(*rest, taken);
	return taken == missing;
}

static nghttp2_frame_hd frame_in(const struct http2_heads *heads)
{
	const uint8_t *bytes = heads->bytes;

	return (nghttp2_frame_hd){ .length = number_at(bytes) >> 8,
				   .type = bytes[3],
				   .flags = bytes[4],
				   .stream_id = (int32_t)(number_at(bytes + 5) & STREAM_BITS) };
}

bool http2_heads_next(struct http2_heads *heads, struct slice *rest, struct http2_head *head)
{
	pass_over(heads, rest);
	if (heads->filled < HTTP2_FRAME_HEAD && !fill(heads, rest, HTTP2_FRAME_HEAD))
		return false;
	*head = (struct http2_head){ .frame = frame_in(heads) };
	bool is_priority = head->frame.type == NGHTTP2_PRIORITY && head->frame.length == PRIORITY_BYTES;
	if (is_priority && !fill(heads, rest, sizeof(heads->bytes)))
		return false;
	if (is_priority)
		head->dependency = (int32_t)(number_at(heads->bytes + HTTP2_FRAME_HEAD) & STREAM_BITS);
	heads->skip = head->frame.length - (is_priority ? HTTP2_DEPENDENCY : 0);
	heads->filled = 0;
	return true;
}
