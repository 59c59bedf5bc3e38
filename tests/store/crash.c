/* SPDX-License-Identifier: Apache-2.0 */
/* Processes that die in the middle, and processes beside each other. */
#include "rig.h"

#include <signal.h>
#include <sys/wait.h>

#define COUNT 200

/** Puts e0 … as version `round` of each. */
static void put_round(int round, int count)
{
	char json[512];

	for (int i = 0; i < count; i++) {
		snprintf(json, sizeof(json),
			 "{\"resourceType\":\"PlanDefinition\",\"id\":\"e%d\",\"url\":\"http://example.org/"
			 "e%d\",\"title\":\"round %d\","
			 "\"status\":\"active\",\"description\":\"%0200d\"}",
			 i, i, round, i);
		rig_put(json, 0);
	}
}

/** Every resource is as `round` left it, content and index alike. */
static void assert_round(int round, int count)
{
	char title[32], id[16], expected[64];
	struct store_resource got;

	snprintf(expected, sizeof(expected), "\"title\":\"round %d\"", round);
	snprintf(title, sizeof(title), "round %d", round);
	for (int i = 0; i < count; i++) {
		snprintf(id, sizeof(id), "e%d", i);
		assert_true(rig_get("PlanDefinition", id, 0, &got));
		if (slice_find(got.bytes, slice_of(expected)) == SIZE_MAX)
			fail_msg("%s is %.*s", id, SLICE_ARG(got.bytes));
	}
	assert_int_equal(rig_count(), count);
	size_t params;
	const struct fhir_search_param *param =
	    fhir_search_params(rig.schemas[FHIR_R4], fhir_type_find(rig.schemas[FHIR_R4], SLICE("PlanDefinition")), &params);
	while (!slice_equal(param->code, SLICE("title")))
		param++;
	struct store_value value = { .text = slice_of(title) };
	struct store_filter filter = { .param = param, .modifier = SLICE("exact"), .values = &value, .value_count = 1 };
	struct store_query query = { .type = SLICE("PlanDefinition"), .filters = &filter, .filter_count = 1, .want_total = true };
	struct store_page page;
	assert_ok(store_search(rig.conn, rig.arena, &query, &page, &rig.err), &rig.err);
	assert_int_equal(page.total, count);
}

/** As rig_open in a child, which has no way back into cmocka. */
static void child_open(void)
{
	CHILD_CHECK(store_open(&rig.options, rig.schemas, &rig.store, &rig.err));
	CHILD_CHECK(store_conn_open(rig.store, &rig.conn, &rig.err));
}

/** A child puts round 2, says how far it is, and is killed there. A cache of 64 KiB makes SQLite write pages long before the
 * commit. */
static void die_after(int puts, bool commits)
{
	rig.options.cache_bytes = 64 << 10;
	child_open();
	CHILD_CHECK(store_begin(rig.conn, &rig.err));
	put_round(2, puts);
	if (commits)
		CHILD_CHECK(store_commit(rig.conn, &rig.err));
	raise(SIGKILL);
}

static void assert_killed(int puts, bool commits)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		die_after(puts, commits);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void a_killed_transaction_never_was(void **state)
{
	static const int puts[] = { 0, 1, 7, COUNT };

	(void)state;
	rig_open();
	rig_begin();
	put_round(1, COUNT);
	rig_commit();
	uint64_t sequence = rig_sequence();
	rig_close();
	for (size_t i = 0; i < ARRAY_SIZE(puts); i++) {
		assert_killed(puts[i], false);
		rig_open();
		assert_int_equal(rig_sequence(), sequence);
		assert_round(1, COUNT);
		rig_close();
	}
	rig_open();
	rig_begin();
	put_round(2, COUNT);
	rig_commit();
	assert_round(2, COUNT);
}

static void what_was_committed_survives_the_kill(void **state)
{
	(void)state;
	rig_open();
	rig_begin();
	put_round(1, COUNT);
	rig_commit();
	rig_close();
	assert_killed(COUNT, true);
	rig_open();
	assert_round(2, COUNT);
}

