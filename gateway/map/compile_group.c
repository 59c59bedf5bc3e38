/* SPDX-License-Identifier: Apache-2.0 */
/* Groups: found by name, compiled once for each set of types they are called with. */
#include "map/compile.h"

#include <string.h>

#define EXTENDS_MAX 16u

/* ---- by name ---- */

/** A file's own groups come before those of others. */
static const struct map_group_syntax *find_in(const struct map_syntax *file, struct slice name)
{
	for (const struct map_group_syntax *group = file->groups; group; group = group->next)
		if (slice_equal(group->name.text, name))
			return group;
	return NULL;
}

static bool unknown_group(struct map_compiler *compiler, const struct map_text *name)
{
	const char *names[256];
	size_t count = 0;

	map_fail_at(compiler, name, "there is no group %.*s", SLICE_ARG(name->text));
	for (const struct map_syntax *file = compiler->files; file; file = file->next)
		for (const struct map_group_syntax *group = file->groups; group && count < ARRAY_SIZE(names);
		     group = group->next) {
			names[count] = arena_cstr(compiler->scratch, group->name.text);
			count += names[count] != NULL;
		}
	const char *nearest = nearest_name(name->text, names, count);
	return nearest ? error_hint(compiler->err, "did you mean %s?", nearest) : false;
}

bool map_find_group(struct map_compiler *compiler, const struct map_text *name, const struct map_group_syntax **out)
{
	const struct map_group_syntax *found = NULL;

	for (const struct map_syntax *file = compiler->files; file; file = file->next) {
		const struct map_group_syntax *group = find_in(file, name->text);

		if (group && file->file == compiler->file) {
			*out = group;
			return true;
		}
		if (group && found) {
			map_fail_at(compiler, name, "there are several groups %.*s", SLICE_ARG(name->text));
			return error_hint(compiler->err, "at %s:%u and %s:%u", found->file->file, found->name.line, file->file,
					  group->name.line);
		}
		found = group ? group : found;
	}
	*out = found;
	return found || unknown_group(compiler, name);
}

bool map_check_group_names(struct map_compiler *compiler, const struct map_syntax *file)
{
	compiler->file = file->file;
	for (const struct map_group_syntax *group = file->groups; group; group = group->next) {
		const struct map_group_syntax *first = find_in(file, group->name.text);

		if (first != group)
			return map_fail_at(compiler, &group->name, "there is a group %.*s already, in line %u",
					   SLICE_ARG(group->name.text), first->name.line);
	}
	return true;
}

/* ---- their parameters ---- */

/** The types of a group's parameters: declared, else those of the arguments. */
static bool parameter_types(struct map_compiler *compiler, const struct map_group_syntax *syntax,
			    const struct fhir_type *const *arguments, const struct fhir_type **out)
{
	size_t i = 0;

	for (const struct map_parameter *parameter = syntax->parameters; parameter; parameter = parameter->next, i++) {
		out[i] = arguments ? arguments[i] : NULL;
		if (!parameter->type.text.ptr)
			continue;
		const struct fhir_type *declared = map_find_type(compiler, &parameter->type, parameter->mode);
		if (!declared)
			return false;
		if (out[i] && !fhir_type_is(out[i], declared->name))
			return map_fail_at(compiler, &parameter->type,
					   "group %.*s takes a %.*s as %.*s and is called with a %.*s",
					   SLICE_ARG(syntax->name.text), SLICE_ARG(declared->name),
					   SLICE_ARG(parameter->name.text), SLICE_ARG(out[i]->name));
		out[i] = declared;
	}
	return true;
}

size_t map_count_parameters(const struct map_group_syntax *syntax)
{
	size_t count = 0;

	for (const struct map_parameter *parameter = syntax->parameters; parameter; parameter = parameter->next)
		count++;
	return count;
}

