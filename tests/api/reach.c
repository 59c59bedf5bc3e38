/* SPDX-License-Identifier: Apache-2.0 */
/* What a search reaches beyond its own type, for clients that may see some types and not others. */
#include "guarded.h"

#define SCOPES(name, ...) static const struct slice name##_scopes[] = { __VA_ARGS__ }
#define SCOPE(text)                                                                                                              \
	{                                                                                                                        \
		text, sizeof(text) - 1                                                                                           \
	}

SCOPES(plain, SCOPE("system/PlanDefinition.cruds"));
SCOPES(chaining, SCOPE("system/PlanDefinition.rs"), SCOPE("system/ActivityDefinition.s"));
SCOPES(far, SCOPE("system/PlanDefinition.rs"), SCOPE("system/Library.rs"));
SCOPES(lists, SCOPE("system/PlanDefinition.rs"), SCOPE("system/List.r"));
SCOPES(finder, SCOPE("system/PlanDefinition.rs"), SCOPE("system/List.rs"));
SCOPES(terms, SCOPE("system/PlanDefinition.rs"), SCOPE("system/ValueSet.r"), SCOPE("system/CodeSystem.r"));
SCOPES(sets, SCOPE("system/PlanDefinition.rs"), SCOPE("system/ValueSet.r"));
SCOPES(master, SCOPE("system/*.cruds"));
static struct access_identity identities[] = {
	IDENTITY("CN=plain", plain_scopes),   IDENTITY("CN=chaining", chaining_scopes), IDENTITY("CN=far", far_scopes),
	IDENTITY("CN=lists", lists_scopes),   IDENTITY("CN=finder", finder_scopes),     IDENTITY("CN=terms", terms_scopes),
	IDENTITY("CN=master", master_scopes), IDENTITY("CN=sets", sets_scopes),
};
/* Only its own type; one that may search what it refers to; one that may read what that refers to; ... */
static const struct net_identity plain = { .subject = SCOPE("CN=plain") }, chaining = { .subject = SCOPE("CN=chaining") },
				 far = { .subject = SCOPE("CN=far") }, lists = { .subject = SCOPE("CN=lists") },
				 finder = { .subject = SCOPE("CN=finder") }, terms = { .subject = SCOPE("CN=terms") },
				 sets = { .subject = SCOPE("CN=sets") }, master = { .subject = SCOPE("CN=master") };

#define PLANS "/fhir/r4/PlanDefinition"

/** Two plans: one that leads to an activity, which leads to a library, and to the other plan, which leads nowhere. */
static int setup(void **state)
{
	gateway_open(state);
	given_plan("lonely", "Lonely", "active", "22222");
	given(FHIR_R4, SLICE("{\"resourceType\":\"PlanDefinition\",\"id\":\"a\",\"title\":\"Leading\",\"status\":\"active\","
			     "\"topic\":[{\"coding\":[{\"system\":\"http://example.org/codes\",\"code\":\"below\"}]}],"
			     "\"action\":[{\"definitionCanonical\":\"http://example.org/hidden\"},"
			     "{\"definitionCanonical\":\"https://example.org/PlanDefinition/lonely\"}]}"));
	given(FHIR_R4, SLICE("{\"resourceType\":\"ActivityDefinition\",\"id\":\"hidden\",\"url\":\"http://example.org/hidden\","
			     "\"title\":\"Hidden\",\"status\":\"active\",\"library\":[\"http://example.org/library\"]}"));
	given(FHIR_R4, SLICE("{\"resourceType\":\"Library\",\"id\":\"library\",\"url\":\"http://example.org/library\","
			     "\"status\":\"active\",\"type\":{\"text\":\"t\"}}"));
	given(FHIR_R4, SLICE("{\"resourceType\":\"List\",\"id\":\"l\",\"status\":\"current\",\"mode\":\"working\","
			     "\"title\":\"Ours\",\"entry\":[{\"item\":{\"reference\":\"PlanDefinition/a\"}}]}"));
	given(FHIR_R5, SLICE("{\"resourceType\":\"List\",\"id\":\"l\",\"status\":\"current\",\"mode\":\"working\"}"));
	given(FHIR_R4, SLICE("{\"resourceType\":\"ValueSet\",\"id\":\"held\",\"url\":\"http://example.org/held\","
			     "\"status\":\"active\",\"compose\":{\"include\":[{\"system\":\"http://example.org/codes\","
			     "\"concept\":[{\"code\":\"below\"}]}]}}"));
	given(FHIR_R4, SLICE("{\"resourceType\":\"CodeSystem\",\"id\":\"codes\",\"url\":\"http://example.org/codes\","
			     "\"status\":\"active\",\"content\":\"complete\",\"concept\":[{\"code\":\"above\","
			     "\"concept\":[{\"code\":\"below\"}]}]}"));
	guard(identities, ARRAY_SIZE(identities));
	return 0;
}

