/* SPDX-License-Identifier: Apache-2.0 */
/* The search index: rows that say what the current version of each resource answers to. Extracted by the FHIRPath expressions of
 * the search parameters, compiled once per type and shared by all connections. */
#ifndef STORE_INDEX_H
#define STORE_INDEX_H

#include "cannula/fhirpath.h"
#include "store/conn.h"
#include "store/kind.h"

#define INDEX_COMPONENTS_MAX 3

/** A part of a composite. */
struct index_component {
	const struct fhir_search_param *definition; /**< of the parameter it is a value of */
	const struct index_kind *kind;
	const struct fhirpath_program *program; /**< on what the composite's own expression gives */
};

struct index_param {
	const struct fhir_search_param *definition;
	const struct index_kind *kind;          /**< NULL: of a type that is not indexed */
	const struct fhirpath_program *program; /**< NULL: nothing is extracted */
	struct index_component components[INDEX_COMPONENTS_MAX];
	size_t component_count; /**< 0: not a composite */
};

/** What is indexed of one type in one base. Immutable. */
struct index_plan {
	enum store_base base;
	const struct fhir_type *type;
	const struct index_param *params; /**< in the order of fhir_search_params */
	size_t count;
	const struct terms_tables *tables; /**< of the version */
	uint8_t digest[DIGEST_BYTES]; /**< of the definitions: another one means that stored resources are to be indexed again */
	struct index_plan *next;
};

/** Sets `type->plan`. */
bool index_plan_use(struct store_conn *conn, struct store_type *type, struct error *err) MUST_USE;
/** What a plan's digest would be, without compiling it. `has_text`: words are indexed too. */
bool index_plan_digest(const struct fhir_schema *schema, const struct fhir_type *type, bool has_text, uint8_t out[DIGEST_BYTES],
		       struct error *err) MUST_USE;
/** A version of a resource, by its row in `version`. */
struct index_version {
	int64_t position, change;
};

/** Writes the rows of a version. */
bool index_write(struct store_conn *conn, struct store_type *type, struct index_version version, const struct fhir_node *resource,
		 struct error *err) MUST_USE;
bool index_remove(struct store_conn *conn, int64_t change, struct error *err) MUST_USE;
/** Indexes again what is stored under definitions that have changed since. */
bool index_refresh(struct store_conn *conn, struct error *err) MUST_USE;

#endif
