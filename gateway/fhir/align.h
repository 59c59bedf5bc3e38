/* SPDX-License-Identifier: Apache-2.0 */
/** Which repetition of an element in one tree is which in another. */
#ifndef CANNULA_FHIR_ALIGN_H
#define CANNULA_FHIR_ALIGN_H

#include "cannula/fhir.h"

/** profiles/diff.yaml */
struct align_keys {
	struct option_texts rows;
};

bool align_keys_load(struct arena *arena, struct align_keys *out, struct error *err) MUST_USE;

#define ALIGN_NONE SIZE_MAX

struct align_match {
	size_t other; /**< index on the other side, or ALIGN_NONE */
	bool moved;
};

/** The repetitions of one element on one side. */
struct align_side {
	const struct fhir_node **nodes;
	uint64_t *contents; /**< digests of what is in them */
	uint64_t *keys;     /**< digests of their keys; 0: none */
	struct align_match *matches;
	size_t count;
};

/** The siblings from `first` to before `end`. False: the arena is full. */
bool align_side_fill(struct arena *arena, const struct align_keys *keys, const struct fhir_node *first,
		     const struct fhir_node *end, struct align_side *out) MUST_USE;
/** Fills the matches of both. False: too many repetitions that differ, or the arena is full. */
bool align(struct arena *arena, const struct align_side *before, const struct align_side *after) MUST_USE;

#endif
