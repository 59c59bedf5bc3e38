/* SPDX-License-Identifier: Apache-2.0 */
/* The table is searched as it stands: nothing is kept, nothing is allocated, and threads share nothing. */
#include "fhirpath/unit.h"

#include <string.h>

/** Definitions that refer to definitions, and parentheses in a code. */
#define DEPTH_MAX 8u
#define CODE_MAX_BYTES 256u
#define EXPONENT_MAX 20

struct row {
	struct slice kind, code, value, definition;
	unsigned base_index; /**< of a base unit */
};

struct reader {
	struct slice table, rest;
	unsigned depth;
};

static bool next_row(struct slice *rest, struct row *row)
{
	unsigned base_index = row->kind.ptr ? row->base_index + slice_equal(row->kind, SLICE("base")) : 0;

	while (rest->ptr && rest->len) {
		struct slice line = slice_cut(rest, '\n');

		if (line.len == 0 || line.ptr[0] == '#')
			continue;
		*row = (struct row){ .base_index = base_index };
		row->kind = slice_cut(&line, '\t');
		row->code = slice_cut(&line, '\t');
		row->value = slice_cut(&line, '\t');
		row->definition = line;
		return true;
	}
	return false;
}

static bool find_row(const struct reader *reader, struct slice code, bool prefixes, struct row *row)
{
	struct slice rest = reader->table;

	for (*row = (struct row){ 0 }; next_row(&rest, row);)
		if (slice_equal(row->code, code) && slice_equal(row->kind, SLICE("prefix")) == prefixes)
			return true;
	return false;
}

