/* SPDX-License-Identifier: Apache-2.0 */
#include "api/match.h"

#include "api/answer.h"
#include "api/search.h"

static bool refuse_criteria(struct api_call *call, const struct search *search)
{
	if (search->issue_count) {
		answer_outcome(call, 400, search->issues, search->issue_count);
		return false;
	}
	answer_error(call, 412, "required", SLICE("The condition has no search criteria"),
		     SLICE("Give at least one search parameter, for example ?url=...&version=..."));
	return false;
}

/** Some clients put the path in front of the query ("[base]/Patient?name=x"), as FHIR once had it. */
static struct slice criteria_bare(const struct served_type *type, struct slice criteria)
{
	struct slice query = criteria, path = slice_cut(&query, '?');

	if (!query.ptr || slice_find(path, SLICE("=")) != SIZE_MAX)
		return criteria;
	while (slice_find(path, SLICE("/")) != SIZE_MAX)
		(void)slice_cut(&path, '/');
	return slice_equal(path, type->type->name) ? query : criteria;
}

/** The criteria as a search of their own, which the client may do. */
static bool criteria_read(struct api_call *call, const struct served_type *type, struct slice criteria, struct search *out)
{
	struct api_call inner = *call;
	struct error err = { 0 };

	inner.type = type;
	if (!query_parse(call->request->arena, criteria_bare(type, criteria), &inner.query, &err)) {
		answer_failure(call, &err);
		return false;
	}
	if (!search_read(&inner, out)) {
		error_memory(&err);
		answer_failure(call, &err);
		return false;
	}
	/* Whether something matches is what a search would tell. */
	if (!search_permitted(call, out))
		return false;
	return (out->filter_count && !out->issue_count) || refuse_criteria(call, out);
}

bool match_find(struct api_call *call, const struct served_type *type, struct slice criteria, size_t max_count, struct match *out)
{
	struct search search;
	struct store_page page;
	struct error err = { 0 };

	*out = (struct match){ 0 };
	if (!criteria_read(call, type, criteria, &search))
		return false;
	struct store_query query = { .base = call->base->store_base,
				     .own_url = api_base_url(call),
				     .type = type->type->name,
				     .filters = search.filters,
				     .filter_count = search.filter_count,
				     .max_count = max_count };
	if (!store_search(call->worker->conn, call->worker->scratch, &query, &page, &err)) {
		answer_failure(call, &err);
		return false;
	}
	*out = (struct match){ page.resources, page.count };
	return true;
}

bool match_find_one(struct api_call *call, const struct served_type *type, struct slice criteria,
		    const struct store_resource **out)
{
	struct match match;

	*out = NULL;
	if (!match_find(call, type, criteria, 2, &match))
		return false;
	if (match.count > 1) {
		answer_error(call, 412, "multiple-matches",
			     arena_printf(call->request->arena, "More than one %.*s matches '%.*s'", SLICE_ARG(type->type->name),
					  SLICE_ARG(criteria)),
			     SLICE("Narrow the criteria, or name the resource by its id."));
		return false;
	}
	if (match.count)
		*out = &match.resources[0];
	return true;
}
