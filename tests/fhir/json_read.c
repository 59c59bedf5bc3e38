/* SPDX-License-Identifier: Apache-2.0 */
/* What the JSON reader takes, and everything it refuses with its place. FHIR, "JSON Representation of Resources". */
#include "fhir_testing.h"

#define R4(text) FHIR_R4, SLICE(text)

static void values_keep_their_text_and_place(void **state)
{
	struct fhir_node *node = read_json(R4("{\n \"resourceType\": \"Observation\",\n \"status\":\"final\",\n"
					      " \"valueQuantity\": {\"value\": 1.50, \"unit\": \"m\\u00b3\"}}"));
	struct fhir_node *value = fhir_node_child(node, SLICE("value"));

	(void)state;
	assert_slice(node->type->name, "Observation");
	assert_slice(fhir_node_text(node, SLICE("status")), "final");
	assert_slice(value->type->name, "Quantity");
	assert_slice(fhir_node_text(value, SLICE("value")), "1.50");
	assert_slice(fhir_node_text(value, SLICE("unit")), "m³");
	assert_int_equal(value->line, 4);
	assert_int_equal(value->column, 2);
	assert_int_equal(fhir_node_child(value, SLICE("unit"))->column, 35);
}

static void plain_strings_point_into_the_input(void **state)
{
	struct slice json = SLICE("{\"resourceType\":\"Patient\",\"id\":\"a1\"}");
	struct slice id = fhir_node_text(read_json(FHIR_R4, json), SLICE("id"));

	(void)state;
	assert_true(id.ptr > json.ptr && id.ptr < json.ptr + json.len);
}

static void the_type_may_stand_anywhere(void **state)
{
	struct fhir_node *node =
	    read_json(R4("{\"contained\":[{\"id\":\"x\",\"resourceType\":\"Organization\"}],\"resourceType\":\"Patient\"}"));

	(void)state;
	assert_slice(node->type->name, "Patient");
	assert_slice(node->first->type->name, "Organization");
	assert_slice(node->first->element->name, "contained");
}

static void children_stand_in_the_order_of_the_specification(void **state)
{
	struct fhir_node *node =
	    read_json(R4("{\"status\":\"final\",\"id\":\"b\",\"resourceType\":\"Observation\",\"meta\":{\"versionId\":\"1\"}}"));

	(void)state;
	assert_slice(node->first->element->name, "id");
	assert_slice(node->first->next->element->name, "meta");
	assert_slice(node->last->element->name, "status");
	assert_null(node->last->next);
}

static void companions_join_their_values(void **state)
{
	struct fhir_node *name, *given;
	struct fhir_node *node =
	    read_json(R4("{\"resourceType\":\"Patient\",\"_birthDate\":{\"id\":\"b1\"},\"birthDate\":\"1970-03\","
			 "\"name\":[{\"given\":[null,\"B\"],\"_given\":[{\"extension\":[{\"url\":\"u\"}]},null]}]}"));

	(void)state;
	assert_slice(fhir_node_text(node, SLICE("birthDate")), "1970-03");
	assert_slice(fhir_node_text(fhir_node_child(node, SLICE("birthDate")), SLICE("id")), "b1");
	assert_null(fhir_node_again(fhir_node_child(node, SLICE("birthDate"))));
	name = fhir_node_child(node, SLICE("name"));
	given = fhir_node_child(name, SLICE("given"));
	assert_null(given->value.ptr);
	assert_slice(fhir_node_text(fhir_node_child(given, SLICE("extension")), SLICE("url")), "u");
	given = fhir_node_again(given);
	assert_slice(given->value, "B");
	assert_null(given->first);
	assert_null(fhir_node_again(given));
}

