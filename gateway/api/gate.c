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

void gate_forbid(struct api_call *call, const struct access_grant *lacking, size_t count, struct slice advice)
{
	struct arena *arena = call->request->arena;
	struct access_refusal refusal = access_forbid(call->api->access, call->request, lacking, count);

	if (advice.ptr)
		refusal.hint =
		    arena_printf(arena, "%.*s%s%.*s", SLICE_ARG(refusal.hint), refusal.hint.ptr ? " " : "", SLICE_ARG(advice));
	refuse(call, &refusal);
}

bool gate_need(struct api_call *call, struct slice type, unsigned permissions)
{
	if (gate_allows(call, type, permissions))
		return true;
	gate_forbid(call, &(struct access_grant){ type, permissions }, 1, SLICE_NONE);
	return false;
}

/** Scopes permit interactions (SMART, "Scopes"); those of a Bundle's entries are asked for one by one. Which types a search is
 * about is known when its query is read, and asked for there (search_reach.c). */
static const struct {
	const char *code;
	unsigned permissions;
} needs[] = {
	{ "read", ACCESS_READ },
	{ "search-type", 0 },
	{ "vread", ACCESS_READ },
	{ "history-instance", ACCESS_READ },
	{ "history-type", ACCESS_SEARCH },
	{ "search-system", 0 },
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

	if (call->operation && call->operation->is_narrowed && !call->route.type.ptr)
		return 0;
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

bool gate_permit(struct api_call *call)
{
	if (asks_nobody(call) || call->route.place < ROUTE_BASE)
		return true;
	unsigned permissions = permissions_of(call);
	if (is_conditional_write(call, permissions))
		permissions |= ACCESS_SEARCH;
	return !permissions || gate_need(call, call->route.type.ptr ? call->route.type : EVERY_TYPE, permissions);
}
