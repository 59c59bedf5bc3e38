/* SPDX-License-Identifier: Apache-2.0 */
#include "access/token.h"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <string.h>

#include "access/base64url.h"
#include "access/jose.h"
#include "access/scope.h"

#define KEY_ID_MAX_BYTES 256u
#define NAME_MAX_BYTES 256u
/* An ECDSA-Sig-Value for P-384: two INTEGERs of at most 49 bytes. */
#define DER_MAX_BYTES 128u

/* ---- the header ---- */

static bool algorithm_allowed(struct slice name, const struct option_texts *allowed)
{
	if (allowed->count == 0)
		return slice_equal(name, SLICE("RS384")) || slice_equal(name, SLICE("ES384"));
	for (size_t i = 0; i < allowed->count; i++)
		if (slice_equal(name, allowed->items[i]))
			return true;
	return false;
}

/** RFC 8725 section 3.11: a JWT made for something else is not an access token. */
static bool type_fits(const struct jose_value *header)
{
	struct slice type = jose_text(header, "typ");

	if (!jose_member(header, "typ"))
		return true;
	if (slice_starts(type, SLICE("application/")))
		type = slice_from(type, SLICE("application/").len);
	return slice_equal_nocase(type, SLICE("JWT")) || slice_equal_nocase(type, SLICE("at+jwt"));
}

/** `jwk`, `jku`, `x5u` and `x5c` are not looked at: a token does not choose the key it is verified with. */
static const char *read_header(struct arena *arena, struct slice text, const struct option_texts *allowed, struct token *out)
{
	const struct jose_value *header = jose_read(arena, text);

	if (!header)
		return "The token's header is not a JSON object with each name once";
	if (jose_member(header, "crit")) /* RFC 7515 section 4.1.11 */
		return "The token's header has crit, and no extension is understood here";
	struct slice algorithm = jose_text(header, "alg");
	out->algorithm = algorithm_allowed(algorithm, allowed) ? jwk_algorithm_find(algorithm) : NULL;
	if (!out->algorithm)
		return "The token's alg is not accepted here";
	if (!type_fits(header))
		return "The token's typ is neither JWT nor at+jwt";
	out->key_id = jose_text(header, "kid");
	if (jose_member(header, "kid") && (!out->key_id.ptr || out->key_id.len > KEY_ID_MAX_BYTES))
		return "The token's kid is not a short text";
	return NULL;
}

const char *token_parse(struct arena *arena, struct slice text, const struct access_token_options *options, struct token *out)
{
	struct slice rest = text, header, header_text = slice_cut(&rest, '.'), payload_text = slice_cut(&rest, '.');

	if (text.len > options->max_token_bytes)
		return "The token is too long";
	if (!rest.ptr || slice_find(rest, SLICE(".")) != SIZE_MAX)
		return "The token is not a signed JWT: three parts with dots between them";
	if (!base64url_decode(arena, header_text, &header) || !base64url_decode(arena, payload_text, &out->payload) ||
	    !base64url_decode(arena, rest, &out->signature))
		return "A part of the token is not base64url without padding";
	out->signed_part = (struct slice){ text.ptr, text.len - rest.len - 1 };
	return read_header(arena, header, &options->algorithms, out);
}

/* ---- the signature ---- */

/** RFC 7518 section 3.4: r and s, each as long as the curve's order; OpenSSL wants them as DER. 0: they are not. */
static size_t ecdsa_der(struct slice signature, size_t number_bytes, unsigned char out[DER_MAX_BYTES])
{
	const unsigned char *bytes = (const unsigned char *)signature.ptr;
	ECDSA_SIG *pair = signature.len == 2 * number_bytes ? ECDSA_SIG_new() : NULL;
	BIGNUM *r = pair ? BN_bin2bn(bytes, (int)number_bytes, NULL) : NULL;
	BIGNUM *s = pair ? BN_bin2bn(bytes + number_bytes, (int)number_bytes, NULL) : NULL;
	int length = 0;

	if (r && s && ECDSA_SIG_set0(pair, r, s) == 1) {
		r = s = NULL; /* the pair has them now */
		length = i2d_ECDSA_SIG(pair, NULL);
	}
	if (length > 0 && length <= (int)DER_MAX_BYTES)
		length = i2d_ECDSA_SIG(pair, &out);
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(pair);
	return length > 0 ? (size_t)length : 0;
}

static bool signature_good(EVP_PKEY *key, const char *digest, struct slice text, const unsigned char *signature, size_t length)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good = context && EVP_DigestVerifyInit_ex(context, NULL, digest, NULL, NULL, key, NULL) == 1 &&
		    EVP_DigestVerify(context, signature, length, (const unsigned char *)text.ptr, text.len) == 1;

	EVP_MD_CTX_free(context);
	ERR_clear_error();
	return good;
}

