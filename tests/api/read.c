/* SPDX-License-Identifier: Apache-2.0 */
#include "serving.h"

#include "api/call.h"

static int setup(void **state)
{
	gateway_open(state);
	given_plan("a", "First title", "draft", "11111");
	given_plan("a", "Second title", "active", "11111");
	given_plan("gone", "Gone", "active", "22222");
	given_deleted("PlanDefinition", "gone");
	return 0;
}

/** Until the api knows of the last commit, as the watch tells it. */
static void settle(void)
{
	struct answer answer;
	uint64_t sequence;
	struct error err = { 0 };
	char expected[64];

	assert_ok(store_sequence(gateway.writer, &sequence, &err), &err);
	snprintf(expected, sizeof(expected), "\"sequence\":%llu}", (unsigned long long)sequence);
	do
		answer = get("/health");
	while (!body_has(&answer, expected));
}

static void a_read_answers_the_current_version(void **state)
{
	struct answer answer = get("/fhir/r4/PlanDefinition/a");

	(void)state;
	assert_int_equal(answer.status, 200);
	assert_body_has(&answer, "Second title");
	assert_slice(header_of(&answer, "ETag"), "W/\"2\"");
	assert_slice(header_of(&answer, "Content-Type"), "application/fhir+json; charset=utf-8");
	assert_slice(header_of(&answer, "Access-Control-Allow-Origin"), "*");
	assert_true(slice_ends(header_of(&answer, "Last-Modified"), SLICE(" GMT")));
	assert_true(header_of(&answer, "X-Request-Id").len > 0);
}

static void the_second_read_is_answered_on_the_loop(void **state)
{
	(void)state;
	settle();
	struct answer cold = get("/fhir/r4/PlanDefinition/a"), warm = get("/fhir/r4/PlanDefinition/a");

	assert_true(warm.from_loop);
	assert_true(slice_equal(cold.body, warm.body));
	assert_slice(header_of(&warm, "ETag"), "W/\"2\"");
}

static void a_commit_elsewhere_is_seen(void **state)
{
	(void)state;
	given_plan("moving", "Before", "active", "1");
	settle();
	get("/fhir/r4/PlanDefinition/moving");
	assert_true(get("/fhir/r4/PlanDefinition/moving").from_loop);
	given_plan("moving", "After", "active", "1");
	settle();
	struct answer answer = get("/fhir/r4/PlanDefinition/moving");
	assert_body_has(&answer, "After");
	assert_slice(header_of(&answer, "ETag"), "W/\"2\"");
	given_deleted("PlanDefinition", "moving");
	settle();
	answer = get("/fhir/r4/PlanDefinition/moving");
	assert_outcome(&answer, 410, "deleted");
}

static void a_store_that_does_not_answer_turns_health_red(void **state)
{
	struct error err = { 0 };

	(void)state;
	get("/fhir/r4/PlanDefinition/a");
	assert_true(get("/fhir/r4/PlanDefinition/a").from_loop);
	api_watch_stop(gateway.api);
	atomic_store(&gateway.api->store_answers, false);
	struct answer answer = get("/health");
	assert_int_equal(answer.status, 503);
	assert_body_has(&answer, "\"status\":\"fail\"");
	assert_false(get("/fhir/r4/PlanDefinition/a").from_loop); /* nobody tells of commits now: the store is asked */
	assert_ok(api_watch_start(gateway.api, &err), &err);
	do
		answer = get("/health");
	while (answer.status != 200);
	assert_true(get("/fhir/r4/PlanDefinition/a").from_loop);
}

static void what_the_client_has_is_not_sent_again(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) { /* cold, then warm */
		struct answer answer = get_with("/fhir/r4/PlanDefinition/a", "If-None-Match", "W/\"2\"");
		assert_int_equal(answer.status, 304);
		assert_int_equal(answer.body.len, 0);
		assert_slice(header_of(&answer, "ETag"), "W/\"2\"");
		assert_int_equal(get_with("/fhir/r4/PlanDefinition/a", "If-None-Match", "W/\"1\"").status, 200);
	}
	struct answer answer = get("/fhir/r4/PlanDefinition/a");
	assert_int_equal(
	    get_with("/fhir/r4/PlanDefinition/a", "If-Modified-Since", header_of(&answer, "Last-Modified").ptr).status, 304);
	assert_int_equal(get_with("/fhir/r4/PlanDefinition/a", "If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT").status, 200);
	assert_int_equal(get_with("/fhir/r4/PlanDefinition/a?_pretty=true", "If-None-Match", "W/\"2\"").status, 304);
}

