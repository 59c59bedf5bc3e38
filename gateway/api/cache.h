/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The hot cache: current versions as they go to clients, answered on the event loop. Entries are immutable and counted; one found
 * is pinned until its bytes are sent, whatever the cache does meanwhile.
 *
 * Each entry says as of which commit it is known to be current. One whose mark is older than the newest known commit is not
 * found: a worker asks the store again, and when nothing changed the entry only gets the newer mark.
 */
#ifndef CANNULA_API_CACHE_H
#define CANNULA_API_CACHE_H

#include "cannula/fhir.h"

#include <stdatomic.h>

struct cache;
struct cache_shard;

struct cache_key {
	enum fhir_version base;
	struct slice type, id;
};

struct cache_entry {
	struct cache_key key;
	uint64_t version;
	int64_t last_updated_ms;
	struct slice bytes, etag, last_modified; /**< as sent; the tag is weak, so it is that of the packed form too */

	/* The cache's own. */
	_Atomic uint64_t sequence;
	atomic_uint references;
	struct buf memory;         /**< the entry itself and its texts */
	struct cache_shard *shard; /**< that keeps or kept it; NULL: none did */
	bool is_kept;              /**< the shard's lock is over this */
	struct buf packed_memory;
	_Atomic(const char *) packed;             /**< written once, after packed_memory; NULL: not yet */
	struct cache_entry *newer, *older, *next; /**< order of use; chain of the hash bucket */
};

/** Holds at most `max_bytes` (0: nothing). Lives in `arena`. NULL when the arena is full. */
struct cache *cache_new(struct arena *arena, size_t max_bytes) MUST_USE;
void cache_free(struct cache *cache);

/** An entry with one reference, the caller's; its texts are copied. NULL when there is no memory. */
struct cache_entry *cache_entry_new(const struct cache_key *key, uint64_t version, int64_t last_updated_ms,
				    struct slice bytes) MUST_USE;
/** Drops a reference; fit for net_reply.release. */
void cache_entry_release(void *entry);

/** The packed form of the bytes that cache_entry_keep_packed was given; absent: none yet. */
struct slice cache_entry_packed(const struct cache_entry *entry);
/** Keeps it, as net_reply.keep_packed describes, within what the cache may hold; the first that comes stays. */
struct slice cache_entry_keep_packed(void *entry, struct slice packed);

/** The entry of `key` when it is current as of `sequence`, with a reference for the caller; else NULL. */
struct cache_entry *cache_find(struct cache *cache, const struct cache_key *key, uint64_t sequence);
/** Offers an entry that was current as of `sequence`. Takes a reference of its own when it keeps it: large ones it does not, and
 * of two with the same version it keeps the one it has, with the newer mark. */
void cache_put(struct cache *cache, struct cache_entry *entry, uint64_t sequence);
/** Of all that is in it, and how often cache_find found. */
struct cache_figures {
	size_t entries, bytes;
	uint64_t hits, misses;
};
struct cache_figures cache_figures(struct cache *cache);

#endif
