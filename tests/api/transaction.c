/* SPDX-License-Identifier: Apache-2.0 */
#include "serving.h"

#include "api/call.h"

#define BASE "/fhir/r4"
#define BUNDLE(type, entries) "{\"resourceType\":\"Bundle\",\"type\":\"" type "\",\"entry\":[" entries "]}"
#define REQUEST(method, url, more) "\"request\":{\"method\":\"" method "\",\"url\":\"" url "\"" more "}"
#define LIBRARY(rest) "{\"resourceType\":\"Library\",\"type\":{\"text\":\"t\"},\"status\":\"draft\"" rest "}"
#define ENTRY(full_url, resource, request) "{\"fullUrl\":\"" full_url "\",\"resource\":" resource "," request "}"
#define UUID(n) "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e30094500" n

static int setup(void **state)
{
	return gateway_open(state);
}

static uint64_t total(const char *type)
{
	struct answer answer = get(arena_printf(gateway.arena, BASE "/%s?_summary=count", type).ptr);
	size_t at = slice_find(answer.body, SLICE("\"total\":"));
	struct slice number = slice_from(answer.body, at + 8);
	uint64_t value = 0;

	for (size_t i = 0; i < number.len && number.ptr[i] >= '0' && number.ptr[i] <= '9'; i++)
		value = value * 10 + (uint64_t)(number.ptr[i] - '0');
	return value;
}

static void a_transaction_stores_all_and_links_it(void **state)
{
	struct answer answer = send(
	    NET_POST, BASE,
	    BUNDLE("transaction",
		   ENTRY(UUID("0"),
			 LIBRARY(",\"name\":\"Uses\",\"subjectReference\":{\"reference\":\"" UUID(
			     "1") "\"},"
				  "\"relatedArtifact\":[{\"type\":\"depends-on\",\"url\":\"" UUID("1") "\"}]"),
			 REQUEST("PUT", "Library/linked",
				 "")) "," ENTRY(UUID("1"), LIBRARY(",\"id\":\"ignored\",\"name\":\"Made\""),
						REQUEST("POST", "Library", "")) ","
										"{" REQUEST("GET", "Library?name=Made", "") "}"));

	(void)state;
	/* The PUT brings no id: refused, and the POST is not stored either. */
	assert_outcome(&answer, 400, "processing");
	assert_body_has(&answer, "Bundle.entry[0]");
	assert_body_has(&answer, "has no id");
	assert_int_equal(total("Library"), 0);
	answer = send(
	    NET_POST, BASE "/",
	    BUNDLE("transaction",
		   ENTRY(UUID("0"),
			 LIBRARY(",\"id\":\"linked\",\"name\":\"Uses\",\"subjectReference\":{\"reference\":\"" UUID(
			     "1") "\"},"
				  "\"relatedArtifact\":[{\"type\":\"depends-on\",\"url\":\"" UUID("1") "\"}]"),
			 REQUEST("PUT", "Library/linked",
				 "")) "," ENTRY(UUID("1"), LIBRARY(",\"id\":\"ignored\",\"name\":\"Made\""),
						REQUEST("POST", "Library", "")) ","
										"{" REQUEST("GET", "Library?name=Made", "") "}"));
	assert_int_equal(answer.status, 200);
	assert_body_has(&answer, "\"type\":\"transaction-response\"");
	assert_body_has(&answer,
			"\"status\":\"201\",\"location\":\"https://gateway.test:8443/fhir/r4/Library/linked/_history/1\","
			"\"etag\":\"W/\\\"1\\\"\"");
	assert_body_has(&answer, "\"type\":\"searchset\",\"total\":1");
	assert_false(body_has(&answer, "\"id\":\"ignored\""));
	struct answer linked = get(BASE "/Library/linked");
	assert_false(body_has(&linked, "urn:uuid"));
	size_t at = slice_find(linked.body, SLICE("\"reference\":\"Library/"));
	assert_true(at != SIZE_MAX);
	struct slice rest = slice_from(linked.body, at + SLICE("\"reference\":\"").len);
	struct slice target = slice_cut(&rest, '"');
	assert_int_equal(get(arena_printf(gateway.arena, BASE "/%.*s", SLICE_ARG(target)).ptr).status, 200);
	assert_body_has(&linked, arena_printf(gateway.arena, "\"url\":\"%.*s\"", SLICE_ARG(target)).ptr);
}

