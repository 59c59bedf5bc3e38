/* SPDX-License-Identifier: Apache-2.0 */
/* Filters that lead to other resources, and filters in filters. */
#include "searching.h"

static void a_chain_asks_the_resource_that_is_referred_to(void **state)
{
	(void)state;
	put_family();
	assert_filter("Organization", chain("Organization", "partof", "Organization", value("Organization", "name=head")),
		      "branch");
	assert_filter("Organization",
		      chain("Organization", "partof", "Organization",
			    chain("Organization", "partof", "Organization", value("Organization", "name=head"))),
		      "desk");
	assert_filter("Organization", chain("Organization", "partof", "Organization", value("Organization", "name=desk")), "");
	assert_filter("Organization", chain("Organization", "partof", "Organization", value("Organization", "name:missing=true")),
		      "");
	assert_filter("Organization", chain("Organization", "partof", "Patient", value("Patient", "name=head")), "");
}

static void a_chain_follows_canonicals_and_their_versions(void **state)
{
	(void)state;
	put_family();
	/* knee names version 3 of p1; hip names p2 without a version. */
	assert_filter("PlanDefinition", chain("PlanDefinition", "depends-on", "Library", value("Library", "status=active")),
		      "knee");
	assert_filter("PlanDefinition", chain("PlanDefinition", "depends-on", "Library", value("Library", "status=retired")), "");
	assert_filter("PlanDefinition", chain("PlanDefinition", "depends-on", "Library", value("Library", "version=1")), "hip");
	assert_filter("PlanDefinition", chain("PlanDefinition", "depends-on", "Library", value("Library", "_id=p2-1")), "hip");
}

static void has_asks_the_resources_that_refer_here(void **state)
{
	(void)state;
	put_family();
	assert_filter("Organization", has("Organization", "partof", value("Organization", "name=desk")), "branch");
	assert_filter("Organization",
		      has("Organization", "partof", has("Organization", "partof", value("Organization", "_id=desk"))), "head");
	assert_filter("Library", has("PlanDefinition", "depends-on", value("PlanDefinition", "topic=27447")), "p1-3");
	assert_filter("Library", has("PlanDefinition", "depends-on", value("PlanDefinition", "status:not=active")), "p2-1");
	assert_filter("Library", has("PlanDefinition", "depends-on", value("PlanDefinition", "topic=nothing")), "");
}

static void chains_follow_changes(void **state)
{
	(void)state;
	put_family();
	rig_put_alone("{\"resourceType\":\"Organization\",\"id\":\"head\",\"name\":\"Centre\"}", 0);
	assert_filter("Organization", chain("Organization", "partof", "Organization", value("Organization", "name=head")), "");
	assert_filter("Organization", chain("Organization", "partof", "Organization", value("Organization", "name=centre")),
		      "branch");
	rig_put_alone("{\"resourceType\":\"Organization\",\"id\":\"branch\",\"name\":\"Branch\"}", 0);
	assert_filter("Organization", chain("Organization", "partof", "Organization", value("Organization", "name=centre")), "");
	assert_filter("Organization", has("Organization", "partof", value("Organization", "_id=branch")), "");
}

static void groups_join_and_negate(void **state)
{
	const struct store_filter *active = value("PlanDefinition", "status=active");
	const struct store_filter *titled = value("PlanDefinition", "title:missing=false");

	(void)state;
	assert_filter("PlanDefinition", group(STORE_FILTER_ALL, active, titled), "knee");
	assert_filter("PlanDefinition", group(STORE_FILTER_ANY, active, titled), "knee hip bare");
	assert_filter("PlanDefinition", group(STORE_FILTER_NONE, active, titled), "");
	assert_filter("PlanDefinition",
		      group(STORE_FILTER_ANY, value("PlanDefinition", "_id=bare"), value("PlanDefinition", "topic=27130")),
		      "hip bare");
	assert_filter("PlanDefinition", group(STORE_FILTER_NONE, value("PlanDefinition", "_id=bare"), titled), "");
	assert_filter("PlanDefinition", new_filter((struct store_filter){ .kind = STORE_FILTER_ANY }), "");
	assert_filter("PlanDefinition", new_filter((struct store_filter){ .kind = STORE_FILTER_ALL }), "knee hip bare");
}

static void too_deep_and_too_many_filters_are_refused(void **state)
{
	const struct store_filter *filter = value("Organization", "name=x");
	struct store_query query = { .type = SLICE("Organization"), .filter_count = 1, .max_count = 1 };
	struct store_page page;

	(void)state;
	/* As of an earlier moment, which makes the query longer. */
	assert_ok(run("PlanDefinition", "", (struct store_query){ .max_count = 1 }, &page), &rig.err);
	query.place.moment = page.moment;
	put_family();
	for (int i = 0; i < 40; i++) {
		filter = chain("Organization", "partof", "Organization", filter);
		query.filters = filter;
		if (!store_search(rig.conn, rig.arena, &query, &page, &rig.err)) {
			assert_true(i >= 4);
			rig_expect(ERROR_LIMIT);
			return;
		}
	}
	fail_msg("a chain of 40 steps is taken");
}

static void groups_in_groups_are_limited(void **state)
{
	const struct store_filter *filter = value("PlanDefinition", "status=active");
	struct store_query query = { .type = SLICE("PlanDefinition"), .filter_count = 1, .max_count = 1 };
	struct store_page page;

	(void)state;
	for (int i = 0; i < 40; i++) {
		filter = new_filter((struct store_filter){
		    .kind = i % 2 ? STORE_FILTER_NONE : STORE_FILTER_ANY, .inner = filter, .inner_count = 1 });
		query.filters = filter;
		if (!store_search(rig.conn, rig.arena, &query, &page, &rig.err)) {
			assert_true(i >= 4);
			rig_expect(ERROR_LIMIT);
			return;
		}
	}
	fail_msg("groups of 40 steps are taken");
}

static void several_types_are_asked_for_what_they_share(void **state)
{
	const struct slice types[] = { SLICE("Organization"), SLICE("Library"), SLICE("PlanDefinition") };
	struct store_query query = { .types = types, .type_count = 3, .filter_count = 1, .max_count = 1 };
	struct store_page page;

	(void)state;
	put_family();
	query.max_count = 20;
	query.filters = value("Library", "_id=hip,head,p2-1");
	assert_query(query, "hip head p2-1");
	query.filters = value("Library", "_lastUpdated=gt2020");
	query.type_count = 2;
	assert_query(query, "head branch desk p1-2 p1-3 p2-1");
	query.filters = value("Library", "status=active");
	assert_query(query, "p1-3");
	query.filters = value("PlanDefinition", "topic=27447");
	assert_false(store_search(rig.conn, rig.arena, &query, &page, &rig.err));
	rig_expect(ERROR_UNSUPPORTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SEARCH_TEST(a_chain_asks_the_resource_that_is_referred_to),
		SEARCH_TEST(a_chain_follows_canonicals_and_their_versions),
		SEARCH_TEST(has_asks_the_resources_that_refer_here),
		SEARCH_TEST(chains_follow_changes),
		SEARCH_TEST(groups_join_and_negate),
		SEARCH_TEST(too_deep_and_too_many_filters_are_refused),
		SEARCH_TEST(groups_in_groups_are_limited),
		SEARCH_TEST(several_types_are_asked_for_what_they_share),
	};

	return cmocka_run_group_tests_name("store/search_chains", tests, rig_setup_group, rig_teardown_group);
}
