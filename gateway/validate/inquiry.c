/* SPDX-License-Identifier: Apache-2.0 */
/* memberOf() and conformsTo(): FHIR, "FHIRPath", section "Additional functions". */
#include "validate/profile.h"

#define INQUIRIES_MAX 4u

static enum fhirpath_answer member_of(struct run *run, const struct fhirpath_item *item, struct slice value_set)
{
	struct slice code;

	if (item->kind == FHIRPATH_NODE)
		return codes_fit(run, item->node, value_set, &code);
	return item->kind == FHIRPATH_STRING ? value_set_has(run, value_set, SLICE_NONE, item->text) : FHIRPATH_NOT_HELD;
}

/** A run of its own, in memory of its own: the expression that asks is still using the other's. */
static enum fhirpath_answer conforms(const struct run *asking, const struct fhirpath_item *item, struct slice canonical)
{
	const struct held *held = catalogue_find(&asking->validator->knowledge.profiles, canonical);
	enum fhirpath_answer answer = FHIRPATH_NOT_HELD;
	struct run run = *asking;

	if (!held || run.inquiries++ == INQUIRIES_MAX)
		return FHIRPATH_NOT_HELD;
	if (item->kind != FHIRPATH_NODE)
		return FHIRPATH_NO;
	if (run_open(&run)) {
		run.is_profile = true;
		answer = profile_fits(&run, held->profile, item->node) ? FHIRPATH_YES : FHIRPATH_NO;
	}
	run_close(&run);
	return run.spending->is_over ? FHIRPATH_NOT_HELD : answer;
}

enum fhirpath_answer inquiry_member_of(void *knowledge, const struct fhirpath_item *item, struct slice value_set)
{
	return member_of(knowledge, item, value_set);
}

enum fhirpath_answer inquiry_conforms_to(void *knowledge, const struct fhirpath_item *item, struct slice profile)
{
	return conforms(knowledge, item, profile);
}

/* ---- outside a validation ---- */

static enum fhirpath_answer ask_member_of(void *knowledge, const struct fhirpath_item *item, struct slice value_set)
{
	struct run run = { .validator = knowledge };

	return member_of(&run, item, value_set);
}

static void find_surroundings(struct run *run, const struct fhir_node *node)
{
	const struct fhir_node *path[64];
	size_t count = 0;

	for (; node && count < ARRAY_SIZE(path); node = node->parent)
		path[count++] = node;
	run->resource = run->container = path[count - 1];
	while (count > 0)
		*run = run_enter(run, path[--count]);
}

/** A resource or element conforms to a profile when it is also what the specification asks. */
static enum fhirpath_answer ask_conforms_to(void *knowledge, const struct fhirpath_item *item, struct slice profile)
{
	struct spending spending = { 0 };
	struct error err = { 0 };
	struct run run = { .validator = knowledge, .spending = &spending, .err = &err };
	enum fhirpath_answer answer = FHIRPATH_NO;
	struct issues issues;

	if (item->kind != FHIRPATH_NODE)
		return catalogue_find(&run.validator->knowledge.profiles, profile) ? FHIRPATH_NO : FHIRPATH_NOT_HELD;
	find_surroundings(&run, item->node);
	if (run_open(&run)) {
		issues_init(&issues, run.work, 0);
		run.issues = &issues;
		bool done = element_check(&run, item->node);
		answer = conforms(&run, item, profile);
		if (answer == FHIRPATH_YES && (!done || issues.error_count > 0))
			answer = FHIRPATH_NO;
	}
	run_close(&run);
	return answer;
}

void validator_inform(const struct validator *validator, struct fhirpath_context *context)
{
	context->member_of = ask_member_of;
	context->conforms_to = ask_conforms_to;
	context->knowledge = (void *)validator;
}
