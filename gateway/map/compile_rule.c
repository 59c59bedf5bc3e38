/* SPDX-License-Identifier: Apache-2.0 */
/* Rules, their sources and calls: variables become slots, element names become elements of the tables. */
#include "map/compile.h"

#include "map/lexer.h"

static struct map_at at(const struct map_compiler *compiler, uint32_t line, uint32_t column)
{
	return (struct map_at){ compiler->file, line, column };
}

/* ---- variables ---- */

bool map_declare(struct map_compiler *compiler, const struct map_text *name, struct map_variable variable,
		 struct map_binding *out)
{
	*out = (struct map_binding){ SLICE_NONE, MAP_NO_SLOT };
	if (!name->text.ptr)
		return true;
	if (compiler->variable_count == MAP_SLOTS_MAX)
		return map_fail_at(compiler, name, "a group has more than %u variables", MAP_SLOTS_MAX);
	for (uint16_t i = 0; i < compiler->program->constant_count; i++)
		if (slice_equal(compiler->program->constants[i].name, name->text))
			return map_fail_at(compiler, name, "%.*s is a constant already", SLICE_ARG(name->text));
	variable.name = arena_copy(compiler->arena, name->text);
	if (!variable.name.ptr)
		return error_memory(compiler->err);
	*out = (struct map_binding){ variable.name, compiler->variable_count };
	compiler->variables[compiler->variable_count++] = variable;
	if (compiler->slot_count < compiler->variable_count)
		compiler->slot_count = compiler->variable_count;
	return true;
}

bool map_find_variable(struct map_compiler *compiler, const struct map_text *name, uint16_t *out)
{
	const char *names[MAP_SLOTS_MAX];
	size_t count = 0;

	for (uint16_t i = compiler->variable_count; i-- > 0;)
		if (slice_equal(compiler->variables[i].name, name->text)) {
			*out = i;
			return true;
		}
	map_fail_at(compiler, name, "there is no variable %.*s here", SLICE_ARG(name->text));
	for (uint16_t i = 0; i < compiler->variable_count; i++)
		names[count++] = compiler->variables[i].name.ptr;
	const char *nearest = nearest_name(name->text, names, count);
	return nearest ? error_hint(compiler->err, "did you mean %s?", nearest) : false;
}

/* ---- expressions ---- */

/** Follows its paths through the tables of the side they walk: sources, since an expression reads. */
static bool check_expression(struct map_compiler *compiler, const struct fhirpath_program *program,
			     const struct fhirpath_origin *origin, const struct fhir_type *focus, const struct fhir_type **type)
{
	struct fhirpath_typed variables[MAP_SLOTS_MAX];
	struct fhirpath_types types = { .schema = compiler->source, .focus = focus, .variables = variables };

	for (uint16_t i = 0; i < compiler->variable_count; i++)
		variables[types.variable_count++] =
		    (struct fhirpath_typed){ compiler->variables[i].name, compiler->variables[i].type };
	return fhirpath_check(program, &types, origin, type, compiler->err);
}

/** Variables are known by their bare names too, unless the focus has an element of that name. */
bool map_compile_expression(struct map_compiler *compiler, const struct map_text *text, const struct fhir_type *focus,
			    const struct fhirpath_program **out, const struct fhir_type **type)
{
	struct slice bare[MAP_SLOTS_MAX];
	struct fhirpath_origin origin = { .name = compiler->file, .line = text->line, .column = text->column, .bare = bare };
	const struct fhir_type *choice;
	struct fhirpath_program *program;

	*out = NULL;
	*type = NULL;
	if (!text->text.ptr)
		return true;
	for (uint16_t i = 0; i < compiler->variable_count; i++)
		if (!focus || !fhir_element_find(focus, compiler->variables[i].name, &choice))
			bare[origin.bare_count++] = compiler->variables[i].name;
	/* The program keeps slices of its text, which therefore moves to the program's arena. */
	struct slice copy = arena_copy(compiler->arena, text->text);
	if (!copy.ptr)
		return error_memory(compiler->err);
	if (!fhirpath_compile_at(compiler->arena, copy, &origin, NULL, &program, compiler->err))
		return false;
	*out = program;
	return check_expression(compiler, program, &origin, focus, type);
}

