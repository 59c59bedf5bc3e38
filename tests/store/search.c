/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

#include <pthread.h>

/* Three plans that differ in what each kind of parameter looks at. */
static const char *const plans[] = {
	"{\"resourceType\":\"PlanDefinition\",\"id\":\"knee\",\"url\":\"http://example.org/fhir/PlanDefinition/"
	"knee\",\"version\":\"1.0\","
	"\"identifier\":[{\"system\":\"http://example.org/ids\",\"value\":\"K-1\"}],\"name\":\"KneeReplacement\","
	"\"title\":\"Knee Replacement (total)\",\"status\":\"active\",\"date\":\"2024-02-29\","
	"\"useContext\":[{\"code\":{\"system\":\"http://example.org/"
	"u\",\"code\":\"age\"},\"valueQuantity\":{\"value\":65.0,\"unit\":"
	"\"years\",\"system\":\"http://unitsofmeasure.org\",\"code\":\"a\"}}],"
	"\"topic\":[{\"coding\":[{\"system\":\"http://www.ama-assn.org/go/cpt\",\"code\":\"27447\"}]}],"
	"\"effectivePeriod\":{\"start\":\"2024-01-01\",\"end\":\"2024-12-31\"},"
	"\"library\":[\"http://payer.example/Library/p1|3\"]}",
	"{\"resourceType\":\"PlanDefinition\",\"id\":\"hip\",\"url\":\"http://example.org/fhir/PlanDefinition/"
	"hip\",\"version\":\"1.0\","
	"\"name\":\"HipReplacement\",\"title\":\"H\xc3\xbc"
	"ft replacement\",\"status\":\"draft\",\"date\":\"2025-06-01T10:00:00Z\","
	"\"useContext\":[{\"code\":{\"system\":\"http://example.org/"
	"u\",\"code\":\"age\"},\"valueRange\":{\"low\":{\"value\":18,\"code\":"
	"\"a\",\"system\":\"http://unitsofmeasure.org\"},\"high\":{\"value\":70,\"code\":\"a\",\"system\":\"http://"
	"unitsofmeasure.org\"}}}],"
	"\"topic\":[{\"coding\":[{\"system\":\"urn:oid:2.16.840.1.113883.6.12\",\"code\":\"27130\"},{\"code\":\"M16.0\"}]}],"
	"\"effectivePeriod\":{\"start\":\"2025-01-01\"},\"library\":[\"http://payer.example/Library/p2\"]}",
	"{\"resourceType\":\"PlanDefinition\",\"id\":\"bare\",\"url\":\"http://example.org/other\",\"status\":\"active\"}",
};

