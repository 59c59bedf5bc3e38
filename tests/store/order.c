/* SPDX-License-Identifier: Apache-2.0 */
/* Sorted searches against a plain sort in memory: random searches, whose pages are read forth and back while others write. Types
 * are large enough for their indexes to be walked; a narrow filter makes the store sort. */
#include "ordered.h"

#define SEARCHES 160

/* ---- a search, here and there ---- */

#define BY_ID (FIELDS_MAX)
#define BY_UPDATED (FIELDS_MAX + 1)

struct asked {
	size_t kind, key_count;
	struct {
		size_t field;
		bool is_descending;
	} keys[3];
	bool is_narrow;
};

static const struct asked *comparing;
static const struct item *compared;

static struct value value_of(const struct item *item, size_t field)
{
	if (field == BY_ID)
		return (struct value){ true, item->id, item->id };
	if (field == BY_UPDATED)
		return (struct value){ true, item->updated_ms, item->updated_ms };
	return item->values[field];
}

static int compare(const void *a, const void *b)
{
	int first = *(const int *)a, second = *(const int *)b;

	for (size_t i = 0; i < comparing->key_count; i++) {
		struct value x = value_of(&compared[first], comparing->keys[i].field);
		struct value y = value_of(&compared[second], comparing->keys[i].field);
		bool down = comparing->keys[i].is_descending;
		if (x.has != y.has)
			return x.has ? -1 : 1;
		int64_t one = down ? -x.high : x.low, other = down ? -y.high : y.low;
		if (x.has && one != other)
			return one < other ? -1 : 1;
	}
	return comparing->keys[comparing->key_count - 1].is_descending ? second - first : first - second;
}

/** The ids in order, by a plain sort. */
static int sort_plainly(const struct asked *asked, int ids[ITEMS_MAX])
{
	int count = 0;

	for (int i = 0; i < item_counts[asked->kind]; i++)
		if (!items[asked->kind][i].is_deleted && (!asked->is_narrow || items[asked->kind][i].is_narrow))
			ids[count++] = i;
	comparing = asked;
	compared = items[asked->kind];
	qsort(ids, (size_t)count, sizeof(*ids), compare);
	for (int i = 0; i < count; i++)
		ids[i] = items[asked->kind][ids[i]].id;
	return count;
}

static struct asked ask_any(void)
{
	struct asked asked = { .kind = any(2) ? 0 : (size_t)any(ARRAY_SIZE(kinds)), .is_narrow = any(3) == 0 };
	size_t fields = 0;

	while (fields < FIELDS_MAX && kinds[asked.kind].fields[fields])
		fields++;
	asked.key_count = any(3) ? 1 : (size_t)(2 + any(2));
	for (size_t i = 0; i < asked.key_count; i++) {
		size_t field = (size_t)any((int)fields + 2);
		asked.keys[i].field = field < fields ? field : field - fields + BY_ID;
		asked.keys[i].is_descending = any(2);
	}
	return asked;
}

static const char *name_of(const struct asked *asked, size_t field)
{
	if (field == BY_ID)
		return "_id";
	return field == BY_UPDATED ? "_lastUpdated" : kinds[asked->kind].fields[field];
}

/** The query, whose parts are static. */
static struct store_query query_of(const struct asked *asked)
{
	static struct store_sort sort[3];
	static struct store_value value;
	static struct store_filter filter;
	const char *type = kinds[asked->kind].type;

	for (size_t i = 0; i < asked->key_count; i++)
		sort[i] =
		    (struct store_sort){ find_param(type, name_of(asked, asked->keys[i].field)), asked->keys[i].is_descending };
	value = (struct store_value){ .text = SLICE("narrow") };
	filter = (struct store_filter){ .param = find_param(type, "_tag"), .values = &value, .value_count = 1 };
	return (struct store_query){ .type = slice_of(type),
				     .sort = sort,
				     .sort_count = asked->key_count,
				     .filters = &filter,
				     .filter_count = asked->is_narrow };
}

static void describe(const struct asked *asked, char *out, size_t size)
{
	size_t length =
	    (size_t)snprintf(out, size, "%s%s sorted by", kinds[asked->kind].type, asked->is_narrow ? ", narrow," : "");

	for (size_t i = 0; i < asked->key_count; i++)
		length += (size_t)snprintf(out + length, size - length, " %s%s", asked->keys[i].is_descending ? "-" : "",
					   name_of(asked, asked->keys[i].field));
}

