/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

#define PLAN(id, tags)                                                                                                           \
	"{\"resourceType\":\"PlanDefinition\",\"id\":\"" id "\",\"meta\":{\"tag\":[" tags "]},\"status\":\"draft\"}"
#define BASIC(id, tags) "{\"resourceType\":\"Basic\",\"id\":\"" id "\",\"meta\":{\"tag\":[" tags "]},\"code\":{\"text\":\"t\"}}"
#define TAG(code) "{\"code\":\"" code "\"}"

static const struct fhir_search_param *tag_param(void)
{
	const struct fhir_schema *schema = rig.schemas[FHIR_R4];
	size_t count;
	const struct fhir_search_param *params =
	    fhir_search_params(schema, fhir_type_find(schema, SLICE("PlanDefinition")), &count);

	for (size_t i = 0; i < count; i++)
		if (slice_equal(params[i].code, SLICE("_tag")))
			return &params[i];
	fail_msg("there is no _tag");
	return NULL;
}

/** Appends the id. */
static bool each(void *context, const struct store_resource *resource, struct error *err)
{
	struct slice *ids = context;

	(void)err;
	assert_true(slice_find(resource->bytes, SLICE("\"tag\"")) != SIZE_MAX);
	*ids = arena_printf(rig.arena, "%.*s%.*s/%.*s ", SLICE_ARG(*ids), SLICE_ARG(resource->type), SLICE_ARG(resource->id));
	return true;
}

static const char *ids_of(size_t type_count, size_t max_count, bool *is_cut)
{
	static const struct slice types[] = { { "PlanDefinition", 14 }, { "Patient", 7 }, { "Basic", 5 } };
	struct slice ids = SLICE("");
	struct store_values_query query = { .base = STORE_R4,
					    .types = types,
					    .type_count = type_count,
					    .param = tag_param(),
					    .max_count = max_count,
					    .each = each,
					    .context = &ids };

	assert_ok(store_values(rig.conn, rig.arena, &query, is_cut, &rig.err), &rig.err);
	return ids.ptr;
}

static void each_value_is_met_and_no_resource_twice(void **state)
{
	bool is_cut;

	(void)state;
	assert_string_equal(ids_of(3, 10, &is_cut), ""); /* nothing is stored yet */
	rig_put_alone("{\"resourceType\":\"PlanDefinition\",\"id\":\"plain\",\"status\":\"draft\"}", 0);
	rig_put_alone(PLAN("two", TAG("one") "," TAG("two")), 0);
	rig_put_alone(PLAN("again", TAG("one") "," TAG("Two")), 0); /* but for the case nothing new */
	rig_put_alone(PLAN("three", TAG("three")), 0);
	rig_put_alone(BASIC("other", TAG("one") "," TAG("other")), 0);
	assert_string_equal(ids_of(1, 10, &is_cut), "PlanDefinition/two PlanDefinition/three ");
	assert_false(is_cut);
	assert_string_equal(ids_of(3, 10, &is_cut), "PlanDefinition/two PlanDefinition/three Basic/other ");
	assert_false(is_cut);
}

static void what_is_superseded_or_deleted_has_no_values(void **state)
{
	bool is_cut, found;

	(void)state;
	rig_put_alone(PLAN("a", TAG("before")), 0);
	rig_put_alone(PLAN("a", TAG("now")), 0);
	rig_put_alone(PLAN("b", TAG("gone")), 0);
	rig_begin();
	assert_ok(store_delete(rig.conn, STORE_R4, SLICE("PlanDefinition"), SLICE("b"), &found, &rig.err), &rig.err);
	rig_commit();
	assert_string_equal(ids_of(1, 1, &is_cut), "PlanDefinition/a ");
	assert_false(is_cut);
}

static void more_than_the_most_is_told(void **state)
{
	bool is_cut;

	(void)state;
	rig_put_alone(PLAN("a", TAG("one")), 0);
	rig_put_alone(PLAN("b", TAG("two")), 0);
	(void)ids_of(3, 2, &is_cut);
	assert_false(is_cut);
	(void)ids_of(3, 1, &is_cut);
	assert_true(is_cut);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_value_is_met_and_no_resource_twice),
		TEST(what_is_superseded_or_deleted_has_no_values),
		TEST(more_than_the_most_is_told),
	};

	return cmocka_run_group_tests_name("store values", tests, rig_setup_group, rig_teardown_group);
}
