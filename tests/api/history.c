/* SPDX-License-Identifier: Apache-2.0 */
#include "serving.h"

#include "api/call.h"

static int setup(void **state)
{
	gateway_open(state);
	given_plan("a", "One", "draft", "1");
	given_plan("a", "Two", "active", "1");
	given_plan("b", "Other", "active", "2");
	given_deleted("PlanDefinition", "b");
	given(FHIR_R4, SLICE("{\"resourceType\":\"Library\",\"id\":\"l\",\"status\":\"draft\"}"));
	return 0;
}

static size_t count_of(const struct answer *answer, const char *text)
{
	struct slice rest = answer->body;
	size_t count = 0, at;

	while ((at = slice_find(rest, slice_of(text))) != SIZE_MAX) {
		count++;
		rest = slice_from(rest, at + 1);
	}
	return count;
}

static void a_resource_tells_its_versions_newest_first(void **state)
{
	struct answer answer = get("/fhir/r4/PlanDefinition/a/_history");

	(void)state;
	assert_int_equal(answer.status, 200);
	assert_body_has(&answer, "\"type\":\"history\",\"total\":2");
	assert_true(slice_find(answer.body, SLICE("Two")) < slice_find(answer.body, SLICE("\"title\":\"One\"")));
	assert_body_has(&answer,
			"\"request\":{\"method\":\"PUT\",\"url\":\"PlanDefinition/a\"},\"response\":{\"status\":\"201\",");
	assert_body_has(&answer,
			"\"request\":{\"method\":\"PUT\",\"url\":\"PlanDefinition/a\"},\"response\":{\"status\":\"200\",");
	assert_body_has(&answer, "\"etag\":\"W/\\\"1\\\"\"");
	assert_body_has(&answer, "\"fullUrl\":\"https://gateway.test:8443/fhir/r4/PlanDefinition/a\"");
}

/** The entry's request could be sent again, and its response was the one that was given. */
static void a_version_tells_the_request_that_made_it(void **state)
{
	static const char body[] = "{\"resourceType\":\"Basic\",\"code\":{\"text\":\"%s\"}%s}";
	static const char patch[] = "[{\"op\":\"replace\",\"path\":\"/code/text\",\"value\":\"patched\"}]";
	const char *made = arena_printf(gateway.arena, body, "made", "").ptr;
	const char *put = arena_printf(gateway.arena, body, "put", ",\"id\":\"told\"").ptr;

	(void)state;
	assert_int_equal(send(NET_PUT, "/fhir/r4/Basic/told", put).status, 201);
	struct answer answer =
	    ask((struct asking){ .method = NET_PATCH,
				 .target = "/fhir/r4/Basic/told",
				 .body = patch,
				 .headers = { { SLICE("Content-Type"), SLICE("application/json-patch+json") } } });
	assert_int_equal(answer.status, 200);
	assert_int_equal(send(NET_DELETE, "/fhir/r4/Basic/told", NULL).status, 204);
	assert_int_equal(send(NET_PUT, "/fhir/r4/Basic/told", put).status, 201);
	answer = get("/fhir/r4/Basic/told/_history");
	assert_int_equal(count_of(&answer, "\"method\":\"PUT\",\"url\":\"Basic/told\"},\"response\":{\"status\":\"201\""), 2);
	assert_body_has(&answer, "\"method\":\"PATCH\",\"url\":\"Basic/told\"},\"response\":{\"status\":\"200\"");
	assert_body_has(&answer, "\"method\":\"DELETE\",\"url\":\"Basic/told\"},\"response\":{\"status\":\"204\"");
	assert_int_equal(send(NET_POST, "/fhir/r4/Basic", made).status, 201);
	answer = get("/fhir/r4/Basic/_history?_count=1");
	assert_body_has(&answer, "\"method\":\"POST\",\"url\":\"Basic\"},\"response\":{\"status\":\"201\"");
	/* A conditional update that finds nothing, without an id, creates. */
	assert_int_equal(send(NET_PUT, "/fhir/r4/Basic?code:text=nothing", made).status, 201);
	answer = get("/fhir/r4/Basic/_history?_count=1");
	assert_body_has(&answer, "\"method\":\"POST\",\"url\":\"Basic\"},\"response\":{\"status\":\"201\"");
}

