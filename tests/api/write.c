/* SPDX-License-Identifier: Apache-2.0 */
#include "serving.h"

#include "api/call.h"

#define R4(rest) "/fhir/r4/" rest
#define ACTIVITY(id, rest)                                                                                                       \
	"{\"resourceType\":\"ActivityDefinition\",\"id\":\"" id                                                                  \
	"\",\"text\":{\"status\":\"generated\",\"div\":\"<div xmlns=\\\""                                                        \
	"http://www.w3.org/1999/xhtml\\\">x</div>\"},\"name\":\"Thing\"," rest "}"

static int setup(void **state)
{
	return gateway_open(state);
}

/** The last segment but two of a Location: the id. */
static struct slice id_of(const struct answer *answer)
{
	struct slice rest = header_of(answer, "Location"), id = SLICE_NONE;

	while (rest.ptr) {
		struct slice segment = slice_cut(&rest, '/');
		if (slice_equal(segment, SLICE("_history")))
			break;
		id = segment;
	}
	return id;
}

static void create_gives_an_id_and_says_where(void **state)
{
	struct answer answer = send(NET_POST, R4("ActivityDefinition"), ACTIVITY("mine", "\"status\":\"draft\""));
	struct slice id = id_of(&answer);

	(void)state;
	assert_int_equal(answer.status, 201);
	assert_int_equal(id.len, 36);
	assert_true(slice_starts(header_of(&answer, "Location"), SLICE("https://gateway.test:8443/fhir/r4/ActivityDefinition/")));
	assert_true(slice_ends(header_of(&answer, "Location"), SLICE("/_history/1")));
	assert_slice(header_of(&answer, "ETag"), "W/\"1\"");
	assert_true(slice_ends(header_of(&answer, "Last-Modified"), SLICE(" GMT")));
	assert_body_has(&answer, "\"versionId\":\"1\"");
	assert_false(body_has(&answer, "\"id\":\"mine\""));
	struct answer read = get(arena_printf(gateway.arena, "/fhir/r4/ActivityDefinition/%.*s", SLICE_ARG(id)).ptr);
	assert_int_equal(read.status, 200);
	assert_true(slice_equal(read.body, answer.body));
	assert_slice(header_of(&read, "Last-Modified"), header_of(&answer, "Last-Modified").ptr);
	assert_int_equal(get(arena_printf(gateway.arena, "/fhir/r5/ActivityDefinition/%.*s", SLICE_ARG(id)).ptr).status, 404);
}

static void update_makes_versions_and_what_is_read_follows(void **state)
{
	struct answer answer = send(NET_PUT, R4("ActivityDefinition/u"), ACTIVITY("u", "\"status\":\"draft\""));

	(void)state;
	assert_int_equal(answer.status, 201);
	assert_true(slice_ends(header_of(&answer, "Location"), SLICE("/ActivityDefinition/u/_history/1")));
	get(R4("ActivityDefinition/u"));
	for (int i = 2; i < 6; i++) { /* a warm cache must not answer what was before */
		struct slice title = arena_printf(gateway.arena, "\"title\":\"T%d\"", i);
		answer = send(NET_PUT, R4("ActivityDefinition/u"),
			      arena_printf(gateway.arena, ACTIVITY("u", "%.*s,\"status\":\"draft\""), SLICE_ARG(title)).ptr);
		assert_int_equal(answer.status, 200);
		assert_slice(header_of(&answer, "ETag"), arena_printf(gateway.arena, "W/\"%d\"", i).ptr);
		assert_true(slice_ends(header_of(&answer, "Location"),
				       arena_printf(gateway.arena, "/ActivityDefinition/u/_history/%d", i)));
		answer = get(R4("ActivityDefinition/u"));
		assert_body_has(&answer, title.ptr);
	}
	answer = get(R4("ActivityDefinition/u/_history/2"));
	assert_body_has(&answer, "\"title\":\"T2\"");
}

static void the_same_again_makes_no_version(void **state)
{
	(void)state;
	send(NET_PUT, R4("ActivityDefinition/same"), ACTIVITY("same", "\"status\":\"draft\""));
	struct answer answer = send(NET_PUT, R4("ActivityDefinition/same"), ACTIVITY("same", "\"status\":\"draft\""));
	assert_int_equal(answer.status, 200);
	assert_slice(header_of(&answer, "ETag"), "W/\"1\"");
}