static int setup(void **state)
{
	rig_setup(state);
	rig_begin();
	for (size_t i = 0; i < ARRAY_SIZE(plans); i++)
		rig_put(plans[i], 0);
	rig_commit();
	return 0;
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

/** "code:modifier=value,value" as a filter; a token's system stands before a bar. */
static struct store_filter make_filter(const char *type, const char *text)
{
	struct slice values = slice_of(text);
	struct slice name = slice_cut(&values, '=');
	struct slice modifier = name;
	struct slice code = slice_cut(&modifier, ':');
	struct store_value *list = arena_new_array(rig.arena, struct store_value, 8);
	struct store_filter filter = { .param = find_param(type, arena_cstr(rig.arena, code)),
				       .modifier = modifier,
				       .values = list };

	while (values.ptr) {
		struct slice value = slice_cut(&values, ',');
		size_t bar = slice_find(value, SLICE("|"));
		bool is_token = filter.param->type == FHIR_SEARCH_TOKEN && bar != SIZE_MAX;
		list[filter.value_count++] =
		    is_token ? (struct store_value){ .text = bar + 1 < value.len ? slice_from(value, bar + 1) : SLICE_NONE,
						     .system = { value.ptr, bar } }
			     : (struct store_value){ .text = value };
	}
	return filter;
}

/** Runs filters separated by '&'. */
static bool run(const char *type, const char *text, struct store_query query, struct store_page *page)
{
	struct store_filter filters[8];
	struct slice rest = slice_of(text);

	query.type = slice_of(type);
	query.filters = filters;
	while (rest.len > 0)
		filters[query.filter_count++] = make_filter(type, arena_cstr(rig.arena, slice_cut(&rest, '&')));
	return store_search(rig.conn, rig.arena, &query, page, &rig.err);
}

/** The ids that a search finds, separated by spaces. */
static const char *ids_of(const char *type, const char *text)
{
	struct store_query query = { .max_count = 20, .want_total = true };
	struct store_page page;
	struct buf ids;

	if (!run(type, text, query, &page))
		fail_msg("%s: %s (%s)", text, rig.err.message, rig.err.hint);
	buf_init(&ids, 4096);
	for (size_t i = 0; i < page.count; i++)
		buf_printf(&ids, "%s%.*s", i ? " " : "", SLICE_ARG(page.resources[i].id));
	const char *out = arena_cstr(rig.arena, buf_slice(&ids));
	buf_free(&ids);
	assert_int_equal(page.total, page.count);
	assert_false(page.has_more);
	return out;
}

static void assert_finds(const char *text, const char *expected)
{
	const char *ids = ids_of("PlanDefinition", text);

	if (strcmp(ids, expected) != 0)
		fail_msg("%s finds \"%s\", not \"%s\"", text, ids, expected);
}

static void assert_refuses(const char *text, enum error_code code)
{
	struct store_query query = { .max_count = 20 };
	struct store_page page;

	if (run("PlanDefinition", text, query, &page))
		fail_msg("%s is taken", text);
	rig_expect(code);
}

static void no_filter_finds_all_in_order_of_creation(void **state)
{
	(void)state;
	assert_finds("", "knee hip bare");
}

static void tokens_match_by_code_and_system(void **state)
{
	(void)state;
	assert_finds("topic=27447", "knee");
	assert_finds("topic=http://www.ama-assn.org/go/cpt|27447", "knee");
	assert_finds("topic=http://www.ama-assn.org/go/cpt|27447,27130", "knee hip");
	assert_finds("topic=http://example.org/never-stored|27447", "");
	assert_finds("topic=http://www.ama-assn.org/go/cpt|", "knee hip");
	assert_finds("topic=|m16.0", "hip");
	assert_finds("topic=|27447", "");
	assert_finds("identifier=http://example.org/ids|k-1", "knee");
	assert_finds("topic=2744", "");
	assert_refuses("topic:above=27447", ERROR_UNSUPPORTED);
}

static void a_value_said_twice_counts_once(void **state)
{
	(void)state;
	rig_put_alone(
	    "{\"resourceType\":\"PlanDefinition\",\"id\":\"twice\",\"title\":\"Twice\",\"status\":\"retired\",\"topic\":["
	    "{\"coding\":[{\"code\":\"T1\"},{\"code\":\"t1\"},{\"system\":\"http://"
	    "t\",\"code\":\"T1\"}]},{\"coding\":[{\"code\":\"T1\"}]}]}",
	    0);
	assert_finds("topic=T1", "twice");
	assert_finds("topic=t1,T1,http://t|T1", "twice");
}

static void aliases_of_a_code_system_are_that_system(void **state)
{
	(void)state;
	assert_finds("topic=http://www.ama-assn.org/go/cpt|27130", "hip");
	assert_finds("topic=urn:oid:2.16.840.1.113883.6.12|27447", "knee");
}

static void a_code_element_has_the_system_its_binding_implies(void **state)
{
	(void)state;
	assert_finds("status=active", "knee bare");
	assert_finds("status=http://hl7.org/fhir/publication-status|draft", "hip");
	assert_finds("status:not=active", "hip");
	assert_finds("topic:not=27447", "hip bare");
	assert_finds("topic:not=27447,27130", "bare");
	assert_finds("version=1.0", "knee hip");
}

static void strings_match_from_the_start_without_case_and_accents(void **state)
{
	(void)state;
	assert_finds("title=knee", "knee");
	assert_finds("title=KNEE  replacement (total)", "knee");
	assert_finds("title=replacement", "");
	assert_finds("title=h\xc3\xbc", "hip");
	assert_finds("title=huft", "hip");
	assert_finds("title:contains=REPLACEMENT", "knee hip");
	assert_finds("title:exact=Knee Replacement (total)", "knee");
	assert_finds("title:exact=knee replacement total", "");
	assert_finds("title:exact=Knee Replacement", "");
	assert_finds("title=huft,knee", "knee hip");
	assert_refuses("title=...", ERROR_SYNTAX);
	assert_refuses("title:text=knee", ERROR_UNSUPPORTED);
}

static void uris_match_whole_below_and_above(void **state)
{
	(void)state;
	assert_finds("url=http://example.org/fhir/PlanDefinition/hip", "hip");
	assert_finds("url=http://example.org/fhir/PlanDefinition", "");
	assert_finds("url:below=http://example.org/fhir", "knee hip");
	assert_finds("url:below=http://example.org/oth", "");
	assert_finds("url:below=http://example.org/other/", "bare");
	assert_finds("url:above=http://example.org/other/deeper/one", "bare");
	assert_finds("url:above=http://example.org/othermost", "");
	assert_finds("url:below=http://example.org/%", "");
}

static void dates_compare_as_spans(void **state)
{
	(void)state;
	assert_finds("date=2024-02-29", "knee");
	assert_finds("date=2024", "knee");
	assert_finds("date=2025-06-01", "hip");
	assert_finds("date=2025-06-01T10:00", "hip");
	assert_finds("date=2024-02-29T12:00", "");
	assert_finds("date=gt2024-02-29", "hip");
	assert_finds("date=ge2024-02-29", "knee hip");
	assert_finds("date=lt2024-02-29", "");
	assert_finds("date=le2024-02-29", "knee");
	assert_finds("date=ne2024", "hip");
	assert_finds("date=sa2024-12-31", "hip");
	assert_finds("date=eb2025", "knee");
	assert_finds("date=ge2024-01&date=lt2025", "knee");
	assert_finds("effective=2024", "knee");
	assert_finds("effective=ge2030", "hip");
	assert_finds("effective=lt2024-01-01", "");
	assert_refuses("date=soon", ERROR_SYNTAX);
	assert_refuses("date:exact=2024", ERROR_UNSUPPORTED);
}

static void quantities_compare_within_precision_and_unit(void **state)
{
	(void)state;
	assert_finds("context-quantity=65", "knee");
	assert_finds("context-quantity=65.0|http://unitsofmeasure.org|a", "knee");
	assert_finds("context-quantity=65||years", "knee");
	assert_finds("context-quantity=65|http://unitsofmeasure.org|mo", "");
	assert_finds("context-quantity=65|http://example.org|a", "");
	assert_finds("context-quantity=65.4", "");
	assert_finds("context-quantity=gt69", "hip");
	assert_finds("context-quantity=lt20", "hip");
	assert_finds("context-quantity=ge65", "knee hip");
	assert_finds("context-quantity=sa18", "knee");
	assert_finds("context-quantity=eb70||a", "knee");
	assert_finds("context-quantity=ap60", "knee hip");
	assert_refuses("context-quantity=many", ERROR_SYNTAX);
}

static void references_match_by_id_type_url_and_version(void **state)
{
	(void)state;
	assert_finds("depends-on=http://payer.example/Library/p1", "knee");
	assert_finds("depends-on=http://payer.example/Library/p1|3", "knee");
	assert_finds("depends-on=http://payer.example/Library/p1|2", "");
	assert_finds("depends-on=http://other.example/Library/p1", "");
	rig_put_alone(
	    "{\"resourceType\":\"Organization\",\"id\":\"branch\",\"partOf\":{\"reference\":\"Organization/head/_history/2\"}}",
	    0);
	assert_string_equal(ids_of("Organization", "partof=Organization/head"), "branch");
	assert_string_equal(ids_of("Organization", "partof=head"), "branch");
	assert_string_equal(ids_of("Organization", "partof:Organization=head"), "branch");
	assert_string_equal(ids_of("Organization", "partof:Patient=head"), "");
	assert_string_equal(ids_of("Organization", "partof=Patient/head"), "");
	assert_refuses("depends-on:Nonsense=x", ERROR_UNSUPPORTED);
}

static void numbers_compare_within_precision(void **state)
{
	(void)state;
	rig_put_alone(
	    "{\"resourceType\":\"RiskAssessment\",\"id\":\"r\",\"status\":\"final\",\"subject\":{\"reference\":\"Patient/p\"},"
	    "\"prediction\":[{\"probabilityDecimal\":0.25}]}",
	    0);
	assert_string_equal(ids_of("RiskAssessment", "probability=0.25"), "r");
	assert_string_equal(ids_of("RiskAssessment", "probability=0.2500"), "r");
	assert_string_equal(ids_of("RiskAssessment", "probability=0.3"), "r");
	assert_string_equal(ids_of("RiskAssessment", "probability=0.26"), "");
	assert_string_equal(ids_of("RiskAssessment", "probability=gt0.2499"), "r");
	assert_string_equal(ids_of("RiskAssessment", "probability=gt0.25"), "");
	assert_string_equal(ids_of("RiskAssessment", "probability=le2.5e-1"), "r");
}

static void people_and_addresses_match_by_each_of_their_texts(void **state)
{
	(void)state;
	rig_put_alone(
	    "{\"resourceType\":\"Practitioner\",\"id\":\"p\",\"name\":[{\"use\":\"official\",\"family\":\"Doe\",\"given\":"
	    "[\"Jos\xc3\xa9\",\"Ann\"]}],\"address\":[{\"line\":[\"1 Main Street\"],\"city\":\"Springfield\"}]}",
	    0);
	assert_string_equal(ids_of("Practitioner", "name=doe"), "p");
	assert_string_equal(ids_of("Practitioner", "name=jose"), "p");
	assert_string_equal(ids_of("Practitioner", "name=official"), "");
	assert_string_equal(ids_of("Practitioner", "address=springf"), "p");
}

static void missing_asks_whether_there_is_a_value(void **state)
{
	(void)state;
	assert_finds("title:missing=true", "bare");
	assert_finds("title:missing=false", "knee hip");
	assert_finds("topic:missing=true&status=active", "bare");
	assert_refuses("title:missing=maybe", ERROR_SYNTAX);
}

static void filters_are_anded_and_values_ored(void **state)
{
	(void)state;
	assert_finds("status=active&version=1.0", "knee");
	assert_finds("status=active,draft&version=1.0", "knee hip");
	assert_finds("status=draft&topic=27447", "");
	assert_finds("_id=hip,bare,nobody", "hip bare");
	assert_finds("_id=hip,bare&status=active", "bare");
	assert_finds("_id=HIP", "");
	assert_finds("_lastUpdated=gt2020", "knee hip bare");
	assert_finds("_lastUpdated=lt2020", "");
	assert_finds("_lastUpdated=gt2020&_id=hip", "hip");
}

static void what_is_not_indexed_is_refused_not_ignored(void **state)
{
	struct store_query query = { .max_count = 1, .type = SLICE("PlanDefinition") };
	struct store_value *many = arena_new_array(rig.arena, struct store_value, 201);
	struct store_filter filter = { .param = find_param("PlanDefinition", "topic"), .values = many, .value_count = 201 };
	struct store_page page;

	(void)state;
	assert_refuses("context-type-value=a$b", ERROR_UNSUPPORTED);
	query.filters = &filter;
	query.filter_count = 1;
	assert_false(store_search(rig.conn, rig.arena, &query, &page, &rig.err));
	rig_expect(ERROR_LIMIT);
	filter.value_count = 1;
	assert_false(store_search(rig.conn, rig.arena, &query, &page, &rig.err));
	rig_expect(ERROR_SYNTAX);
	filter.value_count = 0;
	assert_false(store_search(rig.conn, rig.arena, &query, &page, &rig.err));
	rig_expect(ERROR_LIMIT);
	query = (struct store_query){ .max_count = 1 };
	assert_false(run("ActivityDefinition", "context-type-value=a$b", query, &page));
	rig_expect(ERROR_UNSUPPORTED);
	assert_true(run("ActivityDefinition", "status=active", query, &page));
	assert_int_equal(page.count, 0);
}

static void the_index_follows_changes_and_deletions(void **state)
{
	bool found;

	(void)state;
	rig_put_alone("{\"resourceType\":\"PlanDefinition\",\"id\":\"knee\",\"status\":\"retired\"}", 0);
	assert_finds("topic=27447", "");
	assert_finds("status=active", "bare");
	assert_finds("status=retired", "knee");
	rig_begin();
	assert_ok(store_delete(rig.conn, STORE_R4, SLICE("PlanDefinition"), SLICE("knee"), &found, &rig.err), &rig.err);
	rig_commit();
	assert_finds("status=retired", "");
	assert_finds("_id=knee", "");
	assert_finds("_lastUpdated=gt2020", "hip bare");
	assert_finds("status:not=active", "hip");
	assert_finds("", "hip bare");
}

/** Puts plans n0 to n(count-1), all active. */
static void put_many(const char *prefix, int count)
{
	char json[256];

	rig_begin();
	for (int i = 0; i < count; i++) {
		snprintf(json, sizeof(json),
			 "{\"resourceType\":\"PlanDefinition\",\"id\":\"%s%d\",\"url\":\"http://x/%s%d\",\"status\":\"active\"}",
			 prefix, i, prefix, i);
		rig_put(json, 0);
	}
	rig_commit();
}

/** Pages through all active plans, calling `between` after each page; counts how often each of n0 … was seen. */
static void page_through(void (*between)(int page), unsigned seen[700])
{
	struct store_query query = { .max_count = 50 };
	struct store_page page;
	int number = 0;

	do {
		assert_ok(run("PlanDefinition", "status=active", query, &page), &rig.err);
		for (size_t i = 0; i < page.count; i++) {
			assert_true(page.positions[i] > query.after);
			query.after = page.positions[i];
			if (page.resources[i].id.ptr[0] == 'n')
				seen[atoi(page.resources[i].id.ptr + 1)]++;
		}
		assert_int_equal(page.count, page.has_more ? 50 : page.count);
		between(number++);
	} while (page.has_more);
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
		if (seen[i] != (i > 585 && i <= 590 ? 0 : 1))
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
	assert_true(page.has_more);
	query.max_count = 0;
	assert_ok(run("PlanDefinition", "status=active", query, &page), &rig.err);
	assert_int_equal(page.count, 0);
	assert_int_equal(page.total, 302);
	query.after = UINT64_MAX;
	assert_ok(run("PlanDefinition", "status=active", query, &page), &rig.err);
	assert_int_equal(page.count, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		TEST(no_filter_finds_all_in_order_of_creation),
		TEST(tokens_match_by_code_and_system),
		TEST(a_value_said_twice_counts_once),
		TEST(aliases_of_a_code_system_are_that_system),
		TEST(a_code_element_has_the_system_its_binding_implies),
		TEST(strings_match_from_the_start_without_case_and_accents),
		TEST(uris_match_whole_below_and_above),
		TEST(dates_compare_as_spans),
		TEST(quantities_compare_within_precision_and_unit),
		TEST(references_match_by_id_type_url_and_version),
		TEST(numbers_compare_within_precision),
		TEST(people_and_addresses_match_by_each_of_their_texts),
		TEST(missing_asks_whether_there_is_a_value),
		TEST(filters_are_anded_and_values_ored),
		TEST(what_is_not_indexed_is_refused_not_ignored),
		TEST(the_index_follows_changes_and_deletions),
		TEST(paging_repeats_and_loses_nothing_while_others_write),
		TEST(narrow_and_wide_filters_find_the_same_together),
		TEST(statements_come_and_go),
		TEST(threads_search_while_one_writes),
		TEST(the_total_counts_all_and_the_page_says_that_there_is_more),
	};

	return cmocka_run_group_tests_name("store/search", tests, rig_setup_group, rig_teardown_group);
}