/** http.html#trules: links of the narrative too, and no canonical, which is a name. */
static void links_of_a_narrative_follow_the_resource(void **state)
{
	static const char narrative[] =
	    ",\"text\":{\"status\":\"additional\",\"div\":\"<div xmlns=\\\"http://www.w3.org/1999/xhtml\\\">"
	    "<a href=\\\"" UUID("3") "\\\">the other</a> <img alt=\\\"href='\\\" src='" UUID(
		"3") "'/> "
		     "<a href=\\\"" UUID("4") "\\\">nobody</a> " UUID("3") "</div>\"}";
	struct answer answer = send(
	    NET_POST, BASE,
	    arena_printf(gateway.arena,
			 BUNDLE("transaction", ENTRY(UUID("2"), "%s", REQUEST("PUT", "PlanDefinition/told", "")) "," ENTRY(
						   UUID("3"), LIBRARY(",\"name\":\"Other\""), REQUEST("POST", "Library", ""))),
			 arena_printf(gateway.arena,
				      "{\"resourceType\":\"PlanDefinition\",\"id\":\"told\",\"status\":\"draft\","
				      "\"library\":[\"" UUID("3") "\"]%s}",
				      narrative)
			     .ptr)
		.ptr);
	struct answer told = get(BASE "/PlanDefinition/told");

	(void)state;
	assert_int_equal(answer.status, 200);
	size_t at = slice_find(told.body, SLICE("href=\\\"Library/"));
	assert_true(at != SIZE_MAX);
	struct slice rest = slice_from(told.body, at + SLICE("href=\\\"").len), target = slice_cut(&rest, '\\');
	assert_int_equal(get(arena_printf(gateway.arena, BASE "/%.*s", SLICE_ARG(target)).ptr).status, 200);
	assert_body_has(&told, arena_printf(gateway.arena, "src='%.*s'", SLICE_ARG(target)).ptr);
	assert_body_has(&told, "href=\\\"" UUID("4") "\\\"");
	assert_body_has(&told, " " UUID("3") "</div>");
	assert_body_has(&told, "\"library\":[\"" UUID("3") "\"]");
}

static void one_failure_undoes_everything(void **state)
{
	uint64_t before = total("Library");
	struct answer answer =
	    send(NET_POST, BASE,
		 BUNDLE("transaction", ENTRY(UUID("0"), LIBRARY(",\"name\":\"A\""), REQUEST("POST", "Library", "")) "," ENTRY(
					   UUID("1"), LIBRARY(",\"name\":\"B\",\"date\":\"never\""),
					   REQUEST("POST", "Library", "")) ",{" REQUEST("DELETE", "Library/linked", "") "}"));

	(void)state;
	assert_outcome(&answer, 422, "processing");
	assert_body_has(&answer, "Bundle.entry[1]");
	assert_body_has(&answer, "Library.date");
	assert_int_equal(total("Library"), before);
	assert_int_equal(get(BASE "/Library/linked").status, 200);
	/* The connection is as good as before. */
	assert_int_equal(send(NET_POST, BASE "/Library", LIBRARY("")).status, 201);
}

static void deletes_come_first_and_reads_last(void **state)
{
	struct answer answer;

	(void)state;
	send(NET_PUT, BASE "/Library/order",
	     LIBRARY(",\"id\":\"order\",\"url\":\"https://e.org/order\",\"version\":\"1\",\"title\":\"Old\""));
	/* The same url|version under another id is allowed only because the old one is gone by then. */
	answer =
	    send(NET_POST, BASE,
		 BUNDLE("transaction",
			"{" REQUEST(
			    "GET", "Library/new-order",
			    "") "},"
				"{\"resource\":" LIBRARY(
				    ",\"id\":\"new-order\",\"url\":\"https://e.org/"
				    "order\",\"version\":\"1\",\"title\":\"New\"") "," REQUEST("PUT", "Library/new-order",
											       "") "},{" REQUEST("DELETE",
														 "Library/order",
														 "") "}"));
	assert_int_equal(answer.status, 200);
	assert_body_has(&answer, "\"entry\":[{\"resource\":{\"resourceType\":\"Library\",\"id\":\"new-order\"");
	assert_int_equal(get(BASE "/Library/order").status, 410);
}

