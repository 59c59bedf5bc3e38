/* SPDX-License-Identifier: Apache-2.0 */
/* Which modifiers a search parameter takes: one table for both versions.
 *
 * Source: FHIR R4 search.html#modifiers; FHIR R5 search.html#modifiers. */
#include "cannula/store.h"

#define TYPE(name) (1u << FHIR_SEARCH_##name)
#define BOTH ((1u << FHIR_R4) | (1u << FHIR_R5))
#define R5 (1u << FHIR_R5)
#define ALL_INDEXED                                                                                                              \
	(TYPE(NUMBER) | TYPE(DATE) | TYPE(STRING) | TYPE(TOKEN) | TYPE(REFERENCE) | TYPE(COMPOSITE) | TYPE(QUANTITY) | TYPE(URI))

static const struct modifier {
	const char *name;
	unsigned versions, types;
} modifiers[] = {
	{ "above", BOTH, TYPE(REFERENCE) | TYPE(TOKEN) | TYPE(URI) },
	{ "below", BOTH, TYPE(REFERENCE) | TYPE(TOKEN) | TYPE(URI) },
	{ "code-text", R5, TYPE(TOKEN) },
	{ "contains", BOTH, TYPE(STRING) },
	{ "contains", R5, TYPE(URI) },
	{ "exact", BOTH, TYPE(STRING) },
	{ "identifier", BOTH, TYPE(REFERENCE) },
	{ "in", BOTH, TYPE(TOKEN) },
	{ "missing", BOTH, ALL_INDEXED },
	{ "not", BOTH, TYPE(TOKEN) },
	{ "not-in", BOTH, TYPE(TOKEN) },
	{ "of-type", BOTH, TYPE(TOKEN) },
	{ "text", BOTH, TYPE(TOKEN) },
	{ "text", R5, TYPE(REFERENCE) },
};

/* FHIR R4 and R5 search_filter.html, "Operators": what _filter can ask that no modifier stands for. */
static const struct modifier comparisons[] = {
	{ "contains", BOTH, TYPE(URI) },  { "ends", BOTH, TYPE(STRING) | TYPE(URI) },
	{ "overlaps", BOTH, TYPE(DATE) }, { "starts", BOTH, TYPE(URI) },
	{ "whole", BOTH, TYPE(STRING) },
};

bool store_takes_comparison(const struct fhir_search_param *param, struct slice name)
{
	for (size_t i = 0; i < ARRAY_SIZE(comparisons); i++)
		if (slice_equal(name, slice_of(comparisons[i].name)))
			return comparisons[i].types & 1u << param->type;
	return false;
}

/** Of the two that stand in every resource's own row nothing is missing, and nothing is coded. */
static bool takes(const struct modifier *modifier, enum fhir_version version, const struct fhir_search_param *param)
{
	if (!(modifier->versions & 1u << version) || !(modifier->types & 1u << param->type))
		return false;
	if (slice_equal(param->code, SLICE("_id")))
		return slice_equal(slice_of(modifier->name), SLICE("not"));
	return !slice_equal(param->code, SLICE("_lastUpdated")) && param->expression.ptr;
}

size_t store_modifiers(enum fhir_version version, const struct fhir_search_param *param, const char *names[STORE_MODIFIERS_MAX])
{
	size_t count = 0;

	_Static_assert(ARRAY_SIZE(modifiers) <= STORE_MODIFIERS_MAX, "the list of names has room for all");
	for (size_t i = 0; i < ARRAY_SIZE(modifiers); i++)
		if (takes(&modifiers[i], version, param))
			names[count++] = modifiers[i].name;
	return count;
}
