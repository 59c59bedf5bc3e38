/* SPDX-License-Identifier: Apache-2.0 */
#include "cannula/access.h"

#include <pthread.h>
#include <stdlib.h>

#include "access/certificate.h"
#include "access/keys.h"
#include "access/modes.h"
#include "access/principal.h"
#include "access/scope.h"
#include "access/token.h"
#include "access/token_cache.h"

#define ACCESS_ARENA_BYTES (16u << 20)

/** What the options say, made ready. It never changes; a reload puts another one into its place. */
struct access_rules {
	struct arena *arena; /* of the rules; after a reload of their options too */
	const struct access_options *options;
	const struct certificate_row *certificates; /* where a listener has mode mtls */
	struct keys *keys;                          /* where one has mode token */
	struct token_cache *cache;
};

struct access {
	unsigned modes;                       /* that listeners have */
	const struct access_options *options; /* as they were at first */
	struct access_source source;
	pthread_rwlock_t lock; /* over what follows: read by whoever identifies somebody */
	struct access_rules *rules;
};

static const struct access_grant everything = { { "*", 1 }, ACCESS_ALL };
static const struct access_principal anybody = { { "anonymous", 9 }, &everything, 1 };

/* ---- making ---- */

static bool prepare(struct access_rules *rules, const struct access *access, bool must_have_keys, struct error *err)
{
	const struct access_options *options = rules->options;

	if (access_uses(access, ACCESS_MTLS)) {
		rules->certificates = certificate_rows_new(rules->arena, options);
		if (!rules->certificates)
			return error_memory(err);
	}
	if (!access_uses(access, ACCESS_TOKEN))
		return true;
	rules->cache = token_cache_new(options->token.max_cached_tokens);
	if (!rules->cache)
		return error_memory(err);
	return keys_new(&options->token, &access->source, must_have_keys, &rules->keys, err);
}

/** All but the arena. */
static void rules_close(struct access_rules *rules)
{
	keys_free(rules->keys);
	token_cache_free(rules->cache);
}

void access_rules_free(struct access_rules *rules)
{
	if (!rules)
		return;
	rules_close(rules);
	arena_free(rules->arena);
}

static struct access_rules *rules_new(struct arena *arena, const struct access_options *options)
{
	struct access_rules *rules = arena_new_of(arena, struct access_rules);

	if (rules)
		*rules = (struct access_rules){ .arena = arena, .options = options };
	return rules;
}

bool access_new(const struct access_options *options, const struct net_options *net, const struct access_source *source,
		struct access **out, struct error *err)
{
	struct arena *arena = arena_new(ACCESS_ARENA_BYTES);
	struct access *access = calloc(1, sizeof(*access));
	struct access_rules *rules = arena ? rules_new(arena, options) : NULL;

	*out = NULL;
	if (!access || !rules) {
		arena_free(arena);
		free(access);
		return error_memory(err);
	}
	*access = (struct access){ .modes = modes_used(options, net), .options = options, .rules = rules };
	ASSERT(source || !access_uses(access, ACCESS_TOKEN));
	if (source)
		access->source = *source;
	pthread_rwlock_init(&access->lock, NULL);
	if (!prepare(rules, access, false, err)) {
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
	access_rules_free(access->rules);
	pthread_rwlock_destroy(&access->lock);
	free(access);
}

enum access_mode access_mode_at(const struct access *access, const struct net_listener *listener)
{
	return mode_at(access->options, listener);
}

bool access_uses(const struct access *access, enum access_mode mode)
{
	return modes_have(access->modes, mode);
}

const struct access_options *access_options_of(const struct access *access)
{
	return access->options;
}

bool access_is_ready(struct access *access)
{
	pthread_rwlock_rdlock(&access->lock);
	bool is_ready = !access->rules->keys || keys_generation(access->rules->keys) > 0;
	pthread_rwlock_unlock(&access->lock);
	return is_ready;
}

/* ---- reloading ---- */

/** Modes stay until the server is started again; what one needs that the options no longer have was not checked. */
static bool lacks_mode(const struct access *access, const struct access_options *options, const struct net_options *net,
		       enum access_mode mode)
{
	if (!access_uses(access, mode) || modes_have(modes_used(options, net), mode))
		return false;
	log_write(LOG_WARN,
		  "access: no listener has mode %s any more, which one here still has: identities, issuer and keys stay as they "
		  "were until the server is started again",
		  access_mode_name(mode));
	return true;
}

bool access_rules_new(struct access *access, struct arena *arena, const struct access_options *options,
		      const struct net_options *net, struct access_rules **out, struct error *err)
{
	struct access_rules *rules;

	*out = NULL;
	if (options_equal(&access_option_table, access->rules->options, options)) /* only who reloads changes them */
		return true;
	if (lacks_mode(access, options, net, ACCESS_MTLS) || lacks_mode(access, options, net, ACCESS_TOKEN))
		return true;
	rules = rules_new(arena, options);
	if (!rules)
		return error_memory(err);
	if (!prepare(rules, access, true, err)) {
		rules_close(rules);
		return false;
	}
	*out = rules;
	return true;
}

void access_take(struct access *access, struct access_rules *rules)
{
	pthread_rwlock_wrlock(&access->lock);
	struct access_rules *former = access->rules;
	access->rules = rules;
	pthread_rwlock_unlock(&access->lock);
	access_rules_free(former);
}

void access_refresh(struct access *access)
{
	pthread_rwlock_rdlock(&access->lock);
	if (access->rules->keys)
		keys_refresh(access->rules->keys);
	pthread_rwlock_unlock(&access->lock);
}

/* ---- refusing ---- */

static struct slice challenge(enum access_mode mode, struct arena *arena, const char *error, struct slice reason,
			      struct slice scope)
{
	if (mode != ACCESS_TOKEN)
		return SLICE_NONE;
	if (!error) /* RFC 6750 section 3.1: no error code for who did not try */
		return SLICE("Bearer realm=\"cannula\"");
	return arena_printf(arena, "Bearer realm=\"cannula\", error=\"%s\", error_description=\"%.*s\"%s%.*s%s", error,
			    SLICE_ARG(reason), scope.len ? ", scope=\"" : "", SLICE_ARG(scope), scope.len ? "\"" : "");
}

static enum access_verdict refuse(enum access_mode mode, struct arena *arena, struct access_refusal *out,
				  const struct access_refusal *refusal)
{
	*out = *refusal;
	out->challenge = challenge(mode, arena, refusal->error, refusal->reason, SLICE_NONE);
	return ACCESS_UNKNOWN;
}

/** "system/A.rs system/B.s". Absent when a type is none: it may be anything that a path can say. */
static struct slice scopes_join(struct arena *arena, const struct access_grant *lacking, size_t count)
{
	struct slice scopes = SLICE_NONE;
	struct access_grant read;
	const char *why;

