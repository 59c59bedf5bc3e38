/* SPDX-License-Identifier: Apache-2.0 */
/**
 * validate: whether a tree is what its version of FHIR asks for. The strict reader has already seen to names, forms and the
 * number of repetitions; here follow least cardinality, formats of primitives, required bindings, targets of references,
 * contained resources, Bundles, narratives, the invariants of the specification, and profiles.
 *
 * The rules are facts in profiles/VERSION/rules.tsv and codes.tsv, made from the official definitions. Profiles, extensions,
 * value sets and code systems are those of profiles/structures, extensions and terminology, and what the caller gives. A
 * validator is made once, never changes afterwards, and threads share it.
 *
 * Source: FHIR R4 and R5, "Validating Resources", "Data Types", "Bundle", "Narrative", "References between Resources",
 * "Profiling FHIR", "ElementDefinition", "ValueSet".
 */
#ifndef CANNULA_VALIDATE_H
#define CANNULA_VALIDATE_H

#include "cannula/fhirpath.h"
#include "cannula/terminology.h"

struct validator;

/** A StructureDefinition that constrains, a ValueSet, a CodeSystem, or a Bundle of these, as a tree of the validator's schema. */
struct validate_source {
	const char *place; /**< names it in errors: a file */
	const struct fhir_node *resource;
};

/** What is known beyond profiles/; one with the canonical of a built-in one replaces it. Trees and places must live as long as
 * the validator. */
struct validate_library {
	const struct validate_source *sources;
	size_t count;
};

/** Reads the rules of the schema's version and compiles them. `schema` must live as long as the validator. */
bool validator_new(const struct fhir_schema *schema, struct validator **out, struct error *err) MUST_USE;
/** A validator that knows all that `base` does, and a library: cheap, for a few definitions or for a single request. `base` must
 * live as long. Refused, with place: a profile of a type that the schema does not have, a path that its type does not have, a
 * base that is not known, a canonical that is missing. */
bool validator_extend(const struct validator *base, const struct validate_library *library, struct validator **out,
		      struct error *err) MUST_USE;
/** Invariants of the specification that are not checked because they call a function that our FHIRPath lacks. */
size_t validator_left_out(const struct validator *validator);
void validator_free(struct validator *validator); /**< NULL is allowed */

/** What a resource is asked to be, beyond what it claims itself in meta.profile. */
struct validate_request {
	const struct slice *profiles; /**< canonicals, maybe |version; one that is not held is an error */
	size_t profile_count;
};

/** Adds what is wrong with `resource` (the root of a tree) to `issues`: severity, code, path with index, line and column as the
 * reader kept them, and the key of the invariant. Profiles of meta.profile and definitions of extensions are followed as far as
 * they are held; one that is not is a warning. Work is bounded; what takes too long is an issue "too-costly". False: no memory.
 */
bool validate_resource(const struct validator *validator, const struct fhir_node *resource, struct issues *issues,
		       struct error *err) MUST_USE;
/** The same, and against the profiles of `request`. */
bool validate_against(const struct validator *validator, const struct fhir_node *resource, const struct validate_request *request,
		      struct issues *issues, struct error *err) MUST_USE;

/** What the validator knows of value sets and code systems; as long as it lives. */
const struct terms_source *validator_terms(const struct validator *validator);

/** memberOf() and conformsTo() answer in `context` from what the validator knows, as long as it lives. */
void validator_inform(const struct validator *validator, struct fhirpath_context *context);

#endif
