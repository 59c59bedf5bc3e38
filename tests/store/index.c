/* SPDX-License-Identifier: Apache-2.0 */
/* The index is made again when the definitions of the search parameters are not those it was made under. */
#include "rig.h"

#include <sqlite3.h>

static void run_sql(const char *sql)
{
	char name[128];
	sqlite3 *handle;

	snprintf(name, sizeof(name), "%s/cannula.db", rig.path);
	assert_int_equal(sqlite3_open(name, &handle), SQLITE_OK);
	assert_int_equal(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(handle);
}

static uint64_t count_status(enum store_base base, const char *type, const char *code)
{
	const struct fhir_schema *schema = rig.schemas[base == STORE_R5 ? FHIR_R5 : FHIR_R4];
	struct store_value value = { .text = slice_of(code) };
	size_t count;
	const struct fhir_search_param *param = fhir_search_params(schema, fhir_type_find(schema, slice_of(type)), &count);
	struct store_page page;

	while (!slice_equal(param->code, SLICE("status")))
		param++;
	struct store_filter filter = { .param = param, .values = &value, .value_count = 1 };
	struct store_query query = {
		.base = base, .type = slice_of(type), .filters = &filter, .filter_count = 1, .want_total = true
	};
	assert_ok(store_search(rig.conn, rig.arena, &query, &page, &rig.err), &rig.err);
	return page.total;
}

static void put_three(void)
{
	struct store_put_result result;
	struct fhir_node *library = rig_read(
	    FHIR_R5, SLICE("{\"resourceType\":\"Library\",\"id\":\"l\",\"status\":\"active\",\"type\":{\"text\":\"x\"}}"));

	rig_begin();
	rig_put("{\"resourceType\":\"PlanDefinition\",\"id\":\"a\",\"status\":\"active\"}", 0);
	rig_put("{\"resourceType\":\"PlanDefinition\",\"id\":\"b\",\"status\":\"draft\"}", 0);
	assert_ok(store_put(rig.conn, rig.arena, STORE_R5, library, 0, &result, &rig.err), &rig.err);
	rig_commit();
}

static void changed_definitions_index_what_is_stored_again(void **state)
{
	struct store_resource got;

	(void)state;
	put_three();
	rig_close();
	/* As if an older program, with other definitions, had made it. */
	run_sql("UPDATE type SET params = zeroblob(32); DELETE FROM index_token");
	rig_open();
	assert_int_equal(count_status(STORE_R4, "PlanDefinition", "active"), 1);
	assert_int_equal(count_status(STORE_R4, "PlanDefinition", "draft"), 1);
	assert_int_equal(count_status(STORE_R5, "Library", "active"), 1);
	assert_true(rig_get("PlanDefinition", "a", 0, &got));
	assert_int_equal(got.version, 1);
	/* One commit for each type, and none when it is done. */
	assert_int_equal(rig_sequence(), 3);
	rig_close();
	rig_open();
	assert_int_equal(rig_sequence(), 3);
}

static void the_same_definitions_leave_it_alone(void **state)
{
	(void)state;
	put_three();
	rig_close();
	run_sql("DELETE FROM index_token");
	rig_open();
	assert_int_equal(rig_sequence(), 1);
	assert_int_equal(count_status(STORE_R4, "PlanDefinition", "active"), 0);
}

static void a_stored_resource_that_is_no_longer_readable_stops_nothing(void **state)
{
	(void)state;
	put_three();
	rig_close();
	run_sql("UPDATE type SET params = zeroblob(32); DELETE FROM index_token;"
		"UPDATE version SET bytes = x'7b7d' WHERE change = (SELECT change FROM resource WHERE id = 'a')");
	rig_open();
	assert_int_equal(count_status(STORE_R4, "PlanDefinition", "active"), 0);
	assert_int_equal(count_status(STORE_R4, "PlanDefinition", "draft"), 1);
}

static void a_type_that_the_tables_no_longer_know_stays(void **state)
{
	(void)state;
	put_three();
	rig_close();
	run_sql("UPDATE type SET name = 'Vanished', params = zeroblob(32) WHERE name = 'Library'");
	rig_open();
	assert_int_equal(count_status(STORE_R4, "PlanDefinition", "active"), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		TEST(changed_definitions_index_what_is_stored_again),
		TEST(the_same_definitions_leave_it_alone),
		TEST(a_stored_resource_that_is_no_longer_readable_stops_nothing),
		TEST(a_type_that_the_tables_no_longer_know_stays),
	};

	log_level_set(LOG_ERROR);
	return cmocka_run_group_tests_name("store/index", tests, rig_setup_group, rig_teardown_group);
}