	for (size_t i = 0; i < count; i++) {
		struct slice scope =
		    arena_printf(arena, "system/%.*s.%s", SLICE_ARG(lacking[i].type), scope_letters(lacking[i].permissions).text);
		if (!scope.ptr || scope_parse(scope, &read, &why) != SCOPE_GRANT)
			return SLICE_NONE;
		scopes = i ? arena_printf(arena, "%.*s %.*s", SLICE_ARG(scopes), SLICE_ARG(scope)) : scope;
	}
	return scopes;
}

struct access_refusal access_forbid(const struct access *access, const struct net_request *request,
				    const struct access_grant *lacking, size_t count)
{
	struct arena *arena = request->arena;
	struct slice scopes = scopes_join(arena, lacking, count);

	return (struct access_refusal){
		.status = 403,
		.error = "insufficient_scope",
		.reason = SLICE("What you may do here does not include this"),
		.hint = scopes.ptr ? arena_printf(arena, "It needs the scope%s %.*s.", count > 1 ? "s" : "", SLICE_ARG(scopes))
				   : SLICE_NONE,
		.challenge = challenge(access_mode_at(access, request->listener), arena, "insufficient_scope",
				       SLICE("A scope is missing"), scopes),
	};
}

/* ---- certificates ---- */

static enum access_verdict identify_certificate(const struct access_rules *rules, const struct net_request *request,
						const struct access_principal **principal, struct access_refusal *refusal)
{
	if (!request->identity)
		return refuse(ACCESS_MTLS, request->arena, refusal,
			      &(struct access_refusal){
				  .status = 403,
				  .reason = SLICE("No client certificate was presented"),
				  .hint = SLICE("Present one that the operator knows (curl --cert FILE --key FILE).") });
	const struct access_principal *found =
	    certificate_principal(rules->certificates, rules->options->identities.count, request->identity);
	*principal = found ? principal_copy(request->arena, found) : NULL;
	if (*principal)
		return ACCESS_KNOWN;
	return refuse(ACCESS_MTLS, request->arena, refusal,
		      &(struct access_refusal){ .status = 403,
						.reason = SLICE("The client certificate is not known here"),
						.hint = SLICE("The operator adds it to access.identities.") });
}

/* ---- tokens ---- */

static enum access_verdict refuse_token(struct arena *arena, struct access_refusal *out, const char *reason)
{
	return refuse(
	    ACCESS_TOKEN, arena, out,
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
static bool bearer_read(const struct net_request *request, struct slice *out, struct access_refusal *refusal)
{
	struct slice rest = net_request_header(request, "Authorization"), scheme = slice_cut(&rest, ' ');

	*out = slice_trim(rest);
	if (authorization_repeated(request)) {
		refuse(ACCESS_TOKEN, request->arena, refusal,
		       &(struct access_refusal){ .status = 400,
						 .error = "invalid_request",
						 .reason = SLICE("There is more than one Authorization field"),
						 .hint = SLICE("Send one.") });
		return false;
	}
	if (slice_equal_nocase(scheme, SLICE("Bearer")) && out->len)
		return true;
	refuse(ACCESS_TOKEN, request->arena, refusal,
	       &(struct access_refusal){
		   .status = 401,
		   .reason = SLICE("Who asks is not known: there is no bearer token"),
		   .hint = SLICE(
		       "Send Authorization: Bearer TOKEN; [base]/.well-known/smart-configuration says where to get one.") });
	return false;
}

/** The key that a token names; looks for new ones when it is not there. NULL: there is none. With a reference to its set. */
static const struct jwk *key_find(const struct access_rules *rules, const struct token *token, struct jwk_set **set,
				  uint64_t *generation)
{
	*set = keys_get(rules->keys, generation);
	const struct jwk *key = *set ? jwk_set_find(*set, token->key_id, token->algorithm) : NULL;

	if (key || !keys_look(rules->keys))
		return key;
	jwk_set_unref(*set);
	*set = keys_get(rules->keys, generation);
	return *set ? jwk_set_find(*set, token->key_id, token->algorithm) : NULL;
}

static const char *verify(const struct access_rules *rules, const struct token *token, uint64_t *generation)
{
	struct jwk_set *set;
	const struct jwk *key = key_find(rules, token, &set, generation);
	const char *fault = "The token is signed with a key that the issuer does not publish, or not for this alg";

	if (key)
		fault = token_verify(token, key);
	jwk_set_unref(set);
	return fault;
}

static enum access_verdict refuse_scope(struct arena *arena, struct access_refusal *out, const char *reason, struct slice scope)
{
	return refuse(ACCESS_TOKEN, arena, out,
		      &(struct access_refusal){ .status = 403,
						.error = "insufficient_scope",
						.reason = slice_of(reason),
						.hint = arena_printf(arena, "The token's scope is: %.*s", SLICE_ARG(scope)) });
}

/** From its bytes: costs a signature. */
static enum access_verdict identify_token(const struct access_rules *rules, const struct net_request *request, struct slice text,
					  const struct access_principal **principal, struct access_refusal *refusal)
{
	const struct access_token_options *options = &rules->options->token;
	struct arena *arena = request->arena;
	struct access_principal *found = arena_new_of(arena, struct access_principal);
	struct slice bad_scope = SLICE_NONE;
	struct token token = { 0 };
	uint64_t generation = 0;
	int64_t expires_ms = 0;
	const char *fault =
	    found ? token_parse(arena, text, options, &token) : "The token needs more memory than one request has";

	if (!fault)
		fault = verify(rules, &token, &generation);
	if (!fault)
		fault = token_claims(arena, &token, options, time_now_ms(), found, &expires_ms, &bad_scope);
	if (fault && bad_scope.ptr)
		return refuse_scope(arena, refusal, fault, bad_scope);
	if (fault)
		return refuse_token(arena, refusal, fault);
	token_cache_put(rules->cache, text, generation, expires_ms, found);
	*principal = found;
	return ACCESS_KNOWN;
}

/** All but its signature, which takes a thread with time: what is no token, or one that has expired, is told before anybody waits
 * for the body that comes with it. */
static enum access_verdict suspect_token(const struct access_rules *rules, const struct net_request *request, struct slice text,
					 struct access_refusal *refusal)
{
	const struct access_token_options *options = &rules->options->token;
	struct arena *arena = request->arena;
	struct access_principal unproven;
	struct slice bad_scope = SLICE_NONE;
	struct token token = { 0 };
	int64_t expires_ms;
	const char *fault = token_parse(arena, text, options, &token);

	if (!fault)
		fault = token_claims(arena, &token, options, time_now_ms(), &unproven, &expires_ms, &bad_scope);
	return fault && !bad_scope.ptr ? refuse_token(arena, refusal, fault) : ACCESS_LATER;
}

static enum access_verdict identify_bearer(const struct access_rules *rules, const struct net_request *request, bool may_block,
					   const struct access_principal **principal, struct access_refusal *refusal)
{
	struct slice text;

	if (!bearer_read(request, &text, refusal))
		return ACCESS_UNKNOWN;
	if (keys_generation(rules->keys) == 0)
		return refuse(
		    ACCESS_TOKEN, request->arena, refusal,
		    &(struct access_refusal){ .status = 503,
					      .reason = SLICE("Tokens cannot be verified yet"),
					      .hint = SLICE("The issuer's keys are waited for: try again in a moment.") });
	if (text.len > rules->options->token.max_token_bytes)
		return refuse_token(request->arena, refusal, "The token is too long");
	*principal = token_cache_find(rules->cache, request->arena, text, keys_generation(rules->keys), time_now_ms());
	if (*principal)
		return ACCESS_KNOWN;
	return may_block ? identify_token(rules, request, text, principal, refusal)
			 : suspect_token(rules, request, text, refusal);
}

enum access_verdict access_identify(struct access *access, const struct net_request *request, bool may_block,
				    const struct access_principal **principal, struct access_refusal *refusal)
{
	enum access_mode mode = access_mode_at(access, request->listener);
	enum access_verdict verdict;

	*principal = mode == ACCESS_OPEN ? &anybody : NULL;
	if (*principal)
		return ACCESS_KNOWN;
	pthread_rwlock_rdlock(&access->lock);
	verdict = mode == ACCESS_TOKEN ? identify_bearer(access->rules, request, may_block, principal, refusal)
				       : identify_certificate(access->rules, request, principal, refusal);
	pthread_rwlock_unlock(&access->lock);
	return verdict;
}
