/* SPDX-License-Identifier: Apache-2.0 */
/* FHIRPath Patch: the rules of fhirpatch.html one by one, on both versions where they differ in nothing. */
#include "../fhir/fhir_testing.h"

#include "cannula/patch.h"

#define OPERATION(parts) "{\"resourceType\":\"Parameters\",\"parameter\":[" ONE(parts) "]}"
#define ONE(parts) "{\"name\":\"operation\",\"part\":[" parts "]}"
#define TYPE(type) "{\"name\":\"type\",\"valueCode\":\"" type "\"}"
#define PATH(path) ",{\"name\":\"path\",\"valueString\":\"" path "\"}"
#define NAME(name) ",{\"name\":\"name\",\"valueString\":\"" name "\"}"
#define VALUE(type, json) ",{\"name\":\"value\",\"value" type "\":" json "}"
#define INDEX(name, index) ",{\"name\":\"" name "\",\"valueInteger\":" #index "}"

static bool apply(enum fhir_version version, const char *json, const char *patch, struct fhir_node **out)
{
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct fhir_node *before = read_json(version, slice_of(json));
	struct slice text = written(before, FHIR_JSON_COMPACT);

	issues_init(&issues, arena, 20);
	bool done = patch_apply(arena, schemas[version], before, slice_of(patch), &limits, &issues, out);
	assert_true(slice_equal(written(before, FHIR_JSON_COMPACT), text));
	assert_true(done == (*out != NULL));
	assert_true(done == (issues.error_count == 0));
	return done;
}

static void becomes(const char *json, const char *patch, const char *expected)
{
	struct fhir_node *after;

	for (int version = 0; version < FHIR_VERSION_COUNT; version++) {
		if (!apply((enum fhir_version)version, json, patch, &after))
			fail_msg("%s: %.*s (%.*s)", patch, SLICE_ARG(issues.first->text), SLICE_ARG(issues.first->expression));
		assert_slice(written(after, FHIR_JSON_COMPACT), expected);
		/* what was made is a tree like any other: it is read back as it was written */
		assert_slice(written(read_json((enum fhir_version)version, slice_of(expected)), FHIR_JSON_COMPACT), expected);
	}
}

static void refused(const char *json, const char *patch, const char *why, const char *path)
{
	struct fhir_node *after;

	for (int version = 0; version < FHIR_VERSION_COUNT; version++) {
		if (apply((enum fhir_version)version, json, patch, &after))
			fail_msg("accepted: %s", patch);
		if (!strstr(arena_cstr(arena, issues.first->text), why))
			fail_msg("\"%s\" is not in: %.*s", why, SLICE_ARG(issues.first->text));
		assert_slice(issues.first->expression, path);
	}
}

#define BARE "{\"resourceType\":\"Patient\",\"id\":\"p\"}"
#define BORN "{\"resourceType\":\"Patient\",\"id\":\"p\",\"birthDate\":\"1920-01-01\"}"
#define NAMED(given) "{\"resourceType\":\"Patient\",\"name\":[{\"given\":[" given "]}]}"
#define LIST "Patient.name.given"

static void a_single_element_is_added(void **state)
{
	(void)state;
	becomes(BARE, OPERATION(TYPE("add") PATH("Patient") NAME("birthDate") VALUE("Date", "\"1920-01-01\"")), BORN);
	refused(BORN, OPERATION(TYPE("add") PATH("Patient") NAME("birthDate") VALUE("Date", "\"1930-01-01\"")), "there already",
		"Patient");
	refused(BARE, OPERATION(TYPE("add") PATH("Patient") NAME("colour") VALUE("Code", "\"red\"")), "no such element",
		"Patient");
	refused(BARE, OPERATION(TYPE("add") PATH("Patient") NAME("birthDate") VALUE("Boolean", "true")), "type", "Patient");
	refused(BARE, OPERATION(TYPE("add") PATH("Patient") NAME("birthDate")), "no value", "Patient");
	refused(BARE, OPERATION(TYPE("add") PATH("Patient") VALUE("Date", "\"1920-01-01\"")), "no name", "Patient");
}

static void an_added_item_comes_last(void **state)
{
	(void)state;
	becomes(NAMED("\"a\""), OPERATION(TYPE("add") PATH("Patient.name.first()") NAME("given") VALUE("String", "\"b\"")),
		NAMED("\"a\",\"b\""));
	becomes(BARE, OPERATION(TYPE("add") PATH("Patient") NAME("name") VALUE("HumanName", "{\"family\":\"F\"}")),
		"{\"resourceType\":\"Patient\",\"id\":\"p\",\"name\":[{\"family\":\"F\"}]}");
}

static void a_choice_is_named_without_its_type(void **state)
{
	static const char dead[] = "{\"resourceType\":\"Patient\",\"id\":\"p\",\"deceasedBoolean\":true}";

	(void)state;
	becomes(BARE, OPERATION(TYPE("add") PATH("Patient") NAME("deceased") VALUE("Boolean", "true")), dead);
	becomes(dead, OPERATION(TYPE("replace") PATH("Patient.deceased") VALUE("DateTime", "\"2020\"")),
		"{\"resourceType\":\"Patient\",\"id\":\"p\",\"deceasedDateTime\":\"2020\"}");
	refused(dead, OPERATION(TYPE("replace") PATH("Patient.deceased") VALUE("Quantity", "{\"value\":1}")), "type",
		"Patient.deceased");
}

