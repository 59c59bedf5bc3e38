/* SPDX-License-Identifier: Apache-2.0 */
/* What is told from a request's head alone, before its body comes: the same as would be told of the whole. */
#include "guarded.h"

#include "api/call.h"

#define R4(path) "/fhir/r4/" path
#define PLAN "{\"resourceType\":\"PlanDefinition\",\"id\":\"a\",\"status\":\"draft\"}"

static const struct slice changer_scopes[] = { { "system/PlanDefinition.cruds", 27 } };
static const struct slice finder_scopes[] = { { "system/PlanDefinition.s", 23 } };
static struct access_identity identities[] = { IDENTITY("CN=changer", changer_scopes), IDENTITY("CN=finder", finder_scopes) };
static const struct net_identity changer = { .subject = { "CN=changer", 10 } }, finder = { .subject = { "CN=finder", 9 } },
				 stranger = { .subject = { "CN=stranger", 11 } };

static int setup(void **state)
{
	gateway_open(state);
	given_plan("a", "A title", "active", "11111");
	guard(identities, ARRAY_SIZE(identities));
	return 0;
}

/** As before heads were looked at: the whole request at once. */
static struct answer ask_whole(struct asking asking)
{
	bool (*on_head)(void *, const struct net_request *, struct net_reply *) = gateway.handler.on_head;

	gateway.handler.on_head = NULL;
	struct answer answer = ask(asking);
	gateway.handler.on_head = on_head;
	return answer;
}

static bool is_of_one_request(struct slice name)
{
	return slice_equal(name, SLICE("X-Request-Id"));
}

static void assert_alike(const char *what, const struct answer *head, const struct answer *whole)
{
	bool alike =
	    head->status == whole->status && head->header_count == whole->header_count && slice_equal(head->body, whole->body);

	for (size_t i = 0; i < head->header_count && alike; i++)
		alike =
		    slice_equal(head->headers[i].name, whole->headers[i].name) &&
		    (is_of_one_request(head->headers[i].name) || slice_equal(head->headers[i].value, whole->headers[i].value));
	if (!alike)
		fail_msg("%s: %u %.*s\ninstead of %u %.*s", what, head->status, SLICE_ARG(head->body), whole->status,
			 SLICE_ARG(whole->body));
}

#define JSON "application/fhir+json"

static const struct {
	const char *what;
	const struct net_identity *identity;
	enum net_method method;
	const char *target, *type, *accept, *body;
	unsigned status;
} refused[] = {
	{ "nobody", NULL, NET_PUT, R4("PlanDefinition/a"), JSON, NULL, PLAN, 403 },
	{ "a stranger", &stranger, NET_PUT, R4("PlanDefinition/a"), JSON, NULL, PLAN, 403 },
	{ "a stranger, in XML", &stranger, NET_POST, R4("PlanDefinition"), JSON, "application/fhir+xml", PLAN, 403 },
	{ "a stranger at a type that is none", &stranger, NET_POST, R4("Nonsense"), JSON, NULL, PLAN, 403 },
	{ "a stranger who searches", &stranger, NET_POST, R4("PlanDefinition/_search"), "application/x-www-form-urlencoded", NULL,
	  "title=A", 403 },
	{ "another type", &changer, NET_POST, R4("Library"), JSON, NULL, PLAN, 403 },
	{ "another letter", &finder, NET_PUT, R4("PlanDefinition/a"), JSON, NULL, PLAN, 403 },
	{ "no path", &changer, NET_POST, "/nowhere", JSON, NULL, PLAN, 404 },
	{ "no type", &changer, NET_POST, R4("Nonsense"), JSON, NULL, PLAN, 404 },
	{ "no operation", &changer, NET_POST, R4("PlanDefinition/$nonsense"), JSON, NULL, PLAN, 404 },
	{ "no id", &changer, NET_PUT, R4("PlanDefinition/not_an_id"), JSON, NULL, PLAN, 400 },
	{ "no method here", &changer, NET_POST, R4("PlanDefinition/a"), JSON, NULL, PLAN, 405 },
	{ "no method at all", &changer, NET_METHOD_OTHER, R4("PlanDefinition/a"), JSON, NULL, PLAN, 501 },
	{ "what is published", &changer, NET_PUT, R4("SearchParameter/a"), JSON, NULL, PLAN, 405 },
	{ "no form of answer", &changer, NET_PUT, R4("PlanDefinition/a"), JSON, "image/png", PLAN, 406 },
	{ "no parameter", &changer, NET_PUT, R4("PlanDefinition/a?nonsense=1"), JSON, NULL, PLAN, 400 },
	{ "no form of body", &changer, NET_PUT, R4("PlanDefinition/a"), "text/csv", NULL, "a,b", 415 },
	{ "no form of body to create from", &changer, NET_POST, R4("PlanDefinition"), "text/csv", NULL, "a,b", 415 },
	{ "no form of Bundle", &changer, NET_POST, "/fhir/r4", "text/csv", NULL, "a,b", 415 },
	{ "no form of parameters", &changer, NET_POST, R4("PlanDefinition/a/$validate"), "text/csv", NULL, "a,b", 415 },
	{ "no form of patch", &changer, NET_PATCH, R4("PlanDefinition/a"), "application/xml-patch+xml", NULL, "<diff/>", 415 },
	{ "another encoding", &changer, NET_PUT, R4("PlanDefinition/a"), JSON "; charset=latin1", NULL, PLAN, 415 },
	{ "another version", &changer, NET_PUT, R4("PlanDefinition/a"), JSON "; fhirVersion=5.0", NULL, PLAN, 415 },
	{ "no form of search", &changer, NET_POST, R4("PlanDefinition/_search"), JSON, NULL, "{}", 415 },
};