static void an_instance_of_a_logical_model_needs_no_resource_type(void **state)
{
	struct slice json = SLICE("{\"title\":\"T\",\"computableName\":\"T\"}");
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	const struct fhir_type *record = type_named(FHIR_MODEL, "ProcedureRecord");
	struct fhir_node *node;

	(void)state;
	assert_true(fhir_json_read(arena, schemas[FHIR_MODEL], record, json, &limits, &issues, &node));
	assert_slice(fhir_node_text(node, SLICE("title")), "T");
	json = SLICE("{\"resourceType\":\"Patient\",\"title\":\"T\"}");
	assert_false(fhir_json_read(arena, schemas[FHIR_MODEL], record, json, &limits, &issues, &node));
	assert_refused("expected resourceType \"ProcedureRecord\"", 1, 1);
}

static void what_is_not_json_is_refused(void **state)
{
	(void)state;
	refuse_json(R4(""), "not JSON", 1, 1);
	refuse_json(R4("[]"), "must be a JSON object", 1, 1);
	refuse_json(R4("12"), "must be a JSON object", 1, 1);
	refuse_json(R4("{\"resourceType\":\"Patient\"} x"), "not JSON", 1, 28);
	refuse_json(R4("{\"resourceType\":\"Patient\",\n\"active\":tru}"), "not JSON", 2, 13);
	refuse_json(R4("{\"resourceType\":\"Patient\",}"), "not JSON", 1, 27);
	refuse_json(R4("{\"resourceType\":\"Patient\",\"id\":\"a\nb\"}"), "not JSON", 1, 34);
	refuse_json(R4("{\"resourceType\":\"Patient\",\"multipleBirthInteger\":01}"), "not JSON", 1, 51);
	refuse_json(R4("{\"resourceType\":\"Patient\",\"multipleBirthInteger\":NaN}"), "not JSON", 1, 50);
	refuse_json(R4("{\"resourceType\":\"Patient\" /* c */}"), "not JSON", 1, 27);
}

static void text_that_is_not_utf8_is_refused(void **state)
{
	(void)state;
	refuse_json(R4("{\n\"id\":\"\xff\"}"), "UTF-8", 2, 7);
	refuse_json(R4("{\"id\":\"\xed\xa0\x80\"}"), "UTF-8", 1, 8);
	refuse_json(R4("{\"id\":\"\xc0\x80\"}"), "UTF-8", 1, 8);
}

static void lone_surrogates_and_nul_are_refused(void **state)
{
	(void)state;
	refuse_json(R4("{\"resourceType\":\"Patient\",\n\"id\":\"a\\ud800\"}"), "surrogate", 2, 8);
	refuse_json(R4("{\"resourceType\":\"Patient\",\"id\":\"\\udc00b\"}"), "surrogate", 1, 33);
	refuse_json(R4("{\"resourceType\":\"Patient\",\"id\":\"\\ud800\\ud800\"}"), "surrogate", 1, 33);
	refuse_json(R4("{\"resourceType\":\"Patient\",\"id\":\"\\ud800x\\udc00\"}"), "surrogate", 1, 33);
	refuse_json(R4("{\"resourceType\":\"Patient\",\"\\ud83d\":\"x\"}"), "surrogate", 1, 28);
	refuse_json(R4("{\"resourceType\":\"Patient\",\"id\":\"a\\u0000\"}"), "U+0000", 1, 34);
}

static void paired_surrogates_and_escaped_quotes_are_read(void **state)
{
	struct fhir_node *node = read_json(R4("{\"resourceType\":\"Organization\",\"name\":\"\\ud83d\\ude00 \\\"q\\\" \\\\\","
					      "\"alias\":[\"x\"]}"));

	(void)state;
	assert_slice(fhir_node_text(node, SLICE("name")), "😀 \"q\" \\");
	/* Found behind a string with escapes, so its start was searched backwards. */
	assert_int_equal(node->last->column, 72);
}

