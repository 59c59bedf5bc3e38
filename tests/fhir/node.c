/* SPDX-License-Identifier: Apache-2.0 */
/* Building and asking element trees. */
#include "fhir_testing.h"

static struct fhir_node *new_node(const char *type)
{
	struct fhir_node *node = fhir_node_new(arena, type_named(FHIR_R4, type));

	assert_non_null(node);
	return node;
}

static void elements_go_where_the_specification_has_them(void **state)
{
	struct fhir_node *plan = new_node("PlanDefinition");

	(void)state;
	assert_non_null(fhir_node_add_value(arena, plan, SLICE("status"), SLICE("active")));
	assert_non_null(fhir_node_add_value(arena, plan, SLICE("title"), SLICE("T")));
	assert_non_null(fhir_node_add(arena, plan, SLICE("action"), NULL));
	assert_non_null(fhir_node_add_value(arena, plan, SLICE("id"), SLICE("a")));
	assert_non_null(fhir_node_add_value(arena, plan, SLICE("url"), SLICE("http://x")));
	assert_slice(
	    written(plan, FHIR_JSON_COMPACT),
	    "{\"resourceType\":\"PlanDefinition\",\"id\":\"a\",\"url\":\"http://x\",\"title\":\"T\",\"status\":\"active\"}");
	assert_slice(plan->last->element->name, "action");
	assert_ptr_equal(plan->last->parent, plan);
}

static void repetitions_follow_each_other(void **state)
{
	struct fhir_node *plan = new_node("PlanDefinition");
	struct fhir_node *first = fhir_node_add(arena, plan, SLICE("action"), NULL);

	(void)state;
	assert_non_null(fhir_node_add(arena, plan, SLICE("goal"), NULL));
	struct fhir_node *second = fhir_node_add(arena, plan, SLICE("action"), NULL);
	assert_ptr_equal(fhir_node_child(plan, SLICE("action")), first);
	assert_ptr_equal(fhir_node_again(first), second);
	assert_null(fhir_node_again(second));
	assert_slice(fhir_node_path(arena, fhir_node_add_value(arena, second, SLICE("title"), SLICE("x"))),
		     "PlanDefinition.action[1].title");
}

static void a_choice_takes_its_type_from_the_name_or_beside_it(void **state)
{
	const struct fhir_type *quantity = type_named(FHIR_R4, "Quantity"), *string = type_named(FHIR_R4, "string");

	(void)state;
	assert_ptr_equal(fhir_node_add(arena, new_node("Extension"), SLICE("valueQuantity"), NULL)->type, quantity);
	assert_ptr_equal(fhir_node_add(arena, new_node("Extension"), SLICE("value"), quantity)->type, quantity);
	assert_ptr_equal(fhir_node_add(arena, new_node("Extension"), SLICE("valueQuantity"), quantity)->type, quantity);
	assert_null(fhir_node_add(arena, new_node("Extension"), SLICE("valueQuantity"), string));
	assert_null(fhir_node_add(arena, new_node("Extension"), SLICE("value"), NULL));
	assert_null(fhir_node_add(arena, new_node("Extension"), SLICE("value"), type_named(FHIR_R4, "Patient")));
}

static void what_the_schema_does_not_allow_is_refused(void **state)
{
	struct fhir_node *patient = new_node("Patient");

	(void)state;
	assert_null(fhir_node_add(arena, patient, SLICE("title"), NULL));
	assert_non_null(fhir_node_add_value(arena, patient, SLICE("active"), SLICE("true")));
	assert_null(fhir_node_add_value(arena, patient, SLICE("active"), SLICE("true")));
	assert_non_null(fhir_node_add_value(arena, patient, SLICE("deceasedBoolean"), SLICE("true")));
	assert_null(fhir_node_add_value(arena, patient, SLICE("deceasedDateTime"), SLICE("2000")));
	assert_null(fhir_node_add_value(arena, patient, SLICE("name"), SLICE("x")));
	assert_null(fhir_node_add(arena, patient, SLICE("name"), type_named(FHIR_R4, "Address")));
}

static void resources_are_held_by_their_own_type(void **state)
{
	struct fhir_node *patient = new_node("Patient");
	struct fhir_node *inner = fhir_node_add(arena, patient, SLICE("contained"), type_named(FHIR_R4, "Organization"));

	(void)state;
	assert_non_null(fhir_node_add_value(arena, inner, SLICE("id"), SLICE("o")));
	assert_slice(written(patient, FHIR_JSON_COMPACT),
		     "{\"resourceType\":\"Patient\",\"contained\":[{\"resourceType\":\"Organization\",\"id\":\"o\"}]}");
	assert_null(fhir_node_add(arena, patient, SLICE("contained"), NULL));
	assert_null(fhir_node_add(arena, patient, SLICE("contained"), type_named(FHIR_R4, "Coding")));
	assert_null(fhir_node_add(arena, patient, SLICE("contained"), type_named(FHIR_R4, "DomainResource")));
}

