/* SPDX-License-Identifier: Apache-2.0 */
/* Conversion of single values. Source: FHIRPath N1 section 5.5. */
#include "fhirpath/decimal.h"
#include "fhirpath/functions.h"
#include "fhirpath/moment.h"
#include "fhirpath/unit.h"

#define UNUSED(name) (void)(name)

/** Makes `item` of another kind in place; false: it does not convert. */
typedef bool convert(struct arena *arena, struct fhirpath_item *item);

static bool to_text(struct arena *arena, struct fhirpath_item *item)
{
	if (item->kind == FHIRPATH_NODE)
		return false;
	if (item->kind == FHIRPATH_QUANTITY && fp_unit_calendar(item->unit).ptr)
		item->text = arena_printf(arena, "%.*s %.*s%s", SLICE_ARG(item->text), SLICE_ARG(item->unit),
					  slice_equal(item->text, SLICE("1")) ? "" : "s");
	else if (item->kind == FHIRPATH_QUANTITY)
		item->text = arena_printf(arena, "%.*s '%.*s'", SLICE_ARG(item->text), SLICE_ARG(item->unit));
	item->kind = FHIRPATH_STRING;
	return item->text.ptr;
}

static bool is_integer_text(struct slice text)
{
	struct fhirpath_item item = { .text = text };
	int64_t value;

	return fp_to_integer(&item, &value);
}

static bool to_integer(struct arena *arena, struct fhirpath_item *item)
{
	UNUSED(arena);
	if (item->kind == FHIRPATH_BOOLEAN)
		item->text = slice_equal(item->text, SLICE("true")) ? SLICE("1") : SLICE("0");
	else if (item->kind != FHIRPATH_INTEGER && (item->kind != FHIRPATH_STRING || !is_integer_text(item->text)))
		return false;
	if (slice_starts(item->text, SLICE("+")))
		item->text = slice_from(item->text, 1);
	item->kind = FHIRPATH_INTEGER;
	return true;
}

static bool to_decimal(struct arena *arena, struct fhirpath_item *item)
{
	struct fp_decimal value;

	UNUSED(arena);
	if (item->kind == FHIRPATH_BOOLEAN)
		item->text = slice_equal(item->text, SLICE("true")) ? SLICE("1.0") : SLICE("0.0");
	else if (item->kind != FHIRPATH_INTEGER && item->kind != FHIRPATH_DECIMAL && item->kind != FHIRPATH_STRING)
		return false;
	if (!fp_decimal_parse(item->text, &value))
		return false;
	item->kind = FHIRPATH_DECIMAL;
	return true;
}

static bool is_one_of(struct slice text, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (slice_equal_nocase(text, slice_of(words[i])))
			return true;
	return false;
}

static bool to_boolean(struct arena *arena, struct fhirpath_item *item)
{
	static const char *const yes[] = { "true", "t", "yes", "y", "1", "1.0" };
	static const char *const no[] = { "false", "f", "no", "n", "0", "0.0" };

	UNUSED(arena);
	if (item->kind == FHIRPATH_BOOLEAN)
		return true;
	if (item->kind != FHIRPATH_STRING && item->kind != FHIRPATH_INTEGER && item->kind != FHIRPATH_DECIMAL)
		return false;
	bool is_yes = is_one_of(item->text, yes, ARRAY_SIZE(yes));
	if (!is_yes && !is_one_of(item->text, no, ARRAY_SIZE(no)))
		return false;
	*item = *fp_boolean(is_yes).items;
	return true;
}

