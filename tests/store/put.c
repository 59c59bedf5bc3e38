/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

#include <pthread.h>

#define PLAN(id, rest) "{\"resourceType\":\"PlanDefinition\",\"id\":\"" id "\"," rest "\"status\":\"active\"}"

static bool contains(struct slice text, const char *part)
{
	return slice_find(text, slice_of(part)) != SIZE_MAX;
}

static void what_is_put_is_got_as_canonical_json(void **state)
{
	struct store_resource got;
	char instant[TIME_INSTANT_SIZE], expected[512];

	(void)state;
	struct store_put_result result = rig_put_alone(PLAN("a", "\"title\":\"First\","), 0);
	assert_int_equal(result.outcome, STORE_CREATED);
	assert_int_equal(result.version, 1);
	assert_null(result.business_version.ptr);
	assert_true(rig_get("PlanDefinition", "a", 0, &got));
	assert_slice(got.type, "PlanDefinition");
	assert_slice(got.id, "a");
	assert_int_equal(got.version, 1);
	assert_false(got.is_deleted);
	time_format_instant(got.last_updated_ms, instant);
	snprintf(expected, sizeof(expected),
		 "{\"resourceType\":\"PlanDefinition\",\"id\":\"a\",\"meta\":{\"versionId\":\"1\",\"lastUpdated\":\"%s\"},"
		 "\"title\":\"First\",\"status\":\"active\"}",
		 instant);
	assert_slice(got.bytes, expected);
	assert_false(rig_get("PlanDefinition", "b", 0, &got));
	assert_false(rig_get("ActivityDefinition", "a", 0, &got));
	assert_false(rig_get("PlanDefinition", "a", 2, &got));
	assert_false(rig_get("PlanDefinition", "a", UINT64_MAX, &got));
}

static void the_tree_is_stamped_in_place(void **state)
{
	struct fhir_node *tree =
	    rig_read(FHIR_R4, SLICE(PLAN("a", "\"meta\":{\"versionId\":\"77\",\"profile\":[\"http://p\"]},")));

	(void)state;
	rig_begin();
	rig_put_node(tree, 0);
	rig_commit();
	struct fhir_node *meta = fhir_node_child(tree, SLICE("meta"));
	assert_non_null(meta);
	assert_slice(fhir_node_text(meta, SLICE("versionId")), "1");
	assert_int_equal(fhir_node_text(meta, SLICE("lastUpdated")).len, strlen("2026-11-23T20:48:00.000Z"));
	assert_slice(fhir_node_text(meta, SLICE("profile")), "http://p");
}

static void unchanged_content_writes_nothing(void **state)
{
	char name[128], wal[128];
	struct stat before, after;
	struct store_resource first, second;

	(void)state;
	rig_put_alone(PLAN("a", "\"title\":\"First\","), STORE_PUT_DEFINITION);
	assert_true(rig_get("PlanDefinition", "a", 0, &first));
	uint64_t sequence = rig_sequence();
	snprintf(name, sizeof(name), "%s/cannula.db", rig.path);
	snprintf(wal, sizeof(wal), "%s/cannula.db-wal", rig.path);
	assert_int_equal(stat(wal, &before), 0);
	for (int i = 0; i < 3; i++) {
		struct store_put_result result = rig_put_alone(PLAN("a", "\"title\":\"First\","), STORE_PUT_DEFINITION);
		assert_int_equal(result.outcome, STORE_UNCHANGED);
		assert_int_equal(result.version, 1);
		assert_slice(result.business_version, "1");
	}
	assert_int_equal(rig_sequence(), sequence);
	assert_int_equal(stat(wal, &after), 0);
	assert_int_equal(before.st_size, after.st_size);
	assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
	assert_true(rig_get("PlanDefinition", "a", 0, &second));
	assert_true(slice_equal(first.bytes, second.bytes));
}

static void what_was_read_from_the_store_is_unchanged_when_it_comes_back(void **state)
{
	static const unsigned flags[] = { 0, STORE_PUT_DEFINITION };
	struct store_resource got;

	(void)state;
	rig_put_alone(PLAN("a", "\"title\":\"First\","), STORE_PUT_DEFINITION);
	assert_true(rig_get("PlanDefinition", "a", 0, &got));
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		struct store_put_result result = rig_put_alone(got.bytes.ptr, flags[i]);
		assert_int_equal(result.outcome, STORE_UNCHANGED);
		assert_slice(result.business_version, "1");
	}
}