static struct asking asking_of(size_t row)
{
	struct asking asking = { .identity = refused[row].identity,
				 .method = refused[row].method,
				 .target = refused[row].target,
				 .body = refused[row].body,
				 .headers = { { SLICE("Content-Type"), slice_of(refused[row].type) } } };

	if (refused[row].accept)
		asking.headers[1] = (struct net_header){ SLICE("Accept"), slice_of(refused[row].accept) };
	return asking;
}

static void what_the_head_tells_is_told_before_the_body_comes_and_in_the_same_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		struct answer head = ask(asking_of(i)), whole = ask_whole(asking_of(i));
		if (!head.from_head || head.status != refused[i].status)
			fail_msg("%s: %s, %u: %.*s", refused[i].what, head.from_head ? "at the head" : "later", head.status,
				 SLICE_ARG(head.body));
		assert_alike(refused[i].what, &head, &whole);
	}
}

static void what_takes_the_body_to_know_waits_for_it(void **state)
{
	static const struct {
		enum net_method method;
		const char *target, *type, *body;
		unsigned status;
	} rows[] = {
		{ NET_PUT, R4("PlanDefinition/a"), "", "hello", 415 }, /* told by its first character */
		{ NET_PUT, R4("PlanDefinition/a"), JSON, "{}", 400 },
		{ NET_PATCH, R4("PlanDefinition/a"), "application/json", "{\"title\":\"a merge\"}", 415 },
		{ NET_POST, R4("PlanDefinition/_search"), "application/x-www-form-urlencoded", "nonsense=1", 400 },
		{ NET_POST, "/fhir/r4/_search", "application/x-www-form-urlencoded", "_type=Library", 403 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct answer answer = ask((struct asking){ .identity = &changer,
							    .method = rows[i].method,
							    .target = rows[i].target,
							    .body = rows[i].body,
							    .headers = { { SLICE("Content-Type"), slice_of(rows[i].type) } } });
		assert_false(answer.from_head);
		assert_int_equal(answer.status, rows[i].status);
	}
}

/** What a form asks for, and the form of the answer, stand in it. */
static void a_form_is_let_in_before_it_is_known_what_it_asks_for(void **state)
{
	struct asking asking = {
		.identity = &finder,
		.method = NET_POST,
		.target = "/fhir/r4/_search",
		.body = "_type=PlanDefinition&title=A&_format=xml",
		.headers = { { SLICE("Content-Type"), SLICE("application/x-www-form-urlencoded") },
			     { SLICE("Accept"), SLICE("image/png") } },
	};
	struct answer answer = ask(asking);

	(void)state;
	assert_false(answer.from_head);
	assert_int_equal(answer.status, 200);
	assert_body_has(&answer, "<Bundle");
	assert_body_has(&answer, "A title");
}

static void a_body_that_is_let_in_is_answered_once_and_by_a_worker(void **state)
{
	struct asking asking = {
		.identity = &changer,
		.method = NET_PUT,
		.target = R4("PlanDefinition/b"),
		.body = "{\"resourceType\":\"PlanDefinition\",\"id\":\"b\",\"status\":\"draft\"}",
		.headers = { { SLICE("Content-Type"), SLICE(JSON) } },
	};
	struct answer answer = ask(asking);

	(void)state;
	assert_false(answer.from_head);
	assert_false(answer.from_loop);
	assert_int_equal(answer.status, 201);
	size_t ids = 0;
	for (size_t i = 0; i < answer.header_count; i++)
		ids += is_of_one_request(answer.headers[i].name);
	assert_int_equal(ids, 1);
}

/** A body that does not come is logged and counted as what it should have been. */
static void a_refusal_while_the_body_comes_keeps_who_asked_what(void **state)
{
	struct arena *arena = arena_new(1u << 20);
	const struct net_header type = { SLICE("Content-Type"), SLICE(JSON) };
	struct net_request request = { .arena = arena,
				       .method = NET_PUT,
				       .method_text = SLICE("PUT"),
				       .path = SLICE(R4("PlanDefinition/a")),
				       .authority = SLICE("gateway.test"),
				       .identity = &changer,
				       .headers = &type,
				       .header_count = 1,
				       .peer = SLICE("127.0.0.1:40000"),
				       .id = 1 };
	const struct net_handler *handler = &gateway.handler;
	struct net_reply reply = { 0 };

	(void)state;
	assert_true(handler->on_head(handler->context, &request, &reply));
	assert_int_equal(reply.status, 0);
	handler->on_refused(handler->context, arena, 408, SLICE("too slow"), &reply);
	const struct api_note *note = reply.note;
	assert_non_null(note);
	assert_slice(note->principal->name, "CN=changer");
	assert_string_equal(note->interaction->code, "update");
	handler->on_done(handler->context, &request, &reply, reply.body.len, 1);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_head_tells_is_told_before_the_body_comes_and_in_the_same_words),
		cmocka_unit_test(what_takes_the_body_to_know_waits_for_it),
		cmocka_unit_test(a_form_is_let_in_before_it_is_known_what_it_asks_for),
		cmocka_unit_test(a_body_that_is_let_in_is_answered_once_and_by_a_worker),
		cmocka_unit_test(a_refusal_while_the_body_comes_keeps_who_asked_what),
	};

	return cmocka_run_group_tests(tests, setup, gateway_close);
}
