/* SPDX-License-Identifier: Apache-2.0 */
/* Orders and pages: totals, places, and moments while others write. */
#include "searching.h"

#include <pthread.h>

/** Pages through all active plans, calling `between` after each page; counts how often each of n0 … was seen. */
static void page_through(void (*between)(int page), unsigned seen[700])
{
	struct store_query query = { .max_count = 50 };
	struct store_page page;
	int number = 0;

	do {
		assert_ok(run("PlanDefinition", "status=active", query, &page), &rig.err);
		for (size_t i = 0; i < page.count; i++) {
			assert_true(page.places[i].position > query.place.position);
			query.place = page.places[i];
			if (page.resources[i].id.ptr[0] == 'n')
				seen[atoi(page.resources[i].id.ptr + 1)]++;
		}
		assert_int_equal(page.count, page.has_next ? 50 : page.count);
		between(number++);
	} while (page.has_next);
}

/** Others change, delete and add in front of and behind the reader. */
static void disturb(int page)
{
	char json[256], id[32];
	bool found;

	if (page > 4)
		return;
	snprintf(json, sizeof(json),
		 "{\"resourceType\":\"PlanDefinition\",\"id\":\"n%d\",\"title\":\"again\",\"status\":\"active\"}", page * 3);
	rig_put_alone(json, 0);
	snprintf(json, sizeof(json),
		 "{\"resourceType\":\"PlanDefinition\",\"id\":\"n%d\",\"title\":\"again\",\"status\":\"active\"}", 599 - page);
	rig_put_alone(json, 0);
	snprintf(json, sizeof(json), "{\"resourceType\":\"PlanDefinition\",\"id\":\"a%d\",\"status\":\"active\"}", page);
	rig_put_alone(json, 0);
	snprintf(id, sizeof(id), "n%d", 590 - page);
	rig_begin();
	assert_ok(store_delete(rig.conn, STORE_R4, SLICE("PlanDefinition"), slice_of(id), &found, &rig.err), &rig.err);
	assert_true(found);
	rig_commit();
}

static void paging_repeats_and_loses_nothing_while_others_write(void **state)
{
	unsigned seen[700] = { 0 };

	(void)state;
	/* More than a narrow filter may have, so that the walk in order of position is taken. */
	put_many("n", 600);
	page_through(disturb, seen);
	for (int i = 0; i < 600; i++)
		if (seen[i] != 1)
			fail_msg("n%d was seen %u times", i, seen[i]);
}

static void narrow_and_wide_filters_find_the_same_together(void **state)
{
	(void)state;
	put_many("n", 400);
	assert_finds("status=active&url=http://x/n7", "n7");
	assert_finds("url=http://x/n7&status=active&title:missing=true", "n7");
	assert_finds("status=active&status=draft", "");
	assert_finds("status=active&title:missing=false", "knee");
}

/** Each number of alternatives is another statement: many more than a connection keeps. */
static void statements_come_and_go(void **state)
{
	struct store_value values[200];
	struct store_filter filter = { .param = find_param("PlanDefinition", "topic"), .values = values };
	struct store_query query = { .type = SLICE("PlanDefinition"), .filters = &filter, .filter_count = 1, .max_count = 5 };
	struct store_page page;

	(void)state;
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
			values[i] = (struct store_value){ .text = SLICE("nothing") };
			if (i > 0)
				values[i - 1] = values[i];
			values[i].text = SLICE("27447");
			filter.value_count = i + 1;
			assert_ok(store_search(rig.conn, rig.arena, &query, &page, &rig.err), &rig.err);
			assert_int_equal(page.count, 1);
			assert_slice(page.resources[0].id, "knee");
		}
}

static void *search_from_thread(void *context)
{
	struct arena *arena = arena_new(16 << 20);
	struct store_query query = { .type = slice_of(context), .max_count = 5, .want_total = true };
	struct error err = { 0 };
	struct store_conn *conn = NULL;
	struct store_page page;
	bool done = arena && store_conn_open(rig.store, &conn, &err);

	for (int i = 0; done && i < 50; i++) {
		done = store_search(conn, arena, &query, &page, &err);
		arena_reset(arena);
	}
	store_conn_close(conn);
	arena_free(arena);
	return done ? context : NULL;
}