/** Text as date or time of `kind`; a DateTime loses its time when a Date is wanted. */
static bool to_moment(struct arena *arena, struct fhirpath_item *item, enum fhirpath_kind kind)
{
	struct fp_moment moment;
	char text[FP_MOMENT_SIZE];

	if (item->kind == FHIRPATH_DATETIME && kind == FHIRPATH_DATE && fp_moment_parse(FHIRPATH_DATETIME, item->text, &moment)) {
		moment.precision = moment.precision > FP_DAY ? FP_DAY : moment.precision;
		moment.has_zone = false;
		fp_moment_format(&moment, text);
		item->text = arena_copy(arena, slice_of(text));
		item->kind = kind;
		return item->text.ptr;
	}
	bool readable =
	    item->kind == FHIRPATH_STRING || item->kind == kind || (item->kind == FHIRPATH_DATE && kind == FHIRPATH_DATETIME);
	if (!readable || !fp_moment_parse(kind, item->text, &moment))
		return false;
	item->kind = kind;
	return true;
}

static bool to_date(struct arena *arena, struct fhirpath_item *item)
{
	return to_moment(arena, item, FHIRPATH_DATE);
}

static bool to_datetime(struct arena *arena, struct fhirpath_item *item)
{
	return to_moment(arena, item, FHIRPATH_DATETIME);
}

static bool to_time(struct arena *arena, struct fhirpath_item *item)
{
	return to_moment(arena, item, FHIRPATH_TIME);
}

/** "4 days", "4.5 'mg'", "4.5". */
static bool to_quantity(struct arena *arena, struct fhirpath_item *item)
{
	struct slice rest = item->text, number;
	struct fp_decimal value;

	UNUSED(arena);
	if (item->kind == FHIRPATH_QUANTITY)
		return true;
	if (item->kind == FHIRPATH_INTEGER || item->kind == FHIRPATH_DECIMAL) {
		item->kind = FHIRPATH_QUANTITY;
		item->unit = SLICE("1");
		return true;
	}
	if (item->kind == FHIRPATH_BOOLEAN) {
		item->kind = FHIRPATH_QUANTITY;
		item->text = slice_equal(item->text, SLICE("true")) ? SLICE("1.0") : SLICE("0.0");
		item->unit = SLICE("1");
		return true;
	}
	if (item->kind != FHIRPATH_STRING)
		return false;
	number = slice_cut(&rest, ' ');
	struct slice unit = slice_trim(rest);
	bool quoted = unit.len > 2 && unit.ptr[0] == '\'' && unit.ptr[unit.len - 1] == '\'';
	if (quoted)
		unit = (struct slice){ unit.ptr + 1, unit.len - 2 };
	struct slice word = quoted ? SLICE_NONE : fp_unit_calendar(unit);
	if (!fp_decimal_parse(number, &value) || (rest.ptr && !quoted && !word.ptr))
		return false;
	if (word.ptr)
		unit = word;
	item->kind = FHIRPATH_QUANTITY;
	item->text = number;
	item->unit = unit.len ? unit : SLICE("1");
	return true;
}

/** The single input converted; a value that does not convert is empty. */
static bool give(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *input, convert *to,
		 struct fhirpath_result *out)
{
	struct fhirpath_item item;

	*out = FP_NOTHING;
	if (!fp_single(run, op, input, &item))
		return false;
	item = fp_system(&item);
	if (fp_is_absent(&item) || !to(run->arena, &item))
		return true;
	return fp_one(run, item, out);
}

static bool give_whether(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *input, convert *to,
			 struct fhirpath_result *out)
{
	struct fhirpath_result converted;

	if (!give(run, op, input, to, &converted))
		return false;
	*out = input->count ? fp_boolean(converted.count > 0) : FP_NOTHING;
	return true;
}

#define CONVERSION(name)                                                                                                         \
	FP_FUNCTION(name)                                                                                                        \
	{                                                                                                                        \
		UNUSED(focus);                                                                                                   \
		return give(run, op, input, name, out);                                                                          \
	}                                                                                                                        \
	FP_FUNCTION(converts_##name)                                                                                             \
	{                                                                                                                        \
		UNUSED(focus);                                                                                                   \
		return give_whether(run, op, input, name, out);                                                                  \
	}

CONVERSION(to_text)
CONVERSION(to_integer)
CONVERSION(to_decimal)
CONVERSION(to_boolean)
CONVERSION(to_date)
CONVERSION(to_datetime)
CONVERSION(to_time)
CONVERSION(to_quantity)
