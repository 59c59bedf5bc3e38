/* SPDX-License-Identifier: Apache-2.0 */
#include "fhirpath/moment.h"

/** Exactly `digits` digits; moves `text` behind them. */
static bool take_number(struct slice *text, size_t digits, int low, int high, int *out)
{
	int value = 0;

	if (text->len < digits)
		return false;
	for (size_t i = 0; i < digits; i++) {
		if (text->ptr[i] < '0' || text->ptr[i] > '9')
			return false;
		value = value * 10 + (text->ptr[i] - '0');
	}
	*text = slice_from(*text, digits);
	*out = value;
	return value >= low && value <= high;
}

static bool take_char(struct slice *text, char c)
{
	if (text->len == 0 || text->ptr[0] != c)
		return false;
	*text = slice_from(*text, 1);
	return true;
}

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int fp_moment_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

static bool parse_date(struct slice *text, struct fp_moment *out)
{
	out->precision = FP_YEAR;
	if (!take_number(text, 4, 1, 9999, &out->year))
		return false;
	if (!take_char(text, '-'))
		return true;
	out->precision = FP_MONTH;
	if (!take_number(text, 2, 1, 12, &out->month))
		return false;
	if (!take_char(text, '-'))
		return true;
	out->precision = FP_DAY;
	return take_number(text, 2, 1, 31, &out->day) && out->day <= fp_moment_days(out->year, out->month);
}

/** Digits beyond the ninth are read and dropped. */
static bool parse_fraction(struct slice *text, struct fp_moment *out)
{
	int scale = 100000000;

	for (; text->len > 0 && text->ptr[0] >= '0' && text->ptr[0] <= '9'; *text = slice_from(*text, 1)) {
		out->nanosecond += (text->ptr[0] - '0') * scale;
		scale /= 10;
		out->fraction_digits++;
	}
	return out->fraction_digits > 0;
}

static bool parse_time(struct slice *text, struct fp_moment *out)
{
	out->precision = FP_HOUR;
	if (!take_number(text, 2, 0, 23, &out->hour))
		return false;
	if (!take_char(text, ':'))
		return true;
	out->precision = FP_MINUTE;
	if (!take_number(text, 2, 0, 59, &out->minute))
		return false;
	if (!take_char(text, ':'))
		return true;
	out->precision = FP_SECOND;
	/* A leap second is allowed by the FHIR format. */
	if (!take_number(text, 2, 0, 60, &out->second))
		return false;
	return !take_char(text, '.') || parse_fraction(text, out);
}

static bool parse_zone(struct slice *text, struct fp_moment *out)
{
	int hours, minutes;

	if (text->len == 0)
		return true;
	out->has_zone = true;
	if (take_char(text, 'Z')) {
		out->zone_is_z = true;
		return true;
	}
	bool west = text->ptr[0] == '-';
	if (!take_char(text, west ? '-' : '+') || !take_number(text, 2, 0, 14, &hours) || !take_char(text, ':') ||
	    !take_number(text, 2, 0, 59, &minutes))
		return false;
	out->zone_minutes = (west ? -1 : 1) * (hours * 60 + minutes);
	return true;
}

bool fp_moment_parse(enum fhirpath_kind kind, struct slice text, struct fp_moment *out)
{
	*out = (struct fp_moment){ .kind = kind, .year = 1, .month = 1, .day = 1 };
	if (kind == FHIRPATH_TIME)
		return parse_time(&text, out) && text.len == 0;
	if (!parse_date(&text, out))
		return false;
	if (kind == FHIRPATH_DATE)
		return text.len == 0;
	if (take_char(&text, 'T') && text.len > 0 && !parse_time(&text, out))
		return false;
	return parse_zone(&text, out) && text.len == 0;
}

static int put_fraction(const struct fp_moment *moment, char *out, size_t size)
{
	char digits[16];
	unsigned count = moment->fraction_digits > 9 ? 9 : moment->fraction_digits;

	if (count == 0)
		return 0;
	snprintf(digits, sizeof(digits), "%09d", moment->nanosecond % 1000000000);
	return snprintf(out, size, ".%.*s", (int)count, digits);
}

