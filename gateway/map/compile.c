/* SPDX-License-Identifier: Apache-2.0 */
/* From syntax to program: groups, their types and the files they come from. */
#include "map/compile.h"

#include "map/lexer.h"

#include <string.h>

bool map_fail_at(struct map_compiler *compiler, const struct map_text *at, const char *format, ...)
{
	char message[400];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	return map_fail(compiler->err, compiler->file, at->line, at->column, "%s", message);
}

/* ---- groups ---- */

const struct map_group_syntax *map_find_group(const struct map_compiler *compiler, struct slice name)
{
	for (const struct map_syntax *file = compiler->files; file; file = file->next)
		for (const struct map_group_syntax *group = file->groups; group; group = group->next)
			if (slice_equal(group->name.text, name))
				return group;
	return NULL;
}

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

static size_t parameter_count(const struct map_group_syntax *syntax)
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
	enum map_mode *modes = arena_new_array(compiler->arena, enum map_mode, count);
	size_t i = 0;

	if (!group || !modes || !(group->parameter_types = arena_new_array(compiler->arena, const struct fhir_type *, count)))
		return NULL;
	memcpy(group->parameter_types, types, count * sizeof(*types));
	for (const struct map_parameter *parameter = syntax->parameters; parameter; parameter = parameter->next)
		modes[i++] = parameter->mode;
	group->parameter_modes = modes;
	group->parameter_count = (uint16_t)count;
	group->name = arena_copy(compiler->arena, syntax->name.text);
	group->syntax = syntax;
	group->next = compiler->groups;
	compiler->groups = group;
	return group->name.ptr ? group : NULL;
}

/** Constants stand behind the parameters of every group. */
static bool declare_constants(struct map_compiler *compiler, uint16_t count)
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

/** Rules of the group that is extended come first, with the same arguments (grammar: extends). */
static bool compile_inherited(struct map_compiler *compiler, const struct map_group_syntax *syntax, struct map_rule *rules,
			      size_t *count, unsigned depth)
{
	const struct map_group_syntax *base = syntax->extends.text.ptr ? map_find_group(compiler, syntax->extends.text) : NULL;
	const struct map_rule *made;
	size_t made_count;

	if (syntax->extends.text.ptr && !base)
		return map_fail_at(compiler, &syntax->extends, "there is no group %.*s", SLICE_ARG(syntax->extends.text));
	if (depth > 16)
		return map_fail_at(compiler, &syntax->extends, "groups extend each other in a circle");
	if (base && parameter_count(base) != parameter_count(syntax))
		return map_fail_at(compiler, &syntax->extends, "group %.*s has other parameters", SLICE_ARG(base->name.text));
	if (base && !compile_inherited(compiler, base, rules, count, depth + 1))
		return false;
	/* A group that is extended may call its parameters otherwise. */
	compiler->variable_count = 0;
	for (const struct map_parameter *parameter = syntax->parameters; parameter; parameter = parameter->next) {
		struct map_binding binding;

		if (!map_declare(compiler, &parameter->name, compiler->variables[compiler->variable_count], &binding))
			return false;
	}
	if (!declare_constants(compiler, compiler->program->constant_count))
		return false;
	compiler->file = syntax->file->file;
	if (!map_compile_rules(compiler, syntax->rules, &made, &made_count))
		return false;
	if (rules && made_count)
		memcpy(rules + *count, made, made_count * sizeof(*made));
	*count += made_count;
	return true;
}

static size_t count_rules(const struct map_compiler *compiler, const struct map_group_syntax *syntax)
{
	size_t count = 0;

	for (unsigned depth = 0; syntax && depth <= 17; depth++) {
		for (const struct map_rule_syntax *rule = syntax->rules; rule; rule = rule->next)
			count++;
		syntax = syntax->extends.text.ptr ? map_find_group(compiler, syntax->extends.text) : NULL;
	}
	return count;
}

static bool compile_body(struct map_compiler *compiler, struct map_group *group)
{
	struct map_rule *rules = arena_new_array(compiler->arena, struct map_rule, count_rules(compiler, group->syntax));
	struct map_binding *parameters = arena_new_array(compiler->arena, struct map_binding, group->parameter_count);

	if (!rules || !parameters)
		return error_memory(compiler->err);
	for (uint16_t i = 0; i < group->parameter_count; i++)
		compiler->variables[i] =
		    (struct map_variable){ .mode = group->parameter_modes[i], .type = group->parameter_types[i] };
	compiler->slot_count = group->parameter_count;
	if (!compile_inherited(compiler, group->syntax, rules, &group->rule_count, 0))
		return false;
	for (uint16_t i = 0; i < group->parameter_count; i++)
		parameters[i] = (struct map_binding){ compiler->variables[i].name, i };
	group->rules = rules;
	group->parameters = parameters;
	group->slot_count = compiler->slot_count;
	return true;
}