static void an_id_that_disagrees_is_refused(void **state)
{
	struct answer answer = send(NET_PUT, R4("ActivityDefinition/a"), ACTIVITY("b", "\"status\":\"draft\""));

	(void)state;
	assert_outcome(&answer, 400, "invalid");
	assert_body_has(&answer, "the path has 'a'");
	answer = send(NET_PUT, R4("ActivityDefinition/a"), "{\"resourceType\":\"ActivityDefinition\",\"status\":\"draft\"}");
	assert_outcome(&answer, 400, "invalid");
	assert_body_has(&answer, "no id");
	answer = send(NET_PUT, R4("Library/a"), ACTIVITY("a", "\"status\":\"draft\""));
	assert_outcome(&answer, 400, "invalid");
	assert_body_has(&answer, "The body is of type ActivityDefinition, not Library");
	assert_int_equal(get(R4("ActivityDefinition/a")).status, 404);
}

static void a_body_that_is_none_is_refused_with_its_place(void **state)
{
	static const struct {
		const char *body, *type;
		unsigned status;
		const char *code;
	} cases[] = {
		{ NULL, "application/fhir+json", 400, "required" },
		{ " \n", "application/fhir+json", 400, "required" },
		{ "{", "application/fhir+json", 400, "structure" },
		{ "[]", "application/json", 400, "structure" },
		{ "{\"resourceType\":\"ActivityDefinition\",\"staus\":\"draft\"}", "application/json", 400, "structure" },
		{ "{\"resourceType\":\"Nothing\"}", "text/json", 400, "structure" },
		{ "<ActivityDefinition/>", "application/fhir+xml", 400, "structure" },
		{ "a=b", "application/x-www-form-urlencoded", 415, "not-supported" },
		{ "{}", "application/fhir+json; charset=latin1", 415, "not-supported" },
		{ "{}", "application/fhir+json; fhirVersion=5.0", 415, "not-supported" },
		{ "hello", "", 415, "not-supported" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct answer answer = ask((struct asking){ .method = NET_POST,
							    .target = R4("ActivityDefinition"),
							    .body = cases[i].body,
							    .headers = { { SLICE("Content-Type"), slice_of(cases[i].type) } } });
		if (answer.status != cases[i].status || !body_has(&answer, cases[i].code))
			fail_msg("case %zu: %u %.*s", i, answer.status, SLICE_ARG(answer.body));
	}
}

static void what_breaks_a_rule_is_refused_and_nothing_is_stored(void **state)
{
	struct answer answer =
	    send(NET_PUT, R4("ActivityDefinition/bad"), ACTIVITY("bad", "\"status\":\"finished\",\"date\":\"yesterday\""));

	(void)state;
	assert_int_equal(answer.status, 422);
	assert_body_has(&answer, "ActivityDefinition.status");
	assert_body_has(&answer, "ActivityDefinition.date");
	assert_int_equal(get(R4("ActivityDefinition/bad")).status, 404);
	gateway.api->options.validation = SLICE("structure");
	answer = send(NET_PUT, R4("ActivityDefinition/bad"), ACTIVITY("bad", "\"title\":\"no status\""));
	assert_int_equal(answer.status, 422);
	answer = send(NET_PUT, R4("ActivityDefinition/loose"), ACTIVITY("loose", "\"status\":\"finished\""));
	assert_int_equal(answer.status, 201);
	gateway.api->options.validation = SLICE("off");
	answer = send(NET_PUT, R4("ActivityDefinition/looser"), ACTIVITY("looser", "\"title\":\"no status\""));
	assert_int_equal(answer.status, 201);
	gateway.api->options.validation = SLICE("full");
}

static void xml_goes_in_and_out(void **state)
{
	static const char xml[] = "<ActivityDefinition xmlns=\"http://hl7.org/fhir\"><id value=\"xml\"/><name value=\"Thing\"/>"
				  "<status value=\"draft\"/></ActivityDefinition>";
	struct answer answer = ask((struct asking){ .method = NET_PUT,
						    .target = R4("ActivityDefinition/xml"),
						    .body = xml,
						    .headers = { { SLICE("Content-Type"), SLICE("application/fhir+xml") },
								 { SLICE("Accept"), SLICE("application/fhir+xml") } } });

	(void)state;
	assert_int_equal(answer.status, 201);
	assert_slice(header_of(&answer, "Content-Type"), "application/fhir+xml; charset=utf-8");
	assert_body_has(&answer, "<versionId value=\"1\"/>");
	answer = get(R4("ActivityDefinition/xml"));
	assert_body_has(&answer, "\"status\":\"draft\"");
}

static void prefer_says_what_comes_back(void **state)
{
	const char *body = ACTIVITY("p", "\"status\":\"draft\"");
	struct answer answer = send_with(NET_PUT, R4("ActivityDefinition/p"), body, "Prefer", "return=minimal");

	(void)state;
	assert_int_equal(answer.status, 201);
	assert_int_equal(answer.body.len, 0);
	assert_slice(header_of(&answer, "ETag"), "W/\"1\"");
	answer = send_with(NET_PUT, R4("ActivityDefinition/p"), body, "Prefer", "handling=strict, return=representation");
	assert_body_has(&answer, "\"resourceType\":\"ActivityDefinition\"");
	answer = send_with(NET_PUT, R4("ActivityDefinition/p"),
			   "{\"resourceType\":\"ActivityDefinition\",\"id\":\"p\",\"status\":\"draft\"}", "Prefer",
			   "return=OperationOutcome");
	assert_int_equal(answer.status, 200);
	assert_body_has(&answer, "dom-6"); /* no narrative: a warning, told */
	assert_body_has(&answer, "Updated ActivityDefinition/p, version 2");
	answer = send_with(NET_PUT, R4("ActivityDefinition/p"),
			   "{\"resourceType\":\"ActivityDefinition\",\"id\":\"p\",\"status\":\"draft\",\"x\":1}", "Prefer",
			   "handling=lenient, return=OperationOutcome");
	assert_int_equal(answer.status, 200);
	assert_body_has(&answer, "no such element");
}

/** Whatever the answer's body is: a client that sees the header can ask what it was. */
static void that_something_was_left_out_is_told_in_every_answer(void **state)
{
	static const char whole[] = "{\"resourceType\":\"ActivityDefinition\",\"id\":\"l\",\"status\":\"draft\"}";
	static const char more[] = "{\"resourceType\":\"ActivityDefinition\",\"id\":\"l\",\"status\":\"active\",\"x\":1}";
	static const char *const prefers[] = { "handling=lenient", "handling=lenient, return=minimal",
					       "handling=lenient, return=OperationOutcome" };
	struct answer answer = send_with(NET_PUT, R4("ActivityDefinition/l"), whole, "Prefer", "handling=lenient");

	(void)state;
	assert_int_equal(answer.status, 201);
	assert_false(header_of(&answer, "Preference-Applied").ptr);
	for (size_t i = 0; i < ARRAY_SIZE(prefers); i++) {
		answer = send_with(NET_PUT, R4("ActivityDefinition/l"), more, "Prefer", prefers[i]);
		assert_int_equal(answer.status, 200);
		assert_slice(header_of(&answer, "Preference-Applied"), "handling=lenient");
	}
	answer = send(NET_PUT, R4("ActivityDefinition/l"), more);
	assert_int_equal(answer.status, 400);
	assert_false(header_of(&answer, "Preference-Applied").ptr);
}

static void if_match_keeps_changes_from_being_lost(void **state)
{
	const char *first = ACTIVITY("m", "\"status\":\"draft\""),
		   *second = ACTIVITY("m", "\"title\":\"2\",\"status\":\"draft\"");
	struct answer answer = send_with(NET_PUT, R4("ActivityDefinition/m"), first, "If-Match", "W/\"1\"");

	(void)state;
	assert_outcome(&answer, 412, "conflict");
	assert_int_equal(send(NET_PUT, R4("ActivityDefinition/m"), first).status, 201);
	answer = send_with(NET_PUT, R4("ActivityDefinition/m"), second, "If-Match", "W/\"2\"");
	assert_outcome(&answer, 412, "conflict");
	assert_body_has(&answer, "version 1");
	assert_int_equal(send_with(NET_PUT, R4("ActivityDefinition/m"), second, "If-Match", "W/\"1\"").status, 200);
	assert_int_equal(send_with(NET_PUT, R4("ActivityDefinition/m"), first, "If-None-Match", "*").status, 412);
	assert_int_equal(send_with(NET_DELETE, R4("ActivityDefinition/m"), NULL, "If-Match", "W/\"1\"").status, 412);
	gateway.api->options.require_if_match = true;
	answer = send(NET_PUT, R4("ActivityDefinition/m"), first);
	assert_outcome(&answer, 428, "required");
	assert_int_equal(send(NET_DELETE, R4("ActivityDefinition/m"), NULL).status, 428);
	assert_int_equal(send(NET_PUT, R4("ActivityDefinition/fresh"), ACTIVITY("fresh", "\"status\":\"draft\"")).status, 201);
	gateway.api->options.require_if_match = false;
	assert_int_equal(send_with(NET_DELETE, R4("ActivityDefinition/m"), NULL, "If-Match", "W/\"2\"").status, 204);
}

static void what_is_deleted_is_gone_and_can_come_back(void **state)
{
	const char *body = ACTIVITY("d", "\"status\":\"draft\"");

	(void)state;
	send(NET_PUT, R4("ActivityDefinition/d"), body);
	get(R4("ActivityDefinition/d"));
	struct answer answer = send(NET_DELETE, R4("ActivityDefinition/d"), NULL);
	assert_int_equal(answer.status, 204);
	assert_int_equal(answer.body.len, 0);
	assert_slice(header_of(&answer, "ETag"), "W/\"2\"");
	answer = get(R4("ActivityDefinition/d"));
	assert_outcome(&answer, 410, "deleted");
	assert_int_equal(get(R4("ActivityDefinition/d/_history/1")).status, 200);
	assert_int_equal(get(R4("ActivityDefinition/d/_history/2")).status, 410);
	assert_int_equal(send(NET_DELETE, R4("ActivityDefinition/d"), NULL).status, 204);
	assert_int_equal(send(NET_DELETE, R4("ActivityDefinition/never"), NULL).status, 204);
	answer = send_with(NET_DELETE, R4("ActivityDefinition/never"), NULL, "Prefer", "return=OperationOutcome");
	assert_outcome(&answer, 200, "informational");
	answer = send(NET_PUT, R4("ActivityDefinition/d"), body);
	assert_int_equal(answer.status, 201);
	assert_slice(header_of(&answer, "ETag"), "W/\"3\"");
}

/* ---- by condition ---- */

static void create_if_none_exists_creates_once(void **state)
{
	const char *body = ACTIVITY("x", "\"url\":\"https://e.org/once\",\"status\":\"draft\"");
	struct answer first = send_with(NET_POST, R4("ActivityDefinition"), body, "If-None-Exist", "url=https://e.org/once");
	struct answer again = send_with(NET_POST, R4("ActivityDefinition"), body, "If-None-Exist", "url=https://e.org/once");

	(void)state;
	assert_int_equal(first.status, 201);
	assert_int_equal(again.status, 200);
	assert_true(slice_equal(header_of(&first, "Location"), header_of(&again, "Location")));
	assert_true(slice_equal(first.body, again.body));
	again = send_with(NET_POST, R4("ActivityDefinition"), body, "If-None-Exist",
			  "https://gateway.test/fhir/r4/ActivityDefinition?url=https://e.org/once");
	assert_int_equal(again.status, 200);
	again = send_with(NET_POST, R4("ActivityDefinition"), body, "If-None-Exist", "Library?url=https://e.org/once");
	assert_outcome(&again, 400, "not-supported");
	send(NET_POST, R4("ActivityDefinition"), body);
	again = send_with(NET_POST, R4("ActivityDefinition"), body, "If-None-Exist", "url=https://e.org/once");
	assert_outcome(&again, 412, "multiple-matches");
	again = send_with(NET_POST, R4("ActivityDefinition"), body, "If-None-Exist", "ulr=https://e.org/once");
	assert_outcome(&again, 400, "not-supported");
	again = send(NET_POST, R4("ActivityDefinition?url=https://e.org/once"), body);
	assert_outcome(&again, 400, "not-supported");
	assert_body_has(&again, "If-None-Exist");
	again = send_with(NET_POST, R4("ActivityDefinition"), body, "If-None-Exist", "_count=3");
	assert_outcome(&again, 412, "required");
}

static void a_conditional_update_updates_what_matches(void **state)
{
	static const char by_url[] = R4("ActivityDefinition?url=https://e.org/cu");
	static const char body[] = "{\"resourceType\":\"ActivityDefinition\",\"url\":\"https://e.org/cu\",\"status\":\"draft\"}";
	struct answer answer = send(NET_PUT, by_url, body);
	struct slice id = id_of(&answer);

	(void)state;
	assert_int_equal(answer.status, 201);
	answer =
	    send(NET_PUT, by_url,
		 "{\"resourceType\":\"ActivityDefinition\",\"url\":\"https://e.org/cu\",\"title\":\"T\",\"status\":\"draft\"}");
	assert_int_equal(answer.status, 200);
	assert_slice(header_of(&answer, "ETag"), "W/\"2\"");
	assert_slice(id_of(&answer), arena_copy(gateway.arena, id).ptr);
	answer = send(NET_PUT, by_url, ACTIVITY("other", "\"url\":\"https://e.org/cu\",\"status\":\"draft\""));
	assert_outcome(&answer, 400, "invalid");
	/* None matches, an id of its own: created under it; when it exists already, refused. */
	static const char none[] = R4("ActivityDefinition?url=https://e.org/none");
	assert_int_equal(send(NET_PUT, none, ACTIVITY("own-id", "\"status\":\"draft\"")).status, 201);
	assert_int_equal(get(R4("ActivityDefinition/own-id")).status, 200);
	answer = send(NET_PUT, none, ACTIVITY("own-id", "\"title\":\"x\",\"status\":\"draft\""));
	assert_outcome(&answer, 409, "conflict");
	answer = send(NET_PUT, R4("ActivityDefinition"), ACTIVITY("own-id", "\"status\":\"draft\""));
	assert_outcome(&answer, 412, "required");
}

static void a_conditional_delete_takes_one_or_as_configured_many(void **state)
{
	static const char target[] = R4("ActivityDefinition?url=https://e.org/cd");

	(void)state;
	send(NET_PUT, R4("ActivityDefinition/cd1"), ACTIVITY("cd1", "\"url\":\"https://e.org/cd\",\"status\":\"draft\""));
	send(NET_PUT, R4("ActivityDefinition/cd2"), ACTIVITY("cd2", "\"url\":\"https://e.org/cd\",\"status\":\"draft\""));
	struct answer answer = send(NET_DELETE, target, NULL);
	assert_outcome(&answer, 412, "multiple-matches");
	gateway.api->options.conditional_delete = SLICE("multiple");
	assert_int_equal(send(NET_DELETE, target, NULL).status, 204);
	gateway.api->options.conditional_delete = SLICE("single");
	assert_int_equal(get(R4("ActivityDefinition/cd1")).status, 410);
	assert_int_equal(get(R4("ActivityDefinition/cd2")).status, 410);
	assert_int_equal(send(NET_DELETE, target, NULL).status, 204);
	assert_int_equal(send(NET_DELETE, R4("ActivityDefinition"), NULL).status, 412);
}

/* ---- patch ---- */

static void patches_of_both_kinds_are_applied(void **state)
{
	struct answer answer;

	(void)state;
	send(NET_PUT, R4("ActivityDefinition/patched"), ACTIVITY("patched", "\"status\":\"draft\""));
	answer = ask((struct asking){ .method = NET_PATCH,
				      .target = R4("ActivityDefinition/patched"),
				      .body = "[{\"op\":\"add\",\"path\":\"/title\",\"value\":\"By JSON\"}]",
				      .headers = { { SLICE("Content-Type"), SLICE("application/json-patch+json") } } });
	assert_int_equal(answer.status, 200);
	assert_body_has(&answer, "By JSON");
	assert_slice(header_of(&answer, "ETag"), "W/\"2\"");
	answer = send(NET_PATCH, R4("ActivityDefinition/patched"),
		      "{\"resourceType\":\"Parameters\",\"parameter\":[{\"name\":\"operation\",\"part\":[{\"name\":\"type\","
		      "\"valueCode\":\"replace\"},{\"name\":\"path\",\"valueString\":\"ActivityDefinition.title\"},{\"name\":"
		      "\"value\",\"valueString\":\"By FHIRPath\"}]}]}");
	assert_int_equal(answer.status, 200);
	assert_body_has(&answer, "By FHIRPath");
	answer = get(R4("ActivityDefinition/patched"));
	assert_body_has(&answer, "By FHIRPath");
}

static void a_patch_that_does_not_fit_changes_nothing(void **state)
{
	static const struct {
		const char *target, *type, *body;
		unsigned status;
	} cases[] = {
		{ R4("ActivityDefinition/np"), "application/json-patch+json", "[{\"op\":\"remove\",\"path\":\"/title\"}]", 422 },
		{ R4("ActivityDefinition/np"), "application/json-patch+json",
		  "[{\"op\":\"replace\",\"path\":\"/id\",\"value\":\"q\"}]", 422 },
		{ R4("ActivityDefinition/np"), "application/json-patch+json",
		  "[{\"op\":\"replace\",\"path\":\"/status\",\"value\":\"finished\"}]", 422 },
		{ R4("ActivityDefinition/np"), "application/json-patch+json", "", 400 },
		{ R4("ActivityDefinition/np"), "application/xml-patch+xml", "<diff/>", 415 },
		{ R4("ActivityDefinition/np"), "application/fhir+json", "{\"resourceType\":\"Bundle\",\"type\":\"batch\"}", 400 },
		{ R4("ActivityDefinition/np"), "application/json", "{\"title\":\"a merge\"}", 415 },
		{ R4("ActivityDefinition/nobody"), "application/json-patch+json", "[]", 404 },
		{ R4("ActivityDefinition?url=https://e.org/nothing"), "application/json-patch+json", "[]", 404 },
	};

	(void)state;
	send(NET_PUT, R4("ActivityDefinition/np"), ACTIVITY("np", "\"status\":\"draft\""));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct answer answer = ask((struct asking){ .method = NET_PATCH,
							    .target = cases[i].target,
							    .body = cases[i].body,
							    .headers = { { SLICE("Content-Type"), slice_of(cases[i].type) } } });
		if (answer.status != cases[i].status)
			fail_msg("case %zu: %u %.*s", i, answer.status, SLICE_ARG(answer.body));
	}
	struct answer answer = get(R4("ActivityDefinition/np"));
	assert_slice(header_of(&answer, "ETag"), "W/\"1\"");
}

