/* SPDX-License-Identifier: Apache-2.0 */
/* Bearer tokens, good and hostile, before a gateway that knows one issuer. */
#include "signing.h"

#include <stdatomic.h>

#include "cannula/access.h"

#define ISSUER "https://issuer.example"
#define US "https://gateway.example/fhir/r4"

static struct {
	EVP_PKEY *es384, *rs384, *es256, *other;
	struct slice keys; /* what the key server answers; absent: it is down */
	atomic_uint asked; /* by the thread that looks, too */
	bool has_max_age;
	struct access_options options;
	struct access *access;
	int64_t now_s;
} world;

static bool keys_get(void *context, struct arena *arena, struct slice url, struct access_document *out, struct error *err)
{
	(void)context;
	assert_slice(url, "https://issuer.example/keys");
	world.asked++;
	if (!world.keys.ptr)
		return error_set(err, ERROR_NETWORK, "issuer.example", "connection refused");
	*out = (struct access_document){ .body = arena_copy(arena, world.keys), .has_max_age = world.has_max_age };
	return true;
}

static void access_open(void)
{
	struct access_source source = { keys_get, NULL };
	struct error err = { 0 };

	world.asked = 0;
	assert_ok(access_new(&world.options, NULL, &source, &world.access, &err), &err);
}

/** The gateway once more, before other keys. */
static void with_keys(struct slice keys)
{
	access_free(world.access);
	world.keys = keys;
	access_open();
}

static struct slice key_set(struct slice a, struct slice b)
{
	return arena_printf(signing_arena, "{\"keys\":[%.*s%s%.*s]}", SLICE_ARG(a), b.ptr ? "," : "", SLICE_ARG(b));
}

static struct slice usual_keys(void)
{
	return key_set(jwk_ec(world.es384, "P-384", 48, "ec", ",\"use\":\"sig\",\"alg\":\"ES384\""),
		       jwk_rsa(world.rs384, "rsa", ",\"key_ops\":[\"verify\"]"));
}

static int setup(void **state)
{
	static const struct slice audience[] = { { US, sizeof(US) - 1 } };
	struct option_errors errors = { 0 };

	(void)state;
	log_level_set(LOG_ERROR);
	signing_arena = arena_new(256u << 20);
	world.es384 = key_ec("P-384");
	world.es256 = key_ec("P-256");
	world.other = key_ec("P-384");
	world.rs384 = key_rsa(2048);
	world.now_s = time_now_ms() / 1000;
	assert_true(options_default(signing_arena, &access_option_table, &world.options, &errors));
	world.options.mode = SLICE("token");
	world.options.token.issuer = SLICE(ISSUER);
	world.options.token.audience = (struct option_texts){ audience, 1 };
	world.options.token.keys = SLICE("https://issuer.example/keys");
	world.options.token.key_retry_ms = 3600 * 1000; /* a test must not wait for it */
	world.keys = usual_keys();
	access_open();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	access_free(world.access);
	EVP_PKEY_free(world.es384);
	EVP_PKEY_free(world.es256);
	EVP_PKEY_free(world.other);
	EVP_PKEY_free(world.rs384);
	arena_free(signing_arena);
	return 0;
}

/* ---- asking ---- */

struct asked {
	enum access_verdict verdict;
	const struct access_principal *principal;
	struct access_refusal refusal;
};

static struct asked ask_field(struct slice authorization, bool may_block)
{
	struct net_header headers[] = { { SLICE("Host"), SLICE("x") }, { SLICE("authorization"), authorization } };
	struct net_request request = { .arena = signing_arena, .headers = headers, .header_count = authorization.ptr ? 2 : 1 };
	struct asked asked = { 0 };

	asked.verdict = access_identify(world.access, &request, may_block, &asked.principal, &asked.refusal);
	return asked;
}

static struct asked ask(struct slice token)
{
	return ask_field(arena_printf(signing_arena, "Bearer %.*s", SLICE_ARG(token)), true);
}

static void assert_known(struct slice token, const char *name)
{
	struct asked asked = ask(token);

	if (asked.verdict != ACCESS_KNOWN)
		fail_msg("refused: %.*s", SLICE_ARG(asked.refusal.reason));
	assert_slice(asked.principal->name, name);
}

