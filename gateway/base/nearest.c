/* SPDX-License-Identifier: Apache-2.0 */
#include "cannula/base.h"

#include <string.h>

#define NAME_MAX_BYTES 64

static size_t minimum(size_t a, size_t b)
{
	return a < b ? a : b;
}

/** Levenshtein distance by one row. */
static size_t distance(struct slice a, struct slice b)
{
	size_t row[NAME_MAX_BYTES + 1];

	for (size_t k = 0; k <= b.len; k++)
		row[k] = k;
	for (size_t i = 1; i <= a.len; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t k = 1; k <= b.len; k++) {
			size_t replaced = diagonal + (a.ptr[i - 1] != b.ptr[k - 1]);
			diagonal = row[k];
			row[k] = minimum(replaced, minimum(row[k], row[k - 1]) + 1);
		}
	}
	return row[b.len];
}

const char *nearest_name(struct slice given, const char *const *names, size_t count)
{
	const char *best = NULL;
	size_t best_distance = (given.len + 2) / 3 + 1;

	if (given.len > NAME_MAX_BYTES)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		struct slice name = slice_of(names[i]);
		if (name.len > NAME_MAX_BYTES)
			continue;
		size_t apart = distance(given, name);
		if (apart < best_distance) {
			best_distance = apart;
			best = names[i];
		}
	}
	return best;
}
