/* SPDX-License-Identifier: Apache-2.0 */
#include "terminology/code_system.h"

#include <stdlib.h>

#define CONCEPT SLICE("concept")
#define PROPERTY SLICE("property")
#define CODE SLICE("code")

/* ---- which property is a link ---- */

/** FHIR, "CodeSystem", "Defined Concept Properties". */
static enum property_role role_of_name(struct slice name)
{
	if (slice_equal(name, SLICE("parent")) || slice_equal(name, SLICE("subsumedBy")))
		return PROPERTY_PARENT;
	return slice_equal(name, SLICE("child")) ? PROPERTY_CHILD : PROPERTY_PLAIN;
}

/** Those that the system names otherwise, and defines by their URI. */
static void read_roles(struct terms_system *system)
{
	static const struct slice defined = { "http://hl7.org/fhir/concept-properties#", 39 };
	const struct fhir_node *each = fhir_node_child(system->resource, PROPERTY);

	for (; each && system->role_count < LINKING_PROPERTIES_MAX; each = fhir_node_again(each)) {
		struct slice uri = fhir_node_text(each, SLICE("uri"));
		enum property_role role =
		    slice_starts(uri, defined) ? role_of_name(slice_from(uri, defined.len)) : PROPERTY_PLAIN;

		if (role != PROPERTY_PLAIN)
			system->roles[system->role_count++] = (struct linking_property){ fhir_node_text(each, CODE), role };
	}
}

enum property_role system_property_role(const struct terms_system *system, struct slice code)
{
	for (size_t i = 0; i < system->role_count; i++)
		if (slice_equal(system->roles[i].code, code))
			return system->roles[i].role;
	return role_of_name(code);
}

static bool is_known(const struct terms_system *system, struct slice property)
{
	for (size_t i = 0; i < system->property_count; i++)
		if (slice_equal(system->properties[i], property))
			return true;
	return false;
}

static void note_properties(struct terms_system *system, const struct fhir_node *property)
{
	for (; property && system->property_count < PROPERTIES_MAX; property = fhir_node_again(property)) {
		struct slice code = fhir_node_text(property, CODE);

		if (!is_known(system, code))
			system->properties[system->property_count++] = code;
	}
}

bool system_has_property(const struct terms_system *system, struct slice property)
{
	return system->property_count == PROPERTIES_MAX || is_known(system, property);
}

/* ---- concepts ---- */

struct counts {
	size_t concepts, properties;
};

static void count_below(const struct fhir_node *parent, struct counts *counts)
{
	for (const struct fhir_node *one = fhir_node_child(parent, CONCEPT); one; one = fhir_node_again(one)) {
		const struct fhir_node *property = fhir_node_child(one, PROPERTY);

		counts->concepts++;
		for (; property; property = fhir_node_again(property))
			counts->properties++;
		count_below(one, counts);
	}
}

static void collect(const struct fhir_node *parent, struct terms_system *system)
{
	for (const struct fhir_node *one = fhir_node_child(parent, CONCEPT); one; one = fhir_node_again(one)) {
		system->concepts[system->count++] = (struct concept){ .code = fhir_node_text(one, CODE), .node = one };
		collect(one, system);
	}
}

static int by_code(const void *left, const void *right)
{
	return slice_compare(((const struct concept *)left)->code, ((const struct concept *)right)->code);
}

static const struct concept *find_exact(const struct terms_system *system, struct slice code)
{
	struct concept key = { .code = code };

	return bsearch(&key, system->concepts, system->count, sizeof(key), by_code);
}

const struct concept *system_concept(const struct terms_system *system, struct slice code)
{
	const struct concept *found = find_exact(system, code);

	for (size_t i = 0; !found && system->ignores_case && i < system->count; i++)
		if (slice_equal_nocase(system->concepts[i].code, code))
			found = &system->concepts[i];
	return found;
}

enum fhirpath_answer system_has(const struct terms_system *system, struct slice code)
{
	if (system_concept(system, code))
		return FHIRPATH_YES;
	return system->is_complete ? FHIRPATH_NO : FHIRPATH_NOT_HELD;
}

/** A code that is there twice counts once: whoever asks for it finds the same concept. */
static void sort_concepts(struct terms_system *system)
{
	size_t kept = 0;

	qsort(system->concepts, system->count, sizeof(*system->concepts), by_code);
	for (size_t i = 0; i < system->count; i++)
		if (kept == 0 || by_code(&system->concepts[kept - 1], &system->concepts[i]) != 0)
			system->concepts[kept++] = system->concepts[i];
	system->count = kept;
}

/* ---- which stands under which ---- */