/** Each with its own connection; the compiled parameters are shared, and made while others use them. */
static void threads_search_while_one_writes(void **state)
{
	static char types[][20] = { "PlanDefinition", "Library", "PlanDefinition", "ActivityDefinition" };
	pthread_t threads[ARRAY_SIZE(types)];
	void *result;

	(void)state;
	rig_close();
	rig_open();
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, search_from_thread, types[i]), 0);
	for (int i = 0; i < 20; i++)
		rig_put_alone(
		    arena_printf(rig.arena, "{\"resourceType\":\"Library\",\"id\":\"l%d\",\"status\":\"active\"}", i).ptr, 0);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		assert_int_equal(pthread_join(threads[i], &result), 0);
		assert_ptr_equal(result, types[i]);
	}
}

static void the_total_counts_all_and_the_page_says_that_there_is_more(void **state)
{
	struct store_query query = { .max_count = 2, .want_total = true };
	struct store_page page;

	(void)state;
	put_many("n", 300);
	assert_ok(run("PlanDefinition", "status=active", query, &page), &rig.err);
	assert_int_equal(page.count, 2);
	assert_int_equal(page.total, 302);
	assert_true(page.has_next);
	query.max_count = 0;
	assert_ok(run("PlanDefinition", "status=active", query, &page), &rig.err);
	assert_int_equal(page.count, 0);
	assert_int_equal(page.total, 302);
	query.place.position = UINT64_MAX;
	assert_ok(run("PlanDefinition", "status=active", query, &page), &rig.err);
	assert_int_equal(page.count, 0);
}

static void order_follows_the_keys_and_what_is_missing_comes_last(void **state)
{
	(void)state;
	assert_query(sorted("title"), "hip knee bare");
	assert_query(sorted("-title"), "knee hip bare");
	assert_query(sorted("_id"), "bare hip knee");
	assert_query(sorted("-_id"), "knee hip bare");
	assert_query(sorted("date"), "knee hip bare");
	assert_query(sorted("-date"), "hip knee bare");
	assert_query(sorted("status,-_id"), "knee bare hip");
	assert_query(sorted("-status,_id"), "hip bare knee");
	assert_query(sorted("topic"), "hip knee bare");
	assert_query(sorted("url"), "hip knee bare");
	assert_query(sorted("context-quantity"), "hip knee bare");
	assert_query(sorted("-_lastUpdated,_id"), "bare hip knee");
}

/** All pages one after the other, then back again, `between` after each page. */
static void walk_pages(struct store_query query, void (*between)(int page), struct buf *forth, struct buf *back)
{
	struct store_page page;
	int number = 0;

	do {
		assert_ok(store_search(rig.conn, rig.arena, &query, &page, &rig.err), &rig.err);
		assert_true(page.count > 0);
		assert_int_equal(page.has_previous, number > 0);
		for (size_t i = 0; i < page.count; i++)
			buf_printf(forth, "%.*s ", SLICE_ARG(page.resources[i].id));
		query.place = page.places[page.count - 1];
		if (between)
			between(number);
		number++;
	} while (page.has_next);
	/* From behind the end: the last pages first. */
	query.place = (struct store_place){ .moment = page.moment, .is_backwards = true };
	do {
		assert_ok(store_search(rig.conn, rig.arena, &query, &page, &rig.err), &rig.err);
		for (size_t i = page.count; i-- > 0;)
			buf_printf(back, "%.*s ", SLICE_ARG(page.resources[i].id));
		query.place = page.places[0];
		query.place.is_backwards = true;
	} while (page.has_previous);
}

static void assert_pages(const char *order, void (*between)(int page), const char *expected)
{
	struct store_query query = sorted(order);
	struct buf forth, back, turned;

	buf_init(&forth, 1 << 16);
	buf_init(&back, 1 << 16);
	buf_init(&turned, 1 << 16);
	query.max_count = 2;
	query.sort_count = order[0] ? query.sort_count : 0;
	walk_pages(query, between, &forth, &back);
	assert_slice(buf_slice(&forth), expected);
	for (struct slice rest = buf_slice(&back); rest.len;) {
		struct slice id = slice_cut(&rest, ' ');
		struct slice before = arena_copy(rig.arena, buf_slice(&turned));
		buf_reset(&turned);
		buf_printf(&turned, "%.*s %.*s", SLICE_ARG(id), SLICE_ARG(before));
	}
	assert_slice(buf_slice(&turned), expected);
	buf_free(&forth);
	buf_free(&back);
	buf_free(&turned);
}

