/* SPDX-License-Identifier: Apache-2.0 */
#include "evaluating.h"

static void paths_walk_the_tree(void **state)
{
	static const struct expectation rows[] = {
		{ "Patient.name.given", "Anna, Maria, Ann" },
		{ "name[0].given[1]", "Maria" },
		{ "name[9]", "" },
		{ "name.family", "Berg" },
		{ "Encounter.name", "" },
		{ "Patient.multipleBirth", "2" },
		{ "Patient.name", "<HumanName>, <HumanName>" },
		{ "Resource.id", "p1" },
		{ "nothing.at.all", "" },
		{ "children().count()", "13" },
		{ "contact.descendants().count()", "2" },
		{ "name['x']", "error: an index must be an integer" },
	};

	(void)state;
	assert_rows(rows);
}

static void collections_are_filtered_projected_and_cut(void **state)
{
	static const struct expectation rows[] = {
		{ "name.where(use = 'official').given.first()", "Anna" },
		{ "name.where(given.exists($this = 'Ann')).use", "usual" },
		{ "name.select(given.count())", "2, 1" },
		{ "name.given.where($index = 1)", "Maria" },
		{ "name.all(given.exists())", "true" },
		{ "name.all(family.exists())", "false" },
		{ "name.given.tail().tail()", "Ann" },
		{ "name.given.skip(1).take(1)", "Maria" },
		{ "name.given.last()", "Ann" },
		{ "name.given.single()", "error: single() found 3 items" },
		{ "name.family.single()", "Berg" },
		{ "(1 | 2 | 2 | 3).count()", "3" },
		{ "(1).combine(1).count()", "2" },
		{ "(1).combine(1).distinct()", "1" },
		{ "(1 | 2).intersect(2 | 3)", "2" },
		{ "(1 | 2).exclude(2 | 3)", "1" },
		{ "(1 | 2).subsetOf(1 | 2 | 3)", "true" },
		{ "(1 | 2 | 3).supersetOf(4)", "false" },
		{ "(1 | 2 | 3).aggregate($this + $total, 0)", "6" },
		{ "(true | false).allTrue()", "false" },
		{ "name.select(use.union(given)).count()", "5" },
		{ "contact.repeat(name).count()", "1" },
		{ "iif(active, 'on', 'off')", "on" },
		{ "iif({}, 1, 2)", "2" },
		{ "name.exists() and photo.empty()", "true" },
		{ "name.given.trace('given').count()", "3" },
	};

	(void)state;
	assert_rows(rows);
}

/** FHIRPath N1 section 6.5, the truth tables. */
static void logic_has_three_values(void **state)
{
	static const struct expectation rows[] = {
		{ "true and {}", "" },          { "false and {}", "false" },        { "{} and false", "false" },
		{ "true or {}", "true" },       { "{} or true", "true" },           { "false or {}", "" },
		{ "true xor {}", "" },          { "true xor false", "true" },       { "{} implies true", "true" },
		{ "false implies {}", "true" }, { "true implies {}", "" },          { "{}.not()", "" },
		{ "true.not()", "false" },      { "name.given and true", "error" },
	};

	(void)state;
	assert_rows(rows);
}

