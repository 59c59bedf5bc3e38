/* SPDX-License-Identifier: Apache-2.0 */
/* What the XML reader takes, and everything it refuses with its place. FHIR, "XML Representation of Resources". */
#include "fhir_testing.h"

#define FHIR "xmlns=\"http://hl7.org/fhir\""
#define XHTML "xmlns=\"http://www.w3.org/1999/xhtml\""
#define DIV "<text><status value=\"generated\"/>"

static void values_keep_their_text_and_place(void **state)
{
	struct fhir_node *node = read_xml(FHIR_R4, SLICE("<Observation " FHIR ">\n <status value='final'/>\n"
							 " <valueQuantity>\n  <value\n value=\"1.50\"/><unit value='m&#xB3;'/>"
							 "</valueQuantity></Observation>"));
	struct fhir_node *value = fhir_node_child(node, SLICE("value"));

	(void)state;
	assert_slice(node->type->name, "Observation");
	assert_slice(fhir_node_text(node, SLICE("status")), "final");
	assert_slice(value->type->name, "Quantity");
	assert_slice(fhir_node_text(value, SLICE("value")), "1.50");
	assert_slice(fhir_node_text(value, SLICE("unit")), "m³");
	assert_int_equal(value->line, 3);
	assert_int_equal(value->column, 2);
	assert_int_equal(fhir_node_child(value, SLICE("value"))->line, 4);
	assert_int_equal(fhir_node_child(value, SLICE("unit"))->line, 5);
	assert_int_equal(fhir_node_child(value, SLICE("unit"))->column, 16);
}

static void additional_resources_say_their_definition_in_an_attribute(void **state)
{
	struct fhir_node *node = read_xml(FHIR_R5, SLICE("<ProcedureDefinition " FHIR " resourceDefinition='https://x/y|1'>"
							 "<status value='active'/></ProcedureDefinition>"));

	(void)state;
	assert_slice(fhir_node_text(node, SLICE("resourceDefinition")), "https://x/y|1");
	refuse_xml(SLICE("<ProcedureDefinition " FHIR "><resourceDefinition value='https://x/y|1'/></ProcedureDefinition>"),
		   "\"resourceDefinition\": is an attribute in XML", 1, 50);
}

static void an_expected_type_decides(void **state)
{
	struct slice xml = SLICE("<ProcedureRecord " FHIR "><title value='x'/></ProcedureRecord>");
	struct fhir_xml_limits limits = FHIR_XML_LIMITS_DEFAULT;
	struct fhir_node *node;

	(void)state;
	assert_true(
	    fhir_xml_read(arena, schemas[FHIR_MODEL], type_named(FHIR_MODEL, "ProcedureRecord"), xml, &limits, &issues, &node));
	assert_slice(fhir_node_text(node, SLICE("title")), "x");
	assert_false(fhir_xml_read(arena, schemas[FHIR_R4], type_named(FHIR_R4, "Patient"), xml, &limits, &issues, &node));
	assert_refused("another type was expected", 1, 1);
	refuse_xml(xml, "\"ProcedureRecord\": no such resource type in FHIR 4.0.1", 1, 1);
}

static void an_inherited_namespace_goes_along_with_a_narrative(void **state)
{
	struct fhir_node *node =
	    read_xml(FHIR_R4, SLICE("<f:Basic xmlns:f='http://hl7.org/fhir' " XHTML "><f:text><f:status value='empty'/>"
				    "<div><p>x</p></div></f:text></f:Basic>"));

	(void)state;
	assert_slice(fhir_node_text(fhir_node_child(node, SLICE("text")), SLICE("div")),
		     "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>x</p></div>");
	refuse_xml(SLICE("<Basic " FHIR " xmlns:h='http://www.w3.org/1999/xhtml'>" DIV "<h:div>x</h:div></text></Basic>"),
		   "\"div\": not XML: Namespace prefix h on div is not defined", 1, 108);
}

static void what_is_not_plain_xml_is_refused(void **state)
{
	(void)state;
	refuse_xml(SLICE(""), "the document is empty", 1, 1);
	refuse_xml(SLICE("{}"), "not XML", 1, 1);
	refuse_xml(SLICE("<Basic " FHIR ">\n<id value='a'/>"), "not XML", 2, 16);
	refuse_xml(SLICE("<Basic " FHIR "><id value='\xff'/></Basic>"), "not valid UTF-8", 1, 47);
	refuse_xml(SLICE("<Basic " FHIR "><id value='a\0'/></Basic>"), "the character U+0000", 1, 48);
	refuse_xml(SLICE("<?xml version='1.0' encoding='ISO-8859-1'?><Basic " FHIR "/>"), "another encoding", 1, 1);
	refuse_xml(SLICE("<Basic " FHIR "><id value='a' value='b'/></Basic>"), "Attribute value redefined", 1, 59);
	refuse_xml(SLICE("<Basic " FHIR "><id value='&nbsp;'/></Basic>"), "Entity 'nbsp' not defined", 1, 53);
	refuse_xml(SLICE("<Basic " FHIR "><x:id value='a'/></Basic>"), "Namespace prefix x on id is not defined", 1, 51);
}

