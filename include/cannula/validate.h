/* SPDX-License-Identifier: Apache-2.0 */
/**
 * validate: whether a tree is what its version of FHIR asks for. The strict reader has already seen to names, forms and the
 * number of repetitions; here follow least cardinality, formats of primitives, required bindings, targets of references,
 * contained resources, Bundles, narratives and the invariants of the specification.
 *
 * The rules are facts in profiles/VERSION/rules.tsv and codes.tsv, made from the official definitions. A validator is made once,
 * never changes afterwards, and threads share it.
 *
 * Source: FHIR R4 and R5, "Validating Resources", "Data Types", "Bundle", "Narrative", "References between Resources".
 */
#ifndef CANNULA_VALIDATE_H
#define CANNULA_VALIDATE_H

#include "cannula/fhir.h"

struct validator;

/** Reads the rules of the schema's version and compiles them. `schema` must live as long as the validator. */
bool validator_new(const struct fhir_schema *schema, struct validator **out, struct error *err) MUST_USE;
/** Invariants that are not checked because they call a function that our FHIRPath lacks. */
size_t validator_left_out(const struct validator *validator);
void validator_free(struct validator *validator); /**< NULL is allowed */

/** Adds what is wrong with `resource` (the root of a tree) to `issues`: severity, code, path with index, line and column as the
 * reader kept them, and the key of the invariant. Work is bounded; a rule that takes too long is an issue "too-costly". False:
 * no memory. */
bool validate_resource(const struct validator *validator, const struct fhir_node *resource, struct issues *issues,
		       struct error *err) MUST_USE;

#endif