void fp_moment_format(const struct fp_moment *moment, char out[FP_MOMENT_SIZE])
{
	const char *const date_formats[] = { "%04d", "%04d-%02d", "%04d-%02d-%02d" };
	int length = 0;

	if (moment->kind != FHIRPATH_TIME) {
		unsigned parts = moment->precision > FP_DAY ? FP_DAY : moment->precision;
		const char *format = date_formats[parts - 1];
		length = parts == FP_YEAR    ? snprintf(out, FP_MOMENT_SIZE, format, moment->year)
			 : parts == FP_MONTH ? snprintf(out, FP_MOMENT_SIZE, format, moment->year, moment->month)
					     : snprintf(out, FP_MOMENT_SIZE, format, moment->year, moment->month, moment->day);
	}
	if (moment->precision >= FP_HOUR)
		length += snprintf(out + length, FP_MOMENT_SIZE - (size_t)length, "%s%02d",
				   moment->kind == FHIRPATH_TIME ? "" : "T", moment->hour);
	if (moment->precision >= FP_MINUTE)
		length += snprintf(out + length, FP_MOMENT_SIZE - (size_t)length, ":%02d", moment->minute);
	if (moment->precision >= FP_SECOND) {
		length += snprintf(out + length, FP_MOMENT_SIZE - (size_t)length, ":%02d", moment->second);
		length += put_fraction(moment, out + length, FP_MOMENT_SIZE - (size_t)length);
	}
	if (!moment->has_zone)
		return;
	int minutes = moment->zone_minutes < 0 ? -moment->zone_minutes : moment->zone_minutes;
	if (moment->zone_is_z)
		snprintf(out + length, FP_MOMENT_SIZE - (size_t)length, "Z");
	else
		snprintf(out + length, FP_MOMENT_SIZE - (size_t)length, "%c%02d:%02d", moment->zone_minutes < 0 ? '-' : '+',
			 minutes / 60 % 100, minutes % 60);
}

/** Days since 0000-03-01 of the proleptic Gregorian calendar. */
static int64_t day_number(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t m = month <= 2 ? month + 9 : month - 3;

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1;
}

static void set_day_number(struct fp_moment *moment, int64_t number)
{
	int64_t y = (10000 * number + 14780) / 3652425;
	int64_t rest = number - (365 * y + y / 4 - y / 100 + y / 400);

	if (rest < 0) {
		y--;
		rest = number - (365 * y + y / 4 - y / 100 + y / 400);
	}
	int64_t m = (100 * rest + 52) / 3060;
	moment->year = (int)(y + (m >= 10));
	moment->month = (int)(m < 10 ? m + 3 : m - 9);
	moment->day = (int)(rest - (m * 306 + 5) / 10 + 1);
}

/** Seconds of the parts that are there; of a moment with time, in UTC when it has a zone. */
static int64_t seconds_of(const struct fp_moment *moment)
{
	int64_t days = moment->kind == FHIRPATH_TIME ? 0 : day_number(moment->year, moment->month, moment->day);

	return ((days * 24 + moment->hour) * 60 + moment->minute - moment->zone_minutes) * 60 + moment->second;
}

static enum fp_order order(int64_t a, int64_t b)
{
	return a < b ? FP_BEFORE : a > b ? FP_AFTER : FP_SAME;
}

/** Part by part down to the coarser precision, where they have to differ to be ordered. */
static enum fp_order compare_parts(const struct fp_moment *a, const struct fp_moment *b)
{
	const int left[] = { a->year, a->month, a->day, a->hour, a->minute, a->second };
	const int right[] = { b->year, b->month, b->day, b->hour, b->minute, b->second };
	enum fp_precision shared = a->precision < b->precision ? a->precision : b->precision;

	for (unsigned i = a->kind == FHIRPATH_TIME ? FP_DAY : 0; i < shared; i++)
		if (left[i] != right[i])
			return order(left[i], right[i]);
	if (a->precision != b->precision)
		return FP_UNKNOWN;
	return order(a->nanosecond, b->nanosecond);
}

enum fp_order fp_moment_compare(const struct fp_moment *a, const struct fp_moment *b)
{
	bool timed = a->precision >= FP_HOUR && b->precision >= FP_HOUR;

