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

static struct store_value make_value(struct slice text, bool is_token)
{
	size_t bar = is_token ? slice_find(text, SLICE("|")) : SIZE_MAX;

	if (bar == SIZE_MAX)
		return (struct store_value){ .text = text };
	return (struct store_value){ .text = bar + 1 < text.len ? slice_from(text, bar + 1) : SLICE_NONE,
				     .system = { text.ptr, bar } };
}

/** "one$two" for a composite whose first part is a token. */
static struct store_value make_parts(struct slice text)
{
	struct store_value *parts = arena_new_array(rig.arena, struct store_value, 2);

	parts[0] = make_value(slice_cut(&text, '$'), true);
	parts[1] = make_value(text, false);
	return (struct store_value){ .parts = parts };
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
		bool is_token = filter.param->type == FHIR_SEARCH_TOKEN || slice_equal(modifier, SLICE("identifier"));
		bool is_composite = slice_find(value, SLICE("$")) != SIZE_MAX;
		list[filter.value_count++] = is_composite ? make_parts(value) : make_value(value, is_token);
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
	assert_false(page.has_next);
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
	assert_refuses("topic:above-all=27447", ERROR_UNSUPPORTED);
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
	assert_finds("status=http://other|draft", "");
	assert_finds("status=|draft", "hip");
	assert_finds("status=http://hl7.org/fhir/publication-status|", "knee hip bare");
	assert_finds("status=http://other|", "");
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
	struct store_value *many = arena_new_array(rig.arena, struct store_value, 1001);
	struct store_filter filter = { .param = find_param("PlanDefinition", "topic"), .values = many, .value_count = 1001 };
	struct store_page page;

	(void)state;
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
	assert_false(run("ActivityDefinition", "context-type-value=a", query, &page));
	rig_expect(ERROR_SYNTAX);
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

/* ---- filters that lead to other resources ---- */

static const char *const family[] = {
	"{\"resourceType\":\"Organization\",\"id\":\"head\",\"name\":\"Head Office\",\"active\":true}",
	"{\"resourceType\":\"Organization\",\"id\":\"branch\",\"name\":\"Branch\",\"partOf\":{\"reference\":\"Organization/"
	"head\"}}",
	"{\"resourceType\":\"Organization\",\"id\":\"desk\",\"name\":\"Desk\",\"partOf\":{\"reference\":\"Organization/branch\","
	"\"display\":\"The Branch\",\"identifier\":{\"system\":\"http://ids\",\"value\":\"B-1\"}}}",
	"{\"resourceType\":\"Library\",\"id\":\"p1-2\",\"url\":\"http://payer.example/Library/p1\",\"version\":\"2\",\"status\":"
	"\"retired\"}",
	"{\"resourceType\":\"Library\",\"id\":\"p1-3\",\"url\":\"http://payer.example/Library/p1\",\"version\":\"3\",\"status\":"
	"\"active\"}",
	"{\"resourceType\":\"Library\",\"id\":\"p2-1\",\"url\":\"http://payer.example/Library/p2\",\"version\":\"1\",\"status\":"
	"\"draft\"}",
};

static void put_family(void)
{
	rig_begin();
	for (size_t i = 0; i < ARRAY_SIZE(family); i++)
		rig_put(family[i], 0);
	rig_commit();
}

static struct store_filter *new_filter(struct store_filter filter)
{
	struct store_filter *out = arena_new_of(rig.arena, struct store_filter);

