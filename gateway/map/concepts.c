/* SPDX-License-Identifier: Apache-2.0 */
/* ConceptMap resources as pairs of codes. Sources: FHIR R4 and R5, "ConceptMap". */
#include "map/syntax.h"

/** Whether a target of a ConceptMap says that the codes do not correspond (R5 relationship, R4 equivalence). */
static bool is_unrelated(const struct fhir_node *target)
{
	struct slice relationship = fhir_node_text(target, SLICE("relationship"));
	struct slice equivalence = fhir_node_text(target, SLICE("equivalence"));

	return slice_equal(relationship, SLICE("not-related-to")) || slice_equal(equivalence, SLICE("disjoint")) ||
	       slice_equal(equivalence, SLICE("unmatched"));
}

struct pairs {
	struct arena *arena;
	struct map_concept **end;
	struct error *err;
};

/** `to`: what has the code and display that `from` becomes; NULL: the code as it came. */
static bool add_pair(struct pairs *pairs, const struct fhir_node *group, struct slice from, const struct fhir_node *to)
{
	struct map_concept *concept = arena_new_of(pairs->arena, struct map_concept);
	struct slice system = fhir_node_text(group, SLICE("source")), target = fhir_node_text(group, SLICE("target"));

	if (!concept)
		return error_memory(pairs->err);
	/* A system may name its version, which a code's own system does not. */
	concept->source_system = system.ptr ? slice_cut(&system, '|') : SLICE_NONE;
	concept->target_system = target.ptr ? slice_cut(&target, '|') : SLICE_NONE;
	concept->source_code = from;
	concept->target_code = to ? fhir_node_text(to, SLICE("code")) : SLICE_NONE;
	concept->target_display = to ? fhir_node_text(to, SLICE("display")) : SLICE_NONE;
	*pairs->end = concept;
	pairs->end = &concept->next;
	return true;
}

static bool add_element(struct pairs *pairs, const struct fhir_node *group, const struct fhir_node *element)
{
	struct slice code = fhir_node_text(element, SLICE("code"));
	const struct fhir_node *target = fhir_node_child(element, SLICE("target"));

	for (; target; target = fhir_node_again(target)) {
		bool mapped = code.ptr && fhir_node_text(target, SLICE("code")).ptr && !is_unrelated(target);

		if (mapped && !add_pair(pairs, group, code, target))
			return false;
	}
	return true;
}

/** Codes that no element names: one fixed code, or the code as it came. */
static bool add_unmapped(struct pairs *pairs, const struct fhir_node *group, const struct fhir_node *unmapped)
{
	struct slice mode = fhir_node_text(unmapped, SLICE("mode"));

	if (slice_equal(mode, SLICE("fixed")))
		return add_pair(pairs, group, SLICE_NONE, unmapped);
	if (slice_equal(mode, SLICE("provided")) || slice_equal(mode, SLICE("use-source-code")))
		return add_pair(pairs, group, SLICE_NONE, NULL);
	return error_set(pairs->err, ERROR_UNSUPPORTED, "", "a ConceptMap that goes on in another map is not followed");
}

bool map_parse_concepts(struct arena *arena, const struct fhir_node *resource, struct map_concept_map **out, struct error *err)
{
	struct map_concept_map *map = arena_new_of(arena, struct map_concept_map);
	const struct fhir_node *group = fhir_node_child(resource, SLICE("group"));

	if (!map)
		return error_memory(err);
	struct pairs pairs = { arena, &map->concepts, err };
	map->id = fhir_node_text(resource, SLICE("id"));
	for (; group; group = fhir_node_again(group)) {
		const struct fhir_node *element = fhir_node_child(group, SLICE("element"));
		const struct fhir_node *unmapped = fhir_node_child(group, SLICE("unmapped"));

		for (; element; element = fhir_node_again(element))
			if (!add_element(&pairs, group, element))
				return false;
		if (unmapped && !add_unmapped(&pairs, group, unmapped))
			return false;
	}
	*out = map;
	return true;
}