static void put_titled(const char *id, const char *title, const char *status)
{
	rig_put_alone(arena_printf(rig.arena, "{\"resourceType\":\"PlanDefinition\",\"id\":\"%s\",%s%s%s\"status\":\"%s\"}", id,
				   title ? "\"title\":\"" : "", title ? title : "", title ? "\"," : "", status)
			  .ptr,
		      0);
}

static void pages_go_forth_and_back_in_any_order(void **state)
{
	(void)state;
	put_titled("a1", "Alpha", "draft");
	put_titled("a2", "Alpha", "active");
	put_titled("n1", NULL, "draft");
	assert_pages("_id", NULL, "a1 a2 bare hip knee n1 ");
	assert_pages("-_id", NULL, "n1 knee hip bare a2 a1 ");
	assert_pages("title", NULL, "a1 a2 hip knee bare n1 ");
	assert_pages("-title", NULL, "knee hip a2 a1 n1 bare ");
	assert_pages("status,title", NULL, "a2 knee bare a1 hip n1 ");
	assert_pages("title,-status", NULL, "a1 a2 hip knee n1 bare ");
	assert_pages("-date,_id", NULL, "hip knee a1 a2 bare n1 ");
}

/** Moves what was shown behind the reader and what was not before it; deletes and adds. */
static void rename_and_delete(int page)
{
	bool found;

	if (page > 0)
		return;
	put_titled("a1", "Zeta", "active");
	put_titled("knee", "Aaa", "active");
	put_titled("fresh", "Hip", "active");
	rig_begin();
	assert_ok(store_delete(rig.conn, STORE_R4, SLICE("PlanDefinition"), SLICE("bare"), &found, &rig.err), &rig.err);
	assert_true(found);
	rig_commit();
}

static void pages_in_order_are_of_one_moment(void **state)
{
	(void)state;
	put_titled("a1", "Alpha", "draft");
	put_titled("a2", "Alpha", "active");
	assert_pages("title", rename_and_delete, "a1 a2 hip knee bare ");
	assert_query(sorted("title"), "knee a2 fresh hip a1");
}

static void a_page_shows_the_version_of_its_moment(void **state)
{
	struct store_query query = { .type = SLICE("PlanDefinition"), .max_count = 1 };
	struct store_page page;

	(void)state;
	assert_ok(store_search(rig.conn, rig.arena, &query, &page, &rig.err), &rig.err);
	put_titled("hip", "Later", "active");
	query.place = page.places[0];
	assert_ok(store_search(rig.conn, rig.arena, &query, &page, &rig.err), &rig.err);
	assert_slice(page.resources[0].id, "hip");
	assert_int_equal(page.resources[0].version, 1);
	assert_int_equal(slice_find(page.resources[0].bytes, SLICE("Later")), SIZE_MAX);
}

static void a_moment_that_is_past_is_refused(void **state)
{
	struct store_query query = { .type = SLICE("PlanDefinition"), .max_count = 1 };
	struct store_page page;

	(void)state;
	assert_ok(store_search(rig.conn, rig.arena, &query, &page, &rig.err), &rig.err);
	query.place = page.places[0];
	rig_close();
	rig.options.snapshot_ms = 0;
	rig_open();
	put_titled("hip", "Later", "active");
	assert_false(store_search(rig.conn, rig.arena, &query, &page, &rig.err));
	rig_expect(ERROR_NOT_FOUND);
	query.place.moment = INT64_MAX;
	assert_false(store_search(rig.conn, rig.arena, &query, &page, &rig.err));
	rig_expect(ERROR_NOT_FOUND);
	assert_finds("title=later", "hip");
	assert_finds("title=huft", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SEARCH_TEST(paging_repeats_and_loses_nothing_while_others_write),
		SEARCH_TEST(narrow_and_wide_filters_find_the_same_together),
		SEARCH_TEST(statements_come_and_go),
		SEARCH_TEST(threads_search_while_one_writes),
		SEARCH_TEST(the_total_counts_all_and_the_page_says_that_there_is_more),
		SEARCH_TEST(order_follows_the_keys_and_what_is_missing_comes_last),
		SEARCH_TEST(pages_go_forth_and_back_in_any_order),
		SEARCH_TEST(pages_in_order_are_of_one_moment),
		SEARCH_TEST(a_page_shows_the_version_of_its_moment),
		SEARCH_TEST(a_moment_that_is_past_is_refused),
	};

	return cmocka_run_group_tests_name("store/search_pages", tests, rig_setup_group, rig_teardown_group);
}