static void a_deletion_is_an_entry_without_resource(void **state)
{
	struct answer answer = get("/fhir/r4/PlanDefinition/b/_history");

	(void)state;
	assert_int_equal(answer.status, 200);
	assert_body_has(&answer,
			"PlanDefinition/b\",\"request\":{\"method\":\"DELETE\",\"url\":\"PlanDefinition/b\"},\"response\":{"
			"\"status\":\"204\"");
	assert_int_equal(count_of(&answer, "\"resource\":"), 1);
}

static void types_and_the_base_have_a_history(void **state)
{
	struct answer type = get("/fhir/r4/PlanDefinition/_history"), base = get("/fhir/r4/_history"),
		      other = get("/fhir/r5/_history");

	(void)state;
	assert_int_equal(count_of(&type, "\"fullUrl\""), 4);
	assert_int_equal(count_of(&base, "\"fullUrl\""), 5);
	assert_body_has(&base, "\"total\":5");
	assert_int_equal(other.status, 200);
	assert_int_equal(count_of(&other, "\"fullUrl\""), 0);
}

static void pages_stay_what_they_were_while_others_write(void **state)
{
	struct answer answer = get("/fhir/r4/PlanDefinition/_history?_count=1");
	size_t seen = 0;

	(void)state;
	for (;;) {
		assert_int_equal(answer.status, 200);
		assert_int_equal(count_of(&answer, "\"fullUrl\""), 1);
		seen++;
		given_plan("late", "Late", "draft", arena_printf(gateway.arena, "%zu", seen).ptr);
		struct slice next = link_of(&answer, "next");
		if (!next.ptr)
			break;
		answer = get(target_of(next));
		assert_false(body_has(&answer, "Late"));
	}
	assert_int_equal(seen, 4);
}

static void since_and_at_choose_by_time(void **state)
{
	struct answer answer = get("/fhir/r4/PlanDefinition/a/_history?_since=2100-01-01");

	(void)state;
	assert_body_has(&answer, "\"total\":0");
	answer = get("/fhir/r4/PlanDefinition/a/_history?_since=2020");
	assert_body_has(&answer, "\"total\":2");
	answer = get("/fhir/r4/PlanDefinition/a/_history?_at=2100-01-01T00:00:00Z"); /* the one that will still be current */
	assert_body_has(&answer, "\"total\":1");
	assert_body_has(&answer, "\"title\":\"Two\"");
	answer = get("/fhir/r4/PlanDefinition/a/_history?_at=2020");
	assert_body_has(&answer, "\"total\":0");
}

static void only_a_count_when_that_is_asked(void **state)
{
	struct answer answer = get("/fhir/r4/Library/_history?_summary=count");

	(void)state;
	assert_body_has(&answer, "\"total\":1");
	assert_int_equal(count_of(&answer, "\"fullUrl\""), 0);
	answer = get("/fhir/r4/Library/l/_history?_elements=status");
	assert_body_has(&answer, "SUBSETTED");
}

static void wrong_questions_are_refused(void **state)
{
	static const struct {
		const char *target;
		unsigned status;
		const char *code;
	} cases[] = {
		{ "/fhir/r4/PlanDefinition/nobody/_history", 404, "not-found" },
		{ "/fhir/r4/_history?_since=yesterday", 400, "value" },
		{ "/fhir/r4/_history?_at=x", 400, "value" },
		{ "/fhir/r4/_history?_count=many", 400, "value" },
		{ "/fhir/r4/_history?_cursor=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 400, "value" },
		{ "/fhir/r4/_history?title=x", 400, "not-supported" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct answer answer = get(cases[i].target);
		assert_outcome(&answer, cases[i].status, cases[i].code);
	}
	/* A cursor of one history is none of another. */
	struct answer answer = get("/fhir/r4/PlanDefinition/_history?_count=1");
	struct slice next = link_of(&answer, "next");
	size_t at = slice_find(next, SLICE("_cursor="));
	answer = get(arena_printf(gateway.arena, "/fhir/r4/_history?%.*s", SLICE_ARG(slice_from(next, at))).ptr);
	assert_outcome(&answer, 400, "value");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_resource_tells_its_versions_newest_first),
		cmocka_unit_test(a_deletion_is_an_entry_without_resource),
		cmocka_unit_test(types_and_the_base_have_a_history),
		cmocka_unit_test(since_and_at_choose_by_time),
		cmocka_unit_test(only_a_count_when_that_is_asked),
		cmocka_unit_test(wrong_questions_are_refused),
		cmocka_unit_test(pages_stay_what_they_were_while_others_write),
		cmocka_unit_test(a_version_tells_the_request_that_made_it),
	};

	return cmocka_run_group_tests_name("api history", tests, setup, gateway_close);
}