static void document_types_and_entities_are_refused(void **state)
{
	(void)state;
	refuse_xml(SLICE("<!DOCTYPE Basic SYSTEM 'file:///etc/passwd'>\n<Basic " FHIR "/>"), "document type declaration", 1, 1);
	refuse_xml(SLICE("<?xml version='1.0'?>\n<!DOCTYPE b [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>\n"
			 "<!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'>]><Basic " FHIR "><id value='&c;'/></Basic>"),
		   "document type declaration", 2, 1);
}

static void only_elements_and_attributes_of_the_tables_are_taken(void **state)
{
	(void)state;
	refuse_xml(SLICE("<Basic><id value='a'/></Basic>"), "in the namespace http://hl7.org/fhir", 1, 1);
	refuse_xml(SLICE("<Basik " FHIR "/>"), "\"Basik\": no such resource type", 1, 1);
	refuse_xml(SLICE("<Basic " FHIR "><title value='a'/></Basic>"), "\"title\": no such element", 1, 36);
	refuse_xml(SLICE("<Basic " FHIR "><id value='a' lang='x'/></Basic>"), "\"lang\": no such attribute", 1, 36);
	refuse_xml(SLICE("<Basic " FHIR " value='x'/>"), "\"value\": no such attribute", 1, 1);
	refuse_xml(SLICE("<Basic " FHIR "><o:id xmlns:o='urn:o' value='a'/></Basic>"), "not in the namespace", 1, 36);
	refuse_xml(SLICE("<Basic " FHIR "><id value='a'>x</id></Basic>"), "text cannot stand here", 1, 50);
	refuse_xml(SLICE("<Observation " FHIR "><value value='1'/></Observation>"), "ends with its type", 1, 42);
	refuse_xml(SLICE("<Basic " FHIR "><code><coding><id value='a'/></coding></code></Basic>"), "is an attribute in XML", 1,
		   50);
}

static void order_and_repetitions_are_checked(void **state)
{
	(void)state;
	refuse_xml(SLICE("<Basic " FHIR ">\n<created value='2026'/><id value='a'/></Basic>"), "\"id\": stands behind", 2, 24);
	refuse_xml(SLICE("<Basic " FHIR "><id value='a'/><id value='b'/></Basic>"), "\"id\": has more repetitions", 1, 51);
	refuse_xml(SLICE("<Patient " FHIR "><deceasedBoolean value='true'/><deceasedDateTime value='2026'/></Patient>"),
		   "only one type of a choice", 1, 69);
}

static void nothing_may_be_empty(void **state)
{
	(void)state;
	refuse_xml(SLICE("<Basic " FHIR "><id/></Basic>"), "must not be empty", 1, 36);
	refuse_xml(SLICE("<Basic " FHIR "><id value=''/></Basic>"), "must not be empty", 1, 36);
	refuse_xml(SLICE("<Basic " FHIR "><code/></Basic>"), "must not be empty", 1, 36);
	refuse_xml(SLICE("<Basic " FHIR "><contained/></Basic>"), "\"contained\": holds no resource", 1, 36);
}

static void contained_resources_stand_alone(void **state)
{
	(void)state;
	refuse_xml(SLICE("<Basic " FHIR "><contained><id value='a'/></contained></Basic>"), "\"id\": no such resource type", 1,
		   47);
	refuse_xml(SLICE("<Basic " FHIR "><contained><Basic/><Basic/></contained></Basic>"), "only one resource", 1, 55);
	refuse_xml(SLICE("<Basic " FHIR "><contained id='a'><Basic/></contained></Basic>"), "has no attributes", 1, 36);
	refuse_xml(SLICE("<Basic " FHIR "><contained><Resource/></contained></Basic>"), "no such resource type", 1, 47);
}

static void numbers_and_booleans_must_fit_json(void **state)
{
	(void)state;
	refuse_xml(SLICE("<Patient " FHIR "><active value='1'/></Patient>"), "must be true or false", 1, 38);
	refuse_xml(SLICE("<Patient " FHIR "><multipleBirthInteger value='+1'/></Patient>"), "must be a number", 1, 38);
}