static void assert_refused(struct slice token, const char *reason)
{
	struct asked asked = ask(token);

	if (asked.verdict != ACCESS_UNKNOWN)
		fail_msg("accepted, and not refused by: %s", reason);
	if (slice_find(asked.refusal.reason, slice_of(reason)) == SIZE_MAX)
		fail_msg("'%s' is not in: %.*s", reason, SLICE_ARG(asked.refusal.reason));
	assert_int_equal(asked.refusal.status, 401);
	assert_string_equal(asked.refusal.error, "invalid_token");
	assert_true(slice_starts(asked.refusal.challenge, SLICE("Bearer realm=\"cannula\", error=\"invalid_token\"")));
	assert_null(asked.principal);
}

/** Claims of a good token, with further members, which have a comma before them. */
static struct slice claims_with(const char *more)
{
	return arena_printf(signing_arena,
			    "{\"iss\":\"" ISSUER "\",\"aud\":\"" US "\",\"sub\":\"s\",\"client_id\":\"ehr\",\"exp\":%lld,"
			    "\"iat\":%lld,\"scope\":\"openid system/PlanDefinition.rs\"%s}",
			    (long long)world.now_s + 300, (long long)world.now_s, more);
}

static struct slice claims(void)
{
	return claims_with("");
}

#define ES384 SLICE("{\"alg\":\"ES384\",\"kid\":\"ec\",\"typ\":\"JWT\"}")
#define RS384 SLICE("{\"alg\":\"RS384\",\"kid\":\"rsa\"}")

/** A token that is good but for its claims. */
static struct slice token_of(struct slice its_claims)
{
	return sign(world.es384, "SHA384", 48, ES384, its_claims);
}

/** A token that is good but for its header. */
static struct slice token_under(const char *header)
{
	return sign(world.es384, "SHA384", 48, slice_of(header), claims());
}

/* ---- good ones ---- */

static void tokens_by_es384_and_rs384_are_accepted(void **state)
{
	(void)state;
	assert_known(token_of(claims()), "ehr");
	assert_known(sign(world.rs384, "SHA384", 0, RS384, claims()), "ehr");
	assert_known(token_under("{\"alg\":\"ES384\"}"), "ehr"); /* one key fits */
	assert_known(token_under("{\"alg\":\"ES384\",\"kid\":\"ec\",\"typ\":\"at+jwt\"}"), "ehr");
	assert_known(token_under("{\"alg\":\"ES384\",\"kid\":\"ec\",\"typ\":\"application/at+JWT\"}"), "ehr");
}

static void a_principal_has_the_grants_of_its_token(void **state)
{
	struct asked asked = ask(token_of(claims()));

	(void)state;
	assert_true(access_allows(asked.principal, SLICE("PlanDefinition"), ACCESS_READ | ACCESS_SEARCH));
	assert_false(access_allows(asked.principal, SLICE("PlanDefinition"), ACCESS_CREATE));
	assert_false(access_allows(asked.principal, SLICE("Library"), ACCESS_READ));
}

static void without_client_id_the_subject_is_the_name(void **state)
{
	struct slice text =
	    arena_printf(signing_arena, "{\"iss\":\"" ISSUER "\",\"aud\":[\"x\",\"" US "\"],\"sub\":\"robot\",\"exp\":%lld.5}",
			 (long long)world.now_s + 300);

	(void)state;
	assert_known(token_of(text), "robot");
}

static void a_loop_leaves_signatures_to_others_and_knows_the_token_afterwards(void **state)
{
	struct slice token = token_of(claims_with(",\"jti\":\"loop\""));
	struct slice field = arena_printf(signing_arena, "bearer %.*s", SLICE_ARG(token));

	(void)state;
	assert_int_equal(ask_field(field, false).verdict, ACCESS_LATER);
	assert_int_equal(ask_field(field, true).verdict, ACCESS_KNOWN);
	struct asked asked = ask_field(field, false);
	assert_int_equal(asked.verdict, ACCESS_KNOWN);
	assert_slice(asked.principal->name, "ehr");
	assert_true(access_allows(asked.principal, SLICE("PlanDefinition"), ACCESS_READ));
	assert_false(access_allows(asked.principal, SLICE("Library"), ACCESS_READ));
}

static void a_known_token_with_one_byte_changed_is_unknown(void **state)
{
	struct slice token = token_of(claims());

	(void)state;
	assert_known(token, "ehr");
	char *last = (char *)token.ptr + token.len - 5;
	*last = *last == 'A' ? 'B' : 'A';
	assert_refused(token, "signature is not that of the issuer's key");
}

