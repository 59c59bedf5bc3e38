/* SPDX-License-Identifier: Apache-2.0 */
/* StructureDefinitions added at start: what they bring, and every way in which they are refused. */
#include "fhir_testing.h"

#define HEAD(kind, base)                                                                                                         \
	"{\"resourceType\":\"StructureDefinition\",\"url\":\"http://example.org/sd/Thing\",\"name\":\"Thing\",\"kind\":\"" kind  \
	"\",\"abstract\":false,\"type\":\"Thing\",\"baseDefinition\":\"http://hl7.org/fhir/StructureDefinition/" base "\","      \
	"\"derivation\":\"specialization\",\"differential\":{\"element\":["
#define TAIL "]}}"
#define ROOT "{\"path\":\"Thing\",\"min\":0,\"max\":\"*\"}"

/** A schema of its own: tests add to it and break it. */
static struct fhir_schema *fresh(void)
{
	struct fhir_schema *schema;
	struct error err = { 0 };

	assert_ok(fhir_schema_load(arena, FHIR_R4, &schema, &err), &err);
	return schema;
}

static struct fhir_schema *with(struct slice json)
{
	struct fhir_schema *schema = fresh();
	struct error err = { 0 };

	assert_ok(fhir_schema_add(schema, "thing.json", json, &err), &err);
	return schema;
}

static void refuse(struct slice json, const char *place, const char *message)
{
	struct error err = { 0 };

	assert_false(fhir_schema_add(fresh(), "thing.json", json, &err));
	assert_string_equal(err.place, place);
	if (!strstr(err.message, message))
		fail_msg("\"%s\" is not in: %s", message, err.message);
}

static const struct fhir_element *element_of(const struct fhir_schema *schema, const char *type, const char *name)
{
	const struct fhir_type *found = fhir_type_find(schema, slice_of(type));

	assert_non_null(found);
	return fhir_element_find(found, slice_of(name), NULL);
}

static void a_resource_inherits_and_adds(void **state)
{
	struct fhir_schema *schema = with(SLICE(
	    HEAD("resource", "DomainResource") ROOT
	    ",{\"path\":\"Thing.code\",\"min\":1,\"max\":\"1\",\"isSummary\":true,\"type\":[{\"code\":\"CodeableConcept\"}],"
	    "\"binding\":{\"strength\":\"required\",\"valueSet\":\"http://example.org/vs\"}},"
	    "{\"path\":\"Thing.part\",\"min\":0,\"max\":\"*\",\"type\":[{\"code\":\"BackboneElement\"}]},"
	    "{\"path\":\"Thing.part.value[x]\",\"min\":0,\"max\":\"1\",\"type\":[{\"code\":\"string\"},"
	    "{\"code\":\"Reference\",\"targetProfile\":[\"http://hl7.org/fhir/StructureDefinition/Patient\"]}]},"
	    "{\"path\":\"Thing.part.part\",\"min\":0,\"max\":\"*\",\"contentReference\":\"#Thing.part\"}" TAIL));
	const struct fhir_type *thing = fhir_type_find(schema, SLICE("http://example.org/sd/Thing"));
	const struct fhir_element *code = element_of(schema, "Thing", "code"), *value = element_of(schema, "Thing.part", "value");

	(void)state;
	assert_slice(thing->name, "Thing");
	assert_int_equal(thing->kind, FHIR_KIND_RESOURCE);
	assert_slice(thing->elements[0].name, "id");
	assert_int_equal(code->order, 8); /* behind the eight elements of DomainResource */
	assert_int_equal(code->min, 1);
	assert_true(code->is_summary);
	assert_int_equal(code->binding, FHIR_BINDING_REQUIRED);
	assert_slice(code->value_set, "http://example.org/vs");
	assert_int_equal(value->order, 3); /* behind the three of BackboneElement */
	assert_true(value->is_choice);
	assert_slice(value->targets[0], "Patient");
	assert_slice(element_of(schema, "Thing.part", "part")->types[0]->name, "Thing.part");
}

static void its_instances_are_read_and_searched_like_any_other(void **state)
{
	struct fhir_schema *schema =
	    with(SLICE(HEAD("resource", "DomainResource") ROOT
		       ",{\"path\":\"Thing.code\",\"min\":0,\"max\":\"1\",\"type\":[{\"code\":\"code\"}]}" TAIL));
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct slice json = SLICE("{\"resourceType\":\"Thing\",\"id\":\"a\",\"code\":\"b\"}");
	struct fhir_node *node;
	size_t count;

	(void)state;
	assert_true(fhir_json_read(arena, schema, NULL, json, &limits, &issues, &node));
	assert_slice(written(node, FHIR_JSON_COMPACT), json.ptr);
	const struct fhir_search_param *params = fhir_search_params(schema, node->type, &count);
	assert_true(count > 0);
	assert_slice(params[0].code, "_content");
}