static fp_int128 divisor(fp_int128 a, fp_int128 b)
{
	while (b) {
		fp_int128 rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/** Cross-reduced first, so that it overflows only when the result does. */
static bool multiply_fraction(fp_int128 *numerator, fp_int128 *denominator, fp_int128 by, fp_int128 over)
{
	fp_int128 first = divisor(by < 0 ? -by : by, *denominator),
		  second = divisor(*numerator < 0 ? -*numerator : *numerator, over);

	first = first ? first : 1;
	second = second ? second : 1;
	return !__builtin_mul_overflow(*numerator / second, by / first, numerator) &&
	       !__builtin_mul_overflow(*denominator / first, over / second, denominator);
}

static fp_int128 power_of_ten(int exponent)
{
	fp_int128 power = 1;

	while (exponent-- > 0)
		power *= 10;
	return power;
}

static bool scale_by(struct fp_unit *unit, struct slice value)
{
	struct fp_decimal factor;

	if (!fp_decimal_parse(value, &factor) || factor.digits <= 0)
		return false;
	factor = fp_decimal_trim(factor);
	return multiply_fraction(&unit->numerator, &unit->denominator, factor.digits, power_of_ten(factor.scale));
}

static const struct fp_unit one = { .numerator = 1, .denominator = 1 };

bool fp_unit_combine(const struct fp_unit *a, const struct fp_unit *b, int power, struct fp_unit *out)
{
	struct fp_unit made = *a;
	bool over = power < 0;

	for (int i = 0; i < (over ? -power : power); i++)
		if (!multiply_fraction(&made.numerator, &made.denominator, over ? b->denominator : b->numerator,
				       over ? b->numerator : b->denominator))
			return false;
	for (unsigned i = 0; i < FP_DIMENSIONS_MAX; i++) {
		int exponent = made.exponents[i] + b->exponents[i] * power;

		if (exponent > EXPONENT_MAX || exponent < -EXPONENT_MAX)
			return false;
		made.exponents[i] = (int8_t)exponent;
	}
	*out = made;
	return true;
}

static bool read_term(struct reader *reader, struct fp_unit *out);

static bool read_row(struct reader *reader, const struct row *row, struct fp_unit *out)
{
	*out = one;
	if (slice_equal(row->kind, SLICE("base"))) {
		if (row->base_index >= FP_DIMENSIONS_MAX)
			return false;
		out->exponents[row->base_index] = 1;
		return true;
	}
	struct reader inner = { reader->table, row->definition, reader->depth + 1 };
	return read_term(&inner, out) && scale_by(out, row->value);
}

static bool takes_prefix(const struct row *row)
{
	return !slice_equal(row->kind, SLICE("unit")) && !fp_unit_calendar(row->code).ptr;
}

/** By a prefix, and by the one that it is a part of: a value has only so many decimals. */
static bool scale_by_prefix(const struct reader *reader, const struct row *prefix, struct fp_unit *out)
{
	struct row outer;

	if (!scale_by(out, prefix->value))
		return false;
	return prefix->definition.len == 0 || (find_row(reader, prefix->definition, true, &outer) && scale_by(out, outer.value));
}

/** An atom as it stands, or behind a prefix. */
static bool read_atom(struct reader *reader, struct slice atom, struct fp_unit *out)
{
	struct row row, prefix;

	if (find_row(reader, atom, false, &row))
		return read_row(reader, &row, out);
	for (size_t length = 1; length <= 2 && length < atom.len; length++)
		if (find_row(reader, (struct slice){ atom.ptr, length }, true, &prefix) &&
		    find_row(reader, slice_from(atom, length), false, &row) && takes_prefix(&row))
			return read_row(reader, &row, out) && scale_by_prefix(reader, &prefix, out);
	return false;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char peek(const struct reader *reader)
{
	return reader->rest.len ? reader->rest.ptr[0] : '\0';
}

/** Up to what separates; brackets belong to the atom and may hold anything. */
static size_t component_length(struct slice rest)
{
	bool inside = false;
	size_t length = 0;

	for (; length < rest.len; length++) {
		char c = rest.ptr[length];

		inside = (inside || c == '[') && c != ']';
		if (!inside && strchr("./(){", c))
			break;
	}
	return length;
}

/** "m2", "s-1", "10*3": the exponent behind an atom; 1 without one. */
static bool cut_exponent(struct slice *component, int *out)
{
	size_t start = component->len;
	uint64_t value;

	*out = 1;
	while (start > 0 && is_digit(component->ptr[start - 1]))
		start--;
	if (start == component->len || start == 0)
		return true;
	if (!slice_to_u64(slice_from(*component, start), EXPONENT_MAX, &value))
		return false;
	bool negative = component->ptr[start - 1] == '-';
	*out = negative ? -(int)value : (int)value;
	component->len = start - (negative || component->ptr[start - 1] == '+');
	return true;
}

static bool is_number(struct slice text)
{
	uint64_t value;

	return slice_to_u64(text, UINT32_MAX, &value) && value > 0;
}

static bool read_component(struct reader *reader, struct fp_unit *out)
{
	struct fp_unit atom;
	int exponent;

	*out = one;
	if (peek(reader) == '(') {
		reader->rest = slice_from(reader->rest, 1);
		reader->depth++;
		if (!read_term(reader, out) || peek(reader) != ')')
			return false;
		reader->depth--;
		reader->rest = slice_from(reader->rest, 1);
		return true;
	}
	struct slice component = { reader->rest.ptr, component_length(reader->rest) };
	reader->rest = slice_from(reader->rest, component.len);
	bool annotated = peek(reader) == '{';
	if (annotated) {
		size_t end = slice_find(reader->rest, SLICE("}"));
		if (end == SIZE_MAX)
			return false;
		reader->rest = slice_from(reader->rest, end + 1);
	}
	if (component.len == 0)
		return annotated;
	if (is_number(component))
		return scale_by(out, component);
	return cut_exponent(&component, &exponent) && read_atom(reader, component, &atom) &&
	       fp_unit_combine(&one, &atom, exponent, out);
}

/** Components from left to right; "/" divides by the one behind it only. */
static bool read_term(struct reader *reader, struct fp_unit *out)
{
	struct fp_unit component;
	int power = 1;

	*out = one;
	if (reader->depth > DEPTH_MAX)
		return false;
	for (;;) {
		if (peek(reader) == '/') {
			power = -1;
			reader->rest = slice_from(reader->rest, 1);
		}
		if (!read_component(reader, &component) || !fp_unit_combine(out, &component, power, out))
			return false;
		power = 1;
		if (peek(reader) == '.')
			reader->rest = slice_from(reader->rest, 1);
		else if (peek(reader) != '/')
			return true;
	}
}

bool fp_unit_read(struct slice code, struct fp_unit *out)
{
	struct reader reader = { .rest = code };
	struct error err = { 0 };

	if (code.len == 0 || code.len > CODE_MAX_BYTES || !asset_get("units.tsv", &reader.table, &err))
		return false;
	struct slice word = fp_unit_calendar(code);
	if (word.ptr)
		reader.rest = word;
	return read_term(&reader, out) && reader.rest.len == 0;
}

bool fp_unit_comparable(const struct fp_unit *a, const struct fp_unit *b)
{
	return memcmp(a->exponents, b->exponents, sizeof(a->exponents)) == 0;
}

int fp_unit_order(const struct fp_unit *a, const struct fp_unit *b)
{
	fp_int128 numerator = a->numerator, denominator = a->denominator;

	if (!multiply_fraction(&numerator, &denominator, b->denominator, b->numerator))
		return 0;
	return (numerator > denominator) - (numerator < denominator);
}

static bool ratio(struct fp_decimal value, const struct fp_unit *from, const struct fp_unit *to, fp_int128 *numerator,
		  fp_int128 *denominator)
{
	value = fp_decimal_trim(value);
	*numerator = value.digits;
	*denominator = power_of_ten(value.scale);
	return fp_unit_comparable(from, to) && multiply_fraction(numerator, denominator, from->numerator, from->denominator) &&
	       multiply_fraction(numerator, denominator, to->denominator, to->numerator);
}

bool fp_unit_convert(struct fp_decimal *value, const struct fp_unit *from, const struct fp_unit *to)
{
	fp_int128 numerator, denominator;
	int scale = 0;

	if (!ratio(*value, from, to, &numerator, &denominator))
		return false;
	for (; numerator % denominator != 0; scale++)
		if (scale == FP_SCALE_MAX || !multiply_fraction(&numerator, &denominator, 10, 1))
			return false;
	*value = (struct fp_decimal){ numerator / denominator, scale };
	return true;
}

bool fp_unit_convert_rounded(struct fp_decimal *value, const struct fp_unit *from, const struct fp_unit *to, int scale)
{
	fp_int128 numerator, denominator;

	if (fp_unit_convert(value, from, to))
		return true;
	return ratio(*value, from, to, &numerator, &denominator) &&
	       fp_decimal_divide((struct fp_decimal){ numerator, 0 }, (struct fp_decimal){ denominator, 0 }, scale, value);
}

bool fp_unit_format(const struct fp_unit *unit, char out[FP_UNIT_SIZE])
{
	struct row row = { 0 };
	struct error err = { 0 };
	struct slice rest;
	int at = 0;

	if (!asset_get("units.tsv", &rest, &err))
		return false;
	while (next_row(&rest, &row)) {
		if (!slice_equal(row.kind, SLICE("base")) || row.base_index >= FP_DIMENSIONS_MAX)
			continue;
		int exponent = unit->exponents[row.base_index];

		if (exponent == 0 || at > (int)FP_UNIT_SIZE - 40)
			continue;
		at += snprintf(out + at, FP_UNIT_SIZE - (size_t)at, "%s%.*s", at ? "." : "",
			       row.code.len > 30 ? 30 : (int)row.code.len, row.code.ptr);
		if (exponent != 1)
			at += snprintf(out + at, FP_UNIT_SIZE - (size_t)at, "%d", exponent);
	}
	if (at == 0)
		snprintf(out, FP_UNIT_SIZE, "1");
	return true;
}

struct slice fp_unit_calendar(struct slice word)
{
	static const char *const words[] = { "year", "month", "week", "day", "hour", "minute", "second", "millisecond" };

	if (slice_ends(word, SLICE("s")))
		word.len--;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (slice_equal(word, slice_of(words[i])))
			return slice_of(words[i]);
	return SLICE_NONE;
}

struct slice fp_unit_definite(struct slice unit)
{
	if (slice_equal(unit, SLICE("year")))
		return SLICE("a");
	return slice_equal(unit, SLICE("month")) ? SLICE("mo") : unit;
}

bool fp_unit_align(struct fp_decimal *a, struct slice a_unit, struct fp_decimal *b, struct slice b_unit)
{
	struct fp_unit left, right;
	fp_int128 cross;

	if (slice_equal(a_unit, b_unit))
		return true;
	if (!fp_unit_read(a_unit, &left) || !fp_unit_read(b_unit, &right) || !fp_unit_comparable(&left, &right))
		return false;
	/* a·(left/right) against b, with the fraction's denominator on the side of b: no division, so exact. */
	fp_int128 numerator = left.numerator, denominator = left.denominator;
	if (!multiply_fraction(&numerator, &denominator, right.denominator, right.numerator))
		return false;
	struct fp_decimal x = fp_decimal_trim(*a), y = fp_decimal_trim(*b);
	if (__builtin_mul_overflow(x.digits, numerator, &cross))
		return false;
	x.digits = cross;
	if (__builtin_mul_overflow(y.digits, denominator, &cross))
		return false;
	y.digits = cross;
	*a = x;
	*b = y;
	return true;
}
