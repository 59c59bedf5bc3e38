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

/** The type in "Type/id", "http://server/base/Type/id", each maybe with "/_history/1"; NULL: the reference does not tell. */
static const struct fhir_type *told_type(const struct run *run, struct slice reference)
{
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

/** What the reference leads to inside the document; NULL: it leads out of it. */
static const struct fhir_type *found_type(const struct run *run, struct slice reference)
{
	const struct fhir_node *found = NULL;

	if (slice_equal(reference, SLICE("#")))
		return run->container->type;
	if (slice_starts(reference, SLICE("#")))
		found = find_contained(run, slice_from(reference, 1));
	else if (run->bundle)
		found = bundle_find(run->bundle, entry_url(run), reference);
	return found ? found->type : NULL;
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
	const struct fhir_type *found = found_type(run, reference), *told = found ? NULL : told_type(run, reference);
	if (found)
		check_type(run, node, ISSUE_ERROR, found);
	/* Out of the document only the text of the reference tells, which proves nothing. */
	if (told)
		check_type(run, node, ISSUE_WARNING, told);
}
