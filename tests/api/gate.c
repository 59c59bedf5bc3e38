/* SPDX-License-Identifier: Apache-2.0 */
/* Who may do what, seen from outside: identities of client certificates, their scopes, and what strangers learn. */
#include "guarded.h"

#include "api/call.h"

static const struct slice reader_scopes[] = { { "system/PlanDefinition.rs", 24 } };
static const struct slice finder_scopes[] = { { "system/PlanDefinition.s", 23 } };
static const struct slice creator_scopes[] = { { "system/PlanDefinition.c", 23 } };
static const struct slice changer_scopes[] = { { "system/PlanDefinition.cruds", 27 } };
static const struct slice patcher_scopes[] = { { "system/PlanDefinition.u", 23 } };
static const struct slice master_scopes[] = { { "system/*.cruds", 14 } };
static struct access_identity identities[] = { IDENTITY("CN=reader", reader_scopes),   IDENTITY("CN=finder", finder_scopes),
					       IDENTITY("CN=master", master_scopes),   IDENTITY("CN=creator", creator_scopes),
					       IDENTITY("CN=changer", changer_scopes), IDENTITY("CN=patcher", patcher_scopes) };
static const struct net_identity reader = { .subject = { "CN=reader", 9 } }, finder = { .subject = { "CN=finder", 9 } },
				 master = { .subject = { "CN=master", 9 } }, creator = { .subject = { "CN=creator", 10 } },
				 changer = { .subject = { "CN=changer", 10 } }, patcher = { .subject = { "CN=patcher", 10 } },
				 stranger = { .subject = { "CN=stranger", 11 } };

static int setup(void **state)
{
	gateway_open(state);
	given_plan("a", "A title", "active", "11111");
	guard(identities, ARRAY_SIZE(identities));
	return 0;
}

/** What an operation reaches beside its own type is for whom may read that too. */
static void operations_reach_no_further_than_their_caller(void **state)
{
	static const char target[] = "/fhir/r4/PlanDefinition/told/$apply?subject=Patient/p";

	(void)state;
	given(FHIR_R4, SLICE("{\"resourceType\":\"Patient\",\"id\":\"p\",\"gender\":\"female\"}"));
	given(FHIR_R4,
	      SLICE("{\"resourceType\":\"PlanDefinition\",\"id\":\"told\",\"status\":\"active\",\"action\":[{\"title\":\"T\","
		    "\"dynamicValue\":[{\"path\":\"action.title\",\"expression\":{\"language\":\"text/fhirpath\","
		    "\"expression\":\"'she is ' & %subject.gender\"}}]}]}"));
	struct answer answer = ask_as(&master, target);
	assert_int_equal(answer.status, 200);
	assert_body_has(&answer, "she is female");
	answer = ask_as(&reader, target);
	assert_int_equal(answer.status, 200);
	assert_false(body_has(&answer, "female"));
	answer = ask_as(&reader, "/fhir/r4/PlanDefinition/a/$related-policies");
	assert_outcome(&answer, 403, "forbidden");
	assert_int_equal(ask_as(&master, "/fhir/r4/PlanDefinition/a/$related-policies").status, 200);
}

static void discovery_and_health_ask_nobody(void **state)
{
	static const char *const targets[] = { "/", "/health", "/fhir/r4/metadata", "/fhir/r5/metadata" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++)
		assert_int_equal(get(targets[i]).status, 200);
	struct answer preflight = ask((struct asking){ .method = NET_OPTIONS, .target = "/fhir/r4/PlanDefinition/a" });
	assert_int_equal(preflight.status, 204);
}

static struct answer transact_as(const struct net_identity *identity, const char *type, const char *more)
{
	const char *body =
	    arena_printf(
		gateway.arena,
		"{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[{\"resource\":{\"resourceType\":\"%s\","
		"\"type\":{\"text\":\"t\"},\"status\":\"draft\"%s},\"request\":{\"method\":\"POST\",\"url\":\"%s\"}}]}",
		type, more, type)
		.ptr;

	return ask((struct asking){ .method = NET_POST, .target = "/fhir/r4", .body = body, .identity = identity });
}

