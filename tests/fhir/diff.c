/* SPDX-License-Identifier: Apache-2.0 */
/* What differs between two trees: each case as the lines that tell it. */
#include "fhir_testing.h"

static struct slice told(struct fhir_node *before, struct fhir_node *after)
{
	struct fhir_changes changes;
	struct error err = { 0 };
	struct slice text;
	struct buf buf;

	assert_ok(fhir_node_diff(arena, before, after, &changes, &err), &err);
	buf_init(&buf, 1u << 20);
	for (const struct fhir_change *change = changes.first; change; change = change->next) {
		assert_true(change->before || change->after);
		buf_printf(&buf, "%s %.*s", fhir_change_name(change->kind),
			   SLICE_ARG(fhir_node_path(arena, change->after ? change->after : change->before)));
		if (change->kind == FHIR_CHANGE_MOVED)
			buf_printf(&buf, " from %.*s", SLICE_ARG(fhir_node_path(arena, change->before)));
		buf_append_char(&buf, '\n');
	}
	text = arena_copy(arena, buf_slice(&buf));
	buf_free(&buf);
	return text.ptr ? text : SLICE("");
}

static void differ(const char *before, const char *after, const char *expected)
{
	assert_slice(told(read_json(FHIR_R4, slice_of(before)), read_json(FHIR_R4, slice_of(after))), expected);
}

#define PATIENT(rest) "{\"resourceType\":\"Patient\"" rest "}"
#define GIVEN(list) PATIENT(",\"name\":[{\"given\":[" list "]}]")

static void equal_resources_have_no_difference(void **state)
{
	(void)state;
	differ(PATIENT(",\"active\":true,\"gender\":\"male\""), PATIENT(", \"gender\":\"male\",\n\"active\":true"), "");
	differ(GIVEN("\"a\",\"a\",\"b\""), GIVEN("\"a\",\"a\",\"b\""), "");
}

static void single_elements_are_added_removed_and_changed(void **state)
{
	(void)state;
	differ(PATIENT(""), PATIENT(",\"active\":true"), "added Patient.active\n");
	differ(PATIENT(",\"active\":true"), PATIENT(""), "removed Patient.active\n");
	differ(PATIENT(",\"active\":true"), PATIENT(",\"active\":false"), "changed Patient.active\n");
	differ(PATIENT(",\"maritalStatus\":{\"text\":\"a\"}"), PATIENT(",\"maritalStatus\":{\"text\":\"b\",\"id\":\"i\"}"),
	       "added Patient.maritalStatus.id\nchanged Patient.maritalStatus.text\n");
	/* one choice in place of another is one change */
	differ(PATIENT(",\"deceasedBoolean\":true"), PATIENT(",\"deceasedDateTime\":\"2020\""), "changed Patient.deceased\n");
	differ(PATIENT(""), "{\"resourceType\":\"Person\"}", "changed Person\n");
}

static void an_insertion_into_a_list_is_one_change(void **state)
{
	(void)state;
	differ(GIVEN("\"a\",\"b\",\"c\""), GIVEN("\"x\",\"a\",\"b\",\"c\""), "added Patient.name[0].given[0]\n");
	differ(GIVEN("\"a\",\"b\",\"c\""), GIVEN("\"a\",\"x\",\"b\",\"c\""), "added Patient.name[0].given[1]\n");
	differ(GIVEN("\"a\",\"b\",\"c\""), GIVEN("\"a\",\"c\""), "removed Patient.name[0].given[1]\n");
	differ(GIVEN("\"a\",\"b\",\"c\""), GIVEN("\"a\",\"x\",\"c\""), "changed Patient.name[0].given[1]\n");
	differ(GIVEN("\"a\",\"a\""), GIVEN("\"a\",\"a\",\"a\""), "added Patient.name[0].given[2]\n");
}

static void what_stands_elsewhere_has_moved(void **state)
{
	(void)state;
	differ(GIVEN("\"a\",\"b\",\"c\",\"d\""), GIVEN("\"d\",\"a\",\"b\",\"c\""),
	       "moved Patient.name[0].given[0] from Patient.name[0].given[3]\n");
}

