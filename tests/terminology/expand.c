/* SPDX-License-Identifier: Apache-2.0 */
/* All codes of a value set; and that one code answers alike. */
#include "terms_testing.h"

static void expands(const char *set, const char *expected)
{
	struct terms_codes codes;
	struct error err = { 0 };

	assert_ok(terms_expand(arena, &source, slice_of(set), 100, &codes, &err), &err);
	assert_string_equal(join(&codes), expected);
	for (size_t i = 0; i < codes.count; i++)
		if (codes.items[i].code.ptr)
			assert_int_equal(terms_has(&source, slice_of(set), codes.items[i].system, codes.items[i].code, NULL),
					 FHIRPATH_YES);
}

static void refuses(const char *set, enum error_code code, const char *says)
{
	struct terms_codes codes;
	struct error err = { 0 };

	assert_false(terms_expand(arena, &source, slice_of(set), 100, &codes, &err));
	assert_int_equal(err.code, code);
	if (!strstr(err.message, says))
		fail_msg("'%s' is not in: %s", says, err.message);
}

static void a_code_stands_once_and_a_whole_system_for_its_codes(void **state)
{
	(void)state;
	hold(
	    SET("urn:v",
		"\"include\":[{\"system\":\"urn:a\",\"concept\":[{\"code\":\"2\"},{\"code\":\"1\"}]},{\"system\":\"urn:a\","
		"\"concept\":[{\"code\":\"1\"}]},{\"system\":\"urn:b\",\"concept\":[{\"code\":\"x\"}]},{\"system\":\"urn:b\"}]"));
	expands("urn:v", "urn:a|1 urn:a|2 urn:b|");
}

/** Only where a code has to go must the others be known. */
/** Whichever concept it is, one code and all codes agree. */
static void a_code_that_a_system_has_twice_counts_once(void **state)
{
	(void)state;
	hold(SYSTEM("urn:s", "\"concept\":[{\"code\":\"a\",\"display\":\"one\"},{\"code\":\"a\",\"display\":\"two\"}]"));
	hold(SET("urn:v", "\"include\":[{\"system\":\"urn:s\",\"filter\":[{\"property\":\"display\",\"op\":\"regex\",\"value\":"
			  "\"one|two\"}]}]"));
	expands("urn:v", "urn:s|a");
}

static void a_whole_system_is_told_apart_where_codes_go(void **state)
{
	(void)state;
	hold(SET("urn:v",
		 "\"include\":[{\"valueSet\":[\"urn:w\"]}],\"exclude\":[{\"system\":\"urn:s\",\"concept\":[{\"code\":\"b\"}]}]"));
	hold(SET("urn:w", "\"include\":[{\"system\":\"urn:s\"},{\"system\":\"urn:unknown\"}]"));
	refuses("urn:v", ERROR_UNSUPPORTED, "the value set urn:v, include[0]: the code system urn:s is not held here");
	hold(SYSTEM("urn:s", "\"concept\":[{\"code\":\"a\"},{\"code\":\"b\"},{\"code\":\"c\"}]"));
	expands("urn:v", "urn:s|a urn:s|c urn:unknown|");
}

static void codes_no_longer_in_use_go_where_the_rules_say_so(void **state)
{
	(void)state;
	hold(SYSTEM("urn:s",
		    "\"concept\":[{\"code\":\"a\"},{\"code\":\"b\",\"property\":[{\"code\":\"inactive\",\"valueBoolean\":true}]},"
		    "{\"code\":\"c\",\"property\":[{\"code\":\"status\",\"valueCode\":\"retired\"}]}]"));
	hold(SET("urn:all", "\"include\":[{\"system\":\"urn:s\"}]"));
	hold(SET("urn:used", "\"inactive\":false,\"include\":[{\"system\":\"urn:s\"}]"));
	expands("urn:all", "urn:s|");
	expands("urn:used", "urn:s|a");
	assert_int_equal(terms_has(&source, SLICE("urn:used"), SLICE("urn:s"), SLICE("b"), NULL), FHIRPATH_NO);
}