/** Whichever byte it is: what is remembered counts for the whole token only. */
static void a_loop_knows_no_token_but_the_one_that_was_verified(void **state)
{
	struct slice token = token_of(claims_with(",\"jti\":\"whole\""));
	struct slice field = arena_printf(signing_arena, "Bearer %.*s", SLICE_ARG(token));
	size_t start = sizeof("Bearer ") - 1;

	(void)state;
	assert_int_equal(ask_field(field, true).verdict, ACCESS_KNOWN);
	for (size_t at = start; at < field.len; at++) {
		char *byte = (char *)field.ptr + at, kept = *byte;
		*byte = kept == 'A' ? 'B' : 'A';
		assert_int_not_equal(ask_field(field, false).verdict, ACCESS_KNOWN);
		*byte = kept;
	}
	assert_int_not_equal(ask_field((struct slice){ field.ptr, field.len - 1 }, false).verdict, ACCESS_KNOWN);
	assert_int_equal(ask_field(field, false).verdict, ACCESS_KNOWN);
}

/** Before it is known whether the signature is good, for which only a worker has the time. */
static void a_loop_refuses_what_cannot_be_a_token(void **state)
{
	struct slice header = SLICE("{\"alg\":\"none\"}");
	struct slice token = sign(world.es384, "SHA384", 48, header, claims());
	static const char *const fields[] = { "Bearer short", "Bearer a.b", "Bearer a.b.c.d", "Bearer !.!.!" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		struct asked asked = ask_field(slice_of(fields[i]), false);
		assert_int_equal(asked.verdict, ACCESS_UNKNOWN);
		assert_int_equal(asked.refusal.status, 401);
		assert_true(slice_equal(asked.refusal.reason, ask_field(slice_of(fields[i]), true).refusal.reason));
	}
	struct asked asked = ask_field(arena_printf(signing_arena, "Bearer %.*s", SLICE_ARG(token)), false);
	assert_int_equal(asked.verdict, ACCESS_UNKNOWN);
	assert_non_null(strstr(asked.refusal.reason.ptr, "alg is not accepted"));
}

static void rs256_and_es256_are_accepted_when_configured_only(void **state)
{
	static const struct slice all[] = { { "RS256", 5 }, { "ES256", 5 } };
	struct slice header = SLICE("{\"alg\":\"ES256\",\"kid\":\"small\"}"),
		     rsa_header = SLICE("{\"alg\":\"RS256\",\"kid\":\"rsa\"}");
	struct slice token = sign(world.es256, "SHA256", 32, header, claims());
	struct slice rsa_token = sign(world.rs384, "SHA256", 0, rsa_header, claims());

	(void)state;
	with_keys(key_set(jwk_ec(world.es256, "P-256", 32, "small", ""), jwk_rsa(world.rs384, "rsa", "")));
	assert_refused(token, "alg is not accepted");
	assert_refused(rsa_token, "alg is not accepted");
	world.options.token.algorithms = (struct option_texts){ all, 2 };
	assert_known(token, "ehr");
	assert_known(rsa_token, "ehr");
	assert_refused(sign(world.rs384, "SHA384", 0, RS384, claims()), "alg is not accepted");
	world.options.token.algorithms = (struct option_texts){ 0 };
	with_keys(usual_keys());
}

/* ---- hostile ones ---- */

static void unsigned_tokens_are_refused(void **state)
{
	static const char *const headers[] = { "{\"alg\":\"none\"}",   "{\"alg\":\"None\",\"kid\":\"ec\"}",
					       "{\"alg\":\"nOnE\"}",   "{}",
					       "{\"alg\":null}",       "{\"alg\":\"\"}",
					       "{\"alg\":[\"ES384\"]}" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(headers); i++) {
		struct slice text = signed_part(slice_of(headers[i]), claims());
		assert_refused(arena_printf(signing_arena, "%.*s.", SLICE_ARG(text)), "alg is not accepted");
		assert_refused(token_under(headers[i]), "alg is not accepted");
	}
	struct slice text = signed_part(ES384, claims());
	assert_refused(arena_printf(signing_arena, "%.*s.", SLICE_ARG(text)), "signature");
}

/** The public key as an HMAC secret: the classic confusion of algorithms (RFC 8725 section 2.1). */
static void a_public_key_is_no_hmac_secret(void **state)
{
	struct slice secret = jwk_rsa(world.rs384, "rsa", ""), header = SLICE("{\"alg\":\"HS384\",\"kid\":\"rsa\"}");
	struct slice text = signed_part(header, claims());
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned length = 0;

	(void)state;
	assert_non_null(HMAC(EVP_sha384(), secret.ptr, (int)secret.len, (const unsigned char *)text.ptr, text.len, mac, &length));
	assert_refused(join(text, (struct slice){ (const char *)mac, length }), "alg is not accepted");
}