const char *token_verify(const struct token *token, const struct jwk *key)
{
	const struct jwk_algorithm *algorithm = token->algorithm;
	const unsigned char *signature = (const unsigned char *)token->signature.ptr;
	size_t length = token->signature.len;
	unsigned char der[DER_MAX_BYTES];

	if (algorithm->curve) {
		length = ecdsa_der(token->signature, algorithm->number_bytes, der);
		signature = der;
	}
	if (length && signature_good(key->key, algorithm->digest, token->signed_part, signature, length))
		return NULL;
	return "The token's signature is not that of the issuer's key";
}

/* ---- the claims ---- */

/** NumericDate (RFC 7519 section 2): seconds, maybe with a fraction, which does not matter here. */
static bool date_read(const struct jose_value *claim, int64_t *out_ms)
{
	struct slice rest = claim->text, seconds = slice_cut(&rest, '.');
	uint64_t value, fraction;

	if (claim->kind != JOSE_NUMBER || !slice_to_u64(seconds, INT64_MAX / 1000, &value))
		return false;
	if (rest.ptr && !slice_to_u64(rest, UINT64_MAX, &fraction))
		return false;
	*out_ms = (int64_t)value * 1000;
	return true;
}

static const char *check_times(const struct jose_value *claims, int64_t skew_ms, int64_t now_ms, int64_t *expires_ms)
{
	const struct jose_value *exp = jose_member(claims, "exp"), *nbf = jose_member(claims, "nbf"),
				*iat = jose_member(claims, "iat");
	int64_t from_ms;

	if (!exp || !date_read(exp, expires_ms))
		return "The token has no exp that is a number of seconds";
	if (*expires_ms > INT64_MAX - skew_ms)
		return "The token's exp is out of reach";
	*expires_ms += skew_ms;
	if (now_ms >= *expires_ms)
		return "The token has expired";
	if (nbf && !date_read(nbf, &from_ms))
		return "The token's nbf is not a number of seconds";
	if (nbf && from_ms - skew_ms > now_ms)
		return "The token is not valid yet (nbf)";
	if (iat && !date_read(iat, &from_ms))
		return "The token's iat is not a number of seconds";
	if (iat && from_ms - skew_ms > now_ms)
		return "The token was issued in the future (iat)";
	return NULL;
}

static bool audience_has(const struct jose_value *claim, const struct option_texts *ours)
{
	if (claim->kind != JOSE_STRING)
		return false;
	for (size_t i = 0; i < ours->count; i++)
		if (slice_equal(claim->text, ours->items[i]))
			return true;
	return false;
}

static bool audience_fits(const struct jose_value *claims, const struct option_texts *ours)
{
	const struct jose_value *audience = jose_member(claims, "aud");

	if (!audience || audience->kind != JOSE_ARRAY)
		return audience && audience_has(audience, ours);
	for (const struct jose_value *one = audience->first; one; one = one->next)
		if (audience_has(one, ours))
			return true;
	return false;
}

static const char *read_scopes(struct arena *arena, struct slice scopes, struct access_principal *out, struct slice *bad_scope)
{
	struct access_grant *grants = arena_new_array(arena, struct access_grant, SCOPE_GRANTS_MAX);
	const char *why = NULL;

	if (!grants)
		return "The token needs more memory than one request has";
	out->grants = grants;
	while (scopes.ptr) {
		struct slice scope = slice_cut(&scopes, ' ');
		if (out->grant_count == SCOPE_GRANTS_MAX)
			return "The token has too many scopes";
		enum scope_kind kind = scope_parse(scope, &grants[out->grant_count], &why);
		out->grant_count += kind == SCOPE_GRANT;
		if (kind != SCOPE_REFUSED)
			continue;
		*bad_scope = scope;
		return why;
	}
	return NULL;
}

const char *token_claims(struct arena *arena, const struct token *token, const struct access_token_options *options,
			 int64_t now_ms, struct access_principal *out, int64_t *expires_ms, struct slice *bad_scope)
{
	const struct jose_value *claims = jose_read(arena, token->payload);

	*out = (struct access_principal){ 0 };
	*bad_scope = SLICE_NONE;
	if (!claims)
		return "The token's claims are not a JSON object with each name once";
	if (!slice_equal(jose_text(claims, "iss"), options->issuer))
		return "The token is from another issuer (iss)";
	if (!audience_fits(claims, &options->audience))
		return "The token is for somebody else (aud)";
	const char *fault = check_times(claims, (int64_t)options->skew_ms, now_ms, expires_ms);
	if (fault)
		return fault;
	out->name = jose_text(claims, "client_id").len ? jose_text(claims, "client_id") : jose_text(claims, "sub");
	if (out->name.len == 0 || out->name.len > NAME_MAX_BYTES)
		return "The token has neither client_id nor sub, or a very long one";
	return read_scopes(arena, jose_text(claims, "scope"), out, bad_scope);
}
