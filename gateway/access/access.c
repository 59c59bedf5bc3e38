/* SPDX-License-Identifier: Apache-2.0 */
#include "cannula/access.h"

#include <string.h>

#include "access/certificate.h"
#include "access/keys.h"
#include "access/scope.h"
#include "access/token.h"
#include "access/token_cache.h"

#define ACCESS_ARENA_BYTES (16u << 20)

struct access {
	struct arena *arena;
	const struct access_options *options;
	enum access_mode mode;
	const struct certificate_row *certificates;
	struct keys *keys;
	struct token_cache *cache;
};

static const struct access_grant everything = { { "*", 1 }, ACCESS_ALL };
static const struct access_principal anybody = { { "anonymous", 9 }, &everything, 1 };

/* ---- making ---- */

static enum access_mode mode_of(struct slice name)
{
	if (slice_equal(name, SLICE("mtls")))
		return ACCESS_MTLS;
	return slice_equal(name, SLICE("token")) ? ACCESS_TOKEN : ACCESS_OPEN;
}

static bool prepare(struct access *access, const struct access_source *source, struct error *err)
{
	const struct access_options *options = access->options;

	if (access->mode == ACCESS_MTLS) {
		access->certificates = certificate_rows_new(access->arena, options);
		return access->certificates || error_memory(err);
	}
	if (access->mode == ACCESS_OPEN)
		return true;
	ASSERT(source);
	access->cache = token_cache_new(options->token.max_cached_tokens);
	if (!access->cache)
		return error_memory(err);
	return keys_new(&options->token, source, &access->keys, err);
}

bool access_new(const struct access_options *options, const struct access_source *source, struct access **out, struct error *err)
{
	struct arena *arena = arena_new(ACCESS_ARENA_BYTES);
	struct access *access = arena ? arena_new_of(arena, struct access) : NULL;

	*out = NULL;
	if (!access) {
		arena_free(arena);
		return error_memory(err);
	}
	*access = (struct access){ .arena = arena, .options = options, .mode = mode_of(options->mode) };
	if (!prepare(access, source, err)) {
		access_free(access);
		return false;
	}
	*out = access;
	return true;
}

void access_free(struct access *access)
{
	if (!access)
		return;
	keys_free(access->keys);
	token_cache_free(access->cache);
	arena_free(access->arena);
}

enum access_mode access_mode(const struct access *access)
{
	return access->mode;
}

const struct access_options *access_options_of(const struct access *access)
{
	return access->options;
}

bool access_is_ready(const struct access *access)
{
	return access->mode != ACCESS_TOKEN || keys_generation(access->keys) > 0;
}

/* ---- refusing ---- */

static struct slice challenge(const struct access *access, struct arena *arena, const char *error, struct slice reason,
			      struct slice scope)
{
	if (access->mode != ACCESS_TOKEN)
		return SLICE_NONE;
	if (!error) /* RFC 6750 section 3.1: no error code for who did not try */
		return SLICE("Bearer realm=\"cannula\"");
	return arena_printf(arena, "Bearer realm=\"cannula\", error=\"%s\", error_description=\"%.*s\"%s%.*s%s", error,
			    SLICE_ARG(reason), scope.len ? ", scope=\"" : "", SLICE_ARG(scope), scope.len ? "\"" : "");
}

static enum access_verdict refuse(const struct access *access, struct arena *arena, struct access_refusal *out,
				  const struct access_refusal *refusal)
{
	*out = *refusal;
	out->challenge = challenge(access, arena, refusal->error, refusal->reason, SLICE_NONE);
	return ACCESS_UNKNOWN;
}

struct access_refusal access_forbid(const struct access *access, struct arena *arena, struct slice type, unsigned permissions)
{
	struct access_grant read;
	struct slice scope = arena_printf(arena, "system/%.*s.%s", SLICE_ARG(type), scope_letters(permissions).text);
	const char *why;
	bool is_clean = scope.ptr && scope_parse(scope, &read, &why) == SCOPE_GRANT; /* the type may be anything a path can say */

	return (struct access_refusal){
		.status = 403,
		.error = "insufficient_scope",
		.reason = SLICE("What you may do here does not include this"),
		.hint = is_clean ? arena_printf(arena, "It needs the scope %.*s.", SLICE_ARG(scope)) : SLICE_NONE,
		.challenge =
		    challenge(access, arena, "insufficient_scope", SLICE("A scope is missing"), is_clean ? scope : SLICE_NONE),
	};
}

/* ---- certificates ---- */

static enum access_verdict identify_certificate(const struct access *access, const struct net_request *request,
						const struct access_principal **principal, struct access_refusal *refusal)
{
	if (!request->identity)
		return refuse(access, request->arena, refusal,
			      &(struct access_refusal){
				  .status = 403,
				  .reason = SLICE("No client certificate was presented"),
				  .hint = SLICE("Present one that the operator knows (curl --cert FILE --key FILE).") });
	*principal = certificate_principal(access->certificates, access->options->identities.count, request->identity);
	if (*principal)
		return ACCESS_KNOWN;
	return refuse(access, request->arena, refusal,
		      &(struct access_refusal){ .status = 403,
						.reason = SLICE("The client certificate is not known here"),
						.hint = SLICE("The operator adds it to access.identities.") });
}

/* ---- tokens ---- */