static struct map_group *find_compiled(struct map_compiler *compiler, const struct map_group_syntax *syntax,
				       const struct fhir_type *const *types, size_t count)
{
	for (struct map_group *group = compiler->groups; group; group = group->next)
		if (group->syntax == syntax && memcmp(group->parameter_types, types, count * sizeof(*types)) == 0)
			return group;
	return NULL;
}

static struct map_group *new_group(struct map_compiler *compiler, const struct map_group_syntax *syntax,
				   const struct fhir_type *const *types, size_t count)
{
	struct map_group *group = arena_new_of(compiler->arena, struct map_group);

	if (!group || !(group->parameter_types = arena_new_array(compiler->arena, const struct fhir_type *, count)))
		return NULL;
	memcpy(group->parameter_types, types, count * sizeof(*types));
	group->parameter_count = (uint16_t)count;
	group->name = arena_copy(compiler->arena, syntax->name.text);
	group->syntax = syntax;
	group->next = compiler->groups;
	compiler->groups = group;
	return group->name.ptr ? group : NULL;
}

bool map_declare_constants(struct map_compiler *compiler, uint16_t count)
{
	if (compiler->variable_count + count > MAP_SLOTS_MAX)
		return error_set(compiler->err, ERROR_LIMIT, compiler->file, "more than %u variables and constants",
				 MAP_SLOTS_MAX);
	for (uint16_t i = 0; i < count; i++)
		compiler->variables[compiler->variable_count++] = (struct map_variable){
			.name = compiler->program->constants[i].name, .is_value = true, .type = compiler->constant_types[i]
		};
	if (compiler->slot_count < compiler->variable_count)
		compiler->slot_count = compiler->variable_count;
	return true;
}

/* ---- their rules ---- */

/** The parameter of that name, which must be of the same mode. */
static bool has_parameter(const struct map_compiler *compiler, const struct map_group_syntax *group,
			  const struct map_parameter *wanted, const struct fhir_type **type)
{
	uint16_t i = 0;

	for (const struct map_parameter *parameter = group->parameters; parameter; parameter = parameter->next, i++) {
		*type = compiler->variables[i].type;
		if (slice_equal(parameter->name.text, wanted->name.text) && parameter->mode == wanted->mode)
			return true;
	}
	return false;
}

/** A group has the parameters of the one it extends, by name, mode and type; it may have more, in any order. */
static bool check_inherited(struct map_compiler *compiler, const struct map_group_syntax *syntax, const struct map_text *extends,
			    const struct map_group_syntax *base)
{
	const struct fhir_type *type, *wanted;

	for (const struct map_parameter *parameter = base->parameters; parameter; parameter = parameter->next) {
		if (!has_parameter(compiler, syntax, parameter, &type))
			return map_fail_at(compiler, extends, "group %.*s has a %s %.*s, as group %.*s must have to extend it",
					   SLICE_ARG(base->name.text), parameter->mode == MAP_SOURCE ? "source" : "target",
					   SLICE_ARG(parameter->name.text), SLICE_ARG(syntax->name.text));
		if (!parameter->type.text.ptr || !type)
			continue;
		if (!(wanted = map_find_type(compiler, &parameter->type, parameter->mode)))
			return false;
		if (!fhir_type_is(type, wanted->name))
			return map_fail_at(compiler, extends, "group %.*s takes a %.*s as %.*s, which a %.*s is not",
					   SLICE_ARG(base->name.text), SLICE_ARG(wanted->name), SLICE_ARG(parameter->name.text),
					   SLICE_ARG(type->name));
	}
	return true;
}

