/* SPDX-License-Identifier: Apache-2.0 */
/* Targets and transforms: where a value goes, and whether it can go there. */
#include "map/compile.h"

#include "map/lexer.h"

static bool unknown_transform(struct map_compiler *compiler, const struct map_text *name)
{
	const char *nearest = map_transform_nearest(name->text);

	if (slice_equal(name->text, SLICE("dateOp"))) {
		map_fail_at(compiler, name, "dateOp() has no parameters that the specification would define");
		return error_hint(compiler->err, "FHIRPath does it: (date + 1 month)");
	}
	map_fail_at(compiler, name, "there is no transform %.*s()", SLICE_ARG(name->text));
	return nearest ? error_hint(compiler->err, "did you mean %s()?", nearest) : false;
}

static bool find_target_element(struct map_compiler *compiler, const struct map_target_syntax *syntax, struct map_target *out)
{
	const struct map_variable *context = &compiler->variables[out->context];

	if (context->mode != MAP_TARGET && !context->is_value)
		return map_fail_at(compiler, &syntax->context, "%.*s is a source: a rule writes to targets",
				   SLICE_ARG(context->name));
	if (!syntax->element.text.ptr) {
		out->type = context->type;
		return true;
	}
	if (!context->type)
		return map_fail_at(compiler, &syntax->element, "the type of %.*s is not known here", SLICE_ARG(context->name));
	out->context_type = context->type;
	out->element = fhir_element_find(context->type, syntax->element.text, &out->type);
	out->own_value = !out->element && map_is_own_value(context->type, syntax->element.text);
	if (out->own_value)
		return true;
	if (!out->element) {
		map_fail_at(compiler, &syntax->element, "%.*s has no element %.*s", SLICE_ARG(context->type->name),
			    SLICE_ARG(syntax->element.text));
		return map_hint_element(compiler, context->type, syntax->element.text);
	}
	if (!out->type && out->element->type_count == 1)
		out->type = out->element->types[0];
	return true;
}

bool map_type_allowed(const struct fhir_element *element, const struct fhir_type *type)
{
	for (size_t i = 0; i < element->type_count; i++)
		if (fhir_type_is(type, element->types[i]->name))
			return true;
	return false;
}

/** create('Type') and cast(x, 'type'): the literal names the type to make. */
static bool find_named_type(struct map_compiler *compiler, const struct map_target_syntax *syntax, struct map_target *out)
{
	bool create = slice_equal(syntax->transform.text, SLICE("create"));
	bool cast = slice_equal(syntax->transform.text, SLICE("cast"));
	const struct map_operand_syntax *name = syntax->operands;

	if (cast && name)
		name = name->next;
	if ((!create && !cast) || !name)
		return true;
	if (name->kind != MAP_OPERAND_STRING && name->kind != MAP_OPERAND_NAME)
		return map_fail_at(compiler, &name->text, "%.*s() needs the name of a type", SLICE_ARG(syntax->transform.text));
	const struct fhir_type *type = map_find_type(compiler, &name->text, MAP_TARGET);
	if (!type)
		return false;
	if (out->element && !map_type_allowed(out->element, type))
		return map_fail_at(compiler, &name->text, "%.*s cannot be a %.*s", SLICE_ARG(out->element->name),
				   SLICE_ARG(type->name));
	out->type = type;
	return true;
}

static const struct map_concept_map *find_concept_map(const struct map_compiler *compiler, struct slice id)
{
	if (slice_starts(id, SLICE("#")))
		id = slice_from(id, 1);
	for (const struct map_syntax *file = compiler->files; file; file = file->next)
		for (const struct map_concept_map *map = file->concept_maps; map; map = map->next) {
			struct slice own = slice_starts(map->id, SLICE("#")) ? slice_from(map->id, 1) : map->id;

			if (slice_equal(own, id))
				return map;
		}
	return NULL;
}

/** Absent stays absent. */
static bool keep(struct map_compiler *compiler, struct slice text, struct slice *out)
{
	*out = text.ptr ? arena_copy(compiler->arena, text) : SLICE_NONE;
	return out->ptr || !text.ptr;
}