static void a_value_is_set_once_and_replaced(void **state)
{
	struct fhir_node *patient = new_node("Patient");

	(void)state;
	assert_true(fhir_node_set_value(arena, patient, SLICE("gender"), SLICE("male")));
	assert_true(fhir_node_set_value(arena, patient, SLICE("gender"), SLICE("female")));
	assert_slice(fhir_node_text(patient, SLICE("gender")), "female");
	assert_null(fhir_node_again(patient->first));
	assert_true(fhir_node_set_value(arena, patient, SLICE("deceasedBoolean"), SLICE("true")));
	assert_false(fhir_node_set_value(arena, patient, SLICE("deceasedDateTime"), SLICE("2000")));
	assert_false(fhir_node_set_value(arena, patient, SLICE("name"), SLICE("x")));
	assert_false(fhir_node_set_value(arena, patient, SLICE("unknown"), SLICE("x")));
}

static void a_primitive_has_id_and_extensions_below(void **state)
{
	struct fhir_node *patient = new_node("Patient");
	struct fhir_node *birth = fhir_node_add(arena, patient, SLICE("birthDate"), NULL);
	struct fhir_node *extension = fhir_node_add(arena, birth, SLICE("extension"), NULL);

	(void)state;
	assert_non_null(fhir_node_add_value(arena, extension, SLICE("url"), SLICE("http://x")));
	assert_non_null(fhir_node_add_value(arena, extension, SLICE("valueCode"), SLICE("unknown")));
	assert_slice(written(patient, FHIR_JSON_COMPACT), "{\"resourceType\":\"Patient\",\"_birthDate\":{\"extension\":[{\"url\":"
							  "\"http://x\",\"valueCode\":\"unknown\"}]}}");
	assert_slice(fhir_node_path(arena, extension->last), "Patient.birthDate.extension[0].value");
}

static void a_removed_node_leaves_its_neighbours(void **state)
{
	struct fhir_node *patient =
	    read_json(FHIR_R4, SLICE("{\"resourceType\":\"Patient\",\"id\":\"a\",\"active\":true,\"gender\":\"male\"}"));

	(void)state;
	fhir_node_remove(patient->first->next);
	assert_slice(written(patient, FHIR_JSON_COMPACT), "{\"resourceType\":\"Patient\",\"id\":\"a\",\"gender\":\"male\"}");
	fhir_node_remove(patient->last);
	assert_ptr_equal(patient->last, patient->first);
	fhir_node_remove(patient->first);
	assert_null(patient->first);
	assert_null(patient->last);
	fhir_node_remove(patient);
}

static void a_copy_is_deep_and_independent(void **state)
{
	struct arena *other = arena_new(1u << 20);
	struct slice json = SLICE("{\"resourceType\":\"Patient\",\"name\":[{\"family\":\"F\",\"given\":[\"a\",\"b\"]}]}");
	struct fhir_node *copy = fhir_node_copy(other, read_json(FHIR_R4, json), NULL);

	arena_reset(arena);
	assert_slice(written(copy, FHIR_JSON_COMPACT), json.ptr);
	arena_free(other);
	(void)state;
}

static void a_copy_under_a_parent_is_placed_in_order(void **state)
{
	struct fhir_node *from =
	    read_json(FHIR_R4, SLICE("{\"resourceType\":\"Patient\",\"id\":\"p\",\"name\":[{\"text\":\"N\"}]}"));
	struct fhir_node *to = read_json(FHIR_R4, SLICE("{\"resourceType\":\"Person\",\"id\":\"a\",\"active\":true}"));

	(void)state;
	assert_non_null(fhir_node_copy(arena, fhir_node_child(from, SLICE("name")), to));
	assert_non_null(fhir_node_copy(arena, from, to));
	assert_slice(
	    written(to, FHIR_JSON_COMPACT),
	    "{\"resourceType\":\"Person\",\"id\":\"a\",\"contained\":[{\"resourceType\":\"Patient\",\"id\":\"p\",\"name\":"
	    "[{\"text\":\"N\"}]}],\"name\":[{\"text\":\"N\"}],\"active\":true}");
	assert_null(fhir_node_copy(arena, from->first, to));
	assert_null(fhir_node_copy(arena, fhir_node_child(from, SLICE("name")), new_node("Coding")));
}

static void a_full_arena_gives_nothing(void **state)
{
	struct fhir_node *patient = new_node("Patient");
	struct arena *small = arena_new(64);

	(void)state;
	assert_null(fhir_node_new(small, patient->type));
	assert_null(fhir_node_add(small, patient, SLICE("name"), NULL));
	assert_null(fhir_node_add_value(small, patient, SLICE("gender"), SLICE("male")));
	assert_null(fhir_node_copy(small, patient, NULL));
	assert_null(patient->first);
	arena_free(small);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_test, end_test)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(elements_go_where_the_specification_has_them),
		TEST(repetitions_follow_each_other),
		TEST(a_choice_takes_its_type_from_the_name_or_beside_it),
		TEST(what_the_schema_does_not_allow_is_refused),
		TEST(resources_are_held_by_their_own_type),
		TEST(a_value_is_set_once_and_replaced),
		TEST(a_primitive_has_id_and_extensions_below),
		TEST(a_removed_node_leaves_its_neighbours),
		TEST(a_copy_is_deep_and_independent),
		TEST(a_copy_under_a_parent_is_placed_in_order),
		TEST(a_full_arena_gives_nothing),
	};

	(void)refuse_json;
	return cmocka_run_group_tests_name("node", tests, load_schemas, free_schemas);
}
