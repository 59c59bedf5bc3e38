/* SPDX-License-Identifier: Apache-2.0 */
#include "api/cache.h"

#include <pthread.h>
#include <string.h>

/* Loops and workers meet here for some dozen instructions; shards make that rare. */
#define SHARDS 16u
#define BUCKETS 1024u /* of a shard */

struct cache_shard {
	pthread_mutex_t lock;
	struct cache_entry *buckets[BUCKETS];
	struct cache_entry *newest, *oldest;
	size_t entries, bytes, max_bytes;
	uint64_t hits, misses;
};

struct cache {
	struct cache_shard shards[SHARDS];
};

struct cache *cache_new(struct arena *arena, size_t max_bytes)
{
	struct cache *cache = arena_new_of(arena, struct cache);

	if (!cache)
		return NULL;
	for (size_t i = 0; i < SHARDS; i++) {
		cache->shards[i].max_bytes = max_bytes / SHARDS;
		pthread_mutex_init(&cache->shards[i].lock, NULL);
	}
	return cache;
}

static uint64_t hash_bytes(uint64_t hash, struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		hash = (hash ^ (unsigned char)s.ptr[i]) * 0x100000001b3u;
	return hash;
}

/** FNV-1a: keys come from the store, not from clients, so nobody chooses collisions. */
static uint64_t key_hash(const struct cache_key *key)
{
	uint64_t hash = hash_bytes(0xcbf29ce484222325u ^ (uint64_t)key->base, key->type);

	hash = hash_bytes(hash, key->id);
	return hash ^ hash >> 32;
}

static bool key_equal(const struct cache_key *a, const struct cache_key *b)
{
	return a->base == b->base && slice_equal(a->id, b->id) && slice_equal(a->type, b->type);
}

static struct cache_shard *shard_of(struct cache *cache, uint64_t hash)
{
	return &cache->shards[hash % SHARDS];
}

static struct cache_entry **bucket_of(struct cache_shard *shard, uint64_t hash)
{
	return &shard->buckets[hash / SHARDS % BUCKETS];
}

/* ---- entries ---- */

/** Copies `text` behind what `memory` holds already; there is room by construction. */
static struct slice append(struct buf *memory, struct slice text)
{
	struct slice copy = { memory->ptr + memory->len, text.len };

	buf_append(memory, text);
	return copy;
}

struct cache_entry *cache_entry_new(const struct cache_key *key, uint64_t version, int64_t last_updated_ms, struct slice bytes)
{
	char etag[32], date[TIME_HTTP_SIZE];
	size_t etag_len = (size_t)snprintf(etag, sizeof(etag), "W/\"%llu\"", (unsigned long long)version);
	size_t room = sizeof(struct cache_entry) + key->type.len + key->id.len + etag_len + sizeof(date) + bytes.len;
	struct buf memory;

	time_format_http(last_updated_ms, date);
	buf_init(&memory, room);
	if (!buf_reserve(&memory, room))
		return NULL;
	struct cache_entry *entry = memset(memory.ptr, 0, sizeof(*entry));
	memory.len = sizeof(*entry);
	entry->key = (struct cache_key){ key->base, append(&memory, key->type), append(&memory, key->id) };
	entry->version = version;
	entry->last_updated_ms = last_updated_ms;
	entry->bytes = append(&memory, bytes);
	entry->etag = append(&memory, (struct slice){ etag, etag_len });
	entry->last_modified = append(&memory, slice_of(date));
	ASSERT(!memory.failed);
	atomic_init(&entry->references, 1);
	atomic_init(&entry->sequence, 0);
	atomic_init(&entry->packed, NULL);
	entry->memory = memory;
	return entry;
}

void cache_entry_release(void *context)
{
	struct cache_entry *entry = context;

	if (!entry || atomic_fetch_sub_explicit(&entry->references, 1, memory_order_acq_rel) != 1)
		return;
	buf_free(&entry->packed_memory);
	struct buf memory = entry->memory; /* the entry lives inside */
	buf_free(&memory);
}

static struct cache_entry *entry_ref(struct cache_entry *entry)
{
	atomic_fetch_add_explicit(&entry->references, 1, memory_order_relaxed);
	return entry;
}

/* ---- order of use; the shard is locked ---- */

static void use_remove(struct cache_shard *shard, struct cache_entry *entry)
{
	*(entry->newer ? &entry->newer->older : &shard->newest) = entry->older;
	*(entry->older ? &entry->older->newer : &shard->oldest) = entry->newer;
	entry->newer = entry->older = NULL;
}

static void use_add(struct cache_shard *shard, struct cache_entry *entry)
{
	entry->older = shard->newest;
	*(shard->newest ? &shard->newest->newer : &shard->oldest) = entry;
	shard->newest = entry;
}

static struct cache_entry *find_locked(struct cache_shard *shard, const struct cache_key *key, uint64_t hash)
{
	struct cache_entry *entry = *bucket_of(shard, hash);

	while (entry && !key_equal(&entry->key, key))
		entry = entry->next;
	return entry;
}

static size_t entry_bytes(const struct cache_entry *entry)
{
	return entry->memory.capacity + entry->packed_memory.capacity;
}

