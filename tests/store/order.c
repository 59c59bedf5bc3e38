/* SPDX-License-Identifier: Apache-2.0 */
/* Sorted searches against a plain sort in memory: resources with random values of every kind, several or none, and random
 * searches over them, whose pages are read forth and back while others write. The values are numbers, written so that their order
 * is that of what is indexed. Types are large enough for their indexes to be walked; a narrow filter makes the store sort. */
#include "rig.h"

#include <stdlib.h>

#define AT_FIRST 1100
#define ITEMS_MAX 4000
#define FIELDS_MAX 10
#define SEARCHES 160
#define ALWAYS 1000000

struct value {
	bool has;
	int64_t low, high;
};

/** A resource, as the test knows it. Its place in the array is its place in the order of creation. */
struct item {
	int id;
	bool is_deleted, is_narrow;
	int64_t updated_ms;
	struct value values[FIELDS_MAX];
};

struct kind_of_resource {
	const char *type;
	const char *fields[FIELDS_MAX];
	void (*write)(struct buf *json, struct item *item);
};

static uint64_t random_state;

static int any(int count)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (int)(random_state % (uint64_t)count);
}

static void note(struct value *value, int64_t low, int64_t high)
{
	value->low = value->has && value->low < low ? value->low : low;
	value->high = value->has && value->high > high ? value->high : high;
	value->has = true;
}

/* ---- values, as JSON ---- */

/** Before each element of an array, and after them: there is no array without any. */
static void begin_element(struct buf *json, const char *name, int i)
{
	if (i == 0)
		buf_printf(json, ",\"%s\":[", name);
	if (i > 0)
		buf_append_char(json, ',');
}

static void end_array(struct buf *json, int count)
{
	if (count > 0)
		buf_append_char(json, ']');
}

/** A year or a month. */
static void write_date(struct buf *json, const char *name, struct value *value)
{
	int month = any(240);
	bool is_year = any(3) == 0;
	int low = is_year ? month / 12 * 12 : month;

	buf_printf(json, is_year ? ",\"%s\":\"%d\"" : ",\"%s\":\"%d-%02d\"", name, 2000 + month / 12, month % 12 + 1);
	note(value, low, is_year ? low + 12 : low + 1);
}

static void write_period(struct buf *json, const char *name, struct value *value)
{
	int from = any(200), to = from + 1 + any(40), open = any(4);

	buf_printf(json, "\"%s\":{", name);
	if (open != 1)
		buf_printf(json, "\"start\":\"%d-%02d\"%s", 2000 + from / 12, from % 12 + 1, open != 2 ? "," : "");
	if (open != 2)
		buf_printf(json, "\"end\":\"%d-%02d\"", 2000 + to / 12, to % 12 + 1);
	buf_append_char(json, '}');
	note(value, open == 1 ? -ALWAYS : from, open == 2 ? ALWAYS : to + 1);
}

static void write_quantity(struct buf *json, struct value *value)
{
	int low = any(40) - 20, high = low + any(9);

	if (any(2)) {
		/* A unit beside its code is a row of its own with the same number. */
		buf_printf(json, "\"valueQuantity\":{\"value\":%d%s,\"code\":\"a\",\"system\":\"http://u\"}", low,
			   any(2) ? ",\"unit\":\"years\"" : "");
		note(value, low, low);
		return;
	}
	buf_printf(json, "\"valueRange\":{\"low\":{\"value\":%d,\"code\":\"a\"},\"high\":{\"value\":%d,\"code\":\"a\"}}", low,
		   high);
	note(value, low, high);
}

/** Some begin with the same two hundred letters. */
static void write_string(struct buf *json, const char *name, struct value *value)
{
	int rank = any(60);

	buf_printf(json, ",\"%s\":\"", name);
	for (int i = 0; rank >= 40 && i < 100; i++)
		buf_append(json, SLICE("zz"));
	buf_printf(json, "w%02d\"", rank);
	note(value, rank, rank);
}