	assert_non_null(out);
	*out = filter;
	return out;
}

/** `owner`.`code` leads to a `type` for which `inner` holds. */
static struct store_filter *chain(const char *owner, const char *code, const char *type, const struct store_filter *inner)
{
	return new_filter((struct store_filter){ .kind = STORE_FILTER_CHAIN,
						 .param = find_param(owner, code),
						 .type = slice_of(type),
						 .inner = inner,
						 .inner_count = 1 });
}

/** A `type` leads here by `code`, and `inner` holds for it. */
static struct store_filter *has(const char *type, const char *code, const struct store_filter *inner)
{
	return new_filter((struct store_filter){ .kind = STORE_FILTER_HAS,
						 .param = find_param(type, code),
						 .type = slice_of(type),
						 .inner = inner,
						 .inner_count = 1 });
}

static struct store_filter *value(const char *type, const char *text)
{
	return new_filter(make_filter(type, text));
}

static const char *join_ids(const struct store_page *page)
{
	struct buf ids;

	buf_init(&ids, 4096);
	for (size_t i = 0; i < page->count; i++)
		buf_printf(&ids, "%s%.*s", i ? " " : "", SLICE_ARG(page->resources[i].id));
	const char *out = arena_cstr(rig.arena, buf_slice(&ids));
	buf_free(&ids);
	return out;
}

static void assert_query(struct store_query query, const char *expected)
{
	struct store_page page;

	query.max_count = query.max_count ? query.max_count : 20;
	query.want_total = true;
	assert_ok(store_search(rig.conn, rig.arena, &query, &page, &rig.err), &rig.err);
	assert_string_equal(join_ids(&page), expected);
	assert_int_equal(page.total, page.count);
}

static void assert_filter(const char *type, const struct store_filter *filter, const char *expected)
{
	assert_query((struct store_query){ .type = slice_of(type), .filters = filter, .filter_count = 1 }, expected);
}

static void a_chain_asks_the_resource_that_is_referred_to(void **state)
{
	(void)state;
	put_family();
	assert_filter("Organization", chain("Organization", "partof", "Organization", value("Organization", "name=head")),
		      "branch");
	assert_filter("Organization",
		      chain("Organization", "partof", "Organization",
			    chain("Organization", "partof", "Organization", value("Organization", "name=head"))),
		      "desk");
	assert_filter("Organization", chain("Organization", "partof", "Organization", value("Organization", "name=desk")), "");
	assert_filter("Organization", chain("Organization", "partof", "Organization", value("Organization", "name:missing=true")),
		      "");
	assert_filter("Organization", chain("Organization", "partof", "Patient", value("Patient", "name=head")), "");
}

static void a_chain_follows_canonicals_and_their_versions(void **state)
{
	(void)state;
	put_family();
	/* knee names version 3 of p1; hip names p2 without a version. */
	assert_filter("PlanDefinition", chain("PlanDefinition", "depends-on", "Library", value("Library", "status=active")),
		      "knee");
	assert_filter("PlanDefinition", chain("PlanDefinition", "depends-on", "Library", value("Library", "status=retired")), "");
	assert_filter("PlanDefinition", chain("PlanDefinition", "depends-on", "Library", value("Library", "version=1")), "hip");
	assert_filter("PlanDefinition", chain("PlanDefinition", "depends-on", "Library", value("Library", "_id=p2-1")), "hip");
}

static void has_asks_the_resources_that_refer_here(void **state)
{
	(void)state;
	put_family();
	assert_filter("Organization", has("Organization", "partof", value("Organization", "name=desk")), "branch");
	assert_filter("Organization",
		      has("Organization", "partof", has("Organization", "partof", value("Organization", "_id=desk"))), "head");
	assert_filter("Library", has("PlanDefinition", "depends-on", value("PlanDefinition", "topic=27447")), "p1-3");
	assert_filter("Library", has("PlanDefinition", "depends-on", value("PlanDefinition", "status:not=active")), "p2-1");
	assert_filter("Library", has("PlanDefinition", "depends-on", value("PlanDefinition", "topic=nothing")), "");
}

static void chains_follow_changes(void **state)
{
	(void)state;
	put_family();
	rig_put_alone("{\"resourceType\":\"Organization\",\"id\":\"head\",\"name\":\"Centre\"}", 0);
	assert_filter("Organization", chain("Organization", "partof", "Organization", value("Organization", "name=head")), "");
	assert_filter("Organization", chain("Organization", "partof", "Organization", value("Organization", "name=centre")),
		      "branch");
	rig_put_alone("{\"resourceType\":\"Organization\",\"id\":\"branch\",\"name\":\"Branch\"}", 0);
	assert_filter("Organization", chain("Organization", "partof", "Organization", value("Organization", "name=centre")), "");
	assert_filter("Organization", has("Organization", "partof", value("Organization", "_id=branch")), "");
}

static struct store_filter *group(enum store_filter_kind kind, const struct store_filter *a, const struct store_filter *b)
{
	struct store_filter *inner = arena_new_array(rig.arena, struct store_filter, 2);