static bool compile_operand(struct map_compiler *compiler, const struct map_operand_syntax *syntax, struct map_operand *out)
{
	static const enum fhirpath_kind kinds[] = {
		[MAP_OPERAND_STRING] = FHIRPATH_STRING,
		[MAP_OPERAND_INTEGER] = FHIRPATH_INTEGER,
		[MAP_OPERAND_DECIMAL] = FHIRPATH_DECIMAL,
		[MAP_OPERAND_BOOLEAN] = FHIRPATH_BOOLEAN,
	};

	out->kind = syntax->kind;
	out->slot = MAP_NO_SLOT;
	out->visible = compiler->variable_count;
	if (syntax->kind == MAP_OPERAND_NAME)
		return map_find_variable(compiler, &syntax->text, &out->slot);
	if (syntax->kind == MAP_OPERAND_EXPRESSION)
		return map_compile_expression(compiler, &syntax->text, NULL, &out->expression, &out->type);
	out->item.kind = kinds[syntax->kind];
	out->item.text = arena_copy(compiler->arena, syntax->text.text);
	return out->item.text.ptr || error_memory(compiler->err);
}

bool map_compile_operands(struct map_compiler *compiler, const struct map_operand_syntax *syntax, const struct map_operand **out,
			  size_t *count)
{
	size_t total = 0;

	for (const struct map_operand_syntax *one = syntax; one; one = one->next)
		total++;
	struct map_operand *operands = arena_new_array(compiler->arena, struct map_operand, total);
	if (!operands)
		return error_memory(compiler->err);
	*out = operands;
	*count = total;
	for (; syntax; syntax = syntax->next)
		if (!compile_operand(compiler, syntax, operands++))
			return false;
	return true;
}

/* ---- sources ---- */

const struct fhir_type *map_item_type(const struct map_compiler *compiler, const struct map_source *source)
{
	if (source->type || source->own_value)
		return source->type;
	if (!source->element)
		return compiler->variables[source->context].type;
	return source->element->type_count == 1 ? source->element->types[0] : NULL;
}

bool map_is_own_value(const struct fhir_type *type, struct slice name)
{
	return type->kind == FHIR_KIND_PRIMITIVE && slice_equal(name, SLICE("value"));
}

static bool find_source_element(struct map_compiler *compiler, const struct map_source_syntax *syntax,
				const struct map_variable *context, struct map_source *out)
{
	if (!syntax->element.text.ptr)
		return true;
	if (!context->type)
		return map_fail_at(compiler, &syntax->element, "the type of %.*s is not known here: add a type behind \":\"",
				   SLICE_ARG(context->name));
	out->context_type = context->type;
	out->element = fhir_element_find(context->type, syntax->element.text, &out->type);
	out->own_value = !out->element && map_is_own_value(context->type, syntax->element.text);
	if (out->element || out->own_value)
		return true;
	map_fail_at(compiler, &syntax->element, "%.*s has no element %.*s", SLICE_ARG(context->type->name),
		    SLICE_ARG(syntax->element.text));
	return map_hint_element(compiler, context->type, syntax->element.text);
}

/** Behind ":" stands one of the types the element can have (or a more general one). */
static bool find_source_type(struct map_compiler *compiler, const struct map_source_syntax *syntax, struct map_source *out)
{
	if (!syntax->type.text.ptr)
		return true;
	const struct fhir_type *type = map_find_type(compiler, &syntax->type, MAP_SOURCE);
	if (!type)
		return false;
	out->type = type;
	bool possible = !out->element;
	for (size_t i = 0; out->element && i < out->element->type_count; i++)
		possible |= fhir_type_is(type, out->element->types[i]->name) || fhir_type_is(out->element->types[i], type->name);
	return possible || map_fail_at(compiler, &syntax->type, "%.*s is never a %.*s", SLICE_ARG(syntax->element.text),
				       SLICE_ARG(type->name));
}

