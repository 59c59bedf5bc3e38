/* SPDX-License-Identifier: Apache-2.0 */
/* A StructureDefinition that constrains, made into a tree. */
#include "validate/profile.h"

#define BASES_MAX 16u
#define ELEMENTS_MAX 20000u
#define ID_MAX_BYTES 1000u

/** An element without id is the slice that stood last before it: `before` is that one's id. Absent: too long, or no memory. The
 * length of ids is also the depth of what is made of them. */
static struct slice id_of(struct validator *validator, const struct fhir_node *element, struct slice before)
{
	struct slice id = fhir_node_text(element, SLICE("id")), path = fhir_node_text(element, SLICE("path"));
	struct slice slice_name = fhir_node_text(element, SLICE("sliceName"));
	struct buf made;

	if (id.ptr)
		return id.len <= ID_MAX_BYTES ? id : SLICE_NONE;
	buf_init(&made, ID_MAX_BYTES);
	for (bool same = true; path.ptr;) {
		struct slice name = slice_cut(&path, '.'), whole = slice_cut(&before, '.'), rest = whole;

		same = same && slice_equal(slice_cut(&rest, ':'), name);
		buf_printf(&made, "%s%.*s", made.len ? "." : "", SLICE_ARG(same && path.ptr ? whole : name));
	}
	if (slice_name.ptr)
		buf_printf(&made, ":%.*s", SLICE_ARG(slice_name));
	id = made.failed ? SLICE_NONE : arena_copy(validator->arena, buf_slice(&made));
	buf_free(&made);
	return id;
}

static bool is_path_of(const struct profile *profile, struct slice path)
{
	return slice_equal(slice_cut(&path, '.'), profile->type->name);
}

static bool read_element(struct validator *validator, struct profile *profile, const struct fhir_node *element,
			 struct slice *before, struct error *err)
{
	struct slice path = fhir_node_text(element, SLICE("path"));

	if (!is_path_of(profile, path))
		return held_refuse(profile->held, element, err, "the path \"%.*s\" does not begin with %.*s", SLICE_ARG(path),
				   SLICE_ARG(profile->type->name));
	struct slice id = id_of(validator, element, *before);
	if (!id.ptr)
		return error_set(err, ERROR_LIMIT, profile->held->place, "a path of more than %u bytes", ID_MAX_BYTES);
	struct definition *definition = definition_make(validator, profile, element, id, err);
	*before = id;
	return definition && definition_read(validator, profile, definition, element, err);
}

static bool read_view(struct validator *validator, struct profile *profile, const struct fhir_node *view, struct error *err)
{
	const struct fhir_node *element = view ? fhir_node_child(view, SLICE("element")) : NULL;
	struct slice before = SLICE_NONE;

	for (size_t count = 0; element; element = fhir_node_again(element)) {
		if (count++ == ELEMENTS_MAX)
			return error_set(err, ERROR_LIMIT, profile->held->place, "more than %u elements", ELEMENTS_MAX);
		if (!read_element(validator, profile, element, &before, err))
			return false;
	}
	return true;
}

static struct definition *new_root(struct validator *validator, const struct profile *profile)
{
	struct definition *root = arena_new_of(validator->arena, struct definition);

	if (!root)
		return NULL;
	root->name = profile->type->name;
	root->type = profile->type;
	root->max = FHIR_UNBOUNDED;
	return root;
}

static bool make(struct validator *validator, struct held *held, unsigned depth, struct error *err);

/** What the base says already, when there is only a differential. */
static bool begin_root(struct validator *validator, struct profile *profile, bool is_whole, unsigned depth, struct error *err)
{
	const struct fhir_node *url = fhir_node_child(profile->held->resource, SLICE("baseDefinition"));
	struct held *base;

	profile->root = NULL;
	if (is_whole || !url || fhir_type_find(validator->schema, url->value)) {
		profile->root = new_root(validator, profile);
		return profile->root || error_memory(err);
	}
	if (!(base = catalogue_find(&validator->knowledge.profiles, url->value))) {
		held_refuse(profile->held, url, err, "its base %.*s is not known", SLICE_ARG(url->value));
		return error_hint(err, "give the base too, or a StructureDefinition that has a snapshot");
	}
	if (!make(validator, base, depth + 1, err))
		return false;
	profile->root = definition_copy(validator->arena, base->profile->root);
	return profile->root || error_memory(err);
}

static bool make(struct validator *validator, struct held *held, unsigned depth, struct error *err)
{
	const struct fhir_node *snapshot = fhir_node_child(held->resource, SLICE("snapshot"));
	struct slice type = fhir_node_text(held->resource, SLICE("type"));
	struct profile *profile;

	if (held->profile)
		return true;
	if (depth == BASES_MAX)
		return held_refuse(held, held->resource, err, "bases that lead in a circle, or more than %u of them", BASES_MAX);
	if (!(profile = arena_new_of(validator->arena, struct profile)))
		return error_memory(err);
	profile->held = held;
	profile->type = fhir_type_find(validator->schema, type);
	if (!profile->type)
		return held_refuse(held, held->resource, err, "there is no type \"%.*s\" in %s", SLICE_ARG(type),
				   fhir_version_name(fhir_schema_version(validator->schema)));
	if (!begin_root(validator, profile, snapshot != NULL, depth, err) ||
	    !read_view(validator, profile, snapshot ? snapshot : fhir_node_child(held->resource, SLICE("differential")), err))
		return false;
	held->profile = profile;
	return true;
}

bool profiles_make(struct validator *validator, struct error *err)
{
	struct catalogue *profiles = &validator->knowledge.profiles;

	for (size_t i = 0; i < profiles->count; i++)
		if (!make(validator, &profiles->items[i], 0, err))
			return false;
	return true;
}