static void assert_found(const struct net_identity *identity, const char *target, const char *fragment)
{
	struct answer answer = ask_as(identity, target);

	if (answer.status != 200)
		fail_msg("%s: %u: %.*s", target, answer.status, SLICE_ARG(answer.body));
	assert_body_has(&answer, fragment);
}

/** Refused, naming the scope; whatever is preferred. */
static void assert_needs(const struct net_identity *identity, const char *target, const char *scope)
{
	struct answer answer = ask_as(identity, target);

	if (answer.status != 403)
		fail_msg("%s: %u: %.*s", target, answer.status, SLICE_ARG(answer.body));
	assert_outcome(&answer, 403, "forbidden");
	assert_body_has(&answer, scope);
	assert_int_equal(ask_leniently(identity, target).status, 403);
}

/** The same answer, to the byte, when there is something to find and when there is not. */
static void assert_tells_nothing(const struct net_identity *identity, const char *there, const char *not_there)
{
	struct answer one = ask_as(identity, there), other = ask_as(identity, not_there);

	assert_int_equal(one.status, 403);
	assert_true(slice_equal(one.body, other.body));
}

static void a_chain_needs_to_search_each_type_on_its_way(void **state)
{
	(void)state;
	assert_found(&plain, PLANS "?definition:PlanDefinition.title=Lonely", "\"total\":1");
	assert_needs(&plain, PLANS "?definition:ActivityDefinition.title=Hidden", "the scope system/ActivityDefinition.s.");
	assert_found(&chaining, PLANS "?definition:ActivityDefinition.title=Hidden", "PlanDefinition/a\"");
	assert_needs(&chaining, PLANS "?definition:ActivityDefinition.depends-on:Library.url=http://example.org/library",
		     "the scope system/Library.s.");
	assert_found(&master, PLANS "?definition:ActivityDefinition.depends-on:Library.url=http://example.org/library",
		     "PlanDefinition/a\"");
	assert_tells_nothing(&plain, PLANS "?definition:ActivityDefinition.title=Hidden",
			     PLANS "?definition:ActivityDefinition.title=Nothing");
	assert_tells_nothing(&plain, PLANS "?definition:ActivityDefinition.title=Hidden&_summary=count",
			     PLANS "?definition:ActivityDefinition.title:not=Nothing");
}

/** It means the same whoever asks: the types are not narrowed behind the client's back, but named. */
static void a_chain_without_a_type_needs_all_that_it_may_lead_to(void **state)
{
	struct answer answer = ask_as(&chaining, PLANS "?definition.title=Hidden");

	(void)state;
	assert_outcome(&answer, 403, "forbidden");
	assert_body_has(&answer, "It needs the scope system/Questionnaire.s.");
	assert_body_has(&answer, "definition:ActivityDefinition");
	assert_needs(&plain, PLANS "?definition.title=Hidden", "the scopes system/ActivityDefinition.s system/Questionnaire.s.");
	assert_found(&master, PLANS "?definition.title=Hidden", "\"total\":1");
}

static void many_types_are_asked_for_as_every_type(void **state)
{
	(void)state;
	assert_needs(&finder, "/fhir/r4/List?item._lastUpdated=gt2020", "It needs the scope system/*.s.");
	assert_found(&finder, "/fhir/r4/List?item:PlanDefinition._lastUpdated=gt2020", "\"total\":1");
}

static void reverse_chains_need_to_search_where_they_come_from(void **state)
{
	(void)state;
	assert_found(&finder, PLANS "?_has:List:item:title=Ours", "\"total\":1");
	assert_found(&plain, PLANS "?_has:PlanDefinition:definition:title=Leading", "\"total\":1");
	assert_needs(&plain, PLANS "?_has:List:item:title=Ours", "the scope system/List.s.");
	assert_needs(&lists, PLANS "?_has:List:item:_id=l", "the scope system/List.s."); /* reads, but does not search */
	assert_needs(&plain, "/fhir/r4?_type=PlanDefinition&_has:List:item:title=Ours", "the scope system/List.s.");
	assert_tells_nothing(&plain, PLANS "?_has:List:item:title=Ours", PLANS "?_has:List:item:title=Nothing");
}

