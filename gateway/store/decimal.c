/* SPDX-License-Identifier: Apache-2.0 */
#include "store/decimal.h"

#include <string.h>

#define EXPONENT_MAX 9999 /* of a text */
#define EXPONENT_BIAS 50000

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/** Cuts the digits off `rest` into `out`, dropping leading zeros; returns how many there were. Those beyond the maximum are
 * replaced by the exponent while they stand before the point. */
static size_t cut_digits(struct slice *rest, struct decimal *out, bool is_fraction)
{
	size_t seen = 0;

	for (; rest->len > 0 && is_digit(rest->ptr[0]); seen++, *rest = slice_from(*rest, 1)) {
		bool fits = out->count < DECIMAL_DIGITS_MAX;
		if (fits && (out->count > 0 || rest->ptr[0] != '0'))
			out->digits[out->count++] = rest->ptr[0];
		if (fits && is_fraction)
			out->exponent--;
		if (!fits && !is_fraction)
			out->exponent++;
	}
	return seen;
}

static bool cut_exponent(struct slice *rest, struct decimal *out)
{
	uint64_t number;

	*rest = slice_from(*rest, 1);
	bool is_negative = slice_starts(*rest, SLICE("-"));
	if (is_negative || slice_starts(*rest, SLICE("+")))
		*rest = slice_from(*rest, 1);
	if (!slice_to_u64(*rest, EXPONENT_MAX, &number))
		return false;
	out->exponent += is_negative ? -(int32_t)number : (int32_t)number;
	/* "1e2 … [95 ... 105)": the specification's example takes one more digit as given than is written. */
	if (out->count > 0 && out->count < DECIMAL_DIGITS_MAX) {
		out->digits[out->count++] = '0';
		out->exponent--;
	}
	return true;
}

bool decimal_read(struct slice text, struct decimal *out)
{
	*out = (struct decimal){ .is_negative = slice_starts(text, SLICE("-")) };
	/* Far beyond any number; keeps the exponent within its type. */
	if (text.len > EXPONENT_MAX)
		return false;
	if (out->is_negative)
		text = slice_from(text, 1);
	if (cut_digits(&text, out, false) == 0)
		return false;
	if (slice_starts(text, SLICE("."))) {
		text = slice_from(text, 1);
		if (cut_digits(&text, out, true) == 0)
			return false;
	}
	return text.len == 0 || ((text.ptr[0] == 'e' || text.ptr[0] == 'E') && cut_exponent(&text, out));
}

/** value->digits * factor + delta, from the last digit up; `delta` may exceed what is there only when the digits are none. */
static void multiply_add(const struct decimal *value, int factor, int delta, struct decimal *out)
{
	char reversed[DECIMAL_DIGITS_MAX + 8];
	size_t count = 0;
	int carry = delta;

	for (size_t i = value->count; i-- > 0;) {
		int number = (value->digits[i] - '0') * factor + carry;
		carry = number >= 0 ? number / 10 : -((9 - number) / 10);
		reversed[count++] = (char)('0' + number - carry * 10);
	}
	for (; carry > 0; carry /= 10)
		reversed[count++] = (char)('0' + carry % 10);
	while (count > 0 && reversed[count - 1] == '0')
		count--;
	out->count = count;
	for (size_t i = 0; i < count; i++)
		out->digits[i] = reversed[count - 1 - i];
}

struct decimal decimal_scale(const struct decimal *value, int factor, int delta)
{
	struct decimal out = { .is_negative = value->is_negative, .exponent = value->exponent - 1 };

	if (value->is_negative)
		delta = -delta;
	/* Around zero the sign is that of the step alone. */
	if (value->count == 0 && delta < 0) {
		out.is_negative = !out.is_negative;
		delta = -delta;
	}
	multiply_add(value, factor, delta, &out);
	return out;
}

/* Sign, then how many digits stand before the point, then the digits. In a negative number each is turned round, and "~", above
 * every digit, ends it: of two that begin alike the longer one is the smaller. */
struct slice decimal_key(struct arena *arena, const struct decimal *value)
{
	char digits[DECIMAL_DIGITS_MAX + 8];
	size_t count = value->count;

	while (count > 0 && value->digits[count - 1] == '0')
		count--;
	if (count == 0)
		return arena_copy(arena, SLICE("5"));
	/* Ten to the power of this is just above the number. */
	int magnitude = value->exponent + (int)value->count;
	if (!value->is_negative)
		return arena_printf(arena, "6%05d%.*s", EXPONENT_BIAS + magnitude, (int)count, value->digits);
	for (size_t i = 0; i < count; i++)
		digits[i] = (char)('9' - (value->digits[i] - '0'));
	return arena_printf(arena, "4%05d%.*s~", EXPONENT_BIAS - magnitude, (int)count, digits);
}
