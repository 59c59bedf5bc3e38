/* SPDX-License-Identifier: Apache-2.0 */
#include "cannula/base.h"

static bool texts_equal(const struct option_texts *a, const struct option_texts *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!slice_equal(a->items[i], b->items[i]))
			return false;
	return true;
}

static bool rows_equal(const struct option_table *table, const struct option_rows *a, const struct option_rows *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!options_equal(table, (const char *)a->items + i * table->size, (const char *)b->items + i * table->size))
			return false;
	return true;
}

static bool option_equal(const struct option *option, const void *a, const void *b)
{
	const char *one = (const char *)a + option->offset, *other = (const char *)b + option->offset;

	switch (option->kind) {
	case OPTION_TEXT:
	case OPTION_PATH:
		return slice_equal(*(const struct slice *)one, *(const struct slice *)other);
	case OPTION_BOOL:
		return *(const bool *)one == *(const bool *)other;
	case OPTION_COUNT:
	case OPTION_BYTES:
	case OPTION_MS:
		return *(const uint64_t *)one == *(const uint64_t *)other;
	case OPTION_TEXTS:
		return texts_equal((const struct option_texts *)one, (const struct option_texts *)other);
	case OPTION_GROUP:
		return options_equal(option->table, one, other);
	case OPTION_ROWS:
		return rows_equal(option->table, (const struct option_rows *)one, (const struct option_rows *)other);
	}
	return false;
}

bool options_equal(const struct option_table *table, const void *a, const void *b)
{
	for (size_t i = 0; i < table->count; i++)
		if (!option_equal(&table->options[i], a, b))
			return false;
	return true;
}