static void conditional_references_find_exactly_one(void **state)
{
	struct answer answer;

	(void)state;
	send(NET_PUT, BASE "/Organization/payer",
	     "{\"resourceType\":\"Organization\",\"id\":\"payer\",\"name\":\"Payer of tests\"}");
	answer = send(NET_POST, BASE,
		      BUNDLE("transaction",
			     "{\"resource\":" LIBRARY(",\"id\":\"cr\",\"subjectReference\":{\"reference\":\"Organization?name="
						      "Payer%20of%20tests\"}") "," REQUEST("PUT", "Library/cr", "") "}"));
	assert_int_equal(answer.status, 200);
	answer = get(BASE "/Library/cr");
	assert_body_has(&answer, "\"reference\":\"Organization/payer\"");
	answer = send(NET_POST, BASE,
		      BUNDLE("transaction",
			     "{\"resource\":" LIBRARY(",\"id\":\"cr2\",\"subjectReference\":{\"reference\":\"Organization?name="
						      "Nobody\"}") "," REQUEST("PUT", "Library/cr2", "") "}"));
	assert_outcome(&answer, 412, "processing");
	assert_body_has(&answer, "Nothing matches the reference");
	assert_int_equal(get(BASE "/Library/cr2").status, 404);
}

static void conditional_entries_take_what_is_there(void **state)
{
	static const char bundle[] = BUNDLE(
	    "transaction",
	    ENTRY(UUID("0"), LIBRARY(",\"url\":\"https://e.org/ce\""),
		  REQUEST("POST", "Library",
			  ",\"ifNoneExist\":\"url=https://e.org/ce\"")) "," ENTRY(UUID("1"),
										  LIBRARY(",\"url\":\"https://e.org/"
											  "cu\",\"subjectReference\":{"
											  "\"reference\":\"" UUID("0") "\"}"),
										  REQUEST("PUT", "Library?url=https://e.org/cu",
											  "")));
	uint64_t before = total("Library");
	struct answer answer = send(NET_POST, BASE, bundle);

	(void)state;
	assert_int_equal(answer.status, 200);
	assert_int_equal(total("Library"), before + 2);
	answer = send(NET_POST, BASE, bundle);
	assert_int_equal(answer.status, 200);
	assert_false(body_has(&answer, "\"status\":\"201\""));
	assert_int_equal(total("Library"), before + 2);
	answer = get(BASE "/Library?url=https://e.org/cu");
	assert_body_has(&answer, "\"versionId\":\"1\""); /* the same again: no new version, so the reference was the same too */
}

static void relative_references_are_meant_beside_the_entry(void **state)
{
	struct answer answer = send(
	    NET_POST, BASE,
	    BUNDLE("transaction",
		   ENTRY("https://source.org/fhir/Library/77", LIBRARY(",\"name\":\"Moved\""),
			 REQUEST("POST", "Library",
				 "")) "," ENTRY("https://source.org/fhir/Library/78",
						LIBRARY(",\"id\":\"rel\",\"subjectReference\":{\"reference\":\"Library/77\"}"),
						REQUEST("PUT", "Library/rel", ""))));

	(void)state;
	assert_int_equal(answer.status, 200);
	answer = get(BASE "/Library/rel");
	assert_false(body_has(&answer, "Library/77"));
	assert_body_has(&answer, "\"reference\":\"Library/");
}

static void patches_travel_in_bundles(void **state)
{
	struct answer answer;

	(void)state;
	send(NET_PUT, BASE "/Library/pb", LIBRARY(",\"id\":\"pb\""));
	/* base64 of [{"op":"add","path":"/title","value":"P"}] */
	answer =
	    send(NET_POST, BASE,
		 BUNDLE("transaction",
			"{\"resource\":{\"resourceType\":\"Binary\",\"contentType\":\"application/json-patch+json\",\"data\":"
			"\"W3sib3AiOiJhZGQiLCJwYXRoIjoiL3RpdGxlIiwidmFsdWUiOiJQIn1d\"}," REQUEST("PATCH", "Library/pb", "") "}"));
	assert_int_equal(answer.status, 200);
	answer = get(BASE "/Library/pb");
	assert_body_has(&answer, "\"title\":\"P\"");
}

