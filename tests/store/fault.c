/* SPDX-License-Identifier: Apache-2.0 */
/* The Nth write to the disk fails, for each N until all is done without: every failure has an error and a hint, and leaves the
 * store whole. */
#include "rig.h"

#include <sqlite3.h>

#define PLAN(id)                                                                                                                 \
	"{\"resourceType\":\"PlanDefinition\",\"id\":\"" id "\",\"url\":\"http://example.org/" id "\",\"status\":\"active\"}"

/* A file of SQLite's points to the first member; databases and logs have different ones. */
struct methods {
	sqlite3_io_methods faulty;
	const sqlite3_io_methods *real;
};

static struct methods wrapped[4];
static int (*real_open)(sqlite3_vfs *, const char *, sqlite3_file *, int, int *);

static long writes_left = -1; /* before one fails; negative: none does */
static int failure;           /* what it fails with */
static bool has_failed;

static bool is_due(void)
{
	if (writes_left < 0 || writes_left-- > 0)
		return false;
	has_failed = true;
	return true;
}

static const sqlite3_io_methods *real_methods(const sqlite3_file *file)
{
	return ((const struct methods *)file->pMethods)->real;
}

static int faulty_write(sqlite3_file *file, const void *bytes, int amount, sqlite3_int64 offset)
{
	return is_due() ? failure : real_methods(file)->xWrite(file, bytes, amount, offset);
}

static int faulty_sync(sqlite3_file *file, int flags)
{
	return is_due() ? (failure == SQLITE_FULL ? SQLITE_IOERR_FSYNC : failure) : real_methods(file)->xSync(file, flags);
}

static int faulty_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
	if (is_due()) {
		file->pMethods = NULL;
		return SQLITE_CANTOPEN;
	}
	int result = real_open(vfs, name, file, flags, out_flags);
	if (result != SQLITE_OK || !file->pMethods)
		return result;
	struct methods *methods = wrapped;
	while (methods->real && methods->real != file->pMethods)
		methods++;
	methods->real = file->pMethods;
	methods->faulty = *methods->real;
	methods->faulty.xWrite = faulty_write;
	methods->faulty.xSync = faulty_sync;
	file->pMethods = &methods->faulty;
	return result;
}

static int setup_group(void **state)
{
	static sqlite3_vfs faulty;

	assert_int_equal(sqlite3_initialize(), SQLITE_OK);
	faulty = *sqlite3_vfs_find(NULL);
	real_open = faulty.xOpen;
	faulty.zName = "faulty";
	faulty.xOpen = faulty_open;
	assert_int_equal(sqlite3_vfs_register(&faulty, 1), SQLITE_OK);
	return rig_setup_group(state);
}

static bool put(const char *json)
{
	struct store_put_result result;

	return store_put(rig.conn, rig.arena, STORE_R4, rig_read(FHIR_R4, arena_copy(rig.arena, slice_of(json))), 0, &result,
			 &rig.err);
}

/** Opens, puts two in one transaction, closes. */
static bool put_two(void)
{
	bool done = store_open(&rig.options, rig.schemas, &rig.store, &rig.err) &&
		    store_conn_open(rig.store, &rig.conn, &rig.err) && store_begin(rig.conn, &rig.err) && put(PLAN("x")) &&
		    put(PLAN("y")) && store_commit(rig.conn, &rig.err);

	rig_close();
	return done;
}

/** With good disks again: both are there or neither is, and the store goes on. */
static void assert_whole(bool both)
{
	struct store_resource got;

	writes_left = -1;
	rig.err = (struct error){ 0 };
	rig_open();
	bool has_x = rig_get("PlanDefinition", "x", 0, &got), has_y = rig_get("PlanDefinition", "y", 0, &got);
	assert_true(has_x == has_y);
	/* What was said to be done is there. That what failed is not, no one can promise: the failure may have come after the
	 * commit. */
	assert_true(has_x || !both);
	rig_put_alone(PLAN("z"), 0);
	assert_true(rig_get("PlanDefinition", "z", 0, &got));
	assert_int_equal(rig_count(), has_x ? 3 : 1);
	rig_close();
}

static void fail_each_write_in_turn(int with)
{
	unsigned told = 0;

	failure = with;
	for (long n = 0;; n++) {
		rig_remove_files();
		arena_reset(rig.arena);
		writes_left = n;
		has_failed = false;
		bool done = put_two();

		bool failed = has_failed;
		if (!done) {
			assert_true(failed);
			assert_true(rig.err.code == ERROR_FULL || rig.err.code == ERROR_IO || rig.err.code == ERROR_ACCESS ||
				    rig.err.code == ERROR_NOT_FOUND);
			assert_true(rig.err.message[0] && rig.err.hint[0]);
			told++;
		}
		assert_whole(done);
		if (!failed)
			break;
	}
	assert_true(told > 10);
}

static void no_failing_write_harms_the_store(void **state)
{
	(void)state;
	fail_each_write_in_turn(SQLITE_IOERR_WRITE);
}

static void no_full_disk_harms_the_store(void **state)
{
	(void)state;
	fail_each_write_in_turn(SQLITE_FULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup_directory, rig_teardown)
	const struct CMUnitTest tests[] = {
		TEST(no_failing_write_harms_the_store),
		TEST(no_full_disk_harms_the_store),
	};

	return cmocka_run_group_tests_name("store/fault", tests, setup_group, rig_teardown_group);
}
