/* SPDX-License-Identifier: Apache-2.0 */
/* Regular expressions of FHIRPath (N1 section 5.6.9: the PCRE subset that implementations share), over UTF-8, "." matching line
 * ends too. Groups, named groups, alternatives, greedy and lazy repetition, classes, \d \w \s \b, anchors; no look-around, no
 * back references. A matcher of our own because a pattern can come from outside: every step is counted and memory is the caller's
 * arena. */
#ifndef FHIRPATH_REGEX_H
#define FHIRPATH_REGEX_H

#include "cannula/base.h"

#define FP_REGEX_GROUPS_MAX 16u

struct fp_regex {
	struct fp_regex_code *code;
	size_t code_count, code_capacity;
	struct fp_regex_range *ranges;
	size_t range_count, range_capacity;
	unsigned slot_count; /**< two for each group, then loop marks */
	unsigned group_count;
	struct slice names[FP_REGEX_GROUPS_MAX];
};

/** Group 0 is the whole match; absent groups have a NULL pointer. */
struct fp_regex_match {
	struct slice groups[FP_REGEX_GROUPS_MAX];
};

enum fp_regex_outcome { FP_REGEX_FOUND, FP_REGEX_NONE, FP_REGEX_LIMIT };

/** False: `*why` says what is wrong with the pattern. */
bool fp_regex_compile(struct arena *arena, struct slice pattern, struct fp_regex *out, const char **why) MUST_USE;
/** The first match from `start` on; `whole`: only one of the whole text. Takes its steps from `*steps`. */
enum fp_regex_outcome fp_regex_search(struct arena *arena, const struct fp_regex *regex, struct slice text, size_t start,
				      bool whole, uint64_t *steps, struct fp_regex_match *out) MUST_USE;

#endif