static void a_conditional_patch_finds_its_resource(void **state)
{
	(void)state;
	send(NET_PUT, R4("ActivityDefinition/cp"), ACTIVITY("cp", "\"url\":\"https://e.org/cp\",\"status\":\"draft\""));
	struct answer answer =
	    ask((struct asking){ .method = NET_PATCH,
				 .target = R4("ActivityDefinition?url=https://e.org/cp"),
				 .body = "[{\"op\":\"add\",\"path\":\"/title\",\"value\":\"Found\"}]",
				 .headers = { { SLICE("Content-Type"), SLICE("application/json-patch+json") } } });
	assert_int_equal(answer.status, 200);
	answer = get(R4("ActivityDefinition/cp"));
	assert_body_has(&answer, "Found");
}

/* ---- the life of a definition ---- */

static const char *definition(const char *id, const char *version, const char *status, const char *title)
{
	return arena_printf(
		   gateway.arena,
		   "{\"resourceType\":\"ActivityDefinition\",\"id\":\"%s\",\"url\":\"https://e.org/life\",\"version\":\"%s\","
		   "\"name\":\"Thing\",\"title\":\"%s\",\"status\":\"%s\"}",
		   id, version, title, status)
	    .ptr;
}

static void a_definition_lives_forward_only(void **state)
{
	static const char life[] = R4("ActivityDefinition/life");

	(void)state;
	assert_int_equal(send(NET_PUT, life, definition("life", "1", "draft", "First")).status, 201);
	assert_int_equal(send(NET_PUT, life, definition("life", "1", "draft", "Second")).status, 200); /* a draft is open */
	assert_int_equal(send(NET_PUT, life, definition("life", "1", "active", "Second")).status, 200);
	struct answer answer = send(NET_PUT, life, definition("life", "1", "draft", "Second"));
	assert_outcome(&answer, 422, "business-rule");
	assert_body_has(&answer, "is active and cannot become draft again");
	answer = send(NET_PUT, life, definition("life", "1", "active", "Third"));
	assert_outcome(&answer, 409, "conflict");
	assert_body_has(&answer, "https://e.org/life|1");
	assert_body_has(&answer, "title");
	assert_int_equal(send(NET_PUT, life, definition("life", "2", "active", "Third")).status, 200);
	answer = send(NET_PUT, life, definition("life", "1", "active", "Third")); /* 1 was the second one's, and stays so */
	assert_outcome(&answer, 409, "conflict");
	answer = send(NET_PUT, R4("ActivityDefinition/twin"), definition("twin", "2", "draft", "Other"));
	assert_outcome(&answer, 409, "conflict");
	assert_body_has(&answer, "ActivityDefinition/life");
	assert_int_equal(send(NET_PUT, life, definition("life", "2", "retired", "Third")).status, 200);
	answer = send(NET_PUT, life, definition("life", "3", "active", "Third"));
	assert_outcome(&answer, 422, "business-rule");
	/* The other base has a life of its own. */
	assert_int_equal(send(NET_PUT, "/fhir/r5/ActivityDefinition/life", definition("life", "1", "draft", "R5")).status, 201);
}

