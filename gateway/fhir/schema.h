/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The tables behind fhir_type_find. Built in steps: every type gets an entry, then elements are resolved against the entries
 * (inherited ones first), then search parameters are merged down the hierarchy. Strings stay where they came from: in the
 * embedded profile files or the arena.
 */
#ifndef CANNULA_FHIR_SCHEMA_H
#define CANNULA_FHIR_SCHEMA_H

#include "cannula/fhir.h"

/** Types below each other: far above what FHIR has (Resource … MetadataResource: 4). */
#define SCHEMA_MAX_INHERITANCE 16
#define SCHEMA_MAX_ELEMENTS 512

struct schema_type {
	struct fhir_type type;
	const struct fhir_type *self; /**< &type: the `types` array of elements that have only this type */
	struct schema_type *prefix;   /**< whose elements begin this one's; NULL: none */
	struct slice rows;            /**< element rows in the table, not yet read; absent when done */
	uint32_t line;                /**< of the type's row */
	const struct fhir_search_param *params;
	size_t param_count;
};

struct schema_slot {
	struct slice key;
	struct schema_type *entry;
};

struct fhir_schema {
	struct arena *arena;
	enum fhir_version version;
	struct schema_slot *slots; /**< open addressing by name and by canonical */
	size_t slot_count, slots_used;
	struct schema_type **sorted; /**< by name */
	size_t type_count, type_capacity;
	struct slice open_choice_text;
	const struct fhir_type *const *open_choice;
	size_t open_choice_count;
	struct fhir_search_param *params; /**< rows of the tables, sorted by base then code */
	struct slice *param_bases;        /**< beside them */
	size_t param_count;
	bool params_merged;
};

/** A new entry, found by name and (when there is one) by canonical. Refuses a name that exists. */
struct schema_type *schema_type_new(struct fhir_schema *schema, struct slice name, struct slice url, const char *place,
				    struct error *err) MUST_USE;
struct schema_type *schema_type_find(const struct fhir_schema *schema, struct slice name);
/** After the last schema_type_new of a batch: fhir_type_next walks in name order. */
void schema_sort(struct fhir_schema *schema);

/** Parts of `text` between separators; 0 for an empty one. */
size_t schema_count(struct slice text, char separator);
/** "required" and so on; FHIR_BINDING_NONE for anything else. */
enum fhir_binding schema_binding(struct slice word);

/** schema_add.c: as fhir_schema_add, but a profile (derivation "constraint") adds no type and is left to the validator. */
bool schema_structure_add(struct fhir_schema *schema, const char *place, struct slice text, struct error *err) MUST_USE;

/** schema_table.c: profiles/VERSION/types.tsv. */
bool schema_table_load(struct fhir_schema *schema, struct error *err) MUST_USE;

/** schema_search.c: profiles/VERSION/search.tsv and profiles/search-parameters.tsv. */
bool schema_search_load(struct fhir_schema *schema, struct error *err) MUST_USE;
/** Gives one resource type its parameters and those of its ancestors. */
bool schema_search_merge(struct fhir_schema *schema, struct schema_type *entry, struct error *err) MUST_USE;

#endif
