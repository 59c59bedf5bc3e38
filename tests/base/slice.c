/* SPDX-License-Identifier: Apache-2.0 */
#include "../testing.h"

static void absent_differs_from_empty_but_equals_in_text(void **state)
{
	(void)state;
	assert_null(slice_of(NULL).ptr);
	assert_non_null(slice_of("").ptr);
	assert_true(slice_equal(SLICE_NONE, SLICE("")));
	assert_true(slice_equal_nocase(SLICE("CPT4 Code"), SLICE("cpt4 cODE")));
	assert_false(slice_equal_nocase(SLICE("a"), SLICE("ab")));
}

static void order_is_that_of_bytes_then_of_length(void **state)
{
	(void)state;
	assert_true(slice_compare(SLICE("a"), SLICE("b")) < 0);
	assert_true(slice_compare(SLICE("ab"), SLICE("a")) > 0);
	assert_true(slice_compare(SLICE("\x7f"), SLICE("\xc3")) < 0);
	assert_int_equal(slice_compare(SLICE("x"), SLICE("x")), 0);
}

static void cutting_tells_an_empty_rest_from_none(void **state)
{
	struct slice rest = SLICE("a,b,");

	(void)state;
	assert_slice(slice_cut(&rest, ','), "a");
	assert_slice(slice_cut(&rest, ','), "b");
	assert_non_null(rest.ptr);
	assert_int_equal(slice_cut(&rest, ',').len, 0);
	assert_null(rest.ptr);
}

static void trimming_takes_white_space_at_both_ends_only(void **state)
{
	(void)state;
	assert_slice(slice_trim(SLICE(" \t a b\r\n")), "a b");
	assert_int_equal(slice_trim(SLICE("   ")).len, 0);
}

static void finding_tells_where_or_nowhere(void **state)
{
	(void)state;
	assert_int_equal(slice_find(SLICE("abcabc"), SLICE("ca")), 2);
	assert_int_equal(slice_find(SLICE("abc"), SLICE("abcd")), SIZE_MAX);
	assert_true(slice_starts(SLICE("abc"), SLICE("ab")));
	assert_true(slice_ends(SLICE("abc"), SLICE("bc")));
	assert_false(slice_ends(SLICE("c"), SLICE("bc")));
}

static void numbers_are_digits_within_their_bound(void **state)
{
	uint64_t value;

	(void)state;
	assert_true(slice_to_u64(SLICE("18446744073709551615"), UINT64_MAX, &value));
	assert_true(value == UINT64_MAX);
	assert_false(slice_to_u64(SLICE("18446744073709551616"), UINT64_MAX, &value));
	assert_false(slice_to_u64(SLICE("11"), 10, &value));
	assert_false(slice_to_u64(SLICE(""), 10, &value));
	assert_false(slice_to_u64(SLICE("-1"), 10, &value));
	assert_false(slice_to_u64(SLICE("1 "), 10, &value));
}

/* RFC 3629 section 3 and 4; offsets counted by hand. */
static void invalid_utf8_is_found_where_it_begins(void **state)
{
	static const struct {
		const char *text;
		size_t invalid;
	} cases[] = {
		{ "", SIZE_MAX },
		{ "plain ascii, longer than a word", SIZE_MAX },
		{ "caf\xc3\xa9 \xe2\x80\x93 \xf0\x9f\xa9\xba", SIZE_MAX },
		{ "\xef\xbf\xbf", SIZE_MAX },
		{ "\xf4\x8f\xbf\xbf", SIZE_MAX },
		{ "ab\xff", 2 },
		{ "\xc0\xaf", 0 },
		{ "\xe0\x80\xaf", 0 },
		{ "x\xed\xa0\x80", 1 },
		{ "\xf4\x90\x80\x80", 0 },
		{ "\xf5\x80\x80\x80", 0 },
		{ "12345678\xe2\x80", 8 },
		{ "\x80", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (slice_utf8_invalid(slice_of(cases[i].text)) != cases[i].invalid)
			fail_msg("case %zu", i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(absent_differs_from_empty_but_equals_in_text),
		cmocka_unit_test(order_is_that_of_bytes_then_of_length),
		cmocka_unit_test(cutting_tells_an_empty_rest_from_none),
		cmocka_unit_test(trimming_takes_white_space_at_both_ends_only),
		cmocka_unit_test(finding_tells_where_or_nowhere),
		cmocka_unit_test(numbers_are_digits_within_their_bound),
		cmocka_unit_test(invalid_utf8_is_found_where_it_begins),
	};

	return cmocka_run_group_tests_name("slice", tests, NULL, NULL);
}
