/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir_testing.h"

#include <libxml/parser.h>

#include "fhir/narrative_text.h"

static struct slice line_of(const char *line, const char *json)
{
	static struct buf buf;

	buf_free(&buf);
	buf_init(&buf, 1 << 16);
	narrative_line(&buf, slice_of(line), read_json(FHIR_R4, slice_of(json)));
	return buf_slice(&buf);
}

static void assert_contains(struct slice text, const char *part)
{
	if (slice_find(text, slice_of(part)) == SIZE_MAX)
		fail_msg("%.*s\n has not %s", SLICE_ARG(text), part);
}

static struct slice narrative_of(const char *json)
{
	struct fhir_node *resource = read_json(FHIR_R4, slice_of(json));
	struct error err = { 0 };

	assert_ok(fhir_narrative_generate(arena, schemas[FHIR_R4], resource, &err), &err);
	const struct fhir_node *text = fhir_node_child(resource, SLICE("text"));

	return text ? fhir_node_text(text, SLICE("div")) : SLICE_NONE;
}

static void a_path_stands_for_all_its_values(void **state)
{
	(void)state;
	assert_slice(
	    line_of("{name.given}", "{\"resourceType\":\"Patient\",\"name\":[{\"given\":[\"A\",\"B\"]},{\"given\":[\"C\"]}]}"),
	    "A, B, C");
	assert_slice(line_of("{nonsense.path}", "{\"resourceType\":\"Patient\"}"), "");
}

static void the_first_path_with_a_value_counts(void **state)
{
	(void)state;
	assert_slice(line_of("{gender|birthDate|id}", "{\"resourceType\":\"Patient\",\"id\":\"p\",\"birthDate\":\"2001-02\"}"),
		     "2001-02");
}

static void an_optional_part_needs_all_its_values(void **state)
{
	const char *patient = "{\"resourceType\":\"Patient\",\"id\":\"p\",\"gender\":\"other\"}";

	(void)state;
	assert_slice(line_of("[{gender}, ]{id}", patient), "other, p");
	assert_slice(line_of("[{gender} {birthDate}, ]{id}", patient), "p");
	assert_slice(line_of("[{gender}: ]{birthDate}", patient), "other");
	assert_slice(line_of("{id", patient), "p");
}

static void markup_in_values_is_escaped(void **state)
{
	(void)state;
	assert_slice(line_of("{name.text}", "{\"resourceType\":\"Patient\",\"name\":[{\"text\":\"<b> & \\\"x\\\"\\n]{id}\"}]}"),
		     "&lt;b&gt; &amp; &quot;x&quot;<br/>]{id}");
}

