/* SPDX-License-Identifier: Apache-2.0 */
/* The invariants of a type, of the types it is based on, and of the element that holds it. */
#include "validate/run.h"

#include <string.h>

#define PATH_BYTES 200

/** An evaluation that ran into a limit says so; one the expression has no answer for (a type it did not expect) is broken. */
static bool holds(struct run *run, const struct rule *rule, const struct fhir_node *node, struct error *wrong)
{
	struct fhirpath_context context = run_context(run);
	struct fhirpath_result result;

	if (!fhirpath_eval_node(run->scratch, rule->program, &context, node, &result, wrong))
		return false;
	/* Nothing is no refusal: an invariant about an element that is not there has no answer. */
	return !(result.count == 1 && slice_equal(fhirpath_item_text(&result.items[0]), SLICE("false")));
}

bool rule_check(struct run *run, const struct rule *rule, const struct fhir_node *node)
{
	struct error wrong = { 0 };

	if (!rule->program || holds(run, rule, node, &wrong))
		return true;
	if (wrong.code == ERROR_MEMORY)
		return error_memory(run->err);
	if (wrong.code == ERROR_NONE)
		run_issue(run, node, rule->severity, "invariant", rule->key, "%.*s", SLICE_ARG(rule->text));
	else if (wrong.code == ERROR_LIMIT)
		run_issue(run, node, ISSUE_WARNING, "too-costly", rule->key, "the rule takes too long here: %.*s",
			  SLICE_ARG(rule->text));
	else
		run_issue(run, node, rule->severity, "invariant", rule->key, "%s: %.*s", wrong.message, SLICE_ARG(rule->text));
	return true;
}

static bool check_path(struct run *run, struct slice path, const struct fhir_node *node)
{
	size_t count;
	const struct rule *rules = rules_of(run->validator, path, &count);

	for (size_t i = 0; i < count; i++)
		if (!rule_check(run, &rules[i], node))
			return false;
	return true;
}

/** Rules of "Type.element", where Type is the parent's type or one it is based on. */
static bool check_element_rules(struct run *run, const struct fhir_node *node)
{
	char path[PATH_BYTES];

	for (const struct fhir_type *owner = node->parent->type; owner; owner = owner->base) {
		int length = snprintf(path, sizeof(path), "%.*s.%.*s%s", SLICE_ARG(owner->name), SLICE_ARG(node->element->name),
				      node->element->is_choice ? "[x]" : "");

		if (length < 0 || (size_t)length >= sizeof(path) || slice_equal(slice_of(path), node->type->name))
			continue;
		if (!check_path(run, slice_of(path), node))
			return false;
	}
	return true;
}

bool invariants_check(struct run *run, const struct fhir_node *node)
{
	for (const struct fhir_type *type = node->type; type; type = type->base)
		if (!check_path(run, type->name, node))
			return false;
	return !node->parent || !node->element || check_element_rules(run, node);
}
