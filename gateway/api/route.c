/* SPDX-License-Identifier: Apache-2.0 */
#include "api/route.h"

#include <string.h>

#include "api/body.h"
#include "api/call.h"
#include "api/query.h"

/* Rows without handlers are interactions that FHIR defines and this gateway does not do: they are answered with what it does
 * instead. A row that gains a handler is dispatched, allowed, logged and advertised. */
const struct api_interaction api_interactions[] = {
	{ ROUTE_HOME, NET_GET, "home", LISTED_NOWHERE, PARAMETERS_IGNORED, NULL, NULL, api_home, NULL },
	{ ROUTE_HEALTH, NET_GET, "health", LISTED_NOWHERE, PARAMETERS_IGNORED, NULL, NULL, api_health, NULL },
	{ ROUTE_LIVE, NET_GET, "live", LISTED_NOWHERE, PARAMETERS_IGNORED, NULL, NULL, api_live, NULL },
	{ ROUTE_READY, NET_GET, "ready", LISTED_NOWHERE, PARAMETERS_IGNORED, NULL, NULL, api_ready, NULL },
	{ ROUTE_METRICS, NET_GET, "metrics", LISTED_NOWHERE, PARAMETERS_IGNORED, NULL, NULL, NULL, api_metrics },
	{ ROUTE_SMART, NET_GET, "smart-configuration", LISTED_NOWHERE, PARAMETERS_IGNORED, NULL, NULL, api_smart_configuration,
	  NULL },
	{ ROUTE_METADATA, NET_GET, "capabilities", LISTED_NOWHERE, PARAMETERS_COMMON, NULL, NULL, api_capabilities_hot,
	  api_capabilities },
	{ ROUTE_INSTANCE, NET_GET, "read", LISTED_TYPE, PARAMETERS_COMMON,
	  "The current version; If-None-Match and If-Modified-Since are honoured", NULL, api_read_hot, api_read },
	{ ROUTE_VERSION, NET_GET, "vread", LISTED_TYPE, PARAMETERS_COMMON, "Any version since the resource exists", NULL, NULL,
	  api_vread },
	{ ROUTE_TYPE, NET_GET, "search-type", LISTED_TYPE, PARAMETERS_SEARCH,
	  "With paging; unknown parameters are refused unless Prefer says handling=lenient", NULL, NULL, api_search },
	{ ROUTE_TYPE_SEARCH, NET_GET, "search-type", LISTED_NOWHERE, PARAMETERS_SEARCH, NULL, NULL, NULL, api_search },
	{ ROUTE_TYPE_SEARCH, NET_POST, "search-type", LISTED_NOWHERE, PARAMETERS_SEARCH, NULL, NULL, NULL, api_search },
	{ ROUTE_HISTORY, NET_GET, "history-instance", LISTED_TYPE, PARAMETERS_HISTORY, "_since, _at and _count; with paging",
	  NULL, NULL, api_history },
	{ ROUTE_TYPE_HISTORY, NET_GET, "history-type", LISTED_TYPE, PARAMETERS_HISTORY, "_since, _at and _count; with paging",
	  NULL, NULL, api_history },
	{ ROUTE_BASE_HISTORY, NET_GET, "history-system", LISTED_SYSTEM, PARAMETERS_HISTORY, "_since, _at and _count; with paging",
	  NULL, NULL, api_history },
	{ ROUTE_BASE, NET_GET, "search-system", LISTED_SYSTEM, PARAMETERS_SEARCH, NULL, NULL, NULL, api_search },
	{ ROUTE_BASE_SEARCH, NET_GET, "search-system", LISTED_NOWHERE, PARAMETERS_SEARCH, NULL, NULL, NULL, api_search },
	{ ROUTE_BASE_SEARCH, NET_POST, "search-system", LISTED_NOWHERE, PARAMETERS_SEARCH, NULL, NULL, NULL, api_search },
	{ ROUTE_BASE, NET_POST, "transaction", LISTED_SYSTEM, PARAMETERS_COMMON, "All or nothing", body_check_type, NULL,
	  api_bundle },
	{ ROUTE_BASE, NET_POST, "batch", LISTED_SYSTEM, PARAMETERS_COMMON, "Entry by entry", body_check_type, NULL, api_bundle },
	{ ROUTE_TYPE, NET_POST, "create", LISTED_TYPE, PARAMETERS_COMMON, "If-None-Exist is honoured; the id is ours",
	  body_check_type, NULL, api_create },
	{ ROUTE_TYPE, NET_PUT, "update", LISTED_NOWHERE, PARAMETERS_SEARCH, NULL, body_check_type, NULL, api_update_matching },
	{ ROUTE_TYPE, NET_PATCH, "patch", LISTED_NOWHERE, PARAMETERS_SEARCH, NULL, api_patch_check_type, NULL,
	  api_patch_matching },
	{ ROUTE_TYPE, NET_DELETE, "delete", LISTED_NOWHERE, PARAMETERS_SEARCH, NULL, NULL, NULL, api_delete_matching },
	{ ROUTE_INSTANCE, NET_PUT, "update", LISTED_TYPE, PARAMETERS_COMMON, "If-Match is honoured; what is not there is created",
	  body_check_type, NULL, api_update },
	{ ROUTE_INSTANCE, NET_PATCH, "patch", LISTED_TYPE, PARAMETERS_COMMON, "JSON Patch and FHIRPath Patch",
	  api_patch_check_type, NULL, api_patch },
	{ ROUTE_INSTANCE, NET_DELETE, "delete", LISTED_TYPE, PARAMETERS_COMMON, "Earlier versions stay readable", NULL, NULL,
	  api_delete },
	{ ROUTE_BASE_OPERATION, NET_GET, "operation", LISTED_NOWHERE, PARAMETERS_OPERATION, NULL, NULL, NULL, api_operation },
	{ ROUTE_BASE_OPERATION, NET_POST, "operation", LISTED_NOWHERE, PARAMETERS_OPERATION, NULL, body_check_type, NULL,
	  api_operation },
	{ ROUTE_TYPE_OPERATION, NET_GET, "operation", LISTED_NOWHERE, PARAMETERS_OPERATION, NULL, NULL, NULL, api_operation },
	{ ROUTE_TYPE_OPERATION, NET_POST, "operation", LISTED_NOWHERE, PARAMETERS_OPERATION, NULL, body_check_type, NULL,
	  api_operation },
	{ ROUTE_INSTANCE_OPERATION, NET_GET, "operation", LISTED_NOWHERE, PARAMETERS_OPERATION, NULL, NULL, NULL, api_operation },
	{ ROUTE_INSTANCE_OPERATION, NET_POST, "operation", LISTED_NOWHERE, PARAMETERS_OPERATION, NULL, body_check_type, NULL,
	  api_operation },
};
const size_t api_interaction_count = ARRAY_SIZE(api_interactions);

