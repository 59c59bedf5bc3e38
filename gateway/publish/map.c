/* SPDX-License-Identifier: Apache-2.0 */
/* A record through its maps. */
#include "publish/publisher.h"

/** The resources made so far; grown in the arena. */
struct made {
	struct arena *arena;
	struct fhir_node **items;
	size_t count, capacity;
};

static bool add_resource(struct made *made, struct fhir_node *resource, struct error *err)
{
	if (made->count == made->capacity) {
		size_t capacity = made->capacity ? 2 * made->capacity : 8;
		struct fhir_node **items = arena_new_array(made->arena, struct fhir_node *, capacity);

		if (!items)
			return error_memory(err);
		for (size_t i = 0; i < made->count; i++)
			items[i] = made->items[i];
		made->items = items;
		made->capacity = capacity;
	}
	made->items[made->count++] = resource;
	return true;
}

/** The resources of a Bundle, each a root of its own. */
static bool split_bundle(struct made *made, struct fhir_node *bundle, struct error *err)
{
	struct fhir_node *entry = fhir_node_child(bundle, SLICE("entry"));

	for (; entry; entry = fhir_node_again(entry)) {
		struct fhir_node *resource = fhir_node_child(entry, SLICE("resource"));

		if (!resource)
			continue;
		fhir_node_remove(resource);
		resource->element = NULL;
		if (!add_resource(made, resource, err))
			return false;
	}
	return true;
}

struct fhir_node *publish_gateway(struct arena *arena, struct fhir_node *record)
{
	struct fhir_node *gateway = fhir_node_child(record, SLICE("gateway"));

	return gateway ? gateway : fhir_node_add(arena, record, SLICE("gateway"), NULL);
}

void publish_gateway_remove(struct fhir_node *record)
{
	struct fhir_node *gateway = fhir_node_child(record, SLICE("gateway"));

	if (gateway)
		fhir_node_remove(gateway);
}

static bool set_gateway(const struct publisher *publisher, struct arena *arena, struct fhir_node *record)
{
	/* A model of an operator's own need not have a place for what the gateway knows. */
	if (!fhir_element_find(record->type, SLICE("gateway"), NULL))
		return true;
	struct fhir_node *gateway = publish_gateway(arena, record);

	return gateway && fhir_node_set_value(arena, gateway, SLICE("canonicalBase"), publisher->options.canonical_base) &&
	       (!publisher->options.publisher_name.len ||
		fhir_node_set_value(arena, gateway, SLICE("publisher"), publisher->options.publisher_name));
}

bool publish_map(struct publisher *publisher, struct arena *arena, enum fhir_version version, struct fhir_node *record,
		 const struct map_trace *trace, struct issues *issues, struct publish_resources *out, struct error *err)
{
	struct made made = { .arena = arena };

	if (!set_gateway(publisher, arena, record))
		return error_memory(err);
	for (const struct publish_program *entry = publisher->programs[version]; entry; entry = entry->next) {
		struct fhir_node *root;

		if (!slice_equal(map_source_type(entry->program)->name, record->type->name))
			continue;
		size_t errors = issues->error_count;

		if (!map_run(arena, entry->program, record, trace, issues, &root, err))
			return false;
		if (issues->error_count > errors)
			return error_set(err, ERROR_SYNTAX, "", "it does not pass the checks of %s", entry->name);
		bool is_list = slice_equal(root->type->name, SLICE("Bundle"));

		if (!(is_list ? split_bundle(&made, root, err) : add_resource(&made, root, err)))
			return false;
	}
	for (size_t i = 0; i < made.count; i++)
		if (!fhir_narrative_generate(arena, publisher->schemas[version], made.items[i], err))
			return false;
	*out = (struct publish_resources){ made.items, made.count };
	return true;
}