static void a_change_makes_a_version_of_just_that(void **state)
{
	struct store_resource got;

	(void)state;
	rig_begin();
	rig_put(PLAN("a", "\"title\":\"First\","), 0);
	rig_put(PLAN("b", "\"title\":\"Second\","), 0);
	rig_commit();
	uint64_t sequence = rig_sequence();
	rig_begin();
	assert_int_equal(rig_put(PLAN("a", "\"title\":\"First\","), 0).outcome, STORE_UNCHANGED);
	struct store_put_result result = rig_put(PLAN("b", "\"title\":\"Second, changed\","), 0);
	rig_commit();
	assert_int_equal(result.outcome, STORE_UPDATED);
	assert_int_equal(result.version, 2);
	assert_int_equal(rig_sequence(), sequence + 1);
	assert_true(rig_get("PlanDefinition", "a", 0, &got));
	assert_int_equal(got.version, 1);
	assert_true(rig_get("PlanDefinition", "b", 0, &got));
	assert_true(contains(got.bytes, "Second, changed") && contains(got.bytes, "\"versionId\":\"2\""));
	assert_true(rig_get("PlanDefinition", "b", 1, &got));
	assert_true(contains(got.bytes, "\"Second\"") && contains(got.bytes, "\"versionId\":\"1\""));
	assert_int_equal(rig_count(), 2);
}

static void definitions_count_their_versions(void **state)
{
	struct store_resource got;
	char instant[TIME_INSTANT_SIZE];

	(void)state;
	assert_slice(rig_put_alone(PLAN("a", "\"title\":\"1\","), STORE_PUT_DEFINITION).business_version, "1");
	assert_slice(rig_put_alone(PLAN("a", "\"title\":\"2\","), STORE_PUT_DEFINITION).business_version, "2");
	assert_true(rig_get("PlanDefinition", "a", 0, &got));
	assert_true(contains(got.bytes, "\"version\":\"2\""));
	time_format_instant(got.last_updated_ms, instant);
	assert_true(contains(got.bytes, arena_printf(rig.arena, "\"date\":\"%s\"", instant).ptr));
}

static void what_the_maker_says_is_not_stamped_over(void **state)
{
	struct store_resource got;

	(void)state;
	struct store_put_result result =
	    rig_put_alone(PLAN("a", "\"version\":\"2026-A\",\"date\":\"2026-01-01\","), STORE_PUT_DEFINITION);
	assert_slice(result.business_version, "2026-A");
	assert_true(rig_get("PlanDefinition", "a", 0, &got));
	assert_true(contains(got.bytes, "\"version\":\"2026-A\"") && contains(got.bytes, "\"date\":\"2026-01-01\""));
	/* Another version of the maker's is a change, also when nothing else is. */
	result = rig_put_alone(PLAN("a", "\"version\":\"2026-B\",\"date\":\"2026-01-01\","), STORE_PUT_DEFINITION);
	assert_int_equal(result.outcome, STORE_UPDATED);
	/* Without one the store begins to count. */
	result = rig_put_alone(PLAN("a", ""), STORE_PUT_DEFINITION);
	assert_int_equal(result.outcome, STORE_UPDATED);
	assert_slice(result.business_version, "1");
}

static void types_without_such_elements_are_not_stamped(void **state)
{
	struct store_resource got;

	(void)state;
	struct store_put_result result =
	    rig_put_alone("{\"resourceType\":\"Organization\",\"id\":\"o\",\"name\":\"Payer\"}", STORE_PUT_DEFINITION);
	assert_null(result.business_version.ptr);
	assert_true(rig_get("Organization", "o", 0, &got));
	assert_false(contains(got.bytes, "\"date\""));
}

