/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

#include <sqlite3.h>

#include "store/span.h"

#define PLAN(id, title) "{\"resourceType\":\"PlanDefinition\",\"id\":\"" id "\",\"title\":\"" title "\",\"status\":\"active\"}"
#define LIBRARY(id) "{\"resourceType\":\"Library\",\"id\":\"" id "\",\"status\":\"active\",\"type\":{\"text\":\"t\"}}"

static void given(void)
{
	bool found;

	rig_put_alone(PLAN("a", "One"), 0);
	rig_put_alone(LIBRARY("l"), 0);
	rig_put_alone(PLAN("a", "Two"), 0);
	rig_put_alone(PLAN("b", "Other"), 0);
	rig_begin();
	assert_ok(store_delete(rig.conn, STORE_R4, SLICE("PlanDefinition"), SLICE("b"), &found, &rig.err), &rig.err);
	rig_commit();
}

static struct store_history ask(struct store_history_query query)
{
	struct store_history history;

	assert_ok(store_history(rig.conn, rig.arena, &query, &history, &rig.err), &rig.err);
	return history;
}

static void changes_come_newest_first_deletions_too(void **state)
{
	(void)state;
	given();
	struct store_history all = ask((struct store_history_query){ .max_count = 10, .want_total = true });
	assert_int_equal(all.count, 5);
	assert_int_equal(all.total, 5);
	assert_false(all.has_more);
	assert_slice(all.versions[0].id, "b");
	assert_true(all.versions[0].is_deleted);
	assert_null(all.versions[0].bytes.ptr);
	assert_int_equal(all.versions[0].version, 2);
	assert_slice(all.versions[3].type, "Library");
	for (size_t i = 1; i < all.count; i++)
		assert_true(all.positions[i] < all.positions[i - 1]);
}

/** Versions tell the interaction that made them; what was deleted is created again by whatever brings it. */
static void a_version_knows_what_made_it(void **state)
{
	static const struct {
		enum store_method method;
		bool is_created;
	} expected[] = { { STORE_BY_UPDATE, true },
			 { STORE_BY_DELETE, false },
			 { STORE_BY_UPDATE, false },
			 { STORE_BY_PATCH, false },
			 { STORE_BY_CREATE, true } };
	bool found;

	(void)state;
	rig_put_alone(PLAN("a", "One"), STORE_PUT_CREATE);
	rig_put_alone(PLAN("a", "Two"), STORE_PUT_PATCH);
	rig_put_alone(PLAN("a", "Three"), 0);
	rig_begin();
	assert_ok(store_delete(rig.conn, STORE_R4, SLICE("PlanDefinition"), SLICE("a"), &found, &rig.err), &rig.err);
	rig_commit();
	rig_put_alone(PLAN("a", "Four"), 0);
	struct store_history all = ask((struct store_history_query){ .max_count = 10 });
	assert_int_equal(all.count, ARRAY_SIZE(expected));
	for (size_t i = 0; i < all.count; i++) {
		assert_int_equal(all.versions[i].method, expected[i].method);
		assert_int_equal(all.versions[i].is_created, expected[i].is_created);
	}
}

static void a_type_and_a_resource_have_their_own(void **state)
{
	(void)state;
	given();
	struct store_history plans =
	    ask((struct store_history_query){ .type = SLICE("PlanDefinition"), .max_count = 10, .want_total = true });
	assert_int_equal(plans.total, 4);
	struct store_history one = ask((struct store_history_query){
	    .type = SLICE("PlanDefinition"), .id = SLICE("a"), .max_count = 10, .want_total = true });
	assert_int_equal(one.total, 2);
	assert_true(slice_find(one.versions[0].bytes, SLICE("Two")) != SIZE_MAX);
	assert_int_equal(ask((struct store_history_query){ .base = STORE_R5, .max_count = 10 }).count, 0);
	assert_int_equal(ask((struct store_history_query){ .type = SLICE("Patient"), .max_count = 10 }).count, 0);
}

