/* SPDX-License-Identifier: Apache-2.0 */
/* What each kind of search parameter finds, with its prefixes and modifiers. */
#include "searching.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		SEARCH_TEST(no_filter_finds_all_in_order_of_creation),
		SEARCH_TEST(tokens_match_by_code_and_system),
		SEARCH_TEST(a_value_said_twice_counts_once),
		SEARCH_TEST(aliases_of_a_code_system_are_that_system),
		SEARCH_TEST(a_code_element_has_the_system_its_binding_implies),
		SEARCH_TEST(strings_match_from_the_start_without_case_and_accents),
		SEARCH_TEST(uris_match_whole_below_and_above),
		SEARCH_TEST(dates_compare_as_spans),
		SEARCH_TEST(quantities_compare_within_precision_and_unit),
		SEARCH_TEST(references_match_by_id_type_url_and_version),
		SEARCH_TEST(numbers_compare_within_precision),
		SEARCH_TEST(people_and_addresses_match_by_each_of_their_texts),
		SEARCH_TEST(missing_asks_whether_there_is_a_value),
		SEARCH_TEST(filters_are_anded_and_values_ored),
		SEARCH_TEST(what_is_not_indexed_is_refused_not_ignored),
		SEARCH_TEST(the_index_follows_changes_and_deletions),
		SEARCH_TEST(texts_beside_codes_and_identifiers_by_type),
		SEARCH_TEST(canonicals_match_with_and_without_version),
		SEARCH_TEST(versions_of_canonicals_are_below_what_they_begin_with),
		SEARCH_TEST(a_composite_asks_one_element_for_all_its_parts),
	};

	return cmocka_run_group_tests_name("store/search_values", tests, rig_setup_group, rig_teardown_group);
}