/** However deep the forbidden type is hidden. */
static void nesting_hides_no_type(void **state)
{
	static const char *const targets[] = {
		PLANS "?_filter=definition:PlanDefinition[_has:List:item:title%20eq%20Ours].title%20eq%20x",
		PLANS "?definition:PlanDefinition._has:List:item:title=Ours",
		PLANS "?_has:PlanDefinition:definition:_has:List:item:title=Ours",
		PLANS "?_filter=definition:PlanDefinition._has:List:item:title%20eq%20Ours",
		PLANS "?_filter=not%20(_has:List:item:title%20eq%20Ours)",
		PLANS "?_filter=title%20eq%20x%20or%20(title%20eq%20y%20and%20_has:List:item:title%20eq%20Ours)",
		PLANS "?title=x&_filter=title%20eq%20x&%5fhas:List:item:title=Ours",
		PLANS "?_has:PlanDefinition:definition:_list=l",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++)
		assert_needs(&plain, targets[i], "the scope system/List.");
	assert_needs(&plain, PLANS "?_filter=definition:ActivityDefinition.title%20eq%20Hidden", "system/ActivityDefinition.s.");
	assert_needs(&plain, PLANS "?_filter=definition:ActivityDefinition[title%20eq%20Hidden].status%20eq%20active",
		     "system/ActivityDefinition.s.");
	assert_found(&finder, PLANS "?_filter=not%20(_has:List:item:title%20eq%20Ours)", "\"total\":1");
}

static void nothing_is_sorted_by_what_another_type_says(void **state)
{
	(void)state;
	assert_int_equal(ask_as(&plain, PLANS "?_sort=definition:ActivityDefinition.title").status, 400);
	assert_int_equal(ask_as(&plain, PLANS "?_sort=definition.title").status, 400);
}

static void members_of_a_list_are_for_whom_may_read_it(void **state)
{
	(void)state;
	assert_found(&lists, PLANS "?_list=l", "\"total\":1");
	assert_needs(&plain, PLANS "?_list=l", "the scope system/List.r.");
	assert_found(&lists, "/fhir/r5/PlanDefinition?_in=List/l", "\"total\":0");
	assert_needs(&plain, "/fhir/r5/PlanDefinition?_in=List/l", "the scope system/List.r.");
	assert_needs(&lists, "/fhir/r5/PlanDefinition?_in=Group/g", "the scope system/Group.r.");
	assert_tells_nothing(&plain, PLANS "?_list=l", PLANS "?_list=nothing");
}

/** What they stand for is read from resources, which may be there or not. */
static void value_sets_and_code_systems_are_for_whom_may_read_them(void **state)
{
	(void)state;
	assert_found(&terms, PLANS "?topic:in=http://example.org/held", "\"total\":1");
	assert_found(&terms, PLANS "?topic:below=http://example.org/codes|above", "\"total\":1");
	assert_needs(&plain, PLANS "?topic:in=ValueSet/held", "the scopes system/ValueSet.r system/CodeSystem.r.");
	assert_needs(&plain, PLANS "?topic:not-in=http://example.org/held", "the scopes system/ValueSet.r system/CodeSystem.r.");
	assert_needs(&plain, PLANS "?_filter=topic%20in%20http://example.org/held",
		     "the scopes system/ValueSet.r system/CodeSystem.r.");
	assert_needs(&plain, PLANS "?topic:below=http://example.org/codes|above", "the scope system/CodeSystem.r.");
	assert_needs(&sets, PLANS "?topic:in=ValueSet/held", "the scope system/CodeSystem.r.");
	assert_tells_nothing(&plain, PLANS "?topic:in=ValueSet/held", PLANS "?topic:in=ValueSet/nothing");
}

static void hierarchies_of_resources_are_for_whom_may_search_them(void **state)
{
	(void)state;
	assert_needs(&finder, "/fhir/r4/List?subject:below=Location/top", "the scope system/Location.s.");
	assert_found(&master, "/fhir/r4/List?subject:below=Location/top", "\"total\":0");
}

/* ---- what comes along ---- */

static void assert_without_hidden(const struct net_identity *identity, const char *target)
{
	struct answer answer = ask_as(identity, target);

	assert_int_equal(answer.status, 200);
	assert_false(body_has(&answer, "\"Hidden\""));
	assert_body_has(&answer, "\"code\":\"suppressed\"");
}

