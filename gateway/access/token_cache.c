/* SPDX-License-Identifier: Apache-2.0 */
#include "access/token_cache.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <string.h>

#include "access/principal.h"

/* A token may stand in one of these places of its row; rows are guarded by a few locks. */
#define WAYS 8u
#define LOCKS 16u

struct entry {
	uint64_t hash;
	size_t token_len;
	uint64_t generation;
	int64_t expires_ms; /* 0: free */
	uint64_t used;
	struct buf memory; /* the principal in one piece, then the token */
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

static void entry_forget(struct entry *entry)
{
	if (entry->memory.ptr)
		OPENSSL_cleanse(entry->memory.ptr, entry->memory.len);
	buf_free(&entry->memory);
	entry->expires_ms = 0;
}

void token_cache_free(struct token_cache *cache)
{
	if (!cache)
		return;
	for (size_t i = 0; i < cache->row_count; i++)
		for (size_t way = 0; way < WAYS; way++)
			entry_forget(&cache->rows[i].ways[way]);
	for (size_t i = 0; i < LOCKS; i++)
		pthread_mutex_destroy(&cache->locks[i]);
	arena_free(cache->arena);
}

/** A token ends in a signature, whose bits nobody chooses: its last ones are as good as a digest for finding a row. */
static uint64_t token_hash(struct slice token)
{
	uint64_t last = 0;

	if (token.len >= sizeof(last))
		memcpy(&last, token.ptr + token.len - sizeof(last), sizeof(last));
	return (last * UINT64_C(0x9e3779b97f4a7c15)) >> 20;
}

/** The row for a hash, locked by `*lock`. */
static struct row *row_lock(struct token_cache *cache, uint64_t hash, pthread_mutex_t **lock)
{
	size_t number = hash % cache->row_count;

	*lock = &cache->locks[number % LOCKS];
	pthread_mutex_lock(*lock);
	return &cache->rows[number];
}

/** In a time that depends on `len` only, so that no answer tells how much of a token was right. CRYPTO_memcmp goes byte by byte,
 * which for tokens of usual lengths costs as much as all else that is done to know who asks. */
static bool is_same(const char *a, const char *b, size_t len)
{
	uint64_t x, y, difference = 0;

	for (; len >= sizeof(x); len -= sizeof(x), a += sizeof(x), b += sizeof(x)) {
		memcpy(&x, a, sizeof(x));
		memcpy(&y, b, sizeof(y));
		difference |= x ^ y;
	}
	return (CRYPTO_memcmp(a, b, len) | (difference != 0)) == 0;
}

static struct entry *entry_find(struct row *row, uint64_t hash, struct slice token)
{
	for (size_t way = 0; way < WAYS; way++) {
		struct entry *entry = &row->ways[way];
		if (entry->expires_ms && entry->hash == hash && entry->token_len == token.len &&
		    is_same(entry->memory.ptr + entry->memory.len - token.len, token.ptr, token.len))
			return entry;
	}
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

static bool entry_fill(struct entry *entry, struct slice token, const struct access_principal *principal)
{
	size_t bytes = principal_bytes(principal);

	buf_init(&entry->memory, bytes + token.len);
	if (!buf_reserve(&entry->memory, bytes + token.len))
		return false;
	principal_write(entry->memory.ptr, principal);
	entry->memory.len = bytes;
	buf_append(&entry->memory, token);
	entry->token_len = token.len;
	return true;
}

void token_cache_put(struct token_cache *cache, struct slice token, uint64_t generation, int64_t expires_ms,
		     const struct access_principal *principal)
{
	uint64_t hash = token_hash(token);
	pthread_mutex_t *lock;
	struct row *row = row_lock(cache, hash, &lock);
	struct entry *entry = entry_find(row, hash, token);

	if (!entry)
		entry = entry_to_replace(row);
	entry_forget(entry);
	if (entry_fill(entry, token, principal)) {
		entry->hash = hash;
		entry->generation = generation;
		entry->expires_ms = expires_ms;
		entry->used = ++row->uses;
	}
	pthread_mutex_unlock(lock);
}

const struct access_principal *token_cache_find(struct token_cache *cache, struct arena *arena, struct slice token,
						uint64_t generation, int64_t now_ms)
{
	const struct access_principal *found = NULL;
	uint64_t hash = token_hash(token);
	pthread_mutex_t *lock;
	struct row *row = row_lock(cache, hash, &lock);
	struct entry *entry = entry_find(row, hash, token);

	if (entry && entry->generation == generation && now_ms < entry->expires_ms) {
		entry->used = ++row->uses;
		found = principal_copy(arena, (const struct access_principal *)(const void *)entry->memory.ptr);
	}
	pthread_mutex_unlock(lock);
	return found;
}
