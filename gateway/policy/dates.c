/* SPDX-License-Identifier: Apache-2.0 */
/* Dates as payers write them, into FHIR dates. What is no certain day stays text. */
#include <ctype.h>
#include <string.h>

#include "policy/rules.h"

#define CENTURY_PIVOT 70u /* two-digit years below are of this century */

struct day {
	unsigned year, month, day; /* month, day 0: not said */
};

/** Up to three numbers, and a month's name where one stands. */
struct pieces {
	unsigned numbers[3];
	unsigned digits[3];
	size_t count;
	unsigned named_month; /* 0: none */
	size_t month_at;      /* how many numbers stood before it */
	bool odd;             /* something else, too */
};

static unsigned month_named(const struct policy_rules *rules, struct slice word)
{
	for (size_t i = 0; i < rules->months.count && word.len >= 3; i++) {
		struct slice month = rules->months.items[i];
		if (word.len <= month.len && slice_equal_nocase(word, (struct slice){ month.ptr, word.len }))
			return (unsigned)i + 1;
	}
	return 0;
}

static size_t run_of(struct slice text, int (*is)(int))
{
	size_t length = 0;

	while (length < text.len && is((unsigned char)text.ptr[length]))
		length++;
	return length;
}

static void take_number(struct pieces *pieces, struct slice digits)
{
	uint64_t number;

	if (pieces->count == ARRAY_SIZE(pieces->numbers) || !slice_to_u64(digits, 99991231, &number)) {
		pieces->odd = true;
		return;
	}
	pieces->digits[pieces->count] = (unsigned)digits.len;
	pieces->numbers[pieces->count++] = (unsigned)number;
}

static void take_word(const struct policy_rules *rules, struct pieces *pieces, struct slice word)
{
	unsigned month = month_named(rules, word);

	if (month == 0 || pieces->named_month) {
		pieces->odd = pieces->odd || word.len > 2; /* "1st", "T" between day and time */
		return;
	}
	pieces->named_month = month;
	pieces->month_at = pieces->count;
}

static struct pieces take_apart(const struct policy_rules *rules, struct slice text)
{
	struct pieces pieces = { .count = 0 };

	while (text.len > 0 && !pieces.odd) {
		size_t digits = run_of(text, isdigit), letters = run_of(text, isalpha);
		if (digits > 0)
			take_number(&pieces, (struct slice){ text.ptr, digits });
		else if (letters > 0)
			take_word(rules, &pieces, (struct slice){ text.ptr, letters });
		else if (!strchr(" ,./-", text.ptr[0]))
			pieces.odd = true;
		text = slice_from(text, digits ? digits : letters ? letters : 1);
	}
	return pieces;
}

/** A time after the day is of no interest: "2024-10-03T00:00:00Z", "20240927124305". */
static struct slice without_time(struct slice text)
{
	size_t digits = run_of(text, isdigit);

	if (digits == 14 && text.len == 14)
		return (struct slice){ text.ptr, 8 };
	for (size_t i = 8; i + 3 < text.len; i++)
		if (text.ptr[i + 3] == ':' || text.ptr[i + 2] == ':')
			return (struct slice){ text.ptr, i };
	return text;
}

static unsigned full_year(unsigned year, unsigned digits)
{
	return digits > 2 ? year : year < CENTURY_PIVOT ? 2000 + year : 1900 + year;
}

static bool from_named(const struct pieces *p, struct day *out)
{
	*out = (struct day){ .month = p->named_month };
	if (p->count == 1)
		out->year = p->numbers[0];
	if (p->count == 2) {
		out->day = p->numbers[0];
		out->year = p->numbers[1];
	}
	return (p->count == 1 || p->count == 2) && p->digits[p->count - 1] == 4;
}

static bool from_numbers(const struct policy_rules *rules, const struct pieces *p, struct day *out)
{
	bool year_first = p->count > 0 && p->digits[0] == 4;

	if (p->count == 1 && p->digits[0] == 8)
		*out = (struct day){ p->numbers[0] / 10000, p->numbers[0] / 100 % 100, p->numbers[0] % 100 };
	else if (p->count == 1 && year_first)
		*out = (struct day){ p->numbers[0], 0, 0 };
	else if (p->count == 2 && year_first && p->digits[1] <= 2)
		*out = (struct day){ p->numbers[0], p->numbers[1], 0 };
	else if (p->count == 2 && p->digits[1] == 4 && p->digits[0] <= 2)
		*out = (struct day){ p->numbers[1], p->numbers[0], 0 };
	else if (p->count == 3 && year_first)
		*out = (struct day){ p->numbers[0], p->numbers[1], p->numbers[2] };
	else if (p->count == 3 && p->digits[0] <= 2 && p->digits[1] <= 2 && (p->digits[2] == 2 || p->digits[2] == 4))
		*out = rules->month_first ? (struct day){ full_year(p->numbers[2], p->digits[2]), p->numbers[0], p->numbers[1] }
					  : (struct day){ full_year(p->numbers[2], p->digits[2]), p->numbers[1], p->numbers[0] };
	else
		return false;
	return p->count == 1 || out->month > 0;
}

static bool is_real(const struct day *day)
{
	static const unsigned lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (day->year % 4 == 0 && day->year % 100 != 0) || day->year % 400 == 0;

	if (day->year < 1900 || day->year > 2200 || day->month > 12)
		return false;
	return day->day == 0 || (day->month > 0 && day->day <= lengths[day->month - 1] + (leap && day->month == 2));
}

struct slice policy_date(struct arena *arena, const struct policy_rules *rules, struct slice text)
{
	struct pieces pieces = take_apart(rules, without_time(slice_trim(text)));
	struct day day;

	if (!text.ptr || pieces.odd)
		return SLICE_NONE;
	if (!(pieces.named_month ? from_named(&pieces, &day) : from_numbers(rules, &pieces, &day)) || !is_real(&day))
		return SLICE_NONE;
	if (day.month == 0)
		return arena_printf(arena, "%04u", day.year);
	if (day.day == 0)
		return arena_printf(arena, "%04u-%02u", day.year, day.month);
	return arena_printf(arena, "%04u-%02u-%02u", day.year, day.month, day.day);
}