static void write_concepts(struct buf *json, const char *name, struct value *value)
{
	int count = any(4);

	for (int i = 0; i < count; i++) {
		int rank = any(30), systems = any(3);
		begin_element(json, name, i);
		buf_printf(json, "{\"coding\":[{\"code\":\"c%02d\"}", rank);
		for (int k = 0; k < systems; k++)
			buf_printf(json, ",{\"system\":\"http://s%d\",\"code\":\"C%02d\"}", any(3), rank);
		buf_append(json, SLICE("]}"));
		note(value, rank, rank);
	}
	end_array(json, count);
}

/* ---- resources ---- */

enum { TITLE, TOPIC, DATE, EFFECTIVE, QUANTITY, URL, DEPENDS, STATUS };

static void write_plan(struct buf *json, struct item *item)
{
	struct value *values = item->values;
	int status = any(3), url = any(ITEMS_MAX);
	static const char *const statuses[] = { "active", "draft", "retired" };

	buf_printf(json, ",\"status\":\"%s\"", statuses[status]);
	note(&values[STATUS], status, status);
	if (any(5))
		write_string(json, "title", &values[TITLE]);
	write_concepts(json, "topic", &values[TOPIC]);
	if (any(4))
		write_date(json, "date", &values[DATE]);
	if (any(3)) {
		buf_append_char(json, ',');
		write_period(json, "effectivePeriod", &values[EFFECTIVE]);
	}
	if (any(8)) {
		buf_printf(json, ",\"url\":\"http://x/%04d\"", url);
		note(&values[URL], url, url);
	}
	int contexts = any(3), libraries = any(3);
	for (int i = 0; i < contexts; i++) {
		begin_element(json, "useContext", i);
		buf_append(json, SLICE("{\"code\":{\"code\":\"age\"},"));
		write_quantity(json, &values[QUANTITY]);
		buf_append_char(json, '}');
	}
	end_array(json, contexts);
	for (int i = 0; i < libraries; i++) {
		int rank = any(30);
		begin_element(json, "library", i);
		buf_printf(json, "\"http://%c/Library/l%02d%s\"", 'a' + any(3), rank, any(2) ? "|2" : "");
		note(&values[DEPENDS], rank, rank);
	}
	end_array(json, libraries);
}

enum { ACTIVITY_DATE, PERIOD, CATEGORY };

static void write_care(struct buf *json, struct item *item)
{
	int activities = any(4);

	for (int i = 0; i < activities; i++) {
		begin_element(json, "activity", i);
		buf_append(json, SLICE("{\"detail\":{"));
		write_period(json, "scheduledPeriod", &item->values[ACTIVITY_DATE]);
		buf_append(json, SLICE("}}"));
	}
	end_array(json, activities);
	if (any(2)) {
		buf_append_char(json, ',');
		write_period(json, "period", &item->values[PERIOD]);
	}
	write_concepts(json, "category", &item->values[CATEGORY]);
}

enum { VARIANT_START, WINDOW_START };

static void write_sequence(struct buf *json, struct item *item)
{
	int variants = any(4);

	for (int i = 0; i < variants; i++) {
		int rank = any(300) - 100;
		begin_element(json, "variant", i);
		buf_printf(json, "{\"start\":%d}", rank);
		note(&item->values[VARIANT_START], rank, rank);
	}
	end_array(json, variants);
	if (any(3)) {
		int rank = any(20) - 10;
		buf_printf(json, ",\"referenceSeq\":{\"windowStart\":%d}", rank);
		note(&item->values[WINDOW_START], rank, rank);
	}
}

static const struct kind_of_resource kinds[] = {
	{ "PlanDefinition",
	  { "title", "topic", "date", "effective", "context-quantity", "url", "depends-on", "status" },
	  write_plan },
	{ "CarePlan", { "activity-date", "date", "category" }, write_care },
	{ "MolecularSequence", { "variant-start", "window-start" }, write_sequence },
};

static struct item items[ARRAY_SIZE(kinds)][ITEMS_MAX];
static int item_counts[ARRAY_SIZE(kinds)];

