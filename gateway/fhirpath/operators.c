/* SPDX-License-Identifier: Apache-2.0 */
/* Arithmetic, text, comparison and membership of two operands. Source: FHIRPath N1 section 6. */
#include "fhirpath/decimal.h"
#include "fhirpath/eval.h"
#include "fhirpath/moment.h"
#include "fhirpath/unit.h"

#include <string.h>

/** Digits after the point that a division keeps. */
#define DIVISION_SCALE 8

static bool is_number(const struct fhirpath_item *item)
{
	return item->kind == FHIRPATH_INTEGER || item->kind == FHIRPATH_DECIMAL;
}

static bool is_text(const struct fhirpath_item *item)
{
	return item->kind == FHIRPATH_STRING;
}

static bool give_decimal(struct fp_run *run, struct fp_decimal value, enum fhirpath_kind kind, struct slice unit,
			 struct fhirpath_result *out)
{
	char text[FP_DECIMAL_SIZE];

	fp_decimal_format(value, text);
	struct slice copy = arena_copy(run->arena, slice_of(text));
	if (!copy.ptr)
		return error_memory(run->err);
	return fp_one(run, (struct fhirpath_item){ .kind = kind, .text = copy, .unit = unit }, out);
}

/** An integer result outside 64 bits is empty (N1 section 6.6). */
static bool give_integer(struct fp_run *run, fp_int128 value, struct fhirpath_result *out)
{
	if (value > INT64_MAX || value < -INT64_MAX)
		return true;
	return fp_integer(run, (int64_t)value, out);
}

static bool concatenate(struct fp_run *run, struct slice a, struct slice b, struct fhirpath_result *out)
{
	if (!fp_spend(run, 1 + (a.len + b.len) / 16))
		return false;
	char *text = arena_alloc(run->arena, a.len + b.len + 1);
	if (!text)
		return error_memory(run->err);
	if (a.len)
		memcpy(text, a.ptr, a.len);
	if (b.len)
		memcpy(text + a.len, b.ptr, b.len);
	return fp_text(run, FHIRPATH_STRING, (struct slice){ text, a.len + b.len }, out);
}

/** Division by zero is empty (N1 section 6.6.2). */
static bool divide(struct fp_run *run, const struct fp_op *op, struct fp_decimal a, struct fp_decimal b,
		   struct fhirpath_result *out)
{
	fp_int128 quotient;
	struct fp_decimal product, rest, result;

	if (b.digits == 0)
		return true;
	if (op->code == FP_DIVIDE) {
		if (!fp_decimal_divide(a, b, DIVISION_SCALE, &result))
			return true;
		return give_decimal(run, fp_decimal_trim(result), FHIRPATH_DECIMAL, SLICE_NONE, out);
	}
	if (!fp_decimal_quotient(a, b, &quotient))
		return true;
	if (op->code == FP_DIV)
		return give_integer(run, quotient, out);
	if (!fp_decimal_multiply(b, (struct fp_decimal){ -quotient, 0 }, &product) || !fp_decimal_add(a, product, &rest))
		return true;
	return give_decimal(run, fp_decimal_trim(rest), FHIRPATH_DECIMAL, SLICE_NONE, out);
}

static bool calculate(struct fp_run *run, const struct fp_op *op, const struct fhirpath_item *left,
		      const struct fhirpath_item *right, struct fhirpath_result *out)
{
	bool integers = left->kind == FHIRPATH_INTEGER && right->kind == FHIRPATH_INTEGER;
	struct fp_decimal a, b, result;

	if (!fp_decimal_parse(left->text, &a) || !fp_decimal_parse(right->text, &b))
		return fp_fail(run, op, "a number has too many digits");
	if (op->code == FP_DIVIDE || op->code == FP_DIV || (op->code == FP_MOD && !integers))
		return divide(run, op, a, b, out);
	if (op->code == FP_MOD)
		return b.digits == 0 || give_integer(run, a.digits % b.digits, out);
	if (op->code == FP_SUBTRACT)
		b.digits = -b.digits;
	if (op->code == FP_MULTIPLY ? !fp_decimal_multiply(a, b, &result) : !fp_decimal_add(a, b, &result))
		return true;
	return integers ? give_integer(run, result.digits, out) : give_decimal(run, result, FHIRPATH_DECIMAL, SLICE_NONE, out);
}