static void another_version_than_matched_fails(void **state)
{
	struct answer answer = get_with("/fhir/r4/PlanDefinition/a", "If-Match", "W/\"1\"");

	(void)state;
	assert_outcome(&answer, 412, "conflict");
	assert_body_has(&answer, "version 2");

	/* In another form, which has memory of its own: nothing of the entry is left behind. */
	answer = get_with("/fhir/r4/PlanDefinition/a?_format=xml", "If-Match", "W/\"1\"");
	assert_int_equal(answer.status, 412);
	assert_true(body_has(&answer, "<OperationOutcome"));
	assert_true(header_of(&answer, "ETag").len > 0);
}

static void versions_are_read_one_by_one(void **state)
{
	struct answer first = get("/fhir/r4/PlanDefinition/a/_history/1"), second = get("/fhir/r4/PlanDefinition/a/_history/2");

	(void)state;
	assert_int_equal(first.status, 200);
	assert_body_has(&first, "First title");
	assert_slice(header_of(&first, "ETag"), "W/\"1\"");
	assert_body_has(&second, "Second title");
	assert_int_equal(get("/fhir/r4/PlanDefinition/gone/_history/1").status, 200);
}

static void a_version_that_is_not_there_says_which_are(void **state)
{
	static const char *const targets[] = { "/fhir/r4/PlanDefinition/a/_history/3", "/fhir/r4/PlanDefinition/a/_history/0",
					       "/fhir/r4/PlanDefinition/a/_history/x",
					       "/fhir/r4/PlanDefinition/a/_history/99999999999999999999999999" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		struct answer answer = get(targets[i]);
		assert_outcome(&answer, 404, "not-found");
		assert_body_has(&answer, "1 to 2");
	}
	struct answer answer = get("/fhir/r4/PlanDefinition/nobody/_history/1");
	assert_outcome(&answer, 404, "not-found");
}

static void a_deleted_resource_is_gone(void **state)
{
	struct answer answer = get("/fhir/r4/PlanDefinition/gone");

	(void)state;
	assert_outcome(&answer, 410, "deleted");
	assert_slice(header_of(&answer, "ETag"), "W/\"2\"");
	answer = get("/fhir/r4/PlanDefinition/gone/_history/2");
	assert_outcome(&answer, 410, "deleted");
}

static void an_unknown_id_says_where_to_look(void **state)
{
	struct answer answer = get("/fhir/r4/PlanDefinition/nobody");

	(void)state;
	assert_outcome(&answer, 404, "not-found");
	assert_body_has(&answer, "GET https://gateway.test:8443/fhir/r4/PlanDefinition");
}

static void an_id_that_cannot_be_is_refused(void **state)
{
	static const char *const targets[] = {
		"/fhir/r4/PlanDefinition/a_b",
		"/fhir/r4/PlanDefinition/%2e%2e%2fx",
		"/fhir/r4/PlanDefinition/a%20b",
		"/fhir/r4/PlanDefinition/12345678901234567890123456789012345678901234567890123456789012345",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		struct answer answer = get(targets[i]);
		assert_outcome(&answer, 400, "value");
	}
	assert_int_equal(get("/fhir/r4/PlanDefinition/%61").status, 200); /* "a" */
}

static void bases_are_apart(void **state)
{
	struct answer answer = get("/fhir/r5/PlanDefinition/a");

	(void)state;
	assert_outcome(&answer, 404, "not-found");
}

static void head_is_answered_as_get(void **state)
{
	struct answer answer = ask((struct asking){ .method = NET_HEAD, .target = "/fhir/r4/PlanDefinition/a" });

	(void)state;
	assert_int_equal(answer.status, 200);
	assert_slice(header_of(&answer, "ETag"), "W/\"2\"");
}

static void pretty_is_the_same_with_white_space(void **state)
{
	struct answer answer = get("/fhir/r4/PlanDefinition/a?_pretty=true");

	(void)state;
	assert_int_equal(answer.status, 200);
	assert_body_has(&answer, "\n  \"title\": \"Second title\"");
	assert_slice(header_of(&answer, "ETag"), "W/\"2\"");
}

static void a_part_is_tagged_and_keeps_what_must_be_there(void **state)
{
	struct answer answer = get("/fhir/r4/PlanDefinition/a?_elements=title,topic");

	(void)state;
	assert_int_equal(answer.status, 200);
	assert_body_has(&answer, "\"title\":\"Second title\"");
	assert_body_has(&answer, "\"status\":\"active\""); /* mandatory */
	assert_body_has(&answer, "\"code\":\"SUBSETTED\"");
	assert_false(body_has(&answer, "\"url\":"));
	answer = get("/fhir/r4/PlanDefinition/a?_summary=true"); /* topic is no summary element, url is one */
	assert_body_has(&answer, "\"url\":");
	assert_false(body_has(&answer, "\"topic\":"));
	answer = get("/fhir/r4/PlanDefinition/a?_summary=text");
	assert_false(body_has(&answer, "\"title\":"));
	assert_body_has(&answer, "\"status\":\"active\"");
	answer = get("/fhir/r4/PlanDefinition/a?_summary=data&_format=xml");
	assert_body_has(&answer, "<code value=\"SUBSETTED\"/>");
	answer = get("/fhir/r4/PlanDefinition/a?_summary=false");
	assert_false(body_has(&answer, "SUBSETTED"));
}

