/* SPDX-License-Identifier: Apache-2.0 */
/* An issuer of tokens: keys made by OpenSSL, their JWK sets, and signatures, good ones and bad ones. */
#ifndef CANNULA_TESTS_ACCESS_SIGNING_H
#define CANNULA_TESTS_ACCESS_SIGNING_H

#include "../testing.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

static struct arena *signing_arena; /* of all texts made here */

static inline struct slice base64url(const void *bytes, size_t len)
{
	unsigned char *out = arena_alloc(signing_arena, len * 4 / 3 + 5);
	int written = EVP_EncodeBlock(out, bytes, (int)len);

	while (written && out[written - 1] == '=')
		written--;
	for (int i = 0; i < written; i++)
		out[i] = out[i] == '+' ? '-' : out[i] == '/' ? '_' : out[i];
	return (struct slice){ (const char *)out, (size_t)written };
}

static inline struct slice base64url_text(struct slice text)
{
	return base64url(text.ptr, text.len);
}

static inline EVP_PKEY *key_ec(const char *curve)
{
	EVP_PKEY *key = EVP_EC_gen(curve);

	assert_non_null(key);
	return key;
}

static inline EVP_PKEY *key_rsa(unsigned bits)
{
	EVP_PKEY *key = EVP_RSA_gen(bits);

	assert_non_null(key);
	return key;
}

static inline struct slice number_of(EVP_PKEY *key, const char *name, int size)
{
	BIGNUM *number = NULL;
	unsigned char bytes[1024];

	assert_int_equal(EVP_PKEY_get_bn_param(key, name, &number), 1);
	if (!size)
		size = BN_num_bytes(number);
	assert_true(BN_bn2binpad(number, bytes, size) == size);
	BN_free(number);
	return base64url(bytes, (size_t)size);
}

/** A JWK; `more` are further members, with a comma before them. */
static inline struct slice jwk_ec(EVP_PKEY *key, const char *crv, int size, const char *kid, const char *more)
{
	return arena_printf(signing_arena, "{\"kty\":\"EC\",\"crv\":\"%s\",\"x\":\"%.*s\",\"y\":\"%.*s\",\"kid\":\"%s\"%s}", crv,
			    SLICE_ARG(number_of(key, OSSL_PKEY_PARAM_EC_PUB_X, size)),
			    SLICE_ARG(number_of(key, OSSL_PKEY_PARAM_EC_PUB_Y, size)), kid, more);
}

static inline struct slice jwk_rsa(EVP_PKEY *key, const char *kid, const char *more)
{
	return arena_printf(signing_arena, "{\"kty\":\"RSA\",\"n\":\"%.*s\",\"e\":\"%.*s\",\"kid\":\"%s\"%s}",
			    SLICE_ARG(number_of(key, OSSL_PKEY_PARAM_RSA_N, 0)),
			    SLICE_ARG(number_of(key, OSSL_PKEY_PARAM_RSA_E, 0)), kid, more);
}

/** What is signed: header.payload. */
static inline struct slice signed_part(struct slice header, struct slice claims)
{
	return arena_printf(signing_arena, "%.*s.%.*s", SLICE_ARG(base64url_text(header)), SLICE_ARG(base64url_text(claims)));
}

/** The signature as OpenSSL makes it: DER for ECDSA. */
static inline struct slice raw_signature(EVP_PKEY *key, const char *digest, struct slice text)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t length = 1024;
	unsigned char *out = arena_alloc(signing_arena, length);

	assert_int_equal(EVP_DigestSignInit_ex(context, NULL, digest, NULL, NULL, key, NULL), 1);
	assert_int_equal(EVP_DigestSign(context, out, &length, (const unsigned char *)text.ptr, text.len), 1);
	EVP_MD_CTX_free(context);
	return (struct slice){ (const char *)out, length };
}

/** r and s side by side (RFC 7518 section 3.4). */
static inline struct slice jose_signature(struct slice der, int size)
{
	const unsigned char *at = (const unsigned char *)der.ptr;
	ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)der.len);
	unsigned char *out = arena_alloc(signing_arena, 2 * (size_t)size);

	assert_non_null(pair);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, size), size);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + size, size), size);
	ECDSA_SIG_free(pair);
	return (struct slice){ (const char *)out, 2 * (size_t)size };
}

static inline struct slice join(struct slice text, struct slice signature)
{
	return arena_printf(signing_arena, "%.*s.%.*s", SLICE_ARG(text), SLICE_ARG(base64url_text(signature)));
}

/** A token; `number_bytes` is 0 for RSA. */
static inline struct slice sign(EVP_PKEY *key, const char *digest, int number_bytes, struct slice header, struct slice claims)
{
	struct slice text = signed_part(header, claims), signature = raw_signature(key, digest, text);

	return join(text, number_bytes ? jose_signature(signature, number_bytes) : signature);
}

#endif