/** Date or time plus or minus a quantity of calendar units (N1 sections 6.6.7 and 6.6.8). Above weeks a UCUM code is refused. */
static bool shift_moment(struct fp_run *run, const struct fp_op *op, const struct fhirpath_item *left,
			 const struct fhirpath_item *right, struct fhirpath_result *out)
{
	char text[FP_MOMENT_SIZE];
	struct fp_moment moment;
	struct fp_decimal count;

	if (!fp_moment_parse(left->kind, left->text, &moment) || !fp_decimal_parse(right->text, &count))
		return true;
	struct slice unit = right->unit;
	if (slice_equal(unit, SLICE("second")) || slice_equal(unit, SLICE("s"))) {
		unit = SLICE("millisecond");
		if (!fp_decimal_multiply(count, (struct fp_decimal){ 1000, 0 }, &count))
			return true;
	}
	fp_int128 whole = fp_decimal_round(count, 0).digits;
	if (count.scale > 0 && fp_decimal_compare(fp_decimal_round(count, 0), count) > 0)
		whole--;
	if (op->code == FP_SUBTRACT)
		whole = -whole;
	if (whole > INT64_MAX || whole < INT64_MIN)
		return true;
	if (!fp_moment_add(&moment, (int64_t)whole, unit))
		return fp_fail(run, op, "cannot add %.*s '%.*s' to %.*s", SLICE_ARG(right->text), SLICE_ARG(right->unit),
			       SLICE_ARG(left->text));
	fp_moment_format(&moment, text);
	struct slice copy = arena_copy(run->arena, slice_of(text));
	return copy.ptr ? fp_text(run, left->kind, copy, out) : error_memory(run->err);
}

/** A number alone has the unit "1". */
static bool read_unit(struct fp_run *run, const struct fp_op *op, const struct fhirpath_item *item, struct fp_unit *out)
{
	struct slice unit = item->kind == FHIRPATH_QUANTITY ? item->unit : SLICE("1");

	if (!fp_spend(run, 1 + 8 * unit.len))
		return false;
	return fp_unit_read(unit, out) || fp_fail(run, op, "the unit \"%.*s\" is not known here", SLICE_ARG(unit));
}

/** In the finer unit of the two (N1 section 6.6.3). */
static bool add_quantities(struct fp_run *run, const struct fp_op *op, const struct fhirpath_item items[2],
			   struct fp_decimal values[2], struct fhirpath_result *out)
{
	struct fp_unit units[2];
	struct fp_decimal sum;
	unsigned finer = 0;

	if (!slice_equal(items[0].unit, items[1].unit)) {
		if (!read_unit(run, op, &items[0], &units[0]) || !read_unit(run, op, &items[1], &units[1]))
			return false;
		if (!fp_unit_comparable(&units[0], &units[1]))
			return fp_fail(run, op, "units %.*s and %.*s do not combine", SLICE_ARG(items[0].unit),
				       SLICE_ARG(items[1].unit));
		finer = fp_unit_order(&units[0], &units[1]) > 0;
		if (!fp_unit_convert_rounded(&values[!finer], &units[!finer], &units[finer], DIVISION_SCALE))
			return true;
	}
	if (op->code == FP_SUBTRACT)
		values[1].digits = -values[1].digits;
	return !fp_decimal_add(values[0], values[1], &sum) || give_decimal(run, sum, FHIRPATH_QUANTITY, items[finer].unit, out);
}

static bool give_product(struct fp_run *run, const struct fp_op *op, struct fp_decimal a, struct fp_decimal b, struct slice unit,
			 struct fhirpath_result *out)
{
	struct fp_decimal result;

