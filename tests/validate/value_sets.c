/* SPDX-License-Identifier: Apache-2.0 */
/* Which codes a value set has, and what is not known of it. */
#include "validating.h"

static int open_validators(void **state)
{
	load_schemas(state);
	new_validators();
	return 0;
}

static enum fhirpath_answer ask_code(const char *set, const char *system, const char *code)
{
	struct slice json = arena_printf(
	    arena, "{\"resourceType\":\"Basic\",\"code\":{\"coding\":[{\"system\":\"%s\",\"code\":\"%s\"}]}}", system, code);
	struct fhirpath_item item = { .kind = FHIRPATH_NODE };
	struct fhirpath_context context = { 0 };

	item.node = fhir_node_child(read_json(FHIR_R4, json), SLICE("code"));
	validator_inform(made, &context);
	return context.member_of(context.knowledge, &item, slice_of(set));
}

/** A given value set over a code system of the specification, and over one that nobody holds. */
static void value_sets_may_stand_on_what_the_tables_have(void **state)
{
	static const char sets[] =
	    "{\"resourceType\":\"ValueSet\",\"url\":\"urn:a\",\"status\":\"active\",\"compose\":{"
	    "\"include\":[{\"system\":\"http://hl7.org/fhir/administrative-gender\"},"
	    "{\"system\":\"http://loinc.org\"}],"
	    "\"exclude\":[{\"system\":\"http://hl7.org/fhir/administrative-gender\",\"concept\":[{\"code\":\"other\"}]}]}}";
	static const struct {
		const char *system, *code;
		enum fhirpath_answer answer;
	} cases[] = {
		{ "http://hl7.org/fhir/administrative-gender", "male", FHIRPATH_YES },
		{ "http://hl7.org/fhir/administrative-gender", "other", FHIRPATH_NO },
		{ "http://hl7.org/fhir/administrative-gender", "man", FHIRPATH_NO },
		{ "http://loinc.org", "1-8", FHIRPATH_NOT_HELD },
		{ "http://snomed.info/sct", "1", FHIRPATH_NO },
	};

	(void)state;
	assert_true(know(sets));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(ask_code("urn:a", cases[i].system, cases[i].code), cases[i].answer);
}

/** "a" above "b" by nesting, "b" above "c" by a property; "c" has a colour. */
#define SYSTEM(content)                                                                                                          \
	"{\"resourceType\":\"CodeSystem\",\"url\":\"urn:s\",\"status\":\"active\",\"content\":\"" content                        \
	"\",\"concept\":[{\"code\":\"a\",\"concept\":[{\"code\":\"b\",\"display\":\"Bee\"}]},"                                   \
	"{\"code\":\"c\",\"property\":[{\"code\":\"parent\",\"valueCode\":\"b\"},{\"code\":\"colour\",\"valueString\":\"red\"}]" \
	"}]}"
#define FILTERED(property, op, value)                                                                                            \
	"{\"resourceType\":\"ValueSet\",\"url\":\"urn:f\",\"status\":\"active\",\"compose\":{\"include\":[{\"system\":\"urn:"    \
	"s\","                                                                                                                   \
	"\"filter\":[{\"property\":\"" property "\",\"op\":\"" op "\",\"value\":\"" value "\"}]}]}}"

