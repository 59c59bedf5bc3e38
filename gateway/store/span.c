/* SPDX-License-Identifier: Apache-2.0 */
#include "store/span.h"

#define SECOND_MS 1000
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS ((int64_t)24 * HOUR_MS)

/** Cuts exactly `digits` digits off `rest`; the number must be in [min, max]. */
static bool cut_number(struct slice *rest, size_t digits, unsigned min, unsigned max, unsigned *out)
{
	uint64_t number;

	if (rest->len < digits || !slice_to_u64((struct slice){ rest->ptr, digits }, max, &number) || number < min)
		return false;
	*rest = slice_from(*rest, digits);
	*out = (unsigned)number;
	return true;
}

static bool cut_char(struct slice *rest, char c)
{
	if (rest->len == 0 || rest->ptr[0] != c)
		return false;
	*rest = slice_from(*rest, 1);
	return true;
}

/** Days from 1970-01-01 in the Gregorian calendar, counting years from March so that the leap day comes last. */
static int64_t days_from_civil(unsigned year, unsigned month, unsigned day)
{
	int64_t y = (int64_t)year - (month <= 2);
	int64_t era = y / 400, year_of_era = y % 400;
	int64_t day_of_year = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static unsigned days_in_month(unsigned year, unsigned month)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && is_leap ? 29 : days[month - 1];
}

static struct span span_of_days(int64_t first, int64_t after)
{
	return (struct span){ first * DAY_MS, after * DAY_MS };
}

/** Fraction of a second: finer than milliseconds is cut off, coarser is a longer span. */
static bool cut_fraction(struct slice *rest, struct span *span)
{
	int64_t unit = SECOND_MS;
	bool any = false;

	while (rest->len > 0 && rest->ptr[0] >= '0' && rest->ptr[0] <= '9') {
		if (unit > 1) {
			unit /= 10;
			span->low += (rest->ptr[0] - '0') * unit;
		}
		*rest = slice_from(*rest, 1);
		any = true;
	}
	span->high = span->low + unit;
	return any;
}

static bool cut_zone(struct slice *rest, struct span *span)
{
	unsigned hours, minutes;
	/* The '+' of a query that was not encoded came as a space, which has no other meaning here. */
	bool is_ahead = rest->len > 0 && (rest->ptr[0] == '+' || rest->ptr[0] == ' ');

	if (rest->len == 0 || cut_char(rest, 'Z'))
		return true;
	if (!is_ahead && rest->ptr[0] != '-')
		return false;
	*rest = slice_from(*rest, 1);
	if (!cut_number(rest, 2, 0, 14, &hours) || !cut_char(rest, ':') || !cut_number(rest, 2, 0, 59, &minutes))
		return false;
	int64_t offset = ((int64_t)hours * HOUR_MS + (int64_t)minutes * MINUTE_MS) * (is_ahead ? 1 : -1);
	span->low -= offset;
	span->high -= offset;
	return true;
}

static bool cut_time(struct slice *rest, struct span *span)
{
	unsigned hour, minute, second;

	/* "24:00" is refused by FHIR; second 60 is a leap second. */
	if (!cut_number(rest, 2, 0, 23, &hour) || !cut_char(rest, ':') || !cut_number(rest, 2, 0, 59, &minute))
		return false;
	span->low += (int64_t)hour * HOUR_MS + (int64_t)minute * MINUTE_MS;
	span->high = span->low + MINUTE_MS;
	if (cut_char(rest, ':')) {
		if (!cut_number(rest, 2, 0, 60, &second))
			return false;
		span->low += (int64_t)second * SECOND_MS;
		span->high = span->low + SECOND_MS;
		if (cut_char(rest, '.') && !cut_fraction(rest, span))
			return false;
	}
	return cut_zone(rest, span) && rest->len == 0;
}

bool span_read(struct slice text, struct span *out)
{
	unsigned year, month, day;

	if (!cut_number(&text, 4, 1, 9999, &year))
		return false;
	*out = span_of_days(days_from_civil(year, 1, 1), days_from_civil(year + 1, 1, 1));
	if (text.len == 0)
		return true;
	if (!cut_char(&text, '-') || !cut_number(&text, 2, 1, 12, &month))
		return false;
	int64_t first = days_from_civil(year, month, 1);
	*out = span_of_days(first, first + days_in_month(year, month));
	if (text.len == 0)
		return true;
	if (!cut_char(&text, '-') || !cut_number(&text, 2, 1, days_in_month(year, month), &day))
		return false;
	*out = span_of_days(first + day - 1, first + day);
	return text.len == 0 || (cut_char(&text, 'T') && cut_time(&text, out));
}
