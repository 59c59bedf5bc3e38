/* SPDX-License-Identifier: Apache-2.0 */
#include "validate/profile.h"

/** In fixed[x] and pattern[x] the type of a primitive may be a wider one (string for a markdown): the text counts. */
static bool same_value(const struct fhir_node *node, const struct fhir_node *wanted)
{
	return node->value.ptr ? wanted->value.ptr && slice_equal(node->value, wanted->value) : !wanted->value.ptr;
}

bool value_is_fixed(const struct fhir_node *node, const struct fhir_node *fixed)
{
	const struct fhir_node *child = node->first, *wanted = fixed->first;

	if (!same_value(node, fixed))
		return false;
	for (; child && wanted; child = child->next, wanted = wanted->next)
		if (!slice_equal(child->element->name, wanted->element->name) || !value_is_fixed(child, wanted))
			return false;
	return !child && !wanted;
}

static bool any_has_pattern(const struct fhir_node *node, const struct fhir_node *wanted)
{
	const struct fhir_node *child = fhir_node_child(node, wanted->element->name);

	for (; child; child = fhir_node_again(child))
		if (value_has_pattern(child, wanted))
			return true;
	return false;
}

bool value_has_pattern(const struct fhir_node *node, const struct fhir_node *pattern)
{
	if (pattern->value.ptr && !same_value(node, pattern))
		return false;
	for (const struct fhir_node *wanted = pattern->first; wanted; wanted = wanted->next)
		if (!any_has_pattern(node, wanted))
			return false;
	return true;
}
