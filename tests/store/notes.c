/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

static void put_note(const char *room, const char *key, struct slice value)
{
	rig_begin();
	assert_ok(store_note_put(rig.conn, slice_of(room), slice_of(key), value, &rig.err), &rig.err);
	rig_commit();
}

static struct slice get_note(const char *room, const char *key)
{
	struct slice value;

	assert_ok(store_note_get(rig.conn, rig.arena, slice_of(room), slice_of(key), &value, &rig.err), &rig.err);
	return value;
}

static void a_note_is_kept_changed_and_removed(void **state)
{
	(void)state;
	assert_null(get_note("sync", "etag").ptr);
	put_note("sync", "etag", SLICE("\"v1\""));
	assert_slice(get_note("sync", "etag"), "\"v1\"");
	assert_null(get_note("other", "etag").ptr);
	put_note("sync", "etag", SLICE("\xff\0opaque"));
	assert_int_equal(get_note("sync", "etag").len, 8);
	put_note("sync", "etag", SLICE(""));
	assert_non_null(get_note("sync", "etag").ptr);
	assert_int_equal(get_note("sync", "etag").len, 0);
	put_note("sync", "etag", SLICE_NONE);
	assert_null(get_note("sync", "etag").ptr);
}

static void the_same_note_again_writes_nothing(void **state)
{
	(void)state;
	put_note("sync", "a", SLICE("1"));
	uint64_t sequence = rig_sequence();
	put_note("sync", "a", SLICE("1"));
	put_note("sync", "b", SLICE_NONE);
	assert_int_equal(rig_sequence(), sequence);
	put_note("sync", "a", SLICE("2"));
	assert_int_equal(rig_sequence(), sequence + 1);
}

static void a_rollback_takes_notes_back(void **state)
{
	(void)state;
	rig_begin();
	assert_ok(store_note_put(rig.conn, SLICE("r"), SLICE("k"), SLICE("v"), &rig.err), &rig.err);
	store_rollback(rig.conn);
	assert_null(get_note("r", "k").ptr);
}

struct listing {
	char text[256];
	size_t left; /* how many to take before stopping */
};

static bool list(void *context, struct slice key, struct slice value)
{
	struct listing *listing = context;
	size_t used = strlen(listing->text);

	/* Reading other notes meanwhile is allowed, also by the same query. */
	assert_slice(get_note("r", "b"), "2");
	snprintf(listing->text + used, sizeof(listing->text) - used, "%.*s=%.*s ", SLICE_ARG(key), SLICE_ARG(value));
	return --listing->left > 0;
}

static bool list_nested(void *context, struct slice key, struct slice value)
{
	(void)key, (void)value;
	assert_ok(store_note_each(rig.conn, rig.arena, SLICE("r"), list, context, &rig.err), &rig.err);
	return false;
}

static void notes_of_a_room_come_in_key_order(void **state)
{
	struct listing all = { .left = 9 }, some = { .left = 2 }, nested = { .left = 9 };

	(void)state;
	put_note("r", "c", SLICE("3"));
	put_note("r", "a", SLICE("1"));
	put_note("r", "b", SLICE("2"));
	put_note("s", "a", SLICE("other"));
	assert_ok(store_note_each(rig.conn, rig.arena, SLICE("r"), list, &all, &rig.err), &rig.err);
	assert_string_equal(all.text, "a=1 b=2 c=3 ");
	assert_ok(store_note_each(rig.conn, rig.arena, SLICE("r"), list, &some, &rig.err), &rig.err);
	assert_string_equal(some.text, "a=1 b=2 ");
	assert_ok(store_note_each(rig.conn, rig.arena, SLICE("r"), list_nested, &nested, &rig.err), &rig.err);
	assert_string_equal(nested.text, "a=1 b=2 c=3 ");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_note_is_kept_changed_and_removed),
		TEST(the_same_note_again_writes_nothing),
		TEST(a_rollback_takes_notes_back),
		TEST(notes_of_a_room_come_in_key_order),
	};

	return cmocka_run_group_tests_name("store/notes", tests, rig_setup_group, rig_teardown_group);
}
