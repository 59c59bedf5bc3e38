/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir_testing.h"

static void issues_keep_their_order_and_count_errors(void **state)
{
	(void)state;
	issue_add(&issues, ISSUE_WARNING, "value", SLICE("Patient.id"), 3, 4, "first %d", 1);
	issue_add(&issues, ISSUE_ERROR, "structure", SLICE_NONE, 0, 0, "second");
	issue_add(&issues, ISSUE_FATAL, "structure", SLICE_NONE, 0, 0, "third");
	assert_int_equal(issues.count, 3);
	assert_int_equal(issues.error_count, 2);
	assert_slice(issues.first->text, "first 1");
	assert_slice(issues.first->expression, "Patient.id");
	assert_slice(issues.last->text, "third");
	assert_string_equal(issue_severity_name(issues.last->severity), "fatal");
}

static void further_issues_are_only_counted(void **state)
{
	(void)state;
	issues_init(&issues, arena, 2);
	for (int i = 0; i < 5; i++)
		issue_add(&issues, ISSUE_ERROR, "value", SLICE_NONE, 0, 0, "%d", i);
	assert_int_equal(issues.count, 5);
	assert_int_equal(issues.error_count, 5);
	assert_slice(issues.last->text, "1");
	assert_null(issues.last->next);
}

static void a_long_text_is_cut_between_characters(void **state)
{
	char text[3001];

	(void)state;
	for (size_t i = 0; i < 3000; i += 3)
		memcpy(text + i, "€", 3);
	text[3000] = '\0';
	issue_add(&issues, ISSUE_ERROR, "value", SLICE_NONE, 0, 0, "%s", text);
	assert_int_equal(issues.first->text.len % 3, 0);
	assert_int_equal(slice_utf8_invalid(issues.first->text), SIZE_MAX);
	assert_true(issues.first->text.len > 1000);
}

static void a_list_becomes_an_operation_outcome(void **state)
{
	(void)state;
	issue_add(&issues, ISSUE_ERROR, "value", SLICE("Patient.id"), 3, 4, "is \"wrong\"");
	for (int version = 0; version < FHIR_VERSION_COUNT; version++) {
		struct fhir_node *outcome = issues_outcome(arena, schemas[version], &issues);
		assert_non_null(outcome);
		assert_slice(written(outcome, FHIR_JSON_COMPACT),
			     "{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"severity\":\"error\",\"code\":\"value\","
			     "\"details\":{\"text\":\"is \\\"wrong\\\"\"},\"diagnostics\":\"Line 3, column 4.\","
			     "\"expression\":[\"Patient.id\"]}]}");
	}
}

static void an_empty_list_says_that_there_is_none(void **state)
{
	struct fhir_node *outcome = issues_outcome(arena, schemas[FHIR_R5], &issues);

	(void)state;
	assert_slice(written(outcome, FHIR_JSON_COMPACT),
		     "{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"severity\":"
		     "\"information\",\"code\":\"informational\",\"details\":{\"text\":\"No issues\"}}]}");
}

static void a_full_arena_still_counts(void **state)
{
	struct arena *small = arena_new(0);

	(void)state;
	issues_init(&issues, small, 5);
	issue_add(&issues, ISSUE_ERROR, "value", SLICE_NONE, 0, 0, "x");
	assert_int_equal(issues.error_count, 1);
	assert_null(issues.first);
	assert_null(issues_outcome(small, schemas[FHIR_R4], &issues));
	arena_free(small);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_test, end_test)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(issues_keep_their_order_and_count_errors), TEST(further_issues_are_only_counted),
		TEST(a_long_text_is_cut_between_characters),    TEST(a_list_becomes_an_operation_outcome),
		TEST(an_empty_list_says_that_there_is_none),    TEST(a_full_arena_still_counts),
	};

	(void)refuse_json;
	return cmocka_run_group_tests_name("issues", tests, load_schemas, free_schemas);
}
