/* SPDX-License-Identifier: Apache-2.0 */
/* Decimals as texts whose byte order is their numeric order: exact, without floating point. */
#ifndef STORE_DECIMAL_H
#define STORE_DECIMAL_H

#include "cannula/base.h"

/* Digits beyond these do not count in the index; the resource keeps them all. */
#define DECIMAL_DIGITS_MAX 64

/** As written: `digits` without leading zeros times ten to the power of `exponent`. The digits tell the precision. */
struct decimal {
	bool is_negative;
	int32_t exponent;
	size_t count; /**< 0: zero */
	char digits[DECIMAL_DIGITS_MAX + 8];
};

/* Bounds for an open end. */
#define DECIMAL_KEY_LOWEST SLICE("")
#define DECIMAL_KEY_HIGHEST SLICE("~")

/** FHIR decimal: -?digits(.digits)?([eE][+-]?digits)? */
bool decimal_read(struct slice text, struct decimal *out) MUST_USE;
/** `(value * factor + delta)` where delta counts tenths of the last digit written: (10, -5) and (10, 5) are the bounds of its
 * precision, (9, 0) and (11, 0) ten percent less and more. */
struct decimal decimal_scale(const struct decimal *value, int factor, int delta);
/** Absent when the arena is full. */
struct slice decimal_key(struct arena *arena, const struct decimal *value) MUST_USE;

#endif