static void a_kill_at_any_moment_leaves_the_one_or_the_other(void **state)
{
	(void)state;
	rig_open();
	rig_begin();
	put_round(1, COUNT);
	rig_commit();
	rig_close();
	for (unsigned delay_us = 200; delay_us < 60000; delay_us = delay_us * 2 + 77) {
		int status;
		pid_t pid = fork();
		if (pid == 0)
			die_after(COUNT, true);
		usleep(delay_us);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		rig_open();
		uint64_t sequence = rig_sequence();
		assert_in_range(sequence, 1, 2);
		assert_round((int)sequence, COUNT);
		rig_close();
		if (sequence == 2)
			return;
	}
	rig_open();
}

/** Adds `count` to what all writers count together, one transaction each. */
static void count_up(int count)
{
	struct slice value;
	char text[32];

	rig.options.busy_timeout_ms = 20000;
	child_open();
	for (int i = 0; i < count; i++) {
		uint64_t number = 0;
		CHILD_CHECK(store_begin(rig.conn, &rig.err));
		CHILD_CHECK(store_note_get(rig.conn, rig.arena, SLICE("t"), SLICE("n"), &value, &rig.err));
		CHILD_CHECK(!value.ptr || slice_to_u64(value, UINT64_MAX, &number));
		snprintf(text, sizeof(text), "%llu", (unsigned long long)number + 1);
		CHILD_CHECK(store_note_put(rig.conn, SLICE("t"), SLICE("n"), slice_of(text), &rig.err));
		CHILD_CHECK(store_commit(rig.conn, &rig.err));
	}
	rig_close();
	_exit(0);
}

static void writers_of_several_processes_wait_for_each_other(void **state)
{
	enum { WRITERS = 3, EACH = 20 };
	struct slice value;
	int status;

	(void)state;
	/* All three also create the store together. */
	for (int i = 0; i < WRITERS; i++)
		if (fork() == 0)
			count_up(EACH);
	for (int i = 0; i < WRITERS; i++) {
		assert_true(wait(&status) > 0);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
	rig_open();
	assert_ok(store_note_get(rig.conn, rig.arena, SLICE("t"), SLICE("n"), &value, &rig.err), &rig.err);
	assert_slice(value, "60");
	assert_int_equal(rig_sequence(), 60);
}

static void another_process_is_noticed(void **state)
{
	int status;

	(void)state;
	rig_open();
	assert_int_equal(rig_sequence(), 0);
	pid_t pid = fork();
	if (pid == 0)
		count_up(1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(rig_sequence(), 1);
}

static void a_writer_that_waits_too_long_is_told(void **state)
{
	int ready[2], release[2], status;
	char byte;

	(void)state;
	rig_open();
	rig_close();
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(release), 0);
	pid_t pid = fork();
	if (pid == 0) {
		child_open();
		CHILD_CHECK(store_begin(rig.conn, &rig.err));
		CHILD_CHECK(write(ready[1], "r", 1) == 1 && read(release[0], &byte, 1) == 1);
		store_rollback(rig.conn);
		_exit(0);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	rig_open();
	assert_false(store_begin(rig.conn, &rig.err));
	rig_expect(ERROR_BUSY);
	assert_int_equal(write(release[1], "g", 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 0);
	rig_begin();
	rig_commit();
	close(ready[0]), close(ready[1]), close(release[0]), close(release[1]);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup_directory, rig_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_killed_transaction_never_was),
		TEST(what_was_committed_survives_the_kill),
		TEST(a_kill_at_any_moment_leaves_the_one_or_the_other),
		TEST(writers_of_several_processes_wait_for_each_other),
		TEST(another_process_is_noticed),
		TEST(a_writer_that_waits_too_long_is_told),
	};

	return cmocka_run_group_tests_name("store/crash", tests, rig_setup_group, rig_teardown_group);
}