bool map_compile_group(struct map_compiler *compiler, const struct map_group_syntax *syntax, const struct fhir_type *const *types,
		       size_t count, const struct map_group **out)
{
	const struct fhir_type *actual[MAP_PARAMETERS_MAX];

	if (count > MAP_PARAMETERS_MAX || count != parameter_count(syntax))
		return map_fail_at(compiler, &syntax->name, "group %.*s has too many parameters", SLICE_ARG(syntax->name.text));
	const char *caller_file = compiler->file;
	compiler->file = syntax->file->file;
	if (!parameter_types(compiler, syntax, types, actual))
		return false;
	compiler->file = caller_file;
	struct map_group *group = find_compiled(compiler, syntax, actual, count);
	*out = group;
	if (group)
		return true;
	if (compiler->depth >= MAP_CALLS_MAX)
		return map_fail_at(compiler, &syntax->name, "groups call each other deeper than %u", MAP_CALLS_MAX);
	*out = group = new_group(compiler, syntax, actual, count);
	/* The caller's scope is set aside while the group's own is used. */
	struct map_compiler *saved = arena_new_of(compiler->scratch, struct map_compiler);
	if (!group || !saved)
		return error_memory(compiler->err);
	memcpy(saved, compiler, sizeof(*saved));
	compiler->depth++;
	bool compiled = compile_body(compiler, group);
	saved->groups = compiler->groups;
	memcpy(compiler, saved, sizeof(*saved));
	return compiled;
}

static bool is_default_for(struct map_compiler *compiler, const struct map_group_syntax *group, const struct fhir_type *from,
			   const struct fhir_type *to, bool *out)
{
	const struct map_parameter *source = group->parameters, *target = source ? source->next : NULL;

	*out = false;
	if (group->by_default == MAP_DEFAULT_NONE || !target || target->next || !source->type.text.ptr || !target->type.text.ptr)
		return true;
	const char *caller_file = compiler->file;
	compiler->file = group->file->file;
	const struct fhir_type *source_type = map_find_type(compiler, &source->type, MAP_SOURCE);
	const struct fhir_type *target_type = source_type ? map_find_type(compiler, &target->type, MAP_TARGET) : NULL;
	compiler->file = caller_file;
	if (!target_type)
		return false;
	*out = source_type == from && target_type == to;
	return true;
}

bool map_find_filler(struct map_compiler *compiler, const struct fhir_type *from, const struct fhir_type *to,
		     const struct map_group **out)
{
	const struct fhir_type *types[] = { from, to };
	bool matches;

	*out = NULL;
	for (const struct map_syntax *file = compiler->files; file; file = file->next)
		for (const struct map_group_syntax *group = file->groups; group; group = group->next) {
			if (!is_default_for(compiler, group, from, to, &matches))
				return false;
			if (matches)
				return map_compile_group(compiler, group, types, 2, out);
		}
	return true;
}

/** Groups that nothing calls are compiled too when their types are declared, so that their mistakes are told. */
static bool compile_uncalled(struct map_compiler *compiler)
{
	const struct map_group *made;

	for (const struct map_syntax *file = compiler->files; file; file = file->next)
		for (const struct map_group_syntax *group = file->groups; group; group = group->next) {
			bool typed = true;

			for (const struct map_parameter *parameter = group->parameters; parameter; parameter = parameter->next)
				typed = typed && parameter->type.text.ptr;
			compiler->file = file->file;
			if (typed && !map_compile_group(compiler, group, NULL, parameter_count(group), &made))
				return false;
		}
	return true;
}