static void a_search_gives_parts_too(void **state)
{
	struct answer answer = get("/fhir/r4/PlanDefinition?_id=a&_elements=title");

	(void)state;
	assert_int_equal(answer.status, 200);
	assert_body_has(&answer, "SUBSETTED");
	assert_false(body_has(&answer, "\"topic\":"));
	assert_true(slice_find(link_of(&answer, "self"), SLICE("_elements=title")) != SIZE_MAX);
	answer = get("/fhir/r4/PlanDefinition?_id=a&_elements=id,resourceType");
	assert_int_equal(answer.status, 200);
	assert_body_has(&answer, "\"resourceType\":\"PlanDefinition\",\"id\":\"a\"");
	assert_false(body_has(&answer, "\"title\":"));
}

static void unknown_parameters_are_told(void **state)
{
	struct answer answer = get("/fhir/r4/PlanDefinition/a?_element=title");

	(void)state;
	assert_outcome(&answer, 400, "not-supported");
	assert_body_has(&answer, "_pretty");
	answer = get("/fhir/r4/PlanDefinition/a?_elements=titel");
	assert_outcome(&answer, 400, "value");
	assert_body_has(&answer, "Did you mean 'title'?");
	answer = get("/fhir/r4/PlanDefinition/a?_summary=maybe");
	assert_outcome(&answer, 400, "value");
	answer = get("/fhir/r4/PlanDefinition/a?_summary=count");
	assert_outcome(&answer, 400, "not-supported");
	assert_int_equal(get_with("/fhir/r4/PlanDefinition/a?_element=title", "Prefer", "handling=lenient").status, 200);
}

static void a_browser_gets_a_page(void **state)
{
	(void)state;
	given(FHIR_R4,
	      SLICE("{\"resourceType\":\"Library\",\"id\":\"page\",\"text\":{\"status\":\"generated\",\"div\":\"<div xmlns="
		    "\\\"http://www.w3.org/1999/xhtml\\\"><b>told</b></div>\"},\"title\":\"<script>alert(1)</script>\","
		    "\"status\":\"draft\",\"type\":{\"text\":\"x\"},\"subjectReference\":{\"reference\":\"Group/g\"}}"));
	struct answer answer = get_with("/fhir/r4/Library/page", "Accept", "text/html");
	assert_int_equal(answer.status, 200);
	assert_slice(header_of(&answer, "Content-Type"), "text/html; charset=utf-8");
	assert_body_has(&answer, "<iframe sandbox title=\"narrative\" srcdoc=\"&lt;div");
	assert_body_has(&answer, "&lt;script&gt;");
	assert_false(body_has(&answer, "<script>"));
	assert_body_has(&answer, "<a href=\"/fhir/r4/Group/g\">Group/g</a>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_read_answers_the_current_version),
		cmocka_unit_test(the_second_read_is_answered_on_the_loop),
		cmocka_unit_test(a_commit_elsewhere_is_seen),
		cmocka_unit_test(a_store_that_does_not_answer_turns_health_red),
		cmocka_unit_test(what_the_client_has_is_not_sent_again),
		cmocka_unit_test(another_version_than_matched_fails),
		cmocka_unit_test(versions_are_read_one_by_one),
		cmocka_unit_test(a_version_that_is_not_there_says_which_are),
		cmocka_unit_test(a_deleted_resource_is_gone),
		cmocka_unit_test(an_unknown_id_says_where_to_look),
		cmocka_unit_test(an_id_that_cannot_be_is_refused),
		cmocka_unit_test(bases_are_apart),
		cmocka_unit_test(head_is_answered_as_get),
		cmocka_unit_test(pretty_is_the_same_with_white_space),
		cmocka_unit_test(a_part_is_tagged_and_keeps_what_must_be_there),
		cmocka_unit_test(a_search_gives_parts_too),
		cmocka_unit_test(unknown_parameters_are_told),
		cmocka_unit_test(a_browser_gets_a_page),
	};

	return cmocka_run_group_tests_name("api read", tests, setup, gateway_close);
}
