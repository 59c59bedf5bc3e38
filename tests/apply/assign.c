/* SPDX-License-Identifier: Apache-2.0 */
/* Values put where a simple path leads. */
#include "apply_testing.h"

#include "apply/run.h"

/** `json` after `expression`, evaluated on `source`, was assigned to `path`; or why it was not. */
static const char *assigned(const char *json, const char *path, const char *source, const char *expression)
{
	struct fhir_node *node = read_json(FHIR_R4, slice_of(json));
	struct fhirpath_context context = { .schema = schemas[FHIR_R4] };
	struct fhirpath_program *program;
	struct fhirpath_result value;
	struct error err = { 0 };

	assert_ok(fhirpath_compile(arena, slice_of(expression), &program, &err), &err);
	assert_ok(fhirpath_eval_node(arena, program, &context, read_json(FHIR_R4, slice_of(source)), &value, &err), &err);
	if (!apply_assign(arena, node, slice_of(path), &value, &err))
		return arena_cstr(arena, slice_of(err.message));
	return arena_cstr(arena, written(node, FHIR_JSON_COMPACT));
}

#define BARE "{\"resourceType\":\"ServiceRequest\"}"
#define REQUEST(json) "{\"resourceType\":\"ServiceRequest\"," json "}"
#define PATIENT "{\"resourceType\":\"Patient\",\"id\":\"p\",\"birthDate\":\"1974-12-25\"}"

static void a_text_becomes_the_primitive_there(void **state)
{
	(void)state;
	assert_string_equal(assigned(BARE, "status", PATIENT, "'draft'"), REQUEST("\"status\":\"draft\""));
	assert_string_equal(assigned(BARE, "doNotPerform", PATIENT, "1 = 1"), REQUEST("\"doNotPerform\":true"));
	assert_string_equal(assigned(BARE, "authoredOn", PATIENT, "birthDate"), REQUEST("\"authoredOn\":\"1974-12-25\""));
}

static void a_value_replaces_what_stood_there(void **state)
{
	(void)state;
	assert_string_equal(assigned(REQUEST("\"status\":\"active\""), "status", PATIENT, "'draft'"),
			    REQUEST("\"status\":\"draft\""));
	assert_string_equal(assigned(REQUEST("\"instantiatesUri\":[\"urn:a\",\"urn:b\"]"), "instantiatesUri", PATIENT, "'urn:c'"),
			    REQUEST("\"instantiatesUri\":[\"urn:c\"]"));
}

static void no_value_changes_nothing(void **state)
{
	(void)state;
	assert_string_equal(assigned(REQUEST("\"status\":\"active\""), "status", PATIENT, "{}"),
			    REQUEST("\"status\":\"active\""));
}

static void an_index_replaces_one_or_adds_behind(void **state)
{
	const char *two = REQUEST("\"instantiatesUri\":[\"urn:a\",\"urn:b\"]");

	(void)state;
	assert_string_equal(assigned(two, "instantiatesUri[0]", PATIENT, "'urn:c'"),
			    REQUEST("\"instantiatesUri\":[\"urn:c\",\"urn:b\"]"));
	assert_string_equal(assigned(two, "instantiatesUri[9]", PATIENT, "'urn:c'"),
			    REQUEST("\"instantiatesUri\":[\"urn:a\",\"urn:b\",\"urn:c\"]"));
}

static void steps_on_the_way_are_made(void **state)
{
	(void)state;
	assert_string_equal(assigned(BARE, "code.coding.code", PATIENT, "'x'"),
			    REQUEST("\"code\":{\"coding\":[{\"code\":\"x\"}]}"));
	assert_string_equal(assigned(BARE, "occurrence.ofType(Timing).repeat.count", PATIENT, "3"),
			    REQUEST("\"occurrenceTiming\":{\"repeat\":{\"count\":3}}"));
	assert_string_equal(assigned(BARE, "occurrenceDateTime", PATIENT, "@2026-01-01"),
			    REQUEST("\"occurrenceDateTime\":\"2026-01-01\""));
}

