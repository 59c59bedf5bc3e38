/* SPDX-License-Identifier: Apache-2.0 */
/* patch, by id and by condition: JSON Patch or FHIRPath Patch on what is current, inside the store's transaction. */
#include "cannula/patch.h"

#include "api/answer.h"
#include "api/match.h"
#include "api/write.h"

#include <openssl/evp.h>

/** What is asked for: one of the two is set. */
struct patch_asked {
	struct slice json;                  /**< a JSON Patch */
	const struct fhir_node *parameters; /**< a FHIRPath Patch */
};

static bool refuse_patch(struct api_call *call, unsigned status, struct slice text)
{
	answer_error(call, status, status == 415 ? "not-supported" : "structure", text,
		     SLICE("Send a JSON Patch as application/json-patch+json, or a FHIRPath Patch (a Parameters resource) as "
			   "application/fhir+json or application/fhir+xml."));
	return false;
}

/** In a Bundle a JSON Patch travels in a Binary (http.html#patch, "patch in a transaction"). */
static bool binary_decode(struct write *write, const struct fhir_node *binary, struct slice *out)
{
	struct slice type = fhir_node_text(binary, SLICE("contentType")), data = fhir_node_text(binary, SLICE("data"));
	unsigned char *bytes = arena_alloc(write->arena, data.len + 1);
	int length = bytes ? EVP_DecodeBlock(bytes, (const unsigned char *)data.ptr, (int)data.len) : -1;

	if (!slice_equal(type, SLICE("application/json-patch+json")) || length <= 0)
		return refuse_patch(write->call, 400, SLICE("The Binary holds no JSON Patch"));
	while (data.len && data.ptr[data.len - 1] == '=' && length > 0) {
		data.len--;
		length--;
	}
	*out = (struct slice){ (const char *)bytes, (size_t)length };
	return true;
}

static bool read_resource(struct write *write, struct patch_asked *out)
{
	struct body body;

	if (!body_read(write->call, write->arena, &body))
		return false;
	if (slice_equal(body.resource->type->name, SLICE("Binary")))
		return binary_decode(write, body.resource, &out->json);
	if (!slice_equal(body.resource->type->name, SLICE("Parameters")))
		return refuse_patch(
		    write->call, 400,
		    arena_printf(write->call->request->arena, "A %.*s is no patch", SLICE_ARG(body.resource->type->name)));
	out->parameters = body.resource;
	return true;
}

static bool refuse_form(struct api_call *call)
{
	return refuse_patch(call, 415, SLICE("The body is not a form of patch that is known here"));
}

bool api_patch_check_type(struct api_call *call)
{
	enum body_form form = body_form(call->request);

	if (form == BODY_UNKNOWN && net_request_header(call->request, "content-type").len)
		return refuse_form(call);
	return form == BODY_JSON_PATCH || body_check_type(call);
}

static bool patch_read(struct write *write, struct patch_asked *out)
{
	struct api_call *call = write->call;
	struct slice body = slice_trim(call->request->body);
	enum body_form form = body_form(call->request);

	*out = (struct patch_asked){ 0 };
	/* A client that says application/json and sends an array means a JSON Patch. */
	if (!call->given && (form == BODY_JSON_PATCH || (form != BODY_XML && slice_starts(body, SLICE("["))))) {
		if (!body.len)
			return refuse_patch(call, 400, SLICE("The request has no body"));
		out->json = call->request->body;
		return true;
	}
	if (!call->given && form == BODY_UNKNOWN)
		return refuse_form(call);
	/* A part of the resource, to be merged: some clients send it, FHIR does not define it. */
	if (!call->given && form == BODY_JSON && slice_find(body, SLICE("\"resourceType\"")) == SIZE_MAX)
		return refuse_patch(call, 415,
				    SLICE("A JSON object without resourceType is not a form of patch that is known here"));
	return read_resource(write, out);
}

static bool current_read(struct write *write, struct fhir_node **out)
{
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct api_call *call = write->call;
	struct error err = { 0 };
	struct issues issues;

	issues_init(&issues, write->arena, 1);
	limits.max_bytes = write->current.bytes.len;
	if (fhir_json_read(write->arena, call->base->schema, NULL, write->current.bytes, &limits, &issues, out))
		return true;
	error_set(&err, ERROR_CORRUPT, "", "a stored resource cannot be read: %.*s",
		  SLICE_ARG(issues.first ? issues.first->text : SLICE_NONE));
	answer_failure(call, &err);
	return false;
}

static bool patch_apply_to(struct write *write, const struct patch_asked *asked, const struct fhir_node *current)
{
	const struct fhir_schema *schema = write->call->base->schema;
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	bool ok = asked->parameters
		      ? patch_fhirpath(write->arena, schema, current, asked->parameters, &write->issues, &write->resource)
		      : fhir_json_patch(write->arena, schema, current, asked->json, &limits, &write->issues, &write->resource);

	if (!ok) {
		answer_issues(write->call, 422, &write->issues);
		return false;
	}
	if (slice_equal(fhir_node_text(write->resource, SLICE("id")), write->id))
		return true;
	answer_error(write->call, 422, "business-rule", SLICE("The patch changes the id"), SLICE("An id never changes."));
	return false;
}

static bool refuse_absent(struct write *write)
{
	struct api_call *call = write->call;
	bool is_deleted = write->found;

	answer_error(call, is_deleted ? 410 : 404, is_deleted ? "deleted" : "not-found",
		     arena_printf(call->request->arena, "%.*s/%.*s %s", SLICE_ARG(call->route.type), SLICE_ARG(write->id),
				  is_deleted ? "was deleted" : "does not exist"),
		     SLICE("A patch changes what is there; PUT creates."));
	return false;
}

static bool patch_current(struct write *write, const struct patch_asked *asked)
{
	struct fhir_node *current;

	write->put_flags = STORE_PUT_PATCH;
	if (!write_find(write))
		return false;
	if (!write->found || write->current.is_deleted)
		return refuse_absent(write);
	return write_conditions(write) && current_read(write, &current) && patch_apply_to(write, asked, current) &&
	       write_validate(write) && write_put(write);
}

void api_patch(struct api_call *call)
{
	struct patch_asked asked;
	struct write write;

	write_init(&write, call);
	if (patch_read(&write, &asked) && write_begin(&write))
		write_end(&write, patch_current(&write, &asked));
}

static bool patch_matched(struct write *write, const struct patch_asked *asked)
{
	const struct store_resource *existing;

	if (!match_find_one(write->call, write->call->type, write->call->request->query, &existing))
		return false;
	if (existing) {
		write->id = existing->id;
		return patch_current(write, asked);
	}
	answer_error(write->call, 404, "not-found", SLICE("Nothing matches the criteria"),
		     SLICE("PUT creates what does not match."));
	return false;
}

void api_patch_matching(struct api_call *call)
{
	struct patch_asked asked;
	struct write write;

	write_init(&write, call);
	if (patch_read(&write, &asked) && write_begin(&write))
		write_end(&write, patch_matched(&write, &asked));
}
