/* SPDX-License-Identifier: Apache-2.0 */
#include "../testing.h"

#include "api/condition.h"

/* 1994-11-06T08:49:37Z: RFC 9110's own example. */
#define MOMENT_S 784111777

static enum condition checked(const char *name, const char *value)
{
	struct net_header header = { slice_of(name), slice_of(value) };
	struct net_request request = { .headers = &header, .header_count = 1 };

	return condition_check(&request, SLICE("W/\"3\""), MOMENT_S * INT64_C(1000) + 250);
}

static void all_three_date_forms_are_read(void **state)
{
	static const char *const forms[] = { "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
					     "Sun Nov  6 08:49:37 1994" };
	int64_t seconds;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		assert_true(condition_date_parse(slice_of(forms[i]), &seconds));
		assert_int_equal(seconds, MOMENT_S);
	}
}

static void other_dates_are_no_dates(void **state)
{
	static const char *const forms[] = { "", "1994-11-06", "Sun, 06 Nov 1994 08:49:37 GMT and more",
					     "Sun, 31 Foo 1994 08:49:37 GMT",
					     "Sun, 06 Nov 1994 08:49:37 GMTSun, 06 Nov 1994 08:49:37 GMT" };
	int64_t seconds;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		assert_false(condition_date_parse(slice_of(forms[i]), &seconds));
}

static void none_match_compares_opaque_tags(void **state)
{
	(void)state;
	assert_int_equal(checked("If-None-Match", "W/\"3\""), CONDITION_NOT_MODIFIED);
	assert_int_equal(checked("if-none-match", "\"3\""), CONDITION_NOT_MODIFIED);
	assert_int_equal(checked("If-None-Match", "\"1\", W/\"2\", W/\"3\""), CONDITION_NOT_MODIFIED);
	assert_int_equal(checked("If-None-Match", "*"), CONDITION_NOT_MODIFIED);
	assert_int_equal(checked("If-None-Match", "W/\"33\""), CONDITION_HOLDS);
	assert_int_equal(checked("If-None-Match", ""), CONDITION_HOLDS);
}

static void modified_since_compares_whole_seconds(void **state)
{
	(void)state;
	assert_int_equal(checked("If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT"), CONDITION_NOT_MODIFIED);
	assert_int_equal(checked("If-Modified-Since", "Sun, 06 Nov 1994 08:49:38 GMT"), CONDITION_NOT_MODIFIED);
	assert_int_equal(checked("If-Modified-Since", "Sun, 06 Nov 1994 08:49:36 GMT"), CONDITION_HOLDS);
	assert_int_equal(checked("If-Modified-Since", "yesterday"), CONDITION_HOLDS);
}

static void match_fails_for_another_version(void **state)
{
	(void)state;
	assert_int_equal(checked("If-Match", "W/\"2\""), CONDITION_FAILED);
	assert_int_equal(checked("If-Match", "W/\"3\""), CONDITION_HOLDS);
	assert_int_equal(checked("If-Match", "*"), CONDITION_HOLDS);
	assert_int_equal(checked("If-Unmodified-Since", "Sun, 06 Nov 1994 08:49:36 GMT"), CONDITION_FAILED);
	assert_int_equal(checked("If-Unmodified-Since", "Sun, 06 Nov 1994 08:49:37 GMT"), CONDITION_HOLDS);
}

static void the_tag_decides_over_the_date(void **state)
{
	struct net_header headers[] = { { SLICE("If-None-Match"), SLICE("W/\"2\"") },
					{ SLICE("If-Modified-Since"), SLICE("Sun, 06 Nov 1994 08:49:37 GMT") } };
	struct net_request request = { .headers = headers, .header_count = 2 };

	(void)state;
	assert_int_equal(condition_check(&request, SLICE("W/\"3\""), MOMENT_S * INT64_C(1000)), CONDITION_HOLDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_three_date_forms_are_read),   cmocka_unit_test(other_dates_are_no_dates),
		cmocka_unit_test(none_match_compares_opaque_tags), cmocka_unit_test(modified_since_compares_whole_seconds),
		cmocka_unit_test(match_fails_for_another_version), cmocka_unit_test(the_tag_decides_over_the_date),
	};

	return cmocka_run_group_tests_name("api condition", tests, NULL, NULL);
}
