/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of a profile, and ids that lead through it: FHIR, "ElementDefinition", section "id": "name" or "name:slice" by '.', a
 * slice of a slice as "slice/inner". */
#include "validate/profile.h"

#define CHOICE SLICE("[x]")

struct definition *definition_child(const struct definition *definition, struct slice name)
{
	struct definition *child = definition->children;

	while (child && !slice_equal(child->name, name))
		child = child->next;
	return child;
}

struct definition *definition_slice(const struct definition *definition, struct slice name)
{
	struct definition *slice = definition->slices;

	while (slice && !slice_equal(slice->slice_name, name))
		slice = slice->next;
	return slice;
}

static struct slice bare(struct slice name)
{
	if (slice_ends(name, CHOICE))
		name.len -= CHOICE.len;
	return name;
}

struct definition *definition_at(struct definition *root, struct slice id)
{
	struct definition *found = root;

	(void)slice_cut(&id, '.');
	while (found && id.ptr) {
		struct slice slices = slice_cut(&id, '.'), name = slice_cut(&slices, ':');

		found = definition_child(found, bare(name));
		while (found && slices.ptr)
			found = definition_slice(found, slice_cut(&slices, '/'));
	}
	return found;
}

/* ---- making ---- */

static struct definition *append(struct validator *validator, struct definition **list, struct definition *parent)
{
	struct definition *made = arena_new_of(validator->arena, struct definition);

	if (!made)
		return NULL;
	made->max = FHIR_UNBOUNDED;
	made->parent = parent;
	while (*list)
		list = &(*list)->next;
	*list = made;
	return made;
}

static bool set_only_type(struct validator *validator, struct definition *definition, const struct fhir_type *type)
{
	struct narrowed_type *types = arena_new_of(validator->arena, struct narrowed_type);

	if (!types)
		return false;
	types->name = type->name;
	definition->types = types;
	definition->type_count = 1;
	definition->type = type;
	return true;
}

/** A slice "valueQuantity" of a choice says by its name what its type is. */
static struct definition *make_slice(struct validator *validator, struct definition *of, struct slice name)
{
	const struct fhir_type *owner = of->parent ? of->parent->type : NULL, *choice = NULL;
	struct definition *slice = definition_slice(of, name);

	if (slice)
		return slice;
	slice = append(validator, &of->slices, of->parent);
	if (!slice)
		return NULL;
	slice->name = of->name;
	slice->slice_name = name;
	slice->type = of->type;
	if (owner && fhir_element_find(owner, name, &choice) && choice && !set_only_type(validator, slice, choice))
		return NULL;
	return slice;
}

/** `name` as it stands in a path: "value[x]", or "valueQuantity" for the slice of that type. */
static struct definition *make_child(struct validator *validator, struct definition *parent, struct slice name)
{
	const struct fhir_type *choice = NULL;
	const struct fhir_element *element = parent->type ? fhir_element_find(parent->type, bare(name), &choice) : NULL;
	struct slice real = element ? element->name : bare(name);
	struct definition *child = definition_child(parent, real);

	if (!child) {
		child = append(validator, &parent->children, parent);
		if (!child)
			return NULL;
		child->name = real;
		child->type = element && element->type_count == 1 ? element->types[0] : NULL;
	}
	return choice ? make_slice(validator, child, name) : child;
}

/** What an abstract type will have is seen when the resource is. */
static bool can_have(const struct definition *definition, struct slice name)
{
	const struct fhir_type *type = definition->type, *choice = NULL;

	return !type || type->is_abstract || fhir_element_find(type, bare(name), &choice) != NULL;
}

struct definition *definition_make(struct validator *validator, const struct profile *profile, const struct fhir_node *element,
				   struct slice id, struct error *err)
{
	struct definition *at = profile->root;

	(void)slice_cut(&id, '.');
	while (id.ptr) {
		struct slice slices = slice_cut(&id, '.'), name = slice_cut(&slices, ':');

		if (!can_have(at, name)) {
			held_refuse(profile->held, element, err, "%.*s has no element \"%.*s\"", SLICE_ARG(at->type->name),
				    SLICE_ARG(name));
			return NULL;
		}
		at = make_child(validator, at, name);
		while (at && slices.ptr)
			at = make_slice(validator, at, slice_cut(&slices, '/'));
		if (!at) {
			error_memory(err);
			return NULL;
		}
	}
	return at;
}

/* ---- copying ---- */

static bool copy_list(struct arena *arena, const struct definition *from, struct definition *parent, struct definition **out)
{
	for (; from; from = from->next) {
		struct definition *made = definition_copy(arena, from);

		if (!made)
			return false;
		made->parent = parent;
		*out = made;
		out = &made->next;
	}
	return true;
}

struct definition *definition_copy(struct arena *arena, const struct definition *from)
{
	struct definition *made = arena_new_of(arena, struct definition);

	if (!made)
		return NULL;
	*made = *from;
	made->children = made->slices = made->next = NULL;
	if (!copy_list(arena, from->children, made, &made->children))
		return NULL;
	return copy_list(arena, from->slices, from->parent, &made->slices) ? made : NULL;
}