/** SMART: the search is answered, without what is outside of the scopes. */
static void what_may_not_be_read_is_not_included(void **state)
{
	static const char *const targets[] = { PLANS "?_id=a&_include=PlanDefinition:definition", PLANS "?_id=a&_include=*",
					       PLANS "?_id=a&_include:iterate=*", PLANS "?_id=a&%5finclude=*",
					       PLANS "?_id=a&_include=PlanDefinition:definition:ActivityDefinition" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		assert_without_hidden(&plain, targets[i]);
		assert_without_hidden(&chaining, targets[i]); /* searching is not reading */
		assert_found(&master, targets[i], "\"Hidden\"");
	}
	/* Of the same include, what may be read does come. */
	assert_found(&plain, targets[0], "\"Lonely\"");
	struct answer answer = ask_as(&master, targets[1]);
	assert_false(body_has(&answer, "suppressed"));
}

/** What is said is about types, so that it tells of no resource. */
static void that_types_are_left_out_is_said_also_when_nothing_is(void **state)
{
	struct answer answer = ask_as(&plain, PLANS "?_id=lonely&_include=PlanDefinition:definition");

	(void)state;
	assert_body_has(&answer, "Resources that you may not read are not included: ActivityDefinition, Questionnaire");
	answer = ask_as(&plain, PLANS "?_id=nobody&_include=PlanDefinition:definition");
	assert_body_has(&answer, "not included: ActivityDefinition, Questionnaire");
	answer = ask_as(&plain, PLANS "?_id=lonely&_include:iterate=*");
	assert_body_has(&answer, " more types");
}

/** As many as there may be for whom may read all. */
static void includes_that_bring_nothing_are_counted_too(void **state)
{
	static const char target[] = PLANS "?_include:iterate=*&_include:iterate=*";
	struct answer answer = ask_as(&master, target);

	(void)state;
	assert_outcome(&answer, 400, "too-costly");
	answer = ask_as(&chaining, target);
	assert_outcome(&answer, 400, "too-costly");
}

static void nothing_is_included_by_way_of_what_may_not_be_read(void **state)
{
	static const char *const targets[] = {
		PLANS "?_id=a&_include=PlanDefinition:definition&_include:iterate=ActivityDefinition:depends-on",
		PLANS "?_id=a&_include:iterate=*",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		assert_found(&master, targets[i], "Library/library\"");
		struct answer answer = ask_as(&far, targets[i]);
		assert_int_equal(answer.status, 200);
		assert_false(body_has(&answer, "Library/library\""));
	}
}

/** Who refers to a resource is found by searching. */
static void what_refers_here_needs_to_be_read_and_searched(void **state)
{
	static const char target[] = PLANS "?_id=a&_revinclude=List:item";
	struct answer answer = ask_as(&lists, target);

	(void)state;
	assert_int_equal(answer.status, 200);
	assert_false(body_has(&answer, "\"Ours\""));
	assert_body_has(&answer, "not included: List");
	assert_found(&finder, target, "\"Ours\"");
	assert_found(&finder, PLANS "?_id=a&_revinclude=*", "\"Ours\"");
}

static void one_client_gets_nothing_of_what_another_was_given(void **state)
{
	static const char target[] = PLANS "?_id=a&_include=PlanDefinition:definition";

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_found(&master, target, "\"Hidden\"");
		assert_without_hidden(&plain, target);
	}
	assert_int_equal(ask_as(&master, "/fhir/r4/ActivityDefinition/hidden").status, 200);
	assert_int_equal(ask_as(&plain, "/fhir/r4/ActivityDefinition/hidden").status, 403);
}

/* ---- other ways to a search ---- */

/** A cursor is a place, and carries no rights. */
static void a_cursor_opens_no_more_than_its_search(void **state)
{
	struct answer answer = ask_as(&master, PLANS "?_count=1&_sort=-_id&_include=PlanDefinition:definition");
	const char *next = target_of(link_of(&answer, "next"));

	(void)state;
	assert_found(&master, next, "\"Hidden\"");
	assert_without_hidden(&plain, next);
	answer = ask_as(&master, "/fhir/r4?_type=PlanDefinition,List&_count=1");
	assert_int_equal(ask_as(&plain, target_of(link_of(&answer, "next"))).status, 403);
	answer = ask_as(&master, PLANS "?_count=1&_filter=not%20(definition:ActivityDefinition.title%20eq%20x)");
	assert_int_equal(ask_as(&plain, target_of(link_of(&answer, "next"))).status, 403);
}

