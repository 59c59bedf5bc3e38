/* SPDX-License-Identifier: Apache-2.0 */
/**
 * token_cache: tokens that were verified, so that the next request with one costs a comparison and not a signature. An entry
 * counts until the token expires or the issuer's keys change. Any thread may use it.
 *
 * Tokens are kept and compared byte by byte, without a digest: a digest of each request's token would cost more than all else
 * that is done to know who asks. A token that was forgotten is wiped from memory.
 */
#ifndef CANNULA_ACCESS_TOKEN_CACHE_H
#define CANNULA_ACCESS_TOKEN_CACHE_H

#include "cannula/access.h"

struct token_cache;

struct token_cache *token_cache_new(size_t max_tokens) MUST_USE; /**< NULL: no memory */
void token_cache_free(struct token_cache *cache);                /**< NULL is allowed */
/** Remembers whose token it is; when there is no room, the least recently used of a few goes. */
void token_cache_put(struct token_cache *cache, struct slice token, uint64_t generation, int64_t expires_ms,
		     const struct access_principal *principal);
/** A copy in `arena`; NULL when the token is not known, has expired, or was verified with keys of another generation. */
const struct access_principal *token_cache_find(struct token_cache *cache, struct arena *arena, struct slice token,
						uint64_t generation, int64_t now_ms);

#endif
