/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Operations: what $names do, at which places, by which methods. Dispatch, `Allow`, access rules and the CapabilityStatement read
 * the same rows. An operation is a file that ends in a `const struct api_operation`, and a line in the list of operation.c.
 *
 * Source: FHIR R4 and R5, operations.html.
 */
#ifndef CANNULA_API_OPERATION_H
#define CANNULA_API_OPERATION_H

#include "api/route.h"

enum operation_level { OPERATION_SYSTEM = 1, OPERATION_TYPE = 2, OPERATION_INSTANCE = 4 };

struct api_operation {
	const char *name;   /**< with its dollar sign */
	unsigned levels;    /**< of enum operation_level */
	bool affects_state; /**< POST only; one that does not is also asked by GET, its parameters in the query */
	bool is_narrowed;   /**< at the base it is about the types that its client may read: it asks access itself */
	/** FHIR's own canonical of it ("http://hl7.org/fhir/OperationDefinition/Resource-meta"); NULL: ours, which we publish. */
	const char *definition;
	const char *documentation;              /**< one sentence */
	const char *const *types;               /**< where it is, NULL-terminated; NULL: at every type served */
	const char *const *parameters;          /**< taken in the query of a GET, NULL-terminated; NULL: none */
	void (*handler)(struct api_call *call); /**< on a pool thread */
};

/* Each in a file of its own. */
extern const struct api_operation operation_row_apply_activity, operation_row_apply_plan, operation_row_meta,
    operation_row_meta_add, operation_row_meta_delete, operation_row_related, operation_row_validate;

/** All of them, in name order, NULL-terminated. */
extern const struct api_operation *const api_operations[];

/** The operation of that name at a place (of kind ROUTE_*_OPERATION) and type (absent: of the base); NULL when there is none. */
const struct api_operation *operation_find(struct slice name, enum route_place place, struct slice type);
/** Whether it is asked so: POST always, GET and HEAD when it leaves everything as it is. */
bool operation_takes(const struct api_operation *operation, enum net_method method);
/** The names at a place and type, for hints: "$meta, $validate". */
struct slice operation_names(struct arena *arena, enum route_place place, struct slice type) MUST_USE;
/** The nearest of them to a name that is none; NULL when none is near. */
const char *operation_nearest(struct slice name, enum route_place place, struct slice type);

#endif