/** "the value[x] of a type without a name is given as parts" */
static void a_nameless_type_is_given_in_parts(void **state)
{
	(void)state;
	becomes(BARE,
		OPERATION(TYPE("add") PATH("Patient")
			      NAME("contact") ",{\"name\":\"value\",\"part\":[{\"name\":\"name\",\"valueHumanName\":"
					      "{\"text\":\"a name\"}},{\"name\":\"gender\",\"valueCode\":\"male\"}]}"),
		"{\"resourceType\":\"Patient\",\"id\":\"p\",\"contact\":[{\"name\":{\"text\":\"a name\"},\"gender\":\"male\"}]}");
	refused(BARE,
		OPERATION(TYPE("add") PATH("Patient")
			      NAME("contact") ",{\"name\":\"value\",\"part\":[{\"name\":\"hat\",\"valueString\":"
					      "\"x\"}]}"),
		"no such element", "Patient");
}

static void a_contained_resource_is_a_value(void **state)
{
	(void)state;
	becomes(BARE,
		OPERATION(TYPE("add") PATH("Patient") NAME(
		    "contained") ",{\"name\":\"value\",\"resource\":{\"resourceType\":\"Organization\",\"id\":\"o\"}}"),
		"{\"resourceType\":\"Patient\",\"id\":\"p\",\"contained\":[{\"resourceType\":\"Organization\",\"id\":\"o\"}]}");
}

static void an_item_is_inserted_at_an_index(void **state)
{
	(void)state;
	becomes(NAMED("\"a\",\"c\""), OPERATION(TYPE("insert") PATH(LIST) VALUE("String", "\"b\"") INDEX("index", 1)),
		NAMED("\"a\",\"b\",\"c\""));
	becomes(NAMED("\"a\",\"c\""), OPERATION(TYPE("insert") PATH(LIST) VALUE("String", "\"b\"") INDEX("index", 0)),
		NAMED("\"b\",\"a\",\"c\""));
	becomes(NAMED("\"a\",\"c\""), OPERATION(TYPE("insert") PATH(LIST) VALUE("String", "\"b\"") INDEX("index", 2)),
		NAMED("\"a\",\"c\",\"b\""));
	refused(NAMED("\"a\",\"c\""), OPERATION(TYPE("insert") PATH(LIST) VALUE("String", "\"b\"") INDEX("index", 3)),
		"from 0 to 2", LIST);
	refused(NAMED("\"a\",\"c\""), OPERATION(TYPE("insert") PATH(LIST) VALUE("String", "\"b\"")), "index must be given", LIST);
	refused(BARE, OPERATION(TYPE("insert") PATH(LIST) VALUE("String", "\"b\"") INDEX("index", 0)), "leads to nothing", LIST);
	refused(NAMED("\"a\",\"c\""),
		OPERATION(TYPE("insert") PATH("Patient.name.given[0]") VALUE("String", "\"b\"") INDEX("index", 0)),
		"part of a list", "Patient.name.given[0]");
}

static void one_element_is_deleted_if_found(void **state)
{
	(void)state;
	becomes(BORN, OPERATION(TYPE("delete") PATH("Patient.birthDate")), BARE);
	becomes(BARE, OPERATION(TYPE("delete") PATH("Patient.birthDate")), BARE);
	becomes(NAMED("\"a\",\"b\",\"c\""), OPERATION(TYPE("delete") PATH("Patient.name.given.where($this = 'b')")),
		NAMED("\"a\",\"c\""));
	refused(NAMED("\"a\",\"b\""), OPERATION(TYPE("delete") PATH(LIST)), "several", LIST);
	refused(BARE, OPERATION(TYPE("delete") PATH("Patient")), "whole resource", "Patient");
	/* nothing would be left of the name */
	refused(NAMED("\"a\""), OPERATION(TYPE("delete") PATH("Patient.name.given[0]")), "must have a value or content",
		"Patient.name[0]");
}

static void an_element_is_replaced_where_it_stands(void **state)
{
	(void)state;
	becomes(BORN, OPERATION(TYPE("replace") PATH("Patient.birthDate") VALUE("Date", "\"1930\"")),
		"{\"resourceType\":\"Patient\",\"id\":\"p\",\"birthDate\":\"1930\"}");
	becomes(NAMED("\"a\",\"b\",\"c\""), OPERATION(TYPE("replace") PATH("Patient.name.given[1]") VALUE("String", "\"x\"")),
		NAMED("\"a\",\"x\",\"c\""));
	refused(BARE, OPERATION(TYPE("replace") PATH("Patient.birthDate") VALUE("Date", "\"1930\"")), "leads to nothing",
		"Patient.birthDate");
}

