/* SPDX-License-Identifier: Apache-2.0 */
#include "../testing.h"

#include "cli/arguments.h"

static const struct flag flags[] = { { "data", "DIR", "where" }, { "trace", NULL, "tell" } };
static const struct command command = {
	.name = "test", .operands = "FILE", .min_operands = 1, .max_operands = 2, .flags = flags, .flag_count = ARRAY_SIZE(flags)
};

static enum arguments_outcome parse(struct arguments *out, int count, const char *const *words)
{
	static char *argv[16];

	argv[0] = (char *)(uintptr_t) "test";
	for (int i = 0; i < count; i++)
		argv[i + 1] = (char *)(uintptr_t)words[i];
	return arguments_parse(&command, count + 1, argv, out);
}

#define PARSE(out, ...) parse((out), ARRAY_SIZE(((const char *[]){ __VA_ARGS__ })), (const char *[]){ __VA_ARGS__ })

static void flags_and_operands_stand_in_any_order(void **state)
{
	struct arguments arguments;

	(void)state;
	assert_int_equal(PARSE(&arguments, "a", "--data", "d", "--trace", "b"), ARGUMENTS_READY);
	assert_string_equal(argument_get(&arguments, "data"), "d");
	assert_non_null(argument_get(&arguments, "trace"));
	assert_int_equal(arguments.operand_count, 2);
	assert_string_equal(arguments.operands[0], "a");
	assert_string_equal(arguments.operands[1], "b");
}

static void a_value_may_follow_an_equals_sign(void **state)
{
	struct arguments arguments;

	(void)state;
	assert_int_equal(PARSE(&arguments, "--data=x=y", "-"), ARGUMENTS_READY);
	assert_string_equal(argument_get(&arguments, "data"), "x=y");
	assert_string_equal(arguments.operands[0], "-");
	assert_null(argument_get(&arguments, "trace"));
}

static void two_dashes_end_the_flags(void **state)
{
	struct arguments arguments;

	(void)state;
	assert_int_equal(PARSE(&arguments, "--", "--trace"), ARGUMENTS_READY);
	assert_string_equal(arguments.operands[0], "--trace");
	assert_null(argument_get(&arguments, "trace"));
}

static void what_does_not_fit_is_refused(void **state)
{
	struct arguments arguments;

	(void)state;
	assert_int_equal(PARSE(&arguments, "a", "--nope"), ARGUMENTS_WRONG);
	assert_int_equal(PARSE(&arguments, "a", "--data"), ARGUMENTS_WRONG);
	assert_int_equal(PARSE(&arguments, "a", "--trace=1"), ARGUMENTS_WRONG);
	assert_int_equal(PARSE(&arguments, "a", "--trace", "--trace"), ARGUMENTS_WRONG);
	assert_int_equal(PARSE(&arguments, "a", "-x"), ARGUMENTS_WRONG);
	assert_int_equal(PARSE(&arguments, "a", "b", "c"), ARGUMENTS_WRONG);
	assert_int_equal(PARSE(&arguments, "--trace"), ARGUMENTS_WRONG);
	assert_int_equal(PARSE(&arguments, "--help", "--nope"), ARGUMENTS_HELP);
}

static void a_code_is_split_at_its_last_colon(void **state)
{
	struct slice system, code;

	(void)state;
	assert_true(argument_split_code("http://www.ama-assn.org/go/cpt:22513", &system, &code));
	assert_slice(system, "http://www.ama-assn.org/go/cpt");
	assert_slice(code, "22513");
	assert_false(argument_split_code("22513", &system, &code));
	assert_false(argument_split_code(":22513", &system, &code));
	assert_false(argument_split_code("cpt:", &system, &code));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flags_and_operands_stand_in_any_order),
		cmocka_unit_test(a_value_may_follow_an_equals_sign),
		cmocka_unit_test(two_dashes_end_the_flags),
		cmocka_unit_test(what_does_not_fit_is_refused),
		cmocka_unit_test(a_code_is_split_at_its_last_colon),
	};

	return cmocka_run_group_tests_name("arguments", tests, NULL, NULL);
}
