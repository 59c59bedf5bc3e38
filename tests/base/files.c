/* SPDX-License-Identifier: Apache-2.0 */
/* Files, assets, digests, time. */
#include "../scratch.h"

#include <sys/stat.h>

static int setup(void **state)
{
	return scratch_make(state, sizeof(struct scratch));
}

static void a_written_file_is_read_back(void **state)
{
	struct scratch *scratch = *state;
	struct error err = { 0 };
	struct slice got;
	struct stat status;

	assert_ok(file_write(scratch_path(scratch, "x"), SLICE("one\0two"), 0600, &err), &err);
	assert_ok(file_read(scratch->arena, scratch_path(scratch, "x"), 100, &got, &err), &err);
	assert_int_equal(got.len, 7);
	assert_memory_equal(got.ptr, "one\0two", 8);
	assert_int_equal(stat(scratch_path(scratch, "x"), &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
}

static void a_write_that_fails_leaves_the_old_file(void **state)
{
	struct scratch *scratch = *state;
	struct error err = { 0 };

	assert_false(file_write(scratch_path(scratch, "no/such/dir"), SLICE("x"), 0600, &err));
	assert_int_equal(err.code, ERROR_NOT_FOUND);
}

static void what_is_no_file_or_too_large_is_refused_by_name(void **state)
{
	struct scratch *scratch = *state;
	struct slice got;
	struct error missing = { 0 }, directory = { 0 }, large = { 0 }, device = { 0 };

	assert_false(file_read(scratch->arena, scratch_path(scratch, "none"), 10, &got, &missing));
	assert_int_equal(missing.code, ERROR_NOT_FOUND);
	assert_false(file_read(scratch->arena, scratch->dir, 10, &got, &directory));
	assert_int_equal(directory.code, ERROR_SYNTAX);
	assert_string_equal(directory.place, scratch->dir);
	assert_true(file_write(scratch_path(scratch, "big"), SLICE("12345678901"), 0600, &large));
	assert_false(file_read(scratch->arena, scratch_path(scratch, "big"), 10, &got, &large));
	assert_int_equal(large.code, ERROR_LIMIT);
	assert_false(file_read(scratch->arena, "/dev/zero", 10, &got, &device));
	assert_int_equal(device.code, ERROR_SYNTAX);
}

static void directories_are_made_with_their_parents(void **state)
{
	struct scratch *scratch = *state;
	struct error err = { 0 };

	assert_ok(file_make_dir(scratch_path(scratch, "a/b/c"), 0700, &err), &err);
	assert_ok(file_make_dir(scratch_path(scratch, "a/b/c"), 0700, &err), &err);
	assert_ok(file_write(scratch_path(scratch, "a/file"), SLICE("x"), 0600, &err), &err);
	assert_false(file_make_dir(scratch_path(scratch, "a/file"), 0700, &err));
}

static bool count_asset(void *context, const char *name, struct slice bytes)
{
	struct slice again;

	++*(size_t *)context;
	return asset_get(name, &again, NULL) && again.ptr == bytes.ptr && again.len == bytes.len;
}

static void an_overlay_replaces_and_adds_assets(void **state)
{
	struct scratch *scratch = *state;
	struct error err = { 0 }, missing = { 0 };
	struct slice got;
	size_t before = 0, after = 0;

	assert_true(asset_each("", count_asset, &before));
	assert_ok(file_make_dir(scratch_path(scratch, "over/zz"), 0700, &err), &err);
	assert_ok(file_write(scratch_path(scratch, "over/zz/new.txt"), SLICE("mine"), 0600, &err), &err);
	assert_ok(asset_overlay(scratch_path(scratch, "over"), &err), &err);
	assert_ok(asset_get("zz/new.txt", &got, &err), &err);
	assert_slice(got, "mine");
	assert_true(asset_each("", count_asset, &after));
	assert_int_equal(after, before + 1);
	assert_false(asset_get("zz/none.txt", &got, &missing));
	assert_int_equal(missing.code, ERROR_NOT_FOUND);
}

/* FIPS 180-2 appendix B.1. */
static void sha256_is_that_of_the_standard(void **state)
{
	uint8_t digest[DIGEST_BYTES];
	char hex[DIGEST_HEX_SIZE];

	(void)state;
	digest_sha256(SLICE("abc"), digest);
	digest_hex(digest, hex);
	assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* RFC 9110 section 5.6.7 gives 784111777 as this date. */
static void instants_and_http_dates_are_formatted(void **state)
{
	char instant[TIME_INSTANT_SIZE], http[TIME_HTTP_SIZE];

	(void)state;
	time_format_http(INT64_C(784111777000), http);
	assert_string_equal(http, "Sun, 06 Nov 1994 08:49:37 GMT");
	time_format_instant(INT64_C(784111777009), instant);
	assert_string_equal(instant, "1994-11-06T08:49:37.009Z");
	time_format_instant(-1, instant);
	assert_string_equal(instant, "1969-12-31T23:59:59.999Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_written_file_is_read_back, setup, scratch_remove),
		cmocka_unit_test_setup_teardown(a_write_that_fails_leaves_the_old_file, setup, scratch_remove),
		cmocka_unit_test_setup_teardown(what_is_no_file_or_too_large_is_refused_by_name, setup, scratch_remove),
		cmocka_unit_test_setup_teardown(directories_are_made_with_their_parents, setup, scratch_remove),
		cmocka_unit_test_setup_teardown(an_overlay_replaces_and_adds_assets, setup, scratch_remove),
		cmocka_unit_test(sha256_is_that_of_the_standard),
		cmocka_unit_test(instants_and_http_dates_are_formatted),
	};

	return cmocka_run_group_tests_name("files", tests, NULL, NULL);
}