static void a_batch_answers_each_entry_by_itself(void **state)
{
	static const char body[] =
	    "{\"resourceType\":\"Bundle\",\"type\":\"batch\",\"entry\":["
	    "{\"request\":{\"method\":\"GET\",\"url\":\"Library/nobody\"}},"
	    "{\"resource\":{\"resourceType\":\"Library\",\"id\":\"batched\",\"type\":{\"text\":\"t\"},\"status\":\"draft\"},"
	    "\"request\":{\"method\":\"PUT\",\"url\":\"Library/batched\"}},"
	    "{\"resource\":{\"resourceType\":\"Library\",\"type\":{\"text\":\"t\"},\"status\":\"draft\",\"date\":\"x\"},"
	    "\"request\":{\"method\":\"POST\",\"url\":\"Library\"}},"
	    "{\"request\":{\"method\":\"POST\",\"url\":\"/\"}},"
	    "{\"request\":{\"method\":\"GET\",\"url\":\"NoType/1\"}},"
	    "{\"request\":{\"method\":\"GET\",\"url\":\"metadata\"}},"
	    "{\"request\":{\"method\":\"DELETE\",\"url\":\"Library/batched\",\"ifMatch\":\"W/\\\"9\\\"\"}}]}";
	struct answer answer = send(NET_POST, BASE, body);
	static const char *const statuses[] = { "404", "201", "422", "400", "404", "200", "204" };
	struct slice rest = answer.body;

	(void)state;
	assert_int_equal(answer.status, 200);
	assert_body_has(&answer, "\"type\":\"batch-response\"");
	for (size_t i = 0; i < ARRAY_SIZE(statuses); i++) {
		struct slice wanted = SLICE("\"response\":{\"status\":\"");
		size_t at = slice_find(rest, wanted);
		assert_true(at != SIZE_MAX);
		rest = slice_from(rest, at + wanted.len);
		if (i + 1 < ARRAY_SIZE(statuses)) /* the delete came first, when nothing was there: its condition failed */
			assert_true(slice_starts(rest, slice_of(statuses[i])));
		else
			assert_true(slice_starts(rest, SLICE("412")));
	}
	assert_int_equal(get(BASE "/Library/batched").status, 200);
}

static void reads_in_a_bundle_keep_their_conditions(void **state)
{
	static const struct {
		const char *condition, *status;
	} cases[] = {
		{ "\"ifNoneMatch\":\"W/\\\"1\\\"\"", "304" },
		{ "\"ifNoneMatch\":\"W/\\\"7\\\"\"", "200" },
		{ "\"ifModifiedSince\":\"2100-01-01T00:00:00.5+01:00\"", "304" },
		{ "\"ifModifiedSince\":\"2000-01-01T00:00:00Z\"", "200" },
	};

	(void)state;
	send(NET_PUT, BASE "/Library/kept", LIBRARY(",\"id\":\"kept\""));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct slice body =
		    arena_printf(gateway.arena,
				 "{\"resourceType\":\"Bundle\",\"type\":\"batch\",\"entry\":[{\"request\":{\"method\":\"GET\","
				 "\"url\":\"Library/kept\",%s}}]}",
				 cases[i].condition);
		struct answer answer = send(NET_POST, BASE, body.ptr);
		assert_body_has(&answer, arena_printf(gateway.arena, "\"response\":{\"status\":\"%s\"", cases[i].status).ptr);
	}
}

