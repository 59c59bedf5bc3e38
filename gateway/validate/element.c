/* SPDX-License-Identifier: Apache-2.0 */
/* The walk: every element by its own rules, then what it holds. The reader's limit on depth bounds the recursion. */
#include "validate/run.h"

static void check_least(struct run *run, const struct fhir_node *node)
{
	const struct fhir_type *type = node->type;

	for (size_t i = 0; i < type->element_count; i++) {
		const struct fhir_element *element = &type->elements[i];
		uint32_t count = 0;

		if (element->min == 0)
			continue;
		for (const struct fhir_node *child = node->first; child; child = child->next)
			count += child->element == element;
		if (count < element->min)
			run_issue(run, node, ISSUE_ERROR, "required", SLICE_NONE, "\"%.*s%s\" is missing (at least %u, here %u)",
				  SLICE_ARG(element->name), element->is_choice ? "[x]" : "", element->min, count);
	}
}

/** What single types ask that the tables do not say. */
static void check_type(struct run *run, const struct fhir_node *node)
{
	static const struct {
		const char *type;
		void (*check)(struct run *run, const struct fhir_node *node);
	} checks[] = {
		{ "Bundle", bundle_check },       { "Coding", coding_check }, { "Identifier", identifier_check },
		{ "Reference", reference_check }, { "uri", uri_check },       { "xhtml", narrative_check },
	};

	for (size_t i = 0; i < ARRAY_SIZE(checks); i++)
		if (fhir_type_is(node->type, slice_of(checks[i].type)))
			checks[i].check(run, node);
}

static bool check_one(struct run *run, const struct fhir_node *node)
{
	if (node->type->kind == FHIR_KIND_PRIMITIVE)
		format_check(run, node);
	if (node->type->kind != FHIR_KIND_PRIMITIVE)
		check_least(run, node);
	codes_check(run, node);
	check_type(run, node);
	bool done = invariants_check(run, node) && profiles_check(run, node);
	arena_reset(run->scratch);
	return done;
}

bool element_check(struct run *run, const struct fhir_node *node)
{
	struct run inner = run_enter(run, node);

	if (!check_one(&inner, node))
		return false;
	for (const struct fhir_node *child = node->first; child; child = child->next)
		if (!element_check(&inner, child))
			return false;
	return true;
}
