/* SPDX-License-Identifier: Apache-2.0 */
/* What was made becomes one result: R4 contains it all in a CarePlan, R5 lists it in a Bundle (OperationDefinition
 * PlanDefinition-apply). */
#include "apply/run.h"

#include <string.h>

#define MADE_MAX (2u * APPLY_ACTIONS_MAX)
#define CONTAINER SLICE("CarePlan")
#define PLAN SLICE("PlanDefinition")

/** A result that contains what was made, rather than listing it. */
static bool is_contained(const struct apply_run *run)
{
	return fhir_schema_version(run->schema) == FHIR_R4;
}

struct slice apply_group_type(const struct apply_run *run)
{
	return is_contained(run) ? SLICE("RequestGroup") : SLICE("RequestOrchestration");
}

/** The name of a resource in a Bundle: the same call at the same time gives the same. */
static struct slice urn_make(struct apply_run *run, struct slice type)
{
	const struct apply_request *request = run->request;
	char uuid[DIGEST_UUID_SIZE];
	uint8_t digest[DIGEST_BYTES];
	struct slice subject = request->parameter_count ? request->parameters[0].reference : SLICE_NONE;
	struct slice name = arena_printf(run->arena, "%.*s %.*s %.*s %lld %zu", SLICE_ARG(type), SLICE_ARG(subject),
					 SLICE_ARG(fhir_node_text(request->definition, SLICE("url"))), (long long)request->now_ms,
					 run->made_count);

	digest_sha256(name, digest);
	digest_uuid(digest, uuid);
	return arena_printf(run->arena, "urn:uuid:%s", uuid);
}

static bool name_contained(struct apply_run *run, struct fhir_node *resource, struct slice *reference)
{
	struct slice id = arena_printf(run->arena, "%.*s-%zu", SLICE_ARG(resource->type->name), run->made_count + 1);

	*reference = arena_printf(run->arena, "#%.*s", SLICE_ARG(id));
	return (reference->ptr && fhir_node_add_value(run->arena, resource, SLICE("id"), id)) || error_memory(run->err);
}

bool apply_make(struct apply_run *run, struct slice type, struct fhir_node **out, struct slice *reference)
{
	if (!run->made) {
		run->made = arena_new_array(run->arena, struct fhir_node *, MADE_MAX);
		run->references = arena_new_array(run->arena, struct slice, MADE_MAX);
	}
	*out = fhir_node_new(run->arena, fhir_type_find(run->schema, type));
	if (!run->made || !run->references || !*out)
		return error_memory(run->err);
	if (run->made_count == MADE_MAX)
		return error_set(run->err, ERROR_LIMIT, "", "more than %u resources would be made", MADE_MAX);
	if (is_contained(run) && !name_contained(run, *out, reference))
		return false;
	if (!is_contained(run))
		*reference = urn_make(run, type);
	run->made[run->made_count] = *out;
	run->references[run->made_count++] = *reference;
	return reference->ptr || error_memory(run->err);
}

/** Nothing when there is nothing to say. */
static struct fhir_node *outcome_make(struct apply_run *run)
{
	return run->issues->count ? issues_outcome(run->arena, run->schema, run->issues) : NULL;
}

static bool contain(struct apply_run *run, struct fhir_node *container, const struct fhir_node *resource)
{
	return fhir_node_copy(run->arena, resource, container) || error_memory(run->err);
}

/** The outcome goes into `resource`, where the table has a place for it. `*kept` false: there is none. */
static bool keep_outcome(struct apply_run *run, struct fhir_node *resource, bool *kept)
{
	struct fhir_node *outcome = outcome_make(run);
	bool is_named = apply_rules_have(run->rules, SLICE("OperationOutcome"), resource->type->name);
	bool is_told = apply_rules_have(run->rules, SLICE("OperationOutcome.issue"), resource->type->name);

	*kept = !outcome || is_named || is_told;
	if (!outcome || !*kept)
		return true;
	if (!fhir_node_set_value(run->arena, outcome, SLICE("id"), SLICE("outcome")))
		return error_memory(run->err);
	if (is_named)
		return contain(run, resource, outcome) && apply_fill(run, outcome, resource);
	for (const struct fhir_node *issue = fhir_node_child(outcome, SLICE("issue")); issue; issue = fhir_node_again(issue))
		if (!apply_fill(run, issue, resource))
			return false;
	return true;
}

static bool finish_contained(struct apply_run *run, const struct apply_frame *frame, struct fhir_node **out)
{
	struct fhir_node *container = fhir_node_new(run->arena, fhir_type_find(run->schema, CONTAINER));
	bool kept;

	*out = container;
	if (!container)
		return error_memory(run->err);
	for (size_t i = 0; i < run->made_count; i++)
		if (!contain(run, container, run->made[i]))
			return false;
	if (!apply_fill(run, frame->definition, container) || !keep_outcome(run, container, &kept))
		return false;
	ASSERT(kept);
	return fhir_narrative_generate(run->arena, run->schema, container, run->err);
}

static bool list(struct apply_run *run, struct fhir_node *bundle, size_t index)
{
	struct fhir_node *entry = fhir_node_add(run->arena, bundle, SLICE("entry"), NULL);

	if (!fhir_narrative_generate(run->arena, run->schema, run->made[index], run->err))
		return false;
	return (entry && fhir_node_add_value(run->arena, entry, SLICE("fullUrl"), run->references[index]) &&
		fhir_node_copy(run->arena, run->made[index], entry)) ||
	       error_memory(run->err);
}

static bool finish_bundle(struct apply_run *run, struct fhir_node **out)
{
	struct fhir_node *bundle = fhir_node_new(run->arena, fhir_type_find(run->schema, SLICE("Bundle")));
	struct fhir_node *outcome = outcome_make(run);

	*out = bundle;
	if (!bundle || !fhir_node_add_value(run->arena, bundle, SLICE("type"), SLICE("collection")))
		return error_memory(run->err);
	for (size_t i = 0; i < run->made_count; i++)
		if (!list(run, bundle, i))
			return false;
	if (!outcome)
		return true;
	struct fhir_node *issues = fhir_node_add(run->arena, bundle, SLICE("issues"), outcome->type);
	return (issues && fhir_node_assign(run->arena, issues, outcome)) || error_memory(run->err);
}

/** An activity's result is the resource itself. */
static bool finish_activity(struct apply_run *run, struct fhir_node **out)
{
	struct fhir_node *resource = run->made[0], *id = fhir_node_child(resource, SLICE("id"));
	bool kept;

	if (id)
		fhir_node_remove(id);
	if (!keep_outcome(run, resource, &kept))
		return false;
	*out = kept ? resource : NULL;
	if (kept)
		return fhir_narrative_generate(run->arena, run->schema, resource, run->err);
	issue_add(run->issues, ISSUE_ERROR, "not-supported", SLICE_NONE, 0, 0,
		  "the result is a %.*s, which has no place for what has to be said of it", SLICE_ARG(resource->type->name));
	return true;
}

bool apply_finish(struct apply_run *run, const struct apply_frame *frame, struct fhir_node **out)
{
	if (!slice_equal(frame->definition->type->name, PLAN))
		return finish_activity(run, out);
	return is_contained(run) ? finish_contained(run, frame, out) : finish_bundle(run, out);
}
