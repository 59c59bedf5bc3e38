/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/schema.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 4096u
#define STRUCTURES "structures/"

static const struct {
	const char *name, *number;
} versions[FHIR_VERSION_COUNT] = {
	[FHIR_R4] = { "r4", "4.0.1" },
	[FHIR_R5] = { "r5", "5.0.0" },
};

const char *fhir_version_name(enum fhir_version version)
{
	return versions[version].name;
}

const char *fhir_version_number(enum fhir_version version)
{
	return versions[version].number;
}

enum fhir_version fhir_schema_version(const struct fhir_schema *schema)
{
	return schema->version;
}

/* FNV-1a: keys are short and trusted (profiles and the operator's definitions). */
static size_t hash(struct slice key)
{
	uint64_t value = 14695981039346656037u;

	for (size_t i = 0; i < key.len; i++)
		value = (value ^ (unsigned char)key.ptr[i]) * 1099511628211u;
	return (size_t)(value ^ (value >> 32));
}

static struct schema_slot *slot_of(const struct fhir_schema *schema, struct slice key)
{
	size_t mask = schema->slot_count - 1;
	size_t at = hash(key) & mask;

	while (schema->slots[at].entry && !slice_equal(schema->slots[at].key, key))
		at = (at + 1) & mask;
	return &schema->slots[at];
}

static bool slots_grow(struct fhir_schema *schema)
{
	struct schema_slot *old = schema->slots;
	size_t old_count = schema->slot_count;

	schema->slot_count = old_count ? old_count * 2 : FIRST_SLOTS;
	schema->slots = arena_new_array(schema->arena, struct schema_slot, schema->slot_count);
	if (!schema->slots)
		return false;
	for (size_t i = 0; i < old_count; i++)
		if (old[i].entry)
			*slot_of(schema, old[i].key) = old[i];
	return true;
}

static bool slot_set(struct fhir_schema *schema, struct slice key, struct schema_type *entry)
{
	if (schema->slots_used * 2 >= schema->slot_count && !slots_grow(schema))
		return false;
	*slot_of(schema, key) = (struct schema_slot){ key, entry };
	schema->slots_used++;
	return true;
}

static bool sorted_append(struct fhir_schema *schema, struct schema_type *entry)
{
	if (schema->type_count == schema->type_capacity) {
		size_t capacity = schema->type_capacity ? schema->type_capacity * 2 : FIRST_SLOTS / 2;
		struct schema_type **grown = arena_new_array(schema->arena, struct schema_type *, capacity);
		if (!grown)
			return false;
		if (schema->type_count)
			memcpy(grown, schema->sorted, schema->type_count * sizeof(struct schema_type *));
		schema->sorted = grown;
		schema->type_capacity = capacity;
	}
	schema->sorted[schema->type_count++] = entry;
	return true;
}

struct schema_type *schema_type_new(struct fhir_schema *schema, struct slice name, struct slice url, const char *place,
				    struct error *err)
{
	struct schema_type *entry = arena_new_of(schema->arena, struct schema_type);

	if (!name.len || schema_type_find(schema, name) || (url.len && schema_type_find(schema, url))) {
		error_set(err, ERROR_CONFLICT, place, "type \"%.*s\" (%.*s) has no name or is already defined", SLICE_ARG(name),
			  SLICE_ARG(url));
		return NULL;
	}
	if (!entry || !slot_set(schema, name, entry) || (url.len && !slot_set(schema, url, entry)) ||
	    !sorted_append(schema, entry)) {
		error_memory(err);
		return NULL;
	}
	entry->type.name = name;
	entry->type.url = url;
	entry->self = &entry->type;
	return entry;
}

struct schema_type *schema_type_find(const struct fhir_schema *schema, struct slice name)
{
	return schema->slot_count && name.len ? slot_of(schema, name)->entry : NULL;
}

static int compare_names(const void *a, const void *b)
{
	return slice_compare((*(struct schema_type *const *)a)->type.name, (*(struct schema_type *const *)b)->type.name);
}

void schema_sort(struct fhir_schema *schema)
{
	qsort(schema->sorted, schema->type_count, sizeof(struct schema_type *), compare_names);
}

size_t schema_count(struct slice text, char separator)
{
	size_t count = 0;

	for (; text.len; count++)
		(void)slice_cut(&text, separator);
	return count;
}

