/* SPDX-License-Identifier: Apache-2.0 */
/* What a value may stand for, given the precision it was written in. Source: FHIRPath 3.0.0-ballot, lowBoundary and highBoundary.
 */
#include "fhirpath/decimal.h"
#include "fhirpath/functions.h"
#include "fhirpath/moment.h"
#include "fhirpath/unit.h"

#define UNUSED(name) (void)(name)

#define DECIMAL_DEFAULT 8
#define DECIMAL_MAX 28
/** Zones of the earliest and of the latest instant that a moment without zone can be. */
#define ZONE_EARLIEST (14 * 60)
#define ZONE_LATEST (-12 * 60)

/** Half a unit of the last digit away, then at `scale` digits: towards `direction`. False: no such decimal. */
static bool bound_decimal(struct fp_decimal *value, int direction, int64_t scale)
{
	struct fp_decimal bound = { value->digits * 10 + direction * 5, value->scale + 1 };
	bool away = (bound.digits < 0) == (direction < 0);

	if (scale < 0 || scale > DECIMAL_MAX)
		return false;
	while (bound.scale < scale) {
		if (__builtin_mul_overflow(bound.digits, (fp_int128)10, &bound.digits))
			return false;
		bound.scale++;
	}
	for (bool rest = false; bound.scale > scale; bound.scale--) {
		rest |= bound.digits % 10 != 0;
		bound.digits = bound.digits / 10 + (rest && away && bound.scale == scale + 1 ? direction : 0);
	}
	*value = bound;
	return true;
}

static bool give_decimal(struct fp_run *run, struct fhirpath_item item, int direction, int64_t scale, struct fhirpath_result *out)
{
	struct fp_decimal value;
	char text[FP_DECIMAL_SIZE];

	if (!fp_decimal_parse(item.text, &value) || !bound_decimal(&value, direction, scale))
		return true;
	fp_decimal_format(value, text);
	item.text = arena_copy(run->arena, slice_of(text));
	if (item.kind == FHIRPATH_INTEGER)
		item.kind = FHIRPATH_DECIMAL;
	return item.text.ptr ? fp_one(run, item, out) : error_memory(run->err);
}

/** Digits that a precision counts as: those of the written parts. Milliseconds are the finest. */
static const struct {
	enum fp_precision precision;
	unsigned fraction, moment_digits, time_digits;
} precisions[] = {
	{ FP_YEAR, 0, 4, 0 },    { FP_MONTH, 0, 6, 0 },   { FP_DAY, 0, 8, 0 },     { FP_HOUR, 0, 10, 2 },
	{ FP_MINUTE, 0, 12, 4 }, { FP_SECOND, 0, 14, 6 }, { FP_SECOND, 3, 17, 9 },
};

static unsigned digits_at(size_t i, enum fhirpath_kind kind)
{
	return kind == FHIRPATH_TIME ? precisions[i].time_digits : precisions[i].moment_digits;
}

/** The first or last moment within what was written. An hour without minutes is its first minute, as the official suite has it.
 */
static void fill_moment(struct fp_moment *moment, int direction)
{
	bool high = direction > 0;

	if (moment->precision < FP_MONTH)
		moment->month = high ? 12 : 1;
	if (moment->precision < FP_DAY)
		moment->day = high ? fp_moment_days(moment->year, moment->month) : 1;
	if (moment->precision < FP_HOUR) {
		moment->hour = high ? 23 : 0;
		moment->minute = high ? 59 : 0;
	}
	if (moment->precision < FP_SECOND)
		moment->second = high ? 59 : 0;
	if (moment->precision < FP_SECOND || moment->fraction_digits == 0)
		moment->nanosecond = high ? 999000000 : 0;
}

static bool give_moment(struct fp_run *run, const struct fhirpath_item *item, int direction, int64_t digits,
			struct fhirpath_result *out)
{
	struct fp_moment moment;
	char text[FP_MOMENT_SIZE];
	size_t i = 0;

