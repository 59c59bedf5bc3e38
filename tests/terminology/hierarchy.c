/* SPDX-License-Identifier: Apache-2.0 */
/* Which codes stand above and below another: by nesting, and by properties in both directions. */
#include "terms_testing.h"

/** a above b by nesting; b above d and c above d by the system's own name for a parent; c above e by "child". */
#define WEB                                                                                                                      \
	SYSTEM("urn:s",                                                                                                          \
	       "\"property\":[{\"code\":\"up\",\"uri\":\"http://hl7.org/fhir/concept-properties#parent\",\"type\":\"code\"}],"   \
	       "\"concept\":[{\"code\":\"a\",\"concept\":[{\"code\":\"b\"}]},"                                                   \
	       "{\"code\":\"c\",\"property\":[{\"code\":\"child\",\"valueCode\":\"e\"}]},"                                       \
	       "{\"code\":\"d\",\"property\":[{\"code\":\"up\",\"valueCode\":\"b\"},{\"code\":\"up\",\"valueCode\":\"c\"}]},"    \
	       "{\"code\":\"e\"}]")

static void stands(const char *code, enum terms_direction direction, const char *expected)
{
	const struct terms_code from = { SLICE("urn:s"), slice_of(code) };
	struct terms_codes codes;
	struct error err = { 0 };

	assert_ok(terms_hierarchy(arena, &source, &from, direction, 100, &codes, &err), &err);
	assert_string_equal(join(&codes), expected);
}

static void links_count_in_all_forms(void **state)
{
	(void)state;
	hold(WEB);
	stands("a", TERMS_BELOW, "urn:s|a urn:s|b urn:s|d");
	stands("c", TERMS_BELOW, "urn:s|c urn:s|d urn:s|e");
	stands("d", TERMS_ABOVE, "urn:s|a urn:s|b urn:s|c urn:s|d");
	stands("e", TERMS_ABOVE, "urn:s|c urn:s|e");
	stands("e", TERMS_BELOW, "urn:s|e");
	stands("nowhere", TERMS_BELOW, "urn:s|nowhere");
}

static void circles_end(void **state)
{
	(void)state;
	hold(SYSTEM("urn:s",
		    "\"concept\":[{\"code\":\"a\",\"property\":[{\"code\":\"parent\",\"valueCode\":\"b\"}]},{\"code\":\"b\","
		    "\"property\":[{\"code\":\"parent\",\"valueCode\":\"a\"},{\"code\":\"parent\",\"valueCode\":\"b\"}]}]"));
	stands("a", TERMS_ABOVE, "urn:s|a urn:s|b");
	stands("a", TERMS_BELOW, "urn:s|a urn:s|b");
}

static void case_counts_unless_the_system_says_otherwise(void **state)
{
	(void)state;
	hold(SYSTEM("urn:s", "\"caseSensitive\":false,\"concept\":[{\"code\":\"Up\",\"concept\":[{\"code\":\"Low\"}]}]"));
	stands("UP", TERMS_BELOW, "urn:s|Low urn:s|UP");
}

static void refuses(const char *system, const char *says)
{
	const struct terms_code from = { slice_of(system), SLICE("male") };
	struct terms_codes codes;
	struct error err = { 0 };

	assert_false(terms_hierarchy(arena, &source, &from, TERMS_BELOW, 100, &codes, &err));
	assert_int_equal(err.code, ERROR_UNSUPPORTED);
	if (!strstr(err.message, says))
		fail_msg("'%s' is not in: %s", says, err.message);
}

static void what_is_not_held_whole_is_refused(void **state)
{
	(void)state;
	hold("{\"resourceType\":\"CodeSystem\",\"url\":\"urn:part\",\"status\":\"active\",\"content\":\"fragment\"}");
	refuses("urn:part", "not all is held here");
	refuses("urn:nowhere", "is not held here");
	refuses("http://hl7.org/fhir/administrative-gender", "only the codes are held here");
}

/** A concept under more than a thousand others, in a chain. */
static void work_is_bounded(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, 1u << 20);
	buf_append(&text,
		   SLICE("{\"resourceType\":\"CodeSystem\",\"url\":\"urn:deep\",\"status\":\"active\",\"content\":\"complete\","
			 "\"concept\":[{\"code\":\"male\"}"));
	for (int i = 1; i < 1500; i++)
		buf_printf(&text, ",{\"code\":\"%d\",\"property\":[{\"code\":\"parent\",\"valueCode\":\"%d\"}]}", i, i - 1);
	buf_append(&text, SLICE("]}"));
	hold(arena_cstr(arena, buf_slice(&text)));
	buf_free(&text);
	refuses("urn:deep", "stands under more than 1000 others");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(links_count_in_all_forms),
		TEST(circles_end),
		TEST(case_counts_unless_the_system_says_otherwise),
		TEST(what_is_not_held_whole_is_refused),
		TEST(work_is_bounded),
	};

	return cmocka_run_group_tests_name("hierarchies of codes", tests, load_schemas, free_schemas);
}
