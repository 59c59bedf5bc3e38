/* SPDX-License-Identifier: Apache-2.0 */
/* $apply on PlanDefinition and ActivityDefinition: the room apply does it; here are its parameters, and what it may look up. */
#include "api/answer.h"
#include "api/input.h"
#include "api/operation.h"
#include "api/published.h"
#include "api/stored.h"
#include "api/validation.h"
#include "cannula/apply.h"
#include "cannula/validate.h"

#include <string.h>

#define ISSUES_MAX 100u
#define PARAMETERS_MAX 16u

struct applying {
	struct api_call *call;
	struct input input;
	const struct fhir_node *definition;
	struct apply_parameter parameters[PARAMETERS_MAX];
	size_t count;
	struct slice subjects[INPUT_VALUES_MAX];
	size_t subject_count;
	struct apply_parameter *subject; /**< among the parameters */
	uint64_t started_us;
};

static bool refuse(struct api_call *call, unsigned status, const char *code, struct slice text, struct slice hint)
{
	answer_error(call, status, code, text, hint);
	return false;
}

/* ---- the definition ---- */

static bool find_canonical(struct api_call *call, struct slice canonical, const struct fhir_node **out)
{
	struct error err = { 0 };
	struct fhir_node *found;

	if (!stored_canonical(call, call->route.type, canonical, &found, &err)) {
		answer_failure(call, &err);
		return false;
	}
	*out = found;
	return found || refuse(call, 404, "not-found",
			       arena_printf(call->request->arena, "There is no %.*s with the url %.*s",
					    SLICE_ARG(call->route.type), SLICE_ARG(canonical)),
			       SLICE_NONE);
}

/** On an instance the stored one; else the one that was sent, or by R5's `url` and `version`. */
static bool definition_find(struct applying *applying)
{
	struct api_call *call = applying->call;
	struct slice url = input_text(&applying->input, SLICE("url")), version = input_text(&applying->input, SLICE("version"));
	bool is_plan = slice_equal(call->route.type, SLICE("PlanDefinition"));
	const struct fhir_node *sent =
	    input_node(&applying->input, is_plan ? SLICE("planDefinition") : SLICE("activityDefinition"));
	struct fhir_node *stored;

	if (call->route.place == ROUTE_INSTANCE_OPERATION) {
		if (sent || url.ptr)
			return refuse(call, 400, "invalid", SLICE("The path names the definition already"),
				      SLICE("Send another definition to [base]/Type/$apply."));
		bool found = stored_instance(call, &stored);
		applying->definition = stored;
		return found;
	}
	applying->definition = sent;
	if (sent && !slice_equal(sent->type->name, call->route.type))
		return refuse(call, 400, "invalid",
			      arena_printf(call->request->arena, "The definition is a %.*s", SLICE_ARG(sent->type->name)),
			      SLICE_NONE);
	if (sent)
		return true;
	if (!url.ptr)
		return refuse(call, 400, "required", SLICE("There is no definition to apply"),
			      SLICE("Send it as a parameter, or ask [base]/Type/id/$apply."));
	if (version.ptr)
		url = arena_printf(call->request->arena, "%.*s|%.*s", SLICE_ARG(url), SLICE_ARG(version));
	return find_canonical(call, url, &applying->definition);
}

/* ---- parameters ---- */

/** A text that stands for a reference: its resource is looked up. */
static bool reference_take(struct applying *applying, struct apply_parameter *out, struct slice text)
{
	struct error err = { 0 };
	struct fhir_node *resource;

	out->reference = text;
	if (stored_reference(applying->call, text, &resource, &err)) {
		out->node = resource;
		return true;
	}
	answer_failure(applying->call, &err);
	return false;
}

/** Whether the operation has a result for each subject: FHIR leaves open what several subjects of one result are. */
static bool has_many_results(const struct fhir_node *definition)
{
	const struct fhir_node *each = fhir_node_child(definition, SLICE("parameter"));

	while (each && !slice_equal(fhir_node_text(each, SLICE("use")), SLICE("out")))
		each = fhir_node_again(each);
	return each && slice_equal(fhir_node_text(each, SLICE("max")), SLICE("*"));
}