static enum access_verdict refuse_token(const struct access *access, struct arena *arena, struct access_refusal *out,
					const char *reason)
{
	return refuse(
	    access, arena, out,
	    &(struct access_refusal){ .status = 401,
				      .error = "invalid_token",
				      .reason = slice_of(reason),
				      .hint = SLICE("Get a new one; [base]/.well-known/smart-configuration says where.") });
}

static bool authorization_repeated(const struct net_request *request)
{
	size_t count = 0;

	for (size_t i = 0; i < request->header_count; i++)
		count += slice_equal_nocase(request->headers[i].name, SLICE("Authorization"));
	return count > 1;
}

/** The token of an Authorization field (RFC 6750 section 2.1). False: refused. */
static bool bearer_read(const struct access *access, const struct net_request *request, struct slice *out,
			struct access_refusal *refusal)
{
	struct slice rest = net_request_header(request, "Authorization"), scheme = slice_cut(&rest, ' ');

	*out = slice_trim(rest);
	if (authorization_repeated(request)) {
		refuse(access, request->arena, refusal,
		       &(struct access_refusal){ .status = 400,
						 .error = "invalid_request",
						 .reason = SLICE("There is more than one Authorization field"),
						 .hint = SLICE("Send one.") });
		return false;
	}
	if (slice_equal_nocase(scheme, SLICE("Bearer")) && out->len)
		return true;
	refuse(access, request->arena, refusal,
	       &(struct access_refusal){
		   .status = 401,
		   .reason = SLICE("Who asks is not known: there is no bearer token"),
		   .hint = SLICE(
		       "Send Authorization: Bearer TOKEN; [base]/.well-known/smart-configuration says where to get one.") });
	return false;
}

/** The key that a token names; looks for new ones when it is not there. NULL: there is none. With a reference to its set. */
static const struct jwk *key_find(const struct access *access, const struct token *token, struct jwk_set **set,
				  uint64_t *generation)
{
	*set = keys_get(access->keys, generation);
	const struct jwk *key = *set ? jwk_set_find(*set, token->key_id, token->algorithm) : NULL;

	if (key || !keys_look(access->keys))
		return key;
	jwk_set_unref(*set);
	*set = keys_get(access->keys, generation);
	return *set ? jwk_set_find(*set, token->key_id, token->algorithm) : NULL;
}

static const char *verify(const struct access *access, const struct token *token, uint64_t *generation)
{
	struct jwk_set *set;
	const struct jwk *key = key_find(access, token, &set, generation);
	const char *fault = "The token is signed with a key that the issuer does not publish, or not for this alg";

	if (key)
		fault = token_verify(token, key);
	jwk_set_unref(set);
	return fault;
}

static enum access_verdict refuse_scope(const struct access *access, struct arena *arena, struct access_refusal *out,
					const char *reason, struct slice scope)
{
	return refuse(access, arena, out,
		      &(struct access_refusal){ .status = 403,
						.error = "insufficient_scope",
						.reason = slice_of(reason),
						.hint = arena_printf(arena, "The token's scope is: %.*s", SLICE_ARG(scope)) });
}

/** From its bytes: costs a signature. */
static enum access_verdict identify_token(const struct access *access, const struct net_request *request, struct slice text,
					  const struct access_principal **principal, struct access_refusal *refusal)
{
	const struct access_token_options *options = &access->options->token;
	struct arena *arena = request->arena;
	struct access_principal *found = arena_new_of(arena, struct access_principal);
	struct slice bad_scope = SLICE_NONE;
	struct token token = { 0 };
	uint64_t generation = 0;
	int64_t expires_ms = 0;
	const char *fault =
	    found ? token_parse(arena, text, options, &token) : "The token needs more memory than one request has";

	if (!fault)
		fault = verify(access, &token, &generation);
	if (!fault)
		fault = token_claims(arena, &token, options, time_now_ms(), found, &expires_ms, &bad_scope);
	if (fault && bad_scope.ptr)
		return refuse_scope(access, arena, refusal, fault, bad_scope);
	if (fault)
		return refuse_token(access, arena, refusal, fault);
	token_cache_put(access->cache, text, generation, expires_ms, found);
	*principal = found;
	return ACCESS_KNOWN;
}

static enum access_verdict identify_bearer(const struct access *access, const struct net_request *request, bool may_block,
					   const struct access_principal **principal, struct access_refusal *refusal)
{
	struct slice text;

	if (!bearer_read(access, request, &text, refusal))
		return ACCESS_UNKNOWN;
	if (!access_is_ready(access))
		return refuse(
		    access, request->arena, refusal,
		    &(struct access_refusal){ .status = 503,
					      .reason = SLICE("Tokens cannot be verified yet"),
					      .hint = SLICE("The issuer's keys are waited for: try again in a moment.") });
	if (text.len > access->options->token.max_token_bytes)
		return refuse_token(access, request->arena, refusal, "The token is too long");
	*principal = token_cache_find(access->cache, request->arena, text, keys_generation(access->keys), time_now_ms());
	if (*principal)
		return ACCESS_KNOWN;
	if (!may_block)
		return ACCESS_LATER;
	return identify_token(access, request, text, principal, refusal);
}

enum access_verdict access_identify(struct access *access, const struct net_request *request, bool may_block,
				    const struct access_principal **principal, struct access_refusal *refusal)
{
	*principal = NULL;
	if (access->mode == ACCESS_TOKEN)
		return identify_bearer(access, request, may_block, principal, refusal);
	if (access->mode == ACCESS_MTLS)
		return identify_certificate(access, request, principal, refusal);
	*principal = &anybody;
	return ACCESS_KNOWN;
}