static void a_value_is_wrapped_where_its_type_stands_in_another(void **state)
{
	(void)state;
	assert_string_equal(assigned(BARE, "subject", PATIENT, "$this"), REQUEST("\"subject\":{\"reference\":\"Patient/p\"}"));
	assert_string_equal(assigned(BARE, "subject", PATIENT, "'Group/g'"), REQUEST("\"subject\":{\"reference\":\"Group/g\"}"));
	assert_string_equal(
	    assigned(BARE, "code", "{\"resourceType\":\"Basic\",\"code\":{\"coding\":[{\"code\":\"c\"}]}}", "code.coding"),
	    REQUEST("\"code\":{\"coding\":[{\"code\":\"c\"}]}"));
}

static void a_quantity_keeps_its_unit_and_a_calendar_word_its_ucum_code(void **state)
{
	(void)state;
	assert_string_equal(assigned(BARE, "quantity", PATIENT, "4.50 'mg'"),
			    REQUEST("\"quantityQuantity\":{\"value\":4.50,\"unit\":\"mg\",\"system\":\"http://"
				    "unitsofmeasure.org\",\"code\":\"mg\"}"));
	assert_string_equal(
	    assigned(BARE, "quantity", PATIENT, "6 weeks"),
	    REQUEST(
		"\"quantityQuantity\":{\"value\":6,\"unit\":\"week\",\"system\":\"http://unitsofmeasure.org\",\"code\":\"wk\"}"));
}

static void what_cannot_stand_there_is_refused_with_a_reason(void **state)
{
	(void)state;
	assert_string_equal(assigned(BARE, "stattus", PATIENT, "'x'"), "ServiceRequest has no element 'stattus'");
	assert_string_equal(assigned(BARE, "doNotPerform", PATIENT, "'x'"), "ServiceRequest.doNotPerform takes no string");
	assert_string_equal(assigned(BARE, "status", PATIENT, "5"), "ServiceRequest.status takes no integer");
	assert_string_equal(assigned(BARE, "status", PATIENT, "'a' | 'b'"), "ServiceRequest takes nothing more at 'status'");
	assert_string_equal(assigned(BARE, "instantiatesUri[0]", PATIENT, "'a' | 'b'"),
			    "ServiceRequest takes one value at an index of 'instantiatesUri'");
	assert_string_equal(assigned(BARE, "code.where(true)", PATIENT, "'x'"),
			    "'code.where(true)' is not a simple path: names, indexes and ofType()");
	assert_string_equal(assigned(BARE,
				     "subject.identifier.assigner.identifier.assigner.identifier.assigner.identifier.assigner."
				     "identifier.assigner.identifier.assigner.identifier.assigner.identifier.assigner.display",
				     PATIENT, "'x'"),
			    "a path has at most 16 steps");
	assert_string_equal(assigned(BARE, "", PATIENT, "'x'"), "'' is not a simple path: names, indexes and ofType()");
	assert_string_equal(assigned(BARE, "code[x]", PATIENT, "'x'"),
			    "'code[x]' is not a simple path: names, indexes and ofType()");
	assert_string_equal(assigned(BARE, "subject", PATIENT, "'https://x.test/r4/Practitioner/d'"),
			    "ServiceRequest.subject does not refer to https://x.test/r4/Practitioner/d");
	assert_string_equal(assigned(BARE, "occurrence.ofType(string)", PATIENT, "'x'"),
			    "ServiceRequest has no element of type 'string' there");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_text_becomes_the_primitive_there, begin_test, end_test),
		cmocka_unit_test_setup_teardown(a_value_replaces_what_stood_there, begin_test, end_test),
		cmocka_unit_test_setup_teardown(no_value_changes_nothing, begin_test, end_test),
		cmocka_unit_test_setup_teardown(an_index_replaces_one_or_adds_behind, begin_test, end_test),
		cmocka_unit_test_setup_teardown(steps_on_the_way_are_made, begin_test, end_test),
		cmocka_unit_test_setup_teardown(a_value_is_wrapped_where_its_type_stands_in_another, begin_test, end_test),
		cmocka_unit_test_setup_teardown(a_quantity_keeps_its_unit_and_a_calendar_word_its_ucum_code, begin_test,
						end_test),
		cmocka_unit_test_setup_teardown(what_cannot_stand_there_is_refused_with_a_reason, begin_test, end_test),
	};

	return cmocka_run_group_tests_name("putting values into a tree", tests, load_rules, free_rules);
}