enum fhir_binding schema_binding(struct slice word)
{
	static const struct slice words[] = {
		[FHIR_BINDING_EXAMPLE] = { "example", 7 },
		[FHIR_BINDING_PREFERRED] = { "preferred", 9 },
		[FHIR_BINDING_EXTENSIBLE] = { "extensible", 10 },
		[FHIR_BINDING_REQUIRED] = { "required", 8 },
	};

	for (size_t i = 1; i < ARRAY_SIZE(words); i++)
		if (slice_equal(word, words[i]))
			return (enum fhir_binding)i;
	return FHIR_BINDING_NONE;
}

/* ---- our StructureDefinitions ---- */

struct structures {
	struct fhir_schema *schema;
	struct error *err;
};

bool fhir_asset_is_for(const char *name, enum fhir_version version)
{
	for (int other = 0; other < FHIR_VERSION_COUNT; other++) {
		char ending[16];
		snprintf(ending, sizeof(ending), ".%s.json", versions[other].name);
		if (slice_ends(slice_of(name), slice_of(ending)))
			return other == (int)version;
	}
	return slice_ends(slice_of(name), SLICE(".json"));
}

static bool add_structure(void *context, const char *name, struct slice bytes)
{
	struct structures *all = context;

	return !fhir_asset_is_for(name, all->schema->version) || schema_structure_add(all->schema, name, bytes, all->err);
}

bool fhir_schema_load(struct arena *arena, enum fhir_version version, struct fhir_schema **out, struct error *err)
{
	struct fhir_schema *schema = arena_new_of(arena, struct fhir_schema);
	struct structures all = { schema, err };

	if (!schema)
		return error_memory(err);
	schema->arena = arena;
	schema->version = version;
	if (!schema_table_load(schema, err))
		return false;
	if (!asset_each(STRUCTURES, add_structure, &all))
		return false;
	if (!schema_search_load(schema, err))
		return false;
	*out = schema;
	return true;
}

/* ---- asking ---- */

const struct fhir_type *fhir_type_find(const struct fhir_schema *schema, struct slice name)
{
	const struct schema_type *entry = schema_type_find(schema, name);

	return entry ? &entry->type : NULL;
}

const struct fhir_type *fhir_type_next(const struct fhir_schema *schema, enum fhir_kind kind, size_t *index)
{
	while (*index < schema->type_count) {
		const struct fhir_type *type = &schema->sorted[(*index)++]->type;
		if (type->kind == kind)
			return type;
	}
	return NULL;
}

bool fhir_type_is(const struct fhir_type *type, struct slice name)
{
	for (; type; type = type->base)
		if (slice_equal(type->name, name))
			return true;
	return false;
}

/** "Quantity" for the type of name "Quantity", "String" for "string": how a choice spells its type. */
static bool spells_type(struct slice suffix, struct slice type)
{
	if (suffix.len != type.len || suffix.len == 0)
		return false;
	char first = type.ptr[0] >= 'a' && type.ptr[0] <= 'z' ? (char)(type.ptr[0] - 'a' + 'A') : type.ptr[0];
	return suffix.ptr[0] == first && memcmp(suffix.ptr + 1, type.ptr + 1, suffix.len - 1) == 0;
}

static const struct fhir_type *choice_find(const struct fhir_element *element, struct slice name)
{
	if (!slice_starts(name, element->name))
		return NULL;
	for (size_t i = 0; i < element->type_count; i++)
		if (spells_type(slice_from(name, element->name.len), element->types[i]->name))
			return element->types[i];
	return NULL;
}

const struct fhir_element *fhir_element_find(const struct fhir_type *type, struct slice name, const struct fhir_type **choice)
{
	const struct fhir_type *chosen = NULL;

	if (choice)
		*choice = NULL;
	if (name.len == 0)
		return NULL;
	for (size_t i = 0; i < type->element_count; i++) {
		const struct fhir_element *element = &type->elements[i];
		if (element->name.ptr[0] != name.ptr[0])
			continue;
		if (!slice_equal(element->name, name) && !(element->is_choice && (chosen = choice_find(element, name))))
			continue;
		if (choice)
			*choice = chosen;
		return element;
	}
	return NULL;
}

const struct fhir_search_param *fhir_search_params(const struct fhir_schema *schema, const struct fhir_type *type, size_t *count)
{
	const struct schema_type *entry = schema_type_find(schema, type->name);

	*count = entry ? entry->param_count : 0;
	return entry ? entry->params : NULL;
}