static void a_page_goes_on_before_the_last_change(void **state)
{
	uint64_t before = 0;
	size_t seen = 0;

	(void)state;
	given();
	for (;; seen++) {
		struct store_history page = ask((struct store_history_query){ .before = before, .max_count = 1 });
		if (page.count == 0)
			break;
		assert_true(page.has_more == (seen < 4));
		before = page.positions[0];
		rig_put_alone(LIBRARY("late"), 0); /* newer: not on the pages to come */
	}
	assert_int_equal(seen, 5);
}

static void times_choose(void **state)
{
	(void)state;
	given();
	assert_int_equal(ask((struct store_history_query){ .since = SLICE("2100"), .max_count = 10 }).count, 0);
	assert_int_equal(ask((struct store_history_query){ .since = SLICE("2020-01-01"), .max_count = 10 }).count, 5);
	/* At the end of time: what is current now. */
	assert_int_equal(ask((struct store_history_query){ .at = SLICE("2100"), .max_count = 10 }).count, 3);
	assert_int_equal(ask((struct store_history_query){ .at = SLICE("2020"), .max_count = 10 }).count, 0);
	struct store_history_query wrong = { .since = SLICE("soon"), .max_count = 10 };
	struct store_history history;
	assert_false(store_history(rig.conn, rig.arena, &wrong, &history, &rig.err));
	rig_expect(ERROR_SYNTAX);
}

static void since_a_moment_is_what_is_not_older(void **state)
{
	char instant[TIME_INSTANT_SIZE];

	(void)state;
	given();
	struct store_history all = ask((struct store_history_query){ .max_count = 10 });
	for (size_t i = 0; i < all.count; i++) {
		size_t expected = i + 1;
		while (expected < all.count && all.versions[expected].last_updated_ms == all.versions[i].last_updated_ms)
			expected++;
		time_format_instant(all.versions[i].last_updated_ms, instant);
		struct store_history_query query = { .since = slice_of(instant), .max_count = 10, .want_total = true };
		struct store_history since = ask(query);
		assert_int_equal(since.count, expected);
		assert_int_equal(since.total, expected);
		query.max_count = 1;
		since = ask(query);
		assert_true(since.has_more == (expected > 1));
		assert_int_equal(since.positions[0], all.positions[0]);
	}
}

static void a_write_sees_its_own_changes(void **state)
{
	(void)state;
	given();
	rig_begin();
	rig_put(PLAN("a", "Three"), 0);
	assert_int_equal(ask((struct store_history_query){ .id = SLICE("a"), .max_count = 10 }).count, 3);
	store_rollback(rig.conn);
	assert_int_equal(ask((struct store_history_query){ .id = SLICE("a"), .max_count = 10 }).count, 2);
}

/* ---- many versions ---- */

#define PLANS 1200
#define ALL_MAX 4000

/** Enough plans for their times to be walked, and a few libraries, whose versions are looked up. */
static void put_many(void)
{
	char json[256], id[16];
	bool found;

	for (int i = 0; i < PLANS + 600; i++) {
		if (i % 40 == 0)
			rig_begin();
		snprintf(id, sizeof(id), "p%d", i < PLANS ? i : i * 7 % PLANS);
		snprintf(json, sizeof(json), PLAN("%s", "Title %d"), id, i);
		if (i >= PLANS && i % 5 == 0)
			assert_ok(store_delete(rig.conn, STORE_R4, SLICE("PlanDefinition"), slice_of(id), &found, &rig.err),
				  &rig.err);
		else
			rig_put(json, 0);
		snprintf(json, sizeof(json),
			 "{\"resourceType\":\"Library\",\"id\":\"l%d\",\"status\":\"active\",\"type\":{\"text\":\"%d\"}}", i % 9,
			 i);
		if (i % 50 == 0)
			rig_put(json, 0);
		if (i % 40 == 39)
			rig_commit();
	}
}

