/* SPDX-License-Identifier: Apache-2.0 */
/* Texts into the ProcedureRecord, as targets say. */
#ifndef RECORD_TREE_H
#define RECORD_TREE_H

#include "record/lines.h"

struct record_tree {
	struct arena *arena;
	const struct fhir_schema *schema;
	const struct record_rules *rules;
	struct issues *issues;
	struct fhir_node *record;
	struct fhir_node *step; /**< the last one made; NULL: none in this section */
	uint32_t step_count;
};

/** How much of a text is looked at for times, kinds and conditions. */
#define RECORD_RECOGNISE_MAX_BYTES 1024u

/** Puts `text`, which begins on `line`, where `target` says. `*out` is the node made; NULL when the element has no room for it:
 * then it belongs in a note. False only when memory ends or the rules name an element that the model does not have. */
bool record_tree_put(struct record_tree *tree, const struct record_target *target, struct slice text,
		     const struct record_text_line *line, struct fhir_node **out, struct error *err) MUST_USE;
/** A point below the last step. */
bool record_tree_put_detail(struct record_tree *tree, const struct record_target *target, struct slice text,
			    const struct record_text_line *line, struct fhir_node **out, struct error *err) MUST_USE;
/** The target that `text` belongs to when it came for `target`. */
const struct record_target *record_tree_route(const struct record_tree *tree, const struct record_target *target,
					      struct slice text);

#endif