static void tags_are_added_read_and_taken_away(void **state)
{
	static const char tag[] =
	    "{\"resourceType\":\"Parameters\",\"parameter\":[{\"name\":\"meta\",\"valueMeta\":{\"profile\":["
	    "\"https://e.org/p\"],\"tag\":[{\"system\":\"https://e.org/t\",\"code\":\"one\"}]}}]}";

	(void)state;
	send(NET_PUT, R4("ActivityDefinition/tagged"), ACTIVITY("tagged", "\"status\":\"draft\""));
	for (int i = 0; i < 2; i++) { /* adding what is there changes nothing */
		struct answer added = send(NET_POST, R4("ActivityDefinition/tagged/$meta-add"), tag);
		assert_int_equal(added.status, 200);
		assert_slice(header_of(&added, "ETag"), "W/\"2\"");
		assert_body_has(&added, "\"name\":\"return\",\"valueMeta\":{\"versionId\":\"2\"");
	}
	struct answer answer = get(R4("ActivityDefinition/tagged/$meta"));
	assert_body_has(&answer, "\"profile\":[\"https://e.org/p\"]");
	assert_body_has(&answer, "\"code\":\"one\"");
	answer = send(NET_POST, R4("ActivityDefinition/tagged/$meta-delete"), tag);
	assert_false(body_has(&answer, "\"tag\""));
	answer = send(NET_POST, R4("ActivityDefinition/tagged/$meta-add"), "{\"resourceType\":\"Parameters\"}");
	assert_outcome(&answer, 400, "required");
	answer = send(NET_POST, R4("ActivityDefinition/nobody/$meta-add"), tag);
	assert_int_equal(answer.status, 404);
	answer = get(R4("ActivityDefinition/tagged/$meta-add"));
	assert_outcome(&answer, 405, "not-supported");
	assert_slice(header_of(&answer, "Allow"), "POST, OPTIONS");
}