static void keys_given_twice_are_refused(void **state)
{
	(void)state;
	refuse_json(R4("{\"resourceType\":\"Patient\",\"id\":\"a\",\n\"id\":\"a\"}"), "twice", 2, 1);
	refuse_json(R4("{\"resourceType\":\"Patient\",\"resourceType\":\"Patient\"}"), "twice", 1, 27);
	refuse_json(R4("{\"resourceType\":\"Patient\",\"name\":[{\"text\":\"a\"}],\"name\":[{\"text\":\"a\"}]}"), "twice", 1, 49);
	refuse_json(R4("{\"resourceType\":\"Patient\",\"_active\":{\"id\":\"a\"},\"_active\":{\"id\":\"a\"}}"), "twice", 1, 48);
	/* The same key, spelled with an escape. */
	refuse_json(R4("{\"resourceType\":\"Patient\",\"id\":\"a\",\"i\\u0064\":\"a\"}"), "twice", 1, 36);
}

static void two_types_of_one_choice_are_refused(void **state)
{
	(void)state;
	refuse_json(R4("{\"resourceType\":\"Patient\",\"deceasedBoolean\":true,\"deceasedDateTime\":\"2000\"}"),
		    "only one type of a choice", 1, 50);
	refuse_json(R4("{\"resourceType\":\"Patient\",\"deceasedBoolean\":true,\"_deceasedDateTime\":{\"id\":\"a\"}}"),
		    "only one type of a choice", 1, 50);
	refuse_json(R4("{\"resourceType\":\"Patient\",\"deceased\":true}"), "ends with its type", 1, 27);
}

static void unknown_names_are_refused(void **state)
{
	(void)state;
	refuse_json(R4("{\"resourceType\":\"Patient\",\n  \"nme\":[]}"), "\"nme\": no such element", 2, 3);
	refuse_json(R4("{\"resourceType\":\"Patient\",\"Active\":true}"), "no such element", 1, 27);
	refuse_json(R4("{\"resourceType\":\"Patient\",\"\":true}"), "no such element", 1, 27);
	refuse_json(R4("{\"resourceType\":\"Patient\",\"_\":true}"), "no such element", 1, 27);
	refuse_json(R4("{\"resourceType\":\"Patient\",\"fhir_comments\":[\"x\"]}"), "no such element", 1, 27);
	refuse_json(R4("{\"resourceType\":\"Patience\"}"), "no resource type \"Patience\" in FHIR 4.0.1", 1, 2);
	refuse_json(R4("{\"resourceType\":\"DomainResource\"}"), "no resource type", 1, 2);
	refuse_json(R4("{\"resourceType\":\"Coding\",\"code\":\"a\"}"), "no resource type", 1, 2);
	refuse_json(R4("{\"resourceType\":\"ProcedureRecord\",\"title\":\"a\"}"), "no resource type", 1, 2);
	refuse_json(R4("{\"resourceType\":[\"Patient\"]}"), "a resource needs resourceType", 1, 1);
	refuse_json(R4("{\"id\":\"a\"}"), "a resource needs resourceType", 1, 1);
	refuse_json(R4("{\"resourceType\":\"Patient\",\"contained\":[{\"id\":\"a\"}]}"), "a resource needs resourceType", 1, 40);
	refuse_json(R4("{\"resourceType\":\"Patient\",\"contained\":[7]}"), "must be a JSON object", 1, 40);
}

static void the_path_of_a_refusal_has_indexes(void **state)
{
	(void)state;
	refuse_json(R4("{\"resourceType\":\"Patient\",\"name\":[{\"text\":\"a\"},{\"given\":[\"a\",7]}]}"),
		    "must be a JSON string", 1, 62);
	assert_slice(issues.first->expression, "Patient.name[1].given[1]");
	assert_string_equal(issues.first->code, "structure");
}