static void a_rule_asks_for_the_version_of_its_code_system(void **state)
{
	(void)state;
	hold(SYSTEM("urn:s", "\"version\":\"1\",\"concept\":[{\"code\":\"a\"}]"));
	hold(SET("urn:v1",
		 "\"include\":[{\"system\":\"urn:s\",\"version\":\"1\",\"filter\":[{\"property\":\"code\",\"op\":\"=\",\"value\":"
		 "\"a\"}]}]"));
	hold(SET("urn:v2",
		 "\"include\":[{\"system\":\"urn:s\",\"version\":\"2\",\"filter\":[{\"property\":\"code\",\"op\":\"=\",\"value\":"
		 "\"a\"}]}]"));
	expands("urn:v1", "urn:s|a");
	refuses("urn:v2", ERROR_UNSUPPORTED, "include[0]: the code system urn:s is not held here");
	hold(SET("urn:v3",
		 "\"include\":[{\"system\":\"urn:s|1\",\"filter\":[{\"property\":\"code\",\"op\":\"=\",\"value\":\"a\"}]}]"));
	expands("urn:v3", "urn:s|a");
}

/** Of the specification's own code systems only the codes are known. */
static void filters_on_codes_alone_need_no_more(void **state)
{
	(void)state;
	hold(SET(
	    "urn:v",
	    "\"include\":[{\"system\":\"http://hl7.org/fhir/administrative-gender\",\"filter\":[{\"property\":\"code\",\"op\":"
	    "\"regex\",\"value\":\".*male\"}]}]"));
	hold(SET(
	    "urn:w",
	    "\"include\":[{\"system\":\"http://hl7.org/fhir/administrative-gender\",\"filter\":[{\"property\":\"concept\",\"op\":"
	    "\"is-a\",\"value\":\"male\"}]}]"));
	expands("urn:v", "http://hl7.org/fhir/administrative-gender|female http://hl7.org/fhir/administrative-gender|male");
	refuses("urn:w", ERROR_UNSUPPORTED, "only the codes are held, not their hierarchy");
}

static void what_is_missing_is_named(void **state)
{
	(void)state;
	hold(SYSTEM("urn:s", "\"concept\":[{\"code\":\"a\"}]"));
	hold("{\"resourceType\":\"CodeSystem\",\"url\":\"urn:part\",\"status\":\"active\",\"content\":\"fragment\",\"concept\":[{"
	     "\"code\":"
	     "\"a\"}]}");
	hold(SET("urn:part-of",
		 "\"include\":[{\"system\":\"urn:part\",\"filter\":[{\"property\":\"code\",\"op\":\"in\",\"value\":\"a\"}]}]"));
	hold(SET("urn:size",
		 "\"include\":[{\"system\":\"urn:s\",\"filter\":[{\"property\":\"size\",\"op\":\"=\",\"value\":\"1\"}]}]"));
	hold(SET(
	    "urn:odd",
	    "\"include\":[{\"system\":\"urn:s\"}],\"exclude\":[{\"system\":\"urn:s\",\"filter\":[{\"property\":\"code\",\"op\":"
	    "\"regex\",\"value\":\"(\"}]}]"));
	hold(SET("urn:far", "\"include\":[{\"valueSet\":[\"urn:nowhere\"]}]"));
	hold(SET("urn:bare", "\"include\":[{\"concept\":[{\"code\":\"a\"}]}]"));
	refuses("urn:bare", ERROR_UNSUPPORTED, "the value set urn:bare, include[0]: it names no code system");
	assert_int_equal(terms_has(&source, SLICE("urn:bare"), SLICE("urn:s"), SLICE("a"), NULL), FHIRPATH_NOT_HELD);
	refuses("urn:part-of", ERROR_UNSUPPORTED, "of the code system urn:part not all is held here");
	refuses("urn:size", ERROR_UNSUPPORTED, "asks for the property \"size\", which the code system does not have");
	refuses("urn:odd", ERROR_UNSUPPORTED, "the value set urn:odd, exclude[0]: its filter's regular expression \"(\" is none");
	refuses("urn:far", ERROR_UNSUPPORTED, "the value set urn:nowhere: it is not held here");
	refuses("urn:none", ERROR_UNSUPPORTED, "the value set urn:none: it is not held here");
}

