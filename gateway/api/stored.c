/* SPDX-License-Identifier: Apache-2.0 */
#include "api/stored.h"

#include "api/answer.h"
#include "api/gate.h"

#define CANONICALS_MAX 64u
#define STORED_ISSUES_MAX 4u

static bool parse(struct api_call *call, const struct store_resource *resource, struct fhir_node **out, struct error *err)
{
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct issues issues;

	issues_init(&issues, call->worker->scratch, STORED_ISSUES_MAX);
	if (fhir_json_read(call->worker->scratch, call->base->schema, NULL, resource->bytes, &limits, &issues, out))
		return true;
	return error_set(err, ERROR_CORRUPT, "", "the stored %.*s/%.*s cannot be read", SLICE_ARG(resource->type),
			 SLICE_ARG(resource->id));
}

bool stored_read(struct api_call *call, struct slice type, struct slice id, struct fhir_node **out, struct error *err)
{
	struct store_resource resource;
	bool found;

	*out = NULL;
	if (!store_get(call->worker->conn, call->worker->scratch, call->base->store_base, type, id, 0, &resource, &found, err))
		return false;
	return !found || resource.is_deleted || parse(call, &resource, out, err);
}

bool stored_reference(struct api_call *call, struct slice reference, struct fhir_node **out, struct error *err)
{
	struct slice base = api_base_url(call);

	*out = NULL;
	if (slice_starts(reference, base) && reference.len > base.len && reference.ptr[base.len] == '/')
		reference = slice_from(reference, base.len + 1);
	struct slice type = slice_cut(&reference, '/');
	if (!served_type_find(call->base, type) || !route_id_valid(reference) || !gate_allows(call, type, ACCESS_READ))
		return true;
	return stored_read(call, type, reference, out, err);
}

const struct fhir_search_param *stored_param(const struct api_call *call, struct slice type, struct slice code)
{
	size_t count;
	const struct fhir_search_param *params =
	    fhir_search_params(call->base->schema, fhir_type_find(call->base->schema, type), &count);

	for (size_t i = 0; i < count; i++)
		if (slice_equal(params[i].code, code))
			return &params[i];
	return NULL;
}

bool stored_search(struct api_call *call, struct slice type, const struct store_filter *filters, size_t filter_count,
		   size_t max_count, struct stored_list *out, struct error *err)
{
	struct store_query query = {
		.base = call->base->store_base,
		.own_url = api_base_url(call),
		.type = type,
		.filters = filters,
		.filter_count = filter_count,
		.max_count = max_count + 1,
	};
	struct store_page page;

	*out = (struct stored_list){ 0 };
	if (!store_search(call->worker->conn, call->worker->scratch, &query, &page, err))
		return false;
	out->items = arena_new_array(call->worker->scratch, struct fhir_node *, page.count + 1);
	if (!out->items)
		return error_memory(err);
	out->is_cut = page.count > max_count;
	for (size_t i = 0; i < page.count && i < max_count; i++)
		if (!parse(call, &page.resources[i], &out->items[out->count++], err))
			return false;
	return true;
}

bool stored_canonical(struct api_call *call, struct slice type, struct slice canonical, struct fhir_node **out, struct error *err)
{
	struct slice version = canonical, url = slice_cut(&version, '|');
	struct store_value urls = { .text = url }, versions = { .text = version };
	struct store_filter filters[] = {
		{ .param = stored_param(call, type, SLICE("url")), .values = &urls, .value_count = 1 },
		{ .param = stored_param(call, type, SLICE("version")), .values = &versions, .value_count = 1 },
	};
	struct stored_list list;

	*out = NULL;
	if (!filters[0].param || !filters[1].param || !gate_allows(call, type, ACCESS_READ))
		return true;
	if (!stored_search(call, type, filters, version.len ? 2 : 1, CANONICALS_MAX, &list, err))
		return false;
	for (size_t i = 0; i < list.count; i++)
		if (!*out || !slice_equal(fhir_node_text(*out, SLICE("status")), SLICE("active")))
			*out = list.items[i];
	return true;
}

bool stored_instance(struct api_call *call, struct fhir_node **out)
{
	struct arena *arena = call->request->arena;
	struct error err = { 0 };

	if (!stored_read(call, call->route.type, call->route.id, out, &err)) {
		answer_failure(call, &err);
		return false;
	}
	if (!*out)
		answer_error(call, 404, "not-found",
			     arena_printf(arena, "There is no %.*s/%.*s", SLICE_ARG(call->route.type), SLICE_ARG(call->route.id)),
			     SLICE_NONE);
	return *out;
}