bool api_interaction_offered(const struct api_interaction *interaction)
{
	return interaction->on_loop || interaction->on_worker;
}

/** What one segment of a path can be, after one of letter `before` ('\0': the first); a path is recognised by the string of its
 * segments' letters. */
static char segment_letter(struct slice segment, char before)
{
	if (!before && slice_equal(segment, SLICE(".well-known")))
		return 'w';
	if (before == 'w')
		return slice_equal(segment, SLICE("smart-configuration")) ? 'c' : '?';
	if (slice_equal(segment, SLICE("_history")))
		return 'h';
	if (slice_equal(segment, SLICE("_search")))
		return 's';
	if (!before && slice_equal(segment, SLICE("metadata")))
		return 'm';
	if (segment.len > 1 && segment.ptr[0] == '$')
		return '$';
	return segment.len ? 'n' : '?';
}

/** Paths outside the bases. */
static const struct {
	const char *path;
	enum route_place place;
} fixed[] = {
	{ "/", ROUTE_HOME },
	{ "/health", ROUTE_HEALTH },
	{ "/health/live", ROUTE_LIVE },
	{ "/health/ready", ROUTE_READY },
	{ "/metrics", ROUTE_METRICS },
};

#define SEGMENTS_MAX 4

static const struct {
	const char *letters;
	enum route_place place;
} shapes[] = {
	{ "", ROUTE_BASE },           { "m", ROUTE_METADATA },       { "h", ROUTE_BASE_HISTORY },
	{ "s", ROUTE_BASE_SEARCH },   { "$", ROUTE_BASE_OPERATION }, { "n", ROUTE_TYPE },
	{ "nh", ROUTE_TYPE_HISTORY }, { "ns", ROUTE_TYPE_SEARCH },   { "n$", ROUTE_TYPE_OPERATION },
	{ "nn", ROUTE_INSTANCE },     { "nnh", ROUTE_HISTORY },      { "nn$", ROUTE_INSTANCE_OPERATION },
	{ "nnhn", ROUTE_VERSION },    { "wc", ROUTE_SMART },
};