	while (i < ARRAY_SIZE(precisions) && digits_at(i, item->kind) != digits)
		i++;
	if (digits <= 0 || i == ARRAY_SIZE(precisions) || !fp_moment_parse(item->kind, item->text, &moment))
		return true;
	fill_moment(&moment, direction);
	moment.precision = precisions[i].precision;
	moment.fraction_digits = precisions[i].fraction;
	if (moment.precision < FP_HOUR)
		moment.has_zone = false;
	if (item->kind == FHIRPATH_DATETIME && moment.precision >= FP_HOUR && !moment.has_zone) {
		moment.has_zone = true;
		moment.zone_minutes = direction > 0 ? ZONE_LATEST : ZONE_EARLIEST;
	}
	fp_moment_format(&moment, text);
	struct slice copy = arena_copy(run->arena, slice_of(text));
	return copy.ptr ? fp_text(run, item->kind, copy, out) : error_memory(run->err);
}

static bool boundary(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *input,
		     const struct fhirpath_result *focus, int direction, struct fhirpath_result *out)
{
	struct fhirpath_item item, argument;
	int64_t precision = 0;

	*out = FP_NOTHING;
	if (!fp_single(run, op, input, &item) || !fp_argument(run, op, 0, focus, &argument))
		return false;
	bool given = !fp_is_absent(&argument);
	if (given && (argument.kind != FHIRPATH_INTEGER || !fp_to_integer(&argument, &precision)))
		return fp_fail(run, op, "%s() needs an integer", op->function->name);
	item = fp_system(&item);
	switch (item.kind) {
	case FHIRPATH_INTEGER:
	case FHIRPATH_DECIMAL:
	case FHIRPATH_QUANTITY:
		return give_decimal(run, item, direction, given ? precision : DECIMAL_DEFAULT, out);
	case FHIRPATH_DATE:
		return give_moment(run, &item, direction, given ? precision : 8, out);
	case FHIRPATH_DATETIME:
		return give_moment(run, &item, direction, given ? precision : 17, out);
	case FHIRPATH_TIME:
		return give_moment(run, &item, direction, given ? precision : 9, out);
	default:
		return fp_is_absent(&item) || fp_fail(run, op, "%s() needs a number or a date", op->function->name);
	}
}

FP_FUNCTION(low_boundary)
{
	return boundary(run, op, input, focus, -1, out);
}

FP_FUNCTION(high_boundary)
{
	return boundary(run, op, input, focus, 1, out);
}

static bool is_moment(const struct fhirpath_item *item)
{
	return item->kind == FHIRPATH_DATE || item->kind == FHIRPATH_DATETIME || item->kind == FHIRPATH_TIME;
}

/** Digits after the point of a number; digits of the parts of a date or time. */
FP_FUNCTION(precision)
{
	struct fhirpath_item item;
	struct fp_moment moment;
	struct fp_decimal value;

	UNUSED(focus);
	*out = FP_NOTHING;
	if (!fp_single(run, op, input, &item))
		return false;
	item = fp_system(&item);
	if (fp_is_absent(&item))
		return true;
	if (!is_moment(&item))
		return fp_decimal_parse(item.text, &value) ? fp_integer(run, value.scale, out)
							   : fp_fail(run, op, "precision() needs a number or a date");
	if (!fp_moment_parse(item.kind, item.text, &moment))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(precisions); i++)
		if (precisions[i].precision == moment.precision)
			return fp_integer(run, digits_at(i, item.kind) + moment.fraction_digits, out);
	return true;
}

FP_FUNCTION(comparable)
{
	struct fhirpath_item items[2];
	struct fp_unit units[2];

	*out = FP_NOTHING;
	if (!fp_single(run, op, input, &items[0]) || !fp_argument(run, op, 0, focus, &items[1]))
		return false;
	items[0] = fp_system(&items[0]);
	if (fp_is_absent(&items[0]) || fp_is_absent(&items[1]))
		return true;
	for (unsigned i = 0; i < 2; i++)
		if (items[i].kind != FHIRPATH_QUANTITY)
			return fp_fail(run, op, "comparable() needs quantities");
	if (!fp_spend(run, 1 + 8 * (items[0].unit.len + items[1].unit.len)))
		return false;
	bool same = slice_equal(items[0].unit, items[1].unit);
	*out = fp_boolean(same || (fp_unit_read(items[0].unit, &units[0]) && fp_unit_read(items[1].unit, &units[1]) &&
				   fp_unit_comparable(&units[0], &units[1])));
	return true;
}
