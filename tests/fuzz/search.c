/* SPDX-License-Identifier: Apache-2.0 */
/* Query strings as searches: any text is understood or refused, within limits; what is understood has filters that name
 * parameters and texts for links. The first byte chooses whether a type is searched, or all at the base. */
#include <stddef.h>
#include <stdint.h>

#include "api/search.h"

#define SCHEMA_BYTES (256u << 20)
#define ARENA_BYTES (8u << 20)

static struct api api;

/** The tables of R5, once: they have all that R4's have, and more. */
static const struct served_base *base(void)
{
	static struct served_base served;
	struct fhir_schema *schema;
	struct error err = { 0 };

	if (served.schema)
		return &served;
	struct arena *arena = arena_new(SCHEMA_BYTES);
	ASSERT(arena && fhir_schema_load(arena, FHIR_R5, &schema, &err) && served_base_load(arena, schema, true, &served, &err));
	api.options.page_count = 20;
	api.options.max_page_count = 1000;
	return &served;
}

static void check_filter(const struct store_filter *filter)
{
	bool is_group = filter->kind >= STORE_FILTER_ALL;

	ASSERT(is_group || filter->param);
	ASSERT(filter->kind != STORE_FILTER_VALUE || filter->value_count > 0);
	for (size_t i = 0; i < filter->inner_count; i++)
		check_filter(&filter->inner[i]);
}

static void read_search(struct arena *arena, bool is_typed, struct slice text)
{
	struct net_request request = { .arena = arena, .method = NET_GET, .authority = SLICE("x"), .query = text };
	struct api_call call = { .api = &api, .request = &request, .base = base() };
	struct search search;

	call.route.version = FHIR_R5;
	call.type = is_typed ? served_type_find(call.base, SLICE("PlanDefinition")) : NULL;
	if (!query_parse(arena, text, &call.query, NULL) || !search_read(&call, &search))
		return;
	ASSERT(search.issue_count <= SEARCH_MAX_ISSUES && search.sort_count <= STORE_SORT_MAX);
	ASSERT(!search.refused || search.issue_count);
	ASSERT(search.filter_count <= call.query.count && search.include_count <= SEARCH_MAX_INCLUDES);
	ASSERT(search.type_count > 0 && search.used_text.ptr);
	for (size_t i = 0; i < search.filter_count; i++)
		check_filter(&search.filters[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(ARENA_BYTES);

	if (arena && size > 0)
		read_search(arena, data[0] & 1, (struct slice){ (const char *)data + 1, size - 1 });
	arena_free(arena);
	return 0;
}
