/* SPDX-License-Identifier: Apache-2.0 */
/* _text and _content. */
#include "searching.h"

static const char *const told[] = {
	"{\"resourceType\":\"PlanDefinition\",\"id\":\"told\",\"status\":\"retired\",\"text\":{\"status\":\"generated\",\"div\":"
	"\"<div xmlns=\\\"http://www.w3.org/1999/xhtml\\\"><p>Total <b title=\\\"a > b\\\">Kn\xc3\xa9"
	"e</b> Replacement</p><p>caf&#233; &amp; rehabilitation</p></div>\"},\"purpose\":\"Less pain\"}",
	"{\"resourceType\":\"PlanDefinition\",\"id\":\"said\",\"status\":\"retired\",\"title\":\"Knee pain\",\"contained\":[{"
	"\"resourceType\":\"Organization\",\"id\":\"o\",\"name\":\"Rehabilitation Centre\"}],\"description\":"
	"\"Pain, less and less\"}",
};

static void put_told(void)
{
	rig_put_alone(told[0], 0);
	rig_put_alone(told[1], 0);
}

static void words_are_looked_for_in_the_narrative_or_in_everything(void **state)
{
	(void)state;
	put_told();
	assert_finds("_text=knee", "told");
	assert_finds("_text=KNEE total", "told");
	assert_finds("_text=cafe", "told");
	assert_finds("_text=pain", "");
	/* Neither tags nor their attributes are text. */
	assert_finds("_text=xmlns", "");
	assert_finds("_text=title", "");
	assert_finds("_text=b", "");
	assert_finds("_content=knee replacement", "knee told");
	assert_finds("_content=pain", "told said");
	assert_finds("_content=rehabilitation", "told said");
	assert_finds("_content=27447", "knee");
	assert_finds("_content=knee&status=active", "knee");
	assert_finds("_content=nothing", "");
}

static void words_are_joined_as_they_are_written(void **state)
{
	(void)state;
	put_told();
	assert_finds("_content=\"less pain\"", "told");
	assert_finds("_content=less pain", "told said");
	assert_finds("_content=\"pain less and less\"", "said");
	assert_finds("_content=rehab*", "told said");
	assert_finds("_content=rehab", "");
	assert_finds("_content=hip OR huft", "hip");
	assert_finds("_content=total OR pain AND centre", "knee told said");
	assert_finds("_content=(total OR pain) centre", "said");
	assert_finds("_content=centre,huft", "hip said");
	assert_finds("_content=or", "");
	assert_finds("_text=knee OR pain", "told");
}

/** Nothing that the engine's own language means something by: it is told as text, or refused. */
static void words_are_no_syntax_of_the_engine(void **state)
{
	static const char *const refused[] = {
		"_content=(knee",    "_content=knee)",         "_content=\"knee", "_content=OR",  "_content=knee OR",
		"_content=AND knee", "_content=knee NOT pain", "_content=*",      "_content=...", "_content=()",
		"_content="
	};

	(void)state;
	put_told();
	assert_finds("_content=narrative:knee", "");
	assert_finds("_content={narrative}:pain", "");
	assert_finds("_content=-knee", "knee told said");
	assert_finds("_content=^knee", "knee told said");
	assert_finds("_content=knee + pain -", "told said");
	assert_finds("_content=NEAR(knee pain)", "");
	assert_finds("_content=knee'; DROP TABLE index_text;--", "");
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		assert_refuses(refused[i], ERROR_SYNTAX);
	assert_refuses("_text:not=knee", ERROR_UNSUPPORTED);
	assert_refuses("_content:exact=knee", ERROR_UNSUPPORTED);
	assert_refuses("_content:missing=true", ERROR_UNSUPPORTED);
}

static void words_follow_changes_and_moments(void **state)
{
	struct store_query query = { .max_count = 1 };
	struct store_page page;

	(void)state;
	put_told();
	assert_ok(run("PlanDefinition", "_content=pain", query, &page), &rig.err);
	assert_true(page.has_next);
	query.place = page.places[0];
	rig_put_alone("{\"resourceType\":\"PlanDefinition\",\"id\":\"told\",\"status\":\"draft\",\"title\":\"Ease\"}", 0);
	rig_put_alone("{\"resourceType\":\"PlanDefinition\",\"id\":\"said\",\"status\":\"draft\",\"title\":\"Ease\"}", 0);
	assert_finds("_content=pain", "");
	assert_finds("_content=ease", "told said");
	/* The second page is of the moment of the first. */
	assert_ok(run("PlanDefinition", "_content=pain", query, &page), &rig.err);
	assert_int_equal(page.count, 1);
	assert_slice(page.resources[0].id, "said");
	assert_false(page.has_next);
}

static void words_go_with_all_other_filters(void **state)
{
	(void)state;
	put_family();
	put_told();
	assert_filter("PlanDefinition",
		      group(STORE_FILTER_ANY, value("PlanDefinition", "_text=total"), value("PlanDefinition", "_id=hip")),
		      "hip told");
	assert_filter("PlanDefinition",
		      group(STORE_FILTER_NONE, value("PlanDefinition", "_content=knee"), value("PlanDefinition", "_id=hip")),
		      "bare");
	assert_filter("Organization", chain("Organization", "partof", "Organization", value("Organization", "_content=office")),
		      "branch");
	assert_filter("Organization", has("Organization", "partof", value("Organization", "_content=desk")), "branch");
}

static void words_are_not_kept_when_they_are_not_wanted(void **state)
{
	(void)state;
	put_told();
	rig_close();
	rig.options.full_text = false;
	rig_open();
	assert_refuses("_content=knee", ERROR_UNSUPPORTED);
	assert_finds("title=knee", "knee said");
	rig_put_alone("{\"resourceType\":\"PlanDefinition\",\"id\":\"told\",\"status\":\"draft\",\"title\":\"Ease\"}", 0);
	rig_close();
	rig.options.full_text = true;
	rig_open();
	assert_finds("_content=ease", "told");
	assert_finds("_content=knee", "knee said");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SEARCH_TEST(words_are_looked_for_in_the_narrative_or_in_everything),
		SEARCH_TEST(words_are_joined_as_they_are_written),
		SEARCH_TEST(words_are_no_syntax_of_the_engine),
		SEARCH_TEST(words_follow_changes_and_moments),
		SEARCH_TEST(words_go_with_all_other_filters),
		SEARCH_TEST(words_are_not_kept_when_they_are_not_wanted),
	};

	return cmocka_run_group_tests_name("store/search_words", tests, rig_setup_group, rig_teardown_group);
}