static void filters_choose_by_hierarchy_and_property(void **state)
{
	static const struct {
		const char *set, *yes, *no;
	} cases[] = {
		{ BUNDLE(SYSTEM("complete"), FILTERED("concept", "is-a", "b")), "bc", "a" },
		{ BUNDLE(SYSTEM("complete"), FILTERED("concept", "descendent-of", "a")), "bc", "a" },
		{ BUNDLE(SYSTEM("complete"), FILTERED("concept", "is-not-a", "b")), "a", "bc" },
		{ BUNDLE(SYSTEM("complete"), FILTERED("concept", "generalizes", "b")), "ab", "c" },
		{ BUNDLE(SYSTEM("complete"), FILTERED("code", "in", "a, c")), "ac", "b" },
		{ BUNDLE(SYSTEM("complete"), FILTERED("colour", "not-in", "red,blue")), "ab", "c" },
		{ BUNDLE(SYSTEM("complete"), FILTERED("colour", "=", "red")), "c", "ab" },
		{ BUNDLE(SYSTEM("complete"), FILTERED("colour", "exists", "false")), "ab", "c" },
		{ BUNDLE(SYSTEM("complete"), FILTERED("colour", "exists", "true")), "c", "ab" },
		{ BUNDLE(SYSTEM("complete"), FILTERED("code", "regex", "[ab]")), "ab", "c" },
		{ BUNDLE(SYSTEM("complete"), FILTERED("colour", "regex", "r.*")), "c", "ab" },
		{ BUNDLE(SYSTEM("complete"), FILTERED("colour", "regex", "r")), "", "abc" },
		{ BUNDLE(SYSTEM("complete"), FILTERED("display", "=", "Bee")), "b", "ac" },
		{ BUNDLE(SYSTEM("complete"), FILTERED("parent", "=", "a")), "b", "ac" },
		{ BUNDLE(SYSTEM("complete"), FILTERED("parent", "exists", "false")), "a", "bc" },
		{ BUNDLE(SYSTEM("complete"), FILTERED("child", "in", "c,d")), "b", "ac" },
		{ BUNDLE(SYSTEM("complete"), FILTERED("concept", "child-of", "b")), "c", "ab" },
		{ BUNDLE(SYSTEM("complete"), FILTERED("concept", "descendent-leaf", "a")), "c", "ab" },
		/* What cannot be told. */
		{ BUNDLE(SYSTEM("complete"), FILTERED("code", "regex", "[ab")), "", "" },
		{ BUNDLE(SYSTEM("complete"), FILTERED("code", "similar-to", "a")), "", "" },
		{ BUNDLE(SYSTEM("complete"), FILTERED("size", "=", "7")), "", "" },
		{ BUNDLE(SYSTEM("complete"), FILTERED("concept", "is-a", "nowhere")), "", "" },
		{ BUNDLE(SYSTEM("complete"), FILTERED("colour", "is-a", "b")), "", "" },
		{ BUNDLE(SYSTEM("fragment"), FILTERED("concept", "is-a", "b")), "", "a" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_true(know(cases[i].set));
		for (const char *code = "abc"; *code; code++) {
			char text[] = { *code, '\0' };
			enum fhirpath_answer wanted = strchr(cases[i].yes, *code)  ? FHIRPATH_YES
						      : strchr(cases[i].no, *code) ? FHIRPATH_NO
										   : FHIRPATH_NOT_HELD;

			assert_int_equal(ask_code("urn:f", "urn:s", text), wanted);
		}
	}
}

/** A page of an expansion proves what is in the set, and not what is not. */
static void a_page_of_an_expansion_is_not_all(void **state)
{
	(void)state;
	assert_true(know("{\"resourceType\":\"ValueSet\",\"url\":\"urn:e\",\"status\":\"active\",\"expansion\":{\"timestamp\":"
			 "\"2026-01-01\",\"total\":2,\"contains\":[{\"system\":\"urn:s\",\"code\":\"a\"}]}}"));
	assert_int_equal(ask_code("urn:e", "urn:s", "a"), FHIRPATH_YES);
	assert_int_equal(ask_code("urn:e", "urn:s", "b"), FHIRPATH_NOT_HELD);
}

static void value_sets_that_import_each_other_end(void **state)
{
	(void)state;
	assert_true(know(BUNDLE("{\"resourceType\":\"ValueSet\",\"url\":\"urn:e\",\"status\":\"active\",\"compose\":{\"include\":"
				"[{\"valueSet\":[\"urn:f\",\"urn:f\"]},{\"valueSet\":[\"urn:f\"]}]}}",
				"{\"resourceType\":\"ValueSet\",\"url\":\"urn:f\",\"status\":\"active\",\"compose\":{\"include\":"
				"[{\"valueSet\":[\"urn:e\",\"urn:e\"]},{\"valueSet\":[\"urn:e\"]}]}}")));
	assert_int_equal(ask_code("urn:e", "urn:s", "a"), FHIRPATH_NOT_HELD);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_test, end_knowing)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(value_sets_may_stand_on_what_the_tables_have),
		TEST(filters_choose_by_hierarchy_and_property),
		TEST(a_page_of_an_expansion_is_not_all),
		TEST(value_sets_that_import_each_other_end),
	};

	return cmocka_run_group_tests_name("value_sets", tests, open_validators, close_validators);
}
