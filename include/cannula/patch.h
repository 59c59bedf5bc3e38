/* SPDX-License-Identifier: Apache-2.0 */
/**
 * patch: changes to a resource, told as FHIRPath Patch or JSON Patch, carried out whole or not at all.
 *
 * Source: FHIR R4 and R5, "FHIRPath Patch" (fhirpatch.html); RFC 6902 for JSON Patch, which fhir.h does.
 */
#ifndef CANNULA_PATCH_H
#define CANNULA_PATCH_H

#include "cannula/fhir.h"

#define PATCH_OPERATIONS_MAX 1000u
#define PATCH_DEPTH_MAX 64u /**< of an element that something is put into */

/** `*out` is `resource` after the operations of `parameters` (a Parameters resource of the same schema): add, insert, delete,
 * replace, move. `resource` is never changed. Refused with the place of the operation and its path: a path that leads nowhere
 * (except for delete), to several elements or out of the resource, a value of the wrong type, an index beyond the list, and a
 * result that fhir_node_check does not let pass. Indexes of a move are those before the element was taken (source) and after
 * (destination). The result shares nothing with `parameters`. */
bool patch_fhirpath(struct arena *arena, const struct fhir_schema *schema, const struct fhir_node *resource,
		    const struct fhir_node *parameters, struct issues *issues, struct fhir_node **out) MUST_USE;

/** A patch in JSON of either kind: an array is a JSON Patch, an object a Parameters resource. */
bool patch_apply(struct arena *arena, const struct fhir_schema *schema, const struct fhir_node *resource, struct slice patch,
		 const struct fhir_json_limits *limits, struct issues *issues, struct fhir_node **out) MUST_USE;

#endif