/* ---- hostile sets ---- */

/** "[{"code":"0"}, …]": so many concepts. */
static struct slice many(size_t count)
{
	struct buf text;

	buf_init(&text, 8u << 20);
	for (size_t i = 0; i < count; i++)
		buf_printf(&text, "%s{\"code\":\"%zu\"}", i ? "," : "[", i);
	buf_append(&text, SLICE("]"));
	struct slice out = arena_copy(arena, buf_slice(&text));
	buf_free(&text);
	return out;
}

static void work_is_bounded(void **state)
{
	static const char run[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	struct slice list = many(5000);

	(void)state;
	hold(arena_printf(arena, SET("urn:much", "\"include\":[{\"system\":\"urn:s\",\"concept\":%.*s}]"), SLICE_ARG(list)).ptr);
	refuses("urn:much", ERROR_LIMIT, "stands for 5000 codes, and 100 are the most");
	hold(arena_printf(arena,
			  SET("urn:slow",
			      "\"include\":[{\"system\":\"urn:s\",\"concept\":%.*s}],\"exclude\":[{\"system\":\"urn:s\","
			      "\"concept\":%.*s}]"),
			  SLICE_ARG(list), SLICE_ARG(list))
		 .ptr);
	refuses("urn:slow", ERROR_UNSUPPORTED, "steps to tell");
	/* Value sets in value sets, many times each. */
	for (int i = 0; i < 7; i++) {
		struct slice rules = SLICE("");
		for (int k = 0; k < 30; k++)
			rules = arena_printf(arena, "%.*s%s{\"valueSet\":[\"urn:n%d\"]}", SLICE_ARG(rules), k ? "," : "", i + 1);
		hold(arena_printf(arena, SET("urn:n%d", "\"include\":[%.*s]"), i, SLICE_ARG(rules)).ptr);
	}
	hold(SET("urn:n7", "\"include\":[{\"system\":\"urn:s\",\"concept\":[{\"code\":\"a\"}]}]"));
	refuses("urn:n0", ERROR_UNSUPPORTED, "steps to tell");
	hold(arena_printf(arena, SYSTEM("urn:long", "\"concept\":[{\"code\":\"%s\"}]"), run).ptr);
	hold(SET("urn:pattern",
		 "\"include\":[{\"system\":\"urn:long\",\"filter\":[{\"property\":\"code\",\"op\":\"regex\",\"value\":"
		 "\"(a+)+[bc]\"}]}]"));
	refuses("urn:pattern", ERROR_UNSUPPORTED, "takes too long");
	assert_int_equal(terms_has(&source, SLICE("urn:pattern"), SLICE("urn:long"), slice_of(run), NULL), FHIRPATH_NOT_HELD);
}

static void value_sets_within_each_other_end(void **state)
{
	(void)state;
	hold(SET("urn:v", "\"include\":[{\"valueSet\":[\"urn:w\",\"urn:w\"]},{\"valueSet\":[\"urn:w\"]}]"));
	hold(SET("urn:w", "\"include\":[{\"valueSet\":[\"urn:v\",\"urn:v\"]},{\"valueSet\":[\"urn:v\"]}]"));
	refuses("urn:v", ERROR_UNSUPPORTED, "8 deep");
	assert_int_equal(terms_has(&source, SLICE("urn:v"), SLICE("urn:s"), SLICE("a"), NULL), FHIRPATH_NOT_HELD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_code_stands_once_and_a_whole_system_for_its_codes),
		TEST(a_code_that_a_system_has_twice_counts_once),
		TEST(a_whole_system_is_told_apart_where_codes_go),
		TEST(codes_no_longer_in_use_go_where_the_rules_say_so),
		TEST(a_rule_asks_for_the_version_of_its_code_system),
		TEST(filters_on_codes_alone_need_no_more),
		TEST(what_is_missing_is_named),
		TEST(work_is_bounded),
		TEST(value_sets_within_each_other_end),
	};

	return cmocka_run_group_tests_name("codes of value sets", tests, load_schemas, free_schemas);
}
