/* SPDX-License-Identifier: Apache-2.0 */
#include "access/token_cache.h"

#include <pthread.h>
#include <string.h>

/* A token may stand in one of these places of its row; rows are guarded by a few locks. */
#define WAYS 8u
#define LOCKS 16u

struct entry {
	uint8_t digest[DIGEST_BYTES];
	uint64_t generation;
	int64_t expires_ms; /* 0: free */
	uint64_t used;
	struct buf memory; /* the principal, in one piece */
};

struct row {
	struct entry ways[WAYS];
	uint64_t uses;
};

struct token_cache {
	struct arena *arena;
	struct row *rows;
	size_t row_count;
	pthread_mutex_t locks[LOCKS];
};

/* ---- principals in one piece ---- */

static size_t piece_bytes(const struct access_principal *from)
{
	size_t bytes = sizeof(*from) + from->grant_count * sizeof(from->grants[0]) + from->name.len;

	for (size_t i = 0; i < from->grant_count; i++)
		bytes += from->grants[i].type.len;
	return bytes;
}

static struct slice text_move(char **at, struct slice text)
{
	struct slice moved = { *at, text.len };

	memcpy(*at, text.ptr, text.len);
	*at += text.len;
	return moved;
}

/** Copies `from` to `memory`, piece_bytes of it. */
static const struct access_principal *piece_write(void *memory, const struct access_principal *from)
{
	struct access_principal *to = memory;
	struct access_grant *grants = (struct access_grant *)(to + 1);
	char *texts = (char *)(grants + from->grant_count);

	to->name = text_move(&texts, from->name);
	to->grants = grants;
	to->grant_count = from->grant_count;
	for (size_t i = 0; i < from->grant_count; i++)
		grants[i] = (struct access_grant){ text_move(&texts, from->grants[i].type), from->grants[i].permissions };
	return to;
}

/* ---- the cache ---- */

struct token_cache *token_cache_new(size_t max_tokens)
{
	size_t rows = (max_tokens + WAYS - 1) / WAYS;
	struct arena *arena = arena_new(sizeof(struct token_cache) + rows * sizeof(struct row) + (64u << 10));
	struct token_cache *cache = arena ? arena_new_of(arena, struct token_cache) : NULL;

	if (cache)
		cache->rows = arena_new_array(arena, struct row, rows);
	if (!cache || !cache->rows) {
		arena_free(arena);
		return NULL;
	}
	cache->arena = arena;
	cache->row_count = rows;
	for (size_t i = 0; i < LOCKS; i++)
		pthread_mutex_init(&cache->locks[i], NULL);
	return cache;
}

void token_cache_free(struct token_cache *cache)
{
	if (!cache)
		return;
	for (size_t i = 0; i < cache->row_count; i++)
		for (size_t way = 0; way < WAYS; way++)
			buf_free(&cache->rows[i].ways[way].memory);
	for (size_t i = 0; i < LOCKS; i++)
		pthread_mutex_destroy(&cache->locks[i]);
	arena_free(cache->arena);
}

/** The row for a digest, locked by `*lock`. */
static struct row *row_lock(struct token_cache *cache, const uint8_t digest[DIGEST_BYTES], pthread_mutex_t **lock)
{
	uint64_t hash;

	memcpy(&hash, digest, sizeof(hash));
	size_t number = hash % cache->row_count;
	*lock = &cache->locks[number % LOCKS];
	pthread_mutex_lock(*lock);
	return &cache->rows[number];
}

static struct entry *entry_find(struct row *row, const uint8_t digest[DIGEST_BYTES])
{
	for (size_t way = 0; way < WAYS; way++)
		if (row->ways[way].expires_ms && memcmp(row->ways[way].digest, digest, DIGEST_BYTES) == 0)
			return &row->ways[way];
	return NULL;
}

static struct entry *entry_to_replace(struct row *row)
{
	struct entry *oldest = &row->ways[0];

	for (size_t way = 0; way < WAYS; way++) {
		if (!row->ways[way].expires_ms)
			return &row->ways[way];
		if (row->ways[way].used < oldest->used)
			oldest = &row->ways[way];
	}
	return oldest;
}

void token_cache_put(struct token_cache *cache, const uint8_t digest[DIGEST_BYTES], uint64_t generation, int64_t expires_ms,
		     const struct access_principal *principal)
{
	size_t bytes = piece_bytes(principal);
	pthread_mutex_t *lock;
	struct row *row = row_lock(cache, digest, &lock);
	struct entry *entry = entry_find(row, digest);

	if (!entry)
		entry = entry_to_replace(row);
	buf_free(&entry->memory);
	buf_init(&entry->memory, bytes);
	entry->expires_ms = 0;
	if (buf_reserve(&entry->memory, bytes)) {
		piece_write(entry->memory.ptr, principal);
		memcpy(entry->digest, digest, DIGEST_BYTES);
		entry->generation = generation;
		entry->expires_ms = expires_ms;
		entry->used = ++row->uses;
	}
	pthread_mutex_unlock(lock);
}

const struct access_principal *token_cache_find(struct token_cache *cache, struct arena *arena,
						const uint8_t digest[DIGEST_BYTES], uint64_t generation, int64_t now_ms)
{
	const struct access_principal *found = NULL;
	pthread_mutex_t *lock;
	struct row *row = row_lock(cache, digest, &lock);
	struct entry *entry = entry_find(row, digest);

	if (entry && entry->generation == generation && now_ms < entry->expires_ms) {
		const struct access_principal *kept = (const struct access_principal *)(const void *)entry->memory.ptr;
		void *memory = arena_alloc(arena, piece_bytes(kept));
		entry->used = ++row->uses;
		if (memory)
			found = piece_write(memory, kept);
	}
	pthread_mutex_unlock(lock);
	return found;
}