/** By the tables of UCUM 2.1, and by N1, section 6.1.2. */
static void units_are_those_of_ucum(void **state)
{
	static const struct expectation rows[] = {
		{ "1 'a' = 365.25 'd'", "true" },
		{ "12 'mo' = 1 'a'", "true" },
		{ "1 year = 1 'a'", "" },
		{ "1 year ~ 1 'a'", "true" },
		{ "1 month ~ 1 'mo'", "true" },
		{ "1 month ~ 2 'mo'", "false" },
		{ "1 year = 12 months", "" },
		{ "1 second = 1 's'", "true" },
		{ "1 'lm' = 1 'cd.sr'", "true" },
		{ "1 'lm' = 1 'cd'", "" },
		{ "1 'Lmb' > 3183 'cd/m2'", "true" },
		{ "1 'Lmb' < 3184 'cd/m2'", "true" },
		{ "1 '[LPF]' = 100 '[HPF]'", "true" },
		{ "1 'm[Hg]' = 133.322 'kPa'", "true" },
		{ "1 '[Cal]' = 4184 'J'", "true" },
		{ "20 '[drp]' = 1 'mL'", "true" },
		{ "1 '[gal_us]' = 4 '[qt_us]'", "true" },
		{ "37 'Cel' = 310.15 'K'", "" },
		{ "1 'Ym' = 1000 'Zm'", "true" },
		{ "1 'Zm' = 1000 'Em'", "true" },
		{ "1000 'zg' = 1 'ag'", "true" },
		{ "1000 'yg' = 1 'zg'", "true" },
		{ "1 'zg' > 1 'yg'", "true" },
		{ "1 'KiBy' = 1024 'By'", "true" },
		{ "1 'KiBy' > 1 'kBy'", "true" },
		{ "1 'MiBy' = 1024 'KiBy'", "true" },
		{ "1 'GiBy' = 1024 'MiBy'", "true" },
		{ "1 'TiBy' = 1024 'GiBy'", "true" },
		{ "1 'By' = 8 'bit'", "true" },
		{ "1 'Kimin' = 1024 'min'", "" },
	};

	(void)state;
	assert_rows(rows);
}

static void equality_knows_types_and_precision(void **state)
{
	static const struct expectation rows[] = {
		{ "1 = 1.0", "true" },
		{ "'a' = 'A'", "false" },
		{ "'a b' ~ 'A\\tB'", "true" },
		{ "1.1 ~ 1.14", "true" },
		{ "(1 | 2) = (2 | 1)", "false" },
		{ "(1 | 2) ~ (2 | 1)", "true" },
		{ "{} = 1", "" },
		{ "{} ~ {}", "true" },
		{ "birthDate = @1974-12-25", "true" },
		{ "birthDate = @1974-12", "" },
		{ "birthDate < @1975", "true" },
		{ "birthDate > @1974", "" },
		{ "@2026-01-01T10:00:00Z = @2026-01-01T11:00:00+01:00", "true" },
		{ "@T10:30 < @T10:31", "true" },
		{ "birthDate = @T10:30", "false" },
		{ "1 week = 7 days", "true" },
		{ "1 'mg' = 1 'mg'", "true" },
		{ "1 < 'a'", "error: these values have no order" },
		{ "name[0] = name[0]", "true" },
		{ "name[0] = name[1]", "false" },
	};

	(void)state;
	assert_rows(rows);
}

static void arithmetic_is_exact(void **state)
{
	static const struct expectation rows[] = {
		{ "0.1 + 0.2", "0.3" },
		{ "1.10 - 0.1", "1.00" },
		{ "10 / 4", "2.5" },
		{ "1 / 3", "0.33333333" },
		{ "7 / 0", "" },
		{ "-7 div 2", "-3" },
		{ "7.5 mod 2", "1.5" },
		{ "9223372036854775807 + 1", "" },
		{ "'a' + 'b'", "ab" },
		{ "'a' + {}", "" },
		{ "'a' & {} & 'b'", "ab" },
		{ "1 + 'a'", "error" },
		{ "@2026-01-31 + 1 month", "2026-02-28" },
		{ "@2024-02-29 + 1 year", "2025-02-28" },
		{ "@2026-11-23 - 30 days", "2026-10-24" },
		{ "@2026-11-23T23:59:00Z + 2 minutes", "2026-11-24T00:01:00Z" },
		{ "@T23:30 + 1 hour", "00:30" },
		{ "@9999-12-31 + 1 day", "error" },
		{ "1.5 'mg' + 2 'mg'", "3.5 'mg'" },
		{ "(-3.7).truncate()", "-3" },
		{ "(-3.7).floor()", "-4" },
		{ "3.2.ceiling()", "4" },
		{ "3.14159.round(2)", "3.14" },
		{ "(-5).abs()", "5" },
	};

	(void)state;
	assert_rows(rows);
}

