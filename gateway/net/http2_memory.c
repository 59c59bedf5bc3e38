/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http2_memory.h"

#include <stdlib.h>
#include <string.h>

/** A payload as long as any that is sent; what libnghttp2 wants is that, a head, and a byte for the length of padding. */
#define PAYLOAD_BYTES 16384u
#define FRAME_BUFFER_BYTES (PAYLOAD_BYTES + 64u)

/* ---- what libnghttp2 calls ---- */

/** The frame buffer is what a new session asks for that is as long as a frame; of its further pieces, for a longer head, each
 * session has its own. */
static bool is_frame_buffer(const struct http2_memory *memory, size_t size)
{
	return memory->is_opening && memory->frame->bytes && size > PAYLOAD_BYTES && size <= FRAME_BUFFER_BYTES;
}

static void *on_malloc(size_t size, void *context)
{
	struct http2_memory *memory = context;

	if (!is_frame_buffer(memory, size))
		return malloc(size);
	memory->is_opening = false;
	return memory->frame->bytes;
}

static void *on_calloc(size_t count, size_t size, void *context)
{
	(void)context;
	return calloc(count, size);
}

static void on_free(void *block, void *context)
{
	const struct http2_memory *memory = context;

	if (block != memory->frame->bytes)
		free(block);
}

static void *on_realloc(void *block, size_t size, void *context)
{
	const struct http2_memory *memory = context;

	if (!block)
		return on_malloc(size, context);
	if (block != memory->frame->bytes)
		return realloc(block, size);
	void *own = malloc(size);
	if (own)
		memcpy(own, block, size < FRAME_BUFFER_BYTES ? size : FRAME_BUFFER_BYTES);
	return own;
}

/* ---- sessions ---- */

void http2_memory_open(struct http2_memory *memory, struct http2_frame_buffer *frame, nghttp2_mem *out)
{
	if (!frame->bytes)
		frame->bytes = malloc(FRAME_BUFFER_BYTES); /* without it, each session has its own */
	*memory = (struct http2_memory){ .frame = frame, .is_opening = true };
	*out = (nghttp2_mem){ memory, on_malloc, on_free, on_calloc, on_realloc };
}

void http2_memory_opened(struct http2_memory *memory)
{
	memory->is_opening = false;
}

void http2_memory_close(struct http2_memory *memory)
{
	if (memory->frame->user == memory)
		memory->frame->user = NULL;
	free(memory->aside);
	memory->aside = NULL;
}

static bool put_aside(struct http2_memory *memory)
{
	memory->aside = malloc(FRAME_BUFFER_BYTES);
	if (memory->aside)
		memcpy(memory->aside, memory->frame->bytes, FRAME_BUFFER_BYTES);
	return memory->aside;
}

bool http2_memory_take(struct http2_memory *memory)
{
	struct http2_frame_buffer *frame = memory->frame;

	if (frame->user == memory || !frame->bytes)
		return true;
	if (frame->user && !put_aside(frame->user))
		return false;
	frame->user = NULL;
	if (!memory->aside)
		return true;
	memcpy(frame->bytes, memory->aside, FRAME_BUFFER_BYTES);
	free(memory->aside);
	memory->aside = NULL;
	return true;
}

void http2_memory_give(struct http2_memory *memory, bool is_between_frames)
{
	memory->frame->user = is_between_frames ? NULL : memory;
}

void http2_frame_buffer_free(struct http2_frame_buffer *frame)
{
	free(frame->bytes);
	*frame = (struct http2_frame_buffer){ 0 };
}
