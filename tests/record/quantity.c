/* SPDX-License-Identifier: Apache-2.0 */
#include "reading.h"
#include "record/fold.h"
#include "record/quantity.h"

/** What a phrase states, as "low..high code"; "-" for no bound, "nothing" for no time. */
static void assert_time(const char *phrase, const char *expected)
{
	struct arena *arena = arena_new(1u << 20);
	struct record_time time;
	char got[100] = "nothing";

	struct slice folded = record_fold_copy(arena, reading_rules, slice_of(phrase));
	if (record_time_find(arena, reading_rules, folded, &time)) {
		struct slice low = time.low.value.ptr ? time.low.value : SLICE("-"),
			     high = time.high.value.ptr ? time.high.value : SLICE("-");
		snprintf(got, sizeof(got), "%.*s..%.*s %.*s", SLICE_ARG(low), SLICE_ARG(high), SLICE_ARG(time.high.unit->code));
	}
	if (strcmp(got, expected) != 0)
		fail_msg("\"%s\" states %s, not %s", phrase, got, expected);
	arena_free(arena);
}

static void a_range_has_both_bounds(void **state)
{
	(void)state;
	assert_time("The procedure typically takes about 1-2 hours.", "1..2 h");
	assert_time("30 to 45 minutes", "30..45 min");
	assert_time("6–8 hours before", "6..8 h");
	assert_time("4 – 6 weeks", "4..6 wk");
	assert_time("between 31 and 91 days", "31..91 d");
	assert_time("two or three days", "2..3 d");
	assert_time("a 30-45-minute visit", "30..45 min");
	assert_time("for a day or two", "1..2 d");
	assert_time("5 to about 10 min", "5..10 min");
}

static void one_number_is_both_bounds(void **state)
{
	(void)state;
	assert_time("About 45 minutes", "45..45 min");
	assert_time("an hour", "1..1 h");
	assert_time("1.5 hours", "1.5..1.5 h");
	assert_time("half an hour", "0.5..0.5 h");
	assert_time("1½ hours", "1.5..1.5 h");
	assert_time("12 months", "12..12 mo");
}

static void a_bound_word_leaves_one_bound(void **state)
{
	(void)state;
	assert_time("up to 2 hours", "-..2 h");
	assert_time("no more than about 20 minutes", "-..20 min");
	assert_time("at least 15 minutes", "15..- min");
	assert_time("30 minutes or more", "30..- min");
	assert_time("within 4 weeks", "-..4 wk");
}

static void parts_and_units_are_brought_together_exactly(void **state)
{
	(void)state;
	assert_time("1 hour and 30 minutes", "90..90 min");
	assert_time("1 h 30 min", "90..90 min");
	assert_time("an hour and a half", "1.5..1.5 h");
	assert_time("45 minutes to 1 hour", "45..60 min");
	assert_time("30 minutes to 1.5 hours", "30..90 min");
	assert_time("2 days to 2 weeks", "2..14 d");
	assert_time("1 hour to 1 hour 15 minutes", "60..75 min");
}

static void what_is_not_exact_is_not_stated(void **state)
{
	(void)state;
	assert_time("a few days", "nothing");
	assert_time("several weeks", "nothing");
	assert_time("6 weeks to 3 months", "nothing");
	assert_time("8 to 6 hours", "nothing");
	assert_time("immediately", "nothing");
}

static void numbers_of_other_things_are_left_alone(void **state)
{
	(void)state;
	assert_time("two to three injections a year", "nothing");
	assert_time("three times a day", "nothing");
	assert_time("$200 for 3 visits", "nothing");
	assert_time("5 mm cut", "nothing");
	assert_time("on 3/4/2024 days", "nothing");
	assert_time("12345678 hours", "nothing");
	assert_time("1,500 hours", "nothing");
	assert_time("take 2 tablets 30 minutes before", "30..30 min");
	assert_time("5 to 10 percent within 2 days", "-..2 d");
	assert_time("the hour", "nothing");
	assert_time("", "nothing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_range_has_both_bounds),         cmocka_unit_test(one_number_is_both_bounds),
		cmocka_unit_test(a_bound_word_leaves_one_bound),   cmocka_unit_test(parts_and_units_are_brought_together_exactly),
		cmocka_unit_test(what_is_not_exact_is_not_stated), cmocka_unit_test(numbers_of_other_things_are_left_alone),
	};
	return cmocka_run_group_tests_name("quantity", tests, reading_setup, reading_teardown);
}
