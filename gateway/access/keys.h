/* SPDX-License-Identifier: Apache-2.0 */
/**
 * keys: the issuer's keys, looked up again on a thread of their own: when they are due, and when a token names a key that is not
 * there (not too often). When that fails, the last good ones stay.
 */
#ifndef CANNULA_ACCESS_KEYS_H
#define CANNULA_ACCESS_KEYS_H

#include "cannula/access.h"

#include "access/jwk.h"

struct keys;

/** Looks once, and fails when a file cannot be read; keys by URL may come later, unless `must_have`. */
bool keys_new(const struct access_token_options *options, const struct access_source *source, bool must_have, struct keys **out,
	      struct error *err) MUST_USE;
void keys_free(struct keys *keys); /**< NULL is allowed */
/** The keys as they are now, with a reference for the caller, and which generation they are. NULL: none yet. */
struct jwk_set *keys_get(struct keys *keys, uint64_t *generation);
/** Only the number: 0 while there are none. */
uint64_t keys_generation(const struct keys *keys);
/** Looks as soon as possible, without waiting for it. */
void keys_refresh(struct keys *keys);
/** A token names a key that is not there. When it is time for another look, waits for it (some seconds at most) and answers
 * whether the keys changed; else false at once, so that at most one thread waits. */
bool keys_look(struct keys *keys);

#endif
