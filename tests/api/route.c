/* SPDX-License-Identifier: Apache-2.0 */
#include "serving.h"

#include "api/call.h"
#include "api/line_writer.h"

static void paths_are_what_they_say(void **state)
{
	static const struct {
		const char *path;
		enum route_place place;
	} cases[] = {
		{ "/", ROUTE_HOME },
		{ "/health", ROUTE_HEALTH },
		{ "/fhir/r4", ROUTE_BASE },
		{ "/fhir/r5/", ROUTE_BASE },
		{ "/fhir/r4/metadata", ROUTE_METADATA },
		{ "/fhir/r4/_history", ROUTE_BASE_HISTORY },
		{ "/fhir/r4/_search", ROUTE_BASE_SEARCH },
		{ "/fhir/r4/$op", ROUTE_BASE_OPERATION },
		{ "/fhir/r4/Library", ROUTE_TYPE },
		{ "/fhir/r4/Library/", ROUTE_TYPE },
		{ "/fhir/r4/Library/_search", ROUTE_TYPE_SEARCH },
		{ "/fhir/r4/Library/_history", ROUTE_TYPE_HISTORY },
		{ "/fhir/r4/Library/$op", ROUTE_TYPE_OPERATION },
		{ "/fhir/r4/Library/1", ROUTE_INSTANCE },
		{ "/fhir/r4/Library/metadata", ROUTE_INSTANCE },
		{ "/fhir/r4/Library/1/$op", ROUTE_INSTANCE_OPERATION },
		{ "/fhir/r4/Library/1/_history", ROUTE_HISTORY },
		{ "/fhir/r4/Library/1/_history/2", ROUTE_VERSION },
		{ "/fhir", ROUTE_NOWHERE },
		{ "/fhir/", ROUTE_NOWHERE },
		{ "/fhir/r3/Library", ROUTE_NOWHERE },
		{ "/fhir/r44/Library", ROUTE_NOWHERE },
		{ "/fhir/r4//Library", ROUTE_NOWHERE },
		{ "/fhir/r4/Library//1", ROUTE_NOWHERE },
		{ "/fhir/r4/Library/1/2", ROUTE_NOWHERE },
		{ "/fhir/r4/Library/1/_history/2/3", ROUTE_NOWHERE },
		{ "/healthy", ROUTE_NOWHERE },
		{ "/..", ROUTE_NOWHERE },
		{ "", ROUTE_NOWHERE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(route_parse(gateway.arena, slice_of(cases[i].path)).place, cases[i].place);
}

static void segments_come_decoded(void **state)
{
	struct route route = route_parse(gateway.arena, SLICE("/fhir/r5/Library/a%2Db/_history/%31"));

	(void)state;
	assert_int_equal(route.version, FHIR_R5);
	assert_slice(route.type, "Library");
	assert_slice(route.id, "a-b");
	assert_slice(route.version_id, "1");
	assert_true(route_parse(gateway.arena, SLICE("/fhir/r4/Library/%zz")).is_malformed);
	assert_true(route_parse(gateway.arena, SLICE("/fhir/r4/Library/%00")).is_malformed);
	assert_true(route_parse(gateway.arena, SLICE("/fhir/r4/Library/%ff")).is_malformed);
}

static void every_row_is_reached_by_its_place_and_method(void **state)
{
	(void)state;
	for (size_t i = 0; i < api_interaction_count; i++) {
		const struct api_interaction *found = route_interaction(api_interactions[i].place, api_interactions[i].method);
		assert_non_null(found); /* batch and transaction are one to dispatch */
		assert_true(found == &api_interactions[i] || found->on_worker == api_interactions[i].on_worker);
	}
	assert_ptr_equal(route_interaction(ROUTE_INSTANCE, NET_HEAD), route_interaction(ROUTE_INSTANCE, NET_GET));
}

static void an_unknown_type_names_the_nearest(void **state)
{
	struct answer answer = get("/fhir/r4/PlanDefinitions");

	(void)state;
	assert_outcome(&answer, 404, "not-supported");
	assert_body_has(&answer, "Did you mean 'PlanDefinition'?");
	answer = get("/fhir/r4/plandefinition/1");
	assert_outcome(&answer, 404, "not-supported");
	assert_body_has(&answer, "Did you mean 'PlanDefinition'?");
	answer = get("/fhir/r4/Subscription/1");
	assert_outcome(&answer, 404, "not-supported");
	assert_body_has(&answer, "does not serve Subscription");
	assert_body_has(&answer, "[base]/metadata lists the types");
}

static void sources_are_never_served(void **state)
{
	static const char *const targets[] = { "/fhir/r4/ProcedureRecord", "/fhir/r5/ProcedureRecord/x", "/fhir/r5/PolicyRecord",
					       "/fhir/source/ProcedureRecord" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++)
		assert_int_equal(get(targets[i]).status, 404);
}

static void a_path_that_is_nothing_lists_the_bases(void **state)
{
	struct answer answer = get("/nothing");

	(void)state;
	assert_outcome(&answer, 404, "not-found");
	assert_body_has(&answer, "/fhir/r4");
	assert_body_has(&answer, "/fhir/r5");
	answer = get("/fhir/r4/Library/%zz");
	assert_outcome(&answer, 400, "structure");
}

static void a_method_that_is_wrong_names_the_right_ones(void **state)
{
	static const struct {
		enum net_method method;
		const char *target, *allow, *name;
	} cases[] = {
		{ NET_POST, "/fhir/r4/PlanDefinition/a", "GET, HEAD, PUT, PATCH, DELETE, OPTIONS", "POST" },
		{ NET_DELETE, "/fhir/r4/metadata", "GET, HEAD, OPTIONS", "DELETE" },
		{ NET_POST, "/health", "GET, HEAD, OPTIONS", "POST" },
		{ NET_PUT, "/fhir/r5/PlanDefinition/a/_history/1", "GET, HEAD, OPTIONS", "PUT" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct answer answer = ask((struct asking){ .method = cases[i].method, .target = cases[i].target });
		assert_outcome(&answer, 405, "not-supported");
		assert_slice(header_of(&answer, "Allow"), cases[i].allow);
		assert_body_has(&answer, cases[i].name);
	}
}

static void what_is_not_done_anywhere_is_501(void **state)
{
	static const struct {
		enum net_method method;
		const char *target, *name;
	} cases[] = {
		{ NET_METHOD_OTHER, "/fhir/r4/PlanDefinition/a", "BREW" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct answer answer = ask((struct asking){ .method = cases[i].method, .target = cases[i].target });
		assert_outcome(&answer, 501, "not-supported");
		assert_body_has(&answer, cases[i].name);
	}
}

static void options_tells_methods_and_lets_browsers_in(void **state)
{
	static const struct {
		const char *target, *allow;
	} cases[] = {
		{ "/", "GET, HEAD, OPTIONS" },
		{ "/health", "GET, HEAD, OPTIONS" },
		{ "/fhir/r4/metadata", "GET, HEAD, OPTIONS" },
		{ "/fhir/r4/PlanDefinition", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS" },
		{ "/fhir/r5/Library/x", "GET, HEAD, PUT, PATCH, DELETE, OPTIONS" },
		{ "/fhir/r4/_search", "GET, HEAD, POST, OPTIONS" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct answer answer = ask((struct asking){ .method = NET_OPTIONS, .target = cases[i].target });
		assert_int_equal(answer.status, 204);
		assert_slice(header_of(&answer, "Allow"), cases[i].allow);
		assert_slice(header_of(&answer, "Access-Control-Allow-Methods"), cases[i].allow);
		assert_slice(header_of(&answer, "Access-Control-Allow-Origin"), "*");
		assert_true(header_of(&answer, "Access-Control-Allow-Headers").len > 0);
	}
}

static void a_form_that_is_not_written_is_not_acceptable(void **state)
{
	struct answer answer = get_with("/fhir/r4/metadata", "Accept", "text/turtle");

	(void)state;
	assert_outcome(&answer, 406, "not-supported");
	assert_body_has(&answer, "application/fhir+json");
	answer = get_with("/fhir/r5/PlanDefinition", "Accept", "application/fhir+json; fhirVersion=4.0");
	assert_outcome(&answer, 406, "not-supported");
	assert_body_has(&answer, "5.0.0");
	assert_body_has(&answer, "/fhir/r4, /fhir/r5");
	answer = get("/fhir/r4/PlanDefinition/a?_format=ttl");
	assert_outcome(&answer, 406, "not-supported");
}

static void refusals_come_in_the_form_that_was_asked_for(void **state)
{
	struct answer answer = get_with("/fhir/r4/PlanDefinition/nobody", "Accept", "application/fhir+xml");

	(void)state;
	assert_int_equal(answer.status, 404);
	assert_slice(header_of(&answer, "Content-Type"), "application/fhir+xml; charset=utf-8");
	assert_body_has(&answer, "<OperationOutcome xmlns=\"http://hl7.org/fhir\"><issue><severity value=\"error\"/>");
	answer = get("/fhir/r5/NoSuchType?_format=xml");
	assert_int_equal(answer.status, 404);
	assert_body_has(&answer, "<OperationOutcome");
	answer = get_with("/fhir/r4/PlanDefinition/nobody", "Accept", "text/html,application/xml;q=0.9,*/*;q=0.8");
	assert_int_equal(answer.status, 404);
	assert_slice(header_of(&answer, "Content-Type"), "text/html; charset=utf-8");
	assert_true(slice_starts(header_of(&answer, "Content-Security-Policy"), SLICE("default-src 'none'")));
}

static void an_unknown_operation_is_told(void **state)
{
	struct answer answer = ask((struct asking){ .method = NET_POST, .target = "/fhir/r4/PlanDefinition/$nonesuch" });

	(void)state;
	assert_outcome(&answer, 404, "not-supported");
	assert_body_has(&answer, "$nonesuch");
}

static void a_host_that_is_none_is_refused(void **state)
{
	struct answer answer = ask((struct asking){ .target = "/fhir/r4/metadata", .authority = "evil\"/><x" });

	(void)state;
	assert_outcome(&answer, 400, "structure");
}

static void a_refusal_of_the_reader_is_an_outcome_too(void **state)
{
	struct net_reply reply;
	struct answer answer = { 0 };

	(void)state;
	gateway.handler.on_refused(gateway.handler.context, gateway.arena, 431, SLICE("too many headers"), &reply);
	answer.status = reply.status;
	answer.body = reply.body;
	answer.header_count = reply.header_count;
	memcpy(answer.headers, reply.headers, sizeof(reply.headers));
	assert_outcome(&answer, 431, "too-long");
	assert_body_has(&answer, "too many headers");
}

static void health_and_home_answer_on_the_loop(void **state)
{
	struct answer health = get("/health"), home = get("/");

	(void)state;
	assert_int_equal(health.status, 200);
	assert_true(health.from_loop);
	assert_body_has(&health, "\"status\":\"pass\"");
	assert_int_equal(home.status, 200);
	assert_true(home.from_loop);
	assert_slice(header_of(&home, "Content-Type"), "text/html; charset=utf-8");
	assert_body_has(&home, "/fhir/r4/metadata");
	assert_body_has(&home, "/fhir/r5/metadata");
	assert_int_equal(get("/health?probe=1").status, 200);
}

/** What a request leaves on standard error. */
static struct slice logged(const char *target)
{
	char *text = arena_alloc(gateway.arena, 4096);
	FILE *file = tmpfile();
	int saved = dup(STDERR_FILENO);

	assert_true(text && file && saved >= 0);
	gateway.api->options.access_log = true;
	log_level_set(LOG_INFO);
	assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
	get(target);
	line_writer_flush(gateway.api->log);
	dup2(saved, STDERR_FILENO);
	close(saved);
	log_level_set(LOG_ERROR);
	gateway.api->options.access_log = false;
	rewind(file);
	struct slice out = { text, fread(text, 1, 4095, file) };
	fclose(file);
	return out;
}

static void assert_logged(struct slice line, const char *text)
{
	if (slice_find(line, slice_of(text)) == SIZE_MAX)
		fail_msg("'%s' is not in: %.*s", text, SLICE_ARG(line));
}

static void each_request_leaves_one_line_without_the_values_of_its_query(void **state)
{
	struct slice line = logged("/fhir/r4/PlanDefinition/nobody?_format=json&secret=value");

	(void)state;
	assert_int_equal(slice_find(line, SLICE("\n")), line.len - 1);
	assert_logged(line, " peer=127.0.0.1:40000 http=1.1 principal=anonymous method=GET interaction=read type=PlanDefinition "
			    "path=/fhir/r4/PlanDefinition/nobody parameters=_format,secret status=400 in=0 out=");
	assert_int_equal(slice_find(line, SLICE("value")), SIZE_MAX);
	assert_int_equal(slice_find(line, SLICE("json")), SIZE_MAX);
}

static void what_a_client_sends_cannot_forge_a_pair_or_a_line(void **state)
{
	(void)state;
	assert_logged(logged("/%zz"), " interaction=- type=- path=/%zz parameters=- status=404 ");
	struct slice line = logged("/fhir/r4/Pl%20an%0aid=9%22");
	assert_int_equal(slice_find(line, SLICE("\n")), line.len - 1);
	assert_logged(line, " type=\"Pl an\\x0aid=9\\\"\" path=\"/fhir/r4/Pl%20an%0aid=9%22\"");
}

static void a_request_with_hardly_any_memory_is_answered(void **state)
{
	static const char *const targets[] = { "/fhir/r4/PlanDefinition?title=a,b,c", "/fhir/r4/Foo", "/fhir/r4/PlanDefinition/x",
					       "/fhir/r4/metadata", "/fhir/r4/PlanDefinition?x=%41&y=1" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++)
		for (size_t bytes = 0; bytes < 2048; bytes += 16) {
			struct answer answer = ask((struct asking){ .target = targets[i], .arena_bytes = bytes ? bytes : 1 });
			assert_true(answer.status >= 200);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_are_what_they_say),
		cmocka_unit_test(segments_come_decoded),
		cmocka_unit_test(every_row_is_reached_by_its_place_and_method),
		cmocka_unit_test(an_unknown_type_names_the_nearest),
		cmocka_unit_test(sources_are_never_served),
		cmocka_unit_test(a_path_that_is_nothing_lists_the_bases),
		cmocka_unit_test(a_method_that_is_wrong_names_the_right_ones),
		cmocka_unit_test(what_is_not_done_anywhere_is_501),
		cmocka_unit_test(options_tells_methods_and_lets_browsers_in),
		cmocka_unit_test(a_form_that_is_not_written_is_not_acceptable),
		cmocka_unit_test(refusals_come_in_the_form_that_was_asked_for),
		cmocka_unit_test(an_unknown_operation_is_told),
		cmocka_unit_test(a_host_that_is_none_is_refused),
		cmocka_unit_test(a_refusal_of_the_reader_is_an_outcome_too),
		cmocka_unit_test(health_and_home_answer_on_the_loop),
		cmocka_unit_test(each_request_leaves_one_line_without_the_values_of_its_query),
		cmocka_unit_test(what_a_client_sends_cannot_forge_a_pair_or_a_line),
		cmocka_unit_test(a_request_with_hardly_any_memory_is_answered),
	};

	return cmocka_run_group_tests_name("api route", tests, gateway_open, gateway_close);
}
