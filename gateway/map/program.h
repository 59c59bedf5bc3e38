/* SPDX-License-Identifier: Apache-2.0 */
/* The compact program of a map: every name is a slot, an element or a type by now. */
#ifndef MAP_PROGRAM_H
#define MAP_PROGRAM_H

#include "map/syntax.h"

#define MAP_NO_SLOT UINT16_MAX
#define MAP_SLOTS_MAX 256u
#define MAP_PARAMETERS_MAX 16u

/** Where the rule or part stands, for errors at run time. */
struct map_at {
	const char *file;
	uint32_t line, column;
};

/** A variable that a source or target sets. Slots are used again when a rule ends, so the name comes along. */
struct map_binding {
	struct slice name;
	uint16_t slot; /**< MAP_NO_SLOT: no variable */
};

struct map_operand {
	enum map_operand_kind kind;
	struct fhirpath_item item; /**< literals */
	uint16_t slot;             /**< MAP_OPERAND_NAME */
	uint16_t visible;          /**< slots an expression may see */
	const struct fhirpath_program *expression;
	const struct fhir_type *type; /**< of the expression's result, where it is known */
};

struct map_source {
	struct map_at at;
	uint16_t context;
	uint16_t visible; /**< slots that its expressions may see */
	struct map_binding variable;
	const struct fhir_type *context_type; /**< what `element` was looked up in */
	const struct fhir_element *element;   /**< NULL: the context itself, or its own value */
	bool own_value;                       /**< context.value of a primitive */
	const struct fhir_type *type;         /**< only items of that type; NULL: any */
	bool has_cardinality;
	uint32_t min, max;
	enum map_source_list list;
	const struct map_operand *fallback;
	const struct fhirpath_program *where, *check, *log;
};

struct map_group;
struct map_target;
struct map_run;

/** What a transform found; `made` when it built a node of its own in place. */
struct map_value {
	struct fhirpath_result items;
	struct fhir_node *made;
};

/** One transform of the language. `parent` and `target` say where a built value goes. */
struct map_transform {
	const char *name;
	uint8_t min_operands, max_operands;
	bool builds;       /**< makes the target node itself and fills it */
	const char *makes; /**< the only type it builds; NULL: decided by the target */
	bool (*apply)(struct map_run *run, const struct map_target *target, struct fhir_node *parent, struct map_value *out);
};

/** A default group, from `from` to `to`. */
struct map_filler {
	const struct fhir_type *from, *to;
	const struct map_group *group;
};

struct map_target {
	struct map_at at;
	uint16_t context;
	struct map_binding variable;
	const struct fhir_type *context_type;
	const struct fhir_element *element;    /**< NULL: no place, only a variable, or the context's own value */
	bool own_value;                        /**< context.value of a primitive */
	const struct fhir_type *type;          /**< of the node to make; NULL: decided by the value */
	const struct map_transform *transform; /**< NULL: a new node */
	const struct map_operand *operands;
	size_t operand_count;
	const struct map_concept_map *concept_map; /**< translate */
	enum map_target_list list;
	struct slice share;
	bool copies_source;               /**< default copying of what the last source holds */
	const struct map_filler *fillers; /**< instead of copying, for the types they take */
	size_t filler_count;
};

struct map_call {
	struct map_at at;
	const struct map_group *group;
	const struct map_operand *operands;
	size_t operand_count;
};

struct map_rule {
	const struct map_source *sources;
	size_t source_count;
	const struct map_target *targets;
	size_t target_count;
	const struct map_call *calls;
	size_t call_count;
	const struct map_rule *rules;
	size_t rule_count;
};

/** A group with its types: one whose parameters have no types exists once for each set of types it is called with. */
struct map_group {
	struct slice name;
	const struct map_rule *rules;
	size_t rule_count;
	uint16_t parameter_count, slot_count;
	const struct map_binding *parameters;
	const struct fhir_type **parameter_types;
	const struct map_group_syntax *syntax; /**< of the scratch arena: for the compiler only */
	struct map_group *next;
};

/** What a `let` says: worked out once a run, before anything else. */
struct map_constant {
	struct map_at at;
	struct slice name;
	const struct fhirpath_program *expression;
};

struct map_program {
	const struct fhir_schema *source, *target;
	const struct map_constant *constants; /**< behind the parameters of every group */
	uint16_t constant_count;
	struct slice url;
	const struct map_group *first;
	const struct fhir_type *source_type, *target_type;
	uint16_t source_slot, target_slot;
};

/** By name, or NULL. */
const struct map_transform *map_transform_find(struct slice name);
const char *map_transform_nearest(struct slice name);

#endif
