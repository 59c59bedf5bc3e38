/* SPDX-License-Identifier: Apache-2.0 */
/* Codes in a piece of text: what is taken, what is a range, and what is refused and why. */
#ifndef CANNULA_POLICY_CODES_H
#define CANNULA_POLICY_CODES_H

#include "policy/rules.h"

enum code_fate {
	CODE_TAKEN,      /* one code */
	CODE_RANGE,      /* `code` to `last`, both taken, and everything between */
	CODE_UNRESOLVED, /* a range that cannot be counted through */
	CODE_LOOK_ALIKE, /* refused */
};

struct code_hit {
	enum code_fate fate;
	size_t system;     /* index in the rules; not for look-alikes */
	struct slice text; /* as written, of the whole range */
	struct slice code, last;
	bool add_on;
	bool by_cue;        /* a cue in the sentence itself made it count */
	const char *detail; /* why it is unresolved or refused; lives with the rules or forever */
	size_t offset;      /* of `text` in the scanned text */
};

struct code_hits {
	struct code_hit *items;
	size_t count, capacity;
};

#define CODE_HITS_MAX 20000u
#define CODE_LENGTH_MAX 16u

/** Appends every code-like token of `text` in order. `systems`: those that the surroundings (heading, column) already vouch for;
 * 0: only a cue in the text itself counts. False when the arena is full. */
bool codes_scan(struct arena *arena, const struct policy_rules *rules, struct slice text, system_set systems,
		struct code_hits *hits) MUST_USE;

/** How many codes a range has, at least 2; 0 with `*detail` when it cannot be counted through. */
size_t codes_range_count(const struct rule_system *system, struct slice first, struct slice last, const char **detail);
/** Code number `index` of a range that has been counted. */
void codes_range_at(struct slice first, struct slice last, size_t index, char out[CODE_LENGTH_MAX + 1]);

#endif