static void a_key_of_another_kind_or_curve_does_not_fit(void **state)
{
	struct slice rsa_named = SLICE("{\"alg\":\"ES384\",\"kid\":\"rsa\"}"),
		     ec_named = SLICE("{\"alg\":\"RS384\",\"kid\":\"ec\"}");

	(void)state;
	assert_refused(sign(world.es384, "SHA384", 48, rsa_named, claims()), "does not publish, or not for this alg");
	assert_refused(sign(world.rs384, "SHA384", 0, ec_named, claims()), "does not publish, or not for this alg");
	assert_refused(sign(world.es256, "SHA256", 32, ES384, claims()), "signature is not that");
	assert_refused(sign(world.other, "SHA384", 48, ES384, claims()), "signature is not that");
}

static void a_token_does_not_bring_its_own_key(void **state)
{
	struct slice jwk = jwk_ec(world.other, "P-384", 48, "mine", "");
	const char *headers[] = {
		arena_printf(signing_arena, "{\"alg\":\"ES384\",\"kid\":\"ec\",\"jwk\":%.*s}", SLICE_ARG(jwk)).ptr,
		"{\"alg\":\"ES384\",\"kid\":\"ec\",\"jku\":\"https://evil.example/keys\"}",
		"{\"alg\":\"ES384\",\"kid\":\"ec\",\"x5u\":\"https://evil.example/chain\"}",
		"{\"alg\":\"ES384\",\"kid\":\"ec\",\"x5c\":[\"MIIB\"]}",
		"{\"alg\":\"ES384\",\"jku\":\"https://evil.example/keys\"}",
	};
	unsigned asked = world.asked;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(headers); i++) {
		assert_refused(sign(world.other, "SHA384", 48, slice_of(headers[i]), claims()), "signature is not that");
		assert_known(token_under(headers[i]), "ehr"); /* ignored, as the issuer's own key signed it */
	}
	assert_int_equal(world.asked, asked);
}

static void headers_that_ask_for_more_than_is_understood_are_refused(void **state)
{
	(void)state;
	assert_refused(token_under("{\"alg\":\"ES384\",\"kid\":\"ec\",\"crit\":[\"exp\"],\"exp\":1}"), "has crit");
	assert_refused(token_under("{\"alg\":\"ES384\",\"kid\":\"ec\",\"crit\":[]}"), "has crit");
	assert_refused(token_under("{\"alg\":\"ES384\",\"kid\":\"ec\",\"b64\":false,\"crit\":[\"b64\"]}"), "has crit");
	assert_refused(token_under("{\"alg\":\"ES384\",\"kid\":\"ec\",\"typ\":\"logout+jwt\"}"), "typ is neither");
	assert_refused(token_under("{\"alg\":\"ES384\",\"kid\":\"ec\",\"typ\":7}"), "typ is neither");
	assert_refused(token_under("{\"alg\":\"ES384\",\"kid\":7}"), "kid is not a short text");
	assert_refused(token_under(arena_printf(signing_arena, "{\"alg\":\"ES384\",\"kid\":\"%0300d\"}", 1).ptr), "kid is not");
}

static void names_that_stand_twice_are_refused(void **state)
{
	(void)state;
	assert_refused(token_under("{\"alg\":\"ES384\",\"kid\":\"ec\",\"alg\":\"ES384\"}"), "header is not a JSON object");
	assert_refused(token_under("{\"alg\":\"none\",\"al\\u0067\":\"ES384\",\"kid\":\"ec\"}"), "header is not a JSON object");
	assert_refused(token_of(claims_with(",\"aud\":\"" US "\"")), "claims are not a JSON object");
	assert_refused(token_of(claims_with(",\"s\\u0075b\":\"admin\"")), "claims are not a JSON object");
}

static void what_is_not_a_json_object_is_refused(void **state)
{
	(void)state;
	assert_refused(token_under("[]"), "header is not");
	assert_refused(token_under("{\"alg\":\"ES384\",}"), "header is not");
	assert_refused(token_under("{\"alg\":\"ES384\"}{}"), "header is not");
	assert_refused(token_under(""), "header is not");
	assert_refused(token_of(SLICE("\"text\"")), "claims are not");
	assert_refused(token_of(SLICE("{\"iss\":\"" ISSUER "\\u0000\"}")), "claims are not");
	assert_refused(token_of(SLICE("{\"iss\":\"\xff\"}")), "claims are not");
	assert_refused(token_of(SLICE("{\"a\":[[[[[[[[[[1]]]]]]]]]]}")), "claims are not");
}