static void quantities_and_ranges_are_read_with_their_units(void **state)
{
	static const char *const cases[][2] = {
		{ "\"low\":{\"value\":1.50,\"unit\":\"h\",\"code\":\"h\"},\"high\":{\"value\":2,\"unit\":\"h\",\"code\":\"h\"}",
		  "1.50–2 h" },
		{ "\"low\":{\"value\":2,\"unit\":\"h\",\"code\":\"h\"},\"high\":{\"value\":2,\"unit\":\"h\",\"code\":\"h\"}",
		  "2 h" },
		{ "\"low\":{\"value\":30,\"code\":\"min\"},\"high\":{\"value\":2,\"code\":\"h\"}", "30 min–2 h" },
		{ "\"high\":{\"value\":2,\"code\":\"h\"}", "≤ 2 h" },
		{ "\"low\":{\"value\":2,\"code\":\"h\"}", "≥ 2 h" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char json[512];

		snprintf(json, sizeof(json), "{\"resourceType\":\"Condition\",\"onsetRange\":{%s}}", cases[i][0]);
		assert_slice(line_of("{onset}", json), cases[i][1]);
	}
}

static void only_web_addresses_become_links(void **state)
{
	char json[512];
	static const char *const urls[][2] = {
		{ "https://payer.example/a?b=1&c=2", "<a href=\"https://payer.example/a?b=1&amp;c=2\">Policy</a>" },
		{ "javascript:alert(1)", "<li>Policy</li>" },
		{ "HTTPS-but-no-scheme", "<li>Policy</li>" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(urls); i++) {
		snprintf(json, sizeof(json),
			 "{\"resourceType\":\"PlanDefinition\",\"title\":\"T\",\"status\":\"active\",\"relatedArtifact\":"
			 "[{\"type\":\"documentation\",\"display\":\"Policy\",\"url\":\"%s\"}]}",
			 urls[i][0]);
		assert_contains(narrative_of(json), urls[i][1]);
	}
}

static void codes_are_a_table_without_empty_columns(void **state)
{
	(void)state;
	struct slice div = narrative_of("{\"resourceType\":\"PlanDefinition\",\"title\":\"T\",\"status\":\"active\",\"topic\":"
					"[{\"coding\":[{\"system\":\"http://www.ama-assn.org/go/cpt\",\"code\":\"22513\"},"
					"{\"system\":\"urn:a&b\",\"code\":\"<1>\"}]}]}");

	assert_contains(
	    div, "<h3>Codes</h3><table class=\"grid\" cellpadding=\"4\"><tbody align=\"left\" valign=\"top\"><tr><th>Code</th>"
		 "<th>System</th></tr><tr><td>22513</td><td>Current Procedural "
		 "Terminology</td></tr><tr><td>&lt;1&gt;</td><td>urn:a&amp;b</td></tr></tbody></table>");
}

static void facts_without_value_are_left_out(void **state)
{
	(void)state;
	assert_contains(
	    narrative_of("{\"resourceType\":\"InsurancePlan\",\"name\":\"N\",\"status\":\"active\"}"),
	    "<h2>N</h2><table class=\"grid\" cellpadding=\"4\"><tbody align=\"left\" valign=\"top\"><tr><th>Status</th><td>active"
	    "</td></tr></tbody></table></div>");
	assert_slice(narrative_of("{\"resourceType\":\"InsurancePlan\",\"name\":\"N\"}"),
		     "<div xmlns=\"http://www.w3.org/1999/xhtml\"><h2>N</h2></div>");
}

static void moments_are_read_without_their_punctuation(void **state)
{
	static const char *const cases[][2] = {
		{ "2026-11-23T20:00:00.123Z", "2026-11-23 20:00:00 UTC" },
		{ "2026-11-23T20:00:00+02:00", "2026-11-23 20:00:00 UTC+02:00" },
		{ "2026-11", "2026-11" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char json[128];

		snprintf(json, sizeof(json), "{\"resourceType\":\"Condition\",\"onsetDateTime\":\"%s\"}", cases[i][0]);
		assert_slice(line_of("{onset}", json), cases[i][1]);
	}
}

static void an_extension_is_found_by_the_end_of_its_url(void **state)
{
	const char *patient =
	    "{\"resourceType\":\"Patient\",\"extension\":[{\"url\":\"http://a/not-kind\",\"valueString\":\"1\"},"
	    "{\"url\":\"http://a/kind\",\"valueString\":\"2\"},{\"url\":\"kind\",\"valueString\":\"3\"}]}";

	(void)state;
	assert_slice(line_of("{extension:kind.value}", patient), "2, 3");
	assert_slice(line_of("{extension:none.value}", patient), "");
}

static void actions_are_nested_lists(void **state)
{
	(void)state;
	struct slice div =
	    narrative_of("{\"resourceType\":\"PlanDefinition\",\"title\":\"T\",\"status\":\"active\",\"action\":[{\"title\":"
			 "\"Procedure\",\"action\":[{\"prefix\":\"1\",\"title\":\"Cut\",\"description\":\"Skin.\"}]}]}");

	assert_contains(div, "<li>Procedure<ol><li>Cut: Skin.</li></ol></li>");
}

static void blank_lines_part_paragraphs(void **state)
{
	(void)state;
	struct slice div = narrative_of("{\"resourceType\":\"PlanDefinition\",\"title\":\"T\",\"status\":\"active\","
					"\"description\":\"One\\nline.\\n\\n\\nTwo.\"}");

	assert_contains(div, "<p>One<br/>line.</p><p>Two.</p>");
}

static void an_old_narrative_is_replaced_and_an_empty_section_left_out(void **state)
{
	(void)state;
	struct slice div = narrative_of("{\"resourceType\":\"Organization\",\"text\":{\"status\":\"additional\",\"div\":\"<div "
					"xmlns=\\\"http://www.w3.org/1999/xhtml\\\">old</div>\"},\"name\":\"Payer\"}");

	assert_slice(div, "<div xmlns=\"http://www.w3.org/1999/xhtml\"><h2>Payer</h2></div>");
}

static void a_type_without_template_keeps_none(void **state)
{
	(void)state;
	assert_null(narrative_of("{\"resourceType\":\"Patient\",\"id\":\"p\"}").ptr);
}

static void what_no_xml_holds_is_replaced(void **state)
{
	(void)state;
	struct slice div = narrative_of("{\"resourceType\":\"Organization\",\"name\":\"a\\u0001b\\u001f]]>&\"}");
	xmlDocPtr document = xmlReadMemory(div.ptr, (int)div.len, NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR);

	assert_non_null(document);
	xmlFreeDoc(document);
	xmlCleanupParser();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_path_stands_for_all_its_values, begin_test, end_test),
		cmocka_unit_test_setup_teardown(the_first_path_with_a_value_counts, begin_test, end_test),
		cmocka_unit_test_setup_teardown(an_optional_part_needs_all_its_values, begin_test, end_test),
		cmocka_unit_test_setup_teardown(markup_in_values_is_escaped, begin_test, end_test),
		cmocka_unit_test_setup_teardown(quantities_and_ranges_are_read_with_their_units, begin_test, end_test),
		cmocka_unit_test_setup_teardown(only_web_addresses_become_links, begin_test, end_test),
		cmocka_unit_test_setup_teardown(codes_are_a_table_without_empty_columns, begin_test, end_test),
		cmocka_unit_test_setup_teardown(facts_without_value_are_left_out, begin_test, end_test),
		cmocka_unit_test_setup_teardown(moments_are_read_without_their_punctuation, begin_test, end_test),
		cmocka_unit_test_setup_teardown(an_extension_is_found_by_the_end_of_its_url, begin_test, end_test),
		cmocka_unit_test_setup_teardown(actions_are_nested_lists, begin_test, end_test),
		cmocka_unit_test_setup_teardown(blank_lines_part_paragraphs, begin_test, end_test),
		cmocka_unit_test_setup_teardown(an_old_narrative_is_replaced_and_an_empty_section_left_out, begin_test, end_test),
		cmocka_unit_test_setup_teardown(a_type_without_template_keeps_none, begin_test, end_test),
		cmocka_unit_test_setup_teardown(what_no_xml_holds_is_replaced, begin_test, end_test),
	};

	return cmocka_run_group_tests(tests, load_schemas, free_schemas);
}