static void expect(const struct asked *asked, const struct store_page *page, const int *expected, int count, int from)
{
	char what[256], id[16];

	describe(asked, what, sizeof(what));
	for (size_t i = 0; i < page->count; i++) {
		if (from + (int)i >= count)
			fail_msg("%s: more than the %d there are", what, count);
		snprintf(id, sizeof(id), "i%05d", expected[from + (int)i]);
		if (!slice_equal(page->resources[i].id, slice_of(id)))
			fail_msg("%s: at %zu of %d stands %.*s, not %s", what, from + i, count, SLICE_ARG(page->resources[i].id),
				 id);
	}
}

static bool plan_says(const struct store_page *page, const char *text)
{
	for (size_t i = 0; i < page->plan.count; i++)
		if (slice_find(page->plan.lines[i], slice_of(text)) != SIZE_MAX)
			return true;
	return false;
}

static unsigned walked, driven;

static void count_way(const struct asked *asked, const struct store_page *page)
{
	bool has_index = asked->keys[0].field != BY_ID && asked->keys[0].field != BY_UPDATED;

	walked += plan_says(page, "starts from: the values of");
	driven += plan_says(page, "starts from: _tag");
	assert_true(asked->is_narrow || !plan_says(page, "starts from: _tag"));
	if (has_index && !asked->is_narrow)
		assert_true(plan_says(page, "starts from: the values of"));
}

static struct store_page look(struct store_query *query)
{
	struct store_page page;

	assert_ok(store_search(rig.conn, rig.arena, query, &page, &rig.err), &rig.err);
	return page;
}

/** All pages forth, now and then a page back in between, then all back from the end. */
static void read_all(const struct asked *asked, bool disturbs)
{
	static int expected[ITEMS_MAX];
	struct store_query query = query_of(asked);
	int count = sort_plainly(asked, expected), from = 0;
	struct store_page page = { 0 };

	query.max_count = (size_t)(20 + any(180));
	query.want_plan = true;
	do {
		page = look(&query);
		if (from == 0)
			count_way(asked, &page);
		expect(asked, &page, expected, count, from);
		assert_true(page.count > 0 && page.has_next == (from + (int)page.count < count));
		query.want_plan = false;
		query.place = page.places[0];
		query.place.is_backwards = true;
		if (any(4) == 0 && from > 0) {
			struct store_page back = look(&query);
			assert_true(back.has_next);
			expect(asked, &back, expected, count, from - (int)back.count);
		}
		from += (int)page.count;
		query.place = page.places[page.count - 1];
		if (disturbs && any(2))
			disturb(asked->kind);
	} while (page.has_next);
	assert_int_equal(from, count);
	query.place = (struct store_place){ .moment = page.moment, .is_backwards = true };
	do {
		page = look(&query);
		from -= (int)page.count;
		assert_true(from >= 0 && page.has_previous == (from > 0));
		expect(asked, &page, expected, count, from);
		query.place = page.places[0];
		query.place.is_backwards = true;
	} while (page.has_previous);
	assert_int_equal(from, 0);
}

static int set_up(void **state)
{
	rig_setup_directory(state);
	rig.options.full_text = false;
	rig_open();
	random_state = 88172645463325252u;
	memset(item_counts, 0, sizeof(item_counts));
	rig_begin();
	for (size_t kind = 0; kind < ARRAY_SIZE(kinds); kind++)
		for (int i = 0; i < AT_FIRST; i++)
			put_new(kind);
	rig_commit();
	return 0;
}

static void sorted_searches_are_as_sorted_in_memory(void **state)
{
	(void)state;
	for (int i = 0; i < SEARCHES; i++) {
		struct asked asked = ask_any();
		arena_reset(rig.arena);
		read_all(&asked, i % 2);
	}
	assert_true(walked > SEARCHES / 4 && driven > SEARCHES / 8);
}

