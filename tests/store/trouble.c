/* SPDX-License-Identifier: Apache-2.0 */
/* What the world does to a store: each has its error and its hint, and what was committed stays whole. */
#include "rig.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define PLAN(id, rest) "{\"resourceType\":\"PlanDefinition\",\"id\":\"" id "\"," rest "\"status\":\"active\"}"

static const char *database(void)
{
	static char name[128];

	snprintf(name, sizeof(name), "%s/cannula.db", rig.path);
	return name;
}

static void expect_no_store(enum error_code code)
{
	struct store *store = NULL;

	assert_false(store_open(&rig.options, rig.schemas, &store, &rig.err));
	assert_null(store);
	rig_expect(code);
}

static void run_sql(const char *sql)
{
	sqlite3 *handle;

	assert_int_equal(sqlite3_open(database(), &handle), SQLITE_OK);
	assert_int_equal(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(handle);
}

/** What says of which layout the store is. */
static int get_mark(void)
{
	sqlite3 *handle;
	sqlite3_stmt *statement;

	assert_int_equal(sqlite3_open(database(), &handle), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(handle, "PRAGMA user_version", -1, &statement, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	int mark = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(handle);
	return mark;
}

static void set_mark(int mark)
{
	char sql[64];

	snprintf(sql, sizeof(sql), "PRAGMA user_version = %d", mark);
	run_sql(sql);
}

static void put_padded(const char *id, size_t padding)
{
	struct buf json;

	buf_init(&json, padding + 1024);
	buf_printf(&json, "{\"resourceType\":\"PlanDefinition\",\"id\":\"%s\",\"status\":\"active\",\"usage\":\"", id);
	for (size_t i = 0; i < padding; i++)
		buf_append_char(&json, (char)('a' + i % 26));
	buf_append(&json, SLICE("\"}"));
	struct fhir_node *tree = rig_read(FHIR_R4, arena_copy(rig.arena, buf_slice(&json)));
	buf_free(&json);
	rig_put_node(tree, 0);
}

/** A closed store of some forty pages. */
static void make_store(void)
{
	rig_open();
	rig_begin();
	for (char id[] = "a"; id[0] <= 'j'; id[0]++)
		put_padded(id, 30000);
	rig_commit();
	rig_close();
}

static void no_directory_given(void **state)
{
	(void)state;
	rig.options.path = SLICE_NONE;
	expect_no_store(ERROR_USAGE);
}

static void the_path_is_a_file(void **state)
{
	char name[128];

	(void)state;
	snprintf(name, sizeof(name), "%s/file", rig.path);
	close(open(name, O_CREAT | O_WRONLY, 0644));
	rig.options.path = slice_of(name);
	expect_no_store(ERROR_NOT_FOUND);
}

static void the_file_is_not_a_database(void **state)
{
	char text[8192], again[8192];

	(void)state;
	memset(text, 'x', sizeof(text));
	int fd = open(database(), O_CREAT | O_RDWR, 0644);
	assert_int_equal(write(fd, text, sizeof(text)), sizeof(text));
	expect_no_store(ERROR_CORRUPT);
	assert_int_equal(pread(fd, again, sizeof(again), 0), sizeof(again));
	assert_memory_equal(text, again, sizeof(text));
	close(fd);
}

static void the_database_is_another_programs(void **state)
{
	(void)state;
	run_sql("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
	expect_no_store(ERROR_UNSUPPORTED);
	run_sql("SELECT x FROM theirs");
}

static void a_newer_program_made_the_layout(void **state)
{
	(void)state;
	make_store();
	int mark = get_mark();
	set_mark(99);
	expect_no_store(ERROR_UNSUPPORTED);
	set_mark(mark);
	rig_open();
	assert_int_equal(rig_count(), 10);
}

static void an_unreleased_program_made_other_tables_of_the_same_number(void **state)
{
	(void)state;
	make_store();
	int mark = get_mark();
	set_mark(mark & 255); /* without a digest of the tables, as once */
	expect_no_store(ERROR_UNSUPPORTED);
	set_mark(mark ^ 256); /* with that of others */
	expect_no_store(ERROR_UNSUPPORTED);
	set_mark(mark);
	rig_open();
	assert_int_equal(rig_count(), 10);
}

static void an_interrupted_creation_is_completed(void **state)
{
	(void)state;
	/* What a crash right after creating the file leaves. */
	close(open(database(), O_CREAT | O_WRONLY, 0644));
	rig_open();
	assert_int_equal(rig_count(), 0);
	rig_put_alone(PLAN("a", ""), 0);
}

static void the_file_was_cut_short(void **state)
{
	(void)state;
	make_store();
	assert_int_equal(truncate(database(), 10 * 8192), 0);
	expect_no_store(ERROR_CORRUPT);
}

static void a_page_is_damaged(void **state)
{
	struct store_resource got;
	unsigned damaged = 0;
	bool found;

	(void)state;
	make_store();
	struct stat status;
	assert_int_equal(stat(database(), &status), 0);
	int fd = open(database(), O_RDWR);
	char noise[8192];
	memset(noise, 0xa5, sizeof(noise));
	/* All but the first pages, where the store's own tables begin. */
	for (off_t at = 40 * 8192; at < status.st_size; at += 8192)
		assert_int_equal(pwrite(fd, noise, sizeof(noise), at), sizeof(noise));
	close(fd);
	rig_open();
	for (char id[] = "a"; id[0] <= 'j'; id[0]++) {
		if (store_get(rig.conn, rig.arena, STORE_R4, SLICE("PlanDefinition"), slice_of(id), 0, &got, &found, &rig.err))
			continue;
		rig_expect(ERROR_CORRUPT);
		damaged++;
	}
	assert_true(damaged > 0);
}

/** Runs `child` in another process, which reports success by its status. */
static void in_child(void (*child)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		child();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void open_as_nobody(void)
{
	struct store *store;

	/* The superuser may write anywhere. */
	if (geteuid() == 0)
		CHILD_CHECK(setgid(65534) == 0 && setuid(65534) == 0);
	CHILD_CHECK(!store_open(&rig.options, rig.schemas, &store, &rig.err));
	CHILD_CHECK(rig.err.code == ERROR_ACCESS && rig.err.hint[0]);
}

static void the_directory_cannot_be_written(void **state)
{
	(void)state;
	assert_int_equal(chmod(rig.path, 0555), 0);
	in_child(open_as_nobody);
	assert_int_equal(chmod(rig.path, 0755), 0);
	make_store();
	assert_int_equal(chmod(database(), 0444), 0);
	assert_int_equal(chmod(rig.path, 0555), 0);
	in_child(open_as_nobody);
	assert_int_equal(chmod(rig.path, 0755), 0);
}

static bool try_put(const char *id, size_t padding)
{
	struct store_put_result result;
	struct fhir_node *tree = rig_read(FHIR_R4, arena_copy(rig.arena, slice_of(PLAN("x", ""))));

	if (!fhir_node_set_value(rig.arena, tree, SLICE("id"), slice_of(id)))
		return error_memory(&rig.err);
	char *text = arena_alloc(rig.arena, padding + 1);
	memset(text, 'z', padding);
	if (!fhir_node_set_value(rig.arena, tree, SLICE("usage"), (struct slice){ text, padding }))
		return error_memory(&rig.err);
	return store_put(rig.conn, rig.arena, STORE_R4, tree, 0, &result, &rig.err);
}

static void fill_the_disk(void)
{
	struct rlimit limit = { 1 << 20, RLIM_INFINITY };
	bool done = true;

	signal(SIGXFSZ, SIG_IGN);
	CHILD_CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	CHILD_CHECK(store_open(&rig.options, rig.schemas, &rig.store, &rig.err));
	CHILD_CHECK(store_conn_open(rig.store, &rig.conn, &rig.err));
	CHILD_CHECK(store_begin(rig.conn, &rig.err));
	for (int i = 0; done && i < 100; i++) {
		char id[8];
		snprintf(id, sizeof(id), "f%d", i);
		done = try_put(id, 100000);
	}
	done = done && store_commit(rig.conn, &rig.err);
	CHILD_CHECK(!done && rig.err.code == ERROR_FULL && rig.err.hint[0]);
	store_rollback(rig.conn);
	rig.err = (struct error){ 0 };
	/* There is room again: the same connection goes on. */
	limit.rlim_cur = RLIM_INFINITY;
	CHILD_CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	CHILD_CHECK(store_begin(rig.conn, &rig.err) && try_put("after", 10) && store_commit(rig.conn, &rig.err));
	rig_close();
}

static void the_disk_is_full(void **state)
{
	struct store_resource got;

	(void)state;
	make_store();
	in_child(fill_the_disk);
	rig_open();
	assert_int_equal(rig_count(), 11);
	assert_true(rig_get("PlanDefinition", "after", 0, &got));
	assert_true(rig_get("PlanDefinition", "a", 0, &got));
	assert_false(rig_get("PlanDefinition", "f0", 0, &got));
	run_sql("PRAGMA quick_check");
}

static void another_writer_holds_the_place(void **state)
{
	struct store_conn *other;

	(void)state;
	rig_open();
	assert_ok(store_conn_open(rig.store, &other, &rig.err), &rig.err);
	rig_begin();
	rig_put(PLAN("a", ""), 0);
	uint64_t before = time_monotonic_us();
	assert_false(store_begin(other, &rig.err));
	rig_expect(ERROR_BUSY);
	assert_true(time_monotonic_us() - before >= 190000);
	rig_commit();
	assert_ok(store_begin(other, &rig.err), &rig.err);
	store_conn_close(other);
	rig_begin();
	rig_commit();
}

static void a_failed_write_spoils_its_transaction(void **state)
{
	struct store_resource got;

	(void)state;
	rig_open();
	rig_put_alone(PLAN("before", ""), 0);
	/* An index table that is gone stands for any failure in the middle of a put. */
	rig_close();
	run_sql("ALTER TABLE index_uri RENAME TO gone");
	rig_open();
	rig_begin();
	assert_true(try_put("ok", 10));
	struct fhir_node *tree = rig_read(
	    FHIR_R4, SLICE("{\"resourceType\":\"PlanDefinition\",\"id\":\"u\",\"url\":\"http://u\",\"status\":\"draft\"}"));
	struct store_put_result result;
	assert_false(store_put(rig.conn, rig.arena, STORE_R4, tree, 0, &result, &rig.err));
	rig_expect(ERROR_IO);
	assert_false(store_commit(rig.conn, &rig.err));
	rig_expect(ERROR_CONFLICT);
	assert_false(rig_get("PlanDefinition", "u", 0, &got));
	assert_false(rig_get("PlanDefinition", "ok", 0, &got));
	assert_true(rig_get("PlanDefinition", "before", 0, &got));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup_directory, rig_teardown)
	const struct CMUnitTest tests[] = {
		TEST(no_directory_given),
		TEST(the_path_is_a_file),
		TEST(the_file_is_not_a_database),
		TEST(the_database_is_another_programs),
		TEST(a_newer_program_made_the_layout),
		TEST(an_unreleased_program_made_other_tables_of_the_same_number),
		TEST(an_interrupted_creation_is_completed),
		TEST(the_file_was_cut_short),
		TEST(a_page_is_damaged),
		TEST(the_directory_cannot_be_written),
		TEST(the_disk_is_full),
		TEST(another_writer_holds_the_place),
		TEST(a_failed_write_spoils_its_transaction),
	};

	return cmocka_run_group_tests_name("store/trouble", tests, rig_setup_group, rig_teardown_group);
}
