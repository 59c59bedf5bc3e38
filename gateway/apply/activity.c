/* SPDX-License-Identifier: Apache-2.0 */
/* An ActivityDefinition becomes the resource of its kind: the table's rows, then its dynamic values. */
#include "apply/run.h"

/** Within a plan the action gets a task instead, so that it is a warning there. */
static void refuse(struct apply_run *run, const struct apply_frame *frame, const struct fhir_node *at, const char *code,
		   const char *why)
{
	issue_add(run->issues, frame->outer ? ISSUE_WARNING : ISSUE_ERROR, code, fhir_node_path(run->arena, at), 0, 0, "%s%s%.*s",
		  why, at->value.ptr ? ": " : "", SLICE_ARG(at->value));
}

/** Whether the definition asks for something that is done here. */
static bool can_make(struct apply_run *run, const struct apply_frame *frame)
{
	const struct fhir_node *definition = frame->definition;
	const struct fhir_node *kind = fhir_node_child(definition, SLICE("kind"));
	const struct fhir_node *transform = fhir_node_child(definition, SLICE("transform"));

	if (transform) {
		refuse(run, frame, transform, "not-supported", "a transform by a StructureMap is not carried out here");
		return false;
	}
	if (kind && apply_kind_known(run->rules, kind->value))
		return true;
	refuse(run, frame, kind ? kind : definition, kind ? "not-supported" : "required",
	       kind ? "profiles/apply has no rows for activities of this kind" : "the activity does not say of which kind it is");
	return false;
}

bool apply_activity(struct apply_run *run, const struct apply_frame *frame, struct fhir_node **out, struct slice *reference)
{
	const struct fhir_node *definition = frame->definition;

	*out = NULL;
	if (!can_make(run, frame))
		return true;
	return apply_scope_set_text(run, NAME_CANONICAL, frame->canonical) &&
	       apply_make(run, fhir_node_text(definition, SLICE("kind")), out, reference) && apply_fill(run, definition, *out) &&
	       apply_dynamic_values(run, definition, definition, *out, NULL);
}

/* ---- dynamic values ---- */

static bool cut_head(struct slice *path, struct slice head)
{
	struct slice rest = slice_starts(*path, SLICE("%")) ? slice_from(*path, 1) : *path;

	if (!slice_starts(rest, head) || rest.len <= head.len || rest.ptr[head.len] != '.')
		return false;
	*path = slice_from(rest, head.len + 1);
	return true;
}

/** "action.title" is the action's, "title" or "ServiceRequest.title" the resource's; an action without resource takes all. */
static struct fhir_node *aim(struct slice *path, struct fhir_node *resource, struct fhir_node *action)
{
	if (action && cut_head(path, SLICE("action")))
		return action;
	if (resource)
		cut_head(path, resource->type->name);
	return resource ? resource : action;
}

static bool dynamic_value(struct apply_run *run, const struct fhir_node *value, const struct fhir_node *focus,
			  struct fhir_node *resource, struct fhir_node *action)
{
	const struct fhir_node *expression = fhir_node_child(value, SLICE("expression"));
	struct slice path = fhir_node_text(value, SLICE("path"));
	struct fhirpath_result result;
	struct error wrong = { 0 };
	bool known;

	if (!expression || !path.ptr) {
		issue_add(run->issues, ISSUE_WARNING, "required", fhir_node_path(run->arena, value), 0, 0,
			  "a dynamic value needs a path and an expression");
		return true;
	}
	if (!apply_expression(run, expression, focus, &known, &result))
		return false;
	struct fhir_node *target = aim(&path, resource, action);
	if (!known || !target || apply_assign(run->arena, target, path, &result, &wrong))
		return true;
	if (wrong.code == ERROR_MEMORY)
		return error_memory(run->err);
	issue_add(run->issues, ISSUE_WARNING, "value", fhir_node_path(run->arena, value), 0, 0, "the value was left out: %s",
		  wrong.message);
	return true;
}

bool apply_dynamic_values(struct apply_run *run, const struct fhir_node *holder, const struct fhir_node *focus,
			  struct fhir_node *resource, struct fhir_node *action)
{
	const struct fhir_node *value = fhir_node_child(holder, SLICE("dynamicValue"));

	for (; value; value = fhir_node_again(value))
		if (!dynamic_value(run, value, focus, resource, action))
			return false;
	return true;
}
