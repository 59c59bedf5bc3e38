/* SPDX-License-Identifier: Apache-2.0 */
/* The matcher under matches(): what it finds, what it refuses, and that it ends. */
#include "../testing.h"

#include "fhirpath/regex.h"

static struct fp_regex_match match;

static enum fp_regex_outcome search(const char *pattern, const char *text, bool whole)
{
	struct arena *arena = arena_new(16u << 20);
	uint64_t steps = 1u << 20;
	struct fp_regex regex;
	const char *why;

	if (!fp_regex_compile(arena, slice_of(pattern), &regex, &why))
		fail_msg("%s: %s", pattern, why);
	enum fp_regex_outcome outcome = fp_regex_search(arena, &regex, slice_of(text), 0, whole, &steps, &match);
	arena_free(arena);
	return outcome;
}

static void the_first_match_is_found(void **state)
{
	static const struct {
		const char *pattern, *text, *found; /**< NULL: none */
	} cases[] = {
		{ "b", "abc", "b" },
		{ "a.c", "xa\ncx", "a\nc" },
		{ "^b", "ab", NULL },
		{ "b$", "ab", "b" },
		{ "cat|dog", "hotdog", "dog" },
		{ "(cat|dog)s?", "cats", "cats" },
		{ "a*", "baa", "" },
		{ "a+", "baa", "aa" },
		{ "a+?", "baa", "a" },
		{ "a{2}", "aaa", "aa" },
		{ "a{2,}", "aaa", "aaa" },
		{ "a{0,2}b", "aaab", "aab" },
		{ "(ab){2,3}", "abababab", "ababab" },
		{ "a{0}b", "ab", "b" },
		{ "[a-c]+", "xxabcd", "abc" },
		{ "[^a-c]+", "abxyc", "xy" },
		{ "[]a]+", "x]a", "]a" },
		{ "[a\\]-]+", "x]-a", "]-a" },
		{ "\\d{5}", "CPT 22513.", "22513" },
		{ "\\D+", "12ab3", "ab" },
		{ "[\\w.]+", "-a_1.b-", "a_1.b" },
		{ "\\bcat\\b", "concat cat", "cat" },
		{ "\\Bcat", "cat concat", "cat" },
		{ "\\x41\\u00e9", "A\xc3\xa9", "A\xc3\xa9" },
		{ "[\xc3\xa0-\xc3\xbf]", "x\xc3\xa9y", "\xc3\xa9" },
		{ "(a|b)*c", "xabac", "abac" },
		{ "(a*)*b", "aab", "aab" },
		{ "(?:x(?<y>y))+", "xyxy", "xyxy" },
		{ "", "abc", "" },
		{ "a||b", "b", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		enum fp_regex_outcome outcome = search(cases[i].pattern, cases[i].text, false);

		if (outcome != (cases[i].found ? FP_REGEX_FOUND : FP_REGEX_NONE))
			fail_msg("%s on %s: outcome %d", cases[i].pattern, cases[i].text, outcome);
		if (cases[i].found)
			assert_slice(match.groups[0], cases[i].found);
	}
}

static void a_whole_match_may_have_to_go_back(void **state)
{
	(void)state;
	assert_int_equal(search("a|ab", "ab", true), FP_REGEX_FOUND);
	assert_int_equal(search("a+?", "aaa", true), FP_REGEX_FOUND);
	assert_int_equal(search("a|b", "ab", true), FP_REGEX_NONE);
}

static void groups_keep_their_last_round(void **state)
{
	(void)state;
	assert_int_equal(search("(a|(b))+(c)?", "ab", false), FP_REGEX_FOUND);
	assert_slice(match.groups[1], "b");
	assert_slice(match.groups[2], "b");
	assert_null(match.groups[3].ptr);
}

static void patterns_that_make_no_sense_are_refused(void **state)
{
	static const char *const patterns[] = { "(",     ")",      "a)",       "[a",      "*",
						"a{",    "a{2,1}", "a{99999}", "[b-a]",   "\\",
						"\\q",   "\\1",    "(?=a)",    "(?<!a)b", "\\p{L}",
						"\\xg1", "(?i)a",  "a{1,",     "+a",      "((((((((((((((((a))))))))))))))))" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
		struct arena *arena = arena_new(1u << 20);
		struct fp_regex regex;
		const char *why = NULL;

		if (fp_regex_compile(arena, slice_of(patterns[i]), &regex, &why))
			fail_msg("accepted: %s", patterns[i]);
		assert_non_null(why);
		arena_free(arena);
	}
}

static void hostile_patterns_end(void **state)
{
	char deep[401];
	struct arena *arena = arena_new(16u << 20);
	struct fp_regex regex;
	const char *why;

	(void)state;
	assert_int_equal(search("^(a|aa)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", false), FP_REGEX_LIMIT);
	assert_int_equal(search("((a*)*)*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false), FP_REGEX_LIMIT);
	assert_false(fp_regex_compile(arena, SLICE("(((a{1000}){1000}){1000}){1000}"), &regex, &why));
	assert_string_equal(why, "the pattern is too large");
	memset(deep, '(', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	assert_false(fp_regex_compile(arena, slice_of(deep), &regex, &why));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_match_is_found),     cmocka_unit_test(a_whole_match_may_have_to_go_back),
		cmocka_unit_test(groups_keep_their_last_round), cmocka_unit_test(patterns_that_make_no_sense_are_refused),
		cmocka_unit_test(hostile_patterns_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
