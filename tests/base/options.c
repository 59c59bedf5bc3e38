/* SPDX-License-Identifier: Apache-2.0 */
#include "../testing.h"

struct inner {
	struct slice word;
	uint64_t count;
	uint32_t line;
};

struct outer {
	struct slice name, path;
	bool loud;
	uint64_t size, wait;
	struct option_texts tags;
	struct inner group;
	struct option_rows rows;
};

static const char *const words[] = { "red", "green", NULL };
static const struct option inner_options[] = {
	{ .name = "word", .kind = OPTION_TEXT, .offset = offsetof(struct inner, word), .choices = words, .required = true },
	{ .name = "count", .kind = OPTION_COUNT, .offset = offsetof(struct inner, count), .default_text = "3", .max = 9 },
};
static const struct option_table inner_table = { inner_options, ARRAY_SIZE(inner_options), sizeof(struct inner),
						 offsetof(struct inner, line) };
static const struct option group_options[] = {
	{ .name = "count", .kind = OPTION_COUNT, .offset = offsetof(struct inner, count), .default_text = "7" },
};
static const struct option_table group_table = { group_options, ARRAY_SIZE(group_options), sizeof(struct inner), 0 };
static const struct option outer_options[] = {
	{ .name = "name", .kind = OPTION_TEXT, .offset = offsetof(struct outer, name), .default_text = "nobody" },
	{ .name = "path", .kind = OPTION_PATH, .offset = offsetof(struct outer, path) },
	{ .name = "loud", .kind = OPTION_BOOL, .offset = offsetof(struct outer, loud) },
	{ .name = "size", .kind = OPTION_BYTES, .offset = offsetof(struct outer, size), .default_text = "2 KiB" },
	{ .name = "wait", .kind = OPTION_MS, .offset = offsetof(struct outer, wait), .default_text = "5 s", .max = 60000 },
	{ .name = "tags", .kind = OPTION_TEXTS, .offset = offsetof(struct outer, tags) },
	{ .name = "group", .kind = OPTION_GROUP, .offset = offsetof(struct outer, group), .table = &group_table },
	{ .name = "rows", .kind = OPTION_ROWS, .offset = offsetof(struct outer, rows), .table = &inner_table },
};
static const struct option_table outer_table = { outer_options, ARRAY_SIZE(outer_options), sizeof(struct outer), 0 };

static int setup(void **state)
{
	*state = arena_new(1u << 20);
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static bool read_text(void **state, const char *text, struct outer *out, struct option_errors *errors)
{
	memset(out, 0, sizeof(*out));
	return options_read(*state, &outer_table, "conf/x.yaml", slice_of(text), out, errors);
}

static void absent_options_get_their_defaults(void **state)
{
	struct option_errors errors;
	struct outer outer = { 0 };

	assert_true(options_default(*state, &outer_table, &outer, &errors));
	assert_slice(outer.name, "nobody");
	assert_int_equal(outer.size, 2048);
	assert_int_equal(outer.wait, 5000);
	assert_int_equal(outer.group.count, 7);
	assert_null(outer.path.ptr);
	assert_int_equal(outer.rows.count, 0);
}

static void given_options_fill_the_struct(void **state)
{
	struct option_errors errors;
	struct outer outer;

	assert_true(read_text(state,
			      "name: \"a: b\"\npath: data\nloud: yes\nsize: 3 MiB\nwait: 250 ms\ntags: [x, y]\n"
			      "group:\n  count: 12\nrows:\n- word: red\n- word: green\n  count: 1\n",
			      &outer, &errors));
	assert_slice(outer.name, "a: b");
	assert_slice(outer.path, "conf/data");
	assert_true(outer.loud);
	assert_int_equal(outer.size, 3 << 20);
	assert_int_equal(outer.wait, 250);
	assert_int_equal(outer.tags.count, 2);
	assert_slice(outer.tags.items[1], "y");
	assert_int_equal(outer.group.count, 12);
	assert_int_equal(outer.rows.count, 2);
	const struct inner *rows = outer.rows.items;
	assert_slice(rows[0].word, "red");
	assert_int_equal(rows[0].count, 3);
	assert_int_equal(rows[1].count, 1);
	assert_int_equal(rows[1].line, 11);
}

static void a_name_without_a_value_is_as_if_absent(void **state)
{
	struct option_errors errors;
	struct outer outer;

	assert_true(read_text(state, "group:\n  # count: 1\nname:\nrows:\nsize: 4\n", &outer, &errors));
	assert_int_equal(outer.group.count, 7);
	assert_slice(outer.name, "nobody");
	assert_int_equal(outer.size, 4);
	assert_false(read_text(state, "size: \"\"\n", &outer, &errors));
}

static void everything_wrong_is_told_at_once_with_its_place(void **state)
{
	struct option_errors errors;
	struct outer outer;

	assert_false(read_text(state,
			       "nmae: x\nsize: big\nwait: 2 min\nloud: maybe\nloud: no\nrows:\n- word: gren\n- count: 99\n- 4\n",
			       &outer, &errors));
	assert_int_equal(errors.count, 9);
	assert_string_equal(errors.items[0].place, "conf/x.yaml:1:1");
	assert_string_equal(errors.items[0].hint, "did you mean name?");
	assert_string_equal(errors.items[1].place, "conf/x.yaml:2:7");
	assert_string_equal(errors.items[2].message, "wait: \"2 min\" is out of range");
	assert_string_equal(errors.items[4].message, "loud is given twice");
	assert_string_equal(errors.items[5].hint, "did you mean green?");
	assert_string_equal(errors.items[7].message, "word is missing");
}

static void what_is_not_a_mapping_of_options_is_refused(void **state)
{
	static const char *const texts[] = {
		"- a\n",      "just text\n", "name: [a\n",        "name: &x a\npath: *x\n", "name: {a: b}\n", "tags: {a: b}\n",
		"group: 3\n", "rows: 3\n",   "a: 1\n---\nb: 2\n", "name: \xff\xfe\n",       "? [x]\n: y\n",   "\tname: x\n"
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct option_errors errors;
		struct outer outer;
		if (read_text(state, texts[i], &outer, &errors))
			fail_msg("accepted: %s", texts[i]);
		assert_true(errors.count > 0);
	}
}

static void deep_nesting_under_an_unknown_key_is_bounded(void **state)
{
	char text[2100] = "x: ";
	struct option_errors errors;
	struct outer outer;

	memset(text + 3, '[', 2000);
	assert_false(read_text(state, text, &outer, &errors));
}

static void the_nearest_name_is_near(void **state)
{
	static const char *const names[] = { "listen", "certificate", "loops" };

	(void)state;
	assert_string_equal(nearest_name(SLICE("lisen"), names, 3), "listen");
	assert_null(nearest_name(SLICE("zebra"), names, 3));
	assert_null(nearest_name(SLICE(""), names, 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(absent_options_get_their_defaults, setup, teardown),
		cmocka_unit_test_setup_teardown(given_options_fill_the_struct, setup, teardown),
		cmocka_unit_test_setup_teardown(a_name_without_a_value_is_as_if_absent, setup, teardown),
		cmocka_unit_test_setup_teardown(everything_wrong_is_told_at_once_with_its_place, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_not_a_mapping_of_options_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(deep_nesting_under_an_unknown_key_is_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(the_nearest_name_is_near, setup, teardown),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
