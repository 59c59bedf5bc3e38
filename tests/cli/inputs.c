/* SPDX-License-Identifier: Apache-2.0 */
#include "../testing.h"

#include "cli/inputs.h"

#include <unistd.h>

struct scratch {
	char dir[64];
	struct arena *arena;
	struct inputs inputs;
	struct error err;
};

static int setup(void **state)
{
	struct scratch *scratch = test_calloc(1, sizeof(*scratch));

	strncpy(scratch->dir, "/tmp/cannula-inputs-XXXXXX", sizeof(scratch->dir) - 1);
	scratch->arena = arena_new(1u << 20);
	*state = scratch;
	return mkdtemp(scratch->dir) ? 0 : -1;
}

static int teardown(void **state)
{
	struct scratch *scratch = *state;
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", scratch->dir);
	int status = system(command);
	arena_free(scratch->arena);
	test_free(scratch);
	return status;
}

static const char *put(struct scratch *scratch, const char *name, const char *text)
{
	const char *path = arena_printf(scratch->arena, "%s/%s", scratch->dir, name).ptr;

	assert_ok(file_write(path, slice_of(text), 0600, &scratch->err), &scratch->err);
	return path;
}

static void a_directory_gives_its_pages_in_name_order(void **state)
{
	struct scratch *scratch = *state;
	const char *below = arena_printf(scratch->arena, "%s/sub", scratch->dir).ptr;

	assert_ok(file_make_dir(below, 0700, &scratch->err), &scratch->err);
	put(scratch, "b-2.txt", "x");
	put(scratch, "a-1.txt", "x");
	put(scratch, "sub/c-3.txt", "x");
	put(scratch, "readme.md", "x");
	assert_ok(inputs_add_path(scratch->arena, &scratch->inputs, scratch->dir, &scratch->err), &scratch->err);
	assert_int_equal(scratch->inputs.count, 3);
	assert_int_equal(scratch->inputs.passed_over, 1);
	assert_true(slice_ends(slice_of(scratch->inputs.items[0].path), SLICE("/a-1.txt")));
	assert_true(slice_ends(slice_of(scratch->inputs.items[1].path), SLICE("/b-2.txt")));
	assert_true(slice_ends(slice_of(scratch->inputs.items[2].path), SLICE("/sub/c-3.txt")));
}

static void a_directory_without_pages_is_refused(void **state)
{
	struct scratch *scratch = *state;

	put(scratch, "notes.md", "x");
	assert_false(inputs_add_path(scratch->arena, &scratch->inputs, scratch->dir, &scratch->err));
	assert_string_equal(scratch->err.message, "no procedure pages in this directory");
	assert_true(scratch->err.hint[0] != '\0');
}

static void a_manifest_names_files_beside_it_and_their_codes(void **state)
{
	struct scratch *scratch = *state;

	put(scratch, "one.txt", "x");
	put(scratch, "two, \"too\".txt", "x");
	const char *path =
	    put(scratch, "m.csv", "note,File,system,code\r\nfirst,one.txt,cpt,22513\n\n\"a,\nb\",\"two, \"\"too\"\".txt\",,");
	assert_ok(inputs_add_manifest(scratch->arena, &scratch->inputs, path, &scratch->err), &scratch->err);
	assert_int_equal(scratch->inputs.count, 2);
	assert_slice(scratch->inputs.items[0].system, "cpt");
	assert_slice(scratch->inputs.items[0].code, "22513");
	assert_true(slice_ends(slice_of(scratch->inputs.items[1].path), SLICE("/two, \"too\".txt")));
	assert_null(scratch->inputs.items[1].code.ptr);
}

static void a_malformed_manifest_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *text, *place;
	} cases[] = {
		{ "system,code\nx,y\n", ":1" },
		{ "file\n\"open", ":2" },
		{ "file\n\"one.txt\"x\n", ":2" },
		{ "file,code\n,22513\n", ":2" },
	};
	struct scratch *scratch = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error err = { 0 };
		const char *path = put(scratch, "bad.csv", cases[i].text);
		assert_false(inputs_add_manifest(scratch->arena, &scratch->inputs, path, &err));
		assert_true(slice_ends(slice_of(err.place), slice_of(cases[i].place)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_directory_gives_its_pages_in_name_order, setup, teardown),
		cmocka_unit_test_setup_teardown(a_directory_without_pages_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(a_manifest_names_files_beside_it_and_their_codes, setup, teardown),
		cmocka_unit_test_setup_teardown(a_malformed_manifest_is_refused_with_its_line, setup, teardown),
	};

	return cmocka_run_group_tests_name("inputs", tests, NULL, NULL);
}
