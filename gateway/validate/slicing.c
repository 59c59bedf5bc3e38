/* SPDX-License-Identifier: Apache-2.0 */
/* FHIR, "Profiling FHIR", section "Slicing": which slice each element is, then each slice as a group of its own. */
#include "validate/profile.h"

static const struct definition *find_slice(struct conforming *conforming, const struct definition *definition,
					   const struct fhir_node *node)
{
	const struct definition *unclear = NULL;

	for (const struct definition *slice = definition->slices; slice; slice = slice->next) {
		enum fhirpath_answer answer = FHIRPATH_NO;

		if (run_spend(conforming->run, 1))
			answer = slice_matches(conforming, definition, slice, node);
		if (answer == FHIRPATH_YES)
			return slice;
		if (answer == FHIRPATH_NOT_HELD)
			unclear = slice;
	}
	if (unclear)
		conforming_issue(conforming, node, ISSUE_WARNING, "not-supported", SLICE_NONE,
				 "whether it is the slice \"%.*s\" cannot be told", SLICE_ARG(unclear->slice_name));
	return NULL;
}

/** One that is in no slice, where that is not allowed. */
static void check_unsliced(struct conforming *conforming, const struct slicing *slicing, const struct fhir_node *node,
			   bool is_last)
{
	if (slicing->rules == SLICING_CLOSED)
		conforming_issue(conforming, node, ISSUE_ERROR, "structure", SLICE_NONE, "it is none of the slices allowed here");
	if (slicing->rules == SLICING_OPEN_AT_END && !is_last)
		conforming_issue(conforming, node, ISSUE_ERROR, "structure", SLICE_NONE,
				 "what is in no slice must stand at the end");
}

static size_t rank_of(const struct definition *definition, const struct definition *slice)
{
	size_t rank = 0;

	for (const struct definition *one = definition->slices; one != slice; one = one->next)
		rank++;
	return rank;
}

static void check_rules(struct conforming *conforming, const struct definition *definition, const struct fhir_node *const *nodes,
			const struct definition *const *found, size_t count)
{
	const struct slicing *slicing = definition->slicing;
	size_t before = 0, end = count;

	while (end > 0 && !found[end - 1])
		end--;
	for (size_t i = 0; slicing && i < count; i++) {
		size_t rank = found[i] ? rank_of(definition, found[i]) : before;

		if (!found[i])
			check_unsliced(conforming, slicing, nodes[i], i >= end);
		if (slicing->ordered && rank < before)
			conforming_issue(conforming, nodes[i], ISSUE_ERROR, "structure", SLICE_NONE,
					 "the slice \"%.*s\" stands out of order", SLICE_ARG(found[i]->slice_name));
		before = rank;
	}
}

bool slices_check(struct conforming *conforming, const struct fhir_node *parent, const struct definition *definition,
		  const struct fhir_node *const *nodes, size_t count)
{
	struct arena *work = conforming->run->work;
	const struct definition **found = arena_new_array(work, const struct definition *, count + 1);
	const struct fhir_node **members = arena_new_array(work, const struct fhir_node *, count + 1);

	if (!found || !members)
		return run_exhaust(conforming->run);
	for (size_t i = 0; i < count; i++)
		found[i] = find_slice(conforming, definition, nodes[i]);
	check_rules(conforming, definition, nodes, found, count);
	for (const struct definition *slice = definition->slices; slice; slice = slice->next) {
		size_t member_count = 0;

		if (!run_spend(conforming->run, count + 1))
			return true;
		for (size_t i = 0; i < count; i++)
			if (found[i] == slice)
				members[member_count++] = nodes[i];
		if (!group_check(conforming, parent, slice, members, member_count))
			return false;
	}
	return true;
}
