/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FHIRPATH_UNIT_H
#define FHIRPATH_UNIT_H

#include "fhirpath/decimal.h"

/** Brings two quantities to one unit, so that their numbers compare. False: the units do not compare. Calendar words compare with
 * the UCUM codes of definite durations (weeks to milliseconds) and with themselves; other units only with themselves. */
bool fp_unit_convert(struct fp_decimal *a, struct slice a_unit, struct fp_decimal *b, struct slice b_unit) MUST_USE;

#endif
