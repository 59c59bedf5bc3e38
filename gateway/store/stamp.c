/* SPDX-License-Identifier: Apache-2.0 */
#include "store/stamp.h"

#include <inttypes.h>

static const struct {
	enum stamp bit;
	struct slice name;
} elements[] = {
	{ STAMP_VERSION, { "version", 7 } },
	{ STAMP_DATE, { "date", 4 } },
};

#define NUMBER_SIZE sizeof("18446744073709551615")

/** The text that `stamps` gives to one element; `buffer` holds it. */
static struct slice stamp_text(enum stamp bit, const struct stamps *stamps, char buffer[static TIME_INSTANT_SIZE])
{
	if (bit == STAMP_DATE)
		time_format_instant(stamps->updated_ms, buffer);
	if (bit == STAMP_VERSION)
		snprintf(buffer, TIME_INSTANT_SIZE, "%" PRIu64, stamps->count);
	return slice_of(buffer);
}

static void remove_value(struct fhir_node *parent, struct slice name)
{
	struct fhir_node *node = fhir_node_child(parent, name);

	if (node)
		fhir_node_remove(node);
}

void stamp_take(struct fhir_node *resource, const struct stamps *old, unsigned *taken)
{
	struct fhir_node *meta = fhir_node_child(resource, SLICE("meta"));
	char buffer[TIME_INSTANT_SIZE];

	*taken = 0;
	if (meta) {
		remove_value(meta, SLICE("versionId"));
		remove_value(meta, SLICE("lastUpdated"));
		if (!meta->first)
			fhir_node_remove(meta);
	}
	for (size_t i = 0; old && i < ARRAY_SIZE(elements); i++) {
		struct fhir_node *node = fhir_node_child(resource, elements[i].name);
		if (!(old->set & elements[i].bit) || !node || node->first ||
		    !slice_equal(node->value, stamp_text(elements[i].bit, old, buffer)))
			continue;
		fhir_node_remove(node);
		*taken |= elements[i].bit;
	}
}

unsigned stamp_possible(const struct fhir_node *resource, unsigned wanted)
{
	unsigned possible = 0;

	for (size_t i = 0; i < ARRAY_SIZE(elements); i++)
		if ((wanted & elements[i].bit) && !fhir_node_child(resource, elements[i].name) &&
		    fhir_element_find(resource->type, elements[i].name, NULL))
			possible |= elements[i].bit;
	return possible;
}

static bool stamp_meta(struct arena *arena, struct fhir_node *resource, const struct stamps *stamps)
{
	char number[NUMBER_SIZE], instant[TIME_INSTANT_SIZE];
	struct fhir_node *meta = fhir_node_child(resource, SLICE("meta"));

	/* A logical model need not have it. */
	if (!meta && !fhir_element_find(resource->type, SLICE("meta"), NULL))
		return true;
	if (!meta)
		meta = fhir_node_add(arena, resource, SLICE("meta"), NULL);
	snprintf(number, sizeof(number), "%" PRIu64, stamps->version);
	time_format_instant(stamps->updated_ms, instant);
	return meta && fhir_node_set_value(arena, meta, SLICE("versionId"), slice_of(number)) &&
	       fhir_node_set_value(arena, meta, SLICE("lastUpdated"), slice_of(instant));
}

bool stamp_write(struct arena *arena, struct fhir_node *resource, const struct stamps *stamps, struct error *err)
{
	char buffer[TIME_INSTANT_SIZE];

	if (!stamp_meta(arena, resource, stamps))
		return error_memory(err);
	for (size_t i = 0; i < ARRAY_SIZE(elements); i++)
		if ((stamps->set & elements[i].bit) &&
		    !fhir_node_set_value(arena, resource, elements[i].name, stamp_text(elements[i].bit, stamps, buffer)))
			return error_memory(err);
	return true;
}