static void the_store_being_busy_is_told(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_ok(store_begin(gateway.writer, &err), &err);
	struct answer answer = send(NET_PUT, R4("ActivityDefinition/busy"), ACTIVITY("busy", "\"status\":\"draft\""));
	store_rollback(gateway.writer);
	assert_outcome(&answer, 503, "lock-error");
	assert_slice(header_of(&answer, "Retry-After"), "1");
	assert_int_equal(get(R4("ActivityDefinition/busy")).status, 404);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(create_gives_an_id_and_says_where),
		cmocka_unit_test(update_makes_versions_and_what_is_read_follows),
		cmocka_unit_test(the_same_again_makes_no_version),
		cmocka_unit_test(an_id_that_disagrees_is_refused),
		cmocka_unit_test(a_body_that_is_none_is_refused_with_its_place),
		cmocka_unit_test(what_breaks_a_rule_is_refused_and_nothing_is_stored),
		cmocka_unit_test(xml_goes_in_and_out),
		cmocka_unit_test(prefer_says_what_comes_back),
		cmocka_unit_test(that_something_was_left_out_is_told_in_every_answer),
		cmocka_unit_test(if_match_keeps_changes_from_being_lost),
		cmocka_unit_test(what_is_deleted_is_gone_and_can_come_back),
		cmocka_unit_test(create_if_none_exists_creates_once),
		cmocka_unit_test(a_conditional_update_updates_what_matches),
		cmocka_unit_test(a_conditional_delete_takes_one_or_as_configured_many),
		cmocka_unit_test(patches_of_both_kinds_are_applied),
		cmocka_unit_test(a_patch_that_does_not_fit_changes_nothing),
		cmocka_unit_test(a_conditional_patch_finds_its_resource),
		cmocka_unit_test(a_definition_lives_forward_only),
		cmocka_unit_test(tags_are_added_read_and_taken_away),
		cmocka_unit_test(the_store_being_busy_is_told),
	};

	return cmocka_run_group_tests_name("api write", tests, setup, gateway_close);
}
