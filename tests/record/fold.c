/* SPDX-License-Identifier: Apache-2.0 */
#include "reading.h"
#include "record/fold.h"

static struct slice fold(const char *text)
{
	static char out[200];

	return record_fold(reading_rules, slice_of(text), out, sizeof(out));
}

static void words_fold_to_lower_case_with_single_blanks(void **state)
{
	(void)state;
	assert_slice(fold("  Risks \t and\xc2\xa0 Complications "), "risks and complications");
	assert_slice(fold("Pros & Cons"), "pros and cons");
	assert_slice(fold("6–8 Std."), "6-8 std.");
	assert_slice(fold("Ménière’s"), "meniere's");
	assert_slice(fold("手術"), "手術");
	assert_slice(fold(""), "");
}

static void folding_stops_where_the_room_ends(void **state)
{
	char out[4];

	(void)state;
	assert_slice(record_fold(reading_rules, SLICE("abcdefgh"), out, sizeof(out)), "abcd");
}

static void a_star_stands_for_any_text(void **state)
{
	(void)state;
	assert_true(record_glob(SLICE("how long does * take?"), SLICE("how long does it all take?")));
	assert_true(record_glob(SLICE("similar codes"), SLICE("similar codes")));
	assert_true(record_glob(SLICE("a*b*c"), SLICE("a--b-b--c")));
	assert_false(record_glob(SLICE("how long does * take?"), SLICE("how long does it last?")));
	assert_false(record_glob(SLICE("similar codes"), SLICE("similar codes of others")));
	assert_false(record_glob(SLICE(""), SLICE("a")));
}

static void a_hash_stands_for_digits(void **state)
{
	(void)state;
	assert_true(record_glob(SLICE("page # of #"), SLICE("page 1 of 12")));
	assert_false(record_glob(SLICE("page # of #"), SLICE("page one of 12")));
	assert_false(record_glob(SLICE("page # of #"), SLICE("page  of 12")));
}

/** Patterns that begin with each kind of byte, and texts that begin alike and otherwise. */
static void a_text_has_one_of_several_forms(void **state)
{
	static const struct slice patterns[] = { { "back to top", 11 }, { "\xe2\x80\xa6", 3 }, { "", 0 }, { "7 steps", 7 } };
	static const struct slice open[] = { { "zebra", 5 }, { "*logo", 5 } };
	struct record_forms forms = { .patterns = { patterns, ARRAY_SIZE(patterns) } };

	(void)state;
	record_forms_prepare(&forms);
	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++)
		assert_true(record_glob_any(&forms, patterns[i]));
	assert_false(record_glob_any(&forms, SLICE("bottom")));
	assert_false(record_glob_any(&forms, SLICE("\xe2\x80\xa2 top")));
	assert_false(record_glob_any(&forms, SLICE("w steps")));
	assert_false(record_forms_may_begin(&forms, SLICE("zebra")));
	forms.patterns = (struct option_texts){ open, ARRAY_SIZE(open) };
	record_forms_prepare(&forms);
	assert_true(record_glob_any(&forms, SLICE("any logo")));
	assert_true(record_glob_any(&forms, SLICE("7 logo")));
	assert_true(record_glob_any(&forms, SLICE("logo")));
	assert_false(record_glob_any(&forms, SLICE("logo here")));
}

static void words_are_found_whole(void **state)
{
	(void)state;
	assert_int_equal(record_word_find(SLICE("not now, no"), SLICE("no"), 0), 9);
	assert_int_equal(record_word_find(SLICE("nothing noted"), SLICE("no"), 0), SIZE_MAX);
	assert_int_equal(record_word_find(SLICE("or more"), SLICE("or more"), 0), 0);
	assert_int_equal(record_word_find(SLICE("x"), SLICE(""), 0), SIZE_MAX);
}

static void white_space_of_any_kind_is_trimmed(void **state)
{
	(void)state;
	assert_slice(record_trim(reading_rules, SLICE("\xef\xbb\xbf\t \xc2\xa0 a b \xe2\x80\x83\r")), "a b");
	assert_slice(record_trim(reading_rules, SLICE(" \xc2\xa0 ")), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_fold_to_lower_case_with_single_blanks),
		cmocka_unit_test(folding_stops_where_the_room_ends),
		cmocka_unit_test(a_star_stands_for_any_text),
		cmocka_unit_test(a_hash_stands_for_digits),
		cmocka_unit_test(a_text_has_one_of_several_forms),
		cmocka_unit_test(words_are_found_whole),
		cmocka_unit_test(white_space_of_any_kind_is_trimmed),
	};
	return cmocka_run_group_tests_name("fold", tests, reading_setup, reading_teardown);
}