	if (op->code == FP_MULTIPLY)
		return !fp_decimal_multiply(a, b, &result) || give_decimal(run, result, FHIRPATH_QUANTITY, unit, out);
	return b.digits == 0 || !fp_decimal_divide(a, b, DIVISION_SCALE, &result) ||
	       give_decimal(run, fp_decimal_trim(result), FHIRPATH_QUANTITY, unit, out);
}

/** Both in base units, so that the unit of the result can be written. */
static bool multiply_quantities(struct fp_run *run, const struct fp_op *op, const struct fhirpath_item items[2],
				struct fp_decimal values[2], struct fhirpath_result *out)
{
	struct fp_unit units[2], plain[2], made;
	char text[FP_UNIT_SIZE];

	for (unsigned i = 0; i < 2; i++) {
		if (!read_unit(run, op, &items[i], &units[i]))
			return false;
		plain[i] = units[i];
		plain[i].numerator = plain[i].denominator = 1;
		if (!fp_unit_convert_rounded(&values[i], &units[i], &plain[i], DIVISION_SCALE))
			return true;
	}
	if (!fp_unit_combine(&plain[0], &plain[1], op->code == FP_MULTIPLY ? 1 : -1, &made) || !fp_unit_format(&made, text))
		return fp_fail(run, op, "units %.*s and %.*s do not combine", SLICE_ARG(items[0].unit), SLICE_ARG(items[1].unit));
	struct slice unit = arena_copy(run->arena, slice_of(text));
	return unit.ptr ? give_product(run, op, values[0], values[1], unit, out) : error_memory(run->err);
}

static bool calculate_quantities(struct fp_run *run, const struct fp_op *op, const struct fhirpath_item *left,
				 const struct fhirpath_item *right, struct fhirpath_result *out)
{
	const struct fhirpath_item items[] = { *left, *right };
	struct fp_decimal values[2];
	bool adds = op->code == FP_ADD || op->code == FP_SUBTRACT, multiplies = op->code == FP_MULTIPLY || op->code == FP_DIVIDE;

	if (!fp_decimal_parse(left->text, &values[0]) || !fp_decimal_parse(right->text, &values[1]))
		return fp_fail(run, op, "a number has too many digits");
	if (adds && left->kind == right->kind)
		return add_quantities(run, op, items, values, out);
	bool left_unit = left->kind == FHIRPATH_QUANTITY && right->kind != FHIRPATH_QUANTITY;
	if (multiplies && (left_unit || (op->code == FP_MULTIPLY && left->kind != right->kind)))
		return give_product(run, op, values[0], values[1], left_unit ? left->unit : right->unit, out);
	if (multiplies)
		return multiply_quantities(run, op, items, values, out);
	return fp_fail(run, op, "quantities do not combine in this way");
}

static bool arithmetic(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *left,
		       const struct fhirpath_result *right, struct fhirpath_result *out)
{
	struct fhirpath_item a, b;

	if (!fp_single(run, op, left, &a) || !fp_single(run, op, right, &b))
		return false;
	if (fp_is_absent(&a) || fp_is_absent(&b))
		return true;
	a = fp_system(&a);
	b = fp_system(&b);
	if (op->code == FP_ADD && is_text(&a) && is_text(&b))
		return concatenate(run, a.text, b.text, out);
	if (is_number(&a) && is_number(&b))
		return calculate(run, op, &a, &b, out);
	if ((a.kind == FHIRPATH_QUANTITY || is_number(&a)) && (b.kind == FHIRPATH_QUANTITY || is_number(&b)))
		return calculate_quantities(run, op, &a, &b, out);
	bool moment = a.kind == FHIRPATH_DATE || a.kind == FHIRPATH_DATETIME || a.kind == FHIRPATH_TIME;
	if (moment && b.kind == FHIRPATH_QUANTITY && (op->code == FP_ADD || op->code == FP_SUBTRACT))
		return shift_moment(run, op, &a, &b, out);
	return fp_fail(run, op, "these values do not combine in this way");
}