static bool is_subject(const struct apply_parameter *parameter)
{
	return slice_equal(parameter->name, SLICE("subject"));
}

static bool parameter_take(struct applying *applying, const struct fhir_node *definition)
{
	struct apply_parameter *out = &applying->parameters[applying->count];
	struct slice texts[INPUT_VALUES_MAX];
	size_t count;

	*out = (struct apply_parameter){ .name = fhir_node_text(definition, SLICE("name")) };
	count = input_texts(&applying->input, out->name, texts);
	if (count > 1 && !(is_subject(out) && has_many_results(definition->parent)))
		return refuse(
		    applying->call, 422, "not-supported",
		    arena_printf(applying->call->request->arena, "$apply is for one %.*s at a time", SLICE_ARG(out->name)),
		    SLICE("Ask once for each of them, or in a batch."));
	applying->count++;
	if (is_subject(out)) {
		applying->subject = out;
		applying->subject_count = count;
		memcpy(applying->subjects, texts, count * sizeof(*texts));
	}
	if (fhir_node_child(definition, SLICE("searchType")))
		return count == 0 || reference_take(applying, out, texts[0]);
	out->node = input_node(&applying->input, out->name);
	if (count == 1 && !out->node) {
		/* In a query, words stand for what they say. */
		struct fhir_node *concept = fhir_node_new(applying->call->worker->scratch,
							  fhir_type_find(applying->call->base->schema, SLICE("CodeableConcept")));
		if (concept && fhir_node_add_value(applying->call->worker->scratch, concept, SLICE("text"), texts[0]))
		out->node = concept;
	}
	return true;
}

/** The subject first: results are named after it. Those that say which definition is meant are no names in expressions. */
static bool parameters_take(struct applying *applying)
{
	const struct fhir_node *definition =
	    published_operation(&applying->call->api->published[applying->call->route.version], applying->call->operation);
	const struct fhir_node *each = fhir_node_child(definition, SLICE("parameter"));

	for (; each; each = fhir_node_again(each)) {
		struct slice type = fhir_node_text(each, SLICE("type"));
		bool is_context = fhir_node_child(each, SLICE("searchType")) || slice_equal(type, SLICE("CodeableConcept"));
		if (!is_context || !slice_equal(fhir_node_text(each, SLICE("use")), SLICE("in")))
			continue;
		ASSERT(applying->count < PARAMETERS_MAX);
		if (!parameter_take(applying, each))
			return false;
	}
	return true;
}

/* ---- applying ---- */

static bool find(void *context, const struct slice *types, size_t type_count, struct slice canonical,
		 const struct fhir_node **out, struct error *err)
{
	struct fhir_node *found = NULL;

	for (size_t i = 0; i < type_count && !found; i++)
		if (served_type_find(((struct api_call *)context)->base, types[i]) &&
		    !stored_canonical(context, types[i], canonical, &found, err))
			return false;
	*out = found;
	return true;
}

/** What is not as FHIR asks is not answered: the definition, or the subject, does not fit. Errors join what was said already. */
static bool result_check(struct api_call *call, const struct fhir_node *result, struct issues *issues, struct error *err)
{
	const struct validator *validator;
	struct issues found;

	issues_init(&found, call->worker->scratch, ISSUES_MAX);
	if (!validation_validator(call->api, call->route.version, &validator, err) ||
	    !validate_resource(validator, result, &found, err))
		return false;
	for (const struct issue *issue = found.first; issue; issue = issue->next)
		if (issue->severity >= ISSUE_ERROR)
			issue_add(issues, issue->severity, issue->code, issue->expression, 0, 0, "%.*s", SLICE_ARG(issue->text));
	return true;
}