static void a_snapshot_overrides_what_is_inherited(void **state)
{
	struct fhir_schema *schema = with(SLICE(
	    "{\"resourceType\":\"StructureDefinition\",\"kind\":\"complex-type\",\"abstract\":true,\"baseDefinition\":"
	    "\"http://hl7.org/fhir/StructureDefinition/"
	    "Element\",\"derivation\":\"specialization\",\"snapshot\":{\"element\":[" ROOT
	    ",{\"path\":\"Thing.id\",\"min\":1,\"max\":\"1\",\"type\":[{\"code\":\"http://hl7.org/fhirpath/System.String\"}]},"
	    "{\"path\":\"Thing.extension\",\"min\":0,\"max\":\"*\",\"type\":[{\"code\":\"Extension\"}]},"
	    "{\"id\":\"Thing.extension:one\",\"path\":\"Thing.extension\",\"sliceName\":\"one\",\"min\":1,\"max\":\"1\"},"
	    "{\"path\":\"Thing.x\",\"min\":0,\"max\":\"0\",\"type\":[{\"code\":\"string\"}]}]}}"));
	const struct fhir_type *thing = fhir_type_find(schema, SLICE("Thing"));

	(void)state;
	assert_true(thing->is_abstract);
	assert_int_equal(thing->element_count, 3);
	assert_int_equal(thing->elements[0].min, 1);
	assert_true(thing->elements[0].is_attribute);
	assert_slice(thing->elements[0].types[0]->name, "string");
	assert_int_equal(thing->elements[1].max, FHIR_UNBOUNDED);
	assert_int_equal(thing->elements[2].max, 0);
}

static void a_logical_model_may_stand_on_base(void **state)
{
	struct fhir_schema *schema = with(SLICE(HEAD(
	    "logical", "Base") ROOT ",{\"path\":\"Thing.text\",\"min\":0,\"max\":\"1\",\"type\":[{\"code\":\"string\"}]}" TAIL));
	const struct fhir_type *thing = fhir_type_find(schema, SLICE("Thing"));

	(void)state;
	assert_int_equal(thing->kind, FHIR_KIND_LOGICAL);
	assert_int_equal(thing->element_count, 1);
}

static void a_definition_that_is_none_is_refused_with_its_place(void **state)
{
	(void)state;
	refuse(SLICE("{\"resourceType\":\"Patient\"}"), "thing.json:1:1", "not a StructureDefinition");
	refuse(SLICE("[1]"), "thing.json:1:1", "not a StructureDefinition");
	refuse(SLICE("{\n x}"), "thing.json:2:2", "not JSON");
	refuse(SLICE("{\"resourceType\":\"StructureDefinition\",\"derivation\":\"constraint\"}"), "thing.json:1:1",
	       "derivation must be specialization, not constraint");
	refuse(SLICE("{\"resourceType\":\"StructureDefinition\",\"derivation\":\"specialization\"}"), "thing.json:1:1",
	       "has elements");
	refuse(SLICE(HEAD("primitive-type", "Element") ROOT TAIL), "thing.json:1:1", "kind must be");
	refuse(SLICE(HEAD("resource", "Nothing") ROOT TAIL), "thing.json:1:1", "baseDefinition is not known");
}

