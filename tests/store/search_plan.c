/* SPDX-License-Identifier: Apache-2.0 */
/* How a search is done: by indexes, within its time, and as it tells. */
#include "searching.h"

static void a_search_that_takes_too_long_is_ended(void **state)
{
	struct store_page page;

	(void)state;
	put_many("n", 2000);
	struct store_query endless = sorted("status,title,url,topic,date,version,name,context");
	endless.max_count = 1;
	endless.max_ms = 1;
	assert_false(store_search(rig.conn, rig.arena, &endless, &page, &rig.err));
	rig_expect(ERROR_TIME);
	endless.max_ms = 0;
	assert_ok(store_search(rig.conn, rig.arena, &endless, &page, &rig.err), &rig.err);
}

/** No plan of a common search reads a whole table: each goes by an index, or walks one type in its order. */
static void common_searches_go_by_indexes(void **state)
{
	static const char *const texts[] = { "",
					     "url=http://x/n7",
					     "topic=27447",
					     "topic=http://www.ama-assn.org/go/cpt|27447,27130",
					     "status=active",
					     "status=active&title=knee",
					     "title:contains=knee",
					     "date=ge2024&status=active",
					     "context-quantity=gt5",
					     "depends-on=http://payer.example/Library/p1",
					     "_id=n7",
					     "_lastUpdated=gt2020",
					     "_profile=http://p/x",
					     "url:below=http://x",
					     "title:missing=true",
					     "_content=knee",
					     "status:not=active" };
	struct store_query query = { .max_count = 20, .want_plan = true };
	struct store_page page;

	(void)state;
	put_many("n", 600);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_ok(run("PlanDefinition", texts[i], query, &page), &rig.err);
		assert_true(page.plan.count >= 3);
		for (size_t k = 0; k < page.plan.count; k++)
			if (slice_find(page.plan.lines[k], SLICE("engine: SCAN")) != SIZE_MAX &&
			    slice_find(page.plan.lines[k], SLICE("VIRTUAL TABLE INDEX")) == SIZE_MAX)
				fail_msg("%s: %.*s", texts[i], SLICE_ARG(page.plan.lines[k]));
	}
}

/** The newest first is what a client that follows changes asks: the index gives that order. */
static void the_newest_first_needs_no_sorting(void **state)
{
	struct store_query query = sorted("-_lastUpdated");
	struct store_page page;

	(void)state;
	query.max_count = 5;
	query.want_plan = true;
	put_many("n", 600);
	assert_ok(store_search(rig.conn, rig.arena, &query, &page, &rig.err), &rig.err);
	for (size_t k = 0; k < page.plan.count; k++)
		if (slice_find(page.plan.lines[k], SLICE("TEMP B-TREE")) != SIZE_MAX ||
		    slice_find(page.plan.lines[k], SLICE("engine: SCAN")) != SIZE_MAX)
			fail_msg("%.*s", SLICE_ARG(page.plan.lines[k]));
}

static void a_plan_tells_what_drives(void **state)
{
	struct store_query query = { .max_count = 20, .want_plan = true };
	struct store_page page;

	(void)state;
	put_many("n", 600);
	assert_ok(run("PlanDefinition", "status=active&url=http://x/n7", query, &page), &rig.err);
	assert_slice(page.plan.lines[0], "tests each resource: status");
	assert_slice(page.plan.lines[1], "starts from: url, an index of which 1 rows match");
	/* A wide filter is tested by version: by value, each test would go through all that have it. */
	assert_ok(run("PlanDefinition", "status=active", query, &page), &rig.err);
	for (size_t k = 0; k < page.plan.count; k++)
		assert_int_equal(slice_find(page.plan.lines[k], SLICE("index_token_value")), SIZE_MAX);
	query.want_plan = false;
	assert_ok(run("PlanDefinition", "status=active", query, &page), &rig.err);
	assert_int_equal(page.plan.count, 0);
}

/** More often than a connection could remember a type's parameters. */
static void searching_what_is_never_stored_uses_up_no_memory(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct store_filter filter = make_filter("Library", "status=active");
	struct store_query query = { .type = SLICE("Library"), .filters = &filter, .filter_count = 1, .max_count = 1 };
	struct store_page page;

	(void)state;
	for (int i = 0; i < 8000; i++) {
		arena_reset(arena);
		assert_ok(store_search(rig.conn, arena, &query, &page, &rig.err), &rig.err);
		assert_int_equal(page.count, 0);
	}
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SEARCH_TEST(a_search_that_takes_too_long_is_ended),
		SEARCH_TEST(common_searches_go_by_indexes),
		SEARCH_TEST(the_newest_first_needs_no_sorting),
		SEARCH_TEST(a_plan_tells_what_drives),
		SEARCH_TEST(searching_what_is_never_stored_uses_up_no_memory),
	};

	return cmocka_run_group_tests_name("store/search_plan", tests, rig_setup_group, rig_teardown_group);
}
