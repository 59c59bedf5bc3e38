/* SPDX-License-Identifier: Apache-2.0 */
/* Dates, times and date-times with the precision they were written in. Source: FHIRPath N1 sections 4.1.5-7 and 6.6. */
#ifndef FHIRPATH_MOMENT_H
#define FHIRPATH_MOMENT_H

#include "cannula/fhirpath.h"

enum fp_precision { FP_YEAR = 1, FP_MONTH, FP_DAY, FP_HOUR, FP_MINUTE, FP_SECOND };

struct fp_moment {
	enum fhirpath_kind kind; /**< DATE, DATETIME or TIME */
	enum fp_precision precision;
	int year, month, day, hour, minute, second;
	int nanosecond;
	unsigned fraction_digits; /**< of the second, as written */
	bool has_zone;
	bool zone_is_z;
	int zone_minutes;
};

/** `text` as written in a FHIR date, dateTime, instant or time, or in a literal without "@". */
bool fp_moment_parse(enum fhirpath_kind kind, struct slice text, struct fp_moment *out) MUST_USE;
#define FP_MOMENT_SIZE 48u
void fp_moment_format(const struct fp_moment *moment, char out[FP_MOMENT_SIZE]);

enum fp_order { FP_BEFORE = -1, FP_SAME = 0, FP_AFTER = 1, FP_UNKNOWN = 2 };
/** FP_UNKNOWN: precision or zone do not allow an answer. */
enum fp_order fp_moment_compare(const struct fp_moment *a, const struct fp_moment *b);
/** Adds `count` calendar units ("year" … "millisecond"); false: the unit is unknown here or the year leaves 1..9999. */
int fp_moment_days(int year, int month); /**< of a month */
bool fp_moment_add(struct fp_moment *moment, int64_t count, struct slice unit) MUST_USE;

#endif