static void texts_are_handled_by_character(void **state)
{
	static const struct expectation rows[] = {
		{ "'Grüße'.length()", "5" },
		{ "'Grüße'.substring(2, 2)", "üß" },
		{ "'Grüße'.indexOf('e')", "4" },
		{ "'abc'.substring(3)", "" },
		{ "'abc'.startsWith('ab') and 'abc'.endsWith('bc') and 'abc'.contains('b')", "true" },
		{ "'abc'.upper() + 'ABC'.lower()", "ABCabc" },
		{ "'a-b-c'.replace('-', '+')", "a+b+c" },
		{ "'ab'.replace('', '.')", ".a.b." },
		{ "'a,b,,c'.split(',').count()", "4" },
		{ "name.given.join(' ')", "Anna Maria Ann" },
		{ "'  x '.trim()", "x" },
		{ "'ab'.toChars()", "a, b" },
		{ "'CPT 22513'.matches('\\\\d{5}')", "true" },
		{ "'CPT 22513'.matchesFull('\\\\d{5}')", "false" },
		{ "'a b  c'.replaceMatches('\\\\s+', '-')", "a-b-c" },
		{ "'a\\nc'.matches('a.c')", "true" },
		{ "'Grüße'.matches('^Gr.ße$')", "true" },
		{ "'ab'.matchesFull('a|ab')", "true" },
		{ "'ab'.matchesFull('a|b')", "false" },
		{ "''.matches('^$')", "true" },
		{ "'11/30/1972'.replaceMatches('(?<month>\\\\d{1,2})/(?<day>\\\\d{1,2})/(?<year>\\\\d{4})', "
		  "'${year}-${month}-$2')",
		  "1972-11-30" },
		{ "'abc'.replaceMatches('', 'x')", "abc" },
		{ "'ab'.replaceMatches('(x)?b', '[$1]')", "a[]" },
		{ "'x'.matches('(')", "error: matches() has a pattern that does not work: missing closing parenthesis" },
		{ "'x'.matches('[b-a]')",
		  "error: matches() has a pattern that does not work: range out of order in character class" },
		{ "'x'.replaceMatches('x', '${none}')", "error" },
		{ "5.length()", "error: length() needs a String" },
		{ "('a' | 'b').upper()", "error: expected a single item, found 2" },
		{ "{}.length()", "" },
	};

	(void)state;
	assert_rows(rows);
}

static void values_convert_or_are_empty(void **state)
{
	static const struct expectation rows[] = {
		{ "'12'.toInteger() + 1", "13" },
		{ "'1.5'.toInteger()", "" },
		{ "'1.50'.toDecimal()", "1.50" },
		{ "'yes'.toBoolean()", "true" },
		{ "'maybe'.toBoolean()", "" },
		{ "12.toString() & 'x'", "12x" },
		{ "'2026-11-23'.toDate()", "2026-11-23" },
		{ "'2026-02-30'.toDate()", "" },
		{ "'20:48'.toTime()", "20:48" },
		{ "'4 days'.toQuantity()", "4 'day'" },
		{ "'abc'.convertsToInteger()", "false" },
		{ "birthDate.toString()", "1974-12-25" },
		{ "today()", "2026-11-23" },
		{ "now().toString().startsWith('2026-11-23T')", "true" },
	};

	(void)state;
	assert_rows(rows);
}

static void types_are_asked_and_chosen(void **state)
{
	static const struct expectation rows[] = {
		{ "Patient.multipleBirth is integer", "true" },
		{ "Patient.multipleBirth.is(boolean)", "false" },
		{ "(Patient.multipleBirth as integer) + 1", "3" },
		{ "Patient.multipleBirth.ofType(boolean)", "" },
		{ "$this is DomainResource", "true" },
		{ "$this is FHIR.Patient", "true" },
		{ "Patient.active is System.Boolean", "false" },
		{ "1 is System.Integer", "true" },
		{ "name is HumanName", "error" },
		{ "name.ofType(HumanName).family", "Berg" },
	};

	(void)state;
	assert_rows(rows);
}

static void fhir_functions_reach_extensions_and_references(void **state)
{
	static const struct expectation rows[] = {
		{ "extension('http://example.org/note').value", "calm" },
		{ "extension('http://example.org/other').exists()", "false" },
		{ "hasExtension('http://example.org/note')", "true" },
		{ "active.hasValue()", "true" },
		{ "name.first().hasValue()", "false" },
		{ "birthDate.getValue() is Date", "true" },
		{ "managingOrganization.resolve().name", "Hill Clinic" },
		{ "generalPractitioner.where(resolve() is Practitioner).reference", "Practitioner/7" },
		{ "generalPractitioner.where(resolve() is Organization).count()", "1" },
		{ "generalPractitioner.resolve().name", "" },
		{ "%resource.id & %context.id", "p1p1" },
		{ "%ucum", "http://unitsofmeasure.org" },
	};

	(void)state;
	assert_rows(rows);
}

