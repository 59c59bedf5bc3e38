/* SPDX-License-Identifier: Apache-2.0 */
/* Mathematics and the clock. Source: FHIRPath N1 sections 5.7 and 5.9. */
#include "fhirpath/decimal.h"
#include "fhirpath/functions.h"

#include <math.h>

#define UNUSED(name) (void)(name)

/** The single number the function is called on. */
static bool number(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *input, struct fhirpath_item *item,
		   struct fp_decimal *out)
{
	if (!fp_single(run, op, input, item))
		return false;
	*item = fp_system(item);
	if (fp_is_absent(item))
		return true;
	bool numeric = item->kind == FHIRPATH_INTEGER || item->kind == FHIRPATH_DECIMAL || item->kind == FHIRPATH_QUANTITY;
	if (!numeric || !fp_decimal_parse(item->text, out))
		return fp_fail(run, op, "%s() needs a number", op->function->name);
	return true;
}

static bool give(struct fp_run *run, struct fhirpath_item item, struct fp_decimal value, struct fhirpath_result *out)
{
	char text[FP_DECIMAL_SIZE];

	fp_decimal_format(value, text);
	item.text = arena_copy(run->arena, slice_of(text));
	return item.text.ptr ? fp_one(run, item, out) : error_memory(run->err);
}

FP_FUNCTION(abs)
{
	struct fhirpath_item item;
	struct fp_decimal value;

	UNUSED(focus);
	*out = FP_NOTHING;
	if (!number(run, op, input, &item, &value))
		return false;
	if (fp_is_absent(&item))
		return true;
	if (value.digits < 0)
		value.digits = -value.digits;
	return give(run, item, value, out);
}

/** The whole number towards zero, then one up or down where `direction` asks for it. */
static bool give_whole(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *input, int direction,
		       struct fhirpath_result *out)
{
	struct fp_decimal value, whole = { 0, 0 };
	struct fhirpath_item item;

	*out = FP_NOTHING;
	if (!number(run, op, input, &item, &value))
		return false;
	if (fp_is_absent(&item) || !fp_decimal_quotient(value, (struct fp_decimal){ 1, 0 }, &whole.digits))
		return true;
	if (direction * fp_decimal_compare(value, whole) > 0)
		whole.digits += direction;
	item.kind = FHIRPATH_INTEGER;
	return give(run, item, whole, out);
}

FP_FUNCTION(ceiling)
{
	UNUSED(focus);
	return give_whole(run, op, input, 1, out);
}

FP_FUNCTION(floor)
{
	UNUSED(focus);
	return give_whole(run, op, input, -1, out);
}

FP_FUNCTION(truncate)
{
	UNUSED(focus);
	return give_whole(run, op, input, 0, out);
}

FP_FUNCTION(round)
{
	struct fhirpath_item item, precision;
	struct fp_decimal value;
	int64_t scale = 0;

	*out = FP_NOTHING;
	if (!number(run, op, input, &item, &value) || !fp_argument(run, op, 0, focus, &precision))
		return false;
	if (fp_is_absent(&item))
		return true;
	if (!fp_is_absent(&precision) && (!fp_to_integer(&precision, &scale) || scale < 0 || scale > FP_SCALE_MAX))
		return fp_fail(run, op, "round() takes 0 to %d digits", FP_SCALE_MAX);
	item.kind = FHIRPATH_DECIMAL;
	return give(run, item, fp_decimal_round(value, (int)scale), out);
}

/* Roots, powers and logarithms have no end: they are rounded to this many digits after the point. */
#define REAL_SCALE 8

static long double to_real(struct fp_decimal value)
{
	return (long double)value.digits / powl(10, value.scale);
}

/** What is no number, or too large for one, is empty (N1 section 5.7). */
static bool give_real(struct fp_run *run, long double value, struct fhirpath_result *out)
{
	long double digits = roundl(value * powl(10, REAL_SCALE));

	if (!isfinite(digits) || fabsl(digits) >= 1e27L)
		return true;
	struct fp_decimal made = { (fp_int128)digits, REAL_SCALE };
	return give(run, (struct fhirpath_item){ .kind = FHIRPATH_DECIMAL }, fp_decimal_trim(made), out);
}