static void elements_that_make_no_sense_are_refused(void **state)
{
#define ELEMENT(members) SLICE(HEAD("resource", "DomainResource") ROOT ",\n{" members "}" TAIL)
	(void)state;
	refuse(ELEMENT("\"path\":\"Other.a\""), "thing.json:2:1", "path does not begin");
	refuse(ELEMENT("\"path\":\"Thing.a.b\""), "thing.json:2:1", "does not stand right before: Thing.a.b");
	refuse(ELEMENT("\"path\":\"Things.a\""), "thing.json:2:1", "path does not begin");
	refuse(ELEMENT("\"path\":\"Thing.a\",\"min\":0,\"type\":[{\"code\":\"string\"}]"), "thing.json:2:1", "no max for");
	refuse(ELEMENT("\"path\":\"Thing.a\",\"min\":0,\"max\":\"x\",\"type\":[{\"code\":\"string\"}]"), "thing.json:2:1",
	       "max is not a cardinality: x");
	refuse(ELEMENT("\"path\":\"Thing.a\",\"min\":-1,\"max\":\"1\",\"type\":[{\"code\":\"string\"}]"), "thing.json:2:19",
	       "min is not a cardinality: -1");
	refuse(ELEMENT("\"path\":\"Thing.a\",\"min\":0,\"max\":\"1\""), "thing.json:2:1", "no type for Thing.a");
	refuse(ELEMENT("\"path\":\"Thing.a\",\"min\":0,\"max\":\"1\",\"type\":[{\"code\":\"strnig\"}]"), "thing.json:2:45",
	       "unknown type strnig");
	refuse(ELEMENT("\"path\":\"Thing.a\",\"min\":0,\"max\":\"1\",\"type\":[{\"code\":\"string\"},{\"code\":\"uri\"}]"),
	       "thing.json:2:1", "several types need [x]");
	refuse(ELEMENT("\"path\":\"Thing.a\",\"min\":0,\"max\":\"1\",\"contentReference\":\"#Thing.b\""), "thing.json:2:1",
	       "unknown type Thing.b");
}

#define XML_HEAD                                                                                                                 \
	"<StructureDefinition xmlns=\"http://hl7.org/fhir\">\n<url value=\"http://example.org/sd/Thing\"/><name "                \
	"value=\"Thing\"/>"                                                                                                      \
	"<status value=\"draft\"/><kind value=\"logical\"/><abstract value=\"false\"/><type value=\"Thing\"/>"                   \
	"<baseDefinition value=\"http://hl7.org/fhir/StructureDefinition/Base\"/><derivation value=\"specialization\"/>"         \
	"<differential><element id=\"Thing\"><path value=\"Thing\"/><min value=\"0\"/><max value=\"*\"/></element>\n"
#define XML_TAIL "</differential></StructureDefinition>"

static void a_definition_may_be_xml(void **state)
{
	struct fhir_schema *schema = with(
	    SLICE(XML_HEAD "<element id=\"Thing.value[x]\"><path value=\"Thing.value[x]\"/><min value=\"1\"/><max value=\"*\"/>"
			   "<type><code value=\"string\"/></type><type><code value=\"Reference\"/><targetProfile "
			   "value=\"http://hl7.org/fhir/StructureDefinition/Patient\"/></type>"
			   "<isSummary value=\"true\"/></element>" XML_TAIL));
	const struct fhir_element *value = element_of(schema, "Thing", "value");

	(void)state;
	assert_int_equal(value->min, 1);
	assert_int_equal(value->max, FHIR_UNBOUNDED);
	assert_int_equal(value->type_count, 2);
	assert_slice(value->targets[0], "Patient");
	assert_true(value->is_summary);
	/* Places are those of the XML. */
	refuse(SLICE(XML_HEAD "\n <element><path value=\"Thing.a\"/><max value=\"1\"/>\n <type><code "
			      "value=\"Strange\"/></type></element>" XML_TAIL),
	       "thing.json:5:2", "Strange");
	refuse(SLICE(XML_HEAD "<element>" XML_TAIL), "thing.json:3:25", "element"); /* behind the wrong end tag */
	refuse(SLICE("<Patient xmlns=\"http://hl7.org/fhir\"/>"), "thing.json:1:1", "not a StructureDefinition");
}

static void a_type_is_defined_once(void **state)
{
	struct fhir_schema *schema = with(SLICE(HEAD("resource", "DomainResource") ROOT TAIL));
	struct error err = { 0 };

	(void)state;
	assert_false(fhir_schema_add(schema, "again.json", SLICE(HEAD("resource", "DomainResource") ROOT TAIL), &err));
	assert_int_equal(err.code, ERROR_CONFLICT);
	assert_string_equal(err.place, "again.json");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_test, end_test)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_resource_inherits_and_adds),
		TEST(its_instances_are_read_and_searched_like_any_other),
		TEST(a_snapshot_overrides_what_is_inherited),
		TEST(a_logical_model_may_stand_on_base),
		TEST(a_definition_that_is_none_is_refused_with_its_place),
		TEST(elements_that_make_no_sense_are_refused),
		TEST(a_definition_may_be_xml),
		TEST(a_type_is_defined_once),
	};

	(void)refuse_json;
	return cmocka_run_group_tests_name("schema_add", tests, load_schemas, free_schemas);
}