static void the_base_is_searched_in_types_that_may_be(void **state)
{
	(void)state;
	assert_found(&finder, "/fhir/r4?_type=PlanDefinition,List", "\"total\":3");
	assert_needs(&plain, "/fhir/r4?_type=PlanDefinition,List", "the scope system/List.s.");
	assert_needs(&plain, "/fhir/r4?_id=a", "It needs the scope system/*.s. Name by _type");
	assert_found(&master, "/fhir/r4?_id=a", "\"total\":1");
}

/** Its figures count what other types have under the same words and codes. */
static void how_it_was_found_is_for_whom_may_search_all(void **state)
{
	(void)state;
	assert_needs(&plain, PLANS "?title=x&__explain=true", "the scope system/*.s.");
	assert_found(&master, PLANS "?title=x&__explain=true", "as of: change");
	assert_found(&plain, PLANS "?title=x&__explain=false", "\"total\":0");
}

static void a_form_reaches_no_further_than_a_query(void **state)
{
	struct asking asking = { .method = NET_POST,
				 .target = PLANS "/_search",
				 .body = "_has:List:item:title=Ours",
				 .identity = &plain,
				 .headers = { { SLICE("Content-Type"), SLICE("application/x-www-form-urlencoded") } } };

	(void)state;
	assert_int_equal(ask(asking).status, 403);
	asking.identity = &finder;
	assert_int_equal(ask(asking).status, 200);
}

/** A condition is a search; a Bundle's entries are requests. */
static void conditions_and_entries_reach_no_further_than_a_search(void **state)
{
	struct asking create = { .method = NET_POST,
				 .target = PLANS,
				 .identity = &plain,
				 .body = "{\"resourceType\":\"PlanDefinition\",\"status\":\"draft\"}",
				 .headers = { { SLICE("If-None-Exist"), SLICE("_has:List:item:title=Nothing") } } };
	struct asking batch = { .method = NET_POST,
				.target = "/fhir/r4",
				.identity = &plain,
				.body = "{\"resourceType\":\"Bundle\",\"type\":\"batch\",\"entry\":[{\"request\":{\"method\":"
					"\"GET\",\"url\":\"PlanDefinition?_has:List:item:title=Ours\"}},{\"request\":{\"method\":"
					"\"GET\",\"url\":\"PlanDefinition?_id=a&_include=*\"}}]}" };

	(void)state;
	assert_int_equal(ask(create).status, 403);
	create.headers[0].value = SLICE("definition:PlanDefinition.title=Nothing");
	assert_int_equal(ask(create).status, 201);
	struct answer answer = ask(batch);
	assert_int_equal(times_in(&answer, "\"response\":{\"status\":\"403\""), 1);
	assert_int_equal(times_in(&answer, "\"response\":{\"status\":\"200\""), 1);
	assert_false(body_has(&answer, "\"Hidden\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chain_needs_to_search_each_type_on_its_way),
		cmocka_unit_test(a_chain_without_a_type_needs_all_that_it_may_lead_to),
		cmocka_unit_test(many_types_are_asked_for_as_every_type),
		cmocka_unit_test(reverse_chains_need_to_search_where_they_come_from),
		cmocka_unit_test(nesting_hides_no_type),
		cmocka_unit_test(nothing_is_sorted_by_what_another_type_says),
		cmocka_unit_test(members_of_a_list_are_for_whom_may_read_it),
		cmocka_unit_test(value_sets_and_code_systems_are_for_whom_may_read_them),
		cmocka_unit_test(hierarchies_of_resources_are_for_whom_may_search_them),
		cmocka_unit_test(what_may_not_be_read_is_not_included),
		cmocka_unit_test(that_types_are_left_out_is_said_also_when_nothing_is),
		cmocka_unit_test(includes_that_bring_nothing_are_counted_too),
		cmocka_unit_test(nothing_is_included_by_way_of_what_may_not_be_read),
		cmocka_unit_test(what_refers_here_needs_to_be_read_and_searched),
		cmocka_unit_test(one_client_gets_nothing_of_what_another_was_given),
		cmocka_unit_test(a_cursor_opens_no_more_than_its_search),
		cmocka_unit_test(the_base_is_searched_in_types_that_may_be),
		cmocka_unit_test(how_it_was_found_is_for_whom_may_search_all),
		cmocka_unit_test(a_form_reaches_no_further_than_a_query),
		cmocka_unit_test(conditions_and_entries_reach_no_further_than_a_search),
	};

	return cmocka_run_group_tests(tests, setup, gateway_close);
}
