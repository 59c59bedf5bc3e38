/* SPDX-License-Identifier: Apache-2.0 */
/* Carrying a program out: groups, rules, sources, targets. Source: FHIR R5 "FHIR Mapping Language", execution of rules. */
#include "map/run.h"

#include "map/lexer.h"

bool map_run_fail(struct map_run *run, const struct map_at *at, const char *format, ...)
{
	char message[400];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	return map_fail(run->err, at->file, at->line, at->column, "%s", message);
}

static bool spend(struct map_run *run, const struct map_at *at)
{
	if (run->steps_left > 0) {
		run->steps_left--;
		return true;
	}
	map_run_fail(run, at, "the map takes more than %u steps", MAP_STEPS_MAX);
	return error_hint(run->err, "look for groups that call each other without end");
}

/* ---- variables ---- */

void map_bind(struct map_run *run, const struct map_binding *binding, const struct fhirpath_item *item, struct fhir_node *target)
{
	struct map_frame *frame = run->frame;
	uint16_t slot = binding->slot;

	if (slot == MAP_NO_SLOT)
		return;
	frame->variables[slot].name = binding->name;
	frame->targets[slot] = target;
	frame->variables[slot].value = (struct fhirpath_result){ NULL, 0 };
	if (!item)
		return;
	frame->items[slot] = *item;
	frame->variables[slot].value = (struct fhirpath_result){ &frame->items[slot], 1 };
}

static void bind_node(struct map_run *run, const struct map_binding *binding, struct fhir_node *node)
{
	struct fhirpath_item item = { .kind = FHIRPATH_NODE, .node = node };

	map_bind(run, binding, node ? &item : NULL, node);
}

const struct fhirpath_item *map_item_at(const struct map_run *run, uint16_t slot)
{
	return run->frame->variables[slot].value.items;
}

/** Errors of FHIRPath know line and column, since the program was compiled in place; the file is added here. */
static bool add_file(struct map_run *run, const struct map_at *at)
{
	struct error *err = run->err;
	char place[sizeof(err->place)];

	if (!err || slice_starts(slice_of(err->place), slice_of(at->file)))
		return false;
	if (err->place[0])
		snprintf(place, sizeof(place), "%.150s:%.90s", at->file, err->place);
	else
		snprintf(place, sizeof(place), "%.150s:%u:%u", at->file, at->line, at->column);
	snprintf(err->place, sizeof(err->place), "%s", place);
	return false;
}

static void note_reached(void *listener, const struct fhir_node *node)
{
	struct map_run *run = listener;
	struct map_reached *row = arena_new_of(run->arena, struct map_reached);

	if (!row)
		return;
	*row = (struct map_reached){ node, run->reached };
	run->reached = row;
}

bool map_evaluate(struct map_run *run, const struct map_at *at, const struct fhirpath_program *expression, uint16_t visible,
		  const struct fhirpath_item *focus, struct fhirpath_result *out)
{
	struct fhirpath_context context = {
		.schema = run->program->source,
		.resource = run->input,
		.variables = run->frame->variables,
		.variable_count = visible,
		.reached = run->trace ? note_reached : NULL,
		.listener = run,
	};
	struct fhirpath_result input = { focus, focus ? 1 : 0 };

	return fhirpath_eval(run->arena, expression, &context, input, out, run->err) || add_file(run, at);
}

bool map_operand_value(struct map_run *run, const struct map_at *at, const struct map_operand *operand,
		       struct fhirpath_result *out)
{
	if (operand->kind == MAP_OPERAND_NAME) {
		*out = run->frame->variables[operand->slot].value;
		return true;
	}
	if (operand->kind != MAP_OPERAND_EXPRESSION) {
		*out = (struct fhirpath_result){ &operand->item, 1 };
		return true;
	}
	struct fhirpath_item focus = { .node = run->from };
	return map_evaluate(run, at, operand->expression, operand->visible, run->from ? &focus : NULL, out);
}

bool map_operand_text(struct map_run *run, const struct map_target *target, size_t index, struct slice *out)
{
	struct fhirpath_result value;

	*out = SLICE_NONE;
	if (index >= target->operand_count)
		return true;
	if (!map_operand_value(run, &target->at, &target->operands[index], &value))
		return false;
	if (value.count > 1)
		return map_run_fail(run, &target->at, "operand %zu has %zu values, one is wanted", index + 1, value.count);
	if (value.count == 1)
		*out = fhirpath_item_text(value.items);
	return true;
}

/* ---- groups ---- */

static bool run_rules(struct map_run *run, const struct map_rule *rules, size_t count);

/** Frames are kept for the next call at the same depth. */
static struct map_frame *open_frame(struct map_run *run, const struct map_group *group)
{
	struct map_frame *frame = &run->frames[run->depth];

	frame->group = group;
	if (group->slot_count <= frame->capacity)
		return frame;
	frame->capacity = group->slot_count + 8u;
	frame->variables = arena_new_array(run->arena, struct fhirpath_variable, frame->capacity);
	frame->items = arena_new_array(run->arena, struct fhirpath_item, frame->capacity);
	frame->targets = arena_new_array(run->arena, struct fhir_node *, frame->capacity);
	return frame->variables && frame->items && frame->targets ? frame : NULL;
}