/** The syntax goes away after compilation; the concepts stay. */
static bool copy_concept_map(struct map_compiler *compiler, const struct map_concept_map *map, const struct map_concept_map **out)
{
	struct map_concept_map *copy = arena_new_of(compiler->arena, struct map_concept_map);
	struct map_concept **end = copy ? &copy->concepts : NULL;

	if (!copy)
		return error_memory(compiler->err);
	for (const struct map_concept *concept = map->concepts; concept; concept = concept->next) {
		struct map_concept *made = arena_new_of(compiler->arena, struct map_concept);

		if (!made)
			return error_memory(compiler->err);
		if (!keep(compiler, concept->source_system, &made->source_system) ||
		    !keep(compiler, concept->source_code, &made->source_code) ||
		    !keep(compiler, concept->target_system, &made->target_system) ||
		    !keep(compiler, concept->target_code, &made->target_code) ||
		    !keep(compiler, concept->target_display, &made->target_display))
			return error_memory(compiler->err);
		*end = made;
		end = &made->next;
	}
	*out = copy;
	return true;
}

static bool find_translation(struct map_compiler *compiler, const struct map_target_syntax *syntax, struct map_target *out)
{
	if (!slice_equal(syntax->transform.text, SLICE("translate")))
		return true;
	const struct map_operand_syntax *name = syntax->operands->next;
	const struct map_concept_map *map = name->kind == MAP_OPERAND_STRING ? find_concept_map(compiler, name->text.text) : NULL;
	struct map_concept_map *read = NULL;
	if (!map && name->kind == MAP_OPERAND_STRING && !map_find_concepts(compiler, name->text.text, &read))
		return false;
	if (map || read)
		return copy_concept_map(compiler, map ? map : read, &out->concept_map);
	map_fail_at(compiler, &name->text, "there is no conceptmap %.*s", SLICE_ARG(name->text.text));
	return error_hint(compiler->err, "declare it in the head (conceptmap \"name\" { … }) or give a ConceptMap with that URL");
}

/** cc(), qty() and their like make one type, which the target has to allow. */
static bool find_made_type(struct map_compiler *compiler, const struct map_target_syntax *syntax, struct map_target *out)
{
	const struct fhir_type *type =
	    out->transform->makes ? fhir_type_find(compiler->target, slice_of(out->transform->makes)) : NULL;

	if (!type || (out->type && fhir_type_is(out->type, type->name)))
		return true;
	if (out->element && (out->type || !map_type_allowed(out->element, type)))
		return map_fail_at(compiler, &syntax->transform, "%.*s cannot be the %.*s that %s() makes",
				   SLICE_ARG(out->element->name), SLICE_ARG(type->name), out->transform->name);
	out->type = type;
	return true;
}

/** evaluate(context, 'expression'): the text is FHIRPath, which begins behind its quote. */
static void expect_expression(const struct map_target_syntax *syntax)
{
	struct map_operand_syntax *last = syntax->operands;

	if (!slice_equal(syntax->transform.text, SLICE("evaluate")))
		return;
	while (last->next)
		last = last->next;
	if (last->kind != MAP_OPERAND_STRING)
		return;
	last->kind = MAP_OPERAND_EXPRESSION;
	last->text.column++;
}

static bool compile_transform(struct map_compiler *compiler, const struct map_target_syntax *syntax, struct map_target *out)
{
	if (!syntax->transform.text.ptr)
		return true;
	out->transform = map_transform_find(syntax->transform.text);
	if (!out->transform)
		return unknown_transform(compiler, &syntax->transform);
	/* The type named by create and cast is looked up here and is no operand at run time. */
	struct map_operand_syntax *operands = syntax->operands, *type_name = NULL;
	size_t given = 0;
	for (const struct map_operand_syntax *operand = operands; operand; operand = operand->next)
		given++;
	if (given < out->transform->min_operands || given > out->transform->max_operands)
		return map_fail_at(compiler, &syntax->transform, "%.*s() takes %u to %u operands, not %zu",
				   SLICE_ARG(syntax->transform.text), out->transform->min_operands, out->transform->max_operands,
				   given);
	if (!find_named_type(compiler, syntax, out) || !find_made_type(compiler, syntax, out) ||
	    !find_translation(compiler, syntax, out))
		return false;
	expect_expression(syntax);
	if (slice_equal(syntax->transform.text, SLICE("create")))
		operands = NULL;
	if (slice_equal(syntax->transform.text, SLICE("cast")) && operands->next) {
		type_name = operands->next;
		operands->next = NULL;
	}
	bool compiled = map_compile_operands(compiler, operands, &out->operands, &out->operand_count);
	if (type_name)
		operands->next = type_name;
	return compiled;
}