static void a_client_that_keeps_the_stamps_and_changes_the_rest_keeps_them(void **state)
{
	struct store_resource got;

	(void)state;
	rig_put_alone(PLAN("a", "\"title\":\"1\","), STORE_PUT_DEFINITION);
	struct store_put_result result = rig_put_alone(PLAN("a", "\"version\":\"1\",\"title\":\"by a client\","), 0);
	assert_int_equal(result.outcome, STORE_UPDATED);
	assert_slice(result.business_version, "1");
	/* The same again, to see that its digest is that of what was stored. */
	assert_int_equal(rig_put_alone(PLAN("a", "\"version\":\"1\",\"title\":\"by a client\","), 0).outcome, STORE_UNCHANGED);
	/* Taking the version away is a change for a client. */
	assert_int_equal(rig_put_alone(PLAN("a", "\"title\":\"by a client\","), 0).outcome, STORE_UPDATED);
	assert_true(rig_get("PlanDefinition", "a", 0, &got));
	assert_false(contains(got.bytes, "\"version\""));
	/* And the gateway counts on from where it was. */
	assert_slice(rig_put_alone(PLAN("a", "\"title\":\"3\","), STORE_PUT_DEFINITION).business_version, "2");
}

static void a_deleted_resource_keeps_its_history_and_can_return(void **state)
{
	struct store_resource got;
	bool found;

	(void)state;
	rig_put_alone(PLAN("a", "\"title\":\"1\","), 0);
	rig_begin();
	assert_ok(store_delete(rig.conn, STORE_R4, SLICE("PlanDefinition"), SLICE("a"), &found, &rig.err), &rig.err);
	assert_true(found);
	assert_ok(store_delete(rig.conn, STORE_R4, SLICE("PlanDefinition"), SLICE("a"), &found, &rig.err), &rig.err);
	assert_false(found);
	assert_ok(store_delete(rig.conn, STORE_R4, SLICE("PlanDefinition"), SLICE("nobody"), &found, &rig.err), &rig.err);
	assert_false(found);
	assert_ok(store_delete(rig.conn, STORE_R4, SLICE("Nothing"), SLICE("a"), &found, &rig.err), &rig.err);
	assert_false(found);
	rig_commit();
	assert_true(rig_get("PlanDefinition", "a", 0, &got));
	assert_true(got.is_deleted);
	assert_int_equal(got.version, 2);
	assert_null(got.bytes.ptr);
	assert_true(rig_get("PlanDefinition", "a", 1, &got));
	assert_true(contains(got.bytes, "\"title\":\"1\""));
	assert_int_equal(rig_count(), 0);
	struct store_put_result result = rig_put_alone(PLAN("a", "\"title\":\"1\","), 0);
	assert_int_equal(result.outcome, STORE_CREATED);
	assert_int_equal(result.version, 3);
	assert_int_equal(rig_count(), 1);
}

static void the_bases_do_not_mix(void **state)
{
	struct fhir_node *tree = rig_read(FHIR_R5, SLICE(PLAN("a", "")));
	struct store_put_result result;
	struct store_resource got;
	uint64_t count;
	bool found;

	(void)state;
	rig_begin();
	assert_ok(store_put(rig.conn, rig.arena, STORE_R5, tree, 0, &result, &rig.err), &rig.err);
	rig_commit();
	assert_false(rig_get("PlanDefinition", "a", 0, &got));
	assert_ok(store_get(rig.conn, rig.arena, STORE_R5, SLICE("PlanDefinition"), SLICE("a"), 0, &got, &found, &rig.err),
		  &rig.err);
	assert_true(found);
	assert_ok(store_count(rig.conn, STORE_R5, &count, &rig.err), &rig.err);
	assert_int_equal(count, 1);
	assert_int_equal(rig_count(), 0);
}

static void a_source_tree_is_kept_like_a_resource(void **state)
{
	const struct fhir_type *model = fhir_type_find(rig.schemas[FHIR_MODEL], SLICE("PolicyRecord"));
	static const enum store_outcome outcomes[] = { STORE_CREATED, STORE_UNCHANGED, STORE_UPDATED };
	struct store_put_result result;
	struct store_resource got;
	bool found;

	(void)state;
	assert_non_null(model);
	rig_begin();
	for (size_t i = 0; i < ARRAY_SIZE(outcomes); i++) {
		struct fhir_node *tree = fhir_node_new(rig.arena, model);
		assert_non_null(fhir_node_add_value(rig.arena, tree, SLICE("id"), SLICE("p")));
		assert_non_null(fhir_node_add_value(rig.arena, tree, SLICE("version"), SLICE("the payer's")));
		assert_non_null(fhir_node_add_value(rig.arena, tree, SLICE("title"), i < 2 ? SLICE("one") : SLICE("two")));
		assert_ok(store_put(rig.conn, rig.arena, STORE_SOURCE, tree, 0, &result, &rig.err), &rig.err);
		assert_int_equal(result.outcome, outcomes[i]);
		assert_slice(result.business_version, "the payer's");
	}
	rig_commit();
	assert_ok(store_get(rig.conn, rig.arena, STORE_SOURCE, SLICE("PolicyRecord"), SLICE("p"), 0, &got, &found, &rig.err),
		  &rig.err);
	assert_true(found && contains(got.bytes, "\"two\""));
	assert_int_equal(got.version, 2);
}

