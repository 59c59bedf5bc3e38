/* SPDX-License-Identifier: Apache-2.0 */
/* A PlanDefinition becomes a group of actions: those that apply, each with the resource that its definition asks for. */
#include "apply/run.h"

/** What carries out an action that no definition describes. */
#define STEP_TYPE SLICE("Task")

struct planning {
	struct apply_run *run;
	const struct apply_frame *frame;
	const struct fhirpath_result *goals; /**< references, in the order of the plan's goals */
};

static bool add_action(struct planning *planning, const struct fhir_node *action, struct fhir_node *parent);

/* ---- goals ---- */

static bool add_goals(struct planning *planning, struct fhirpath_result *out)
{
	struct apply_run *run = planning->run;
	const struct fhir_node *goal = fhir_node_child(planning->frame->definition, SLICE("goal"));
	size_t count = 0;

	for (const struct fhir_node *each = goal; each; each = fhir_node_again(each))
		count++;
	struct slice *references = arena_new_array(run->arena, struct slice, count + 1);
	if (!references)
		return error_memory(run->err);
	for (count = 0; goal; goal = fhir_node_again(goal), count++) {
		struct fhir_node *made;
		if (!apply_make(run, SLICE("Goal"), &made, &references[count]) || !apply_fill(run, goal, made))
			return false;
	}
	return apply_texts(run, references, count, out);
}

/** References to the goals that the action names by id. */
static bool goals_of(struct planning *planning, const struct fhir_node *action, struct fhirpath_result *out)
{
	struct apply_run *run = planning->run;
	const struct fhir_node *goal = fhir_node_child(planning->frame->definition, SLICE("goal"));
	struct slice *references = arena_new_array(run->arena, struct slice, planning->goals->count + 1);
	size_t count = 0;

	if (!references)
		return error_memory(run->err);
	for (size_t i = 0; goal; goal = fhir_node_again(goal), i++)
		for (const struct fhir_node *id = fhir_node_child(action, SLICE("goalId")); id; id = fhir_node_again(id))
			if (slice_equal(id->value, fhir_node_text(goal, SLICE("id"))) && count < planning->goals->count)
				references[count++] = planning->goals->items[i].text;
	return apply_texts(run, references, count, out);
}

/* ---- conditions ---- */

/** Whether the action applies: every applicability condition that can be evaluated holds. Others stay with the action. */
static bool applies(struct planning *planning, const struct fhir_node *action, bool *out)
{
	const struct fhir_node *condition = fhir_node_child(action, SLICE("condition"));

	for (*out = true; condition && *out; condition = fhir_node_again(condition)) {
		const struct fhir_node *expression = fhir_node_child(condition, SLICE("expression"));
		struct fhirpath_result value;
		bool known;
		if (!expression || !slice_equal(fhir_node_text(condition, SLICE("kind")), SLICE("applicability")))
			continue;
		if (!apply_expression(planning->run, expression, planning->frame->definition, &known, &value))
			return false;
		*out = !known || apply_is_true(&value);
	}
	return true;
}

/* ---- what an action asks for ---- */

static bool is_within(const struct apply_frame *frame, const struct fhir_node *definition, struct slice canonical)
{
	for (; frame; frame = frame->outer)
		if (frame->definition == definition || (canonical.ptr && slice_equal(frame->canonical, canonical)))
			return true;
	return false;
}

static const struct fhir_node *contained_find(const struct fhir_node *definition, struct slice id)
{
	const struct fhir_node *contained = fhir_node_child(definition, SLICE("contained"));

	while (contained && !slice_equal(fhir_node_text(contained, SLICE("id")), id))
		contained = fhir_node_again(contained);
	return contained;
}

static bool definition_find(struct planning *planning, const struct fhir_node *name, const struct fhir_node **out)
{
	struct apply_run *run = planning->run;

	*out = NULL;
	if (slice_starts(name->value, SLICE("#"))) {
		*out = contained_find(planning->frame->definition, slice_from(name->value, 1));
		return true;
	}
	if (!slice_equal(name->type->name, SLICE("canonical")))
		return true;
	return run->request->find(run->request->context, name->element->targets, name->element->target_count, name->value, out,
				  run->err);
}

static void note(struct planning *planning, const struct fhir_node *at, const char *code, const char *why)
{
	issue_add(planning->run->issues, ISSUE_WARNING, code, fhir_node_path(planning->run->arena, at), 0, 0, "%s: %.*s", why,
		  SLICE_ARG(at->value));
}

/** Applies the definition that an action names. `*out` NULL: it cannot be, an issue says why. */
static bool apply_named(struct planning *planning, const struct fhir_node *name, struct fhir_node **out, struct slice *reference)
{
	const struct fhir_node *definition;

	*out = NULL;
	if (!definition_find(planning, name, &definition))
		return false;
	if (!definition) {
		note(planning, name, "not-found", "the definition is not held here, a task names it");
		return true;
	}
	struct apply_frame frame = apply_frame_of(planning->run, planning->frame, definition);
	if (is_within(planning->frame, definition, frame.canonical) || frame.depth > APPLY_DEPTH_MAX) {
		note(planning, name, "business-rule", "the definition leads back to itself or too deep, a task names it");
		return true;
	}
	if (slice_equal(definition->type->name, SLICE("ActivityDefinition")))
		return apply_activity(planning->run, &frame, out, reference);
	if (slice_equal(definition->type->name, SLICE("PlanDefinition")))
		return apply_plan(planning->run, &frame, out, reference);
	return true;
}

/** The resource that the action stands for: what its definition gives, or a task. */
static bool resource_of(struct planning *planning, const struct fhir_node *action, struct fhir_node **out,
			struct slice *reference)
{
	struct apply_run *run = planning->run;
	const struct fhir_node *name = fhir_node_child(action, SLICE("definition"));

