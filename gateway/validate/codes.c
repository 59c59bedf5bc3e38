/* SPDX-License-Identifier: Apache-2.0 */
/* FHIR, "Terminologies", section "Required", and which part of an element a binding is about. */
#include "validate/run.h"

/** A code without system is in no value set of codings. */
static enum fhirpath_answer coding_fits(struct run *run, const struct fhir_node *coding, struct slice value_set)
{
	struct slice system = fhir_node_text(coding, SLICE("system")), code = fhir_node_text(coding, SLICE("code"));

	if (!code.ptr)
		return FHIRPATH_NO;
	return value_set_has(run, value_set, system.ptr ? system : SLICE(""), code);
}

/** One of the codings has to be in the set. */
static enum fhirpath_answer concept_fits(struct run *run, const struct fhir_node *concept, struct slice value_set,
					 struct slice *code)
{
	const struct fhir_node *first = fhir_node_child(concept, SLICE("coding"));
	enum fhirpath_answer any = FHIRPATH_NO;

	*code = first ? fhir_node_text(first, SLICE("code")) : SLICE_NONE;
	for (const struct fhir_node *coding = first; coding && any != FHIRPATH_YES; coding = fhir_node_again(coding)) {
		enum fhirpath_answer one = coding_fits(run, coding, value_set);

		if (one != FHIRPATH_NO)
			any = one;
	}
	/* An extension may say why there is no code (data-absent-reason). */
	return !first && fhir_node_child(concept, SLICE("extension")) ? FHIRPATH_YES : any;
}

enum fhirpath_answer codes_fit(struct run *run, const struct fhir_node *node, struct slice value_set, struct slice *code)
{
	const struct fhir_node *concept = fhir_node_child(node, SLICE("concept"));

	*code = SLICE_NONE;
	if (node->type->kind == FHIR_KIND_PRIMITIVE) {
		*code = node->value;
		return node->value.ptr ? value_set_has(run, value_set, SLICE_NONE, node->value) : FHIRPATH_YES;
	}
	if (slice_equal(node->type->name, SLICE("CodeableConcept")))
		return concept_fits(run, node, value_set, code);
	if (slice_equal(node->type->name, SLICE("CodeableReference")))
	return concept ? concept_fits(run, concept, value_set, code) : FHIRPATH_YES;
	if (!slice_equal(node->type->name, SLICE("Coding")) && !fhir_type_is(node->type, SLICE("Quantity")))
		return FHIRPATH_NOT_HELD;
	*code = fhir_node_text(node, SLICE("code"));
	return code->ptr ? coding_fits(run, node, value_set) : FHIRPATH_YES;
}

void codes_check(struct run *run, const struct fhir_node *node)
{
	struct slice code, value_set;

	if (!node->element || node->element->binding != FHIR_BINDING_REQUIRED)
		return;
	value_set = node->element->value_set;
	if (codes_fit(run, node, value_set, &code) != FHIRPATH_NO)
		return;
	value_set = slice_cut(&value_set, '|');
	if (code.ptr)
		run_issue(run, node, ISSUE_ERROR, "code-invalid", SLICE_NONE, "\"%.*s\" is not in the required value set %.*s",
			  SLICE_ARG(code), SLICE_ARG(value_set));
	else
		run_issue(run, node, ISSUE_ERROR, "code-invalid", SLICE_NONE, "a code of the required value set %.*s is missing",
			  SLICE_ARG(value_set));
}
