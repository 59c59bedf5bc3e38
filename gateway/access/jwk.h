/* SPDX-License-Identifier: Apache-2.0 */
/**
 * jwk: public keys as JWK sets publish them, and which of them may have signed a token.
 *
 * Source: RFC 7517 (JWK), RFC 7518 sections 3 and 6 (algorithms, RSA and EC keys).
 */
#ifndef CANNULA_ACCESS_JWK_H
#define CANNULA_ACCESS_JWK_H

#include "cannula/base.h"

#include <openssl/evp.h>

#define JWK_SET_MAX_KEYS 100u

/** A signature algorithm: there is no row for "none" nor for HMAC, and there will not be one. */
struct jwk_algorithm {
	const char *name;
	const char *digest;
	const char *key_type; /**< kty */
	const char *curve;    /**< crv; NULL: RSA */
	const char *group;    /**< of OpenSSL; NULL: RSA */
	size_t number_bytes;  /**< of r and of s; 0: RSA */
};
/** NULL when it is not accepted in any configuration. */
const struct jwk_algorithm *jwk_algorithm_find(struct slice name);

struct jwk {
	struct slice id;        /**< kid; absent: it has none */
	struct slice algorithm; /**< alg; absent: any that fits */
	const char *key_type, *curve;
	EVP_PKEY *key;
};

/** Keys for verifying signatures, fixed once made, counted. */
struct jwk_set;

/** Keys of other kinds, for other uses, and private ones are left out; `*left_out` counts them. NULL with `err`: not a JWK set,
 * or without any key for us. */
struct jwk_set *jwk_set_new(struct slice document, size_t *left_out, struct error *err) MUST_USE;
struct jwk_set *jwk_set_ref(struct jwk_set *set);
void jwk_set_unref(struct jwk_set *set); /**< NULL is allowed */
size_t jwk_set_count(const struct jwk_set *set);
/** The key of that id (absent: of any, when only one fits) for `algorithm`; NULL when there is none. */
const struct jwk *jwk_set_find(const struct jwk_set *set, struct slice id, const struct jwk_algorithm *algorithm);

#endif