	inner[0] = *a;
	inner[1] = *b;
	return new_filter((struct store_filter){ .kind = kind, .inner = inner, .inner_count = 2 });
}

static void groups_join_and_negate(void **state)
{
	const struct store_filter *active = value("PlanDefinition", "status=active");
	const struct store_filter *titled = value("PlanDefinition", "title:missing=false");

	(void)state;
	assert_filter("PlanDefinition", group(STORE_FILTER_ALL, active, titled), "knee");
	assert_filter("PlanDefinition", group(STORE_FILTER_ANY, active, titled), "knee hip bare");
	assert_filter("PlanDefinition", group(STORE_FILTER_NONE, active, titled), "");
	assert_filter("PlanDefinition",
		      group(STORE_FILTER_ANY, value("PlanDefinition", "_id=bare"), value("PlanDefinition", "topic=27130")),
		      "hip bare");
	assert_filter("PlanDefinition", group(STORE_FILTER_NONE, value("PlanDefinition", "_id=bare"), titled), "");
	assert_filter("PlanDefinition", new_filter((struct store_filter){ .kind = STORE_FILTER_ANY }), "");
	assert_filter("PlanDefinition", new_filter((struct store_filter){ .kind = STORE_FILTER_ALL }), "knee hip bare");
}

static void too_deep_and_too_many_filters_are_refused(void **state)
{
	const struct store_filter *filter = value("Organization", "name=x");
	struct store_query query = { .type = SLICE("Organization"), .filter_count = 1, .max_count = 1 };
	struct store_page page;

	(void)state;
	/* As of an earlier moment, which makes the query longer. */
	assert_ok(run("PlanDefinition", "", (struct store_query){ .max_count = 1 }, &page), &rig.err);
	query.place.moment = page.moment;
	put_family();
	for (int i = 0; i < 40; i++) {
		filter = chain("Organization", "partof", "Organization", filter);
		query.filters = filter;
		if (!store_search(rig.conn, rig.arena, &query, &page, &rig.err)) {
			assert_true(i >= 4);
			rig_expect(ERROR_LIMIT);
			return;
		}
	}
	fail_msg("a chain of 40 steps is taken");
}

static void groups_in_groups_are_limited(void **state)
{
	const struct store_filter *filter = value("PlanDefinition", "status=active");
	struct store_query query = { .type = SLICE("PlanDefinition"), .filter_count = 1, .max_count = 1 };
	struct store_page page;

	(void)state;
	for (int i = 0; i < 40; i++) {
		filter = new_filter((struct store_filter){
		    .kind = i % 2 ? STORE_FILTER_NONE : STORE_FILTER_ANY, .inner = filter, .inner_count = 1 });
		query.filters = filter;
		if (!store_search(rig.conn, rig.arena, &query, &page, &rig.err)) {
			assert_true(i >= 4);
			rig_expect(ERROR_LIMIT);
			return;
		}
	}
	fail_msg("groups of 40 steps are taken");
}

/* ---- further modifiers ---- */

static void texts_beside_codes_and_identifiers_by_type(void **state)
{
	(void)state;
	put_family();
	rig_put_alone(
	    "{\"resourceType\":\"PlanDefinition\",\"id\":\"spoken\",\"status\":\"retired\",\"topic\":[{\"coding\":[{\"code\":"
	    "\"T\",\"display\":\"Total Knee\"}],\"text\":\"Kn\xc3\xa9"
	    "e operation\"}],\"identifier\":[{\"type\":{\"coding\":[{"
	    "\"system\":\"http://types\",\"code\":\"MR\"}]},\"system\":\"http://ids\",\"value\":\"77\"}]}",
	    0);
	assert_finds("topic:text=knee oper", "spoken");
	assert_finds("topic:text=total", "spoken");
	assert_finds("topic:text=knee", "spoken");
	assert_finds("topic:text=operation", "");
	assert_finds("identifier:of-type=http://types|MR|77", "spoken");
	assert_finds("identifier:of-type=http://types|MR|78", "");
	assert_finds("identifier:of-type=http://other|MR|77", "");
	assert_finds("identifier=77", "spoken");
	assert_finds("identifier=MR|77", "");
	assert_string_equal(ids_of("Organization", "partof:identifier=http://ids|B-1"), "desk");
	assert_string_equal(ids_of("Organization", "partof:identifier=B-1"), "desk");
	assert_string_equal(ids_of("Organization", "partof:identifier=http://ids|B-2"), "");
}

static void canonicals_match_with_and_without_version(void **state)
{
	(void)state;
	rig_put_alone("{\"resourceType\":\"PlanDefinition\",\"id\":\"profiled\",\"meta\":{\"profile\":[\"http://p/x|1.0\"]},"
		      "\"status\":\"retired\"}",
		      0);
	assert_finds("_profile=http://p/x", "profiled");
	assert_finds("_profile=http://p/x|1.0", "profiled");
	assert_finds("_profile=http://p/x|1.1", "");
	assert_finds("_profile:below=http://p", "profiled");
}

static void versions_of_canonicals_are_below_what_they_begin_with(void **state)
{
	static const char *const versions[] = { "1", "1.0", "1.0.2", "1.1", "10.0", "2.0" };

	(void)state;
	rig_begin();
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++)
		rig_put(arena_printf(
			    rig.arena,
			    "{\"resourceType\":\"PlanDefinition\",\"id\":\"v%s\",\"meta\":{\"profile\":[\"http://p/x|%s\"]},"
			    "\"url\":\"http://v/x\",\"version\":\"%s\",\"library\":[\"http://l/x|%s\"],\"status\":\"retired\"}",
			    versions[i], versions[i], versions[i], versions[i])
			    .ptr,
			0);
	rig_put(
	    "{\"resourceType\":\"PlanDefinition\",\"id\":\"vn\",\"meta\":{\"profile\":[\"http://p/x\"]},\"url\":\"http://v/x\","
	    "\"library\":[\"http://l/x\"],\"status\":\"retired\"}",
	    0);
	rig_commit();
	static const char *const params[][2] = { { "_profile", "http://p/x" },
						 { "url", "http://v/x" },
						 { "depends-on", "http://l/x" } };
	for (size_t i = 0; i < ARRAY_SIZE(params); i++) {
		static const char *const cases[][2] = { { "%s:below=%s|1", "v1 v1.0 v1.0.2 v1.1" },
							{ "%s:below=%s|1.0", "v1.0 v1.0.2" },
							{ "%s:below=%s|1.0.2", "v1.0.2" },
							{ "%s:below=%s|3", "" },
							{ "%s:below=%s", "v1 v1.0 v1.0.2 v1.1 v10.0 v2.0 vn" },
							{ "%s=%s|1.0", "v1.0" },
							{ "%s=%s", "v1 v1.0 v1.0.2 v1.1 v10.0 v2.0 vn" } };
		for (size_t k = 0; k < ARRAY_SIZE(cases); k++)
			assert_finds(arena_printf(rig.arena, cases[k][0], params[i][0], params[i][1]).ptr, cases[k][1]);
		assert_refuses(arena_printf(rig.arena, "%s:above=%s|1.0", params[i][0], params[i][1]).ptr, ERROR_SYNTAX);
	}
	assert_refuses("depends-on:below=http://l/x|1,Library/x", ERROR_SYNTAX);
}

