/* SPDX-License-Identifier: Apache-2.0 */
/* Who is about a code: policies by the codes they cover, procedures by theirs. */
#include "publish/publisher.h"

#define PAGE_COUNT 100
/** Codes asked for at once: a store may cap the parts of a query. */
#define CODES_MAX 100

static const struct fhir_search_param *find_code_param(const struct fhir_schema *schema, struct slice type)
{
	const struct fhir_type *resource = fhir_type_find(schema, type);
	size_t count = 0;
	const struct fhir_search_param *params = resource ? fhir_search_params(schema, resource, &count) : NULL;

	for (size_t i = 0; i < count; i++)
		if (slice_equal(params[i].code, SLICE("code")))
			return &params[i];
	return NULL;
}

struct paging {
	struct store_conn *conn;
	struct arena *arena;
	bool (*each)(void *context, const struct store_resource *resource, struct error *err);
	void *context;
};

static bool each_found(const struct paging *paging, struct store_query *query, struct error *err)
{
	struct store_page page = { .has_next = true };

	while (page.has_next) {
		if (!store_search(paging->conn, paging->arena, query, &page, err))
			return false;
		for (size_t i = 0; i < page.count; i++)
			if (!paging->each(paging->context, &page.resources[i], err))
				return false;
		if (page.count)
			query->place = page.places[page.count - 1];
	}
	return true;
}

bool publish_each_with_code(const struct publisher *publisher, struct store_conn *conn, struct arena *arena,
			    enum fhir_version version, struct slice type, const struct store_value *codes, size_t code_count,
			    bool (*each)(void *context, const struct store_resource *resource, struct error *err), void *context,
			    struct error *err)
{
	struct store_filter filter = { .param = find_code_param(publisher->schemas[version], type) };
	const struct paging paging = { conn, arena, each, context };

	if (!filter.param)
		return error_set(err, ERROR_UNSUPPORTED, "profiles/search-parameters.tsv", "%.*s has no search parameter code",
				 SLICE_ARG(type));
	for (size_t first = 0; first < code_count; first += CODES_MAX) {
		struct store_query query = { .base = publish_base(version),
					     .type = type,
					     .filters = &filter,
					     .filter_count = 1,
					     .max_count = PAGE_COUNT };

		filter.values = codes + first;
		filter.value_count = code_count - first < CODES_MAX ? code_count - first : CODES_MAX;
		if (!each_found(&paging, &query, err))
			return false;
	}
	return true;
}
