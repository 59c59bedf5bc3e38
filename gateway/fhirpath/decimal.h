/* SPDX-License-Identifier: Apache-2.0 */
/* Exact decimal numbers: `digits` / 10^`scale`, at most 28 digits of which FP_SCALE_MAX after the point (N1 section 4.1.4). */
#ifndef FHIRPATH_DECIMAL_H
#define FHIRPATH_DECIMAL_H

#include "cannula/base.h"

__extension__ typedef __int128 fp_int128;

#define FP_SCALE_MAX 18

struct fp_decimal {
	fp_int128 digits;
	int scale;
};

/** Sign, digits, point, exponent (JSON numbers). False: no number, or too many digits. */
bool fp_decimal_parse(struct slice text, struct fp_decimal *out) MUST_USE;
#define FP_DECIMAL_SIZE 64u
void fp_decimal_format(struct fp_decimal value, char out[FP_DECIMAL_SIZE]);
/** Without zeros at the end of the fraction. */
struct fp_decimal fp_decimal_trim(struct fp_decimal value);
int fp_decimal_compare(struct fp_decimal a, struct fp_decimal b);
/** All: false when the result has too many digits. */
bool fp_decimal_add(struct fp_decimal a, struct fp_decimal b, struct fp_decimal *out) MUST_USE;
bool fp_decimal_multiply(struct fp_decimal a, struct fp_decimal b, struct fp_decimal *out) MUST_USE;
/** Rounded half away from zero at `scale` digits. `b` must not be zero. */
bool fp_decimal_divide(struct fp_decimal a, struct fp_decimal b, int scale, struct fp_decimal *out) MUST_USE;
/** Towards zero. `b` must not be zero. */
bool fp_decimal_quotient(struct fp_decimal a, struct fp_decimal b, fp_int128 *out) MUST_USE;
struct fp_decimal fp_decimal_round(struct fp_decimal value, int scale);

#endif
