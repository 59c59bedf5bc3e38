/* SPDX-License-Identifier: Apache-2.0 */
#include "fhirpath/decimal.h"

#define DIGITS_MAX 28

static fp_int128 power_of_ten(int exponent)
{
	fp_int128 power = 1;

	while (exponent-- > 0)
		power *= 10;
	return power;
}

static bool fits(fp_int128 digits)
{
	fp_int128 limit = power_of_ten(DIGITS_MAX);

	return digits < limit && digits > -limit;
}

static bool parse_exponent(struct slice text, int *out)
{
	uint64_t value;
	bool negative = slice_starts(text, SLICE("-"));

	if (negative || slice_starts(text, SLICE("+")))
		text = slice_from(text, 1);
	if (!slice_to_u64(text, 60, &value))
		return false;
	*out = negative ? -(int)value : (int)value;
	return true;
}

/** Applies an exponent, so that the scale is within 0..FP_SCALE_MAX where the digits allow it. */
static bool shift(struct fp_decimal *value, int exponent)
{
	value->scale -= exponent;
	for (; value->scale < 0; value->scale++) {
		value->digits *= 10;
		if (!fits(value->digits))
			return false;
	}
	return value->scale <= 36;
}

bool fp_decimal_parse(struct slice text, struct fp_decimal *out)
{
	bool negative = slice_starts(text, SLICE("-")), point = false, any = false;
	int exponent = 0;

	*out = (struct fp_decimal){ 0, 0 };
	for (size_t i = negative || slice_starts(text, SLICE("+")); i < text.len; i++) {
		char c = text.ptr[i];

		if (c == '.' && !point && any) {
			point = true;
			any = false;
			continue;
		}
		if ((c == 'e' || c == 'E') && any) {
			if (!parse_exponent(slice_from(text, i + 1), &exponent))
				return false;
			break;
		}
		if (c < '0' || c > '9')
			return false;
		any = true;
		out->digits = out->digits * 10 + (c - '0');
		out->scale += point;
		if (!fits(out->digits))
			return false;
	}
	if (negative)
		out->digits = -out->digits;
	return any && shift(out, exponent);
}

void fp_decimal_format(struct fp_decimal value, char out[FP_DECIMAL_SIZE])
{
	char reversed[FP_DECIMAL_SIZE];
	bool negative = value.digits < 0;
	fp_int128 rest = negative ? -value.digits : value.digits;
	size_t length = 0, at = 0;

	do {
		reversed[length++] = (char)('0' + (int)(rest % 10));
		rest /= 10;
		if ((int)length == value.scale)
			reversed[length++] = '.';
	} while ((rest > 0 || (int)length < value.scale + 2) && length < FP_DECIMAL_SIZE - 2 && (rest > 0 || value.scale > 0));
	if (negative)
		out[at++] = '-';
	while (length > 0)
		out[at++] = reversed[--length];
	out[at] = '\0';
}

struct fp_decimal fp_decimal_trim(struct fp_decimal value)
{
	while (value.scale > 0 && value.digits % 10 == 0) {
		value.digits /= 10;
		value.scale--;
	}
	return value;
}

/** Brings both to one scale. */
static bool align(struct fp_decimal *a, struct fp_decimal *b)
{
	struct fp_decimal *small = a->scale < b->scale ? a : b;
	int scale = a->scale < b->scale ? b->scale : a->scale;

	for (; small->scale < scale; small->scale++)
		if (__builtin_mul_overflow(small->digits, (fp_int128)10, &small->digits))
			return false;
	return true;
}

int fp_decimal_compare(struct fp_decimal a, struct fp_decimal b)
{
	a = fp_decimal_trim(a);
	b = fp_decimal_trim(b);
	/* What does not align differs so much in size that the sign of the larger decides. */
	if (!align(&a, &b)) {
		fp_int128 left = a.digits / power_of_ten(a.scale), right = b.digits / power_of_ten(b.scale);
		return (left > right) - (left < right);
	}
	return (a.digits > b.digits) - (a.digits < b.digits);
}

bool fp_decimal_add(struct fp_decimal a, struct fp_decimal b, struct fp_decimal *out)
{
	if (!align(&a, &b) || __builtin_add_overflow(a.digits, b.digits, &a.digits) || !fits(a.digits))
		return false;
	*out = a;
	return true;
}

bool fp_decimal_multiply(struct fp_decimal a, struct fp_decimal b, struct fp_decimal *out)
{
	a = fp_decimal_trim(a);
	b = fp_decimal_trim(b);
	if (__builtin_mul_overflow(a.digits, b.digits, &out->digits))
		return false;
	out->scale = a.scale + b.scale;
	if (out->scale > FP_SCALE_MAX)
		*out = fp_decimal_round(*out, FP_SCALE_MAX);
	return fits(out->digits);
}

bool fp_decimal_divide(struct fp_decimal a, struct fp_decimal b, int scale, struct fp_decimal *out)
{
	fp_int128 dividend;

	a = fp_decimal_trim(a);
	b = fp_decimal_trim(b);
	ASSERT(b.digits != 0);
	int raise = scale + 1 + b.scale - a.scale;
	if (raise > 37 || (raise > 0 && __builtin_mul_overflow(a.digits, power_of_ten(raise), &dividend)))
		return false;
	if (raise <= 0)
		dividend = a.digits / power_of_ten(raise < -37 ? 37 : -raise);
	*out = fp_decimal_round((struct fp_decimal){ dividend / b.digits, scale + 1 }, scale);
	return fits(out->digits);
}

bool fp_decimal_quotient(struct fp_decimal a, struct fp_decimal b, fp_int128 *out)
{
	a = fp_decimal_trim(a);
	b = fp_decimal_trim(b);
	ASSERT(b.digits != 0);
	if (!align(&a, &b))
		return false;
	*out = a.digits / b.digits;
	return true;
}

struct fp_decimal fp_decimal_round(struct fp_decimal value, int scale)
{
	int drop = value.scale - scale;

	if (drop <= 0)
		return value;
	if (drop > 37)
		return (struct fp_decimal){ 0, scale };
	fp_int128 unit = power_of_ten(drop), half = unit / 2, rest = value.digits % unit;
	value.digits /= unit;
	if (rest >= half && rest > 0)
		value.digits++;
	if (rest <= -half && rest < 0)
		value.digits--;
	value.scale = scale;
	return value;
}
