/* SPDX-License-Identifier: Apache-2.0 */
/** What the files of this room share: one application on its way. */
#ifndef CANNULA_APPLY_RUN_H
#define CANNULA_APPLY_RUN_H

#include "cannula/apply.h"
#include "cannula/fhirpath.h"

/** A row of the table: `element` of `target` gets what `program` gives on the definition, or the part of it, of type `source`. */
struct apply_row {
	struct slice source, targets, element;
	struct fhirpath_program *program;
	uint32_t line;
};

struct apply_rules {
	const struct fhir_schema *schema;
	const struct apply_row *rows;
	size_t row_count;
};

/** Whether a row makes `target` from `source`. */
bool apply_rules_have(const struct apply_rules *rules, struct slice source, struct slice target);

/** A definition being applied, inside those that led to it. */
struct apply_frame {
	const struct apply_frame *outer;
	const struct fhir_node *definition;
	struct slice canonical; /**< "url|version"; absent when it has no url */
	unsigned depth;
};

/** Names that a scope adds to the operation's parameters: of variables in expressions. */
enum apply_name {
	NAME_CANONICAL,  /**< of the definition being applied */
	NAME_DEFINITION, /**< that an action names, as it stands */
	NAME_INTENT,     /**< what an activity is when its definition does not say */
	NAME_GROUP,      /**< reference to the group that holds the actions */
	NAME_GOALS,      /**< references to goals */
	NAME_ACTION,     /**< the action */
	NAME_COUNT,
};

struct apply_run {
	const struct apply_rules *rules;
	const struct fhir_schema *schema;
	struct arena *arena;
	const struct apply_request *request;
	struct issues *issues;
	struct error *err;
	struct fhirpath_variable *variables; /**< the operation's, then NAME_COUNT of ours */
	size_t variable_count, first_name;
	/* What was made, in order, and how others point to it. */
	struct fhir_node **made;
	struct slice *references;
	size_t made_count, made_capacity;
	unsigned action_count;
	uint64_t started_us; /**< time_monotonic_us() */
};

/* ---- scope: names and expressions ---- */

bool apply_scope_init(struct apply_run *run);
void apply_scope_set(struct apply_run *run, enum apply_name name, struct fhirpath_result value);
bool apply_scope_set_text(struct apply_run *run, enum apply_name name, struct slice text);
bool apply_scope_set_node(struct apply_run *run, enum apply_name name, const struct fhir_node *node);
struct fhirpath_result apply_scope_get(const struct apply_run *run, enum apply_name name);
/** What an Expression of the definition gives. `*known` false: it is in another language, or fails; an issue says so. */
bool apply_expression(struct apply_run *run, const struct fhir_node *expression, const struct fhir_node *focus, bool *known,
		      struct fhirpath_result *out);
/** The boolean of a collection (FHIRPath N1 section 4.5): none is false. */
bool apply_is_true(const struct fhirpath_result *value);

/* ---- assigning ---- */

/** Puts `value` where the simple FHIRPath `path` leads below `node`, in place of what stood there; steps are made. No value
 * changes nothing. ERROR_SYNTAX, ERROR_UNSUPPORTED: why it cannot stand there. */
bool apply_assign(struct arena *arena, struct fhir_node *node, struct slice path, const struct fhirpath_result *value,
		  struct error *err) MUST_USE;
/** All rows of the table for the node's type, with `focus`, a node of type `source`. */
bool apply_fill(struct apply_run *run, const struct fhir_node *focus, struct fhir_node *node) MUST_USE;
/** The dynamicValue elements of `holder`: into `resource`, or `action` when the path begins with it. Either may be NULL. */
bool apply_dynamic_values(struct apply_run *run, const struct fhir_node *holder, const struct fhir_node *focus,
			  struct fhir_node *resource, struct fhir_node *action) MUST_USE;

/* ---- what is made ---- */

/** A new resource of the result; `*reference` is how the others name it. */
bool apply_make(struct apply_run *run, struct slice type, struct fhir_node **out, struct slice *reference) MUST_USE;
/** Puts together what was made. */
bool apply_finish(struct apply_run *run, const struct apply_frame *frame, struct fhir_node **out) MUST_USE;
/** As a collection of text items. */
bool apply_texts(struct apply_run *run, const struct slice *texts, size_t count, struct fhirpath_result *out) MUST_USE;

/* ---- definitions ---- */

struct apply_frame apply_frame_of(struct apply_run *run, const struct apply_frame *outer, const struct fhir_node *definition);
/** Makes the resource of the activity's kind. `*out` NULL: an issue says why not. */
bool apply_activity(struct apply_run *run, const struct apply_frame *frame, struct fhir_node **out,
		    struct slice *reference) MUST_USE;
/** Makes the group of the plan's actions, its goals, and what the actions ask for. */
bool apply_plan(struct apply_run *run, const struct apply_frame *frame, struct fhir_node **out, struct slice *reference) MUST_USE;
/** The resource type that groups actions in this version. */
struct slice apply_group_type(const struct apply_run *run);

#endif
