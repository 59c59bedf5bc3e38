/* SPDX-License-Identifier: Apache-2.0 */
/* The XML writer: order, attributes, narratives, and what XML cannot hold. FHIR, "XML Representation of Resources". */
#include "fhir_testing.h"

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
#define R4(text) FHIR_R4, SLICE(text)

static void assert_xml(enum fhir_version version, struct slice json, const char *expected)
{
	struct error err = { 0 };
	struct slice xml;

	assert_ok(written_xml(read_json(version, json), FHIR_XML_COMPACT, &xml, &err), &err);
	assert_slice(xml, expected);
}

static void elements_stand_in_order_with_values_as_attributes(void **state)
{
	(void)state;
	assert_xml(
	    R4("{\"active\":true,\"name\":[{\"given\":[\"A\",\"B\"],\"id\":\"n\"}],\"id\":\"p\",\"resourceType\":\"Patient\"}"),
	    HEAD "<Patient xmlns=\"http://hl7.org/fhir\"><id value=\"p\"/><active value=\"true\"/><name id=\"n\">"
		 "<given value=\"A\"/><given value=\"B\"/></name></Patient>");
	assert_xml(R4("{\"resourceType\":\"Patient\"}"), HEAD "<Patient xmlns=\"http://hl7.org/fhir\"/>");
}

static void the_pretty_form_indents_all_but_narratives(void **state)
{
	struct fhir_node *node = read_json(R4("{\"resourceType\":\"Basic\",\"text\":{\"status\":\"empty\",\"div\":"
					      "\"<div xmlns='http://www.w3.org/1999/xhtml'><p>a</p>\\n</div>\"},"
					      "\"contained\":[{\"resourceType\":\"Basic\",\"id\":\"i\"}]}"));
	struct error err = { 0 };
	struct slice xml;

	(void)state;
	assert_ok(written_xml(node, FHIR_XML_PRETTY, &xml, &err), &err);
	assert_slice(xml, HEAD "\n<Basic xmlns=\"http://hl7.org/fhir\">\n  <text>\n    <status value=\"empty\"/>\n"
			       "    <div xmlns='http://www.w3.org/1999/xhtml'><p>a</p>\n</div>\n  </text>\n"
			       "  <contained>\n    <Basic>\n      <id value=\"i\"/>\n    </Basic>\n  </contained>\n</Basic>\n");
}

static void white_space_and_marks_in_values_survive(void **state)
{
	(void)state;
	assert_xml(R4("{\"resourceType\":\"Basic\",\"id\":\"<a&\\\"b>\\t\\r\\n'\"}"),
		   HEAD "<Basic xmlns=\"http://hl7.org/fhir\"><id value=\"&lt;a&amp;&quot;b&gt;&#9;&#13;&#10;'\"/></Basic>");
}

static void the_definition_of_an_additional_resource_is_an_attribute(void **state)
{
	(void)state;
	assert_xml(
	    FHIR_R5, SLICE("{\"resourceType\":\"ProcedureDefinition\",\"resourceDefinition\":\"https://x/y|1\",\"id\":\"a\"}"),
	    HEAD "<ProcedureDefinition xmlns=\"http://hl7.org/fhir\" resourceDefinition=\"https://x/y|1\"><id value=\"a\"/>"
		 "</ProcedureDefinition>");
}

static void a_narrative_without_namespace_gets_that_of_xhtml(void **state)
{
	(void)state;
	assert_xml(
	    R4("{\"resourceType\":\"Basic\",\"text\":{\"div\":\"<div class='a'>x</div>\"}}"),
	    HEAD "<Basic xmlns=\"http://hl7.org/fhir\"><text><div xmlns=\"http://www.w3.org/1999/xhtml\" class='a'>x</div></text>"
		 "</Basic>");
}

static void refuse(struct slice json, const char *place, const char *text)
{
	struct error err = { 0 };
	struct slice xml;

	assert_false(written_xml(read_json(FHIR_R4, json), FHIR_XML_COMPACT, &xml, &err));
	assert_int_equal(err.code, ERROR_UNSUPPORTED);
	assert_string_equal(err.place, place);
	if (!strstr(err.message, text))
		fail_msg("\"%s\" is not in: %s", text, err.message);
}

#define TEXT(div) SLICE("{\"resourceType\":\"Basic\",\"text\":{\"div\":\"" div "\"}}")

static void narratives_that_would_break_the_document_are_refused(void **state)
{
	static const char place[] = "Basic.text.div";

	(void)state;
	refuse(TEXT("<div>a</div></text><id value='b'/>"), place, "not XML");
	refuse(TEXT("<div>a<br></div>"), place, "not XML");
	refuse(TEXT("<div>&nbsp;</div>"), place, "Entity 'nbsp' not defined");
	refuse(TEXT("<!DOCTYPE div [<!ENTITY a 'b'>]><div>&a;</div>"), place, "document type");
	refuse(TEXT("<?xml version='1.0'?><div>a</div>"), place, "one div");
	refuse(TEXT("<div>a</div><!-- b -->"), place, "one div");
	refuse(TEXT("<p>a</p>"), place, "one div");
	refuse(TEXT("<div xmlns='urn:other'>a</div>"), place, "one div");
	refuse(TEXT("plain"), place, "not XML");
}

static void what_xml_cannot_hold_is_refused(void **state)
{
	(void)state;
	refuse(SLICE("{\"resourceType\":\"Basic\",\"code\":{\"text\":\"a\\u0001\"}}"), "Basic.code.text",
	       "a character that XML cannot hold");
	refuse(SLICE("{\"resourceType\":\"Basic\",\"code\":{\"text\":\"a\\uffff\"}}"), "Basic.code.text",
	       "a character that XML cannot hold");
	refuse(SLICE("{\"resourceType\":\"Basic\",\"text\":{\"div\":\"<div/>\",\"_div\":{\"id\":\"a\"}}}"), "Basic.text.div",
	       "children");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_test, end_test)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(elements_stand_in_order_with_values_as_attributes),
		TEST(the_pretty_form_indents_all_but_narratives),
		TEST(white_space_and_marks_in_values_survive),
		TEST(the_definition_of_an_additional_resource_is_an_attribute),
		TEST(a_narrative_without_namespace_gets_that_of_xhtml),
		TEST(narratives_that_would_break_the_document_are_refused),
		TEST(what_xml_cannot_hold_is_refused),
	};

	return cmocka_run_group_tests_name("xml_write", tests, load_schemas, free_schemas);
}
