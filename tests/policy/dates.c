/* SPDX-License-Identifier: Apache-2.0 */
#include "policy_testing.h"

static void dates_as_payers_write_them_are_read(void **state)
{
	static const char *const rows[][2] = {
		{ "10/03/2024", "2024-10-03" },
		{ "2/1/26", "2026-02-01" },
		{ "6/1/99", "1999-06-01" },
		{ "2024-10-03", "2024-10-03" },
		{ "2024-10-03T00:00:00Z", "2024-10-03" },
		{ "20240927124305", "2024-09-27" },
		{ "20240927", "2024-09-27" },
		{ "October 3, 2024", "2024-10-03" },
		{ "3 October 2024", "2024-10-03" },
		{ "Oct. 3, 2024", "2024-10-03" },
		{ "October 2024", "2024-10" },
		{ "02/2027", "2027-02" },
		{ "2024-10", "2024-10" },
		{ "2024", "2024" },
		{ " 10/03/2024 ", "2024-10-03" },
		{ "02/29/2024", "2024-02-29" },
		{ "October 1st, 2024", "2024-10-01" },
		{ "10-03-2024", "2024-10-03" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_slice(policy_date(arena, rules, slice_of(rows[i][0])), rows[i][1]);
}

static void what_is_no_certain_day_is_absent(void **state)
{
	static const char *const rows[] = {
		"",           "N/A",        "see below",
		"13/13/2024", "02/30/2024", "02/29/2023",
		"00/00/0000", "2024-13-01", "10/03/2024 to 11/03/2024",
		"99999999",   "1/2/3/4",    "October",
		"maybe 2024", "10032024",   "3024-01-01",
		"123",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (policy_date(arena, rules, slice_of(rows[i])).ptr)
			fail_msg("\"%s\" is no date", rows[i]);
	assert_null(policy_date(arena, rules, SLICE_NONE).ptr);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates_as_payers_write_them_are_read),
		cmocka_unit_test(what_is_no_certain_day_is_absent),
	};

	return cmocka_run_group_tests(tests, load_rules, free_rules);
}
