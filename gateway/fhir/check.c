/* SPDX-License-Identifier: Apache-2.0 */
/* What the tables alone tell of a tree: cardinalities, and elements with nothing in them. */
#include "fhir/node.h"

static void tell(struct issues *issues, const struct fhir_node *node, const char *code, struct slice name, const char *what)
{
	struct slice path = SLICE_NONE;

	if (issues->count < issues->max_count)
		path = fhir_node_path(issues->arena, node);
	issue_add(issues, ISSUE_ERROR, code, path, node->line, node->column, "%s%.*s%s%s", name.ptr ? "\"" : "", SLICE_ARG(name),
		  name.ptr ? "\" " : "", what);
}

/** Siblings stand in the order of the elements, so one walk along both counts every element's repetitions. */
static void check_counts(const struct fhir_node *node, struct issues *issues)
{
	const struct fhir_node *child = node->first;

	for (size_t i = 0; i < node->type->element_count; i++) {
		const struct fhir_element *element = &node->type->elements[i];
		uint32_t count = 0;
		for (; child && child->element == element; child = child->next)
			count++;
		if (count < element->min)
			tell(issues, node, "required", element->name, "is missing");
		if (count > element->max)
			tell(issues, node, "structure", element->name, "has more repetitions than allowed");
	}
	ASSERT(!child);
}

static void check_node(const struct fhir_node *node, struct issues *issues)
{
	if (!node_has_content(node)) {
		tell(issues, node, "structure", SLICE_NONE, "an element must have a value or content");
		return;
	}
	check_counts(node, issues);
	for (const struct fhir_node *child = node->first; child; child = child->next)
		check_node(child, issues);
}

bool fhir_node_check(const struct fhir_node *root, struct issues *issues)
{
	size_t errors = issues->error_count;

	check_node(root, issues);
	return issues->error_count == errors;
}