static void work_from_outside_is_bounded(void **state)
{
	char got[512];

	(void)state;
	/* Each repetition would double the text. */
	evaluate("(1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16|17|18|19|20|21|22|23|24|25|26|27|28|29|30).aggregate($total + $total, "
		 "'aaaaaaaa')",
		 got, sizeof(got));
	assert_true(strncmp(got, "error:", 6) == 0);
	evaluate("'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'.matches('^(a|aa)+$')", got, sizeof(got));
	assert_string_equal(got, "error: the expression takes too many steps");
	/* Values that repeat() has found are not searched again. */
	evaluate("1.repeat(1)", got, sizeof(got));
	assert_string_equal(got, "1");
	evaluate("1.repeat($this + 1)", got, sizeof(got));
	assert_string_equal(got, "error: the expression takes too many steps");
}

/** A value set of ten thousand codes is an ordinary one. */
static void long_lists_are_combined_within_the_steps(void **state)
{
	enum { COUNT = 10000 };
	struct fhirpath_item *items = arena_new_array(world, struct fhirpath_item, COUNT);
	struct fhirpath_variable variables[] = { { SLICE("codes"), { items, COUNT } }, { SLICE("half"), { items, COUNT / 2 } } };
	struct fhirpath_context context = { .schema = schema, .variables = variables, .variable_count = 2 };
	struct fhirpath_program *program;
	struct fhirpath_result result;
	struct error err = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT; i++) /* the last is the first again, and one is no text */
		items[i] = (struct fhirpath_item){ .kind = FHIRPATH_STRING, .text = arena_printf(world, "%zu", i % (COUNT - 1)) };
	items[COUNT / 2].kind = FHIRPATH_INTEGER;
	assert_ok(fhirpath_compile(world, SLICE("(%half | %codes | 'x' | 5000 | '5000').count()"), &program, &err), &err);
	assert_ok(fhirpath_eval_node(world, program, &context, patient, &result, &err), &err);
	assert_int_equal(result.count, 1);
	/* 9999 different ones, 'x', and the text 5000 beside the number 5000 */
	assert_slice(result.items[0].text, "10001");
}

static void variables_come_from_the_caller(void **state)
{
	struct fhirpath_item seven = { .kind = FHIRPATH_INTEGER, .text = SLICE("7") };
	struct fhirpath_variable variables[] = { { SLICE("count"), { &seven, 1 } }, { SLICE("none"), { NULL, 0 } } };
	struct fhirpath_context context = { .schema = schema, .variables = variables, .variable_count = 2 };
	struct fhirpath_program *program;
	struct fhirpath_result result;
	struct error err = { 0 };

	(void)state;
	assert_ok(fhirpath_compile(world, SLICE("%count + 1 | %none"), &program, &err), &err);
	assert_ok(fhirpath_eval_node(world, program, &context, patient, &result, &err), &err);
	assert_int_equal(result.count, 1);
	assert_slice(result.items[0].text, "8");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_walk_the_tree),
		cmocka_unit_test(collections_are_filtered_projected_and_cut),
		cmocka_unit_test(logic_has_three_values),
		cmocka_unit_test(units_are_those_of_ucum),
		cmocka_unit_test(equality_knows_types_and_precision),
		cmocka_unit_test(arithmetic_is_exact),
		cmocka_unit_test(texts_are_handled_by_character),
		cmocka_unit_test(values_convert_or_are_empty),
		cmocka_unit_test(types_are_asked_and_chosen),
		cmocka_unit_test(fhir_functions_reach_extensions_and_references),
		cmocka_unit_test(work_from_outside_is_bounded),
		cmocka_unit_test(long_lists_are_combined_within_the_steps),
		cmocka_unit_test(variables_come_from_the_caller),
	};

	return cmocka_run_group_tests(tests, open_world, close_world);
}