static void narratives_are_xhtml(void **state)
{
	(void)state;
	refuse_xml(SLICE("<Basic " FHIR ">" DIV "<div>x</div></text></Basic>"), "not in the namespace", 1, 69);
	refuse_xml(SLICE("<Basic " FHIR ">" DIV "<p " XHTML ">x</p></text></Basic>"), "\"p\": no such element", 1, 69);
}

static struct slice repeated(const char *head, const char *part, size_t count, const char *tail)
{
	struct slice text;
	struct buf buf;

	buf_init(&buf, 60u << 20);
	arena_free(arena);
	arena = arena_new(256u << 20);
	issues_init(&issues, arena, 20);
	buf_append(&buf, slice_of(head));
	for (size_t i = 0; i < count; i++)
		buf_append(&buf, slice_of(part));
	buf_append(&buf, slice_of(tail));
	assert_false(buf.failed);
	text = arena_copy(arena, buf_slice(&buf));
	assert_non_null(text.ptr);
	buf_free(&buf);
	return text;
}

static void depth_width_and_size_are_limited(void **state)
{
	struct fhir_xml_limits limits = FHIR_XML_LIMITS_DEFAULT;

	(void)state;
	refuse_xml(repeated("<Basic " FHIR ">", "<extension url='a'>", 100000, ""), "nested too deeply", 1, 36 + 99 * 19);
	refuse_xml(repeated("<Basic " FHIR ">" DIV "<div " XHTML ">", "<p>", 100000, ""), "nested too deeply", 1, 111 + 97 * 3);
	refuse_xml(repeated("<Basic " FHIR " a", "='' a", 4000000, "=''/>"), "too many attributes", 1, 1);
	refuse_xml(repeated("<Basic " FHIR "><id value='", "0123456789", 5000000, "'/></Basic>"), "larger than allowed", 1, 1);
	limits.max_children = 3;
	refuse_xml_within(&limits, repeated("<Basic " FHIR ">", "<identifier><value value='x'/></identifier>", 4, "</Basic>"),
			  "too many elements in one element", 1, 36 + 3 * 43);
}

static void a_long_value_within_the_limits_is_taken(void **state)
{
	struct slice xml = repeated("<Binary " FHIR "><contentType value='text/plain'/><data value='", "0123456789abcdef",
				    1u << 20, "'/></Binary>");

	(void)state;
	assert_int_equal(fhir_node_text(read_xml(FHIR_R4, xml), SLICE("data")).len, 16u << 20);
}

static void a_lenient_reader_tells_what_it_leaves_out(void **state)
{
	struct slice xml =
	    SLICE("<Patient " FHIR "><active value='true' x='1'/><colour><shade value='a'/></colour><id value='a'/></Patient>");
	struct fhir_xml_limits limits = FHIR_XML_LIMITS_DEFAULT;
	struct fhir_node *node;

	(void)state;
	limits.lenient = true;
	assert_true(fhir_xml_read(arena, schemas[FHIR_R4], NULL, xml, &limits, &issues, &node));
	assert_int_equal(issues.count, 3);
	assert_int_equal(issues.error_count, 0);
	assert_slice(issues.first->text, "\"x\": no such attribute");
	assert_slice(written(node, FHIR_JSON_COMPACT), "{\"resourceType\":\"Patient\",\"id\":\"a\",\"active\":true}");
	assert_false(fhir_xml_read(arena, schemas[FHIR_R4], NULL,
				   SLICE("<Patient " FHIR "><id value='a'/><active value='true'/><id value='b'/></Patient>"),
				   &limits, &issues, &node));
	assert_int_equal(issues.error_count, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_test, end_test)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(values_keep_their_text_and_place),
		TEST(additional_resources_say_their_definition_in_an_attribute),
		TEST(an_expected_type_decides),
		TEST(an_inherited_namespace_goes_along_with_a_narrative),
		TEST(what_is_not_plain_xml_is_refused),
		TEST(document_types_and_entities_are_refused),
		TEST(only_elements_and_attributes_of_the_tables_are_taken),
		TEST(order_and_repetitions_are_checked),
		TEST(nothing_may_be_empty),
		TEST(contained_resources_stand_alone),
		TEST(numbers_and_booleans_must_fit_json),
		TEST(narratives_are_xhtml),
		TEST(depth_width_and_size_are_limited),
		TEST(a_long_value_within_the_limits_is_taken),
		TEST(a_lenient_reader_tells_what_it_leaves_out),
	};

	return cmocka_run_group_tests_name("xml_read", tests, load_schemas, free_schemas);
}
