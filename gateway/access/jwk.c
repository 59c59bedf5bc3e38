/* SPDX-License-Identifier: Apache-2.0 */
#include "access/jwk.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <stdatomic.h>
#include <string.h>

#include "access/base64url.h"
#include "access/jose.h"

#define SET_ARENA_BYTES (8u << 20)
/* RFC 7518 section 3.3: 2048 bits or larger; more than this only costs us time. */
#define RSA_MIN_BYTES 256u
#define RSA_MAX_BYTES 1024u
#define EXPONENT_MAX_BYTES 8u

struct jwk_set {
	struct arena *arena;
	atomic_uint references;
	struct jwk keys[JWK_SET_MAX_KEYS];
	size_t count;
};

static const struct jwk_algorithm algorithms[] = {
	{ "RS384", "SHA384", "RSA", NULL, NULL, 0 },
	{ "ES384", "SHA384", "EC", "P-384", "secp384r1", 48 },
	{ "RS256", "SHA256", "RSA", NULL, NULL, 0 },
	{ "ES256", "SHA256", "EC", "P-256", "prime256v1", 32 },
};

const struct jwk_algorithm *jwk_algorithm_find(struct slice name)
{
	for (size_t i = 0; i < ARRAY_SIZE(algorithms); i++)
		if (slice_equal(name, slice_of(algorithms[i].name)))
			return &algorithms[i];
	return NULL;
}

/* ---- keys for OpenSSL ---- */

/** Checked: on its curve, of a sane size. NULL otherwise. */
static EVP_PKEY *key_make(const char *type, OSSL_PARAM_BLD *builder)
{
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL), *check = NULL;
	EVP_PKEY *key = NULL;

	if (params && context && EVP_PKEY_fromdata_init(context) == 1 &&
	    EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) == 1)
		check = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	if (!check || EVP_PKEY_public_check(check) != 1) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	EVP_PKEY_CTX_free(check);
	EVP_PKEY_CTX_free(context);
	OSSL_PARAM_free(params);
	ERR_clear_error();
	return key;
}

static bool number_read(struct arena *arena, const struct jose_value *jwk, const char *name, struct slice *out)
{
	struct slice text = jose_text(jwk, name);

	return text.ptr && base64url_decode(arena, text, out);
}

static EVP_PKEY *ec_key(struct arena *arena, const struct jose_value *jwk, const struct jwk_algorithm *algorithm)
{
	unsigned char point[1 + 2 * 48] = { POINT_CONVERSION_UNCOMPRESSED };
	size_t size = algorithm->number_bytes;
	struct slice x, y;

	/* RFC 7518 section 6.2.1.2: the length is that of the curve, leading zeros included */
	if (!number_read(arena, jwk, "x", &x) || !number_read(arena, jwk, "y", &y) || x.len != size || y.len != size)
		return NULL;
	memcpy(point + 1, x.ptr, size);
	memcpy(point + 1 + size, y.ptr, size);
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	EVP_PKEY *key = NULL;
	if (builder && OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, algorithm->group, 0) == 1 &&
	    OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * size) == 1)
		key = key_make("EC", builder);
	OSSL_PARAM_BLD_free(builder);
	return key;
}

static EVP_PKEY *rsa_key(struct arena *arena, const struct jose_value *jwk)
{
	struct slice n, e;

	if (!number_read(arena, jwk, "n", &n) || !number_read(arena, jwk, "e", &e) || n.len < RSA_MIN_BYTES ||
	    n.len > RSA_MAX_BYTES || e.len == 0 || e.len > EXPONENT_MAX_BYTES)
		return NULL;
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	BIGNUM *modulus = BN_bin2bn((const unsigned char *)n.ptr, (int)n.len, NULL);
	BIGNUM *exponent = BN_bin2bn((const unsigned char *)e.ptr, (int)e.len, NULL);
	EVP_PKEY *key = NULL;
	if (builder && modulus && exponent && BN_num_bits(modulus) >= 8 * (int)RSA_MIN_BYTES && BN_is_odd(exponent) &&
	    !BN_is_one(exponent) && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent) == 1)
		key = key_make("RSA", builder);
	BN_free(modulus);
	BN_free(exponent);
	OSSL_PARAM_BLD_free(builder);
	return key;
}

/* ---- sets ---- */