static void drop(struct cache_shard *shard, struct cache_entry *entry)
{
	struct cache_entry **link = bucket_of(shard, key_hash(&entry->key));

	while (*link != entry)
		link = &(*link)->next;
	*link = entry->next;
	use_remove(shard, entry);
	shard->entries--;
	shard->bytes -= entry_bytes(entry);
	entry->is_kept = false;
	cache_entry_release(entry);
}

static void keep(struct cache_shard *shard, struct cache_entry *entry, uint64_t hash)
{
	struct cache_entry **bucket = bucket_of(shard, hash);

	entry->next = *bucket;
	*bucket = entry_ref(entry);
	use_add(shard, entry);
	shard->entries++;
	shard->bytes += entry_bytes(entry);
	entry->shard = shard;
	entry->is_kept = true;
}

/** Takes as many of the oldest away as must go for `bytes` more, but for `spared`. */
static void make_room(struct cache_shard *shard, size_t bytes, const struct cache_entry *spared)
{
	while (shard->oldest && shard->oldest != spared && shard->bytes + bytes > shard->max_bytes)
		drop(shard, shard->oldest);
}

/* ---- the door ---- */

struct cache_entry *cache_find(struct cache *cache, const struct cache_key *key, uint64_t sequence)
{
	uint64_t hash = key_hash(key);
	struct cache_shard *shard = shard_of(cache, hash);

	pthread_mutex_lock(&shard->lock);
	struct cache_entry *entry = find_locked(shard, key, hash);
	if (entry && atomic_load_explicit(&entry->sequence, memory_order_relaxed) < sequence)
		entry = NULL;
	if (entry && entry != shard->newest) {
		use_remove(shard, entry);
		use_add(shard, entry);
	}
	if (entry)
		entry_ref(entry);
	shard->hits += entry != NULL;
	shard->misses += entry == NULL;
	pthread_mutex_unlock(&shard->lock);
	return entry;
}

static void put_locked(struct cache_shard *shard, struct cache_entry *entry, uint64_t sequence)
{
	uint64_t hash = key_hash(&entry->key);
	struct cache_entry *held = find_locked(shard, &entry->key, hash);

	if (held && held->sequence >= sequence)
		return; /* somebody read later than this caller did */
	if (held && held->version == entry->version) {
		held->sequence = sequence;
		return;
	}
	if (held)
		drop(shard, held);
	make_room(shard, entry_bytes(entry), NULL);
	entry->sequence = sequence;
	keep(shard, entry, hash);
}

void cache_put(struct cache *cache, struct cache_entry *entry, uint64_t sequence)
{
	struct cache_shard *shard = shard_of(cache, key_hash(&entry->key));

	if (entry_bytes(entry) > shard->max_bytes)
		return;
	pthread_mutex_lock(&shard->lock);
	put_locked(shard, entry, sequence);
	pthread_mutex_unlock(&shard->lock);
}

/* ---- the packed form ---- */

struct slice cache_entry_packed(const struct cache_entry *entry)
{
	const char *packed = atomic_load_explicit(&entry->packed, memory_order_acquire);

	return packed ? (struct slice){ packed, entry->packed_memory.len } : SLICE_NONE;
}

static void keep_packed_locked(struct cache_entry *entry, struct slice packed)
{
	struct cache_shard *shard = entry->shard;

	if (atomic_load_explicit(&entry->packed, memory_order_relaxed))
		return; /* somebody was faster */
	if (entry->is_kept) {
		make_room(shard, packed.len, entry);
		if (shard->bytes + packed.len > shard->max_bytes)
			return;
	}
	buf_init(&entry->packed_memory, packed.len);
	buf_append(&entry->packed_memory, packed);
	if (entry->packed_memory.failed)
		return;
	shard->bytes += entry->is_kept ? entry->packed_memory.capacity : 0;
	atomic_store_explicit(&entry->packed, packed.len ? entry->packed_memory.ptr : "", memory_order_release);
}

struct slice cache_entry_keep_packed(void *context, struct slice packed)
{
	struct cache_entry *entry = context;

	if (!entry->shard)
		return SLICE_NONE; /* too large for the cache: nobody will ask again */
	pthread_mutex_lock(&entry->shard->lock);
	keep_packed_locked(entry, packed);
	pthread_mutex_unlock(&entry->shard->lock);
	return cache_entry_packed(entry);
}

struct cache_figures cache_figures(struct cache *cache)
{
	struct cache_figures figures = { 0 };

	for (size_t i = 0; i < SHARDS; i++) {
		struct cache_shard *shard = &cache->shards[i];
		pthread_mutex_lock(&shard->lock);
		figures.entries += shard->entries;
		figures.bytes += shard->bytes;
		figures.hits += shard->hits;
		figures.misses += shard->misses;
		pthread_mutex_unlock(&shard->lock);
	}
	return figures;
}

void cache_free(struct cache *cache)
{
	if (!cache)
		return;
	for (size_t i = 0; i < SHARDS; i++) {
		while (cache->shards[i].oldest)
			drop(&cache->shards[i], cache->shards[i].oldest);
		pthread_mutex_destroy(&cache->shards[i].lock);
	}
}