static void put_item(size_t kind, struct item *item)
{
	struct buf json;

	buf_init(&json, 1 << 16);
	*item = (struct item){ .id = item->id, .is_narrow = any(20) == 0 };
	buf_printf(&json, "{\"resourceType\":\"%s\",\"id\":\"i%05d\",\"meta\":{\"tag\":[{\"code\":\"%s\"},{\"code\":\"of-%s\"}]}",
		   kinds[kind].type, item->id, item->is_narrow ? "narrow" : "wide", kinds[kind].type);
	kinds[kind].write(&json, item);
	buf_append_char(&json, '}');
	buf_append_char(&json, '\0');
	item->updated_ms = rig_put(json.ptr, 0).last_updated_ms;
	buf_free(&json);
}

static void put_new(size_t kind)
{
	struct item *item = &items[kind][item_counts[kind]++];

	assert_true(item_counts[kind] < ITEMS_MAX);
	item->id = (int)(item_counts[kind] * 7919L % 99991);
	put_item(kind, item);
}

static void delete_item(size_t kind, struct item *item)
{
	char id[16];
	bool found;

	snprintf(id, sizeof(id), "i%05d", item->id);
	assert_ok(store_delete(rig.conn, STORE_R4, slice_of(kinds[kind].type), slice_of(id), &found, &rig.err), &rig.err);
	item->is_deleted = true;
}

/** Changes, deletes and makes a few. */
static void disturb(size_t kind)
{
	rig_begin();
	for (int i = 0; i < 3; i++) {
		put_item(kind, &items[kind][any(item_counts[kind])]);
		delete_item(kind, &items[kind][any(item_counts[kind])]);
		put_item(kind, &items[kind][any(item_counts[kind])]);
	}
	put_new(kind);
	rig_commit();
}

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

static const struct fhir_search_param *find_param(const char *type, const char *code)
{
	size_t count;
	const struct fhir_search_param *params =
	    fhir_search_params(rig.schemas[FHIR_R4], fhir_type_find(rig.schemas[FHIR_R4], slice_of(type)), &count);

	for (size_t i = 0; i < count; i++)
		if (slice_equal(params[i].code, slice_of(code)))
			return &params[i];
	fail_msg("%s has no search parameter %s", type, code);
	return NULL;
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

static unsigned walked, sorted;

static void count_way(const struct asked *asked, const struct store_page *page)
{
	bool has_index = asked->keys[0].field != BY_ID && asked->keys[0].field != BY_UPDATED;

	walked += plan_says(page, "starts from: the values of");
	sorted += plan_says(page, "starts from: _tag");
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

static int setup(void **state)
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
	assert_true(walked > SEARCHES / 4 && sorted > SEARCHES / 8);
}

/** What one type's resources have no value of comes behind all others, also those of other types. */
static void several_types_are_in_one_order(void **state)
{
	const struct slice types[] = { slice_of(kinds[0].type), slice_of(kinds[1].type) };
	struct store_sort sort[] = { { find_param("PlanDefinition", "_tag"), true },
				     { find_param("PlanDefinition", "_lastUpdated"), false } };
	struct store_query query = { .types = types, .type_count = 2, .sort = sort, .sort_count = 1, .max_count = 300 };
	struct store_page page;
	size_t count = 0, plans = 0;

	(void)state;
	/* Descending by the greatest tag: "wide", then "of-PlanDefinition" before "of-CarePlan". */
	do {
		page = look(&query);
		for (size_t i = 0; i < page.count; i++) {
			bool is_wide = slice_find(page.resources[i].bytes, SLICE("\"wide\"")) != SIZE_MAX;
			bool is_plan = slice_equal(page.resources[i].type, types[0]);
			plans += is_plan;
			assert_true(is_wide || plans > 0);
			count++;
		}
		query.place = page.places[page.count - 1];
	} while (page.has_next);
	assert_int_equal(count, 2 * AT_FIRST);
	assert_int_equal(plans, AT_FIRST);
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
		cmocka_unit_test_setup_teardown(sorted_searches_are_as_sorted_in_memory, setup, rig_teardown),
		cmocka_unit_test_setup_teardown(several_types_are_in_one_order, setup, rig_teardown),
		cmocka_unit_test_setup_teardown(a_walk_sorts_nothing, setup, rig_teardown),
		cmocka_unit_test_setup_teardown(a_wide_filter_is_tested_by_version, setup, rig_teardown),
	};

	return cmocka_run_group_tests_name("store/order", tests, rig_setup_group, rig_teardown_group);
}