static void other_than_three_parts_of_base64url_is_refused(void **state)
{
	struct slice good = token_of(claims()), rest = good, head = slice_cut(&rest, '.'), body = slice_cut(&rest, '.');

	(void)state;
	assert_refused(head, "three parts");
	assert_refused(arena_printf(signing_arena, "%.*s.%.*s", SLICE_ARG(head), SLICE_ARG(body)), "three parts");
	assert_refused(arena_printf(signing_arena, "%.*s.", SLICE_ARG(good)), "three parts");
	assert_refused(arena_printf(signing_arena, "%.*s.x.y", SLICE_ARG(good)), "three parts");
	assert_refused(arena_printf(signing_arena, "%.*s=", SLICE_ARG(good)), "not base64url");
	assert_refused(arena_printf(signing_arena, "%.*s==.%.*s.%.*s", SLICE_ARG(head), SLICE_ARG(body), SLICE_ARG(rest)),
		       "not base64url");
	assert_refused(arena_printf(signing_arena, "%.*s.%.*s+.%.*s", SLICE_ARG(head), SLICE_ARG(body), SLICE_ARG(rest)),
		       "not base64url");
	assert_refused(arena_printf(signing_arena, "%.*s.%.*s.A", SLICE_ARG(head), SLICE_ARG(body)), "not base64url");
	assert_refused(arena_printf(signing_arena, "%.*s.%.*s.AB", SLICE_ARG(head), SLICE_ARG(body)),
		       "not base64url"); /* a bit of 1 */
	assert_refused(SLICE(".."), "header is not");
	assert_refused(SLICE("..."), "three parts");
}

static void a_huge_token_is_refused_unread(void **state)
{
	char *big = arena_alloc(signing_arena, 60000);

	(void)state;
	memset(big, 'A', 60000);
	big[20000] = big[40000] = '.';
	assert_refused((struct slice){ big, 60000 }, "too long");
}

static void signatures_of_another_shape_are_refused(void **state)
{
	struct slice text = signed_part(ES384, claims()), der = raw_signature(world.es384, "SHA384", text);
	struct slice good = jose_signature(der, 48);
	char zeros[96] = { 0 }, longer[97] = { 0 };

	(void)state;
	memcpy(longer + 1, good.ptr, 96);
	assert_known(join(text, good), "ehr");
	assert_refused(join(text, der), "signature is not that");
	assert_refused(join(text, (struct slice){ zeros, 96 }), "signature is not that"); /* CVE-2022-21449 */
	assert_refused(join(text, (struct slice){ longer, 97 }), "signature is not that");
	assert_refused(join(text, (struct slice){ good.ptr, 95 }), "signature is not that");
	assert_refused(join(text, (struct slice){ good.ptr, 64 }), "signature is not that");
}

/** With times as given; absent ones are left out. */
static struct slice timed(const char *times)
{
	return token_of(arena_printf(signing_arena, "{\"iss\":\"" ISSUER "\",\"aud\":\"" US "\",\"sub\":\"s\"%s}", times));
}

static struct slice timed_at(const char *name, long long seconds, bool with_exp)
{
	struct slice exp = with_exp ? arena_printf(signing_arena, ",\"exp\":%lld", (long long)world.now_s + 300) : SLICE("");

	return timed(arena_printf(signing_arena, "%.*s,\"%s\":%lld", SLICE_ARG(exp), name, (long long)world.now_s + seconds).ptr);
}