/** What a lenient reader left out is told beside the entry that it was in: a client would not see it otherwise. */
static void what_was_left_out_is_told_by_entry(void **state)
{
	static const char bundle[] =
	    BUNDLE("transaction", ENTRY(UUID("0"), LIBRARY(""), REQUEST("POST", "Library", "")) "," ENTRY(
				      UUID("1"), LIBRARY(",\"colour\":\"red\""), REQUEST("POST", "Library", "")));
	static const char *const prefers[] = { "handling=lenient", "handling=lenient, return=OperationOutcome" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(prefers); i++) {
		struct answer answer = send_with(NET_POST, BASE, bundle, "Prefer", prefers[i]);
		assert_int_equal(answer.status, 200);
		struct slice second = slice_from(answer.body, slice_find(answer.body, SLICE("},{\"fullUrl\"")));
		size_t told = slice_find(answer.body, SLICE("\\\"colour\\\": no such element"));
		assert_true(told != SIZE_MAX && told > answer.body.len - second.len);
		assert_true(slice_find(slice_from(answer.body, told + 3), SLICE("colour")) == SIZE_MAX); /* once */
		assert_body_has(&answer, "Bundle.entry[1].resource");
	}
}

/** The time to the millisecond that `answer` tells first. */
static struct slice last_modified(const struct answer *answer)
{
	size_t at = slice_find(answer->body, SLICE("\"lastModified\":\""));
	struct slice rest = at == SIZE_MAX ? SLICE_NONE : slice_from(answer->body, at + 16);

	return slice_cut(&rest, '"');
}

static void entries_tell_when_what_they_tell_was_written(void **state)
{
	struct answer written = send(
	    NET_POST, BASE, BUNDLE("batch", ENTRY(UUID("0"), LIBRARY(",\"id\":\"when\""), REQUEST("PUT", "Library/when", ""))));
	struct answer read = send(NET_POST, BASE, BUNDLE("batch", "{" REQUEST("GET", "Library/when", "") "}"));
	struct answer absent = send(NET_POST, BASE, BUNDLE("batch", "{" REQUEST("GET", "Library/never", "") "}"));
	struct answer library = get(BASE "/Library/when");

	(void)state;
	assert_int_equal(last_modified(&written).len, TIME_INSTANT_SIZE - 1);
	assert_true(slice_find(library.body, last_modified(&written)) != SIZE_MAX); /* its meta.lastUpdated */
	assert_true(slice_equal(last_modified(&read), last_modified(&written)));
	assert_null(last_modified(&absent).ptr);
}

