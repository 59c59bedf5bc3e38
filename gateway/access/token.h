/* SPDX-License-Identifier: Apache-2.0 */
/**
 * token: a bearer token that is a signed JWT, from its bytes to a principal.
 *
 * Source: RFC 7515 section 5.2 (verification), RFC 7519 section 7.2, RFC 8725 (best practices), RFC 9068 section 4.
 */
#ifndef CANNULA_ACCESS_TOKEN_H
#define CANNULA_ACCESS_TOKEN_H

#include "cannula/access.h"

#include "access/jwk.h"

/** A token taken apart; nothing of it is believed yet. */
struct token {
	struct slice signed_part; /**< header.payload, as sent */
	struct slice payload;     /**< decoded */
	struct slice signature;   /**< decoded */
	struct slice key_id;      /**< absent: the header names none */
	const struct jwk_algorithm *algorithm;
};

/* Each answers NULL, or why the token is not accepted: a sentence for the client, static. */

/** Takes `text` apart. */
const char *token_parse(struct arena *arena, struct slice text, const struct access_token_options *options,
			struct token *out) MUST_USE;
/** Whether `key` made the signature. */
const char *token_verify(const struct token *token, const struct jwk *key) MUST_USE;
/** What the claims of a token say, which is true of a verified one only. `*expires_ms` is when it ends, skew included. When a
 * scope is at fault, `*bad_scope` is that scope. */
const char *token_claims(struct arena *arena, const struct token *token, const struct access_token_options *options,
			 int64_t now_ms, struct access_principal *out, int64_t *expires_ms, struct slice *bad_scope) MUST_USE;

#endif