/** Its body need not come first; whether it was good once does not matter. */
static void a_loop_refuses_a_token_that_has_expired_or_is_for_somebody_else(void **state)
{
	struct slice expired = timed_at("exp", -90, false), forged = timed_at("exp", 90, false);
	struct slice other =
	    token_of(SLICE("{\"iss\":\"https://other.example\",\"aud\":\"" US "\",\"sub\":\"s\",\"exp\":9999999999}"));

	(void)state;
	struct asked asked = ask_field(arena_printf(signing_arena, "Bearer %.*s", SLICE_ARG(expired)), false);
	assert_int_equal(asked.verdict, ACCESS_UNKNOWN);
	assert_slice(asked.refusal.reason, "The token has expired");
	asked = ask_field(arena_printf(signing_arena, "Bearer %.*s", SLICE_ARG(other)), false);
	assert_int_equal(asked.verdict, ACCESS_UNKNOWN);
	assert_slice(asked.refusal.reason, "The token is from another issuer (iss)");
	char *last = (char *)forged.ptr + forged.len - 5; /* a signature is left to others, good or not */
	*last = *last == 'A' ? 'B' : 'A';
	asked = ask_field(arena_printf(signing_arena, "Bearer %.*s", SLICE_ARG(forged)), false);
	assert_int_equal(asked.verdict, ACCESS_LATER);
	assert_null(asked.principal);
}

/** Each name is compared with those before it. */
static void objects_with_very_many_members_are_refused(void **state)
{
	struct slice some = SLICE(""), many;

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		some = arena_printf(signing_arena, "%.*s,\"m%u\":1", SLICE_ARG(some), i);
	many = some;
	for (unsigned i = 100; i < 130; i++)
		many = arena_printf(signing_arena, "%.*s,\"m%u\":1", SLICE_ARG(many), i);
	assert_known(token_of(claims_with(some.ptr)), "ehr");
	assert_refused(token_of(claims_with(many.ptr)), "claims are not a JSON object");
}

static void times_count_with_the_configured_skew(void **state)
{
	(void)state;
	assert_known(timed_at("exp", -30, false), "s");
	assert_refused(timed_at("exp", -90, false), "has expired");
	assert_known(timed_at("nbf", 30, true), "s");
	assert_refused(timed_at("nbf", 300, true), "not valid yet");
	assert_known(timed_at("iat", 30, true), "s");
	assert_refused(timed_at("iat", 300, true), "in the future");
}

static void times_that_are_none_are_refused(void **state)
{
	(void)state;
	assert_refused(timed(""), "no exp");
	assert_refused(timed(",\"exp\":\"9999999999\""), "no exp");
	assert_refused(timed(",\"exp\":-1"), "no exp");
	assert_refused(timed(",\"exp\":1e12"), "no exp");
	assert_refused(timed(",\"exp\":null"), "no exp");
	assert_refused(timed(",\"exp\":99999999999999999999999999"), "no exp");
	assert_refused(timed(",\"exp\":9223372036854775"), "out of reach");
	assert_refused(timed(",\"exp\":9999999999,\"nbf\":\"1\""), "nbf is not a number");
	assert_refused(timed(",\"exp\":9999999999,\"iat\":true"), "iat is not a number");
}

static struct slice addressed(const char *iss, const char *aud)
{
	return token_of(arena_printf(signing_arena, "{\"iss\":%s,\"aud\":%s,\"sub\":\"s\",\"exp\":9999999999}", iss, aud));
}

static void issuer_and_audience_fit_to_the_byte(void **state)
{
	(void)state;
	assert_known(addressed("\"" ISSUER "\"", "[1,\"" US "\"]"), "s");
	assert_refused(addressed("\"" ISSUER "/\"", "\"" US "\""), "another issuer");
	assert_refused(addressed("[\"" ISSUER "\"]", "\"" US "\""), "another issuer");
	assert_refused(addressed("\"" ISSUER "\"", "\"https://other.example\""), "for somebody else");
	assert_refused(addressed("\"" ISSUER "\"", "\"" US "/\""), "for somebody else");
	assert_refused(addressed("\"" ISSUER "\"", "[]"), "for somebody else");
	assert_refused(addressed("\"" ISSUER "\"", "[[\"" US "\"]]"), "for somebody else");
	assert_refused(addressed("\"" ISSUER "\"", "{\"a\":\"" US "\"}"), "for somebody else");
	assert_refused(token_of(SLICE("{\"iss\":\"" ISSUER "\",\"sub\":\"s\",\"exp\":9999999999}")), "for somebody else");
	assert_refused(token_of(SLICE("{\"iss\":\"" ISSUER "\",\"aud\":\"" US "\",\"exp\":9999999999}")),
		       "neither client_id nor sub");
}

static struct slice scoped(const char *scope)
{
	return token_of(
	    arena_printf(signing_arena,
			 "{\"iss\":\"" ISSUER "\",\"aud\":\"" US "\",\"sub\":\"s\",\"exp\":9999999999,\"scope\":\"%s\"}", scope));
}

