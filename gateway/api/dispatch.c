/* SPDX-License-Identifier: Apache-2.0 */
#include "api/dispatch.h"

#include <string.h>

#include "api/answer.h"
#include "api/gate.h"
#include "api/parameter.h"

#define CORS_REQUEST_HEADERS                                                                                                     \
	SLICE("Accept, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Exist, If-None-Match, "                 \
	      "If-Unmodified-Since, Prefer, X-Request-Id, X-Requested-With")

static bool below_base(enum route_place place)
{
	return place >= ROUTE_BASE;
}

/* ---- who we are for the client ---- */

/** What a host and port are made of (RFC 3986 section 3.2.2): nothing that could leave a URL or a JSON string. */
static bool authority_valid(struct slice authority)
{
	for (size_t i = 0; i < authority.len; i++) {
		char c = authority.ptr[i];
		bool is_word = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
		if (!is_word && (c == '\0' || !strchr(".-_:[]", c)))
			return false;
	}
	return authority.len > 0;
}

static bool authority_check(struct api_call *call)
{
	if (call->api->options.base_url.len || authority_valid(call->request->authority))
		return true;
	answer_error(call, 400, "structure", SLICE("The Host header is not a host name"), SLICE("Send Host: name or name:port."));
	return false;
}

struct slice api_base_url(const struct api_call *call)
{
	const struct net_request *request = call->request;
	const char *version = fhir_version_name(call->route.version);
	struct slice configured = call->api->options.base_url;

	if (configured.len)
		return arena_printf(request->arena, "%.*s/fhir/%s", SLICE_ARG(configured), version);
	return arena_printf(request->arena, "%s://%.*s/fhir/%s", request->is_tls ? "https" : "http",
			    SLICE_ARG(request->authority), version);
}

/** The methods that work at the call's place, as an `Allow` value. */
static struct slice allow_of(const struct api_call *call)
{
	enum route_place place = call->route.place;

	if (!call->type || !call->type->is_published)
		return route_allow(call->request->arena, place, call->operation);
	if (published_offers(route_interaction(place, NET_GET)))
		return SLICE("GET, HEAD, OPTIONS");
	return published_offers(route_interaction(place, NET_POST)) ? SLICE("POST, OPTIONS") : SLICE("OPTIONS");
}

/* ---- refusals ---- */

static bool refuse_path(struct api_call *call)
{
	struct arena *arena = call->request->arena;

	if (call->route.is_malformed) {
		answer_error(call, 400, "structure", SLICE("The path is not well-formed"),
			     SLICE("A percent sign must be followed by two hexadecimal digits, and the result must be UTF-8."));
		return false;
	}
	answer_error(call, 404, "not-found", arena_printf(arena, "There is nothing at %.*s", SLICE_ARG(call->request->path)),
		     arena_printf(arena, "FHIR is at /fhir/%s and /fhir/%s: [base]/metadata, [base]/Type, [base]/Type/id.",
				  fhir_version_name(FHIR_R4), fhir_version_name(FHIR_R5)));
	return false;
}

static bool refuse_type(struct api_call *call)
{
	struct arena *arena = call->request->arena;
	const struct served_base *base = call->base;
	const struct fhir_type *known = fhir_type_find(base->schema, call->route.type);
	const char *nearest = nearest_name(call->route.type, base->type_names, base->type_count);
	bool is_fhir = known && known->kind == FHIR_KIND_RESOURCE;

	answer_error(call, 404, "not-supported",
		     is_fhir ? arena_printf(arena, "This gateway does not serve %.*s", SLICE_ARG(call->route.type))
			     : arena_printf(arena, "'%.*s' is not a resource type", SLICE_ARG(call->route.type)),
		     arena_printf(arena, "%s%s%s[base]/metadata lists the types.", nearest ? "Did you mean '" : "",
				  nearest ? nearest : "", nearest ? "'? " : ""));
	return false;
}

