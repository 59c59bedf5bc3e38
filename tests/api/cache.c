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

static struct cache_entry *find(struct cache *cache, const char *id)
{
	struct cache_key k = key(id);
	struct cache_entry *entry = cache_find(cache, &k, 1);

	assert_non_null(entry);
	return entry;
}

static void an_entry_keeps_its_packed_form(void **state)
{
	struct cache *cache = cache_new(arena, 1u << 20);

	(void)state;
	put(cache, "a", 1, "plain", 1);
	put(cache, "b", 1, "plain", 1);
	size_t bytes = cache_figures(cache).bytes;
	struct cache_entry *entry = find(cache, "a");
	assert_null(cache_entry_packed(entry).ptr);
	assert_slice(cache_entry_keep_packed(entry, SLICE("packed")), "packed");
	assert_slice(cache_entry_keep_packed(entry, SLICE("again")), "packed"); /* the first stays */
	cache_entry_release(entry);
	entry = find(cache, "a");
	assert_slice(cache_entry_packed(entry), "packed");
	assert_int_equal(cache_figures(cache).bytes, bytes + entry->packed_memory.capacity);
	cache_entry_release(entry);
	put(cache, "a", 2, "newer", 2); /* another version has none */
	struct cache_key k = key("a");
	entry = cache_find(cache, &k, 2);
	assert_null(cache_entry_packed(entry).ptr);
	assert_int_equal(cache_figures(cache).bytes, bytes);
	cache_entry_release(entry);
	entry = find(cache, "b");
	struct slice none = cache_entry_keep_packed(entry, SLICE("")); /* it does not pay: not tried again */
	assert_true(none.ptr && !none.len && cache_entry_packed(entry).ptr);
	cache_entry_release(entry);
	cache_free(cache);
}

static void packed_forms_stand_within_what_the_cache_may_hold(void **state)
{
	static char body[2000], packed[1500];
	size_t max_bytes = 1u << 20;
	struct cache *cache = cache_new(arena, max_bytes);
	char id[16];

	(void)state;
	memset(body, 'x', sizeof(body) - 1);
	for (unsigned i = 0; i < 2000; i++) {
		snprintf(id, sizeof(id), "id%u", i);
		put(cache, id, 1, body, 1);
		struct cache_entry *entry = find(cache, id);
		struct slice kept = cache_entry_keep_packed(entry, (struct slice){ packed, sizeof(packed) });
		assert_int_equal(kept.len, sizeof(packed));
		cache_entry_release(entry);
		assert_true(cache_figures(cache).bytes <= max_bytes);
	}
	assert_true(cache_figures(cache).entries > 100);
	struct cache_entry *entry = find(cache, "id1999"), *newest;
	static char large[1u << 17]; /* more than there is room for, whoever goes */
	put(cache, "large", 1, "x", 1);
	newest = find(cache, "large");
	assert_null(cache_entry_keep_packed(newest, (struct slice){ large, sizeof(large) }).ptr);
	assert_true(cache_figures(cache).bytes <= max_bytes);
	cache_entry_release(newest);
	cache_free(cache); /* a packed form lives as long as its entry */
	assert_int_equal(cache_entry_packed(entry).len, sizeof(packed));
	cache_entry_release(entry);
}

static void an_entry_that_no_cache_holds_keeps_nothing(void **state)
{
	struct cache_key k = key("a");
	struct cache_entry *entry = cache_entry_new(&k, 1, 0, SLICE("plain"));

	(void)state;
	assert_null(cache_entry_keep_packed(entry, SLICE("packed")).ptr);
	assert_null(cache_entry_packed(entry).ptr);
	cache_entry_release(entry);
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
		if (i % 7 == 0)
			(void)cache_entry_keep_packed(entry, SLICE("packed"));
		struct slice packed = cache_entry_packed(entry);
		assert_true(!packed.ptr || slice_equal(packed, SLICE("packed")));
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
		cmocka_unit_test(an_entry_keeps_its_packed_form),
		cmocka_unit_test(packed_forms_stand_within_what_the_cache_may_hold),
		cmocka_unit_test(an_entry_that_no_cache_holds_keeps_nothing),
		cmocka_unit_test(without_memory_nothing_is_kept),
		cmocka_unit_test(a_pinned_entry_outlives_the_cache),
		cmocka_unit_test(threads_share_it),
	};

	return cmocka_run_group_tests_name("api cache", tests, setup, teardown);
}
