/* SPDX-License-Identifier: Apache-2.0 */
/* Cursors: nothing that was not signed is taken, whatever its bytes; and every place that is signed comes back as it was. The
 * input is a cursor as a client could send it, and once more the bytes of a place. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "api/cursor.h"

#define ARENA_BYTES (1u << 20)

static const struct cursor_key key = { { 7 } };

static uint64_t take_number(const uint8_t **data, size_t *size)
{
	uint64_t number = 0;

	for (size_t i = 0; i < 8 && *size; i++, (*size)--)
		number = number << 8 | *(*data)++;
	return number;
}

static void check_same(const struct store_place *a, const struct store_place *b)
{
	ASSERT(a->moment == b->moment && a->position == b->position && a->is_backwards == b->is_backwards);
}

static void check_signed(struct arena *arena, const uint8_t *data, size_t size)
{
	struct store_place place = { 0 }, again;
	size_t spoiled = size;

	place.is_backwards = size & 1;
	place.moment = take_number(&data, &size);
	place.position = take_number(&data, &size);
	struct slice text = cursor_format(arena, &key, SLICE("search"), &place);
	ASSERT(text.ptr && cursor_parse(arena, &key, SLICE("search"), text, &again));
	check_same(&place, &again);
	ASSERT(!cursor_parse(arena, &key, SLICE("another search"), text, &again));
	char *tampered = arena_cstr(arena, text);
	spoiled %= text.len;
	tampered[spoiled] = tampered[spoiled] == 'A' ? 'B' : 'A';
	ASSERT(!cursor_parse(arena, &key, SLICE("search"), (struct slice){ tampered, text.len }, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(ARENA_BYTES);
	struct store_place place;

	if (arena && size <= ARENA_BYTES / 4) {
		struct slice text = { (const char *)data, size };
		ASSERT(!cursor_parse(arena, &key, SLICE("search"), text, &place));
		check_signed(arena, data, size);
	}
	arena_free(arena);
	return 0;
}