struct arguments {
	const struct fhirpath_item *items[MAP_PARAMETERS_MAX];
	struct fhir_node *targets[MAP_PARAMETERS_MAX];
};

static bool run_group(struct map_run *run, const struct map_at *at, const struct map_group *group,
		      const struct arguments *arguments)
{
	struct map_frame *caller = run->frame;

	if (run->depth >= MAP_CALLS_MAX) {
		map_run_fail(run, at, "groups call each other deeper than %u", MAP_CALLS_MAX);
		return error_hint(run->err, "group %.*s may call itself on the same element", SLICE_ARG(group->name));
	}
	struct map_frame *frame = open_frame(run, group);
	if (!frame)
		return error_memory(run->err);
	run->frame = frame;
	run->depth++;
	for (uint16_t i = 0; i < group->parameter_count; i++)
		map_bind(run, &group->parameters[i], arguments->items[i], arguments->targets[i]);
	for (uint16_t i = 0; i < run->program->constant_count; i++) {
		frame->variables[group->parameter_count + i] = run->constants[i];
		frame->targets[group->parameter_count + i] = NULL;
	}
	bool done = run_rules(run, group->rules, group->rule_count);
	run->depth--;
	run->frame = caller;
	return done;
}

/** A call with an argument that has no value does nothing: there is nothing to map. */
static bool run_call(struct map_run *run, const struct map_call *call)
{
	struct arguments arguments = { .items = { NULL } };

	for (size_t i = 0; i < call->operand_count; i++) {
		const struct map_operand *operand = &call->operands[i];
		struct fhirpath_result value;

		if (!map_operand_value(run, &call->at, operand, &value))
			return false;
		if (value.count > 1)
			return map_run_fail(run, &call->at, "an argument has %zu values, one is wanted", value.count);
		if (value.count == 0)
			return true;
		arguments.items[i] = value.items;
		arguments.targets[i] = operand->kind == MAP_OPERAND_NAME ? run->frame->targets[operand->slot] : NULL;
	}
	return run_group(run, &call->at, call->group, &arguments);
}

/* ---- targets ---- */

static bool make_node(struct map_run *run, const struct map_target *target, struct fhir_node *parent,
		      const struct fhir_type *type, struct fhir_node **out)
{
	if (!type)
		return map_run_fail(run, &target->at, "the type of %.*s is not known", SLICE_ARG(target->element->name));
	*out = map_make(run, target, parent, type);
	return *out || error_memory(run->err);
}

/** The default group that takes what the last source took. */
static const struct map_filler *find_filler(const struct map_run *run, const struct map_target *target)
{
	if (run->taken->kind != FHIRPATH_NODE)
		return NULL;
	for (size_t i = 0; i < target->filler_count; i++)
		if (slice_equal(target->fillers[i].from->name, run->taken->node->type->name))
			return &target->fillers[i];
	return NULL;
}

/** Default copying: what the last source took as it is, or through a default group. */
static bool copy_source(struct map_run *run, const struct map_target *target, struct fhir_node *parent, struct fhir_node **out)
{
	const struct map_filler *filler = find_filler(run, target);
	struct fhirpath_item item = *run->taken;

	if (!filler)
		return map_put(run, target, parent, &item, out);
	if (!make_node(run, target, parent, filler->to, out))
		return false;
	struct fhirpath_item made = { .node = *out };
	struct arguments arguments = { .items = { &item, &made }, .targets = { NULL, *out } };
	return run_group(run, &target->at, filler->group, &arguments);
}

/** context.value of a primitive. */
static bool put_own_value(struct map_run *run, const struct map_target *target, struct fhir_node *node,
			  const struct fhirpath_result *value)
{
	if (value->count > 1)
		return map_run_fail(run, &target->at, "a primitive takes one value, not %zu", value->count);
	struct slice text = value->count ? fhirpath_item_text(value->items) : SLICE_NONE;
	if (text.len == 0)
		return true;
	map_trace_made(run, run->from, node);
	return map_fill_primitive(run, &target->at, node, text);
}

/** What a transform found, each item a repetition. The variable holds the last node made. */
static bool put_all(struct map_run *run, const struct map_target *target, struct fhir_node *parent, const struct map_value *value)
{
	struct fhir_node *made = NULL;

	if (value->items.count > 1 && target->element->max == 1)
		return map_run_fail(run, &target->at, "%.*s takes one value, not %zu", SLICE_ARG(target->element->name),
				    value->items.count);
	for (size_t i = 0; i < value->items.count; i++) {
		struct fhir_node *one;

		if (!map_put(run, target, parent, &value->items.items[i], &one))
			return false;
		made = one ? one : made;
	}
	bind_node(run, &target->variable, made);
	return true;
}

