/* SPDX-License-Identifier: Apache-2.0 */
#include "api/body.h"

#include "api/answer.h"

static const struct {
	const char *media_type;
	enum body_form form;
} media_types[] = {
	{ "application/fhir+json", BODY_JSON },
	{ "application/json", BODY_JSON },
	{ "text/json", BODY_JSON },
	{ "application/json+fhir", BODY_JSON }, /* DSTU2's names */
	{ "application/fhir+xml", BODY_XML },
	{ "application/xml", BODY_XML },
	{ "text/xml", BODY_XML },
	{ "application/xml+fhir", BODY_XML },
	{ "application/json-patch+json", BODY_JSON_PATCH },
};

/** Clients that name no type are taken by their first character. */
static enum body_form form_sniff(struct slice body)
{
	struct slice text = slice_trim(body);

	if (slice_starts(text, SLICE("{")))
		return BODY_JSON;
	return slice_starts(text, SLICE("<")) ? BODY_XML : BODY_UNKNOWN;
}

static struct slice content_type(const struct net_request *request)
{
	return slice_trim(net_request_header(request, "content-type"));
}

enum body_form body_form(const struct net_request *request)
{
	struct slice name = content_type(request);

	if (!name.len)
		return form_sniff(request->body);
	name = slice_trim(slice_cut(&name, ';'));
	for (size_t i = 0; i < ARRAY_SIZE(media_types); i++)
		if (slice_equal_nocase(name, slice_of(media_types[i].media_type)))
			return media_types[i].form;
	return BODY_UNKNOWN;
}

static bool refuse(struct api_call *call, unsigned status, const char *code, struct slice text, struct slice hint)
{
	answer_error(call, status, code, text, hint);
	return false;
}

static bool refuse_form(struct api_call *call)
{
	struct slice type = net_request_header(call->request, "content-type");

	return refuse(call, 415, "not-supported",
		      type.ptr ? arena_printf(call->request->arena, "A body of type '%.*s' is not taken here", SLICE_ARG(type))
			       : SLICE("The body is neither JSON nor XML"),
		      SLICE("Send Content-Type: application/fhir+json or application/fhir+xml."));
}

/** UTF-8 is the only encoding of FHIR; a version, if one is named, must be the base's. */
static bool parameters_check(struct api_call *call)
{
	struct slice type = net_request_header(call->request, "content-type");
	struct slice charset = negotiate_media_parameter(type, "charset");
	struct slice version = negotiate_media_parameter(type, "fhirVersion");

	if (charset.ptr && !slice_equal_nocase(charset, SLICE("utf-8")))
		return refuse(call, 415, "not-supported", SLICE("A FHIR resource is written in UTF-8"),
			      SLICE("Leave charset out, or send charset=utf-8."));
	if (version.ptr && !negotiate_version_agrees(version, call->route.version))
		return refuse(call, 415, "not-supported",
			      arena_printf(call->request->arena, "This base takes FHIR %s, not fhirVersion=%.*s",
					   fhir_version_number(call->route.version), SLICE_ARG(version)),
			      SLICE("Each version of FHIR has a base of its own."));
	return true;
}

bool body_check_type(struct api_call *call)
{
	enum body_form form = body_form(call->request);

	if (!content_type(call->request).len) /* the first character will tell */
		return true;
	return form == BODY_JSON || form == BODY_XML ? parameters_check(call) : refuse_form(call);
}

static bool parse(struct api_call *call, struct arena *arena, enum body_form form, struct body *out)
{
	struct fhir_json_limits json = FHIR_JSON_LIMITS_DEFAULT;
	struct fhir_xml_limits xml = FHIR_XML_LIMITS_DEFAULT;
	bool lenient = negotiate_is_lenient(call->request);

	json.lenient = xml.lenient = lenient;
	if (form == BODY_JSON)
		return fhir_json_read(arena, call->base->schema, NULL, call->request->body, &json, &out->issues, &out->resource);
	return fhir_xml_read(arena, call->base->schema, NULL, call->request->body, &xml, &out->issues, &out->resource);
}

/** That something was left out is told whatever the answer's body will be; what it was, when that is asked for (return=).
 *
 * Source: RFC 7240 section 3: "which Prefer tokens were honored by the server and applied to the processing of a request". */
static void tell_leniency(struct api_call *call, const struct body *body)
{
	if (body->issues.count && negotiate_is_lenient(call->request))
		net_reply_header(call->reply, "Preference-Applied", SLICE("handling=lenient"));
}

bool body_read(struct api_call *call, struct arena *arena, struct body *out)
{
	*out = (struct body){ .resource = call->given };
	issues_init(&out->issues, arena, BODY_MAX_ISSUES);
	for (const struct issue *issue = call->given_warnings ? call->given_warnings->first : NULL; issue; issue = issue->next)
		issue_repeat(&out->issues, issue);
	if (out->resource)
		return true;
	if (slice_trim(call->request->body).len == 0)
		return refuse(call, 400, "required", SLICE("The request has no body"),
			      SLICE("Send the resource as JSON or XML, with its Content-Type."));
	enum body_form form = body_form(call->request);
	if (form != BODY_JSON && form != BODY_XML)
		return refuse_form(call);
	if (!parse(call, arena, form, out)) {
		answer_issues(call, 400, &out->issues);
		return false;
	}
	tell_leniency(call, out);
	return true;
}

bool body_read_as(struct api_call *call, struct arena *arena, struct slice type, struct body *out)
{
	if (!body_read(call, arena, out))
		return false;
	if (slice_equal(out->resource->type->name, type))
		return true;
	return refuse(call, 400, "invalid",
		      arena_printf(call->request->arena, "The body is of type %.*s, not %.*s",
				   SLICE_ARG(out->resource->type->name), SLICE_ARG(type)),
		      arena_printf(call->request->arena, "Send the type %.*s, or use the path of the resource's own type.",
				   SLICE_ARG(type)));
}
