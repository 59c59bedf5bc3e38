/* SPDX-License-Identifier: Apache-2.0 */
#include "validate/knowledge.h"

#include "validate/run.h"

#include <stdlib.h>
#include <string.h>

#define CANONICALS_MAX 100000u
#define CAPACITY_FIRST 32u
#define BUNDLE_DEPTH_MAX 4u

struct loading {
	struct validator *validator;
	size_t rank;
	struct error *err;
};

bool held_refuse(const struct held *held, const struct fhir_node *node, struct error *err, const char *format, ...)
{
	char place[sizeof(err->place)], message[sizeof(err->message)];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	snprintf(place, sizeof(place), "%.200s:%u:%u", held->place, node->line, node->column);
	return error_set(err, ERROR_SYNTAX, place, "%s", message);
}

/* ---- catalogues ---- */

static bool make_room(struct arena *arena, struct catalogue *catalogue, struct error *err)
{
	if (catalogue->count < catalogue->capacity)
		return true;
	if (catalogue->count >= CANONICALS_MAX)
		return error_set(err, ERROR_LIMIT, "", "more than %u definitions", CANONICALS_MAX);
	size_t capacity = catalogue->capacity ? 2 * catalogue->capacity : CAPACITY_FIRST;
	struct held *items = arena_new_array(arena, struct held, capacity);

	if (!items)
		return error_memory(err);
	if (catalogue->count)
		memcpy(items, catalogue->items, catalogue->count * sizeof(*items));
	catalogue->items = items;
	catalogue->capacity = capacity;
	return true;
}

static int by_canonical(const void *left, const void *right)
{
	const struct held *a = left, *b = right;
	int order = slice_compare(a->url, b->url);

	if (order != 0)
		return order;
	return a->rank < b->rank ? 1 : -1;
}

static int by_url(const void *key, const void *item)
{
	return slice_compare(*(const struct slice *)key, ((const struct held *)item)->url);
}

struct held *catalogue_find(const struct catalogue *catalogue, struct slice canonical)
{
	struct slice version = canonical, url = slice_cut(&version, '|');
	struct held *found = catalogue->count ? bsearch(&url, catalogue->items, catalogue->count, sizeof(*found), by_url) : NULL;

	while (found && found > catalogue->items && slice_equal(found[-1].url, url))
		found--;
	for (; found && version.ptr && !slice_equal(found->version, version); found++)
		if (found + 1 == catalogue->items + catalogue->count || !slice_equal(found[1].url, url))
			return NULL;
	return found;
}

static void sort(struct catalogue *catalogue)
{
	if (catalogue->count)
		qsort(catalogue->items, catalogue->count, sizeof(*catalogue->items), by_canonical);
}

/* ---- what comes in ---- */

/** Where a definition belongs; NULL: it is none of ours, as a type's StructureDefinition, which the schema has. */
static struct catalogue *catalogue_of(struct knowledge *knowledge, const struct fhir_node *resource)
{
	struct slice type = resource->type->name;

	if (slice_equal(type, SLICE("ValueSet")))
		return &knowledge->value_sets;
	if (slice_equal(type, SLICE("CodeSystem")))
		return &knowledge->code_systems;
	if (!slice_equal(type, SLICE("StructureDefinition")))
		return NULL;
	return slice_equal(fhir_node_text(resource, SLICE("derivation")), SLICE("constraint")) ? &knowledge->profiles : NULL;
}

static bool add_one(struct loading *loading, const char *place, const struct fhir_node *resource)
{
	struct catalogue *catalogue = catalogue_of(&loading->validator->knowledge, resource);
	struct held held = { .place = place, .resource = resource, .rank = loading->rank++ };

	if (!catalogue)
		return true;
	held.url = fhir_node_text(resource, SLICE("url"));
	held.version = fhir_node_text(resource, SLICE("version"));
	if (!held.url.len)
		return held_refuse(&held, resource, loading->err, "a %.*s without url cannot be found",
				   SLICE_ARG(resource->type->name));
	if (!make_room(loading->validator->arena, catalogue, loading->err))
		return false;
	catalogue->items[catalogue->count++] = held;
	return true;
}

static bool add(struct loading *loading, const char *place, const struct fhir_node *resource, unsigned depth)
{
	if (!slice_equal(resource->type->name, SLICE("Bundle")))
		return add_one(loading, place, resource);
	if (depth == BUNDLE_DEPTH_MAX)
		return error_set(loading->err, ERROR_LIMIT, place, "Bundles in Bundles");
	for (const struct fhir_node *entry = fhir_node_child(resource, SLICE("entry")); entry; entry = fhir_node_again(entry)) {
		const struct fhir_node *inner = fhir_node_child(entry, SLICE("resource"));

		if (inner && !add(loading, place, inner, depth + 1))
			return false;
	}
	return true;
}

static bool refuse_asset(const char *name, const struct issues *issues, struct error *err)
{
	char place[sizeof(err->place)];

	if (!issues->first)
		return error_memory(err);
	snprintf(place, sizeof(place), "%.200s:%u:%u", name, issues->first->line, issues->first->column);
	return error_set(err, ERROR_SYNTAX, place, "%.*s", SLICE_ARG(issues->first->text));
}

/** Read leniently: a definition may be written for the other version of FHIR, whose elements about itself differ a little. */
static bool add_asset(void *context, const char *name, struct slice bytes)
{
	struct loading *loading = context;
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	const struct fhir_schema *schema = loading->validator->schema;
	struct arena *arena = loading->validator->arena;
	struct fhir_node *resource;
	struct issues issues;

	if (!fhir_asset_is_for(name, fhir_schema_version(schema)))
		return true;
	limits.lenient = true;
	issues_init(&issues, arena, 1);
	if (!fhir_json_read(arena, schema, NULL, bytes, &limits, &issues, &resource))
		return refuse_asset(name, &issues, loading->err);
	return add(loading, name, resource, 0);
}

static void sort_all(struct knowledge *knowledge)
{
	sort(&knowledge->profiles);
	sort(&knowledge->value_sets);
	sort(&knowledge->code_systems);
}

bool knowledge_load(struct validator *validator, struct error *err)
{
	static const char *const folders[] = { "extensions/", "structures/", "terminology/" };
	struct loading loading = { .validator = validator, .err = err };

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		if (!asset_each(folders[i], add_asset, &loading))
			return false;
	sort_all(&validator->knowledge);
	return true;
}

static bool copy(struct arena *arena, const struct catalogue *from, struct catalogue *to, struct error *err)
{
	*to = (struct catalogue){ .count = from->count, .capacity = from->count };
	if (from->count == 0)
		return true;
	if (!(to->items = arena_new_array(arena, struct held, from->count)))
		return error_memory(err);
	memcpy(to->items, from->items, from->count * sizeof(*to->items));
	return true;
}

bool knowledge_extend(struct validator *validator, const struct validate_library *library, struct error *err)
{
	const struct knowledge *known = &validator->base->knowledge;
	struct knowledge *knowledge = &validator->knowledge;
	struct loading loading = { .validator = validator, .err = err };

	loading.rank = known->profiles.count + known->value_sets.count + known->code_systems.count;
	if (!copy(validator->arena, &known->profiles, &knowledge->profiles, err) ||
	    !copy(validator->arena, &known->value_sets, &knowledge->value_sets, err) ||
	    !copy(validator->arena, &known->code_systems, &knowledge->code_systems, err))
		return false;
	for (size_t i = 0; i < library->count; i++)
		if (!add(&loading, library->sources[i].place, library->sources[i].resource, 0))
			return false;
	sort_all(knowledge);
	return true;
}