/** What one type's resources have no value of comes behind all others, also those of other types. */
static void several_types_are_in_one_order(void **state)
{
	const struct slice types[] = { slice_of(kinds[0].type), slice_of(kinds[1].type) };
	struct store_sort sort[] = { { find_param("PlanDefinition", "_tag"), true },
				     { find_param("PlanDefinition", "_lastUpdated"), false } };
	struct store_query query = { .types = types, .type_count = 2, .sort = sort, .sort_count = 1, .max_count = 300 };
	struct store_page page;
	size_t count = 0, plan_count = 0;

	(void)state;
	/* Descending by the greatest tag: "wide", then "of-PlanDefinition" before "of-CarePlan". */
	do {
		page = look(&query);
		for (size_t i = 0; i < page.count; i++) {
			bool is_wide = slice_find(page.resources[i].bytes, SLICE("\"wide\"")) != SIZE_MAX;
			bool is_plan = slice_equal(page.resources[i].type, types[0]);
			plan_count += is_plan;
			assert_true(is_wide || plan_count > 0);
			count++;
		}
		query.place = page.places[page.count - 1];
	} while (page.has_next);
	assert_int_equal(count, 2 * AT_FIRST);
	assert_int_equal(plan_count, AT_FIRST);
	/* By time, of several types: their versions are walked. */
	sort[0] = sort[1];
	query.place = (struct store_place){ 0 };
	query.want_plan = true;
	page = look(&query);
	assert_true(plan_says(&page, "starts from: the values of _lastUpdated"));
	int64_t last = 0;
	do {
		page = look(&query);
		for (size_t i = 0; i < page.count; i++) {
			assert_true(page.resources[i].last_updated_ms >= last);
			last = page.resources[i].last_updated_ms;
			count--;
		}
		query.place = page.places[page.count - 1];
	} while (page.has_next);
	assert_int_equal(count, 0);
}

/** The engine walks an index in its order: nothing is sorted but what shares a first key. */
static void a_walk_sorts_nothing(void **state)
{
	(void)state;
	for (size_t kind = 0; kind < ARRAY_SIZE(kinds); kind++)
		for (size_t field = 0; kinds[kind].fields[field]; field++)
			for (int down = 0; down < 2; down++) {
				struct asked asked = { .kind = kind, .key_count = 1, .keys = { { field, down } } };
				struct store_query query = query_of(&asked);
				query.max_count = 20;
				query.want_plan = true;
				struct store_page page = look(&query);
				query.place = page.places[19];
				for (int i = 0; i < 2; i++, page = look(&query))
					for (size_t k = 0; k < page.plan.count; k++)
						if (field != DEPENDS &&
						    slice_find(page.plan.lines[k], SLICE("TEMP B-TREE")) != SIZE_MAX)
							fail_msg("%s: %.*s", kinds[kind].fields[field],
								 SLICE_ARG(page.plan.lines[k]));
			}
}

/** A filter that most match is tested on each resource by the rows of its version, and not by an index of values. */
static void a_wide_filter_is_tested_by_version(void **state)
{
	static const char *const filters[][2] = { { "date", "gt1990" },
						  { "effective", "ge1990" },
						  { "context-quantity", "gt-50" } };

	(void)state;
	rig_begin();
	for (int i = 0; i < AT_FIRST; i++)
		put_new(0);
	rig_commit();
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		struct asked asked = { .kind = 0, .key_count = 1, .keys = { { URL, false } } };
		struct store_query query = query_of(&asked);
		struct store_value value = { .text = slice_of(filters[i][1]) };
		struct store_filter filter = { .param = find_param("PlanDefinition", filters[i][0]),
					       .values = &value,
					       .value_count = 1 };
		query.filters = &filter;
		query.filter_count = 1;
		query.max_count = 20;
		query.want_plan = true;
		struct store_page page = look(&query);
		assert_true(plan_says(&page, "starts from: the values of url"));
		assert_false(plan_says(&page, "INDEX index_date") || plan_says(&page, "INDEX index_quantity"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(sorted_searches_are_as_sorted_in_memory, set_up, rig_teardown),
		cmocka_unit_test_setup_teardown(several_types_are_in_one_order, set_up, rig_teardown),
		cmocka_unit_test_setup_teardown(a_walk_sorts_nothing, set_up, rig_teardown),
		cmocka_unit_test_setup_teardown(a_wide_filter_is_tested_by_version, set_up, rig_teardown),
	};

	return cmocka_run_group_tests_name("store/order", tests, rig_setup_group, rig_teardown_group);
}