/** The first group takes the input and the resource to make, in either order. */
static bool compile_entry(struct map_compiler *compiler)
{
	const struct map_group_syntax *syntax = compiler->files->groups;
	struct map_program *program = compiler->program;
	uint16_t slot = 0;

	compiler->file = compiler->files->file;
	if (parameter_count(syntax) != 2 || syntax->parameters->mode == syntax->parameters->next->mode)
		return map_fail_at(compiler, &syntax->name, "the first group needs one source and one target");
	for (const struct map_parameter *parameter = syntax->parameters; parameter; parameter = parameter->next, slot++) {
		if (!parameter->type.text.ptr)
			return map_fail_at(compiler, &parameter->name, "the first group must name the types of its parameters");
		const struct fhir_type *type = map_find_type(compiler, &parameter->type, parameter->mode);
		if (!type)
			return false;
		*(parameter->mode == MAP_SOURCE ? &program->source_type : &program->target_type) = type;
		*(parameter->mode == MAP_SOURCE ? &program->source_slot : &program->target_slot) = slot;
	}
	return map_compile_group(compiler, syntax, NULL, 2, &program->first);
}

/** A constant may use those before it. */
static bool compile_constant(struct map_compiler *compiler, const struct map_constant_syntax *syntax, struct map_constant *out)
{
	uint16_t count = compiler->program->constant_count;

	for (uint16_t i = 0; i < count; i++)
		if (slice_equal(compiler->program->constants[i].name, syntax->name.text))
			return map_fail_at(compiler, &syntax->name, "%.*s is a constant already", SLICE_ARG(syntax->name.text));
	compiler->variable_count = 0;
	if (!declare_constants(compiler, count) ||
	    !map_compile_expression(compiler, &syntax->expression, NULL, &out->expression, &compiler->constant_types[count]))
		return false;
	out->at = (struct map_at){ compiler->file, syntax->name.line, syntax->name.column };
	out->name = arena_copy(compiler->arena, syntax->name.text);
	compiler->program->constant_count++;
	return out->name.ptr || error_memory(compiler->err);
}

static bool compile_constants(struct map_compiler *compiler)
{
	struct map_constant *constants;
	size_t count = 0;

	for (const struct map_syntax *file = compiler->files; file; file = file->next)
		for (const struct map_constant_syntax *one = file->constants; one; one = one->next)
			count++;
	compiler->constant_types = arena_new_array(compiler->scratch, const struct fhir_type *, count);
	compiler->program->constants = constants = arena_new_array(compiler->arena, struct map_constant, count);
	if (!constants || !compiler->constant_types)
		return error_memory(compiler->err);
	for (const struct map_syntax *file = compiler->files; file; file = file->next) {
		compiler->file = file->file;
		for (const struct map_constant_syntax *one = file->constants; one; one = one->next)
			if (!compile_constant(compiler, one, constants++))
				return false;
	}
	return true;
}

static bool compile_files(struct map_compiler *compiler, const char *name, struct slice text)
{
	if (!map_read_file(compiler, name, text, &compiler->files) || !map_read_imports(compiler))
		return false;
	for (const struct map_syntax *file = compiler->files; file; file = file->next)
		if (!map_check_uses(compiler, file))
			return false;
	compiler->program->url = arena_copy(compiler->arena, compiler->files->url);
	return compile_constants(compiler) && compile_entry(compiler) && compile_uncalled(compiler);
}

bool map_compile(struct arena *arena, const struct fhir_schema *source, const struct fhir_schema *target, const char *name,
		 struct slice text, struct map_program **out, struct error *err)
{
	const struct map_library library = { .source = source, .target = target };

	return map_compile_with(arena, &library, name, text, out, err);
}

bool map_compile_with(struct arena *arena, const struct map_library *library, const char *name, struct slice text,
		      struct map_program **out, struct error *err)
{
	struct arena *scratch = arena_new(MAP_SCRATCH_MAX_BYTES);
	struct map_compiler *compiler = scratch ? arena_new_of(scratch, struct map_compiler) : NULL;
	char *file = arena_cstr(arena, slice_of(name));
	bool compiled = false;

	if (compiler) {
		compiler->arena = arena;
		compiler->scratch = scratch;
		compiler->library = library;
		compiler->source = library->source;
		compiler->target = library->target;
		compiler->err = err;
		compiler->program = arena_new_of(arena, struct map_program);
	}
	if (!compiler || !compiler->program || !file) {
		error_memory(err);
	} else {
		compiler->program->source = library->source;
		compiler->program->target = library->target;
		compiled = compile_files(compiler, file, text);
		*out = compiler->program;
	}
	arena_free(scratch);
	return compiled;
}

const struct fhir_type *map_source_type(const struct map_program *program)
{
	return program->source_type;
}

const struct fhir_type *map_target_type(const struct map_program *program)
{
	return program->target_type;
}