	if ((a->kind == FHIRPATH_TIME) != (b->kind == FHIRPATH_TIME))
		return FP_UNKNOWN;
	if (!timed || (!a->has_zone && !b->has_zone))
		return compare_parts(a, b);
	if (a->has_zone != b->has_zone)
		return FP_UNKNOWN;
	struct fp_moment left = *a, right = *b;
	int64_t left_seconds = seconds_of(a), right_seconds = seconds_of(b);
	/* Both in UTC, then compared as written parts. */
	struct fp_moment *both[] = { &left, &right };
	int64_t seconds[] = { left_seconds, right_seconds };
	for (unsigned i = 0; i < 2; i++) {
		set_day_number(both[i], seconds[i] / 86400);
		both[i]->hour = (int)(seconds[i] / 3600 % 24);
		both[i]->minute = (int)(seconds[i] / 60 % 60);
		both[i]->second = (int)(seconds[i] % 60);
	}
	return compare_parts(&left, &right);
}

static bool add_months(struct fp_moment *moment, int64_t count)
{
	int64_t months;

	if (__builtin_add_overflow((int64_t)moment->year * 12 + moment->month - 1, count, &months) || months < 12 ||
	    months >= 120000)
		return false;
	moment->year = (int)(months / 12);
	moment->month = (int)(months % 12) + 1;
	/* The last day of the month when the day does not exist (N1 section 6.6.7). */
	if (moment->day > fp_moment_days(moment->year, moment->month))
		moment->day = fp_moment_days(moment->year, moment->month);
	return true;
}

static bool add_milliseconds(struct fp_moment *moment, int64_t count)
{
	struct fp_moment local = *moment;
	int64_t total;

	local.zone_minutes = 0;
	if (__builtin_add_overflow(seconds_of(&local) * 1000 + moment->nanosecond / 1000000, count, &total))
		return false;
	if (moment->kind == FHIRPATH_TIME)
		total = (total % 86400000 + 86400000) % 86400000;
	if (total < day_number(1, 1, 1) * 86400000 || total > (day_number(9999, 12, 31) + 1) * 86400000 - 1)
		if (moment->kind != FHIRPATH_TIME)
			return false;
	if (moment->kind != FHIRPATH_TIME)
		set_day_number(moment, total / 86400000);
	moment->hour = (int)(total / 3600000 % 24);
	moment->minute = (int)(total / 60000 % 60);
	moment->second = (int)(total / 1000 % 60);
	moment->nanosecond = (int)(total % 1000) * 1000000 + moment->nanosecond % 1000000;
	if (count % 1000 != 0 && moment->fraction_digits < 3)
		moment->fraction_digits = 3;
	return true;
}

static const struct {
	const char *name;
	enum fp_precision precision;
	int64_t months, milliseconds;
} units[] = {
	{ "year", FP_YEAR, 12, 0 },       { "month", FP_MONTH, 1, 0 },        { "week", FP_DAY, 0, 604800000 },
	{ "day", FP_DAY, 0, 86400000 },   { "hour", FP_HOUR, 0, 3600000 },    { "minute", FP_MINUTE, 0, 60000 },
	{ "second", FP_SECOND, 0, 1000 }, { "millisecond", FP_SECOND, 0, 1 }, { "wk", FP_DAY, 0, 604800000 },
	{ "d", FP_DAY, 0, 86400000 },     { "h", FP_HOUR, 0, 3600000 },       { "min", FP_MINUTE, 0, 60000 },
	{ "s", FP_SECOND, 0, 1000 },      { "ms", FP_SECOND, 0, 1 },
};

/** A unit finer than the moment's precision counts in whole units of that precision (N1 section 6.6.7). */
static bool add_coarse(struct fp_moment *moment, int64_t milliseconds)
{
	static const int64_t sizes[] = {
		[FP_DAY] = 86400000,
		[FP_HOUR] = 3600000,
		[FP_MINUTE] = 60000,
		[FP_SECOND] = 1,
	};

	if (moment->precision <= FP_MONTH) {
		int64_t days = milliseconds / 86400000;
		return add_months(moment, moment->precision == FP_YEAR ? days / 365 * 12 : days / 30);
	}
	int64_t size = sizes[moment->precision];
	return add_milliseconds(moment, milliseconds / size * size);
}

bool fp_moment_add(struct fp_moment *moment, int64_t count, struct slice unit)
{
	int64_t total;

	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (!slice_equal(unit, slice_of(units[i].name)))
			continue;
		if (units[i].months == 0)
			return !__builtin_mul_overflow(count, units[i].milliseconds, &total) && add_coarse(moment, total);
		if (moment->kind == FHIRPATH_TIME || __builtin_mul_overflow(count, units[i].months, &total))
			return false;
		if (moment->precision == FP_YEAR)
			total = total / 12 * 12;
		return add_months(moment, total);
	}
	return false;
}