static void scopes_that_are_not_done_here_are_refused_by_name(void **state)
{
	static const char *const scopes[] = { "patient/Observation.rs", "user/*.read", "system/Observation.rs?category=lab",
					      "system/x" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(scopes); i++) {
		struct asked asked = ask(scoped(arena_printf(signing_arena, "system/*.rs %s", scopes[i]).ptr));
		assert_int_equal(asked.verdict, ACCESS_UNKNOWN);
		assert_int_equal(asked.refusal.status, 403);
		assert_string_equal(asked.refusal.error, "insufficient_scope");
		assert_true(slice_find(asked.refusal.hint, slice_of(scopes[i])) != SIZE_MAX);
	}
	struct asked none = ask(scoped("openid profile"));
	assert_int_equal(none.verdict, ACCESS_KNOWN);
	assert_false(access_allows(none.principal, SLICE("PlanDefinition"), ACCESS_READ));
}

static void a_request_without_a_token_gets_a_challenge_without_an_error(void **state)
{
	static const struct slice fields[] = { { NULL, 0 }, { "Basic dTpw", 10 }, { "Bearer", 6 }, { "Bearer ", 7 }, { "", 0 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		struct asked asked = ask_field(fields[i], false);
		assert_int_equal(asked.verdict, ACCESS_UNKNOWN);
		assert_int_equal(asked.refusal.status, 401);
		assert_slice(asked.refusal.challenge, "Bearer realm=\"cannula\"");
	}
}

static void two_authorization_fields_are_one_too_many(void **state)
{
	struct slice field = arena_printf(signing_arena, "Bearer %.*s", SLICE_ARG(token_of(claims())));
	struct net_header headers[] = { { SLICE("Authorization"), field }, { SLICE("authorization"), field } };
	struct net_request request = { .arena = signing_arena, .headers = headers, .header_count = 2 };
	const struct access_principal *principal;
	struct access_refusal refusal;

	(void)state;
	assert_int_equal(access_identify(world.access, &request, true, &principal, &refusal), ACCESS_UNKNOWN);
	assert_int_equal(refusal.status, 400);
	assert_string_equal(refusal.error, "invalid_request");
}

/* ---- keys ---- */

static void keys_not_meant_for_verifying_do_not_verify(void **state)
{
	static const char *const more[] = { ",\"use\":\"enc\"", ",\"key_ops\":[\"sign\"]", ",\"key_ops\":[]",
					    ",\"alg\":\"ES256\"", ",\"d\":\"AAAA\"" };
	struct slice token = token_of(claims());

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(more); i++) {
		with_keys(key_set(jwk_ec(world.es384, "P-384", 48, "ec", more[i]), jwk_rsa(world.rs384, "rsa", "")));
		assert_refused(token, "does not publish, or not for this alg");
	}
	with_keys(usual_keys());
	assert_known(token, "ehr");
}

static void weak_and_impossible_keys_are_left_out(void **state)
{
	EVP_PKEY *weak = key_rsa(1024);
	struct slice weak_key = jwk_rsa(weak, "weak", ""), good = jwk_ec(world.es384, "P-384", 48, "ec", "");
	struct slice off_curve =
	    SLICE("{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"off\",\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\","
		  "\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\"}");
	struct slice header = SLICE("{\"alg\":\"RS384\",\"kid\":\"weak\"}");
	static const char *const sets[] = {
		"", "[]", "{}", "{\"keys\":{}}", "{\"keys\":[]}", "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AA\"}]}"
	};

	(void)state;
	with_keys(key_set(good, weak_key));
	assert_refused(sign(weak, "SHA384", 0, header, claims()), "does not publish");
	assert_known(token_of(claims()), "ehr");
	with_keys(key_set(off_curve, SLICE_NONE));
	assert_false(access_is_ready(world.access));
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
		with_keys(slice_of(sets[i]));
		assert_false(access_is_ready(world.access));
	}
	EVP_PKEY_free(weak);
	with_keys(usual_keys());
}

static void while_no_key_is_known_nobody_is_let_in(void **state)
{
	(void)state;
	with_keys(SLICE_NONE);
	assert_false(access_is_ready(world.access));
	struct asked asked = ask(token_of(claims()));
	assert_int_equal(asked.verdict, ACCESS_UNKNOWN);
	assert_int_equal(asked.refusal.status, 503);
	with_keys(usual_keys());
	assert_true(access_is_ready(world.access));
}