/** RFC 7517 sections 4.2 and 4.3: what the publisher wants the key used for. */
static bool is_for_signatures(const struct jose_value *jwk)
{
	const struct jose_value *use = jose_member(jwk, "use"), *operations = jose_member(jwk, "key_ops");

	if (use && !slice_equal(use->text, SLICE("sig")))
		return false;
	if (!operations)
		return true;
	for (const struct jose_value *one = operations->first; one; one = one->next)
		if (one->kind == JOSE_STRING && slice_equal(one->text, SLICE("verify")))
			return true;
	return false;
}

/** A private or shared key in public is a key that everybody has. */
static bool is_secret(const struct jose_value *jwk)
{
	return jose_member(jwk, "d") || jose_member(jwk, "k");
}

static const struct jwk_algorithm *kind_of(const struct jose_value *jwk)
{
	struct slice type = jose_text(jwk, "kty"), curve = jose_text(jwk, "crv");

	for (size_t i = 0; i < ARRAY_SIZE(algorithms); i++)
		if (slice_equal(type, slice_of(algorithms[i].key_type)) &&
		    (!algorithms[i].curve || slice_equal(curve, slice_of(algorithms[i].curve))))
			return &algorithms[i];
	return NULL;
}

static bool key_add(struct jwk_set *set, const struct jose_value *jwk)
{
	const struct jwk_algorithm *kind = jwk->kind == JOSE_OBJECT ? kind_of(jwk) : NULL;

	if (!kind || is_secret(jwk) || !is_for_signatures(jwk) || set->count == JWK_SET_MAX_KEYS)
		return false;
	EVP_PKEY *key = kind->curve ? ec_key(set->arena, jwk, kind) : rsa_key(set->arena, jwk);
	if (!key)
		return false;
	set->keys[set->count++] = (struct jwk){ .id = jose_text(jwk, "kid"),
						.algorithm = jose_text(jwk, "alg"),
						.key_type = kind->key_type,
						.curve = kind->curve,
						.key = key };
	return true;
}

static bool set_fill(struct jwk_set *set, struct slice document, size_t *left_out, struct error *err)
{
	const struct jose_value *root = jose_read(set->arena, document);
	const struct jose_value *keys = root ? jose_member(root, "keys") : NULL;

	*left_out = 0;
	if (!keys || keys->kind != JOSE_ARRAY)
		return error_set(err, ERROR_SYNTAX, "",
				 "is not a JWK set: a JSON object with a list \"keys\" (RFC 7517 section 5)");
	for (const struct jose_value *jwk = keys->first; jwk; jwk = jwk->next)
		*left_out += !key_add(set, jwk);
	if (set->count)
		return true;
	error_set(err, ERROR_SYNTAX, "", "has no key that could verify a token (%zu were left out)", *left_out);
	return error_hint(err, "keys are RSA of 2048 bits or more, or EC on P-256 or P-384; public; use sig");
}

struct jwk_set *jwk_set_new(struct slice document, size_t *left_out, struct error *err)
{
	struct arena *arena = arena_new(SET_ARENA_BYTES);
	struct jwk_set *set = arena ? arena_new_of(arena, struct jwk_set) : NULL;

	if (!set) {
		arena_free(arena);
		error_memory(err);
		return NULL;
	}
	set->arena = arena;
	atomic_init(&set->references, 1);
	if (set_fill(set, document, left_out, err))
		return set;
	jwk_set_unref(set);
	return NULL;
}

struct jwk_set *jwk_set_ref(struct jwk_set *set)
{
	atomic_fetch_add_explicit(&set->references, 1, memory_order_relaxed);
	return set;
}

void jwk_set_unref(struct jwk_set *set)
{
	if (!set || atomic_fetch_sub_explicit(&set->references, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < set->count; i++)
		EVP_PKEY_free(set->keys[i].key);
	arena_free(set->arena);
}

size_t jwk_set_count(const struct jwk_set *set)
{
	return set->count;
}

static bool fits(const struct jwk *key, const struct jwk_algorithm *algorithm)
{
	return strcmp(key->key_type, algorithm->key_type) == 0 &&
	       (!algorithm->curve || strcmp(key->curve, algorithm->curve) == 0) &&
	       (!key->algorithm.ptr || slice_equal(key->algorithm, slice_of(algorithm->name)));
}

const struct jwk *jwk_set_find(const struct jwk_set *set, struct slice id, const struct jwk_algorithm *algorithm)
{
	const struct jwk *found = NULL;

	for (size_t i = 0; i < set->count; i++) {
		const struct jwk *key = &set->keys[i];
		if (!fits(key, algorithm) || (id.ptr && !slice_equal(key->id, id)))
			continue;
		if (id.ptr)
			return key;
		if (found)
			return NULL;
		found = key;
	}
	return found;
}
