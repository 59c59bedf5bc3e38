/* SPDX-License-Identifier: Apache-2.0 */
#include "evaluating.h"

static void operators_bind_as_the_grammar_says(void **state)
{
	static const struct expectation rows[] = {
		{ "1 + 2 * 3", "7" },
		{ "(1 + 2) * 3", "9" },
		{ "-2 * 3", "-6" },
		{ "-1.abs()", "-1" },
		{ "2 - 1 - 1", "0" },
		{ "1 + 1 = 2", "true" },
		{ "1 < 2 = true", "true" },
		{ "1 | 2 | 1 = 1 | 2", "true" },
		{ "true or false and false", "true" },
		{ "false and false implies false", "true" },
		{ "'a' & 'b' = 'ab'", "true" },
		{ "3 in 1 | 3", "true" },
		{ "1 is Integer and true", "true" },
		{ "5 div 2 + 5 mod 2", "3" },
	};

	(void)state;
	assert_rows(rows);
}

static void literals_of_every_kind_are_read(void **state)
{
	static const struct expectation rows[] = {
		{ "{}", "" },
		{ "true", "true" },
		{ "42", "42" },
		{ "0.10", "0.10" },
		{ "'it\\'s \\u00e9\\n'", "it's \xc3\xa9\n" },
		{ "@2026-11", "2026-11" },
		{ "@2026-11-23T20:48:00.5+01:00", "2026-11-23T20:48:00.5+01:00" },
		{ "@2026T", "2026" },
		{ "@T20:48", "20:48" },
		{ "4 days", "4 'day'" },
		{ "2.5 'mg'", "2.5 'mg'" },
		{ "/* a */ 1 // b", "1" },
	};

	(void)state;
	assert_rows(rows);
}

static void names_may_be_keywords_or_delimited(void **state)
{
	static const struct expectation rows[] = {
		{ "Patient.`name`.family", "Berg" },
		{ "name.where($this.is(HumanName)).family", "Berg" },
		{ "Patient.contains", "" },
		{ "%`ext-x`", "http://hl7.org/fhir/StructureDefinition/x" },
	};

	(void)state;
	assert_rows(rows);
}

static void mistakes_are_told(void **state)
{
	static const struct expectation rows[] = {
		{ "", "error: the expression ends where an expression was expected" },
		{ "1 +", "error: the expression ends where an expression was expected" },
		{ "(1", "error: the expression ends where \")\" was expected" },
		{ "name.", "error: the expression ends where a name after \".\" was expected" },
		{ "name given", "error: expected an operator or the end, found \"given\"" },
		{ "'abc", "error: the text that starts here has no closing '" },
		{ "'a\\q'", "error: unknown escape \\q in text" },
		{ "/* abc", "error: the comment that starts here has no end" },
		{ "name.frist()", "error: there is no function frist()" },
		{ "name.first(1)", "error: first() takes at most 0 arguments" },
		{ "name.where()", "error: where() needs at least 1 arguments" },
		{ "@2026-13", "error: \"2026-13\" is no date or time" },
		{ "@T25", "error: \"25\" is no date or time" },
		{ "$that", "error: only $this, $index and $total exist" },
		{ "%", "error: a name must follow %" },
		{ "1 ^ 2", "error: expected an operator or the end, found \"^\"" },
		{ "\"old\"", "error" },
		{ "%nobody", "error: there is no variable %nobody" },
	};

	(void)state;
	assert_rows(rows);
}

static void a_mistake_has_its_place_and_a_hint(void **state)
{
	struct fhirpath_program *program;
	struct error err = { 0 };

	(void)state;
	assert_false(fhirpath_compile(world, SLICE("name\n  .wher(true)"), &program, &err));
	assert_string_equal(err.place, "2:4");
	assert_string_equal(err.hint, "did you mean where()?");
	assert_int_equal(err.code, ERROR_SYNTAX);
}

/** `count` times `text`. */
static struct slice repeated(const char *text, size_t count)
{
	size_t length = strlen(text);
	char *all = arena_alloc(world, length * count + 1);

	assert_non_null(all);
	for (size_t i = 0; i < count; i++)
		memcpy(all + i * length, text, length);
	return (struct slice){ all, length * count };
}

static void assert_refused(struct slice text, const char *part)
{
	struct fhirpath_program *program;
	struct error err = { 0 };

	assert_false(fhirpath_compile(world, text, &program, &err));
	if (!strstr(err.message, part))
		fail_msg("\"%s\" does not tell of \"%s\"", err.message, part);
}

static void hostile_depth_and_size_are_refused(void **state)
{
	(void)state;
	assert_refused(repeated("(", 30000), "nested deeper");
	assert_refused(repeated("a.", 30000), "nested deeper");
	assert_refused(repeated("a[", 30000), "nested deeper");
	assert_refused(repeated("f(", 30000), "no function");
	assert_refused(repeated("where(", 10000), "nested deeper");
	assert_refused(repeated("1+", 30000), "nested deeper");
	assert_refused(repeated("9", 1000), "digits");
	assert_refused(repeated("a", FHIRPATH_TEXT_MAX_BYTES + 1), "longer than");
	/* Signs are counted, not stacked. */
	struct fhirpath_program *program;
	struct error err = { 0 };
	assert_refused(repeated("-", 1000), "ends where");
	assert_ok(fhirpath_compile(world, SLICE("------1"), &program, &err), &err);
}

static void an_expression_is_read_from_the_front_of_a_larger_text(void **state)
{
	struct slice bare[] = { SLICE("src") };
	struct fhirpath_origin origin = { .name = "x.map", .line = 7, .column = 12, .bare = bare, .bare_count = 1 };
	struct fhirpath_program *program;
	struct error err = { 0 };
	size_t used = 0;

	(void)state;
	assert_ok(fhirpath_compile_at(world, SLICE("src.a = 'x' -> tgt.b"), &origin, &used, &program, &err), &err);
	assert_int_equal(used, strlen("src.a = 'x' "));
	assert_ok(fhirpath_compile_at(world, SLICE("a.b) then"), &origin, &used, &program, &err), &err);
	assert_int_equal(used, strlen("a.b"));
	assert_false(fhirpath_compile_at(world, SLICE("a.nofunction()"), &origin, &used, &program, &err));
	assert_string_equal(err.place, "x.map:7:14");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operators_bind_as_the_grammar_says),
		cmocka_unit_test(literals_of_every_kind_are_read),
		cmocka_unit_test(names_may_be_keywords_or_delimited),
		cmocka_unit_test(mistakes_are_told),
		cmocka_unit_test(a_mistake_has_its_place_and_a_hint),
		cmocka_unit_test(hostile_depth_and_size_are_refused),
		cmocka_unit_test(an_expression_is_read_from_the_front_of_a_larger_text),
	};

	return cmocka_run_group_tests(tests, open_world, close_world);
}