static void bundles_that_cannot_be_carried_out_are_refused(void **state)
{
	static const struct {
		const char *body;
		unsigned status;
		const char *text;
	} cases[] = {
		{ LIBRARY(""), 400, "not Bundle" },
		{ "{\"resourceType\":\"Bundle\",\"type\":\"collection\"}", 400, "batch or transaction" },
		{ BUNDLE("transaction", "{\"resource\":" LIBRARY("") "}"), 400, "no request" },
		{ BUNDLE("transaction", "{" REQUEST("DELETE", "Library/x", "") "},{" REQUEST("DELETE", "Library/x", "") "}"), 400,
		  "two entries" },
		{ BUNDLE("transaction", ENTRY(UUID("0"), LIBRARY(""), REQUEST("POST", "Library", "")) "," ENTRY(
					    UUID("0"), LIBRARY(""), REQUEST("POST", "Library", ""))),
		  400, "Two entries have the fullUrl" },
		{ BUNDLE("transaction", "{" REQUEST("GET", "https://elsewhere.org/Library/x", "") "}"), 400, "below this base" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct answer answer = send(NET_POST, BASE, cases[i].body);
		assert_int_equal(answer.status, cases[i].status);
		assert_body_has(&answer, cases[i].text);
	}
}

static void more_entries_than_configured_are_refused(void **state)
{
	uint64_t before = total("Library"), most = gateway.api->options.max_bundle_entries;
	const char *two = "{\"resource\":" LIBRARY("") "," REQUEST("POST", "Library", "") "},{" REQUEST("GET", "Library", "") "}";

	(void)state;
	gateway.api->options.max_bundle_entries = 1;
	struct answer answer = send(NET_POST, BASE, arena_printf(gateway.arena, BUNDLE("batch", "%s"), two).ptr);
	gateway.api->options.max_bundle_entries = most;
	assert_outcome(&answer, 413, "too-long");
	assert_body_has(&answer, "api.max_bundle_entries");
	assert_int_equal(total("Library"), before);
}

/** A transaction of so many entries, each as `write` makes it. */
static struct answer send_many(int count, void (*write)(struct buf *body, int i))
{
	struct buf body;

	buf_init(&body, 4u << 20);
	buf_append(&body, SLICE("{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":["));
	for (int i = 0; i < count; i++) {
		if (i)
			buf_append_char(&body, ',');
		write(&body, i);
	}
	buf_append(&body, SLICE("]}"));
	buf_append_char(&body, '\0');
	struct answer answer = send(NET_POST, BASE, body.ptr);
	buf_free(&body);
	return answer;
}

enum { DIFFERENT = 7 };

static void write_create_by_criteria(struct buf *body, int i)
{
	int which = i * 31 % DIFFERENT;

	buf_printf(body,
		   "{\"resource\":" LIBRARY(",\"url\":\"https://e.org/same/%d\"") "," REQUEST(
		       "POST", "Library", ",\"ifNoneExist\":\"url=https://e.org/same/%d\"") "}",
		   which, which);
}

static void write_create(struct buf *body, int i)
{
	buf_printf(body, "{\"resource\":" LIBRARY(",\"title\":\"Many %d\"") "," REQUEST("POST", "Library", "") "}", i);
}

/** Several creates by the same criteria are one, wherever they stand among others. */
static void creates_by_the_same_criteria_are_one(void **state)
{
	uint64_t before = total("Library");

	(void)state;
	assert_int_equal(send_many(60, write_create_by_criteria).status, 200);
	assert_int_equal(total("Library"), before + DIFFERENT);
}

static void many_entries_go_in_at_once(void **state)
{
	enum { MANY = 600 };
	uint64_t before = total("Library");

	(void)state;
	assert_int_equal(send_many(MANY, write_create).status, 200);
	assert_int_equal(total("Library"), before + MANY);
}

static void the_answer_shows_resources_when_asked(void **state)
{
	struct answer answer = send_with(
	    NET_POST, BASE,
	    BUNDLE("transaction", "{\"resource\":" LIBRARY(",\"title\":\"Shown\"") "," REQUEST("POST", "Library", "") "}"),
	    "Prefer", "return=representation");

	(void)state;
	assert_int_equal(answer.status, 200);
	assert_body_has(&answer, "\"title\":\"Shown\"");
	answer = ask((struct asking){
	    .method = NET_POST,
	    .target = BASE,
	    .body = "<Bundle xmlns=\"http://hl7.org/fhir\"><type value=\"batch\"/><entry><request><method value=\"GET\"/><url "
		    "value=\"Library?_summary=count\"/></request></entry></Bundle>",
	    .headers = { { SLICE("Content-Type"), SLICE("application/fhir+xml") },
			 { SLICE("Accept"), SLICE("application/fhir+xml") } } });
	assert_int_equal(answer.status, 200);
	assert_body_has(&answer, "<type value=\"batch-response\"/>");
	assert_body_has(&answer, "<type value=\"searchset\"/>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_transaction_stores_all_and_links_it),
		cmocka_unit_test(links_of_a_narrative_follow_the_resource),
		cmocka_unit_test(one_failure_undoes_everything),
		cmocka_unit_test(deletes_come_first_and_reads_last),
		cmocka_unit_test(conditional_references_find_exactly_one),
		cmocka_unit_test(conditional_entries_take_what_is_there),
		cmocka_unit_test(relative_references_are_meant_beside_the_entry),
		cmocka_unit_test(patches_travel_in_bundles),
		cmocka_unit_test(a_batch_answers_each_entry_by_itself),
		cmocka_unit_test(reads_in_a_bundle_keep_their_conditions),
		cmocka_unit_test(what_was_left_out_is_told_by_entry),
		cmocka_unit_test(entries_tell_when_what_they_tell_was_written),
		cmocka_unit_test(bundles_that_cannot_be_carried_out_are_refused),
		cmocka_unit_test(more_entries_than_configured_are_refused),
		cmocka_unit_test(creates_by_the_same_criteria_are_one),
		cmocka_unit_test(many_entries_go_in_at_once),
		cmocka_unit_test(the_answer_shows_resources_when_asked),
	};

	return cmocka_run_group_tests_name("api transaction", tests, setup, gateway_close);
}