static void entries_of_a_bundle_are_asked_for_one_by_one(void **state)
{
	static const char conditional[] = ",\"subjectReference\":{\"reference\":\"Organization?name=x\"}";

	(void)state;
	assert_int_equal(transact_as(&creator, "PlanDefinition", "").status, 200);
	struct answer answer = transact_as(&creator, "Library", "");
	assert_outcome(&answer, 403, "processing");
	assert_body_has(&answer, "\"code\":\"forbidden\"");
	answer = transact_as(&creator, "PlanDefinition", conditional); /* whether one matches is not for it to know */
	assert_outcome(&answer, 403, "processing");
	answer = transact_as(&master, "PlanDefinition", conditional);
	assert_outcome(&answer, 412, "processing");
	answer = transact_as(&stranger, "PlanDefinition", "");
	assert_int_equal(answer.status, 403);
	answer = transact_as(NULL, "PlanDefinition", "");
	assert_int_equal(answer.status, 403);
}

/** A Bundle of a write that `reader` may not do, and of reads and searches within and beyond its type. */
static struct answer mixed_as(const struct net_identity *identity, const char *type)
{
	static const char entries[] = "{\"request\":{\"method\":\"GET\",\"url\":\"PlanDefinition/a\"}},"
				      "{\"request\":{\"method\":\"GET\",\"url\":\"PlanDefinition?title=A\"}},"
				      "{\"request\":{\"method\":\"GET\",\"url\":\"ActivityDefinition/a\"}},"
				      "{\"request\":{\"method\":\"GET\",\"url\":\"Library?name=x\"}},"
				      "{\"request\":{\"method\":\"GET\",\"url\":\"PlanDefinition?definition.title=A\"}},"
				      "{\"request\":{\"method\":\"GET\",\"url\":\"_history\"}},"
				      "{\"request\":{\"method\":\"DELETE\",\"url\":\"PlanDefinition/a\"}},"
				      "{\"request\":{\"method\":\"GET\",\"url\":\"metadata\"}}";
	const char *body =
	    arena_printf(gateway.arena, "{\"resourceType\":\"Bundle\",\"type\":\"%s\",\"entry\":[%s]}", type, entries).ptr;

	return ask((struct asking){ .method = NET_POST, .target = "/fhir/r4", .body = body, .identity = identity });
}

static void a_batch_is_refused_entry_by_entry(void **state)
{
	struct answer answer = mixed_as(&reader, "batch");

	(void)state;
	assert_int_equal(answer.status, 200);
	assert_int_equal(times_in(&answer, "\"response\":{\"status\":\"200\""), 3);
	assert_int_equal(times_in(&answer, "\"response\":{\"status\":\"403\""), 5);
	assert_body_has(&answer, "It needs the scope system/ActivityDefinition.r.");
	assert_body_has(&answer, "It needs the scope system/Library.s.");
	assert_body_has(&answer, "It needs the scope system/PlanDefinition.d.");
	assert_int_equal(ask_as(&reader, "/fhir/r4/PlanDefinition/a").status, 200);
}