static bool is_primitive(const struct fhir_type *type)
{
	return type->kind == FHIR_KIND_PRIMITIVE;
}

/** What a bare variable or literal is worth is known before it runs: a value that can never fit is told now. */
static bool check_copy(struct map_compiler *compiler, const struct map_target_syntax *syntax, const struct map_target *target)
{
	if (!slice_equal(syntax->transform.text, SLICE("copy")) || !target->type || !target->element)
		return true;
	const struct map_operand *operand = target->operands;
	const struct fhir_type *from = operand->kind == MAP_OPERAND_NAME ? compiler->variables[operand->slot].type : NULL;
	bool literal = operand->kind != MAP_OPERAND_NAME && operand->kind != MAP_OPERAND_EXPRESSION;
	if (literal && !is_primitive(target->type)) {
		map_fail_at(compiler, &syntax->operands->text, "%.*s is a %.*s, which a literal cannot fill",
			    SLICE_ARG(target->element->name), SLICE_ARG(target->type->name));
		return error_hint(compiler->err, "use a transform such as create(), cc(), c(), qty()");
	}
	if (!from || (is_primitive(from) && is_primitive(target->type)) || slice_equal(from->name, target->type->name) ||
	    fhir_type_is(from, target->type->name))
		return true;
	map_fail_at(compiler, &syntax->operands->text, "%.*s is a %.*s and takes no %.*s", SLICE_ARG(target->element->name),
		    SLICE_ARG(target->type->name), SLICE_ARG(from->name));
	return error_hint(compiler->err,
			  is_primitive(from) ? "use a transform such as create(), cc(), c(), qty()"
					     : "copy one of its elements, for example in (%%%.*s.value)",
			  SLICE_ARG(syntax->operands->text.text));
}

/** A new node needs a type: a choice, or an element that holds any resource, has to be told which. */
static bool check_made_type(struct map_compiler *compiler, const struct map_target_syntax *syntax,
			    const struct map_target *target)
{
	bool makes = target->element && (!target->transform || target->transform->builds) && syntax->variable.text.ptr;

	if (!makes || (target->type && !target->type->is_abstract))
		return true;
	if (target->transform && !slice_equal(syntax->transform.text, SLICE("create")))
		return true;
	map_fail_at(compiler, &syntax->element, "%.*s can have several types", SLICE_ARG(syntax->element.text));
	return error_hint(compiler->err, "choose one with create('Type')");
}

/** The type of what a bare operand is worth, for the variable that keeps it. */
static const struct fhir_type *value_type(const struct map_compiler *compiler, const struct map_target *target)
{
	const struct map_operand *operand = target->operand_count == 1 ? target->operands : NULL;

	if (!operand || !slice_equal(slice_of(target->transform->name), SLICE("copy")))
		return NULL;
	return operand->kind == MAP_OPERAND_NAME ? compiler->variables[operand->slot].type : operand->type;
}

bool map_compile_target(struct map_compiler *compiler, const struct map_target_syntax *syntax, struct map_target *out)
{
	out->at = (struct map_at){ compiler->file, syntax->context.line, syntax->context.column };
	out->context = MAP_NO_SLOT;
	if (syntax->context.text.ptr && !map_find_variable(compiler, &syntax->context, &out->context))
		return false;
	if (syntax->context.text.ptr && !find_target_element(compiler, syntax, out))
		return false;
	if (!compile_transform(compiler, syntax, out))
		return false;
	if (out->own_value && out->transform && out->transform->builds)
		return map_fail_at(compiler, &syntax->transform, "a primitive's value cannot be made by %s()",
				   out->transform->name);
	if (!check_copy(compiler, syntax, out) || !check_made_type(compiler, syntax, out))
		return false;
	if (!out->element && out->transform && out->transform->builds && !out->type &&
	    slice_equal(syntax->transform.text, SLICE("create")))
		return map_fail_at(compiler, &syntax->transform, "create() needs a type here");
	out->list = syntax->list;
	out->share = syntax->share.ptr ? arena_copy(compiler->arena, syntax->share) : SLICE_NONE;
	struct map_variable made = { .mode = MAP_TARGET, .type = out->type };
	/* A value without a place can be read like a source. */
	made.is_value = !out->element && out->transform && !out->transform->builds;
	if (made.is_value)
		made.type = value_type(compiler, out);
	return map_declare(compiler, &syntax->variable, made, &out->variable);
}