/** A transform without a place: its single value becomes the variable. */
static bool bind_value(struct map_run *run, const struct map_target *target, const struct map_value *value)
{
	if (value->made) {
		bind_node(run, &target->variable, value->made);
		return true;
	}
	if (value->items.count > 1)
		return map_run_fail(run, &target->at, "a variable takes one value, not %zu", value->items.count);
	map_bind(run, &target->variable, value->items.count ? value->items.items : NULL, NULL);
	return true;
}

static bool run_transform(struct map_run *run, const struct map_target *target, struct fhir_node *parent)
{
	struct map_value value = { 0 };

	if (!target->transform->apply(run, target, parent, &value))
		return false;
	if (target->own_value)
		return put_own_value(run, target, parent, &value.items);
	if (!target->element)
		return bind_value(run, target, &value);
	if (!target->transform->builds)
		return put_all(run, target, parent, &value);
	bind_node(run, &target->variable, value.made);
	return true;
}

static bool run_target(struct map_run *run, const struct map_target *target)
{
	struct fhir_node *parent = target->context == MAP_NO_SLOT ? NULL : run->frame->targets[target->context], *made = parent;

	if (!spend(run, &target->at))
		return false;
	/* A context without value (an optional target that was not made) takes nothing. */
	if (target->context != MAP_NO_SLOT && !parent) {
		map_bind(run, &target->variable, NULL, NULL);
		return true;
	}
	if (target->transform)
		return run_transform(run, target, parent);
	if (target->own_value)
		return put_own_value(run, target, parent, &(struct fhirpath_result){ run->taken, 1 });
	if (target->element && !(target->copies_source ? copy_source(run, target, parent, &made)
						       : make_node(run, target, parent, target->type, &made)))
		return false;
	bind_node(run, &target->variable, made);
	return true;
}

/** One item of each source is bound: targets, calls, nested rules. */
bool map_run_tuple(struct map_run *run, const struct map_rule *rule, size_t index)
{
	if (index < rule->source_count)
		return map_take_source(run, rule, index);
	for (size_t i = 0; i < rule->target_count; i++)
		if (!run_target(run, &rule->targets[i]))
			return false;
	for (size_t i = 0; i < rule->call_count; i++)
		if (!run_call(run, &rule->calls[i]))
			return false;
	return run_rules(run, rule->rules, rule->rule_count);
}

static bool run_rules(struct map_run *run, const struct map_rule *rules, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!spend(run, &rules[i].sources[0].at) || !map_run_tuple(run, &rules[i], 0))
			return false;
	return true;
}

/* ---- the run ---- */

/** Takes out what was made and got no content, from the leaves up. */
static void prune(struct fhir_node *node)
{
	for (struct fhir_node *child = node->first, *next; child; child = next) {
		next = child->next;
		prune(child);
		if (!child->first && !child->value.ptr && child->type->kind != FHIR_KIND_RESOURCE)
			fhir_node_remove(child);
	}
}

static void tell_trace(const struct map_run *run, const struct fhir_node *root)
{
	if (!run->trace)
		return;
	for (const struct map_made *made = run->first_made; made; made = made->next)
		if (made->made->parent || made->made == root)
			run->trace->made(run->trace->context, made->from, made->made);
}

/** In their order: a constant may use those before it. */
static bool run_constants(struct map_run *run)
{
	const struct map_program *program = run->program;
	struct map_frame frame = { .capacity = program->constant_count };

	frame.variables = run->constants = arena_new_array(run->arena, struct fhirpath_variable, program->constant_count);
	if (!run->constants)
		return error_memory(run->err);
	run->frame = &frame;
	for (uint16_t i = 0; i < program->constant_count; i++) {
		run->constants[i].name = program->constants[i].name;
		if (!map_evaluate(run, &program->constants[i].at, program->constants[i].expression, i, NULL,
				  &run->constants[i].value))
			return false;
	}
	run->frame = NULL;
	return true;
}

bool map_run(struct arena *arena, const struct map_program *program, const struct fhir_node *input, const struct map_trace *trace,
	     struct issues *issues, struct fhir_node **out, struct error *err)
{
	struct map_run *run = arena_new_of(arena, struct map_run);
	struct fhir_node *made = fhir_node_new(arena, program->target_type);
	struct fhirpath_item items[] = { { .node = input }, { .node = made } };
	struct arguments arguments = { .items = { NULL } };
	struct map_at at = { "map", 0, 0 };

	if (!run || !made)
		return error_memory(err);
	if (input->type != program->source_type && !fhir_type_is(input->type, program->source_type->name))
		return error_set(err, ERROR_USAGE, "", "the map reads a %.*s, not a %.*s", SLICE_ARG(program->source_type->name),
				 SLICE_ARG(input->type->name));
	run->arena = arena;
	run->program = program;
	run->input = input;
	run->trace = trace;
	run->issues = issues;
	run->err = err;
	run->from = input;
	run->steps_left = MAP_STEPS_MAX;
	arguments.items[program->source_slot] = &items[0];
	arguments.items[program->target_slot] = &items[1];
	arguments.targets[program->target_slot] = made;
	if (!run_constants(run) || !run_group(run, &at, program->first, &arguments))
		return false;
	prune(made);
	map_trace_made(run, input, made);
	tell_trace(run, made);
	*out = made;
	return true;
}
