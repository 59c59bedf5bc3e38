/* SPDX-License-Identifier: Apache-2.0 */
/* Units of measure, from profiles/units.tsv. Source: The Unified Code for Units of Measure 2.1; FHIRPath N1 section 4.1.8. */
#ifndef FHIRPATH_UNIT_H
#define FHIRPATH_UNIT_H

#include "fhirpath/decimal.h"

#define FP_DIMENSIONS_MAX 24u

/** A unit as `numerator` / `denominator` (both above 0, in lowest terms) of the product of its dimensions. */
struct fp_unit {
	fp_int128 numerator, denominator;
	int8_t exponents[FP_DIMENSIONS_MAX]; /**< in the order of the base rows in the table */
};

/** Reads a UCUM code or a calendar word. False: a part of it is not in the table, or it is not UCUM. */
bool fp_unit_read(struct slice code, struct fp_unit *out) MUST_USE;
bool fp_unit_comparable(const struct fp_unit *a, const struct fp_unit *b);
/** Below, at or above 0 as `a` is smaller than, as large as or larger than `b`, which are comparable. */
int fp_unit_order(const struct fp_unit *a, const struct fp_unit *b);
/** `value` of `from` as a number of `to`, exactly. False: they do not compare, or the number has too many digits. */
bool fp_unit_convert(struct fp_decimal *value, const struct fp_unit *from, const struct fp_unit *to) MUST_USE;
/** As fp_unit_convert, rounded where the number does not end. */
bool fp_unit_convert_rounded(struct fp_decimal *value, const struct fp_unit *from, const struct fp_unit *to, int scale) MUST_USE;
/** `a` times (`power` 1) or divided by (-1) `b`. */
bool fp_unit_combine(const struct fp_unit *a, const struct fp_unit *b, int power, struct fp_unit *out) MUST_USE;

#define FP_UNIT_SIZE 512u
/** The dimensions alone as a UCUM code, "1" when there are none. */
bool fp_unit_format(const struct fp_unit *unit, char out[FP_UNIT_SIZE]) MUST_USE;

/** The singular of a calendar word ("years" to "year"), or absent. */
struct slice fp_unit_calendar(struct slice word);

/** The unit of UCUM that a calendar duration of no fixed length is equivalent to: "a" of a year, "mo" of a month. Any other unit
 * is itself. Source: N1, section 6.1.2, "Quantity Equivalence". */
struct slice fp_unit_definite(struct slice unit);

/** Brings two quantities to one unit, so that their numbers compare. False: the units do not compare. Equal texts always do. */
bool fp_unit_align(struct fp_decimal *a, struct slice a_unit, struct fp_decimal *b, struct slice b_unit) MUST_USE;

#endif