/** False: the call has been answered. */
static bool result_make(struct applying *applying, struct fhir_node **out)
{
	struct api_call *call = applying->call;
	const struct apply_rules *rules = call->api->apply_rules[call->route.version];
	struct apply_request request = {
		.definition = applying->definition,
		.parameters = applying->parameters,
		.parameter_count = applying->count,
		.now_ms = time_now_ms(),
		.find = find,
		.context = call,
	};
	struct error err = { 0 };
	struct issues issues;

	issues_init(&issues, call->worker->scratch, ISSUES_MAX);
	if (!apply_definition(rules, call->worker->scratch, &request, &issues, out, &err) ||
	    (*out && !result_check(call, *out, &issues, &err))) {
		answer_failure(call, &err);
		return false;
	}
	if (*out && !issues.error_count)
		return true;
	answer_issues(call, 422, &issues);
	return false;
}

/** Of several subjects, as of one, in a time. */
static bool subject_next(struct applying *applying, size_t index)
{
	uint64_t spent_ms = (time_monotonic_us() - applying->started_us) / 1000;

	if (spent_ms > APPLY_TIME_MAX_MS)
		return refuse(applying->call, 422, "too-costly",
			      arena_printf(applying->call->request->arena, "$apply took %llu ms for %zu of %zu subjects",
					   (unsigned long long)spent_ms, index, applying->subject_count),
			      SLICE("Ask for fewer subjects at once."));
	return reference_take(applying, applying->subject, applying->subjects[index]);
}

static bool result_add(struct applying *applying, struct fhir_node *parameters, const struct fhir_node *result)
{
	struct arena *arena = applying->call->worker->scratch;
	struct fhir_node *parameter = fhir_node_add(arena, parameters, SLICE("parameter"), NULL);
	struct error err = { 0 };

	if (parameter && fhir_node_add_value(arena, parameter, SLICE("name"), SLICE("return")) &&
	    fhir_node_copy(arena, result, parameter))
		return true;
	(void)!error_memory(&err);
	answer_failure(applying->call, &err);
	return false;
}

/** A result for each subject, in their order. */
static void answer_many(struct applying *applying)
{
	struct api_call *call = applying->call;
	struct fhir_node *result,
	    *parameters = fhir_node_new(call->worker->scratch, fhir_type_find(call->base->schema, SLICE("Parameters")));

	for (size_t i = 0; i < applying->subject_count; i++)
		if (!subject_next(applying, i) || !result_make(applying, &result) || !result_add(applying, parameters, result))
			return;
	answer_tree(call, 200, parameters);
}

static void operation_apply(struct api_call *call)
{
	struct applying applying = { .call = call, .started_us = time_monotonic_us() };
	struct fhir_node *result;

	if (!input_read(call, NULL, &applying.input) || !definition_find(&applying) || !parameters_take(&applying))
		return;
	if (applying.subject_count > 1)
		answer_many(&applying);
	else if (result_make(&applying, &result))
		answer_tree(call, 200, result);
}

#define APPLY_PARAMETERS                                                                                                         \
	"encounter", "organization", "practitioner", "setting", "settingContext", "subject", "userLanguage", "userTaskContext",  \
	    "userType"

static const char *const plan_types[] = { "PlanDefinition", NULL };
static const char *const plan_parameters[] = { APPLY_PARAMETERS, "url", "version", NULL };
static const char *const activity_types[] = { "ActivityDefinition", NULL };
static const char *const activity_parameters[] = { APPLY_PARAMETERS, NULL };

const struct api_operation operation_row_apply_plan = {
	.name = "$apply",
	.levels = OPERATION_TYPE | OPERATION_INSTANCE,
	.definition = "http://hl7.org/fhir/OperationDefinition/PlanDefinition-apply",
	.documentation = "The plan for one subject: a CarePlan with a RequestGroup (R4), a Bundle that begins with a "
			 "RequestOrchestration (R5); conditions and dynamic values in FHIRPath",
	.types = plan_types,
	.parameters = plan_parameters,
	.handler = operation_apply,
};

const struct api_operation operation_row_apply_activity = {
	.name = "$apply",
	.levels = OPERATION_TYPE | OPERATION_INSTANCE,
	.definition = "http://hl7.org/fhir/OperationDefinition/ActivityDefinition-apply",
	.documentation = "The activity for one subject: a draft resource of its kind; dynamic values in FHIRPath",
	.types = activity_types,
	.parameters = activity_parameters,
	.handler = operation_apply,
};
