/* SPDX-License-Identifier: Apache-2.0 */
/**
 * apply: a definition becomes requests for one subject. A PlanDefinition becomes a CarePlan with a RequestGroup (R4) or a Bundle
 * that begins with a RequestOrchestration (R5), an ActivityDefinition the resource of its kind. Which element goes where is a
 * table, profiles/apply/elements.tsv; conditions and dynamic values are FHIRPath.
 *
 * Sources: FHIR R4 and R5, "Applying a PlanDefinition" (plandefinition.html), "Applying an ActivityDefinition"
 * (activitydefinition.html), OperationDefinitions PlanDefinition-apply and ActivityDefinition-apply.
 */
#ifndef CANNULA_APPLY_H
#define CANNULA_APPLY_H

#include "cannula/fhir.h"

/** Definitions inside definitions, and what one call may make. */
#define APPLY_DEPTH_MAX 8u
#define APPLY_ACTIONS_MAX 2000u
/** Work of one expression of a definition, in steps of FHIRPath, and time for all of them. */
#define APPLY_STEPS_MAX (1u << 18)
#define APPLY_TIME_MAX_MS 5000u

/** The compiled table of one FHIR version. Immutable, shared by threads. */
struct apply_rules;

/** `schema` and `arena` outlive the rules. ERROR_SYNTAX names the line of the table. */
bool apply_rules_load(struct arena *arena, const struct fhir_schema *schema, struct apply_rules **out,
		      struct error *err) MUST_USE;
/** Whether an ActivityDefinition of that kind can be applied. */
bool apply_kind_known(const struct apply_rules *rules, struct slice kind);

/** A parameter of the operation, in expressions `%name` (the resource or data type) and `%nameReference` (the text). */
struct apply_parameter {
	struct slice name;
	struct slice reference;       /**< "Patient/p1", an absolute URL; absent when not given */
	const struct fhir_node *node; /**< what it names or is; NULL: not held here, or not given */
};

struct apply_request {
	const struct fhir_node *definition; /**< root of a PlanDefinition or ActivityDefinition */
	/** Every parameter that the operation defines, given or not: the expressions may name all. `subject` is among them. */
	const struct apply_parameter *parameters;
	size_t parameter_count;
	int64_t now_ms;
	/** Looks a definition up by its canonical (maybe |version) among resources of `types`. `*out` NULL: there is none.
	 * False: it could not be looked up. */
	bool (*find)(void *context, const struct slice *types, size_t type_count, struct slice canonical,
		     const struct fhir_node **out, struct error *err);
	void *context;
};

/** `*out`: the result, as the operation returns it; issues that did not prevent it (an expression in another language, a
 * definition that is not held) stand in it, as an OperationOutcome, and in `issues`. NULL: refused, an issue of severity error
 * tells why. False: limits, memory, or what `find` reported. The result is not validated here. */
bool apply_definition(const struct apply_rules *rules, struct arena *arena, const struct apply_request *request,
		      struct issues *issues, struct fhir_node **out, struct error *err) MUST_USE;

#endif