static bool compile_fallback(struct map_compiler *compiler, const struct map_source_syntax *syntax, struct map_source *out)
{
	size_t count;

	return !syntax->fallback || map_compile_operands(compiler, syntax->fallback, &out->fallback, &count);
}

bool map_compile_source(struct map_compiler *compiler, const struct map_source_syntax *syntax, struct map_source *out)
{
	out->at = at(compiler, syntax->context.line, syntax->context.column);
	if (!map_find_variable(compiler, &syntax->context, &out->context))
		return false;
	struct map_variable context = compiler->variables[out->context];
	if (context.mode == MAP_TARGET && !context.is_value)
		return map_fail_at(compiler, &syntax->context, "%.*s is a target: a rule reads from sources",
				   SLICE_ARG(context.name));
	if (!find_source_element(compiler, syntax, &context, out) || !find_source_type(compiler, syntax, out) ||
	    !compile_fallback(compiler, syntax, out))
		return false;
	out->has_cardinality = syntax->has_cardinality;
	out->min = syntax->min;
	out->max = syntax->max;
	out->list = syntax->list;
	struct map_variable made = { .mode = MAP_SOURCE,
				     .type = map_item_type(compiler, out),
				     .is_value = out->own_value || (!out->element && context.is_value) };
	if (!map_declare(compiler, &syntax->variable, made, &out->variable))
		return false;
	out->visible = compiler->variable_count;
	const struct fhir_type *type;
	return map_compile_expression(compiler, &syntax->where, made.type, &out->where, &type) &&
	       map_compile_expression(compiler, &syntax->check, made.type, &out->check, &type) &&
	       map_compile_expression(compiler, &syntax->log, made.type, &out->log, &type);
}

/* ---- calls ---- */

static bool check_argument(struct map_compiler *compiler, const struct map_call_syntax *syntax,
			   const struct map_parameter *parameter, const struct map_operand *operand,
			   const struct fhir_type **type)
{
	*type = NULL;
	if (operand->kind != MAP_OPERAND_NAME)
		return parameter->mode == MAP_SOURCE ||
		       map_fail_at(compiler, &syntax->group, "argument %.*s of %.*s must be a target",
				   SLICE_ARG(parameter->name.text), SLICE_ARG(syntax->group.text));
	const struct map_variable *variable = &compiler->variables[operand->slot];
	*type = variable->type;
	/* What is made may be read as well. */
	if (parameter->mode == MAP_SOURCE || variable->is_value || variable->mode == MAP_TARGET)
		return true;
	return map_fail_at(compiler, &syntax->group, "%.*s is not a target, as %.*s wants", SLICE_ARG(variable->name),
			   SLICE_ARG(syntax->group.text));
}

static bool compile_call(struct map_compiler *compiler, const struct map_call_syntax *syntax, struct map_call *out)
{
	const struct map_group_syntax *group;
	const struct fhir_type *types[MAP_PARAMETERS_MAX];
	size_t i = 0;

	if (!map_find_group(compiler, &syntax->group, &group))
		return false;
	out->at = at(compiler, syntax->group.line, syntax->group.column);
	if (!map_compile_operands(compiler, syntax->operands, &out->operands, &out->operand_count))
		return false;
	for (const struct map_parameter *parameter = group->parameters; parameter; parameter = parameter->next, i++) {
		if (i >= out->operand_count || i >= MAP_PARAMETERS_MAX)
			return map_fail_at(compiler, &syntax->group, "group %.*s is called with too few arguments",
					   SLICE_ARG(syntax->group.text));
		if (!check_argument(compiler, syntax, parameter, &out->operands[i], &types[i]))
			return false;
	}
	if (i < out->operand_count)
		return map_fail_at(compiler, &syntax->group, "group %.*s is called with too many arguments",
				   SLICE_ARG(syntax->group.text));
	return map_compile_group(compiler, group, types, i, &out->group);
}

