/* SPDX-License-Identifier: Apache-2.0 */
#include "../testing.h"

#include "store/decimal.h"

static struct slice key_of(struct arena *arena, const char *text, int factor, int delta)
{
	struct decimal value;

	if (!decimal_read(slice_of(text), &value))
		fail_msg("%s is not read", text);
	if (factor)
		value = decimal_scale(&value, factor, delta);
	struct slice key = decimal_key(arena, &value);
	assert_non_null(key.ptr);
	return key;
}

static void keys_stand_in_the_order_of_the_numbers(void **state)
{
	static const char *const rising[] = { "-1e9",
					      "-100.5",
					      "-100.25",
					      "-100",
					      "-2",
					      "-1.25",
					      "-1.2",
					      "-0.5",
					      "-0.05",
					      "-1e-8",
					      "0",
					      "1e-8",
					      "0.05",
					      "0.5",
					      "0.55",
					      "1",
					      "1.000001",
					      "9",
					      "10",
					      "99.99",
					      "100",
					      "123456789012345678901234567890",
					      "123456789012345678901234567891",
					      "1e100" };
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i + 1 < ARRAY_SIZE(rising); i++) {
		struct slice low = key_of(arena, rising[i], 0, 0), high = key_of(arena, rising[i + 1], 0, 0);
		if (slice_compare(low, high) >= 0)
			fail_msg("%s does not stand before %s: %s, %s", rising[i], rising[i + 1], low.ptr, high.ptr);
		assert_true(slice_compare(DECIMAL_KEY_LOWEST, low) < 0);
		assert_true(slice_compare(high, DECIMAL_KEY_HIGHEST) < 0);
	}
	arena_free(arena);
}

static void one_number_has_one_key(void **state)
{
	static const char *const same[][2] = { { "1", "1.000" }, { "100", "1e2" },      { "0.5", "0.50" }, { "-2.0", "-2" },
					       { "0", "-0.00" }, { "1200", "12.0E+2" }, { "007", "7" },    { "0.001", "1e-3" } };
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(same); i++)
		assert_true(slice_equal(key_of(arena, same[i][0], 0, 0), key_of(arena, same[i][1], 0, 0)));
	arena_free(arena);
}

/* FHIR "Search", number: 100 is [99.5, 100.5), 100.00 is [99.995, 100.005), 1e2 is [95, 105). */
static void precision_gives_the_bounds(void **state)
{
	static const struct {
		const char *text, *low, *high;
	} rows[] = { { "100", "99.5", "100.5" }, { "100.00", "99.995", "100.005" }, { "1e2", "95", "105" },
		     { "0", "-0.5", "0.5" },     { "-2.5", "-2.55", "-2.45" },      { "0.00", "-0.005", "0.005" },
		     { "-0", "-0.5", "0.5" } };
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_slice(key_of(arena, rows[i].text, 10, -5), key_of(arena, rows[i].low, 0, 0).ptr);
		assert_slice(key_of(arena, rows[i].text, 10, 5), key_of(arena, rows[i].high, 0, 0).ptr);
	}
	assert_slice(key_of(arena, "250", 9, 0), key_of(arena, "225", 0, 0).ptr);
	assert_slice(key_of(arena, "250", 11, 0), key_of(arena, "275", 0, 0).ptr);
	arena_free(arena);
}

static void what_is_no_number_is_refused(void **state)
{
	static const char *const texts[] = {
		"", "-", ".5", "5.", "+1", "1e", "1e+", "1,5", "0x10", "NaN", "1 ", "1e99999", "--1"
	};
	struct decimal value;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (decimal_read(slice_of(texts[i]), &value))
			fail_msg("%s is read", texts[i]);
}

static void more_digits_than_count_are_cut_not_overrun(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	char many[501], nearly[501];

	(void)state;
	memset(many, '9', 500);
	many[500] = '\0';
	memcpy(nearly, many, sizeof(many));
	nearly[499] = '\0';
	assert_true(slice_compare(key_of(arena, nearly, 0, 0), key_of(arena, many, 0, 0)) < 0);
	memcpy(many, "0.", 2);
	assert_true(slice_compare(key_of(arena, many, 0, 0), key_of(arena, "1", 0, 0)) < 0);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_stand_in_the_order_of_the_numbers),
		cmocka_unit_test(one_number_has_one_key),
		cmocka_unit_test(precision_gives_the_bounds),
		cmocka_unit_test(what_is_no_number_is_refused),
		cmocka_unit_test(more_digits_than_count_are_cut_not_overrun),
	};

	return cmocka_run_group_tests_name("store/decimal", tests, NULL, NULL);
}