static void link_to(struct terms_system *system, struct slice child, struct slice parent)
{
	const struct concept *under = find_exact(system, child), *over = find_exact(system, parent);

	if (!under || !over)
		return;
	system->links[system->link_count++] =
	    (struct concept_link){ (uint32_t)(under - system->concepts), (uint32_t)(over - system->concepts) };
	system->concepts[over - system->concepts].has_children = true;
}

/** By nesting, and by properties that say so. */
static void link_concept(struct terms_system *system, const struct concept *concept)
{
	const struct fhir_node *around = concept->node->parent, *property = fhir_node_child(concept->node, PROPERTY);

	note_properties(system, property);
	if (around->element && slice_equal(around->element->name, CONCEPT))
		link_to(system, concept->code, fhir_node_text(around, CODE));
	for (; property; property = fhir_node_again(property)) {
		enum property_role role = system_property_role(system, fhir_node_text(property, CODE));
		struct slice other = fhir_node_text(property, SLICE("value"));

		if (role == PROPERTY_PARENT)
			link_to(system, concept->code, other);
		if (role == PROPERTY_CHILD)
			link_to(system, other, concept->code);
	}
}

static int by_child(const void *left, const void *right)
{
	uint32_t a = ((const struct concept_link *)left)->child, b = ((const struct concept_link *)right)->child;

	return (a > b) - (a < b);
}

const struct concept_link *system_parents(const struct terms_system *system, const struct concept *concept, size_t *count)
{
	const struct concept_link key = { .child = (uint32_t)(concept - system->concepts) };
	const struct concept_link *end = system->links + system->link_count, *last,
				  *first = bsearch(&key, system->links, system->link_count, sizeof(key), by_child);

	*count = 0;
	if (!first)
		return NULL;
	while (first > system->links && first[-1].child == key.child)
		first--;
	for (last = first; last < end && last->child == key.child; last++)
		(*count)++;
	return first;
}

static bool is_among(const uint32_t *list, size_t count, uint32_t one)
{
	while (count > 0)
		if (list[--count] == one)
			return true;
	return false;
}

/** A hierarchy given by properties may be anything, a circle too. */
size_t system_ancestors(const struct terms_system *system, const struct concept *concept, uint32_t out[ANCESTORS_MAX])
{
	uint32_t start = (uint32_t)(concept - system->concepts);
	size_t count = 0, parents;

	for (size_t asked = 0;; asked++) {
		const struct concept_link *links = system_parents(system, concept, &parents);

		for (size_t i = 0; i < parents; i++) {
			if (links[i].parent == start || is_among(out, count, links[i].parent))
				continue;
			if (count == ANCESTORS_MAX)
				return SIZE_MAX;
			out[count++] = links[i].parent;
		}
		if (asked == count)
			return count;
		concept = &system->concepts[out[asked]];
	}
}

enum fhirpath_answer system_is_below(const struct terms_system *system, const struct concept *concept,
				     const struct concept *ancestor, uint64_t *steps)
{
	uint32_t above[ANCESTORS_MAX];
	size_t count = system_ancestors(system, concept, above);
	size_t found = count == SIZE_MAX ? ANCESTORS_MAX : count;

	/* Each was compared with those before it. */
	*steps += 1 + found + found * found / 64;
	if (count == SIZE_MAX)
		return FHIRPATH_NOT_HELD;
	return is_among(above, count, (uint32_t)(ancestor - system->concepts)) ? FHIRPATH_YES : FHIRPATH_NO;
}

/* ---- the whole ---- */

bool terms_system_make(struct arena *arena, const struct fhir_node *resource, const struct terms_system **out, struct error *err)
{
	struct terms_system *system = arena_new_of(arena, struct terms_system);
	struct counts counts = { 0 };

	count_below(resource, &counts);
	if (!system || !(system->concepts = arena_new_array(arena, struct concept, counts.concepts + 1)) ||
	    !(system->links = arena_new_array(arena, struct concept_link, counts.concepts + counts.properties + 1)))
		return error_memory(err);
	system->resource = resource;
	system->is_complete = slice_equal(fhir_node_text(resource, SLICE("content")), SLICE("complete"));
	system->ignores_case = slice_equal(fhir_node_text(resource, SLICE("caseSensitive")), SLICE("false"));
	read_roles(system);
	note_properties(system, fhir_node_child(resource, PROPERTY));
	collect(resource, system);
	sort_concepts(system);
	for (size_t i = 0; i < system->count; i++)
		link_concept(system, &system->concepts[i]);
	qsort(system->links, system->link_count, sizeof(*system->links), by_child);
	*out = system;
	return true;
}