static bool refuse_id(struct api_call *call)
{
	answer_error(call, 400, "value", arena_printf(call->request->arena, "'%.*s' is not an id", SLICE_ARG(call->route.id)),
		     SLICE("An id has 1 to 64 letters, digits, hyphens and dots."));
	return false;
}

static bool refuse_operation(struct api_call *call)
{
	struct arena *arena = call->request->arena;
	const struct route *route = &call->route;
	const char *nearest = operation_nearest(route->operation, route->place, route->type);
	struct slice names = operation_names(arena, route->place, route->type);

	answer_error(call, 404, "not-supported",
		     arena_printf(arena, "There is no operation %.*s here", SLICE_ARG(route->operation)),
		     arena_printf(arena, "%s%s%sOperations here: %.*s.", nearest ? "Did you mean '" : "", nearest ? nearest : "",
				  nearest ? "'? " : "", SLICE_ARG(names.len ? names : SLICE("none"))));
	return false;
}

/** 501 where the gateway does nothing of the kind, 405 where another method works (http.html, "Status Codes"). */
static bool refuse_method(struct api_call *call)
{
	struct arena *arena = call->request->arena;
	const struct api_interaction *row = call->interaction;
	struct slice method = call->request->method_text;
	struct slice allow = allow_of(call);

	if (call->request->method == NET_METHOD_OTHER) {
		answer_error(call, 501, "not-supported", arena_printf(arena, "The method %.*s is not known", SLICE_ARG(method)),
			     arena_printf(arena, "Methods here: %.*s.", SLICE_ARG(allow)));
		return false;
	}
	if (row && !route_offered(call->route.place)) {
		answer_error(call, 501, "not-supported", arena_printf(arena, "The interaction %s is not supported", row->code),
			     SLICE("[base]/metadata lists what is."));
		return false;
	}
	net_reply_header(call->reply, "Allow", allow);
	answer_error(call, 405, "not-supported",
		     arena_printf(arena, "%.*s%s%s%s is not supported here", SLICE_ARG(method), row ? " (" : "",
				  row ? row->code : "", row ? ")" : ""),
		     arena_printf(arena, "Supported: %.*s. [base]/metadata lists the interactions.", SLICE_ARG(allow)));
	return false;
}

/** For people with curl, and for browsers before a cross-origin request (Fetch, "CORS-preflight"). */
static bool answer_options(struct api_call *call)
{
	struct slice allow = allow_of(call);

	call->reply->status = 204;
	net_reply_header(call->reply, "Allow", allow);
	if (call->api->options.allow_origin.len) {
		net_reply_header(call->reply, "Access-Control-Allow-Methods", allow);
		net_reply_header(call->reply, "Access-Control-Allow-Headers", CORS_REQUEST_HEADERS);
		net_reply_header(call->reply, "Access-Control-Max-Age", SLICE("86400"));
	}
	return false;
}

/* ---- the steps ---- */

static bool has_body(const struct api_call *call)
{
	return call->is_head || call->request->body.len;
}

/** A search by POST has its parameters in a form, in the URL, or in both (search.html, "Search Interactions"). */
static bool takes_form(const struct api_call *call)
{
	return call->request->method == NET_POST && call->interaction->parameters == PARAMETERS_SEARCH;
}

static bool join_form(struct api_call *call, struct slice *query)
{
	struct slice form = net_request_header(call->request, "Content-Type"), body = call->request->body;
	bool is_form = slice_equal_nocase(slice_trim(slice_cut(&form, ';')), SLICE("application/x-www-form-urlencoded"));

	if (!has_body(call) || !takes_form(call) || (is_form && call->is_head))
		return true;
	if (is_form) {
		*query = query->len ? arena_printf(call->request->arena, "%.*s&%.*s", SLICE_ARG(*query), SLICE_ARG(body)) : body;
		return true;
	}
	answer_error(call, 415, "not-supported", SLICE("A search by POST takes a form"),
		     SLICE("Send Content-Type: application/x-www-form-urlencoded."));
	return false;
}

