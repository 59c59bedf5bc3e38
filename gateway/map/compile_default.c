/* SPDX-License-Identifier: Apache-2.0 */
/* Default groups. <<types>> stands for its pair of types; <<type+>> also where only the source's type is given, because the
 * target can have several: its own target type is the one that is made. Source: FHIR R5 "FHIR Mapping Language", default mapping
 * groups. */
#include "map/compile.h"

struct map_default {
	const struct map_group_syntax *group;
	const struct fhir_type *from, *to;
};

/** The types of a default group, which has one source and one target. */
static bool find_types(struct map_compiler *compiler, struct map_default *one)
{
	const struct map_parameter *source = one->group->parameters, *target = source ? source->next : NULL;

	compiler->file = one->group->file->file;
	if (!target || target->next || source->mode != MAP_SOURCE || target->mode != MAP_TARGET || !source->type.text.ptr ||
	    !target->type.text.ptr)
		return map_fail_at(compiler, &one->group->name,
				   "a default group has one source and one target, both with their types");
	one->from = map_find_type(compiler, &source->type, MAP_SOURCE);
	one->to = one->from ? map_find_type(compiler, &target->type, MAP_TARGET) : NULL;
	return one->to != NULL;
}

static bool add_default(struct map_compiler *compiler, const struct map_group_syntax *group)
{
	struct map_default *made = &compiler->defaults[compiler->default_count];

	made->group = group;
	if (!find_types(compiler, made))
		return false;
	for (size_t i = 0; i < compiler->default_count; i++) {
		const struct map_default *other = &compiler->defaults[i];

		if (other->from != made->from || other->to != made->to)
			continue;
		map_fail_at(compiler, &group->name, "group %.*s is the default from %.*s to %.*s already",
			    SLICE_ARG(other->group->name.text), SLICE_ARG(made->from->name), SLICE_ARG(made->to->name));
		return error_hint(compiler->err, "it stands at %s:%u", other->group->file->file, other->group->name.line);
	}
	compiler->default_count++;
	return true;
}

bool map_find_defaults(struct map_compiler *compiler)
{
	size_t count = 0;

	for (const struct map_syntax *file = compiler->files; file; file = file->next)
		for (const struct map_group_syntax *group = file->groups; group; group = group->next)
			count += group->by_default != MAP_DEFAULT_NONE;
	if (!(compiler->defaults = arena_new_array(compiler->scratch, struct map_default, count)))
		return error_memory(compiler->err);
	for (const struct map_syntax *file = compiler->files; file; file = file->next)
		for (const struct map_group_syntax *group = file->groups; group; group = group->next)
			if (group->by_default != MAP_DEFAULT_NONE && !add_default(compiler, group) &&
			    !map_mistakes_go_on(&compiler->mistakes))
				return false;
	return true;
}

/** Whether an item of the source can be what the group takes; `from` is its type where that is known. */
static bool takes(const struct map_default *one, const struct map_source *source, const struct fhir_type *from)
{
	if (from && !from->is_abstract)
		return slice_equal(one->from->name, from->name);
	if (source->element && !source->type)
		return map_type_allowed(source->element, one->from);
	return !from || fhir_type_is(one->from, from->name);
}

static bool makes(const struct map_default *one, const struct map_target *target)
{
	if (target->type && !target->type->is_abstract)
		return one->to == target->type;
	return one->group->by_default == MAP_DEFAULT_TYPE_AND_TYPES && map_type_allowed(target->element, one->to);
}

static bool add_filler(struct map_compiler *compiler, const struct map_default *one, const struct map_target_syntax *syntax,
		       struct map_filler *fillers, size_t *count)
{
	const struct fhir_type *types[] = { one->from, one->to };

	for (size_t i = 0; i < *count; i++)
		if (fillers[i].from == one->from) {
			map_fail_at(compiler, &syntax->element, "groups %.*s and %.*s both take a %.*s by default here",
				    SLICE_ARG(fillers[i].group->name), SLICE_ARG(one->group->name.text),
				    SLICE_ARG(one->from->name));
			return error_hint(compiler->err, "choose the type with create('Type') and call the group in \"then\"");
		}
	fillers[*count] = (struct map_filler){ .from = one->from, .to = one->to };
	return map_compile_group(compiler, one->group, types, 2, &fillers[(*count)++].group);
}

static bool find_fillers(struct map_compiler *compiler, const struct map_source *source, const struct map_target_syntax *syntax,
			 struct map_target *out)
{
	const struct fhir_type *from = map_item_type(compiler, source);
	struct map_filler *fillers = arena_new_array(compiler->arena, struct map_filler, compiler->default_count);

	if (!fillers)
		return error_memory(compiler->err);
	out->fillers = fillers;
	for (size_t i = 0; i < compiler->default_count; i++) {
		const struct map_default *one = &compiler->defaults[i];

		if (takes(one, source, from) && makes(one, out) &&
		    !add_filler(compiler, one, syntax, fillers, &out->filler_count))
			return false;
	}
	return true;
}

/** Whether a copy can fill the target as it is. */
static bool can_copy(const struct fhir_type *from, const struct map_target *target)
{
	const struct fhir_type *to = target->type;

	if (!to || to->is_abstract)
		return map_type_allowed(target->element, from);
	return (from->kind == FHIR_KIND_PRIMITIVE && to->kind == FHIR_KIND_PRIMITIVE) || fhir_type_is(from, to->name);
}

bool map_compile_default(struct map_compiler *compiler, const struct map_source *source, const struct map_target_syntax *syntax,
			 struct map_target *out)
{
	const struct fhir_type *from = map_item_type(compiler, source);

	out->copies_source = true;
	if (out->own_value)
		return true;
	if (!find_fillers(compiler, source, syntax, out))
		return false;
	if (out->filler_count > 0 || !from || from->is_abstract || can_copy(from, out))
		return true;
	if (out->type)
		map_fail_at(compiler, &syntax->element, "a %.*s does not become a %.*s by itself", SLICE_ARG(from->name),
			    SLICE_ARG(out->type->name));
	else
		map_fail_at(compiler, &syntax->element, "%.*s cannot be a %.*s", SLICE_ARG(syntax->element.text),
			    SLICE_ARG(from->name));
	return error_hint(compiler->err, "say how in \"then { … }\", with a transform, or in a default group <<types>>");
}
