/* SPDX-License-Identifier: Apache-2.0 */
#include "fhirpath/unit.h"

/** Definite durations, in milliseconds (N1 section 4.1.8: above seconds only weeks and shorter compare with UCUM codes). */
static const struct {
	const char *word, *code;
	int64_t milliseconds;
} durations[] = {
	{ "week", "wk", 604800000 }, { "day", "d", 86400000 }, { "hour", "h", 3600000 },
	{ "minute", "min", 60000 },  { "second", "s", 1000 },  { "millisecond", "ms", 1 },
};

static int64_t duration(struct slice unit)
{
	for (size_t i = 0; i < ARRAY_SIZE(durations); i++) {
		struct slice word = slice_of(durations[i].word);
		bool plural = unit.len == word.len + 1 && slice_starts(unit, word) && unit.ptr[word.len] == 's';

		if (plural || slice_equal(unit, word) || slice_equal(unit, slice_of(durations[i].code)))
			return durations[i].milliseconds;
	}
	return 0;
}

bool fp_unit_convert(struct fp_decimal *a, struct slice a_unit, struct fp_decimal *b, struct slice b_unit)
{
	if (slice_equal(a_unit, b_unit))
		return true;
	int64_t left = duration(a_unit), right = duration(b_unit);
	if (!left || !right)
		return false;
	return fp_decimal_multiply(*a, (struct fp_decimal){ left, 0 }, a) &&
	       fp_decimal_multiply(*b, (struct fp_decimal){ right, 0 }, b);
}
