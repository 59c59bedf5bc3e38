/* SPDX-License-Identifier: Apache-2.0 */
#include "../testing.h"

#include "store/fold.h"

static void assert_folds(const char *text, const char *expected)
{
	struct arena *arena = arena_new(1 << 16);

	assert_slice(fold_text(arena, slice_of(text)), expected);
	arena_free(arena);
}

static void case_accents_and_punctuation_do_not_count(void **state)
{
	(void)state;
	assert_folds("Vertebral  Augmentation", "vertebral augmentation");
	assert_folds("  \t(Knee) - replacement, total.\n", "knee replacement total");
	assert_folds("\xc3\x89tude d\xe2\x80\x99\xc5\x93uvre", "etude d oeuvre"); /* Étude d’œuvre */
	assert_folds("Stra\xc3\x9f"
		     "e",
		     "strasse");
	assert_folds("e\xcc\x81t\xc3\xa9", "ete"); /* a combining accent, then a composed one */
	assert_folds("co\xc2\xadpay", "copay");
	assert_folds("\xce\x91\xce\xb2 \xd0\x9c\xd0\xb8\xd1\x80", "\xce\xb1\xce\xb2 \xd0\xbc\xd0\xb8\xd1\x80"); /* Αβ Мир */
	assert_folds("---", "");
	assert_folds("", "");
}

static void what_has_no_simple_form_stays(void **state)
{
	(void)state;
	assert_folds("\xe6\x89\x8b\xe6\x9c\xaf", "\xe6\x89\x8b\xe6\x9c\xaf");
	assert_folds("5 \xc3\x97 3", "5 \xc3\x97 3");
	assert_folds("\xf0\x9f\xa9\xba", "\xf0\x9f\xa9\xba");
}

static void broken_bytes_pass_without_harm(void **state)
{
	(void)state;
	assert_folds("a\xc3", "a\xc3");
	assert_folds("\xe6\x89", "\xe6\x89");
	assert_folds("\x80z", "\x80z");
}

static void tokens_lose_only_ascii_case(void **state)
{
	struct arena *arena = arena_new(1 << 16);

	(void)state;
	assert_slice(fold_token(arena, SLICE("M84.48XA")), "m84.48xa");
	assert_slice(fold_token(arena, SLICE("\xc3\x89-1")), "\xc3\x89-1");
	arena_free(arena);
}

static void a_full_arena_is_told(void **state)
{
	static const char long_text[1 << 20];
	struct arena *arena = arena_new(1024);

	(void)state;
	assert_null(fold_text(arena, (struct slice){ long_text, sizeof(long_text) }).ptr);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(case_accents_and_punctuation_do_not_count),
		cmocka_unit_test(what_has_no_simple_form_stays),
		cmocka_unit_test(broken_bytes_pass_without_harm),
		cmocka_unit_test(tokens_lose_only_ascii_case),
		cmocka_unit_test(a_full_arena_is_told),
	};

	return cmocka_run_group_tests_name("store/fold", tests, NULL, NULL);
}
