/* SPDX-License-Identifier: Apache-2.0 */
#include "api/smart.h"

#include "api/answer.h"

#define DOCUMENT_MAX_BYTES (256u << 10)

static void member(struct buf *buf, const char *name, struct slice value)
{
	buf_printf(buf, "\"%s\":", name);
	fhir_json_write_string(buf, value);
	buf_append_char(buf, ',');
}

/** One scope for each type that a base serves; what is served in both is named once. */
static void write_scopes(struct buf *buf, const struct api *api)
{
	buf_append(buf, SLICE("\"scopes_supported\":[\"system/*.cruds\",\"system/*.rs\""));
	for (size_t version = 0; version < FHIR_VERSION_COUNT; version++)
		for (size_t i = 0; i < api->bases[version].type_count; i++) {
			const char *type = api->bases[version].type_names[i];
			if (version == FHIR_R4 || !served_type_find(&api->bases[FHIR_R4], slice_of(type)))
				buf_printf(buf, ",\"system/%s.cruds\"", type);
		}
	buf_append(buf, SLICE("],"));
}

bool smart_configuration_make(struct api *api, struct slice *out, struct error *err)
{
	const struct access_token_options *token = &access_options_of(api->access)->token;
	struct buf buf;

	*out = SLICE_NONE;
	if (!access_uses(api->access, ACCESS_TOKEN))
		return true;
	buf_init(&buf, DOCUMENT_MAX_BYTES);
	buf_append_char(&buf, '{');
	member(&buf, "issuer", token->issuer);
	if (slice_starts(token->keys, SLICE("https://")))
		member(&buf, "jwks_uri", token->keys);
	member(&buf, "token_endpoint", token->token_endpoint);
	write_scopes(&buf, api);
	buf_append(&buf, SLICE("\"grant_types_supported\":[\"client_credentials\"],"
			       "\"token_endpoint_auth_methods_supported\":[\"private_key_jwt\"],"
			       "\"token_endpoint_auth_signing_alg_values_supported\":[\"RS384\",\"ES384\"],"
			       "\"code_challenge_methods_supported\":[\"S256\"],"
			       "\"capabilities\":[\"client-confidential-asymmetric\",\"permission-v1\",\"permission-v2\"]}\n"));
	*out = buf.failed ? SLICE_NONE : arena_copy(api->arena, buf_slice(&buf));
	buf_free(&buf);
	return out->ptr || error_memory(err);
}

bool api_smart_configuration(struct api_call *call)
{
	if (api_mode(call) != ACCESS_TOKEN) {
		answer_error(call, 404, "not-found", SLICE("There is no SMART configuration: this address takes no tokens"),
			     SLICE("[base]/metadata says in rest.security how clients show who they are."));
		return true;
	}
	answer_body(call->reply, 200, SLICE("application/json"), call->api->smart);
	return true;
}