/** A function of one number; NaN and infinities come out empty. */
static bool apply(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *input,
		  long double (*function)(long double), struct fhirpath_result *out)
{
	struct fhirpath_item item;
	struct fp_decimal value;

	*out = FP_NOTHING;
	if (!number(run, op, input, &item, &value))
		return false;
	return fp_is_absent(&item) || give_real(run, function(to_real(value)), out);
}

FP_FUNCTION(sqrt)
{
	UNUSED(focus);
	return apply(run, op, input, sqrtl, out);
}

FP_FUNCTION(exp)
{
	UNUSED(focus);
	return apply(run, op, input, expl, out);
}

FP_FUNCTION(ln)
{
	UNUSED(focus);
	return apply(run, op, input, logl, out);
}

/** Input and argument 0 as numbers; `*present` only when both are. */
static bool two_numbers(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *input,
			const struct fhirpath_result *focus, struct fhirpath_item items[2], struct fp_decimal values[2])
{
	struct fhirpath_result argument;

	return number(run, op, input, &items[0], &values[0]) && fp_eval(run, op->arguments[0], focus, &argument) &&
	       number(run, op, &argument, &items[1], &values[1]);
}

FP_FUNCTION(log)
{
	struct fhirpath_item items[2];
	struct fp_decimal values[2];

	*out = FP_NOTHING;
	if (!two_numbers(run, op, input, focus, items, values))
		return false;
	if (fp_is_absent(&items[0]) || fp_is_absent(&items[1]))
		return true;
	return give_real(run, logl(to_real(values[0])) / logl(to_real(values[1])), out);
}

/** Exact for whole exponents, as long as the digits are enough. */
static bool power_exactly(struct fp_decimal base, fp_int128 exponent, struct fp_decimal *out)
{
	*out = (struct fp_decimal){ 1, 0 };
	for (; exponent > 0; exponent--)
		if (base.scale + out->scale > FP_SCALE_MAX || !fp_decimal_multiply(*out, base, out))
			return false;
	return true;
}

FP_FUNCTION(power)
{
	struct fhirpath_item items[2];
	struct fp_decimal values[2], result;

	*out = FP_NOTHING;
	if (!two_numbers(run, op, input, focus, items, values))
		return false;
	if (fp_is_absent(&items[0]) || fp_is_absent(&items[1]))
		return true;
	struct fp_decimal exponent = fp_decimal_trim(values[1]);
	bool whole = exponent.scale == 0 && exponent.digits >= 0 && exponent.digits <= 128;
	if (whole && power_exactly(fp_decimal_trim(values[0]), exponent.digits, &result)) {
		bool integers = items[0].kind == FHIRPATH_INTEGER && items[1].kind == FHIRPATH_INTEGER;
		enum fhirpath_kind kind = integers ? FHIRPATH_INTEGER : FHIRPATH_DECIMAL;
		return give(run, (struct fhirpath_item){ .kind = kind }, result, out);
	}
	return give_real(run, powl(to_real(values[0]), to_real(values[1])), out);
}

/** The same instant throughout one evaluation (N1 section 5.9). */
static bool give_clock(struct fp_run *run, enum fhirpath_kind kind, size_t start, size_t length, struct fhirpath_result *out)
{
	char text[TIME_INSTANT_SIZE];

	if (run->now_ms == 0)
		run->now_ms = run->context->now_ms ? run->context->now_ms : time_now_ms();
	time_format_instant(run->now_ms, text);
	struct slice copy = arena_copy(run->arena, (struct slice){ text + start, length });
	return copy.ptr ? fp_text(run, kind, copy, out) : error_memory(run->err);
}

FP_FUNCTION(today)
{
	UNUSED(op), UNUSED(input), UNUSED(focus);
	return give_clock(run, FHIRPATH_DATE, 0, sizeof("2026-11-23") - 1, out);
}

FP_FUNCTION(now)
{
	UNUSED(op), UNUSED(input), UNUSED(focus);
	return give_clock(run, FHIRPATH_DATETIME, 0, TIME_INSTANT_SIZE - 1, out);
}

FP_FUNCTION(time_of_day)
{
	UNUSED(op), UNUSED(input), UNUSED(focus);
	return give_clock(run, FHIRPATH_TIME, sizeof("2026-11-23T") - 1, sizeof("20:48:00.000") - 1, out);
}