/** The group and those it extends, the outermost first. */
static bool find_line(struct map_compiler *compiler, const struct map_group_syntax *group, const struct map_group_syntax **line,
		      size_t *count)
{
	size_t at = EXTENDS_MAX;

	line[--at] = group;
	while (line[at]->extends.text.ptr) {
		const struct map_group_syntax *base;

		compiler->file = line[at]->file->file;
		if (!map_find_group(compiler, &line[at]->extends, &base))
			return false;
		for (size_t i = at; i < EXTENDS_MAX; i++)
			if (line[i] == base)
				return map_fail_at(compiler, &line[at]->extends, "groups extend each other in a circle");
		if (at == 0)
			return map_fail_at(compiler, &line[at]->extends, "groups extend each other deeper than %u", EXTENDS_MAX);
		if (!check_inherited(compiler, group, &line[at]->extends, base))
			return false;
		line[--at] = base;
	}
	*count = EXTENDS_MAX - at;
	memmove(line, line + at, *count * sizeof(*line));
	return true;
}

/** Rules of groups that are extended come first. */
static bool compile_rules(struct map_compiler *compiler, struct map_group *group)
{
	const struct map_group_syntax *line[EXTENDS_MAX];
	struct map_rule *rules;
	size_t count = 0, total = 0;

	if (!find_line(compiler, group->syntax, line, &count))
		return false;
	for (size_t i = 0; i < count; i++)
		total += map_count_rules(line[i]->rules);
	group->rules = rules = arena_new_array(compiler->arena, struct map_rule, total);
	if (!rules)
		return error_memory(compiler->err);
	for (size_t i = 0; i < count; i++) {
		compiler->file = line[i]->file->file;
		if (!map_compile_rules(compiler, line[i]->rules, rules, &group->rule_count))
			return false;
	}
	return true;
}

static bool declare_parameters(struct map_compiler *compiler, struct map_group *group)
{
	struct map_binding *bindings = arena_new_array(compiler->arena, struct map_binding, group->parameter_count);
	uint16_t i = 0;

	if (!bindings)
		return error_memory(compiler->err);
	group->parameters = bindings;
	compiler->variable_count = compiler->slot_count = 0;
	compiler->file = group->syntax->file->file;
	for (const struct map_parameter *parameter = group->syntax->parameters; parameter; parameter = parameter->next, i++) {
		struct map_variable variable = { .mode = parameter->mode, .type = group->parameter_types[i] };

		if (!map_declare(compiler, &parameter->name, variable, &bindings[i]))
			return false;
	}
	return map_declare_constants(compiler, compiler->program->constant_count);
}

static bool compile_body(struct map_compiler *compiler, struct map_group *group)
{
	bool compiled = declare_parameters(compiler, group) && compile_rules(compiler, group);

	group->slot_count = compiler->slot_count;
	return compiled;
}

bool map_compile_group(struct map_compiler *compiler, const struct map_group_syntax *syntax, const struct fhir_type *const *types,
		       size_t count, const struct map_group **out)
{
	const struct fhir_type *actual[MAP_PARAMETERS_MAX];
	const char *caller_file = compiler->file;

	compiler->file = syntax->file->file;
	if (count > MAP_PARAMETERS_MAX || count != map_count_parameters(syntax))
		return map_fail_at(compiler, &syntax->name, "group %.*s has too many parameters", SLICE_ARG(syntax->name.text));
	if (!parameter_types(compiler, syntax, types, actual))
		return false;
	struct map_group *group = find_compiled(compiler, syntax, actual, count);
	*out = group;
	if (!group && compiler->depth >= MAP_CALLS_MAX)
		return map_fail_at(compiler, &syntax->name, "groups call each other deeper than %u", MAP_CALLS_MAX);
	compiler->file = caller_file;
	if (group)
		return true;
	*out = group = new_group(compiler, syntax, actual, count);
	/* The caller's scope is set aside while the group's own is used. */
	struct map_compiler *saved = arena_new_of(compiler->scratch, struct map_compiler);
	if (!group || !saved)
		return error_memory(compiler->err);
	memcpy(saved, compiler, sizeof(*saved));
	compiler->depth++;
	bool compiled = compile_body(compiler, group);
	saved->groups = compiler->groups;
	saved->mistakes = compiler->mistakes;
	memcpy(compiler, saved, sizeof(*saved));
	return compiled;
}
