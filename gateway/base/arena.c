/* SPDX-License-Identifier: Apache-2.0 */
#include "cannula/base.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES 16384u
#define ALIGNMENT 16u
/* Most printed texts fit: they are printed once, and not a first time to be measured. */
#define FIRST_TRY_BYTES 512u

struct block {
	struct block *older;
	size_t capacity, used;
	_Alignas(ALIGNMENT) char bytes[];
};

struct arena {
	struct block *newest;
	size_t used, max_bytes;
};

struct arena *arena_new(size_t max_bytes)
{
	struct arena *arena = calloc(1, sizeof(*arena));

	if (arena)
		arena->max_bytes = max_bytes;
	return arena;
}

void arena_free(struct arena *arena)
{
	if (!arena)
		return;
	while (arena->newest) {
		struct block *older = arena->newest->older;
		free(arena->newest);
		arena->newest = older;
	}
	free(arena);
}

void arena_reset(struct arena *arena)
{
	while (arena->newest && arena->newest->older) {
		struct block *older = arena->newest->older;
		free(arena->newest);
		arena->newest = older;
	}
	if (arena->newest)
		arena->newest->used = 0;
	arena->used = 0;
}

/** A block for `bytes`; blocks double, so that a big arena has few of them. */
static struct block *block_new(struct arena *arena, size_t bytes)
{
	size_t capacity = arena->newest ? arena->newest->capacity * 2 : BLOCK_BYTES;

	if (capacity > (1u << 20))
		capacity = 1u << 20;
	if (capacity < bytes)
		capacity = bytes;
	struct block *block = malloc(sizeof(*block) + capacity);
	if (!block)
		return NULL;
	block->older = arena->newest;
	block->capacity = capacity;
	block->used = 0;
	arena->newest = block;
	return block;
}

/** Not zeroed. */
static void *take(struct arena *arena, size_t bytes)
{
	struct block *block = arena->newest;

	if (bytes > arena->max_bytes || arena->max_bytes - bytes < ALIGNMENT)
		return NULL;
	bytes = (bytes + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	if (bytes > arena->max_bytes - arena->used)
		return NULL;
	if (!block || block->capacity - block->used < bytes)
		block = block_new(arena, bytes);
	if (!block)
		return NULL;
	void *at = block->bytes + block->used;
	block->used += bytes;
	arena->used += bytes;
	return at;
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
	void *at = take(arena, bytes ? bytes : 1);

	return at ? memset(at, 0, bytes) : NULL;
}

void *arena_alloc_array(struct arena *arena, size_t count, size_t bytes)
{
	size_t total;

	if (__builtin_mul_overflow(count, bytes, &total))
		return NULL;
	return arena_alloc(arena, total);
}

struct slice arena_copy(struct arena *arena, struct slice s)
{
	char *copy = take(arena, s.len + 1);

	if (!copy)
		return SLICE_NONE;
	if (s.len)
		memcpy(copy, s.ptr, s.len);
	copy[s.len] = '\0';
	return (struct slice){ copy, s.len };
}

char *arena_cstr(struct arena *arena, struct slice s)
{
	return (char *)arena_copy(arena, s).ptr;
}

struct slice arena_printf(struct arena *arena, const char *format, ...)
{
	char first[FIRST_TRY_BYTES], *text = NULL;
	va_list arguments, again;

	va_start(arguments, format);
	va_copy(again, arguments);
	int length = vsnprintf(first, sizeof(first), format, arguments);
	va_end(arguments);
	if (length >= 0 && (text = take(arena, (size_t)length + 1))) {
		if ((size_t)length < sizeof(first))
			memcpy(text, first, (size_t)length + 1);
		else
			vsnprintf(text, (size_t)length + 1, format, again);
	}
	va_end(again);
	return text ? (struct slice){ text, (size_t)length } : SLICE_NONE;
}

size_t arena_used(const struct arena *arena)
{
	return arena->used;
}