static void a_composite_asks_one_element_for_all_its_parts(void **state)
{
	(void)state;
	rig_put_alone(
	    "{\"resourceType\":\"PlanDefinition\",\"id\":\"two\",\"status\":\"retired\",\"useContext\":[{\"code\":{"
	    "\"system\":\"http://example.org/u\",\"code\":\"age\"},\"valueQuantity\":{\"value\":10,\"code\":\"a\"}},{"
	    "\"code\":{\"system\":\"http://example.org/u\",\"code\":\"weight\"},\"valueQuantity\":{\"value\":65,\"code\":"
	    "\"kg\"}}]}",
	    0);
	assert_finds("context-type-quantity=http://example.org/u|age$65", "knee");
	assert_finds("context-type-quantity=age$10", "two");
	assert_finds("context-type-quantity=weight$65||kg", "two");
	assert_finds("context-type-quantity=weight$65||a", "");
	assert_finds("context-type-quantity=weight$10", "");
	assert_finds("context-type-quantity=age$gt60", "knee hip");
	assert_finds("context-type-quantity=age$10,weight$gt60", "two");
	assert_finds("context-type-quantity=http://example.org/other|age$65", "");
	assert_finds("context-type-quantity:missing=true", "bare");
	assert_refuses("context-type-quantity=age", ERROR_SYNTAX);
	assert_refuses("context-type-quantity:exact=age$65", ERROR_UNSUPPORTED);
	assert_refuses("context-type-quantity=age$old", ERROR_SYNTAX);
}

/* ---- words ---- */

static const char *const told[] = {
	"{\"resourceType\":\"PlanDefinition\",\"id\":\"told\",\"status\":\"retired\",\"text\":{\"status\":\"generated\",\"div\":"
	"\"<div xmlns=\\\"http://www.w3.org/1999/xhtml\\\"><p>Total <b title=\\\"a > b\\\">Kn\xc3\xa9"
	"e</b> Replacement</p><p>caf&#233; &amp; rehabilitation</p></div>\"},\"purpose\":\"Less pain\"}",
	"{\"resourceType\":\"PlanDefinition\",\"id\":\"said\",\"status\":\"retired\",\"title\":\"Knee pain\",\"contained\":[{"
	"\"resourceType\":\"Organization\",\"id\":\"o\",\"name\":\"Rehabilitation Centre\"}],\"description\":"
	"\"Pain, less and less\"}",
};