static void only_the_owner_reads_the_data(void **state)
{
	static const char *const names[] = { "cannula.db", "cannula.db-wal" };
	struct stat status;

	(void)state;
	rig_put_alone(PLAN("a", ""), 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		assert_int_equal(stat(arena_printf(rig.arena, "%s/%s", rig.path, names[i]).ptr, &status), 0);
		assert_int_equal(status.st_mode & 0777, 0600);
	}
}

static void a_rollback_leaves_nothing(void **state)
{
	struct store_resource got;

	(void)state;
	rig_begin();
	rig_put(PLAN("a", ""), 0);
	assert_true(rig_get("PlanDefinition", "a", 0, &got));
	store_rollback(rig.conn);
	store_rollback(rig.conn);
	assert_false(rig_get("PlanDefinition", "a", 0, &got));
	assert_int_equal(rig_sequence(), 0);
	/* The names that the transaction had given are not remembered. */
	rig_put_alone(PLAN("b", ""), 0);
	assert_true(rig_get("PlanDefinition", "b", 0, &got));
	assert_int_equal(rig_sequence(), 1);
}

static void an_id_that_fhir_does_not_allow_is_refused(void **state)
{
	static const char *const ids[] = {
		"", "a/b", "a b", "a_b", "\xc3\xa9", "12345678901234567890123456789012345678901234567890123456789012345"
	};
	const struct fhir_type *type = fhir_type_find(rig.schemas[FHIR_R4], SLICE("PlanDefinition"));
	struct store_put_result result;

	(void)state;
	rig_begin();
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		struct fhir_node *tree = fhir_node_new(rig.arena, type);
		if (ids[i][0])
			assert_non_null(fhir_node_add_value(rig.arena, tree, SLICE("id"), slice_of(ids[i])));
		assert_false(store_put(rig.conn, rig.arena, STORE_R4, tree, 0, &result, &rig.err));
		rig_expect(ERROR_SYNTAX);
	}
	rig_commit();
	assert_int_equal(rig_sequence(), 0);
}

static void another_connection_sees_what_is_committed_and_only_that(void **state)
{
	struct store_conn *other;
	struct store_resource got;
	uint64_t sequence;
	bool found;

	(void)state;
	assert_ok(store_conn_open(rig.store, &other, &rig.err), &rig.err);
	assert_ok(store_sequence(other, &sequence, &rig.err), &rig.err);
	assert_int_equal(sequence, 0);
	rig_begin();
	rig_put(PLAN("a", ""), 0);
	assert_ok(store_get(other, rig.arena, STORE_R4, SLICE("PlanDefinition"), SLICE("a"), 0, &got, &found, &rig.err),
		  &rig.err);
	assert_false(found);
	rig_commit();
	assert_ok(store_get(other, rig.arena, STORE_R4, SLICE("PlanDefinition"), SLICE("a"), 0, &got, &found, &rig.err),
		  &rig.err);
	assert_true(found);
	assert_ok(store_sequence(other, &sequence, &rig.err), &rig.err);
	assert_int_equal(sequence, 1);
	assert_int_equal(rig_sequence(), 1);
	store_conn_close(other);
}

static void what_was_committed_is_there_after_opening_again(void **state)
{
	struct store_resource got;

	(void)state;
	rig_put_alone(PLAN("a", "\"title\":\"kept\","), 0);
	rig_close();
	rig_open();
	assert_int_equal(rig_sequence(), 1);
	assert_true(rig_get("PlanDefinition", "a", 0, &got));
	assert_true(contains(got.bytes, "kept"));
	assert_int_equal(rig_put_alone(PLAN("a", "\"title\":\"kept\","), 0).outcome, STORE_UNCHANGED);
}

/* ---- several writers ---- */

enum { WRITERS = 4, WRITTEN = 40 };

struct writer {
	pthread_t thread;
	char name;
	struct error err;
};

