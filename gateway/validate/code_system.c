/* SPDX-License-Identifier: Apache-2.0 */
#include "validate/code_system.h"

#include <stdlib.h>

#define CONCEPT SLICE("concept")

static size_t count_below(const struct fhir_node *parent)
{
	size_t count = 0;

	for (const struct fhir_node *one = fhir_node_child(parent, CONCEPT); one; one = fhir_node_again(one))
		count += 1 + count_below(one);
	return count;
}

static void collect(const struct fhir_node *parent, struct code_system *system)
{
	for (const struct fhir_node *one = fhir_node_child(parent, CONCEPT); one; one = fhir_node_again(one)) {
		system->concepts[system->count++] = (struct concept){ fhir_node_text(one, SLICE("code")), one };
		collect(one, system);
	}
}

static int by_code(const void *left, const void *right)
{
	return slice_compare(((const struct concept *)left)->code, ((const struct concept *)right)->code);
}

static bool make(struct validator *validator, struct held *held, struct error *err)
{
	struct code_system *system = arena_new_of(validator->arena, struct code_system);
	size_t count = count_below(held->resource);

	if (!system || !(system->concepts = arena_new_array(validator->arena, struct concept, count + 1)))
		return error_memory(err);
	collect(held->resource, system);
	qsort(system->concepts, system->count, sizeof(*system->concepts), by_code);
	system->is_complete = slice_equal(fhir_node_text(held->resource, SLICE("content")), SLICE("complete"));
	system->ignores_case = slice_equal(fhir_node_text(held->resource, SLICE("caseSensitive")), SLICE("false"));
	held->system = system;
	return true;
}

bool code_systems_make(struct validator *validator, struct error *err)
{
	struct catalogue *systems = &validator->knowledge.code_systems;

	for (size_t i = 0; i < systems->count; i++)
		if (!systems->items[i].system && !make(validator, &systems->items[i], err))
			return false;
	return true;
}

const struct code_system *code_system_find(const struct validator *validator, struct slice canonical)
{
	const struct held *held = catalogue_find(&validator->knowledge.code_systems, canonical);

	return held ? held->system : NULL;
}

const struct concept *code_system_concept(const struct code_system *system, struct slice code)
{
	struct concept key = { .code = code };
	const struct concept *found = bsearch(&key, system->concepts, system->count, sizeof(key), by_code);

	for (size_t i = 0; !found && system->ignores_case && i < system->count; i++)
		if (slice_equal_nocase(system->concepts[i].code, code))
			found = &system->concepts[i];
	return found;
}

enum fhirpath_answer code_system_has(const struct code_system *system, struct slice code)
{
	if (code_system_concept(system, code))
		return FHIRPATH_YES;
	return system->is_complete ? FHIRPATH_NO : FHIRPATH_NOT_HELD;
}