	*out = NULL;
	if (name && !apply_named(planning, name, out, reference))
		return false;
	if (*out)
		return true;
	return apply_scope_set_text(run, NAME_DEFINITION, name ? name->value : SLICE_NONE) &&
	       apply_make(run, STEP_TYPE, out, reference) && apply_fill(run, action, *out);
}

static bool point_to(struct planning *planning, struct fhir_node *made, struct slice reference)
{
	struct apply_run *run = planning->run;
	struct fhir_node *node = fhir_node_add(run->arena, made, SLICE("resource"), NULL);

	return (node && fhir_node_add_value(run->arena, node, SLICE("reference"), reference)) || error_memory(run->err);
}

/* ---- actions ---- */

/** An action has a resource or actions, not both (rqg-1): one with both gets a first action that has the resource. */
static bool add_resource(struct planning *planning, const struct fhir_node *action, struct fhir_node *made, bool is_group)
{
	struct apply_run *run = planning->run;
	struct fhir_node *resource, *holder = made;
	struct slice reference;

	if (!resource_of(planning, action, &resource, &reference))
		return false;
	if (is_group) {
		holder = fhir_node_add(run->arena, made, SLICE("action"), NULL);
		if (!holder)
			return error_memory(run->err);
	}
	return point_to(planning, holder, reference) &&
	       apply_dynamic_values(run, action, planning->frame->definition, resource, made);
}

static bool add_actions(struct planning *planning, const struct fhir_node *parent, struct fhir_node *made)
{
	const struct fhir_node *action = fhir_node_child(parent, SLICE("action"));

	for (; action; action = fhir_node_again(action))
		if (!add_action(planning, action, made))
			return false;
	return true;
}

/** The names that the rows and expressions of this action see; those of an outer definition come back afterwards. */
static bool enter(struct planning *planning, const struct fhir_node *action)
{
	struct apply_run *run = planning->run;
	struct fhirpath_result goals;

	if (++run->action_count > APPLY_ACTIONS_MAX)
		return error_set(run->err, ERROR_LIMIT, "", "the plan has more than %u actions", APPLY_ACTIONS_MAX);
	if (!goals_of(planning, action, &goals) || !apply_scope_set_node(run, NAME_ACTION, action) ||
	    !apply_scope_set_text(run, NAME_CANONICAL, planning->frame->canonical))
		return false;
	apply_scope_set(run, NAME_GOALS, goals);
	return true;
}

static bool add_action(struct planning *planning, const struct fhir_node *action, struct fhir_node *parent)
{
	struct apply_run *run = planning->run;
	bool is_applicable, is_group = fhir_node_child(action, SLICE("action"));

	if (!enter(planning, action) || !applies(planning, action, &is_applicable))
		return false;
	if (!is_applicable)
		return true;
	struct fhir_node *made = fhir_node_add(run->arena, parent, SLICE("action"), NULL);
	if (!made)
		return error_memory(run->err);
	if (!apply_fill(run, action, made))
		return false;
	if (!is_group)
		return add_resource(planning, action, made, false);
	if (fhir_node_child(action, SLICE("definition"))) {
		if (!add_resource(planning, action, made, true))
			return false;
	} else if (!apply_dynamic_values(run, action, planning->frame->definition, NULL, made)) {
		return false;
	}
	return add_actions(planning, action, made);
}

/* ---- the plan ---- */

static bool has_id(const struct fhir_node *parent, struct slice id)
{
	const struct fhir_node *action = fhir_node_child(parent, SLICE("action"));

	for (; action; action = fhir_node_again(action))
		if (slice_equal(fhir_node_text(action, SLICE("id")), id) || has_id(action, id))
			return true;
	return false;
}

/** Takes out what a rule of the specification does not let stand: groups without actions, relations to actions that do not apply.
 */
static void tidy(const struct fhir_node *group, struct fhir_node *parent)
{
	struct fhir_node *action = fhir_node_child(parent, SLICE("action"));

	while (action) {
		struct fhir_node *next = fhir_node_again(action), *related = fhir_node_child(action, SLICE("relatedAction"));
		while (related) {
			struct fhir_node *following = fhir_node_again(related);
			struct slice target = fhir_node_text(related, SLICE("actionId"));
			if (!has_id(group, target.ptr ? target : fhir_node_text(related, SLICE("targetId"))))
				fhir_node_remove(related);
			related = following;
		}
		tidy(group, action);
		if (!fhir_node_child(action, SLICE("resource")) && !fhir_node_child(action, SLICE("action")))
			fhir_node_remove(action);
		action = next;
	}
}

bool apply_plan(struct apply_run *run, const struct apply_frame *frame, struct fhir_node **out, struct slice *reference)
{
	struct planning planning = { .run = run, .frame = frame };
	struct fhirpath_result goals, outer_intent = apply_scope_get(run, NAME_INTENT);

	if (!apply_make(run, apply_group_type(run), out, reference) || !add_goals(&planning, &goals))
		return false;
	planning.goals = &goals;
	apply_scope_set(run, NAME_GOALS, goals);
	if (!apply_scope_set_text(run, NAME_CANONICAL, frame->canonical) || !apply_fill(run, frame->definition, *out) ||
	    !apply_scope_set_text(run, NAME_INTENT, SLICE("option")) || !add_actions(&planning, frame->definition, *out))
		return false;
	tidy(*out, *out);
	apply_scope_set(run, NAME_INTENT, outer_intent);
	apply_scope_set(run, NAME_GOALS, goals);
	return apply_scope_set_text(run, NAME_CANONICAL, frame->canonical) && apply_scope_set_text(run, NAME_GROUP, *reference);
}
