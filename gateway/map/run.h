/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MAP_RUN_H
#define MAP_RUN_H

#include "map/program.h"

/** The variables of one group call. A slot is absent when its value has no items. */
struct map_frame {
	const struct map_group *group;
	struct fhirpath_variable *variables;
	struct fhirpath_item *items; /**< one behind each variable */
	struct fhir_node **targets;  /**< the same node, where it may be written to */
	size_t capacity;
};

struct map_made {
	const struct fhir_node *from, *made;
	struct map_made *next;
};

/** A source primitive that an expression met on its way to a text. */
struct map_reached {
	const struct fhir_node *node;
	struct map_reached *next;
};

struct map_run {
	struct arena *arena;
	const struct map_program *program;
	const struct fhir_node *input;
	const struct map_trace *trace;
	struct issues *issues;
	struct error *err;
	struct map_frame frames[MAP_CALLS_MAX];
	struct map_frame *frame; /**< of the group that runs */
	struct fhirpath_variable *constants;
	unsigned depth;
	uint32_t steps_left;
	const struct fhir_node *from;      /**< the source element that the innermost rule stands on */
	const struct fhirpath_item *taken; /**< what its last source took: that element, or a value */
	struct map_share *shares;
	struct map_mark *marks;
	struct map_made *first_made, *last_made;
	struct map_reached *reached; /**< primitives that expressions met since the last value was written; only when tracing */
	unsigned uuid_count;
	bool has_seed;
	uint8_t seed[DIGEST_BYTES];
};

bool map_run_fail(struct map_run *run, const struct map_at *at, const char *format, ...) PRINTF_LIKE(3, 4);
/** Evaluates FHIRPath with the first `visible` slots as variables. `focus` may be NULL. */
bool map_evaluate(struct map_run *run, const struct map_at *at, const struct fhirpath_program *expression, uint16_t visible,
		  const struct fhirpath_item *focus, struct fhirpath_result *out) MUST_USE;
bool map_operand_value(struct map_run *run, const struct map_at *at, const struct map_operand *operand,
		       struct fhirpath_result *out) MUST_USE;
/** The text of operand `index`; absent when it has no value. More than one item is an error. */
bool map_operand_text(struct map_run *run, const struct map_target *target, size_t index, struct slice *out) MUST_USE;

/* ---- list.c: where a node goes ---- */

/** A new repetition in its place, by the list mode of `target` where that is given; a non-repeating element that exists is given
 * back. NULL with an error, or without memory. */
struct fhir_node *map_attach(struct map_run *run, const struct map_target *target, struct fhir_node *parent,
			     const struct fhir_element *element, const struct fhir_type *type);
/** The same for a node that is filled afterwards, which rules may share. */
struct fhir_node *map_make(struct map_run *run, const struct map_target *target, struct fhir_node *parent,
			   const struct fhir_type *type);

/* ---- value.c: writing into the target ---- */

/** The element of `parent` named `name`, with `value`; absent values leave nothing. */
bool map_set_text(struct map_run *run, const struct map_at *at, struct fhir_node *parent, struct slice name,
		  struct slice value) MUST_USE;
struct fhir_node *map_add_child(struct map_run *run, struct fhir_node *parent, struct slice name);
/** Writes one item to the target's element under `parent`. `*out` NULL: it had no value. */
bool map_put(struct map_run *run, const struct map_target *target, struct fhir_node *parent, const struct fhirpath_item *item,
	     struct fhir_node **out) MUST_USE;
/** Gives a primitive its text. */
bool map_fill_primitive(struct map_run *run, const struct map_at *at, struct fhir_node *node, struct slice text) MUST_USE;
void map_trace_made(struct map_run *run, const struct fhir_node *from, const struct fhir_node *made);

/* ---- source.c: which items a rule takes ---- */

/** Takes each item of source `index` in turn and goes on with the next source. */
bool map_take_source(struct map_run *run, const struct map_rule *rule, size_t index) MUST_USE;

/* ---- run.c ---- */

/** Sets a variable; a NULL item: it has no value. `target`: the node when it may be written to. */
void map_bind(struct map_run *run, const struct map_binding *binding, const struct fhirpath_item *item, struct fhir_node *target);
const struct fhirpath_item *map_item_at(const struct map_run *run, uint16_t slot);
/** The sources from `index` on, then targets, calls and nested rules for each combination of their items. */
bool map_run_tuple(struct map_run *run, const struct map_rule *rule, size_t index) MUST_USE;

#endif
