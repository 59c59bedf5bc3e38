/* SPDX-License-Identifier: Apache-2.0 */
#include "../testing.h"

#include "api/pretty.h"
#include "api/query.h"

static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = arena_new(16u << 20);
	return arena ? 0 : 1;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct query parsed(const char *text)
{
	struct query query;
	struct error err = { 0 };

	assert_ok(query_parse(arena, slice_of(text), &query, &err), &err);
	return query;
}

static enum error_code refusal(struct slice text)
{
	struct query query;
	struct error err = { 0 };

	assert_false(query_parse(arena, text, &query, &err));
	return err.code;
}

static void splits_and_decodes(void **state)
{
	struct query query = parsed("code=http%3A%2F%2Fa.b%7C22513&title:contains=high+blood&flag&empty=&a=b=c");

	(void)state;
	assert_int_equal(query.count, 5);
	assert_slice(query.items[0].name, "code");
	assert_null(query.items[0].modifier.ptr);
	assert_slice(query.items[0].value, "http://a.b|22513");
	assert_slice(query.items[1].name, "title");
	assert_slice(query.items[1].modifier, "contains");
	assert_slice(query.items[1].value, "high blood");
	assert_slice(query.items[2].name, "flag");
	assert_int_equal(query.items[2].value.len, 0);
	assert_slice(query.items[4].value, "b=c");
}

static void absent_and_empty_queries_have_no_parameters(void **state)
{
	(void)state;
	assert_int_equal(parsed("").count, 0);
	assert_int_equal(parsed(NULL).count, 0);
	assert_int_equal(parsed("&&&").count, 0);
}

static void bad_escapes_are_refused(void **state)
{
	static const char *const bad[] = { "a=%", "a=%4", "a=%zz", "a=%4g", "%=1", "a=b&c=%e", "a=%%41" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(refusal(slice_of(bad[i])), ERROR_SYNTAX);
}

static void nul_and_broken_utf8_are_refused(void **state)
{
	(void)state;
	assert_int_equal(refusal(SLICE("a=%00")), ERROR_SYNTAX);
	assert_int_equal(refusal(SLICE("a=b\0c")), ERROR_SYNTAX);
	assert_int_equal(refusal(SLICE("a=%ff%fe")), ERROR_SYNTAX);
	assert_int_equal(refusal(SLICE("a=%c0%80")), ERROR_SYNTAX);    /* overlong NUL */
	assert_int_equal(refusal(SLICE("a=%ed%a0%80")), ERROR_SYNTAX); /* a surrogate */
	assert_slice(parsed("a=%c3%a9").items[0].value, "\xc3\xa9");
}

static void a_parameter_without_a_name_is_refused(void **state)
{
	(void)state;
	assert_int_equal(refusal(SLICE("=1")), ERROR_SYNTAX);
	assert_int_equal(refusal(SLICE(":exact=1")), ERROR_SYNTAX);
}

static void too_many_and_too_long_are_refused(void **state)
{
	size_t length = 10000 * 4;
	char *many = arena_alloc(arena, length);
	char *overlong = arena_alloc(arena, QUERY_MAX_BYTES + 1);

	(void)state;
	for (size_t i = 0; i < length; i += 4)
		memcpy(many + i, "a=1&", 4);
	assert_int_equal(refusal((struct slice){ many, length }), ERROR_LIMIT);
	memset(overlong, 'a', QUERY_MAX_BYTES + 1);
	assert_int_equal(refusal((struct slice){ overlong, QUERY_MAX_BYTES + 1 }), ERROR_LIMIT);
}

static void a_full_arena_refuses(void **state)
{
	struct arena *small = arena_new(64);
	struct query query;
	struct error err = { 0 };

	(void)state;
	assert_false(query_parse(small, SLICE("a=1&b=2&c=3"), &query, &err));
	assert_int_equal(err.code, ERROR_MEMORY);
	arena_free(small);
}

static void encoding_and_decoding_agree_on_every_byte(void **state)
{
	char all[255];
	struct buf buf;
	struct slice back;

	(void)state;
	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (char)(i + 1 > 127 ? 'x' : i + 1);
	buf_init(&buf, 4096);
	query_encode(&buf, (struct slice){ all, sizeof(all) });
	assert_int_equal(slice_find(buf_slice(&buf), SLICE("&")), SIZE_MAX);
	assert_int_equal(slice_find(buf_slice(&buf), SLICE("#")), SIZE_MAX);
	assert_int_equal(slice_find(buf_slice(&buf), SLICE("+")), SIZE_MAX);
	assert_true(query_decode(arena, buf_slice(&buf), true, &back, NULL));
	assert_true(slice_equal(back, (struct slice){ all, sizeof(all) }));
	buf_free(&buf);
}

static void values_split_at_unescaped_commas(void **state)
{
	struct slice rest = SLICE("a\\,b,c\\|d,,e\\\\,f");

	(void)state;
	assert_slice(query_unescape(arena, query_next_value(&rest)), "a,b");
	assert_slice(query_unescape(arena, query_next_value(&rest)), "c|d");
	assert_slice(query_unescape(arena, query_next_value(&rest)), "");
	assert_slice(query_unescape(arena, query_next_value(&rest)), "e\\");
	assert_slice(query_unescape(arena, query_next_value(&rest)), "f");
	assert_null(rest.ptr);
	assert_int_equal(query_find_unescaped(SLICE("a\\|b|c"), '|'), 4);
	assert_int_equal(query_find_unescaped(SLICE("a\\"), '|'), SIZE_MAX);
	assert_slice(query_unescape(arena, SLICE("tail\\")), "tail\\");
}

static void pretty_printing_changes_white_space_only(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 4096);
	pretty_json(&buf, SLICE("{\"a\":[1,{\"b\":\"x,{\\\"\"}],\"c\":{},\"d\":[]}"));
	assert_slice(buf_slice(&buf),
		     "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"x,{\\\"\"\n    }\n  ],\n  \"c\": {},\n  \"d\": []\n}");
	buf_free(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splits_and_decodes),
		cmocka_unit_test(absent_and_empty_queries_have_no_parameters),
		cmocka_unit_test(bad_escapes_are_refused),
		cmocka_unit_test(nul_and_broken_utf8_are_refused),
		cmocka_unit_test(a_parameter_without_a_name_is_refused),
		cmocka_unit_test(too_many_and_too_long_are_refused),
		cmocka_unit_test(a_full_arena_refuses),
		cmocka_unit_test(encoding_and_decoding_agree_on_every_byte),
		cmocka_unit_test(values_split_at_unescaped_commas),
		cmocka_unit_test(pretty_printing_changes_white_space_only),
	};

	return cmocka_run_group_tests_name("api query", tests, setup, teardown);
}