#define ACTION(id, title) "{\"id\":\"" id "\",\"title\":\"" title "\"}"
#define PLAN(actions) "{\"resourceType\":\"PlanDefinition\",\"status\":\"active\",\"action\":[" actions "]}"

static void repetitions_with_a_key_are_known_by_it(void **state)
{
	(void)state;
	differ(PLAN(ACTION("1", "A") "," ACTION("2", "B")), PLAN(ACTION("0", "N") "," ACTION("1", "A2") "," ACTION("2", "B")),
	       "added PlanDefinition.action[0]\nchanged PlanDefinition.action[1].title\n");
	differ(PLAN(ACTION("1", "A") "," ACTION("2", "B") "," ACTION("3", "C")),
	       PLAN(ACTION("3", "C2") "," ACTION("1", "A") "," ACTION("2", "B")),
	       "moved PlanDefinition.action[0] from PlanDefinition.action[2]\nchanged PlanDefinition.action[0].title\n");
	/* another key: another thing, though it stands in the same place */
	differ(PLAN(ACTION("1", "A")), PLAN(ACTION("2", "A")),
	       "removed PlanDefinition.action[0]\nadded PlanDefinition.action[0]\n");
}

static void extensions_of_primitives_are_compared_too(void **state)
{
	static const char plain[] = PATIENT(",\"gender\":\"male\"");
	static const char extended[] =
	    PATIENT(",\"gender\":\"male\",\"_gender\":{\"extension\":[{\"url\":\"http://e\",\"valueCode\":\"c\"}]}");
	static const char only[] = PATIENT(",\"_gender\":{\"extension\":[{\"url\":\"http://e\",\"valueCode\":\"c\"}]}");

	(void)state;
	differ(plain, extended, "added Patient.gender.extension[0]\n");
	differ(extended, only, "changed Patient.gender\n");
	differ(PATIENT(""), extended, "added Patient.gender\nadded Patient.gender.extension[0]\n");
}

static struct fhir_node *many(size_t count, size_t from, const char *prefix)
{
	struct fhir_node *patient = fhir_node_new(arena, type_named(FHIR_R4, "Patient"));
	struct fhir_node *name = fhir_node_add(arena, patient, SLICE("name"), NULL);

	for (size_t i = from; i < from + count; i++)
		assert_non_null(fhir_node_add_value(arena, name, SLICE("given"), arena_printf(arena, "%s%zu", prefix, i)));
	return patient;
}

static void long_lists_are_compared_within_bounds(void **state)
{
	struct fhir_changes changes;
	struct error err = { 0 };

	(void)state;
	/* 20000 in common, one more at the start */
	assert_slice(told(many(20000, 1, "n"), many(20001, 0, "n")), "added Patient.name[0].given[0]\n");
	assert_false(fhir_node_diff(arena, many(9000, 0, "a"), many(9000, 0, "b"), &changes, &err));
	assert_int_equal(err.code, ERROR_LIMIT);
	assert_non_null(strstr(err.message, "Patient.name[0] has too many"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(equal_resources_have_no_difference, begin_test, end_test),
		cmocka_unit_test_setup_teardown(single_elements_are_added_removed_and_changed, begin_test, end_test),
		cmocka_unit_test_setup_teardown(an_insertion_into_a_list_is_one_change, begin_test, end_test),
		cmocka_unit_test_setup_teardown(what_stands_elsewhere_has_moved, begin_test, end_test),
		cmocka_unit_test_setup_teardown(repetitions_with_a_key_are_known_by_it, begin_test, end_test),
		cmocka_unit_test_setup_teardown(extensions_of_primitives_are_compared_too, begin_test, end_test),
		cmocka_unit_test_setup_teardown(long_lists_are_compared_within_bounds, begin_test, end_test),
	};

	return cmocka_run_group_tests(tests, load_schemas, free_schemas);
}
