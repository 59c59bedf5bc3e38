/* SPDX-License-Identifier: Apache-2.0 */
/* FHIR, "Terminologies", section "Required": of a required binding's value set, as far as the package holds it completely. */
#include "validate/run.h"

#include <stdlib.h>

static int by_url(const void *key, const void *row)
{
	return slice_compare(*(const struct slice *)key, ((const struct value_set *)row)->url);
}

static const struct value_set *find_set(const struct validator *validator, struct slice canonical)
{
	struct slice url = slice_cut(&canonical, '|');

	return bsearch(&url, validator->value_sets, validator->value_set_count, sizeof(struct value_set), by_url);
}

/** Whether the set has `code`, in `system` when that is given. A row is TAB system TAB |a|b|c|. */
static bool has_code(struct run *run, const struct value_set *set, struct slice system, struct slice code)
{
	struct slice rows = set->rows, wanted = arena_printf(run->scratch, "|%.*s|", SLICE_ARG(code));

	while (rows.len) {
		struct slice row = slice_cut(&rows, '\n');

		(void)slice_cut(&row, '\t');
		struct slice row_system = slice_cut(&row, '\t');
		if (system.ptr && !slice_equal(system, row_system))
			continue;
		if (!wanted.ptr || slice_find(row, wanted) != SIZE_MAX)
			return true;
	}
	return false;
}

static void not_in_set(struct run *run, const struct fhir_node *node, const struct value_set *set, struct slice code)
{
	run_issue(run, node, ISSUE_ERROR, "code-invalid", SLICE_NONE, "\"%.*s\" is not in the required value set %.*s",
		  SLICE_ARG(code), SLICE_ARG(set->url));
}

static bool coding_fits(struct run *run, const struct fhir_node *coding, const struct value_set *set)
{
	struct slice system = fhir_node_text(coding, SLICE("system")), code = fhir_node_text(coding, SLICE("code"));

	return code.ptr && system.ptr && has_code(run, set, system, code);
}

static void check_coding(struct run *run, const struct fhir_node *coding, const struct value_set *set)
{
	if (fhir_node_child(coding, SLICE("code")) && !coding_fits(run, coding, set))
		not_in_set(run, coding, set, fhir_node_text(coding, SLICE("code")));
}

/** One of the codings has to be in the set. */
static void check_concept(struct run *run, const struct fhir_node *concept, const struct value_set *set)
{
	const struct fhir_node *first = fhir_node_child(concept, SLICE("coding"));

	for (const struct fhir_node *coding = first; coding; coding = fhir_node_again(coding))
		if (coding_fits(run, coding, set))
			return;
	if (first) {
		not_in_set(run, concept, set, fhir_node_text(first, SLICE("code")));
		return;
	}
	/* An extension may say why there is no code (data-absent-reason). */
	if (!fhir_node_child(concept, SLICE("extension")))
		run_issue(run, concept, ISSUE_ERROR, "code-invalid", SLICE_NONE,
			  "a code of the required value set %.*s is missing", SLICE_ARG(set->url));
}

void codes_check(struct run *run, const struct fhir_node *node)
{
	const struct value_set *set;

	if (!node->element || node->element->binding != FHIR_BINDING_REQUIRED)
		return;
	if (!(set = find_set(run->validator, node->element->value_set)))
		return;
	if (node->type->kind == FHIR_KIND_PRIMITIVE) {
		if (node->value.ptr && !has_code(run, set, SLICE_NONE, node->value))
			not_in_set(run, node, set, node->value);
		return;
	}
	if (slice_equal(node->type->name, SLICE("Coding")))
		check_coding(run, node, set);
	if (slice_equal(node->type->name, SLICE("CodeableConcept")))
		check_concept(run, node, set);
}
