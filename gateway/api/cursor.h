/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Page cursors: a place in a search, opaque and signed. A cursor holds only for the search it was made for, so nobody can
 * make one up or carry it elsewhere, and the server keeps nothing between pages.
 */
#ifndef CANNULA_API_CURSOR_H
#define CANNULA_API_CURSOR_H

#include "cannula/store.h"

#define CURSOR_KEY_BYTES 32

struct cursor_key {
	uint8_t bytes[CURSOR_KEY_BYTES];
};

/** The key that all gateways on this store share, made on first use: pages go on after a restart. */
bool cursor_key_load(struct store_conn *conn, struct arena *arena, struct cursor_key *out, struct error *err) MUST_USE;

/** base64url of the place behind an HMAC-SHA-256 (RFC 2104, shortened to 128 bits) over it and `search`, the text that tells one
 * search from another. Absent when the arena is full. */
struct slice cursor_format(struct arena *arena, const struct cursor_key *key, struct slice search,
			   const struct store_place *place) MUST_USE;
/** False for anything that cursor_format did not make for the same search under the same key, and when the arena is full. */
bool cursor_parse(struct arena *arena, const struct cursor_key *key, struct slice search, struct slice cursor,
		  struct store_place *out) MUST_USE;

#endif
