/* SPDX-License-Identifier: Apache-2.0 */
/* From syntax to program: groups, their types and the files they come from. */
#include "map/compile.h"

#include "map/lexer.h"

bool map_fail_at(struct map_compiler *compiler, const struct map_text *at, const char *format, ...)
{
	char message[400];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	return map_fail(compiler->err, compiler->file, at->line, at->column, "%s", message);
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
			if (typed && !map_compile_group(compiler, group, NULL, map_count_parameters(group), &made) &&
			    !map_mistakes_go_on(&compiler->mistakes))
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
	if (map_count_parameters(syntax) != 2 || syntax->parameters->mode == syntax->parameters->next->mode)
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
	if (!map_declare_constants(compiler, count) ||
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

/** Heads first: what is wrong there would be missed everywhere below. */
static bool check_heads(struct map_compiler *compiler)
{
	bool right = true;

	for (const struct map_syntax *file = compiler->files; file; file = file->next) {
		if (map_check_uses(compiler, file) && map_check_group_names(compiler, file))
			continue;
		right = false;
		if (!map_mistakes_go_on(&compiler->mistakes))
			return false;
	}
	return right && compile_constants(compiler);
}

static bool compile_files(struct map_compiler *compiler, const char *name, struct slice text)
{
	if (!map_read_file(compiler, name, text, &compiler->files) || !map_read_imports(compiler) || !check_heads(compiler))
		return false;
	compiler->program->url = arena_copy(compiler->arena, compiler->files->url);
	if (!map_find_defaults(compiler))
		return false;
	if (!compile_entry(compiler) && !map_mistakes_go_on(&compiler->mistakes))
		return false;
	return compile_uncalled(compiler) && compiler->mistakes.count == 0;
}

/** The error of a map whose mistakes were told is how many they are. */
static bool sum_up(struct map_compiler *compiler, const char *name)
{
	struct map_mistakes *mistakes = &compiler->mistakes;

	if (map_mistakes_go_on(mistakes))
		return error_set(compiler->err, ERROR_SYNTAX, name, "%zu mistake%s", mistakes->count,
				 mistakes->count == 1 ? "" : "s");
	if (mistakes->count < MAP_MISTAKES_MAX || compiler->err->code != ERROR_SYNTAX)
		return false;
	*compiler->err = (struct error){ .code = ERROR_NONE };
	return error_set(compiler->err, ERROR_SYNTAX, name, "more than %u mistakes", MAP_MISTAKES_MAX);
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
	struct map_program *program = arena_new_of(arena, struct map_program);
	char *file = arena_cstr(arena, slice_of(name));
	bool compiled = false;

	if (!compiler || !program || !file) {
		arena_free(scratch);
		return error_memory(err);
	}
	*program = (struct map_program){ .source = library->source, .target = library->target };
	compiler->arena = arena;
	compiler->scratch = scratch;
	compiler->library = library;
	compiler->source = library->source;
	compiler->target = library->target;
	compiler->err = err;
	compiler->program = program;
	compiler->mistakes = (struct map_mistakes){ library->mistake, library->context, scratch, err, 0, NULL };
	compiled = compile_files(compiler, file, text) || sum_up(compiler, file);
	*out = program;
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
