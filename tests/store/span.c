/* SPDX-License-Identifier: Apache-2.0 */
#include "../testing.h"

#include "store/span.h"

static void assert_span(const char *text, int64_t low, int64_t high)
{
	struct span span;

	if (!span_read(slice_of(text), &span))
		fail_msg("%s is not read", text);
	if (span.low != low || span.high != high)
		fail_msg("%s is %lld to %lld", text, (long long)span.low, (long long)span.high);
}

static void a_partial_date_covers_all_it_leaves_open(void **state)
{
	(void)state;
	/* Seconds by date(1): 2024-01-01 is 1704067200, 2025-01-01 1735689600, 2024-02-01 1706745600, 2024-03-01 1709251200. */
	assert_span("2024", 1704067200000, 1735689600000);
	assert_span("2024-02", 1706745600000, 1709251200000);
	assert_span("2024-02-29", 1709164800000, 1709251200000);
	assert_span("2024-02-29T12:30", 1709209800000, 1709209860000);
	assert_span("2024-02-29T12:30:15", 1709209815000, 1709209816000);
	assert_span("2024-02-29T12:30:15.25Z", 1709209815250, 1709209815260);
	assert_span("2024-02-29T12:30:15.123456Z", 1709209815123, 1709209815124);
	assert_span("1970-01-01", 0, 86400000);
	assert_span("1969-12-31", -86400000, 0);
}

static void a_zone_moves_the_span(void **state)
{
	(void)state;
	assert_span("2024-02-29T12:30:15+02:00", 1709202615000, 1709202616000);
	assert_span("2024-02-29T12:30:15-05:30", 1709229615000, 1709229616000);
	assert_span("2024-02-29T12:30:15 02:00", 1709202615000, 1709202616000); /* "+02:00" in a query, not encoded */
}

static void what_is_no_date_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"24",
		"2024-",
		"2024-13",
		"2024-00",
		"2023-02-29",
		"2024-02-30",
		"2024-2-1",
		"2024-02-29T",
		"2024-02-29T24:00",
		"2024-02-29T12",
		"2024-02-29T12:60",
		"2024-02-29T12:30:15.",
		"2024-02-29T12:30Zx",
		"2024-02-29T12:30+2:00",
		"0000",
		"tomorrow",
		"2024-02-29 12:30",
		"2024-02-29T12:30 ",
	};
	struct span span;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (span_read(slice_of(texts[i]), &span))
			fail_msg("%s is read", texts[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_partial_date_covers_all_it_leaves_open),
		cmocka_unit_test(a_zone_moves_the_span),
		cmocka_unit_test(what_is_no_date_is_refused),
	};

	return cmocka_run_group_tests_name("store/span", tests, NULL, NULL);
}
