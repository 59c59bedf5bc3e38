/* SPDX-License-Identifier: Apache-2.0 */
/* FHIR R4 and R5, "CodeSystem", section "Subsumption": which codes stand above and below one. */
#include "terminology/asking.h"

static bool collect_above(struct collecting *collecting, const struct terms_system *system, struct slice url,
			  const struct concept *concept)
{
	uint32_t above[ANCESTORS_MAX];
	size_t count = system_ancestors(system, concept, above);

	if (count == SIZE_MAX) {
		asking_refuse(collecting->asking, "\"%.*s\" of %.*s stands under more than %u others", SLICE_ARG(concept->code),
			      SLICE_ARG(url), ANCESTORS_MAX);
		return false;
	}
	for (size_t i = 0; i < count; i++)
		if (!collecting_add(collecting, url, system->concepts[above[i]].code))
			return false;
	return true;
}

static bool collect_below(struct collecting *collecting, const struct terms_system *system, struct slice url,
			  const struct concept *concept)
{
	for (size_t i = 0; i < system->count; i++) {
		const struct concept *one = &system->concepts[i];
		enum fhirpath_answer answer = system_is_below(system, one, concept, &collecting->asking->steps);

		if (!asking_spend(collecting->asking, 0))
			return false;
		if (answer == FHIRPATH_NOT_HELD) {
			asking_refuse(collecting->asking, "\"%.*s\" of %.*s stands under more than %u others",
				      SLICE_ARG(one->code), SLICE_ARG(url), ANCESTORS_MAX);
			return false;
		}
		if (answer == FHIRPATH_YES && !collecting_add(collecting, url, one->code))
			return false;
	}
	return true;
}

static bool collect(struct collecting *collecting, const struct terms_code *from, enum terms_direction direction)
{
	struct asking *asking = collecting->asking;
	const struct terms_system *system = asking_system(asking, from->system, SLICE_NONE);

	if (!system || !system->is_complete) {
		const char *what = "the code system %.*s is not held here";

		if (system)
			what = "of the code system %.*s not all is held here";
		else if (tables_system(asking->source->tables, from->system))
			what = "of the code system %.*s only the codes are held here, not which stand under which";
		asking_refuse(asking, what, SLICE_ARG(from->system));
		return false;
	}
	const struct concept *concept = system_concept(system, from->code);
	if (!collecting_add(collecting, from->system, from->code) || !concept)
	return !concept && !asking->has_failed;
	return direction == TERMS_BELOW ? collect_below(collecting, system, from->system, concept)
					: collect_above(collecting, system, from->system, concept);
}

bool terms_hierarchy(struct arena *arena, const struct terms_source *source, const struct terms_code *from,
		     enum terms_direction direction, size_t max, struct terms_codes *out, struct error *err)
{
	struct asking asking = { .source = source, .wants_reason = true };
	struct collecting collecting = { .asking = &asking, .arena = arena };
	bool done = collect(&collecting, from, direction);

	return collecting_finish(&collecting, done, max, from->code, out, err);
}
