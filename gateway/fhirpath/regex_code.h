/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FHIRPATH_REGEX_CODE_H
#define FHIRPATH_REGEX_CODE_H

#include "fhirpath/regex.h"

enum fp_regex_op {
	FP_REGEX_CHAR,
	FP_REGEX_ANY,
	FP_REGEX_CLASS, /**< ranges x to y */
	FP_REGEX_NOT_CLASS,
	FP_REGEX_START,
	FP_REGEX_END,
	FP_REGEX_BOUNDARY,
	FP_REGEX_NO_BOUNDARY,
	FP_REGEX_SPLIT, /**< x first, then y */
	FP_REGEX_JUMP,
	FP_REGEX_SAVE,     /**< the position, in slot x */
	FP_REGEX_MARK,     /**< the same, at the start of a round */
	FP_REGEX_PROGRESS, /**< fails when the round has not moved since its mark */
	FP_REGEX_MATCH,
};

#define FP_REGEX_SLOTS_MAX 256u

struct fp_regex_code {
	enum fp_regex_op op;
	uint32_t x, y;
};

struct fp_regex_range {
	uint32_t low, high;
};

/** The character at `at` and its length in bytes; a byte that is no UTF-8 stands for itself. */
size_t fp_regex_decode(struct slice text, size_t at, uint32_t *out);

#endif
