/* SPDX-License-Identifier: Apache-2.0 */
#include "reading.h"
#include "record/lines.h"

static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = arena_new(ARENA_BYTES);
	return arena ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct record_text_lines split(struct slice bytes)
{
	struct record_text_lines lines;
	struct error err = { 0 };

	assert_ok(record_lines_split(arena, reading_rules, "page.txt", bytes, &lines, &err), &err);
	return lines;
}

static void assert_refused(struct slice bytes, enum error_code code, const char *place)
{
	struct record_text_lines lines;
	struct error err = { 0 };

	assert_false(record_lines_split(arena, reading_rules, "page.txt", bytes, &lines, &err));
	assert_int_equal(err.code, code);
	assert_string_equal(err.place, place);
}

static void all_line_ends_count_alike(void **state)
{
	struct record_text_lines lines = split(SLICE("a\r\nb\rc\n\n  d"));

	(void)state;
	assert_int_equal(lines.count, 4);
	assert_slice(lines.items[1].text, "b");
	assert_int_equal(lines.items[1].line, 2);
	assert_int_equal(lines.items[2].line, 3);
	assert_false(lines.items[2].blank_before);
	assert_int_equal(lines.items[3].line, 5);
	assert_true(lines.items[3].blank_before);
	assert_int_equal(lines.items[3].indent, 2);
}

static void markers_are_told_from_text(void **state)
{
	struct record_text_lines lines = split(SLICE("• one\n12) two\nStep 3: three\n-four\n1.5 five\n(6) six\n\t◦\tseven\n*"));

	(void)state;
	assert_int_equal(lines.items[0].marker, RECORD_MARKER_BULLET);
	assert_slice(lines.items[0].body, "one");
	assert_int_equal(lines.items[0].column, 3);
	assert_int_equal(lines.items[1].marker, RECORD_MARKER_NUMBER);
	assert_int_equal(lines.items[1].number, 12);
	assert_int_equal(lines.items[2].number, 3);
	assert_slice(lines.items[2].body, "three");
	assert_int_equal(lines.items[3].marker, RECORD_MARKER_NONE);
	assert_int_equal(lines.items[4].marker, RECORD_MARKER_NONE);
	assert_int_equal(lines.items[5].number, 6);
	assert_int_equal(lines.items[6].indent, 8);
	assert_slice(lines.items[6].body, "seven");
	assert_int_equal(lines.items[7].marker, RECORD_MARKER_BULLET);
	assert_slice(lines.items[7].body, "");
}

static void bytes_that_are_not_utf8_are_refused_by_place(void **state)
{
	(void)state;
	assert_refused(SLICE("first\nse\xc3\xa9 \xff nd"), ERROR_SYNTAX, "page.txt:2:5");
	assert_refused(SLICE("\xff\xfe"
			     "T\0i\0"),
		       ERROR_SYNTAX, "page.txt:1:1");
	assert_refused(SLICE("M\xe9ni\xe8re"), ERROR_SYNTAX, "page.txt:1:2");
}

static void binary_files_are_refused_by_place(void **state)
{
	(void)state;
	assert_refused(SLICE("one\r\ntwo\0"), ERROR_SYNTAX, "page.txt:2:4");
	assert_refused(SLICE("%PDF-1.7\n\x01"), ERROR_SYNTAX, "page.txt:2:1");
	assert_refused(SLICE("x\xef\xbf\xbf"), ERROR_SYNTAX, "page.txt:1:2");
}

static struct slice filled(size_t len, char with, size_t newline_every)
{
	char *bytes = arena_alloc(arena, len);

	assert_non_null(bytes);
	for (size_t i = 0; i < len; i++)
		bytes[i] = newline_every && i % newline_every == newline_every - 1 ? '\n' : with;
	return (struct slice){ bytes, len };
}

static void what_is_too_large_is_refused_by_its_limit(void **state)
{
	(void)state;
	assert_refused(filled(RECORD_PAGE_MAX_BYTES + 1, 'x', 80), ERROR_LIMIT, "page.txt");
	assert_refused(filled(2 * RECORD_PAGE_MAX_LINES + 2, 'x', 2), ERROR_LIMIT, "page.txt");
	assert_refused(filled(RECORD_LINE_MAX_BYTES + 1, 'x', 0), ERROR_LIMIT, "page.txt");
}

static void what_just_fits_is_read(void **state)
{
	(void)state;
	assert_int_equal(split(filled(2 * RECORD_PAGE_MAX_LINES - 1, 'x', 2)).count, RECORD_PAGE_MAX_LINES);
	assert_int_equal(split(filled(RECORD_LINE_MAX_BYTES, 'x', 0)).count, 1);
	assert_int_equal(split(SLICE("")).count, 0);
	assert_int_equal(split(SLICE(" \r\n\t\n")).count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(all_line_ends_count_alike, setup, teardown),
		cmocka_unit_test_setup_teardown(markers_are_told_from_text, setup, teardown),
		cmocka_unit_test_setup_teardown(bytes_that_are_not_utf8_are_refused_by_place, setup, teardown),
		cmocka_unit_test_setup_teardown(binary_files_are_refused_by_place, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_too_large_is_refused_by_its_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(what_just_fits_is_read, setup, teardown),
	};
	return cmocka_run_group_tests_name("lines", tests, reading_setup, reading_teardown);
}