/* ---- rules ---- */

static size_t count_parts(const struct map_rule_syntax *syntax, struct map_rule *out)
{
	for (const struct map_source_syntax *source = syntax->sources; source; source = source->next)
		out->source_count++;
	for (const struct map_target_syntax *target = syntax->targets; target; target = target->next)
		out->target_count++;
	for (const struct map_call_syntax *call = syntax->calls; call; call = call->next)
		out->call_count++;
	return out->source_count;
}

/** Whether a target without transform is filled from the source by itself: "a -> b", or with both variables and no `then`. */
static bool copies_source(const struct map_rule_syntax *rule, const struct map_target_syntax *target)
{
	if (target->transform.text.ptr || !target->element.text.ptr || rule->has_then)
		return false;
	if (!target->variable.text.ptr)
		return true;
	return rule->sources->variable.text.ptr && !rule->sources->next && !rule->targets->next;
}

static bool compile_targets(struct map_compiler *compiler, const struct map_rule_syntax *syntax, const struct map_source *sources,
			    struct map_target *targets)
{
	const struct map_source_syntax *last = syntax->sources;
	size_t source_count = 1;

	for (; last->next; last = last->next)
		source_count++;
	for (const struct map_target_syntax *target = syntax->targets; target; target = target->next, targets++) {
		if (!map_compile_target(compiler, target, targets))
			return false;
		bool copies = copies_source(syntax, target);
		if (targets->own_value && !targets->transform && !copies)
			return map_fail_at(compiler, &target->element, "say what the value is: value = …");
		if (copies && !map_compile_default(compiler, &sources[source_count - 1], target, targets))
			return false;
	}
	return true;
}

static bool compile_rule(struct map_compiler *compiler, const struct map_rule_syntax *syntax, struct map_rule *out)
{
	uint16_t scope = compiler->variable_count;

	count_parts(syntax, out);
	struct map_source *sources = arena_new_array(compiler->arena, struct map_source, out->source_count);
	struct map_target *targets = arena_new_array(compiler->arena, struct map_target, out->target_count);
	struct map_call *calls = arena_new_array(compiler->arena, struct map_call, out->call_count);
	struct map_rule *rules = arena_new_array(compiler->arena, struct map_rule, map_count_rules(syntax->rules));
	if (!sources || !targets || !calls || !rules)
		return error_memory(compiler->err);
	out->sources = sources;
	out->targets = targets;
	out->calls = calls;
	out->rules = rules;
	for (const struct map_source_syntax *source = syntax->sources; source; source = source->next)
		if (!map_compile_source(compiler, source, sources++))
			return false;
	if (!compile_targets(compiler, syntax, out->sources, targets))
		return false;
	for (const struct map_call_syntax *call = syntax->calls; call; call = call->next)
		if (!compile_call(compiler, call, calls++))
			return false;
	if (!map_compile_rules(compiler, syntax->rules, rules, &out->rule_count))
		return false;
	compiler->variable_count = scope;
	return true;
}

size_t map_count_rules(const struct map_rule_syntax *syntax)
{
	size_t count = 0;

	for (; syntax; syntax = syntax->next)
		count++;
	return count;
}

bool map_compile_rules(struct map_compiler *compiler, const struct map_rule_syntax *syntax, struct map_rule *rules, size_t *count)
{
	uint16_t scope = compiler->variable_count;
	const char *file = compiler->file;

	for (; syntax; syntax = syntax->next) {
		struct map_rule rule = { 0 };

		if (compile_rule(compiler, syntax, &rule)) {
			rules[(*count)++] = rule;
			continue;
		}
		compiler->variable_count = scope;
		compiler->file = file;
		if (!map_mistakes_go_on(&compiler->mistakes))
			return false;
	}
	return true;
}
