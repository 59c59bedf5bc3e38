/* SPDX-License-Identifier: Apache-2.0 */
/* $validate: whether a resource is what its version of FHIR, and its profile, ask for; and whether it could be written as `mode`
 * says. Source: FHIR R4 and R5, resource-operation-validate.html. */
#include "api/answer.h"
#include "api/input.h"
#include "api/operation.h"
#include "api/stored.h"
#include "api/validation.h"
#include "cannula/validate.h"

#define ISSUES_MAX 200u

static bool refuse(struct api_call *call, const char *code, struct slice text, struct slice hint)
{
	answer_error(call, 400, code, text, hint);
	return false;
}

/** "Modes update and delete can only be used when the operation is invoked at the resource instance level." */
static bool mode_check(struct api_call *call, struct slice mode)
{
	static const struct {
		const char *mode;
		enum route_place place;
	} modes[] = { { "create", ROUTE_TYPE_OPERATION },
		      { "update", ROUTE_INSTANCE_OPERATION },
		      { "delete", ROUTE_INSTANCE_OPERATION },
		      { "profile", ROUTE_NOWHERE } };

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		if (!slice_equal(mode, slice_of(modes[i].mode)))
			continue;
		if (modes[i].place == ROUTE_NOWHERE || modes[i].place == call->route.place)
			return true;
		return refuse(call, "invalid", arena_printf(call->request->arena, "mode=%s is not asked here", modes[i].mode),
			      SLICE("create belongs to [base]/Type/$validate, update and delete to [base]/Type/id/$validate."));
	}
	return !mode.ptr || refuse(call, "code-invalid",
				   arena_printf(call->request->arena, "'%.*s' is not a mode of $validate", SLICE_ARG(mode)),
				   SLICE("Modes: create, update, delete, profile."));
}

/** What is looked at: what was sent, or on an instance the stored one. */
static bool resource_find(struct api_call *call, const struct input *input, struct slice mode, const struct fhir_node **out)
{
	const struct fhir_node *given = input->resource ? input->resource : input_node(input, SLICE("resource"));
	struct fhir_node *stored;

	*out = given;
	if (given && given->type->kind != FHIR_KIND_RESOURCE)
		return refuse(call, "invalid", SLICE("The parameter 'resource' is not a resource"), SLICE_NONE);
	if (given || call->route.place == ROUTE_TYPE_OPERATION)
		return given || refuse(call, "required", SLICE("There is nothing to validate"),
				       SLICE("Send the resource as body, or as the parameter 'resource'."));
	if (slice_equal(mode, SLICE("update")))
		return refuse(call, "required", SLICE("mode=update needs the resource that would be written"), SLICE_NONE);
	if (!stored_instance(call, &stored))
		return false;
	*out = stored;
	return true;
}

/** What is wrong with writing it here, whatever is in it. */
static void place_check(struct api_call *call, const struct fhir_node *resource, struct slice mode, struct issues *issues)
{
	struct slice id = fhir_node_text(resource, SLICE("id"));

	if (!slice_equal(resource->type->name, call->route.type))
		issue_add(issues, ISSUE_ERROR, "invalid", resource->type->name, 0, 0, "the resource is a %.*s, not a %.*s",
			  SLICE_ARG(resource->type->name), SLICE_ARG(call->route.type));
	if (slice_equal(mode, SLICE("update")) && !slice_equal(id, call->route.id))
		issue_add(issues, ISSUE_ERROR, "value", arena_printf(issues->arena, "%.*s.id", SLICE_ARG(resource->type->name)),
			  0, 0, "an update of %.*s needs the same id in the resource", SLICE_ARG(call->route.id));
}

static bool run(struct api_call *call, const struct input *input, const struct fhir_node *resource, struct issues *issues,
		struct error *err)
{
	struct slice profiles[INPUT_VALUES_MAX];
	struct validate_request request = { .profiles = profiles };
	const struct validator *validator;

	request.profile_count = input_texts(input, SLICE("profile"), profiles);
	return validation_validator(call->api, call->route.version, &validator, err) &&
	       validate_against(validator, resource, &request, issues, err);
}

static void operation_validate(struct api_call *call)
{
	const struct fhir_node *resource;
	struct error err = { 0 };
	struct issues issues;
	struct input input;

	if (!input_read(call, "resource", &input))
		return;
	struct slice mode = input_text(&input, SLICE("mode"));
	if (!mode_check(call, mode) || !resource_find(call, &input, mode, &resource))
		return;
	issues_init(&issues, call->worker->scratch, ISSUES_MAX);
	place_check(call, resource, mode, &issues);
	/* "delete: The server ignores the content": here everything may be deleted. */
	if (!slice_equal(mode, SLICE("delete")) && !run(call, &input, resource, &issues, &err)) {
		answer_failure(call, &err);
		return;
	}
	if (issues.count == 0)
		issue_add(&issues, ISSUE_INFORMATION, "informational", SLICE_NONE, 0, 0, "All OK");
	answer_issues(call, 200, &issues);
}

static const char *const parameters[] = { "mode", "profile", NULL };

const struct api_operation operation_row_validate = {
	.name = "$validate",
	.levels = OPERATION_TYPE | OPERATION_INSTANCE,
	.definition = "http://hl7.org/fhir/OperationDefinition/Resource-validate",
	.documentation = "Whether a resource is as its version of FHIR and its profiles ask, and could be written here",
	.parameters = parameters,
	.handler = operation_validate,
};