static void put_told(void)
{
	rig_put_alone(told[0], 0);
	rig_put_alone(told[1], 0);
}

static void words_are_looked_for_in_the_narrative_or_in_everything(void **state)
{
	(void)state;
	put_told();
	assert_finds("_text=knee", "told");
	assert_finds("_text=KNEE total", "told");
	assert_finds("_text=cafe", "told");
	assert_finds("_text=pain", "");
	/* Neither tags nor their attributes are text. */
	assert_finds("_text=xmlns", "");
	assert_finds("_text=title", "");
	assert_finds("_text=b", "");
	assert_finds("_content=knee replacement", "knee told");
	assert_finds("_content=pain", "told said");
	assert_finds("_content=rehabilitation", "told said");
	assert_finds("_content=27447", "knee");
	assert_finds("_content=knee&status=active", "knee");
	assert_finds("_content=nothing", "");
}

static void words_are_joined_as_they_are_written(void **state)
{
	(void)state;
	put_told();
	assert_finds("_content=\"less pain\"", "told");
	assert_finds("_content=less pain", "told said");
	assert_finds("_content=\"pain less and less\"", "said");
	assert_finds("_content=rehab*", "told said");
	assert_finds("_content=rehab", "");
	assert_finds("_content=hip OR huft", "hip");
	assert_finds("_content=total OR pain AND centre", "knee told said");
	assert_finds("_content=(total OR pain) centre", "said");
	assert_finds("_content=centre,huft", "hip said");
	assert_finds("_content=or", "");
	assert_finds("_text=knee OR pain", "told");
}

/** Nothing that the engine's own language means something by: it is told as text, or refused. */
static void words_are_no_syntax_of_the_engine(void **state)
{
	static const char *const refused[] = {
		"_content=(knee",    "_content=knee)",         "_content=\"knee", "_content=OR",  "_content=knee OR",
		"_content=AND knee", "_content=knee NOT pain", "_content=*",      "_content=...", "_content=()",
		"_content="
	};

	(void)state;
	put_told();
	assert_finds("_content=narrative:knee", "");
	assert_finds("_content={narrative}:pain", "");
	assert_finds("_content=-knee", "knee told said");
	assert_finds("_content=^knee", "knee told said");
	assert_finds("_content=knee + pain -", "told said");
	assert_finds("_content=NEAR(knee pain)", "");
	assert_finds("_content=knee'; DROP TABLE index_text;--", "");
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		assert_refuses(refused[i], ERROR_SYNTAX);
	assert_refuses("_text:not=knee", ERROR_UNSUPPORTED);
	assert_refuses("_content:exact=knee", ERROR_UNSUPPORTED);
	assert_refuses("_content:missing=true", ERROR_UNSUPPORTED);
}

static void words_follow_changes_and_moments(void **state)
{
	struct store_query query = { .max_count = 1 };
	struct store_page page;

	(void)state;
	put_told();
	assert_ok(run("PlanDefinition", "_content=pain", query, &page), &rig.err);
	assert_true(page.has_next);
	query.place = page.places[0];
	rig_put_alone("{\"resourceType\":\"PlanDefinition\",\"id\":\"told\",\"status\":\"draft\",\"title\":\"Ease\"}", 0);
	rig_put_alone("{\"resourceType\":\"PlanDefinition\",\"id\":\"said\",\"status\":\"draft\",\"title\":\"Ease\"}", 0);
	assert_finds("_content=pain", "");
	assert_finds("_content=ease", "told said");
	/* The second page is of the moment of the first. */
	assert_ok(run("PlanDefinition", "_content=pain", query, &page), &rig.err);
	assert_int_equal(page.count, 1);
	assert_slice(page.resources[0].id, "said");
	assert_false(page.has_next);
}