/** The issuer changes its keys: the first token by a new one makes the gateway look, and soon after none does. */
static void an_unknown_key_is_looked_up_once_in_a_while(void **state)
{
	struct slice new_header = SLICE("{\"alg\":\"ES384\",\"kid\":\"new\"}"),
		     newer = SLICE("{\"alg\":\"ES384\",\"kid\":\"newer\"}");
	struct slice token = sign(world.other, "SHA384", 48, new_header, claims()), old = token_of(claims());

	(void)state;
	world.options.token.key_retry_ms = 1;
	with_keys(usual_keys());
	assert_known(old, "ehr");
	world.keys = key_set(jwk_ec(world.other, "P-384", 48, "new", ""), SLICE_NONE);
	unsigned before = world.asked;
	struct asked asked;
	do
		asked = ask(token); /* the millisecond may not be over yet */
	while (asked.verdict != ACCESS_KNOWN && world.asked == before);
	assert_int_equal(asked.verdict, ACCESS_KNOWN);
	assert_int_equal(world.asked, before + 1);
	assert_refused(old, "does not publish"); /* remembered, but its key is gone */
	world.options.token.key_retry_ms = 3600 * 1000;
	with_keys(usual_keys());
	before = world.asked;
	for (int i = 0; i < 3; i++)
		assert_refused(sign(world.other, "SHA384", 48, newer, claims()), "does not publish");
	assert_int_equal(world.asked, before);
}

static void when_the_key_server_fails_the_last_good_keys_stay(void **state)
{
	struct slice header = SLICE("{\"alg\":\"ES384\",\"kid\":\"new\"}");

	(void)state;
	world.options.token.key_retry_ms = 1;
	with_keys(usual_keys());
	world.keys = SLICE_NONE;
	unsigned before = world.asked;
	while (world.asked == before)
		assert_refused(sign(world.other, "SHA384", 48, header, claims()), "does not publish");
	assert_true(access_is_ready(world.access));
	assert_known(token_of(claims()), "ehr");
	world.options.token.key_retry_ms = 3600 * 1000;
	with_keys(usual_keys());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens_by_es384_and_rs384_are_accepted),
		cmocka_unit_test(a_principal_has_the_grants_of_its_token),
		cmocka_unit_test(without_client_id_the_subject_is_the_name),
		cmocka_unit_test(a_loop_leaves_signatures_to_others_and_knows_the_token_afterwards),
		cmocka_unit_test(a_known_token_with_one_byte_changed_is_unknown),
		cmocka_unit_test(a_loop_knows_no_token_but_the_one_that_was_verified),
		cmocka_unit_test(a_loop_refuses_what_cannot_be_a_token),
		cmocka_unit_test(rs256_and_es256_are_accepted_when_configured_only),
		cmocka_unit_test(unsigned_tokens_are_refused),
		cmocka_unit_test(a_public_key_is_no_hmac_secret),
		cmocka_unit_test(a_key_of_another_kind_or_curve_does_not_fit),
		cmocka_unit_test(a_token_does_not_bring_its_own_key),
		cmocka_unit_test(headers_that_ask_for_more_than_is_understood_are_refused),
		cmocka_unit_test(names_that_stand_twice_are_refused),
		cmocka_unit_test(what_is_not_a_json_object_is_refused),
		cmocka_unit_test(other_than_three_parts_of_base64url_is_refused),
		cmocka_unit_test(a_huge_token_is_refused_unread),
		cmocka_unit_test(signatures_of_another_shape_are_refused),
		cmocka_unit_test(a_loop_refuses_a_token_that_has_expired_or_is_for_somebody_else),
		cmocka_unit_test(objects_with_very_many_members_are_refused),
		cmocka_unit_test(times_count_with_the_configured_skew),
		cmocka_unit_test(times_that_are_none_are_refused),
		cmocka_unit_test(issuer_and_audience_fit_to_the_byte),
		cmocka_unit_test(scopes_that_are_not_done_here_are_refused_by_name),
		cmocka_unit_test(a_request_without_a_token_gets_a_challenge_without_an_error),
		cmocka_unit_test(two_authorization_fields_are_one_too_many),
		cmocka_unit_test(keys_not_meant_for_verifying_do_not_verify),
		cmocka_unit_test(weak_and_impossible_keys_are_left_out),
		cmocka_unit_test(while_no_key_is_known_nobody_is_let_in),
		cmocka_unit_test(an_unknown_key_is_looked_up_once_in_a_while),
		cmocka_unit_test(when_the_key_server_fails_the_last_good_keys_stay),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