static void an_item_is_moved_in_its_list(void **state)
{
	(void)state;
	becomes(NAMED("\"a\",\"b\",\"c\",\"d\""), OPERATION(TYPE("move") PATH(LIST) INDEX("source", 3) INDEX("destination", 1)),
		NAMED("\"a\",\"d\",\"b\",\"c\""));
	becomes(NAMED("\"a\",\"b\",\"c\",\"d\""), OPERATION(TYPE("move") PATH(LIST) INDEX("source", 0) INDEX("destination", 3)),
		NAMED("\"b\",\"c\",\"d\",\"a\""));
	becomes(NAMED("\"a\",\"b\""), OPERATION(TYPE("move") PATH(LIST) INDEX("source", 1) INDEX("destination", 1)),
		NAMED("\"a\",\"b\""));
	refused(NAMED("\"a\",\"b\""), OPERATION(TYPE("move") PATH(LIST) INDEX("source", 2) INDEX("destination", 0)),
		"from 0 to 1", LIST);
	refused(BORN, OPERATION(TYPE("move") PATH("Patient.birthDate") INDEX("source", 0) INDEX("destination", 0)),
		"lead to a list", "Patient.birthDate");
}

static void all_operations_are_carried_out_or_none(void **state)
{
	static const char both[] = "{\"resourceType\":\"Parameters\",\"parameter\":[" ONE(TYPE("delete") PATH(
	    "Patient.birthDate")) "," ONE(TYPE("add") PATH("Patient") NAME("birthDate") VALUE("Date", "\"2000\"")) "]}";
	static const char one_wrong[] = "{\"resourceType\":\"Parameters\",\"parameter\":[" ONE(
	    TYPE("delete") PATH("Patient.birthDate")) "," ONE(TYPE("delete") PATH("Patient.")) "]}";

	(void)state;
	becomes(BORN, both, "{\"resourceType\":\"Patient\",\"id\":\"p\",\"birthDate\":\"2000\"}");
	refused(BORN, one_wrong, "operation 2, delete", "Patient.");
}

static void what_would_not_be_valid_is_refused(void **state)
{
	static const char observation[] = "{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"text\":\"c\"}}";

	(void)state;
	refused(observation, OPERATION(TYPE("delete") PATH("Observation.status")), "\"status\" is missing", "Observation");
	refused(observation, OPERATION(TYPE("delete") PATH("Observation.code.text")), "must have a value or content",
		"Observation.code");
}

static void a_path_stays_in_the_resource(void **state)
{
	(void)state;
	refused(BORN, OPERATION(TYPE("delete") PATH("Patient.birthDate.toString()")), "no element of the resource",
		"Patient.birthDate.toString()");
	refused(BORN, OPERATION(TYPE("delete") PATH("1 + 1")), "no element of the resource", "1 + 1");
}

static void what_is_no_patch_is_refused(void **state)
{
	struct fhir_node *after;

	(void)state;
	assert_false(apply(FHIR_R4, BARE, BARE, &after));
	assert_slice(issues.first->text, "a FHIRPath Patch is a Parameters resource");
	assert_false(apply(FHIR_R4, BARE, "", &after));
	refused(BARE, OPERATION(TYPE("set") PATH("Patient")), "type must be", "Patient");
	refused(BARE, OPERATION(TYPE("delete") PATH("Patient.id") PATH("Patient.name")), "given twice", "Patient.id");
	refused(BARE, OPERATION(TYPE("delete") PATH("Patient.id") ",{\"name\":\"colour\",\"valueCode\":\"red\"}"),
		"means nothing", "Patient.id");
	assert_true(apply(FHIR_R4, BORN, "[{\"op\":\"remove\",\"path\":\"/birthDate\"}]", &after));
	assert_slice(written(after, FHIR_JSON_COMPACT), BARE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_single_element_is_added, begin_test, end_test),
		cmocka_unit_test_setup_teardown(an_added_item_comes_last, begin_test, end_test),
		cmocka_unit_test_setup_teardown(a_choice_is_named_without_its_type, begin_test, end_test),
		cmocka_unit_test_setup_teardown(a_nameless_type_is_given_in_parts, begin_test, end_test),
		cmocka_unit_test_setup_teardown(a_contained_resource_is_a_value, begin_test, end_test),
		cmocka_unit_test_setup_teardown(an_item_is_inserted_at_an_index, begin_test, end_test),
		cmocka_unit_test_setup_teardown(one_element_is_deleted_if_found, begin_test, end_test),
		cmocka_unit_test_setup_teardown(an_element_is_replaced_where_it_stands, begin_test, end_test),
		cmocka_unit_test_setup_teardown(an_item_is_moved_in_its_list, begin_test, end_test),
		cmocka_unit_test_setup_teardown(all_operations_are_carried_out_or_none, begin_test, end_test),
		cmocka_unit_test_setup_teardown(what_would_not_be_valid_is_refused, begin_test, end_test),
		cmocka_unit_test_setup_teardown(a_path_stays_in_the_resource, begin_test, end_test),
		cmocka_unit_test_setup_teardown(what_is_no_patch_is_refused, begin_test, end_test),
	};

	return cmocka_run_group_tests(tests, load_schemas, free_schemas);
}
