/* SPDX-License-Identifier: Apache-2.0 */
#include "../scratch.h"

#include "cli/inputs.h"

struct listing {
	struct scratch scratch;
	struct inputs inputs;
	struct error err;
};

static int setup(void **state)
{
	return scratch_make(state, sizeof(struct listing));
}

static const char *put(struct listing *listing, const char *name, const char *text)
{
	const char *path = arena_printf(listing->scratch.arena, "%s/%s", listing->scratch.dir, name).ptr;

	assert_ok(file_write(path, slice_of(text), 0600, &listing->err), &listing->err);
	return path;
}

static void a_directory_gives_its_pages_in_name_order(void **state)
{
	struct listing *listing = *state;
	const char *below = arena_printf(listing->scratch.arena, "%s/sub", listing->scratch.dir).ptr;

	assert_ok(file_make_dir(below, 0700, &listing->err), &listing->err);
	put(listing, "b-2.txt", "x");
	put(listing, "a-1.txt", "x");
	put(listing, "sub/c-3.txt", "x");
	put(listing, "readme.md", "x");
	assert_ok(inputs_add_path(listing->scratch.arena, &listing->inputs, listing->scratch.dir, &listing->err), &listing->err);
	assert_int_equal(listing->inputs.count, 3);
	assert_int_equal(listing->inputs.passed_over, 1);
	assert_true(slice_ends(slice_of(listing->inputs.items[0].path), SLICE("/a-1.txt")));
	assert_true(slice_ends(slice_of(listing->inputs.items[1].path), SLICE("/b-2.txt")));
	assert_true(slice_ends(slice_of(listing->inputs.items[2].path), SLICE("/sub/c-3.txt")));
}

static void a_directory_without_pages_is_refused(void **state)
{
	struct listing *listing = *state;

	put(listing, "notes.md", "x");
	assert_false(inputs_add_path(listing->scratch.arena, &listing->inputs, listing->scratch.dir, &listing->err));
	assert_string_equal(listing->err.message, "no procedure pages in this directory");
	assert_true(listing->err.hint[0] != '\0');
}

static void a_manifest_names_files_beside_it_and_their_codes(void **state)
{
	struct listing *listing = *state;

	put(listing, "one.txt", "x");
	put(listing, "two, \"too\".txt", "x");
	const char *path =
	    put(listing, "m.csv", "note,File,system,code\r\nfirst,one.txt,cpt,22513\n\n\"a,\nb\",\"two, \"\"too\"\".txt\",,");
	assert_ok(inputs_add_manifest(listing->scratch.arena, &listing->inputs, path, &listing->err), &listing->err);
	assert_int_equal(listing->inputs.count, 2);
	assert_slice(listing->inputs.items[0].system, "cpt");
	assert_slice(listing->inputs.items[0].code, "22513");
	assert_true(slice_ends(slice_of(listing->inputs.items[1].path), SLICE("/two, \"too\".txt")));
	assert_null(listing->inputs.items[1].code.ptr);
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
	struct listing *listing = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error err = { 0 };
		const char *path = put(listing, "bad.csv", cases[i].text);
		assert_false(inputs_add_manifest(listing->scratch.arena, &listing->inputs, path, &err));
		assert_true(slice_ends(slice_of(err.place), slice_of(cases[i].place)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_directory_gives_its_pages_in_name_order, setup, scratch_remove),
		cmocka_unit_test_setup_teardown(a_directory_without_pages_is_refused, setup, scratch_remove),
		cmocka_unit_test_setup_teardown(a_manifest_names_files_beside_it_and_their_codes, setup, scratch_remove),
		cmocka_unit_test_setup_teardown(a_malformed_manifest_is_refused_with_its_line, setup, scratch_remove),
	};

	return cmocka_run_group_tests_name("inputs", tests, NULL, NULL);
}