/** Puts resources under ids of its own, one a transaction. */
static void *write_many(void *context)
{
	struct writer *writer = context;
	struct arena *arena = arena_new(16 << 20);
	struct store_conn *conn = NULL;
	bool done = arena && store_conn_open(rig.store, &conn, &writer->err);

	for (int i = 0; done && i < WRITTEN; i++) {
		struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
		struct store_put_result result;
		struct issues issues;
		struct fhir_node *tree;
		issues_init(&issues, arena, 1);
		done = fhir_json_read(arena, rig.schemas[FHIR_R4], NULL, arena_printf(arena, PLAN("%c-%d", ""), writer->name, i),
				      &limits, &issues, &tree) &&
		       store_begin(conn, &writer->err) && store_put(conn, arena, STORE_R4, tree, 0, &result, &writer->err) &&
		       store_commit(conn, &writer->err);
	}
	store_conn_close(conn);
	arena_free(arena);
	return done ? context : NULL;
}

static void writers_of_a_process_take_turns(void **state)
{
	struct writer writers[WRITERS];
	struct store_resource got;
	void *done;

	(void)state;
	for (int i = 0; i < WRITERS; i++) {
		writers[i] = (struct writer){ .name = (char)('a' + i) };
		assert_int_equal(pthread_create(&writers[i].thread, NULL, write_many, &writers[i]), 0);
	}
	for (int i = 0; i < WRITERS; i++) {
		assert_int_equal(pthread_join(writers[i].thread, &done), 0);
		assert_ok(done != NULL, &writers[i].err);
	}
	assert_int_equal(rig_sequence(), WRITERS * WRITTEN);
	for (int i = 0; i < WRITERS * WRITTEN; i++)
		assert_true(
		    rig_get("PlanDefinition", arena_printf(rig.arena, "%c-%d", 'a' + i / WRITTEN, i % WRITTEN).ptr, 0, &got));
}

/** What a connection knows of the sequence is as of what it sees, before, within and after a transaction. */
static void a_writer_that_others_keep_waiting_is_told(void **state)
{
	struct store_conn *other;
	uint64_t sequence;

	(void)state;
	assert_ok(store_conn_open(rig.store, &other, &rig.err), &rig.err);
	assert_int_equal(rig_sequence(), 0);
	rig_begin();
	rig_put(PLAN("a", ""), 0);
	struct error busy = { 0 };
	assert_false(store_begin(other, &busy));
	assert_int_equal(busy.code, ERROR_BUSY);
	assert_true(busy.hint[0]);
	assert_ok(store_sequence(other, &sequence, &rig.err), &rig.err);
	assert_int_equal(sequence, 0);
	rig_commit();
	assert_ok(store_begin(other, &rig.err), &rig.err);
	assert_ok(store_sequence(other, &sequence, &rig.err), &rig.err);
	assert_int_equal(sequence, 1);
	store_rollback(other);
	assert_ok(store_sequence(other, &sequence, &rig.err), &rig.err);
	assert_int_equal(sequence, 1);
	assert_int_equal(rig_sequence(), 1);
	store_conn_close(other);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		TEST(what_is_put_is_got_as_canonical_json),
		TEST(the_tree_is_stamped_in_place),
		TEST(unchanged_content_writes_nothing),
		TEST(what_was_read_from_the_store_is_unchanged_when_it_comes_back),
		TEST(a_change_makes_a_version_of_just_that),
		TEST(definitions_count_their_versions),
		TEST(what_the_maker_says_is_not_stamped_over),
		TEST(types_without_such_elements_are_not_stamped),
		TEST(a_client_that_keeps_the_stamps_and_changes_the_rest_keeps_them),
		TEST(a_deleted_resource_keeps_its_history_and_can_return),
		TEST(the_bases_do_not_mix),
		TEST(a_source_tree_is_kept_like_a_resource),
		TEST(only_the_owner_reads_the_data),
		TEST(a_rollback_leaves_nothing),
		TEST(an_id_that_fhir_does_not_allow_is_refused),
		TEST(another_connection_sees_what_is_committed_and_only_that),
		TEST(what_was_committed_is_there_after_opening_again),
		TEST(writers_of_a_process_take_turns),
		TEST(a_writer_that_others_keep_waiting_is_told),
	};

	return cmocka_run_group_tests_name("store/put", tests, rig_setup_group, rig_teardown_group);
}
