/* SPDX-License-Identifier: Apache-2.0 */
#include "policy_testing.h"

static struct policy_listing listing;
static struct issues issues;
static struct error err;

static void links(const char *html)
{
	issues_init(&issues, arena, 100);
	err = (struct error){ 0 };
	assert_ok(policy_links_read(arena, rules, slice_of(html), SLICE_NONE, &issues, &listing, &err), &err);
}

static bool list(const char *json, const char *path)
{
	static const struct policy_member members[] = {
		{ SLICE("url"), SLICE("links.self") },
		{ SLICE("number"), SLICE("id") },
		{ SLICE("end_date"), SLICE("retired") },
	};

	issues_init(&issues, arena, 100);
	err = (struct error){ 0 };
	return policy_list_read(arena, rules, slice_of(json), path ? slice_of(path) : SLICE_NONE, members, ARRAY_SIZE(members),
				&issues, &listing, &err);
}

static void links_bring_their_words_and_a_number_in_parentheses(void **state)
{
	(void)state;
	links("<p><a href=a.html>Knee - (0540)</a> <a href=b.html>Spine (in review)</a> <a name=x>no link</a>");
	assert_int_equal(listing.count, 2);
	assert_slice(listing.items[0].url, "a.html");
	assert_slice(listing.items[0].number, "0540");
	assert_slice(listing.items[0].words, "Knee - (0540)");
	assert_null(listing.items[0].title.ptr);
	assert_null(listing.items[1].number.ptr);
}

static void the_columns_of_a_row_speak_for_its_link(void **state)
{
	(void)state;
	links("<table><tr><th>Title<th>Number<th>Effective<tr><td>Knee<td>K-1<td><a href=k>2/1/26</a></table>");
	assert_int_equal(listing.count, 1);
	assert_slice(listing.items[0].title, "Knee");
	assert_slice(listing.items[0].number, "K-1");
	assert_slice(listing.items[0].effective_date, "2/1/26");
}

static void a_row_without_a_link_is_told_with_its_line(void **state)
{
	(void)state;
	links("<table><tr><th>Title\n<tr><td><a href=k>Knee</a>\n<tr><td>Broken\n</table>");
	assert_int_equal(listing.count, 1);
	assert_int_equal(issues.count, 1);
	assert_int_equal(issues.first->line, 3);
}

static void links_of_menus_are_not_listed(void **state)
{
	(void)state;
	links("<nav><a href=a>a</a></nav><main><a href=b>b</a></main><footer><a href=c>c</a></footer><a href=d>d</a>");
	assert_int_equal(listing.count, 1);
	assert_slice(listing.items[0].url, "b");
}

static void items_of_a_json_list_are_read_by_their_members(void **state)
{
	(void)state;
	assert_ok(list("{\"x\":{\"data\":[{\"id\":7,\"links\":{\"self\":\"/7\"},\"retired\":\"N/A\"},{\"id\":8},"
		       "{\"links\":{\"self\":\"/9\"},\"retired\":\"1/2/24\",\"id\":null}]}}",
		       "x.data"),
		  &err);
	assert_int_equal(listing.count, 2);
	assert_slice(listing.items[0].url, "/7");
	assert_slice(listing.items[0].number, "7");
	assert_null(listing.items[0].end_date.ptr);
	assert_null(listing.items[1].number.ptr);
	assert_slice(listing.items[1].end_date, "1/2/24");
	assert_int_equal(issues.count, 1);
}

static void texts_escaped_once_or_twice_are_plain(void **state)
{
	(void)state;
	assert_ok(
	    list("[{\"links\":{\"self\":\"/1\"},\"id\":\"A &amp; B\"},{\"links\":{\"self\":\"/2\"},\"id\":\"A &amp;lt; B\"}]",
		 NULL),
	    &err);
	assert_slice(listing.items[0].number, "A & B");
	assert_slice(listing.items[1].number, "A < B");
}

static void an_answer_without_the_list_is_no_listing(void **state)
{
	(void)state;
	assert_false(list("{\"data\":[]}", "items"));
	assert_int_equal(err.code, ERROR_SYNTAX);
	assert_false(list("{\"data\":{}}", "data"));
	assert_false(list("{\"data\":[", "data"));
	assert_false(list("", NULL));
	assert_false(list("<html>", NULL));
	assert_ok(list("[]", NULL), &err);
	assert_int_equal(listing.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links_bring_their_words_and_a_number_in_parentheses),
		cmocka_unit_test(the_columns_of_a_row_speak_for_its_link),
		cmocka_unit_test(a_row_without_a_link_is_told_with_its_line),
		cmocka_unit_test(links_of_menus_are_not_listed),
		cmocka_unit_test(items_of_a_json_list_are_read_by_their_members),
		cmocka_unit_test(texts_escaped_once_or_twice_are_plain),
		cmocka_unit_test(an_answer_without_the_list_is_no_listing),
	};

	return cmocka_run_group_tests(tests, load_rules, free_rules);
}