/** Cuts `rest` into decoded segments; a slash at the end is forgiven. False when there are too many or one is not decodable. */
static bool segments_cut(struct arena *arena, struct slice rest, struct slice *segments, char *letters, bool *malformed)
{
	size_t count = 0;

	while (rest.len) {
		struct slice segment = slice_cut(&rest, '/');
		if (count == SEGMENTS_MAX)
			return false;
		if (!query_decode(arena, segment, false, &segments[count], NULL)) {
			*malformed = true;
			return false;
		}
		letters[count] = segment_letter(segments[count], count ? letters[count - 1] : '\0');
		count++;
	}
	return true;
}

/** Cuts "/fhir/r4" off. */
static bool base_cut(struct slice *path, enum fhir_version *version)
{
	struct slice rest = *path;

	if (!slice_starts(rest, SLICE("/fhir/")))
		return false;
	rest = slice_from(rest, SLICE("/fhir/").len);
	struct slice name = slice_cut(&rest, '/');
	for (*version = 0; *version < FHIR_VERSION_COUNT; (*version)++)
		if (slice_equal(name, slice_of(fhir_version_name(*version)))) {
			*path = rest;
			return true;
		}
	return false;
}

static void segments_assign(const char *letters, const struct slice *segments, struct route *route)
{
	struct slice *names[] = { &route->type, &route->id, &route->version_id };
	size_t named = 0;

	for (size_t i = 0; letters[i]; i++) {
		if (letters[i] == 'n')
			*names[named++] = segments[i];
		if (letters[i] == '$')
			route->operation = segments[i];
	}
}

struct route route_parse(struct arena *arena, struct slice path)
{
	struct route route = { .place = ROUTE_NOWHERE };
	struct slice segments[SEGMENTS_MAX];
	char letters[SEGMENTS_MAX + 1] = "";

	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
		if (slice_equal(path, slice_of(fixed[i].path)))
			route.place = fixed[i].place;
	if (!base_cut(&path, &route.version) || !segments_cut(arena, path, segments, letters, &route.is_malformed))
		return route;
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++)
		if (strcmp(shapes[i].letters, letters) == 0)
			route.place = shapes[i].place;
	if (route.place != ROUTE_NOWHERE)
		segments_assign(letters, segments, &route);
	return route;
}

const struct api_interaction *route_interaction(enum route_place place, enum net_method method)
{
	enum net_method row_method = method == NET_HEAD ? NET_GET : method;

	for (size_t i = 0; i < api_interaction_count; i++)
		if (api_interactions[i].place == place && api_interactions[i].method == row_method)
			return &api_interactions[i];
	return NULL;
}

bool route_offered(enum route_place place)
{
	for (size_t i = 0; i < api_interaction_count; i++)
		if (api_interactions[i].place == place && api_interaction_offered(&api_interactions[i]))
			return true;
	return false;
}

struct slice route_allow(struct arena *arena, enum route_place place, const struct api_operation *operation)
{
	static const struct {
		enum net_method method;
		const char *text;
	} methods[] = {
		{ NET_GET, "GET, HEAD, " }, { NET_POST, "POST, " },     { NET_PUT, "PUT, " },
		{ NET_PATCH, "PATCH, " },   { NET_DELETE, "DELETE, " },
	};
	struct slice allow = SLICE("");

	for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
		const struct api_interaction *row = route_interaction(place, methods[i].method);
		if (row && api_interaction_offered(row) && (!operation || operation_takes(operation, methods[i].method)))
			allow = arena_printf(arena, "%.*s%s", SLICE_ARG(allow), methods[i].text);
	}
	allow = arena_printf(arena, "%.*sOPTIONS", SLICE_ARG(allow));
	return allow.ptr ? allow : SLICE("OPTIONS");
}

bool route_is_operation(enum route_place place)
{
	return place == ROUTE_BASE_OPERATION || place == ROUTE_TYPE_OPERATION || place == ROUTE_INSTANCE_OPERATION;
}

bool route_id_valid(struct slice id)
{
	if (id.len < 1 || id.len > 64)
		return false;
	for (size_t i = 0; i < id.len; i++) {
		char c = id.ptr[i];
		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '.'))
			return false;
	}
	return true;
}
