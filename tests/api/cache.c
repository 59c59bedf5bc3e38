/* SPDX-License-Identifier: Apache-2.0 */
#include "../testing.h"

#include "api/cache.h"

#include <pthread.h>

static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = arena_new(4u << 20);
	return arena ? 0 : 1;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct cache_key key(const char *id)
{
	return (struct cache_key){ FHIR_R4, SLICE("PlanDefinition"), slice_of(id) };
}

static void put(struct cache *cache, const char *id, uint64_t version, const char *bytes, uint64_t sequence)
{
	struct cache_key k = key(id);
	struct cache_entry *entry = cache_entry_new(&k, version, 784111777250, slice_of(bytes));

	assert_non_null(entry);
	cache_put(cache, entry, sequence);
	cache_entry_release(entry);
}

/** The version found, 0 for none. */
static uint64_t found(struct cache *cache, const char *id, uint64_t sequence)
{
	struct cache_key k = key(id);
	struct cache_entry *entry = cache_find(cache, &k, sequence);
	uint64_t version = entry ? entry->version : 0;

	cache_entry_release(entry);
	return version;
}

static void an_entry_carries_what_is_sent(void **state)
{
	struct cache *cache = cache_new(arena, 1u << 20);
	struct cache_key k = key("a");

	(void)state;
	put(cache, "a", 7, "{\"x\":1}", 1);
	struct cache_entry *entry = cache_find(cache, &k, 1);
	assert_slice(entry->bytes, "{\"x\":1}");
	assert_slice(entry->etag, "W/\"7\"");
	assert_slice(entry->last_modified, "Sun, 06 Nov 1994 08:49:37 GMT");
	cache_entry_release(entry);
	cache_free(cache);
}

static void a_commit_hides_entries_until_they_are_renewed(void **state)
{
	struct cache *cache = cache_new(arena, 1u << 20);

	(void)state;
	put(cache, "a", 1, "one", 5);
	assert_int_equal(found(cache, "a", 5), 1);
	assert_int_equal(found(cache, "a", 6), 0);
	put(cache, "a", 1, "one", 6);
	assert_int_equal(found(cache, "a", 6), 1);
	put(cache, "a", 2, "two", 7);
	assert_int_equal(found(cache, "a", 7), 2);
	assert_int_equal(cache_figures(cache).entries, 1);
	cache_free(cache);
}

static void an_older_look_does_not_replace_a_newer_one(void **state)
{
	struct cache *cache = cache_new(arena, 1u << 20);

	(void)state;
	put(cache, "a", 2, "two", 7);
	put(cache, "a", 1, "one", 6);
	assert_int_equal(found(cache, "a", 7), 2);
	cache_free(cache);
}

static void keys_differ_by_base_type_and_id(void **state)
{
	struct cache *cache = cache_new(arena, 1u << 20);
	struct cache_key other_base = { FHIR_R5, SLICE("PlanDefinition"), SLICE("a") };
	struct cache_key other_type = { FHIR_R4, SLICE("Library"), SLICE("a") };

	(void)state;
	put(cache, "a", 1, "one", 1);
	assert_null(cache_find(cache, &other_base, 1));
	assert_null(cache_find(cache, &other_type, 1));
	assert_int_equal(found(cache, "b", 1), 0);
	cache_free(cache);
}

static void memory_stays_bounded_and_what_is_used_stays(void **state)
{
	size_t max_bytes = 1u << 20;
	struct cache *cache = cache_new(arena, max_bytes);
	char *large = arena_alloc(arena, 4001), id[16];

	(void)state;
	memset(large, 'x', 4000);
	put(cache, "hot", 1, "hot", 1);
	for (unsigned i = 0; i < 2000; i++) {
		snprintf(id, sizeof(id), "id-%u", i);
		put(cache, id, 1, large, 1);
		assert_int_equal(found(cache, "hot", 1), 1);
	}
	assert_true(cache_figures(cache).bytes <= max_bytes);
	assert_true(cache_figures(cache).entries > 100);
	assert_int_equal(found(cache, "id-0", 1), 0);
	assert_int_equal(found(cache, "id-1999", 1), 1);
	cache_free(cache);
}

static void without_memory_nothing_is_kept(void **state)
{
	struct cache *cache = cache_new(arena, 0);

	(void)state;
	put(cache, "a", 1, "one", 1);
	assert_int_equal(found(cache, "a", 1), 0);
	cache_free(cache);
}

static void a_pinned_entry_outlives_the_cache(void **state)
{
	struct cache *cache = cache_new(arena, 1u << 20);
	struct cache_key k = key("a");

	(void)state;
	put(cache, "a", 1, "still here", 1);
	struct cache_entry *entry = cache_find(cache, &k, 1);
	cache_free(cache);
	assert_slice(entry->bytes, "still here");
	cache_entry_release(entry);
}

static void *hammer(void *context)
{
	for (unsigned i = 1; i <= 20000; i++) {
		struct cache_key k = key(i % 3 ? "a" : "b");
		struct cache_entry *entry = cache_find(context, &k, i / 100);
		if (!entry) {
			entry = cache_entry_new(&k, i / 100 + 1, 0, SLICE("bytes"));
			cache_put(context, entry, i / 100);
		}
		cache_entry_release(entry);
	}
	return NULL;
}

static void threads_share_it(void **state)
{
	struct cache *cache = cache_new(arena, 1u << 20);
	pthread_t threads[4];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, hammer, cache), 0);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(cache_figures(cache).entries, 2);
	cache_free(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_carries_what_is_sent),
		cmocka_unit_test(a_commit_hides_entries_until_they_are_renewed),
		cmocka_unit_test(an_older_look_does_not_replace_a_newer_one),
		cmocka_unit_test(keys_differ_by_base_type_and_id),
		cmocka_unit_test(memory_stays_bounded_and_what_is_used_stays),
		cmocka_unit_test(without_memory_nothing_is_kept),
		cmocka_unit_test(a_pinned_entry_outlives_the_cache),
		cmocka_unit_test(threads_share_it),
	};

	return cmocka_run_group_tests_name("api cache", tests, setup, teardown);
}