static void a_transaction_is_refused_whole_and_names_the_entry(void **state)
{
	static const char two[] = "{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":["
				  "{\"resource\":{\"resourceType\":\"PlanDefinition\",\"title\":\"Half\",\"status\":\"draft\"},"
				  "\"request\":{\"method\":\"POST\",\"url\":\"PlanDefinition\"}},"
				  "{\"resource\":{\"resourceType\":\"Library\",\"type\":{\"text\":\"t\"},\"status\":\"draft\"},"
				  "\"request\":{\"method\":\"POST\",\"url\":\"Library\"}}]}";
	struct answer answer =
	    ask((struct asking){ .method = NET_POST, .target = "/fhir/r4", .body = two, .identity = &creator });

	(void)state;
	assert_outcome(&answer, 403, "processing");
	assert_body_has(&answer, "Bundle.entry[1]");
	assert_body_has(&answer, "It needs the scope system/Library.c.");
	answer = ask_as(&master, "/fhir/r4/PlanDefinition?title=Half");
	assert_body_has(&answer, "\"total\":0");
	answer = mixed_as(&reader, "transaction");
	assert_outcome(&answer, 403, "processing");
	assert_body_has(&answer, "Bundle.entry[6]"); /* deletes come first */
}

static void a_stranger_gets_the_same_answer_whatever_there_is(void **state)
{
	static const char *const targets[] = {
		"/fhir/r4/PlanDefinition/a",
		"/fhir/r4/PlanDefinition/nobody",
		"/fhir/r4/Nonsense/a",
		"/fhir/r4/PlanDefinition/a/_history/1",
		"/fhir/r4/PlanDefinition?title=A",
		"/fhir/r4/PlanDefinition?nonsense=1",
		"/fhir/r4",
		"/fhir/r4/_history",
		"/fhir/r4/$nonsense",
		"/fhir/r4/PlanDefinition/not_an_id",
	};
	struct answer first = ask_as(&stranger, targets[0]);

	(void)state;
	assert_outcome(&first, 403, "forbidden");
	assert_body_has(&first, "The client certificate is not known here");
	for (size_t i = 1; i < ARRAY_SIZE(targets); i++) {
		struct answer answer = ask_as(&stranger, targets[i]);
		assert_int_equal(answer.status, 403);
		assert_true(slice_equal(answer.body, first.body));
		assert_int_equal(answer.header_count, first.header_count);
		assert_true(answer.from_loop); /* no worker, hence no store */
	}
}

static void without_a_certificate_nothing_is_given(void **state)
{
	struct answer answer = get("/fhir/r4/PlanDefinition/a");

	(void)state;
	assert_outcome(&answer, 403, "forbidden");
	assert_body_has(&answer, "No client certificate was presented");
	for (enum net_method method = NET_GET; method <= NET_DELETE; method++)
		assert_int_equal(ask((struct asking){ .method = method, .target = "/fhir/r4/PlanDefinition/a" }).status, 403);
}

static void a_reader_reads_and_searches_its_type_only(void **state)
{
	(void)state;
	assert_int_equal(ask_as(&reader, "/fhir/r4/PlanDefinition/a").status, 200);
	assert_int_equal(ask_as(&reader, "/fhir/r4/PlanDefinition/a").status, 200); /* now from memory */
	assert_int_equal(ask_as(&reader, "/fhir/r4/PlanDefinition/a/_history/1").status, 200);
	assert_int_equal(ask_as(&reader, "/fhir/r4/PlanDefinition?title=A").status, 200);
	assert_int_equal(ask_as(&reader, "/fhir/r4/PlanDefinition/nobody").status, 404);
	struct answer other = ask_as(&reader, "/fhir/r4/ActivityDefinition/a");
	assert_outcome(&other, 403, "forbidden");
	assert_body_has(&other, "It needs the scope system/ActivityDefinition.r.");
	struct answer absent = ask_as(&reader, "/fhir/r4/ActivityDefinition/nobody");
	assert_true(slice_equal(other.body, absent.body));
}

static void searching_is_not_reading(void **state)
{
	(void)state;
	assert_int_equal(ask_as(&finder, "/fhir/r4/PlanDefinition?title=A").status, 200);
	assert_int_equal(ask_as(&finder, "/fhir/r4/PlanDefinition/a").status, 403);
	assert_int_equal(ask_as(&finder, "/fhir/r4/PlanDefinition/a/_history/1").status, 403);
}

/** What a lenient server ignores must not have opened anything. */
static void a_type_that_is_not_searched_opens_nothing(void **state)
{
	static const char *const targets[] = { "/fhir/r4?_type:x=PlanDefinition", "/fhir/r4?_type=", "/fhir/r4?_type",
					       "/fhir/r4/_history?_type=PlanDefinition" };

	(void)state;
	assert_int_equal(ask_leniently(&reader, "/fhir/r4?_type=PlanDefinition").status, 200);
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++)
		assert_int_equal(ask_leniently(&reader, targets[i]).status, 403);
	assert_int_equal(ask_leniently(&reader, "/fhir/r4?_type=PlanDefinition&_type=Library").status, 400);
}

static void histories_need_what_they_show(void **state)
{
	(void)state;
	assert_int_equal(ask_as(&reader, "/fhir/r4/PlanDefinition/a/_history").status, 200);
	assert_int_equal(ask_as(&finder, "/fhir/r4/PlanDefinition/a/_history").status, 403);
	assert_int_equal(ask_as(&finder, "/fhir/r4/PlanDefinition/_history").status, 200);
	assert_int_equal(ask_as(&reader, "/fhir/r4/_history").status, 403);
	assert_int_equal(ask_as(&reader, "/fhir/r4/_history?_type=PlanDefinition,Library").status, 403);
	assert_int_equal(ask_as(&master, "/fhir/r4/_history").status, 200);
}

/** A conditional write answers whether something like it exists, so it needs to search as well. */
static void writes_need_their_letter_and_conditional_ones_to_search(void **state)
{
	struct asking create = { .method = NET_POST, .target = "/fhir/r4/PlanDefinition", .identity = &creator };
	struct asking remove = { .method = NET_DELETE, .target = "/fhir/r4/PlanDefinition/a", .identity = &creator };

	(void)state;
	assert_int_not_equal(ask(create).status, 403);
	assert_int_equal(ask(remove).status, 403);
	create.headers[0] = (struct net_header){ SLICE("If-None-Exist"), SLICE("title=A") };
	assert_int_equal(ask(create).status, 403);
	create.identity = &master;
	assert_int_not_equal(ask(create).status, 403);
}

