/* SPDX-License-Identifier: Apache-2.0 */
#include "api/gate.h"

#include <string.h>

#include "api/answer.h"
#include "api/operation.h"

#define EVERY_TYPE SLICE("*")

static void refuse(struct api_call *call, const struct access_refusal *refusal)
{
	static const struct {
		unsigned status;
		const char *code; /* of FHIR's issue types */
	} codes[] = { { 400, "structure" }, { 401, "login" }, { 403, "forbidden" }, { 503, "transient" } };
	const char *code = "security";

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		if (codes[i].status == refusal->status)
			code = codes[i].code;
	if (refusal->challenge.ptr)
		net_reply_header(call->reply, "WWW-Authenticate", refusal->challenge);
	if (refusal->status == 503)
		net_reply_header(call->reply, "Retry-After", SLICE("5"));
	net_reply_header(call->reply, "Cache-Control", SLICE("no-store"));
	answer_error(call, refusal->status, code, refusal->reason, refusal->hint);
}

/* ---- who asks ---- */

/** What there is to know before one can know how to ask. */
static bool asks_nobody(const struct api_call *call)
{
	switch (call->route.place) {
	case ROUTE_HOME:
	case ROUTE_HEALTH:
	case ROUTE_LIVE:
	case ROUTE_READY:
	case ROUTE_METADATA:
	case ROUTE_SMART:
		return true;
	case ROUTE_METRICS:
		return access_options_of(call->api->access)->loopback_metrics && call->request->is_local;
	default:
		return call->request->method == NET_OPTIONS; /* Fetch: a preflight carries no credentials */
	}
}

static struct api_note *note_of(struct api_call *call)
{
	struct net_reply *reply = call->reply;

	if (!reply->note)
		reply->note = arena_new_of(call->request->arena, struct api_note);
	if (reply->note)
		*(struct api_note *)reply->note = (struct api_note){ ((struct api_note *)reply->note)->principal,
								     call->interaction, call->route.type, call->route.operation };
	return reply->note;
}

bool gate_identify(struct api_call *call)
{
	struct api_note *note = note_of(call);
	struct access_refusal refusal;

	call->principal = note ? note->principal : NULL;
	if (call->principal || asks_nobody(call))
		return true;
	switch (access_identify(call->api->access, call->request, call->worker != NULL, &call->principal, &refusal)) {
	case ACCESS_KNOWN:
		if (note)
			note->principal = call->principal;
		return true;
	case ACCESS_LATER:
		call->is_deferred = true;
		return false;
	case ACCESS_UNKNOWN:
		break;
	}
	refuse(call, &refusal);
	return false;
}

/* ---- what they may ---- */

bool gate_allows(const struct api_call *call, struct slice type, unsigned permissions)
{
	return access_allows(call->principal, type, permissions);
}

static bool forbid(struct api_call *call, struct slice type, unsigned permissions)
{
	struct access_refusal refusal = access_forbid(call->api->access, call->request->arena, type, permissions);

	refuse(call, &refusal);
	return false;
}

bool gate_need(struct api_call *call, struct slice type, unsigned permissions)
{
	return gate_allows(call, type, permissions) || forbid(call, type, permissions);
}

/** Scopes permit interactions (SMART, "Scopes"); those of a Bundle's entries are asked for one by one. */
static const struct {
	const char *code;
	unsigned permissions;
} needs[] = {
	{ "read", ACCESS_READ },
	{ "search-type", ACCESS_SEARCH },
	{ "vread", ACCESS_READ },
	{ "history-instance", ACCESS_READ },
	{ "history-type", ACCESS_SEARCH },
	{ "search-system", ACCESS_SEARCH },
	{ "history-system", ACCESS_SEARCH },
	{ "create", ACCESS_CREATE },
	{ "update", ACCESS_UPDATE },
	{ "patch", ACCESS_UPDATE },
	{ "delete", ACCESS_DELETE },
	{ "transaction", 0 },
};

/** An operation that leaves everything as it is reads; another one updates. */
static unsigned permissions_of(const struct api_call *call)
{
	const char *code = call->interaction->code;

	if (call->operation)
		return call->operation->affects_state ? ACCESS_READ | ACCESS_UPDATE : ACCESS_READ;
	for (size_t i = 0; i < ARRAY_SIZE(needs); i++)
		if (strcmp(code, needs[i].code) == 0)
			return needs[i].permissions;
	return ACCESS_ALL;
}

/** A write at a type's own path, or with If-None-Exist, is conditional: its answer tells whether something like it exists. What
 * its criteria reach is asked for when they are read (match.c). */
static bool is_conditional_write(const struct api_call *call, unsigned permissions)
{
	if (!(permissions & (ACCESS_CREATE | ACCESS_UPDATE | ACCESS_DELETE)) || call->operation)
		return false;
	return call->route.place == ROUTE_TYPE &&
	       (permissions != ACCESS_CREATE || net_request_header(call->request, "If-None-Exist").ptr);
}

/** Parameters by which a search looks at resources of further types, or answers with them. */
static bool reaches_further(const struct query *query)
{
	static const char *const starts[] = { "_include", "_revinclude", "_has", "_filter", "_in", "_list", "_query" };

	for (size_t i = 0; i < query->count; i++) {
		struct slice name = query->items[i].name;
		if (slice_find(name, SLICE(".")) != SIZE_MAX || slice_find(query->items[i].modifier, SLICE(".")) != SIZE_MAX)
			return true;
		for (size_t k = 0; k < ARRAY_SIZE(starts); k++)
			if (slice_starts(name, slice_of(starts[k])))
				return true;
	}
	return false;
}

bool gate_search(struct api_call *call, struct slice type, const struct query *query)
{
	if (reaches_further(query))
		return gate_need(call, EVERY_TYPE, ACCESS_READ | ACCESS_SEARCH);
	return gate_need(call, type, ACCESS_SEARCH);
}

/** A search at the base: the types that _type names, each; all of them when it names none. Of what the search may read otherwise
 * (several, a modifier, nothing) no guess is made here. */
static bool permit_base_search(struct api_call *call)
{
	const struct query_parameter *named = query_find(&call->query, SLICE("_type"));
	struct slice rest = named ? named->value : SLICE_NONE;
	size_t count = 0;

	for (size_t i = 0; i < call->query.count; i++)
		count += slice_equal(call->query.items[i].name, SLICE("_type"));
	if (count != 1 || !rest.len)
		return gate_search(call, EVERY_TYPE, &call->query);
	while (rest.ptr)
		if (!gate_search(call, slice_cut(&rest, ','), &call->query))
			return false;
	return true;
}

bool gate_permit(struct api_call *call)
{
	if (asks_nobody(call) || call->route.place < ROUTE_BASE)
		return true;
	unsigned permissions = permissions_of(call);
	if (is_conditional_write(call, permissions))
		permissions |= ACCESS_SEARCH;
	if (!permissions)
		return true;
	struct slice type = call->route.type.ptr ? call->route.type : EVERY_TYPE;
	if (permissions != ACCESS_SEARCH || call->interaction->parameters != PARAMETERS_SEARCH)
		return gate_need(call, type, permissions);
	return call->route.type.ptr ? gate_search(call, type, &call->query) : permit_base_search(call);
}
