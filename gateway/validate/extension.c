/* SPDX-License-Identifier: Apache-2.0 */
/* FHIR, "Extensibility": an extension whose definition is held is checked by it, and must stand where that allows. */
#include "validate/profile.h"

/** "Patient", or "Patient.contact" for an element of that type. */
static bool is_element(const struct fhir_node *node, struct slice expression)
{
	struct slice last = expression;

	if (fhir_type_is(node->type, expression))
		return true;
	for (size_t dot = slice_find(last, SLICE(".")); dot != SIZE_MAX; dot = slice_find(last, SLICE(".")))
		last = slice_from(last, dot + 1);
	if (last.len == expression.len || !node->parent || !node->element || !slice_equal(node->element->name, last))
		return false;
	return fhir_type_is(node->parent->type, (struct slice){ expression.ptr, expression.len - last.len - 1 });
}

static bool is_context(const struct fhir_node *owner, const struct fhir_node *context)
{
	struct slice type = fhir_node_text(context, SLICE("type")), expression = fhir_node_text(context, SLICE("expression"));

	if (slice_equal(type, SLICE("extension")))
		return slice_equal(fhir_node_text(owner, SLICE("url")), expression);
	/* A FHIRPath is not asked: it selects from a resource, and may need what is not there. */
	if (!slice_equal(type, SLICE("element")) || slice_ends(expression, SLICE("[x]")))
		return true;
	return slice_equal(expression, SLICE("Element")) || is_element(owner, expression);
}

static bool is_allowed(const struct fhir_node *owner, const struct fhir_node *definition)
{
	const struct fhir_node *first = fhir_node_child(definition, SLICE("context"));

	for (const struct fhir_node *context = first; context; context = fhir_node_again(context))
		if (is_context(owner, context))
			return true;
	return !first;
}

bool extension_check(struct run *run, const struct fhir_node *node)
{
	const struct fhir_node *url = fhir_node_child(node, SLICE("url"));
	bool is_modifier = node->element && slice_equal(node->element->name, SLICE("modifierExtension"));

	if (!url || !url->value.ptr || !node->parent)
		return true;
	const struct held *held = catalogue_find(&run->validator->knowledge.profiles, url->value);
	if (!held) {
		if (is_modifier)
			run_issue(run, node, ISSUE_WARNING, "not-found", SLICE_NONE,
				  "the modifier extension %.*s is not known: it may change what the element means",
				  SLICE_ARG(url->value));
		return true;
	}
	if (!is_allowed(node->parent, held->resource))
		run_issue(run, node, ISSUE_ERROR, "structure", SLICE_NONE, "the extension %.*s is not allowed here",
			  SLICE_ARG(url->value));
	return profile_check(run, held->profile, node);
}