/** Criteria are a search: what they reach beyond the type is no more theirs to know than in one. */
static void criteria_of_writes_reach_no_further_than_a_search(void **state)
{
	struct asking create = { .method = NET_POST,
				 .target = "/fhir/r4/PlanDefinition",
				 .identity = &changer,
				 .body = "{\"resourceType\":\"PlanDefinition\",\"status\":\"draft\"}",
				 .headers = { { SLICE("If-None-Exist"), SLICE("definition.title=nothing") } } };
	struct asking remove = { .method = NET_DELETE,
				 .target = "/fhir/r4/PlanDefinition?definition.title=nothing",
				 .identity = &changer };

	(void)state;
	assert_int_equal(ask(create).status, 403);
	assert_int_equal(ask(remove).status, 403);
	create.identity = &master;
	remove.identity = &master;
	assert_int_equal(ask(create).status, 201);
	assert_int_equal(ask(remove).status, 204);
	remove.identity = &changer;
	remove.target = "/fhir/r4/PlanDefinition?title=nothing";
	assert_int_equal(ask(remove).status, 204);
}

/** Changing is not reading. */
static void a_patch_shows_its_outcome_to_whom_may_read(void **state)
{
	struct asking patch = { .method = NET_PATCH,
				.target = "/fhir/r4/PlanDefinition/patched",
				.identity = &patcher,
				.body = "[{\"op\":\"add\",\"path\":\"/title\",\"value\":\"Patched\"}]",
				.headers = { { SLICE("Content-Type"), SLICE("application/json-patch+json") } } };

	(void)state;
	given(FHIR_R4,
	      SLICE("{\"resourceType\":\"PlanDefinition\",\"id\":\"patched\",\"status\":\"draft\",\"name\":\"Unknown\"}"));
	struct answer answer = ask(patch);
	assert_int_equal(answer.status, 200);
	assert_int_equal(answer.body.len, 0);
	assert_true(header_of(&answer, "ETag").len > 0);
	patch.identity = &changer;
	answer = ask(patch);
	assert_int_equal(answer.status, 200);
	assert_body_has(&answer, "\"name\":\"Unknown\",\"title\":\"Patched\"");
}

static void who_may_everything_is_asked_nothing_more(void **state)
{
	(void)state;
	assert_int_equal(ask_as(&master, "/fhir/r4/PlanDefinition/a").status, 200);
	assert_int_equal(ask_as(&master, "/fhir/r5/ActivityDefinition/nobody").status, 404);
}

static void without_tokens_there_is_no_smart_configuration_and_it_says_why(void **state)
{
	struct answer answer = get("/fhir/r4/.well-known/smart-configuration");

	(void)state;
	assert_outcome(&answer, 404, "not-found");
	assert_body_has(&answer, "takes no tokens");
	assert_int_equal(get("/fhir/r4/.well-known/other").status, 404);
}

/* ---- several modes at once ---- */

static const struct net_listener open_listener = { .access = { "open", 4 } }, token_listener = { .access = { "token", 5 } },
				 mtls_listener = { .access = { "mtls", 4 } };

static bool no_keys(void *context, struct arena *arena, struct slice url, struct access_document *out, struct error *err)
{
	(void)context;
	(void)arena;
	(void)url;
	(void)out;
	return error_set(err, ERROR_NETWORK, "issuer.example", "connection refused");
}

/** The first listener's mode is mtls, as in all tests here. */
static void guard_three(struct net_listener rows[3], struct net_options *net)
{
	const struct access_source source = { no_keys, NULL };
	struct access_token_options *token = &gateway.access_options.token;
	struct error err = { 0 };

	rows[0] = open_listener;
	rows[1] = token_listener;
	rows[2] = mtls_listener;
	*net = (struct net_options){ .listeners = { rows, 3 } };
	token->issuer = SLICE("https://issuer.example");
	token->keys = SLICE("https://issuer.example/keys");
	access_free(gateway.access);
	assert_ok(access_new(&gateway.access_options, net, &source, &gateway.access, &err), &err);
	assert_ok(api_guard(gateway.api, gateway.access, &err), &err);
}

static struct answer read_at(const struct net_listener *listener, const struct net_identity *identity, const char *authorization)
{
	struct asking asking = { .target = "/fhir/r4/PlanDefinition/a", .identity = identity, .listener = listener };

	if (authorization)
		asking.headers[0] = (struct net_header){ SLICE("Authorization"), slice_of(authorization) };
	return ask(asking);
}