static void words_go_with_all_other_filters(void **state)
{
	(void)state;
	put_family();
	put_told();
	assert_filter("PlanDefinition",
		      group(STORE_FILTER_ANY, value("PlanDefinition", "_text=total"), value("PlanDefinition", "_id=hip")),
		      "hip told");
	assert_filter("PlanDefinition",
		      group(STORE_FILTER_NONE, value("PlanDefinition", "_content=knee"), value("PlanDefinition", "_id=hip")),
		      "bare");
	assert_filter("Organization", chain("Organization", "partof", "Organization", value("Organization", "_content=office")),
		      "branch");
	assert_filter("Organization", has("Organization", "partof", value("Organization", "_content=desk")), "branch");
}

static void words_are_not_kept_when_they_are_not_wanted(void **state)
{
	(void)state;
	put_told();
	rig_close();
	rig.options.full_text = false;
	rig_open();
	assert_refuses("_content=knee", ERROR_UNSUPPORTED);
	assert_finds("title=knee", "knee said");
	rig_put_alone("{\"resourceType\":\"PlanDefinition\",\"id\":\"told\",\"status\":\"draft\",\"title\":\"Ease\"}", 0);
	rig_close();
	rig.options.full_text = true;
	rig_open();
	assert_finds("_content=ease", "told");
	assert_finds("_content=knee", "knee said");
}

/* ---- order ---- */

/** "title,-date" as the query's order. */
static struct store_query sorted(const char *text)
{
	struct store_sort *sort = arena_new_array(rig.arena, struct store_sort, STORE_SORT_MAX);
	struct store_query query = { .type = SLICE("PlanDefinition"), .sort = sort };
	struct slice rest = slice_of(text);

	while (rest.ptr) {
		struct slice one = slice_cut(&rest, ',');
		bool is_descending = slice_starts(one, SLICE("-"));
		one = slice_from(one, is_descending);
		sort[query.sort_count++] =
		    (struct store_sort){ find_param("PlanDefinition", arena_cstr(rig.arena, one)), is_descending };
	}
	return query;
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

static void several_types_are_asked_for_what_they_share(void **state)
{
	const struct slice types[] = { SLICE("Organization"), SLICE("Library"), SLICE("PlanDefinition") };
	struct store_query query = { .types = types, .type_count = 3, .filter_count = 1, .max_count = 1 };
	struct store_page page;

	(void)state;
	put_family();
	query.max_count = 20;
	query.filters = value("Library", "_id=hip,head,p2-1");
	assert_query(query, "hip head p2-1");
	query.filters = value("Library", "_lastUpdated=gt2020");
	query.type_count = 2;
	assert_query(query, "head branch desk p1-2 p1-3 p2-1");
	query.filters = value("Library", "status=active");
	assert_query(query, "p1-3");
	query.filters = value("PlanDefinition", "topic=27447");
	assert_false(store_search(rig.conn, rig.arena, &query, &page, &rig.err));
	rig_expect(ERROR_UNSUPPORTED);
}

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
		TEST(a_chain_asks_the_resource_that_is_referred_to),
		TEST(a_chain_follows_canonicals_and_their_versions),
		TEST(has_asks_the_resources_that_refer_here),
		TEST(chains_follow_changes),
		TEST(groups_join_and_negate),
		TEST(too_deep_and_too_many_filters_are_refused),
		TEST(groups_in_groups_are_limited),
		TEST(texts_beside_codes_and_identifiers_by_type),
		TEST(canonicals_match_with_and_without_version),
		TEST(versions_of_canonicals_are_below_what_they_begin_with),
		TEST(a_composite_asks_one_element_for_all_its_parts),
		TEST(words_are_looked_for_in_the_narrative_or_in_everything),
		TEST(words_are_joined_as_they_are_written),
		TEST(words_are_no_syntax_of_the_engine),
		TEST(words_follow_changes_and_moments),
		TEST(words_go_with_all_other_filters),
		TEST(words_are_not_kept_when_they_are_not_wanted),
		TEST(order_follows_the_keys_and_what_is_missing_comes_last),
		TEST(pages_go_forth_and_back_in_any_order),
		TEST(pages_in_order_are_of_one_moment),
		TEST(a_page_shows_the_version_of_its_moment),
		TEST(a_moment_that_is_past_is_refused),
		TEST(several_types_are_asked_for_what_they_share),
		TEST(a_search_that_takes_too_long_is_ended),
		TEST(common_searches_go_by_indexes),
		TEST(the_newest_first_needs_no_sorting),
		TEST(a_plan_tells_what_drives),
		TEST(searching_what_is_never_stored_uses_up_no_memory),
	};

	return cmocka_run_group_tests_name("store/search", tests, rig_setup_group, rig_teardown_group);
}