static void wrong_json_forms_are_refused(void **state)
{
	(void)state;
	refuse_json(R4("{\"resourceType\":\"Patient\",\"active\":\"true\"}"), "must be true or false", 1, 27);
	refuse_json(R4("{\"resourceType\":\"Patient\",\"id\":1}"), "must be a JSON string", 1, 27);
	refuse_json(R4("{\"resourceType\":\"Patient\",\"multipleBirthInteger\":\"1\"}"), "must be a JSON number", 1, 27);
	refuse_json(R4("{\"resourceType\":\"Patient\",\"name\":{\"text\":\"a\"}}"), "must be a JSON array", 1, 27);
	refuse_json(R4("{\"resourceType\":\"Patient\",\"id\":[\"a\"]}"), "must not be a JSON array", 1, 27);
	refuse_json(R4("{\"resourceType\":\"Patient\",\"maritalStatus\":\"a\"}"), "must be a JSON object", 1, 27);
	refuse_json(R4("{\"resourceType\":\"Patient\",\"id\":{\"value\":\"a\"}}"), "must be a JSON string", 1, 27);
	refuse_json(R4("{\"resourceType\":\"Patient\",\"name\":[null]}"), "must be a JSON object", 1, 35);
	refuse_json(R4("{\"resourceType\":\"Patient\",\"name\":[[{\"text\":\"a\"}]]}"), "must be a JSON object", 1, 35);
}

static void empty_things_are_refused(void **state)
{
	(void)state;
	refuse_json(R4("{}"), "a resource needs resourceType", 1, 1);
	refuse_json(R4("{\"resourceType\":\"Patient\",\"id\":\"\"}"), "must not be empty", 1, 27);
	refuse_json(R4("{\"resourceType\":\"Patient\",\"name\":[]}"), "must not be empty", 1, 27);
	refuse_json(R4("{\"resourceType\":\"Patient\",\"meta\":{}}"), "must not be empty", 1, 27);
	refuse_json(R4("{\"resourceType\":\"Patient\",\"id\":null}"), "null is only allowed in arrays", 1, 27);
	refuse_json(R4("{\"resourceType\":\"Patient\",\"name\":[{\"given\":[null]}]}"), "null needs a value", 1, 45);
	refuse_json(R4("{\"resourceType\":\"Patient\",\"name\":[{\"given\":[\"a\",null],\"_given\":[{\"id\":\"x\"},null]}]}"),
		    "null needs a value", 1, 49);
}

static void companions_belong_to_primitives_only(void **state)
{
	(void)state;
	refuse_json(R4("{\"resourceType\":\"Patient\",\"_meta\":{\"id\":\"a\"}}"), "only primitive elements", 1, 27);
	refuse_json(R4("{\"resourceType\":\"Patient\",\"meta\":{\"_id\":{\"id\":\"a\"}}}"), "only primitive elements", 1, 35);
	refuse_json(R4("{\"resourceType\":\"Patient\",\"_active\":true}"), "must be a JSON object", 1, 27);
	refuse_json(R4("{\"resourceType\":\"Patient\",\"_active\":{\"value\":true}}"), "no such element", 1, 38);
}

static void every_fault_of_a_document_is_told(void **state)
{
	(void)state;
	refuse_json(R4("{\"resourceType\":\"Patient\",\"a\":1,\"b\":{\"c\":[]},\"active\":0}"), "\"a\": no such element", 1, 27);
	assert_int_equal(issues.count, 3);
	assert_int_equal(issues.error_count, 3);
}

static struct slice nested(size_t depth, const char *open, const char *close)
{
	struct buf buf;

	buf_init(&buf, 1u << 20);
	buf_append(&buf, SLICE("{\"resourceType\":\"Basic\",\"extension\":[{\"url\":\"a\",\"b\":"));
	for (size_t i = 0; i < depth; i++)
		buf_append(&buf, slice_of(open));
	buf_append(&buf, SLICE("1"));
	for (size_t i = 0; i < depth; i++)
		buf_append(&buf, slice_of(close));
	buf_append(&buf, SLICE("}]}"));
	struct slice text = arena_copy(arena, buf_slice(&buf));
	buf_free(&buf);
	return text;
}

static void depth_is_limited(void **state)
{
	(void)state;
	/* Three levels are open before the first of these: 61 more reach the limit of 64. */
	refuse_json(FHIR_R4, nested(61, "[", "]"), "no such element", 1, 49);
	refuse_json(FHIR_R4, nested(62, "[", "]"), "nested too deeply", 1, 53 + 61);
	refuse_json(FHIR_R4, nested(100000, "[", "]"), "nested too deeply", 1, 53 + 61);
	refuse_json(FHIR_R4, nested(20000, "{\"a\":", "}"), "nested too deeply", 1, 53 + 61 * 5);
}

