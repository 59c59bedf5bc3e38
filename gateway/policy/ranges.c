/* SPDX-License-Identifier: Apache-2.0 */
/* "22510–22515": the codes between two ends, when both have one pattern and the span is sane. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "policy/codes.h"

/** Where the digits are in which two ends of equal length may differ: letters before and after them are equal. */
struct counted {
	size_t from, length; /* of the run of digits that holds all differences */
	unsigned low, high;
};

static unsigned number_of(struct slice digits)
{
	unsigned number = 0;

	for (size_t i = 0; i < digits.len; i++)
		number = number * 10 + (unsigned)(digits.ptr[i] - '0');
	return number;
}

static bool is_digit_at(struct slice s, size_t at)
{
	return isdigit((unsigned char)s.ptr[at]) != 0;
}

static bool count_between(struct slice first, struct slice last, struct counted *out)
{
	size_t from = 0, end = first.len;

	if (first.len != last.len || first.len == 0 || first.len > CODE_LENGTH_MAX)
		return false;
	while (from < first.len && first.ptr[from] == last.ptr[from])
		from++;
	while (end > from && first.ptr[end - 1] == last.ptr[end - 1])
		end--;
	for (size_t i = from; i < end; i++)
		if (!is_digit_at(first, i) || !is_digit_at(last, i))
			return false;
	/* the whole run of digits counts, or 22509–22510 would differ in two places only by luck */
	while (from > 0 && is_digit_at(first, from - 1))
		from--;
	while (end < first.len && is_digit_at(first, end))
		end++;
	*out = (struct counted){ .from = from, .length = end - from };
	out->low = number_of((struct slice){ first.ptr + from, out->length });
	out->high = number_of((struct slice){ last.ptr + from, out->length });
	return out->length > 0 && out->length < 9;
}

size_t codes_range_count(const struct rule_system *system, struct slice first, struct slice last, const char **detail)
{
	struct counted counted;

	*detail = NULL;
	if (!system->expand)
		*detail = "codes of this system cannot be counted through";
	else if (!count_between(first, last, &counted))
		*detail = "its ends do not have one pattern";
	else if (counted.low > counted.high)
		*detail = "it runs backwards";
	else if (counted.low == counted.high)
		*detail = "both ends are the same";
	else if (counted.high - counted.low >= system->max_span)
		*detail = "it spans more codes than a range of one policy should";
	return *detail ? 0 : counted.high - counted.low + 1;
}

void codes_range_at(struct slice first, struct slice last, size_t index, char out[CODE_LENGTH_MAX + 1])
{
	struct counted counted;
	bool known = count_between(first, last, &counted);

	ASSERT(known && first.len <= CODE_LENGTH_MAX);
	memcpy(out, first.ptr, first.len);
	out[first.len] = '\0';
	unsigned number = counted.low + (unsigned)index;
	for (size_t i = counted.length; i > 0; i--, number /= 10)
		out[counted.from + i - 1] = (char)('0' + number % 10);
}
