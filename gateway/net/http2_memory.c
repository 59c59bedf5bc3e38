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
	return memory->is_opening && memory->shared->frame && size > PAYLOAD_BYTES && size <= FRAME_BUFFER_BYTES;
}

static void *on_malloc(size_t size, void *context)
{
	struct http2_memory *memory = context;

	if (is_frame_buffer(memory, size)) {
		memory->is_opening = false;
		return memory->shared->frame;
	}
	void *block = http2_region_alloc(&memory->region, size);
	return block ? block : malloc(size);
}

static void *on_calloc(size_t count, size_t size, void *context)
{
	struct http2_memory *memory = context;
	void *block = size && count <= SIZE_MAX / size ? http2_region_alloc(&memory->region, count * size) : NULL;

	return block ? memset(block, 0, count * size) : calloc(count, size);
}

static void on_free(void *block, void *context)
{
	struct http2_memory *memory = context;

	if (http2_region_has(&memory->region, block))
		http2_region_free(&memory->region, block);
	else if (block != memory->shared->frame)
		free(block);
}

static void *on_realloc(void *block, size_t size, void *context)
{
	struct http2_memory *memory = context;
	bool is_in_region = http2_region_has(&memory->region, block);

	if (!block)
		return on_malloc(size, context);
	if (!is_in_region && block != memory->shared->frame)
		return realloc(block, size);
	size_t old_size = is_in_region ? http2_region_bytes(block) : FRAME_BUFFER_BYTES;
	void *other = on_malloc(size, context);
	if (!other)
		return NULL;
	memcpy(other, block, size < old_size ? size : old_size);
	on_free(block, context);
	return other;
}

/* ---- sessions ---- */

void http2_memory_open(struct http2_memory *memory, struct http2_shared *shared, nghttp2_mem *out)
{
	if (!shared->frame)
		shared->frame = malloc(FRAME_BUFFER_BYTES); /* without it, each session has its own */
	http2_packer_open(&shared->packer);
	*memory = (struct http2_memory){ .shared = shared, .is_opening = true };
	http2_region_open(&memory->region);
	*out = (nghttp2_mem){ memory, on_malloc, on_free, on_calloc, on_realloc };
}

void http2_memory_opened(struct http2_memory *memory)
{
	memory->is_opening = false;
}

void http2_memory_close(struct http2_memory *memory)
{
	if (memory->shared->user == memory)
		memory->shared->user = NULL;
	http2_region_close(&memory->region);
	free(memory->aside);
	memory->aside = NULL;
}

static bool put_aside(struct http2_memory *memory)
{
	memory->aside = malloc(FRAME_BUFFER_BYTES);
	if (memory->aside)
		memcpy(memory->aside, memory->shared->frame, FRAME_BUFFER_BYTES);
	return memory->aside;
}

bool http2_memory_take(struct http2_memory *memory)
{
	struct http2_shared *shared = memory->shared;

	if (shared->user == memory || !shared->frame)
		return true;
	if (shared->user && !put_aside(shared->user))
		return false;
	shared->user = NULL;
	if (!memory->aside)
		return true;
	memcpy(shared->frame, memory->aside, FRAME_BUFFER_BYTES);
	free(memory->aside);
	memory->aside = NULL;
	return true;
}

void http2_memory_give(struct http2_memory *memory, bool is_between_frames)
{
	memory->shared->user = is_between_frames ? NULL : memory;
}

void http2_memory_rest(struct http2_memory *memory)
{
	if (memory->shared->user != memory && !memory->aside)
		http2_region_pack(&memory->region, &memory->shared->packer);
}

void http2_memory_wake(struct http2_memory *memory)
{
	http2_region_unpack(&memory->region, &memory->shared->packer);
}

void http2_shared_free(struct http2_shared *shared)
{
	free(shared->frame);
	http2_packer_close(&shared->packer);
	*shared = (struct http2_shared){ 0 };
}