/** Whether a version is one that is asked for; `later` are all that are newer. */
static bool is_asked(const struct store_history_query *query, const struct store_resource *version,
		     const struct store_resource *later, size_t later_count)
{
	struct span span;

	if (query->type.ptr && !slice_equal(query->type, version->type))
		return false;
	if (query->since.ptr && (!span_read(query->since, &span) || version->last_updated_ms < span.low))
		return false;
	if (!query->at.ptr)
		return true;
	assert_true(span_read(query->at, &span));
	if (version->last_updated_ms > span.low)
		return false;
	for (size_t i = 0; i < later_count; i++)
		if (slice_equal(later[i].type, version->type) && slice_equal(later[i].id, version->id) &&
		    later[i].version == version->version + 1)
			return later[i].last_updated_ms > span.low;
	return true;
}

/** The pages of a history are what is asked for of all versions, in their order. */
static void expect_pages(const struct store_history *all, struct store_history_query query)
{
	struct store_history page = { 0 };
	size_t next = 0;

	query.max_count = 97;
	for (size_t i = 0; i < all->count; i++) {
		if (!is_asked(&query, &all->versions[i], all->versions, i))
			continue;
		if (next == page.count) {
			page = ask(query);
			next = 0;
			assert_true(page.count > 0);
			query.before = page.positions[page.count - 1];
		}
		assert_int_equal(page.positions[next], all->positions[i]);
		assert_int_equal(page.versions[next].version, all->versions[i].version);
		next++;
	}
	assert_int_equal(next, page.count);
	assert_false(page.has_more);
}

static struct store_history all_versions(void)
{
	struct store_history all = ask((struct store_history_query){ .max_count = ALL_MAX, .want_total = true });

	assert_int_equal(all.total, all.count);
	for (size_t i = 1; i < all.count; i++) {
		int64_t newer = all.versions[i - 1].last_updated_ms, older = all.versions[i].last_updated_ms;
		assert_true(newer > older || (newer == older && all.positions[i - 1] > all.positions[i]));
	}
	return all;
}

static void expect_histories(const struct store_history *all)
{
	const struct slice types[] = { SLICE_NONE, SLICE("PlanDefinition"), SLICE("Library") };
	char instant[TIME_INSTANT_SIZE];

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		expect_pages(all, (struct store_history_query){ .type = types[i] });
		for (size_t k = 1; k < 8; k++) {
			time_format_instant(all->versions[all->count * k / 8].last_updated_ms, instant);
			struct slice time = slice_of(instant);
			expect_pages(all, (struct store_history_query){ .type = types[i], .since = time });
			expect_pages(all, (struct store_history_query){ .type = types[i], .at = time });
			expect_pages(all, (struct store_history_query){ .type = types[i], .since = time, .at = SLICE("2100") });
		}
	}
}

static void many_versions_and_few_come_in_one_order(void **state)
{
	(void)state;
	put_many();
	struct store_history all = all_versions();
	assert_int_equal(all.count, PLANS + 600 + 36);
	expect_histories(&all);
}

/** Each third version an hour earlier than the clock then said, as if it had been set back and forth. */
static void where_the_clock_went_back_time_tells(void **state)
{
	char path[512];
	sqlite3 *database;

	(void)state;
	put_many();
	snprintf(path, sizeof(path), "%s/cannula.db", rig.path);
	assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
	assert_int_equal(sqlite3_exec(database,
				      "UPDATE version SET updated_ms = updated_ms - 3600000 WHERE change % 3 = 0 AND version = 1",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	sqlite3_close(database);
	struct store_history all = all_versions();
	assert_int_equal(all.count, PLANS + 600 + 36);
	expect_histories(&all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(changes_come_newest_first_deletions_too, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(a_type_and_a_resource_have_their_own, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(a_version_knows_what_made_it, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(a_page_goes_on_before_the_last_change, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(times_choose, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(since_a_moment_is_what_is_not_older, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(a_write_sees_its_own_changes, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(many_versions_and_few_come_in_one_order, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(where_the_clock_went_back_time_tells, rig_setup, rig_teardown),
	};

	return cmocka_run_group_tests_name("store history", tests, rig_setup_group, rig_teardown_group);
}