static bool read_query(struct api_call *call)
{
	struct slice query = call->request->query;
	struct error err = { 0 };

	if (!call->interaction || call->interaction->parameters == PARAMETERS_IGNORED)
		return true;
	if (!join_form(call, &query))
		return false;
	if (query_parse(call->request->arena, query, &call->query, &err))
		return true;
	if (err.code == ERROR_SYNTAX)
		error_hint(&err, "Write the query as name=value pairs joined by &, percent-encoded.");
	answer_failure(call, &err);
	return false;
}

static bool resolve_type(struct api_call *call)
{
	if (!call->route.type.ptr)
		return true;
	call->type = served_type_find(call->base, call->route.type);
	if (!call->type)
		return refuse_type(call);
	if (call->route.id.ptr && !route_id_valid(call->route.id))
		return refuse_id(call);
	return true;
}

static bool resolve_operation(struct api_call *call)
{
	if (!route_is_operation(call->route.place))
		return true;
	call->operation = operation_find(call->route.operation, call->route.place, call->route.type);
	return call->operation || refuse_operation(call);
}

/** What the gateway says of itself is not a client's to change. */
static bool refuse_published(struct api_call *call)
{
	struct arena *arena = call->request->arena;

	net_reply_header(call->reply, "Allow", allow_of(call));
	answer_error(call, 405, "not-supported",
		     arena_printf(arena, "%.*s resources are published by the gateway: they are read and searched only",
				  SLICE_ARG(call->route.type)),
		     SLICE("Other resources that describe something (ValueSet, Library, Basic ...) can be stored."));
	return false;
}

static bool resolve_method(struct api_call *call)
{
	const struct api_interaction *row = call->interaction;

	if (row && call->type && call->type->is_published && !published_offers(row))
		return refuse_published(call);
	if (!row || !api_interaction_offered(row) ||
	    (call->operation && !operation_takes(call->operation, call->request->method)))
		return refuse_method(call);
	return true;
}

/** The form is chosen first, so that a refusal comes in it too; what cannot be given is refused when all else is right. */
static struct slice choose_form(struct api_call *call)
{
	static const struct negotiated of_entry = { .content_type = { "application/fhir+json; charset=utf-8", 36 } };
	struct slice reason = SLICE_NONE;

	if (call->is_entry) {
		call->format = of_entry;
		return SLICE_NONE;
	}
	if (!call->base || negotiate(call->request, &call->query, call->route.version, &call->format, &reason))
		return SLICE_NONE;
	return reason.ptr ? reason : SLICE("The form that was asked for is not available");
}

static bool refuse_form(struct api_call *call, struct slice reason)
{
	answer_error(
	    call, 406, "not-supported", reason,
	    arena_printf(call->request->arena,
			 "Send Accept: application/fhir+json or application/fhir+xml, or _format=json or _format=xml. FHIR of "
			 "each version has a base of its own: /fhir/%s, /fhir/%s.",
			 fhir_version_name(FHIR_R4), fhir_version_name(FHIR_R5)));
	return false;
}

bool dispatch_prepare(struct api_call *call)
{
	const struct net_request *request = call->request;

	answer_begin(call->api, request->arena, request->id, call->reply);
	call->route = route_parse(request->arena, request->path);
	if (call->route.place == ROUTE_NOWHERE)
		return refuse_path(call);
	call->interaction = route_interaction(call->route.place, request->method);
	call->base = below_base(call->route.place) ? &call->api->bases[call->route.version] : NULL;
	if (!read_query(call))
		return false;
	struct slice unavailable = choose_form(call);
	if (!gate_identify(call) || !resolve_type(call) || !resolve_operation(call))
		return false;
	if (request->method == NET_OPTIONS)
		return answer_options(call);
	if (!resolve_method(call) || !authority_check(call))
		return false;
	if (call->is_head && takes_form(call))
		return true; /* what it asks for, and in which form, has yet to come */
	/* From here on everything about the request is known but its body. */
	if (!gate_permit(call))
		return false;
	if (unavailable.ptr)
		return refuse_form(call, unavailable);
	return parameter_check(call) &&
	       (!has_body(call) || !call->interaction->check_type || call->interaction->check_type(call));
}
