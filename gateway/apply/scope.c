/* SPDX-License-Identifier: Apache-2.0 */
/* What expressions see: the operation's parameters by name, and a few names of the table's. */
#include "apply/run.h"

static const struct slice names[NAME_COUNT] = {
	[NAME_CANONICAL] = { "canonical", 9 }, [NAME_DEFINITION] = { "definition", 10 },
	[NAME_INTENT] = { "intent", 6 },       [NAME_GROUP] = { "group", 5 },
	[NAME_GOALS] = { "goals", 5 },         [NAME_ACTION] = { "action", 6 },
};

bool apply_texts(struct apply_run *run, const struct slice *texts, size_t count, struct fhirpath_result *out)
{
	struct fhirpath_item *items = arena_new_array(run->arena, struct fhirpath_item, count + 1);

	if (!items)
		return error_memory(run->err);
	for (size_t i = 0; i < count; i++)
		items[i] = (struct fhirpath_item){ .kind = FHIRPATH_STRING, .text = texts[i] };
	*out = (struct fhirpath_result){ items, count };
	return true;
}

static bool one_node(struct apply_run *run, const struct fhir_node *node, struct fhirpath_result *out)
{
	struct fhirpath_item *item = arena_new_of(run->arena, struct fhirpath_item);

	if (!item)
		return error_memory(run->err);
	*item = (struct fhirpath_item){ .kind = FHIRPATH_NODE, .node = node };
	*out = (struct fhirpath_result){ item, node ? 1 : 0 };
	return true;
}

bool apply_scope_init(struct apply_run *run)
{
	const struct apply_request *request = run->request;
	size_t count = 2 * request->parameter_count + NAME_COUNT;
	struct fhirpath_variable *variables = arena_new_array(run->arena, struct fhirpath_variable, count);

	if (!variables)
		return error_memory(run->err);
	for (size_t i = 0; i < request->parameter_count; i++) {
		const struct apply_parameter *parameter = &request->parameters[i];
		struct fhirpath_variable *value = &variables[2 * i], *reference = value + 1;
		value->name = parameter->name;
		reference->name = arena_printf(run->arena, "%.*sReference", SLICE_ARG(parameter->name));
		if (!reference->name.ptr)
			return error_memory(run->err);
		if (!one_node(run, parameter->node, &value->value) ||
		    !apply_texts(run, &parameter->reference, parameter->reference.ptr ? 1 : 0, &reference->value))
			return false;
	}
	run->variables = variables;
	run->variable_count = count;
	run->first_name = 2 * request->parameter_count;
	for (size_t i = 0; i < NAME_COUNT; i++)
		variables[run->first_name + i].name = names[i];
	return true;
}

void apply_scope_set(struct apply_run *run, enum apply_name name, struct fhirpath_result value)
{
	run->variables[run->first_name + name].value = value;
}

struct fhirpath_result apply_scope_get(const struct apply_run *run, enum apply_name name)
{
	return run->variables[run->first_name + name].value;
}

bool apply_scope_set_text(struct apply_run *run, enum apply_name name, struct slice text)
{
	struct fhirpath_result value = { 0 };

	if (!apply_texts(run, &text, text.ptr ? 1 : 0, &value))
		return false;
	apply_scope_set(run, name, value);
	return true;
}

bool apply_scope_set_node(struct apply_run *run, enum apply_name name, const struct fhir_node *node)
{
	struct fhirpath_result value = { 0 };

	if (!one_node(run, node, &value))
		return false;
	apply_scope_set(run, name, value);
	return true;
}

bool apply_is_true(const struct fhirpath_result *value)
{
	if (value->count == 0)
		return false;
	struct slice text = fhirpath_item_text(&value->items[0]);
	bool is_boolean =
	    value->items[0].kind == FHIRPATH_BOOLEAN ||
	    (value->items[0].kind == FHIRPATH_NODE && slice_equal(value->items[0].node->type->name, SLICE("boolean")));
	return !is_boolean || slice_equal(text, SLICE("true"));
}

/** Tells what the expression is instead, and where. */
static void not_evaluated(struct apply_run *run, const struct fhir_node *expression, const char *why)
{
	issue_add(run->issues, ISSUE_WARNING, "not-supported", fhir_node_path(run->arena, expression), 0, 0, "%s", why);
}

bool apply_expression(struct apply_run *run, const struct fhir_node *expression, const struct fhir_node *focus, bool *known,
		      struct fhirpath_result *out)
{
	struct fhirpath_context context = {
		.schema = run->schema,
		.variables = run->variables,
		.variable_count = run->variable_count,
		.now_ms = run->request->now_ms,
		.max_steps = APPLY_STEPS_MAX,
	};
	struct slice language = fhir_node_text(expression, SLICE("language")),
		     text = fhir_node_text(expression, SLICE("expression"));
	struct fhirpath_program *program;
	struct error wrong = { 0 };
	char why[600];

	*known = false;
	*out = (struct fhirpath_result){ 0 };
	if (time_monotonic_us() - run->started_us > 1000ull * APPLY_TIME_MAX_MS)
		return error_set(run->err, ERROR_LIMIT, "", "the definition's expressions take more than %u ms",
				 APPLY_TIME_MAX_MS);
	if (language.ptr && !slice_equal(language, SLICE("text/fhirpath"))) {
		snprintf(why, sizeof(why), "the expression is in %.*s; only text/fhirpath is evaluated here",
			 SLICE_ARG(language));
		not_evaluated(run, expression, why);
		return true;
	}
	if (!text.ptr) {
		not_evaluated(run, expression, "the expression has no text; expressions of libraries are not looked up here");
		return true;
	}
	if (fhirpath_compile(run->arena, text, &program, &wrong) &&
	    fhirpath_eval_node(run->arena, program, &context, focus, out, &wrong)) {
		*known = true;
		return true;
	}
	if (wrong.code == ERROR_MEMORY)
		return error_memory(run->err);
	snprintf(why, sizeof(why), "the expression cannot be evaluated: %s", wrong.message);
	not_evaluated(run, expression, why);
	return true;
}