/** "&": like +, with empty as empty text (N1 section 6.6.6). */
static bool concatenation(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *left,
			  const struct fhirpath_result *right, struct fhirpath_result *out)
{
	struct fhirpath_item a, b;

	if (!fp_single(run, op, left, &a) || !fp_single(run, op, right, &b))
		return false;
	a = fp_system(&a);
	b = fp_system(&b);
	return concatenate(run, fhirpath_item_text(&a), fhirpath_item_text(&b), out);
}

static enum fp_truth collections_equal(struct fp_run *run, const struct fhirpath_result *left,
				       const struct fhirpath_result *right)
{
	enum fp_truth equal = FP_TRUE;

	if (left->count == 0 || right->count == 0)
		return FP_ABSENT;
	if (left->count != right->count)
		return FP_FALSE;
	for (size_t i = 0; i < left->count; i++) {
		enum fp_truth same = fp_items_equal(run, &left->items[i], &right->items[i]);

		if (same == FP_FALSE)
			return FP_FALSE;
		if (same == FP_ABSENT)
			equal = FP_ABSENT;
	}
	return equal;
}

static bool collections_equivalent(struct fp_run *run, const struct fhirpath_result *left, const struct fhirpath_result *right)
{
	if (left->count != right->count)
		return false;
	for (size_t i = 0; i < left->count; i++) {
		bool found = false;

		if (!fp_spend(run, right->count))
			return false;
		for (size_t k = 0; k < right->count && !found; k++)
			found = fp_items_equivalent(run, &left->items[i], &right->items[k]);
		if (!found)
			return false;
	}
	return true;
}

static bool comparison(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *left,
		       const struct fhirpath_result *right, struct fhirpath_result *out)
{
	struct fhirpath_item a, b;
	int order;

	if (!fp_single(run, op, left, &a) || !fp_single(run, op, right, &b))
		return false;
	if (fp_is_absent(&a) || fp_is_absent(&b))
		return true;
	if (!fp_compare(run, op, &a, &b, &order))
		return false;
	if (order == FP_UNKNOWN)
		return true;
	const bool answers[] = { order<0, order <= 0, order> 0, order >= 0 };
	*out = fp_boolean(answers[op->code - FP_LESS]);
	return true;
}

static bool membership(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *one,
		       const struct fhirpath_result *many, struct fhirpath_result *out)
{
	struct fhirpath_item item;

	if (!fp_single(run, op, one, &item) || !fp_spend(run, many->count))
		return false;
	if (!fp_is_absent(&item))
		*out = fp_boolean(fp_contains(run, many, &item));
	return true;
}

static bool give_union(struct fp_run *run, const struct fhirpath_result *left, const struct fhirpath_result *right,
		       struct fhirpath_result *out)
{
	struct fp_list list = { 0 };

	if (!fp_distinct(run, left, &list) || !fp_distinct(run, right, &list))
		return false;
	*out = fp_list_result(&list);
	return true;
}

bool fp_binary(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *left,
	       const struct fhirpath_result *right, struct fhirpath_result *out)
{
	enum fp_truth equal;

	*out = FP_NOTHING;
	switch ((enum fp_code)op->code) {
	case FP_UNION:
		return give_union(run, left, right, out);
	case FP_CONCATENATE:
		return concatenation(run, op, left, right, out);
	case FP_EQUAL:
	case FP_NOT_EQUAL:
		equal = collections_equal(run, left, right);
		if (equal != FP_ABSENT)
			*out = fp_boolean((equal == FP_TRUE) == (op->code == FP_EQUAL));
		return true;
	case FP_EQUIVALENT:
	case FP_NOT_EQUIVALENT:
		*out = fp_boolean(collections_equivalent(run, left, right) == (op->code == FP_EQUIVALENT));
		return true;
	case FP_LESS:
	case FP_LESS_EQUAL:
	case FP_GREATER:
	case FP_GREATER_EQUAL:
		return comparison(run, op, left, right, out);
	case FP_IN:
		return membership(run, op, left, right, out);
	case FP_CONTAINS:
		return membership(run, op, right, left, out);
	default:
		return arithmetic(run, op, left, right, out);
	}
}