static void size_and_width_are_limited(void **state)
{
	struct slice json = SLICE("{\"resourceType\":\"Organization\",\"alias\":[\"a\",\"b\",\"c\"]}");
	struct fhir_json_limits limits = { .max_bytes = json.len, .max_depth = 2, .max_children = 3 };
	struct fhir_node *node;

	(void)state;
	assert_true(fhir_json_read(arena, schemas[FHIR_R4], NULL, json, &limits, &issues, &node));
	limits.max_children = 2;
	assert_false(fhir_json_read(arena, schemas[FHIR_R4], NULL, json, &limits, &issues, &node));
	assert_refused("too many members or items", 1, 49);
	issues_init(&issues, arena, 5);
	limits.max_children = 3;
	limits.max_bytes--;
	assert_false(fhir_json_read(arena, schemas[FHIR_R4], NULL, json, &limits, &issues, &node));
	assert_refused("larger than allowed", 1, 1);
}

static void a_full_arena_is_a_refusal(void **state)
{
	struct slice json = SLICE("{\"resourceType\":\"Organization\",\"alias\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\"]}");
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct fhir_node *node;

	(void)state;
	for (size_t bytes = 0; bytes < 7 * sizeof(struct fhir_node); bytes += 16) {
		struct arena *small = arena_new(bytes);
		issues_init(&issues, arena, 5);
		assert_false(fhir_json_read(small, schemas[FHIR_R4], NULL, json, &limits, &issues, &node));
		assert_refused("no memory is left", 1, issues.first->column);
		assert_int_equal(issues.count, 1);
		arena_free(small);
	}
}

/** Minutes of work if each alias were to walk those before it: whoever breaks it sees the suite stand still. */
static void a_wide_document_in_reverse_order_is_read(void **state)
{
	struct fhir_node *node;
	size_t count = 0;
	struct buf buf;

	(void)state;
	/* Contacts stand after aliases: each alias must find its place without walking the contacts. */
	buf_init(&buf, 8u << 20);
	buf_append(&buf, SLICE("{\"resourceType\":\"Organization\",\"contact\":[{\"id\":\"a\"}],\"alias\":[\"a\""));
	for (size_t i = 0; i < 200000; i++)
		buf_append(&buf, SLICE(",\"a\""));
	buf_append(&buf, SLICE("]}"));
	node = fhir_node_child(read_json(FHIR_R4, arena_copy(arena, buf_slice(&buf))), SLICE("alias"));
	buf_free(&buf);
	for (; node; node = fhir_node_again(node))
		count++;
	assert_int_equal(count, 200001);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_test, end_test)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(values_keep_their_text_and_place),
		TEST(plain_strings_point_into_the_input),
		TEST(the_type_may_stand_anywhere),
		TEST(children_stand_in_the_order_of_the_specification),
		TEST(companions_join_their_values),
		TEST(an_instance_of_a_logical_model_needs_no_resource_type),
		TEST(what_is_not_json_is_refused),
		TEST(text_that_is_not_utf8_is_refused),
		TEST(lone_surrogates_and_nul_are_refused),
		TEST(paired_surrogates_and_escaped_quotes_are_read),
		TEST(keys_given_twice_are_refused),
		TEST(two_types_of_one_choice_are_refused),
		TEST(unknown_names_are_refused),
		TEST(the_path_of_a_refusal_has_indexes),
		TEST(wrong_json_forms_are_refused),
		TEST(empty_things_are_refused),
		TEST(companions_belong_to_primitives_only),
		TEST(every_fault_of_a_document_is_told),
		TEST(depth_is_limited),
		TEST(size_and_width_are_limited),
		TEST(a_full_arena_is_a_refusal),
		TEST(a_wide_document_in_reverse_order_is_read),
	};

	return cmocka_run_group_tests_name("json_read", tests, load_schemas, free_schemas);
}