static void each_listener_asks_in_its_own_way_and_in_no_other(void **state)
{
	static const char bearer[] = "Bearer aaaa.bbbb.cccc";
	struct net_listener rows[3];
	struct net_options net;
	struct answer answer;

	(void)state;
	guard_three(rows, &net);
	assert_int_equal(read_at(&open_listener, NULL, NULL).status, 200);
	assert_int_equal(read_at(&open_listener, &stranger, bearer).status, 200);
	answer = read_at(&token_listener, NULL, NULL);
	assert_outcome(&answer, 401, "login");
	assert_slice(header_of(&answer, "WWW-Authenticate"), "Bearer realm=\"cannula\"");
	assert_int_equal(read_at(&token_listener, &master, NULL).status, 401); /* a certificate is no token */
	answer = read_at(&token_listener, &master, bearer);
	assert_outcome(&answer, 503, "transient"); /* the issuer's keys are not there: nobody can be known */
	for (int first = 0; first < 2; first++) {
		const struct net_listener *mtls = first ? NULL : &mtls_listener;
		assert_int_equal(read_at(mtls, &reader, NULL).status, 200);
		answer = read_at(mtls, NULL, bearer); /* a token is no certificate */
		assert_outcome(&answer, 403, "forbidden");
		assert_body_has(&answer, "No client certificate was presented");
		assert_null(header_of(&answer, "WWW-Authenticate").ptr);
		answer = read_at(mtls, &creator, NULL);
		assert_outcome(&answer, 403, "forbidden");
		assert_null(header_of(&answer, "WWW-Authenticate").ptr);
	}
}

static struct answer get_at(const struct net_listener *listener, const char *target)
{
	return ask((struct asking){ .target = target, .listener = listener });
}

static void what_describes_access_is_that_of_the_listener(void **state)
{
	struct net_listener rows[3];
	struct net_options net;
	struct answer answer;

	(void)state;
	guard_three(rows, &net);
	answer = get_at(&open_listener, "/fhir/r4/metadata");
	assert_body_has(&answer, "Nobody is asked who they are.");
	answer = get_at(&token_listener, "/fhir/r4/metadata");
	assert_body_has(&answer, "\"code\":\"SMART-on-FHIR\"");
	answer = get_at(&token_listener, "/fhir/r5/metadata");
	assert_body_has(&answer, "\"code\":\"SMART-on-FHIR\"");
	answer = get_at(&mtls_listener, "/fhir/r4/metadata");
	assert_body_has(&answer, "\"code\":\"Certificates\"");
	answer = get_at(NULL, "/fhir/r4/metadata");
	assert_body_has(&answer, "\"code\":\"Certificates\"");
	answer = get_at(&token_listener, "/fhir/r4/.well-known/smart-configuration");
	assert_int_equal(answer.status, 200);
	assert_body_has(&answer, "\"issuer\":\"https://issuer.example\"");
	answer = get_at(&mtls_listener, "/fhir/r4/.well-known/smart-configuration");
	assert_outcome(&answer, 404, "not-found");
	answer = get_at(&open_listener, "/fhir/r4/.well-known/smart-configuration");
	assert_outcome(&answer, 404, "not-found");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(discovery_and_health_ask_nobody),
		cmocka_unit_test(operations_reach_no_further_than_their_caller),
		cmocka_unit_test(entries_of_a_bundle_are_asked_for_one_by_one),
		cmocka_unit_test(a_batch_is_refused_entry_by_entry),
		cmocka_unit_test(a_transaction_is_refused_whole_and_names_the_entry),
		cmocka_unit_test(a_stranger_gets_the_same_answer_whatever_there_is),
		cmocka_unit_test(without_a_certificate_nothing_is_given),
		cmocka_unit_test(a_reader_reads_and_searches_its_type_only),
		cmocka_unit_test(searching_is_not_reading),
		cmocka_unit_test(a_type_that_is_not_searched_opens_nothing),
		cmocka_unit_test(histories_need_what_they_show),
		cmocka_unit_test(writes_need_their_letter_and_conditional_ones_to_search),
		cmocka_unit_test(criteria_of_writes_reach_no_further_than_a_search),
		cmocka_unit_test(a_patch_shows_its_outcome_to_whom_may_read),
		cmocka_unit_test(who_may_everything_is_asked_nothing_more),
		cmocka_unit_test(without_tokens_there_is_no_smart_configuration_and_it_says_why),
		cmocka_unit_test(each_listener_asks_in_its_own_way_and_in_no_other),
		cmocka_unit_test(what_describes_access_is_that_of_the_listener),
	};

	return cmocka_run_group_tests(tests, setup, gateway_close);
}
