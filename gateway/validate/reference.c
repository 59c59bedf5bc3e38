/* SPDX-License-Identifier: Apache-2.0 */
/* FHIR, "References between Resources": a contained resource must be there, and a target must have an allowed type. */
#include "validate/run.h"

#define HISTORY SLICE("_history")

static const struct fhir_node *find_contained(const struct run *run, struct slice id)
{
	for (const struct fhir_node *one = fhir_node_child(run->container, SLICE("contained")); one; one = fhir_node_again(one))
		if (slice_equal(fhir_node_text(one, SLICE("id")), id))
			return one;
	return NULL;
}

const struct fhir_type *reference_told_type(const struct run *run, const struct fhir_node *node)
{
	struct slice reference = fhir_node_text(node, SLICE("reference"));
	struct slice last = SLICE_NONE, before = SLICE_NONE;

	while (reference.ptr) {
		struct slice part = slice_cut(&reference, '/');

		if (slice_equal(part, HISTORY))
			break;
		before = last;
		last = part;
	}
	const struct fhir_type *type = before.len ? fhir_type_find(run->validator->schema, before) : NULL;
	return type && type->kind == FHIR_KIND_RESOURCE ? type : NULL;
}

static struct slice entry_url(const struct run *run)
{
	const struct fhir_node *entry = run->container->parent;

	return entry ? fhir_node_text(entry, SLICE("fullUrl")) : SLICE_NONE;
}

const struct fhir_node *reference_target(const struct run *run, const struct fhir_node *node)
{
	struct slice reference = fhir_node_text(node, SLICE("reference"));

	if (!reference.ptr)
		return NULL;
	if (slice_equal(reference, SLICE("#")))
		return run->container;
	if (slice_starts(reference, SLICE("#")))
		return find_contained(run, slice_from(reference, 1));
	return run->bundle ? bundle_find(run->bundle, entry_url(run), reference) : NULL;
}

static bool is_allowed(const struct fhir_element *element, const struct fhir_type *type)
{
	if (!element || element->target_count == 0)
		return true;
	for (size_t i = 0; i < element->target_count; i++)
		if (fhir_type_is(type, element->targets[i]))
			return true;
	return false;
}

static void check_type(struct run *run, const struct fhir_node *node, enum issue_severity severity, const struct fhir_type *type)
{
	struct slice said = fhir_node_text(node, SLICE("type"));

	if (!is_allowed(node->element, type))
		run_issue(run, node, severity, "structure", SLICE_NONE, "a reference to %.*s is not allowed here",
			  SLICE_ARG(type->name));
	const struct fhir_type *said_type = said.ptr ? fhir_type_find(run->validator->schema, said) : NULL;
	if (said_type && said_type != type)
		run_issue(run, node, severity, "structure", SLICE_NONE, "the reference says type %.*s and leads to %.*s",
			  SLICE_ARG(said), SLICE_ARG(type->name));
}

void reference_check(struct run *run, const struct fhir_node *node)
{
	struct slice reference = fhir_node_text(node, SLICE("reference"));
	bool contained = slice_starts(reference, SLICE("#")) && reference.len > 1;

	if (!reference.ptr)
		return;
	if (contained && !find_contained(run, slice_from(reference, 1))) {
		run_issue(run, node, ISSUE_ERROR, "not-found", SLICE_NONE, "no contained resource has the id of \"%.*s\"",
			  SLICE_ARG(reference));
		return;
	}
	const struct fhir_node *found = reference_target(run, node);
	const struct fhir_type *told = found ? NULL : reference_told_type(run, node);
	if (found)
		check_type(run, node, ISSUE_ERROR, found->type);
	/* Out of the document only the text of the reference tells, which proves nothing. */
	if (told)
		check_type(run, node, ISSUE_WARNING, told);
}
