/* SPDX-License-Identifier: Apache-2.0 */
#include "serving.h"

#include "api/query.h"

#define PLANS 25

static int setup(void **state)
{
	char id[16], title[32], code[8];

	gateway_open(state);
	for (unsigned i = 1; i <= PLANS; i++) {
		snprintf(id, sizeof(id), "p%u", i);
		snprintf(title, sizeof(title), "Repair of part %u", i);
		snprintf(code, sizeof(code), "%05u", 22500 + i);
		given_plan(id, title, i % 5 ? "active" : "draft", code);
	}
	return 0;
}

static size_t matches(const struct answer *answer)
{
	struct slice rest = answer->body, needle = SLICE("\"search\":{\"mode\":\"match\"}");
	size_t count = 0, at;

	while ((at = slice_find(rest, needle)) != SIZE_MAX) {
		rest = slice_from(rest, at + needle.len);
		count++;
	}
	return count;
}

/** The answer is a Bundle that our own reader takes. */
static void assert_bundle(const struct answer *answer, size_t expected)
{
	struct arena *arena = arena_new(16u << 20);
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct fhir_node *bundle;
	struct issues issues;

	issues_init(&issues, arena, 4);
	if (answer->status != 200)
		fail_msg("%u: %.*s", answer->status, SLICE_ARG(answer->body));
	if (!fhir_json_read(arena, gateway.schemas[FHIR_R4], NULL, answer->body, &limits, &issues, &bundle))
		fail_msg("%.*s in %.*s", SLICE_ARG(issues.first->text), SLICE_ARG(answer->body));
	assert_slice(bundle->type->name, "Bundle");
	assert_slice(fhir_node_text(bundle, SLICE("type")), "searchset");
	assert_int_equal(matches(answer), expected);
	arena_free(arena);
}

static void assert_matches(const char *target, size_t expected)
{
	struct answer answer = get(target);

	assert_bundle(&answer, expected);
}

static void clients_may_get_what_they_could_post(void **state)
{
	(void)state;
	assert_matches("/fhir/r4/PlanDefinition/_search?code=22501", 1);
	assert_matches("/fhir/r4/_search?_type=PlanDefinition&_id=p1,p2", 2);
	struct answer answer = get("/fhir/r4/PlanDefinition/_search?nmae=x");
	assert_outcome(&answer, 400, "not-supported");
}

static void each_parameter_of_the_issue_finds(void **state)
{
	(void)state;
	assert_matches("/fhir/r4/PlanDefinition?_id=p3", 1);
	assert_matches("/fhir/r4/PlanDefinition?_id=p3,p4,nobody", 2);
	assert_matches("/fhir/r4/PlanDefinition?url=https://example.org/PlanDefinition/p7", 1);
	assert_matches("/fhir/r4/PlanDefinition?url=https://example.org/PlanDefinition", 0);
	assert_matches("/fhir/r4/PlanDefinition?version=1&_id=p1", 1);
	assert_matches("/fhir/r4/PlanDefinition?version=2", 0);
	assert_matches("/fhir/r4/PlanDefinition?code=22513", 1);
	assert_matches("/fhir/r4/PlanDefinition?code=http://www.ama-assn.org/go/cpt%7C22513", 1);
	assert_matches("/fhir/r4/PlanDefinition?code=http://www.ama-assn.org/go/cpt|22513,22514", 2);
	assert_matches("/fhir/r4/PlanDefinition?code=|22513", 0);
	assert_matches("/fhir/r4/PlanDefinition?name=plan&_id=p1", 1);
	assert_matches("/fhir/r4/PlanDefinition?title=repair%20of%20part%201&_count=50", 11); /* 1 and 10 to 19 */
	assert_matches("/fhir/r4/PlanDefinition?title:contains=PART+2&_count=50", 7);         /* 2 and 20 to 25 */
	assert_matches("/fhir/r4/PlanDefinition?title:exact=Repair%20of%20part%201", 1);
	assert_matches("/fhir/r4/PlanDefinition?status=draft", 5);
	assert_matches("/fhir/r4/PlanDefinition?status=draft&status=active", 0);
	assert_matches("/fhir/r4/PlanDefinition?status:not=active", 5);
	assert_matches("/fhir/r4/Library", 0);
	assert_matches("/fhir/r4/ProcedureDefinition?code=1", 0);
}

static void words_are_searched_in_both_versions(void **state)
{
	struct answer answer;

	(void)state;
	given(FHIR_R5,
	      SLICE("{\"resourceType\":\"Library\",\"id\":\"w\",\"status\":\"draft\",\"type\":{\"text\":\"x\"},\"title\":"
		    "\"Bone graft\",\"text\":{\"status\":\"additional\",\"div\":\"<div xmlns=\\\"http://www.w3.org/1999/"
		    "xhtml\\\">From the iliac crest</div>\"}}"));
	assert_matches("/fhir/r5/Library?_text=iliac%20crest", 1);
	assert_matches("/fhir/r5/Library?_text=bone", 0);
	assert_matches("/fhir/r5/Library?_content=bone%20iliac", 1);
	assert_matches("/fhir/r5?_type=Library,PlanDefinition&_content=%22bone%20graft%22", 1);
	assert_matches("/fhir/r4/PlanDefinition?_content=repair%20OR%20graft&_count=50", PLANS);
	assert_matches("/fhir/r4/PlanDefinition?_content=repair&status=draft", 5);
	assert_matches("/fhir/r4/PlanDefinition?_filter=_content%20co%20repair%20and%20status%20eq%20draft", 5);
	answer = get("/fhir/r4/PlanDefinition?_content=repair&__explain=true");
	assert_body_has(&answer, "starts from: _content, an index of which 25 rows match");
	answer = get("/fhir/r4/PlanDefinition?_content:not=repair");
	assert_outcome(&answer, 400, "not-supported");
	answer = get("/fhir/r4/PlanDefinition?_content=(repair");
	assert_outcome(&answer, 400, "value");
	answer = get("/fhir/r4/PlanDefinition?_sort=_content");
	assert_outcome(&answer, 400, "not-supported");
	answer = get("/fhir/r4/Bundle?_text=x");
	assert_outcome(&answer, 400, "not-supported");
}

static void an_entry_is_the_stored_resource(void **state)
{
	struct answer bundle = get("/fhir/r4/PlanDefinition?_id=p3"), read = get("/fhir/r4/PlanDefinition/p3");

	(void)state;
	assert_true(slice_find(bundle.body, read.body) != SIZE_MAX);
	assert_body_has(&bundle, "\"fullUrl\":\"https://gateway.test:8443/fhir/r4/PlanDefinition/p3\"");
	assert_body_has(&bundle, "\"total\":1,");
	assert_slice(link_of(&bundle, "self"), "https://gateway.test:8443/fhir/r4/PlanDefinition?_id=p3&_count=20");
	assert_null(link_of(&bundle, "next").ptr);
}

static void an_empty_bundle_has_no_entry_array(void **state)
{
	struct answer answer = get("/fhir/r4/PlanDefinition?_id=nobody");

	(void)state;
	assert_bundle(&answer, 0);
	assert_body_has(&answer, "\"total\":0,");
	assert_int_equal(slice_find(answer.body, SLICE("\"entry\"")), SIZE_MAX);
}

/** Walks all pages; `between` runs after each. Notes how often each of p1 … p25 came. */
static size_t walk(const char *target, unsigned *seen, void (*between)(size_t page))
{
	struct slice next = SLICE_NONE;
	size_t pages = 0;

	do {
		struct answer answer = get(next.ptr ? target_of(next) : target);
		assert_int_equal(answer.status, 200);
		for (unsigned i = 1; i <= PLANS; i++) {
			char url[96];
			snprintf(url, sizeof(url), "\"fullUrl\":\"https://gateway.test:8443/fhir/r4/PlanDefinition/p%u\"", i);
			seen[i] += body_has(&answer, url);
		}
		next = link_of(&answer, "next");
		if (between)
			between(pages);
		assert_true(++pages < 100);
	} while (next.ptr);
	return pages;
}

static void pages_add_up_to_the_whole(void **state)
{
	unsigned seen[PLANS + 1] = { 0 };

	(void)state;
	assert_int_equal(walk("/fhir/r4/PlanDefinition?_count=4&version=1", seen, NULL), 7);
	for (unsigned i = 1; i <= PLANS; i++)
		assert_int_equal(seen[i], 1);
}

static void write_between(size_t page)
{
	char id[32];

	snprintf(id, sizeof(id), "new-%zu", page);
	given_plan(id, "New", "active", "1");
	given_plan("p2", page % 2 ? "Changed" : "Changed back", "active", "22502");
	given_plan("p24", page % 2 ? "Changed" : "Changed back", "active", "22524");
	if (page == 0)
		given_deleted("PlanDefinition", "p25");
}

static void others_writing_make_no_page_lose_or_repeat(void **state)
{
	unsigned seen[PLANS + 1] = { 0 };

	(void)state;
	walk("/fhir/r4/PlanDefinition?_count=3&url:below=https://example.org/PlanDefinition", seen, write_between);
	/* All pages are of the moment of the first: also p25, deleted since, is on the last. */
	for (unsigned i = 1; i <= PLANS; i++)
		assert_int_equal(seen[i], 1);
	assert_matches("/fhir/r4/PlanDefinition?_id=p25", 0);
	given_plan("p25", "Repair of part 25", "draft", "22525");
}

static void a_cursor_holds_for_its_own_search_only(void **state)
{
	struct answer page = get("/fhir/r4/PlanDefinition?_count=3&status=active");
	const char *next = target_of(link_of(&page, "next"));
	struct slice cursor = slice_from(slice_of(next), slice_find(slice_of(next), SLICE("_cursor=")));
	const char *forged[] = {
		arena_printf(gateway.arena, "/fhir/r4/PlanDefinition?_count=3&status=draft&%.*s", SLICE_ARG(cursor)).ptr,
		arena_printf(gateway.arena, "/fhir/r4/Library?_count=3&status=active&%.*s", SLICE_ARG(cursor)).ptr,
		arena_printf(gateway.arena, "/fhir/r5/PlanDefinition?_count=3&status=active&%.*s", SLICE_ARG(cursor)).ptr,
		"/fhir/r4/PlanDefinition?_count=3&status=active&_cursor=",
		"/fhir/r4/PlanDefinition?_count=3&status=active&_cursor=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"/fhir/r4/PlanDefinition?_count=3&status=active&_cursor=%00",
	};

	(void)state;
	assert_int_equal(get(next).status, 200);
	for (size_t i = 0; i < ARRAY_SIZE(forged); i++)
		assert_int_equal(get(forged[i]).status, 400);
	for (size_t i = 8; i < cursor.len; i++) {
		char *tampered = arena_cstr(gateway.arena, slice_of(next));
		size_t at = slice_of(next).len - cursor.len + i;
		tampered[at] = tampered[at] == 'A' ? 'B' : 'A';
		struct answer answer = get(tampered);
		assert_outcome(&answer, 400, "value");
	}
}

static void a_cursor_outlives_the_process(void **state)
{
	struct answer page = get("/fhir/r4/PlanDefinition?_count=3");
	struct slice next = link_of(&page, "next");

	(void)state;
	api_free(gateway.api);
	gateway_api_open();
	assert_int_equal(get(target_of(next)).status, 200);
}

static void counting_answers_without_entries(void **state)
{
	static const char *const targets[] = { "/fhir/r4/PlanDefinition?status=draft&_summary=count",
					       "/fhir/r4/PlanDefinition?status=draft&_count=0" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		struct answer answer = get(targets[i]);
		assert_bundle(&answer, 0);
		assert_body_has(&answer, "\"total\":5,");
		assert_null(link_of(&answer, "next").ptr);
	}
	struct answer answer = get("/fhir/r4/PlanDefinition?status=draft&_count=2&_total=accurate");
	assert_bundle(&answer, 2);
	assert_body_has(&answer, "\"total\":5,");
	answer = get("/fhir/r4/PlanDefinition?status=draft&_count=2");
	assert_int_equal(slice_find(answer.body, SLICE("\"total\"")), SIZE_MAX);
}

static void a_large_count_is_cut_to_the_limit_and_says_so(void **state)
{
	struct answer answer = get("/fhir/r4/PlanDefinition?_count=2000000000");

	(void)state;
	assert_slice(link_of(&answer, "self"), "https://gateway.test:8443/fhir/r4/PlanDefinition?_count=1000");
}

static void an_unknown_parameter_names_what_there_is(void **state)
{
	struct answer answer = get("/fhir/r4/PlanDefinition?titel=x");

	(void)state;
	assert_outcome(&answer, 400, "not-supported");
	assert_body_has(&answer, "'titel'");
	assert_body_has(&answer, "Did you mean 'title'?");
	assert_body_has(&answer, "_lastUpdated");
	assert_body_has(&answer, "_count");
}

static void at_the_base_an_unknown_parameter_is_not_one_of_all_types(void **state)
{
	struct answer answer = get("/fhir/r4?title=x");

	(void)state;
	assert_outcome(&answer, 400, "not-supported");
	assert_body_has(&answer, "no search parameter 'title' of all types");
	assert_body_has(&answer, "name it by _type");
	answer = get("/fhir/r4?_type=PlanDefinition&title=x");
	assert_int_equal(answer.status, 200);
}

static void known_but_unsupported_parameters_are_told_apart(void **state)
{
	static const char *const targets[] = { "_score=true", "_query=x", "_containedType=contained", "_contained:x=1" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		struct answer answer = get(arena_printf(gateway.arena, "/fhir/r4/PlanDefinition?%s", targets[i]).ptr);
		assert_outcome(&answer, 400, "not-supported");
	}
}

static void an_unknown_modifier_names_what_there_is(void **state)
{
	struct answer answer = get("/fhir/r4/PlanDefinition?title:exac=x");

	(void)state;
	assert_outcome(&answer, 400, "not-supported");
	assert_body_has(&answer, "Did you mean ':exact'?");
	answer = get("/fhir/r4/PlanDefinition?code:=x");
	assert_outcome(&answer, 400, "not-supported");
	answer = get("/fhir/r4/PlanDefinition?_count:exact=3");
	assert_outcome(&answer, 400, "not-supported");
}

static void everything_wrong_is_told_at_once(void **state)
{
	struct answer answer = get("/fhir/r4/PlanDefinition?titel=x&_count=many&status=active&code:exact=1&title=");

	(void)state;
	assert_outcome(&answer, 400, "not-supported");
	assert_body_has(&answer, "'titel'");
	assert_body_has(&answer, "'many'");
	assert_body_has(&answer, ":exact");
	assert_body_has(&answer, "title has no value");
}

static void lenient_handling_ignores_and_says_so(void **state)
{
	struct answer answer =
	    get_with("/fhir/r4/PlanDefinition?titel=x&status=draft&title:soundex=a&_query=x", "Prefer", "handling=lenient");

	(void)state;
	assert_bundle(&answer, 5);
	assert_body_has(&answer, "\"search\":{\"mode\":\"outcome\"}");
	assert_body_has(&answer, "\"severity\":\"warning\"");
	assert_body_has(&answer, "'titel'");
	assert_body_has(&answer, "soundex");
	assert_body_has(&answer, "'_query'");
	assert_slice(link_of(&answer, "self"), "https://gateway.test:8443/fhir/r4/PlanDefinition?status=draft&_count=20");
	answer = get_with("/fhir/r4/PlanDefinition?_count=x", "Prefer", "handling=lenient");
	assert_outcome(&answer, 400, "value");
}

static void wrong_values_are_refused(void **state)
{
	static const char *const targets[] = { "_count=-1",
					       "_count=",
					       "_count=1&_count=2",
					       "_total=some",
					       "_summary=maybe",
					       "_pretty=1",
					       "_lastUpdated=yesterday",
					       "date=2020-13-45",
					       "status:missing=perhaps" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		struct answer answer = get(arena_printf(gateway.arena, "/fhir/r4/PlanDefinition?%s", targets[i]).ptr);
		assert_outcome(&answer, 400, "value");
	}
}

static void hostile_queries_are_refused(void **state)
{
	struct buf buf;

	(void)state;
	assert_int_equal(get("/fhir/r4/PlanDefinition?title=%").status, 400);
	assert_int_equal(get("/fhir/r4/PlanDefinition?title=%zz").status, 400);
	assert_int_equal(get("/fhir/r4/PlanDefinition?title=a%00b").status, 400);
	assert_int_equal(get("/fhir/r4/PlanDefinition?title=%ff").status, 400);
	assert_int_equal(get("/fhir/r4/PlanDefinition?=x").status, 400);
	buf_init(&buf, 1u << 20);
	buf_append(&buf, SLICE("/fhir/r4/PlanDefinition?"));
	for (int i = 0; i < 10000; i++)
		buf_append(&buf, SLICE("title=a&"));
	buf_append_char(&buf, '\0');
	struct answer answer = get(buf.ptr);
	assert_outcome(&answer, 400, "too-costly");
	buf_reset(&buf);
	buf_append(&buf, SLICE("/fhir/r4/PlanDefinition?title="));
	for (int i = 0; i < 10000; i++)
		buf_append(&buf, SLICE("a,"));
	buf_append_char(&buf, '\0');
	answer = get(buf.ptr);
	assert_outcome(&answer, 400, "too-costly");
	buf_reset(&buf);
	buf_append(&buf, SLICE("/fhir/r4/PlanDefinition?title="));
	for (int i = 0; i < 100000; i++)
		buf_append_char(&buf, 'a');
	buf_append_char(&buf, '\0');
	answer = get(buf.ptr);
	assert_true(answer.status == 200 || answer.status == 400);
	buf_free(&buf);
}

/** What a value says never leaves its place in a link or a Bundle. */
static void values_are_escaped_in_links(void **state)
{
	struct answer answer = get("/fhir/r4/PlanDefinition?title=%22%7D%26_count%3D7%23%0A%3Cx%3E");

	(void)state;
	assert_bundle(&answer, 0);
	assert_slice(link_of(&answer, "self"),
		     "https://gateway.test:8443/fhir/r4/PlanDefinition?title=%22%7D%26_count%3D7%23%0A%3Cx%3E&_count=20");
}

/** Ten resources of 300 kB under a limit of 1 MiB: three a page, though ten were asked for; one beyond the limit has a page to
 * itself. */
static void what_does_not_fit_goes_to_the_next_page(void **state)
{
	size_t length = 300000, met = 0, pages = 0;
	char *title = arena_alloc(gateway.arena, 4 * length + 1), id[16];
	struct slice next = SLICE_NONE;

	(void)state;
	memset(title, 'x', length);
	for (unsigned i = 0; i < 10; i++) {
		snprintf(id, sizeof(id), "large-%u", i);
		given_plan(id, title, "retired", "1");
	}
	memset(title, 'x', 4 * length);
	given_plan("larger", title, "retired", "1");
	api_free(gateway.api);
	gateway.options.max_bundle_bytes = 1u << 20;
	gateway_api_open();
	do {
		struct answer answer = get(next.ptr ? target_of(next) : "/fhir/r4/PlanDefinition?status=retired&_count=20");
		assert_int_equal(answer.status, 200);
		assert_true(matches(&answer) > 0);
		assert_true(matches(&answer) <= 3);
		met += matches(&answer);
		pages++;
		next = link_of(&answer, "next");
	} while (next.ptr);
	assert_int_equal(met, 11);
	assert_int_equal(pages, 5);
	assert_int_equal(get("/fhir/r4/PlanDefinition/larger").status, 200);
}

/* ---- chains, order, inclusion ---- */

static void given_family(void)
{
	static const char *const family[] = {
		"{\"resourceType\":\"Organization\",\"id\":\"head\",\"name\":\"Head\"}",
		"{\"resourceType\":\"Organization\",\"id\":\"branch\",\"name\":\"Branch\",\"partOf\":{\"reference\":"
		"\"Organization/head\"}}",
		"{\"resourceType\":\"Organization\",\"id\":\"desk\",\"name\":\"Desk\",\"partOf\":{\"reference\":"
		"\"Organization/branch\"}}",
		"{\"resourceType\":\"Library\",\"id\":\"policy\",\"url\":\"http://payer.example/Library/policy\",\"status\":"
		"\"active\",\"type\":{\"text\":\"x\"}}",
		"{\"resourceType\":\"PlanDefinition\",\"id\":\"ruled\",\"title\":\"Ruled\",\"status\":\"unknown\",\"library\":["
		"\"http://payer.example/Library/policy\"]}",
		"{\"resourceType\":\"List\",\"id\":\"few\",\"status\":\"current\",\"mode\":\"working\",\"entry\":[{\"item\":{"
		"\"reference\":\"PlanDefinition/p1\"}},{\"item\":{\"reference\":\"PlanDefinition/p3\"}}]}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(family); i++)
		given(FHIR_R4, slice_of(family[i]));
}

/** The ids of the matches, then of what is included, in their order. */
static const char *ids_in(const struct answer *answer)
{
	struct slice rest = answer->body, start = SLICE("\"fullUrl\":\"https://gateway.test:8443/fhir/r4/");
	struct buf ids;
	size_t at;

	if (answer->status != 200)
		fail_msg("%u: %.*s", answer->status, SLICE_ARG(answer->body));
	buf_init(&ids, 4096);
	while ((at = slice_find(rest, start)) != SIZE_MAX) {
		rest = slice_from(rest, at + start.len);
		struct slice id = rest;
		id = slice_cut(&id, '"');
		slice_cut(&id, '/');
		size_t mode = slice_find(rest, SLICE("\"search\":{\"mode\":\""));
		bool is_match = slice_starts(slice_from(rest, mode + 18), SLICE("match"));
		buf_printf(&ids, "%s%s%.*s", ids.len ? " " : "", is_match ? "" : "+", SLICE_ARG(id));
	}
	const char *out = arena_cstr(gateway.arena, buf_slice(&ids));
	buf_free(&ids);
	return out;
}

static void assert_ids(const char *target, const char *expected)
{
	struct answer answer = get(target);

	if (strcmp(ids_in(&answer), expected) != 0)
		fail_msg("%s: '%s' instead of '%s'", target, ids_in(&answer), expected);
}

static void assert_refused(const char *target, const char *code)
{
	struct answer answer = get(target);

	assert_outcome(&answer, 400, code);
}

static void chains_lead_to_other_resources(void **state)
{
	(void)state;
	given_family();
	assert_ids("/fhir/r4/Organization?partof.name=head", "branch");
	assert_ids("/fhir/r4/Organization?partof:Organization.name:exact=Head", "branch");
	assert_ids("/fhir/r4/Organization?partof.partof.name=head", "desk");
	assert_ids("/fhir/r4/Organization?partof.partof=head", "desk");
	assert_ids("/fhir/r4/PlanDefinition?depends-on.status=active", "ruled");
	assert_ids("/fhir/r4/PlanDefinition?depends-on:Library.url=http://payer.example/Library/policy", "ruled");
	assert_ids("/fhir/r4/Organization?_has:Organization:partof:name=desk", "branch");
	assert_ids("/fhir/r4/Organization?_has:Organization:partof:_has:Organization:partof:_id=desk", "head");
	assert_ids("/fhir/r4/Organization?partof._has:Organization:partof:_id=branch", "branch");
	assert_ids("/fhir/r4/Library?_has:PlanDefinition:depends-on:title=ruled", "policy");
	assert_ids("/fhir/r4/PlanDefinition?_list=few", "p1 p3");
	assert_ids("/fhir/r4/Organization?partof=https://gateway.test:8443/fhir/r4/Organization/head", "branch");
	assert_ids("/fhir/r4/Organization?partof:below=Organization/head", "branch desk");
	assert_ids("/fhir/r4/Organization?partof:above=Organization/branch", "branch desk");
	assert_refused("/fhir/r4/Organization?name.partof=x", "not-supported");
	assert_refused("/fhir/r4/Organization?partof.nonsense=x", "not-supported");
	assert_refused("/fhir/r4/Organization?partof:Patient.name=x", "not-supported");
	assert_refused("/fhir/r4/Organization?_has:Organization:name:name=x", "not-supported");
	assert_refused("/fhir/r4/Organization?_has:Organization:partof=x", "value");
	assert_refused("/fhir/r4/Organization?_has:Nonsense:a:b=x", "value");
	assert_refused("/fhir/r4/PlanDefinition?_list=$current-problems", "not-supported");
	assert_refused("/fhir/r4/Organization?partof.partof.partof.partof.partof.partof.partof.name=x", "too-costly");
}

static void composites_are_split_at_the_dollar(void **state)
{
	(void)state;
	given(FHIR_R4,
	      SLICE("{\"resourceType\":\"PlanDefinition\",\"id\":\"aged\",\"status\":\"unknown\",\"useContext\":[{\"code\":{"
		    "\"system\":\"http://u\",\"code\":\"age\"},\"valueQuantity\":{\"value\":65,\"code\":\"a\"}}]}"));
	assert_ids("/fhir/r4/PlanDefinition?context-type-quantity=http://u%7Cage$65", "aged");
	assert_ids("/fhir/r4/PlanDefinition?context-type-quantity=age$ge60%7C%7Ca,age$1", "aged");
	assert_ids("/fhir/r4/PlanDefinition?context-type-quantity=age$64", "");
	assert_ids("/fhir/r4/PlanDefinition?context-type-quantity=weight$65", "");
	assert_refused("/fhir/r4/PlanDefinition?context-type-quantity=age", "value");
	assert_refused("/fhir/r4/PlanDefinition?context-type-quantity=age$1$2", "value");
	assert_refused("/fhir/r4/PlanDefinition?context-type-quantity=age%5C$65", "value");
}

static void sorting_follows_the_keys(void **state)
{
	(void)state;
	assert_ids("/fhir/r4/Organization?_sort=name", "branch desk head");
	assert_ids("/fhir/r4/Organization?_sort=-name", "head desk branch");
	assert_ids("/fhir/r4/Organization?_sort=partof,-_id", "desk branch head");
	assert_refused("/fhir/r4/Organization?_sort=nonsense", "not-supported");
	assert_refused("/fhir/r4/Organization?_sort=name&_sort=_id", "value");
	assert_refused("/fhir/r4/Organization?_sort=", "value");
	assert_refused("/fhir/r4/Organization?_sort=name,name,name,name,name,name,name,name,name", "too-costly");
}

static void pages_lead_forth_and_back(void **state)
{
	struct answer first = get("/fhir/r4/Organization?_sort=-name&_count=1");
	struct answer second = get(target_of(link_of(&first, "next")));
	struct answer back = get(target_of(link_of(&second, "previous")));
	struct answer last = get(target_of(link_of(&first, "last")));

	(void)state;
	assert_string_equal(ids_in(&first), "head");
	assert_null(link_of(&first, "previous").ptr);
	assert_string_equal(ids_in(&second), "desk");
	assert_string_equal(ids_in(&back), "head");
	assert_null(link_of(&back, "previous").ptr);
	assert_string_equal(ids_in(&last), "branch");
	assert_null(link_of(&last, "next").ptr);
	assert_non_null(link_of(&back, "next").ptr);
	/* A cursor is bound to the order it was made in. */
	struct slice cursor = link_of(&first, "next");
	cursor = slice_from(cursor, slice_find(cursor, SLICE("_cursor=")));
	assert_refused(arena_printf(gateway.arena, "/fhir/r4/Organization?_sort=name&_count=1&%.*s", SLICE_ARG(cursor)).ptr,
		       "value");
}

static void inclusion_brings_each_resource_once(void **state)
{
	(void)state;
	assert_ids("/fhir/r4/Organization?_id=desk&_include=Organization:partof", "desk +branch");
	assert_ids("/fhir/r4/Organization?_id=desk&_include:iterate=Organization:partof", "desk +branch +head");
	assert_ids("/fhir/r4/Organization?_id=desk,branch&_include=Organization:partof", "branch desk +head");
	assert_ids("/fhir/r4/Organization?_id=desk&_include=Organization:partof:Organization", "desk +branch");
	assert_ids("/fhir/r4/Organization?_id=desk&_include=Organization:partof:Library", "desk");
	assert_ids("/fhir/r4/Organization?_id=head&_revinclude=Organization:partof", "head +branch");
	assert_ids("/fhir/r4/Organization?_id=head&_revinclude:iterate=Organization:partof", "head +branch +desk");
	assert_ids("/fhir/r4/PlanDefinition?_id=ruled&_include=PlanDefinition:depends-on", "ruled +policy");
	assert_ids("/fhir/r4/PlanDefinition?_id=ruled&_include=*", "ruled +policy");
	assert_ids("/fhir/r4/PlanDefinition?_id=ruled&_include=PlanDefinition:*", "ruled +policy");
	assert_ids("/fhir/r4/Library?_id=policy&_revinclude=*", "policy +ruled");
	assert_ids("/fhir/r4/Library?_id=policy&_revinclude=PlanDefinition:depends-on&_revinclude=PlanDefinition:*",
		   "policy +ruled");
	assert_refused("/fhir/r4/Organization?_include=Organization", "value");
	assert_refused("/fhir/r4/Organization?_include=Nonsense:x", "value");
	assert_refused("/fhir/r4/Organization?_include=Organization:name", "not-supported");
	assert_refused("/fhir/r4/Organization?_include=Organization:nonsense", "not-supported");
	assert_refused("/fhir/r4/Organization?_include:exact=Organization:partof", "not-supported");
}

static void inclusion_that_is_cut_says_so(void **state)
{
	(void)state;
	api_free(gateway.api);
	gateway.options.max_included = 1;
	gateway_api_open();
	struct answer answer = get("/fhir/r4/Organization?_id=desk&_include:iterate=Organization:partof");
	assert_string_equal(ids_in(&answer), "desk +branch");
	assert_body_has(&answer, "\"code\":\"incomplete\"");
	api_free(gateway.api);
	gateway.options.max_included = 1000;
	gateway_api_open();
}

static void expressions_join_comparisons(void **state)
{
	(void)state;
	assert_ids("/fhir/r4/Organization?_filter=name%20eq%20%22Head%22", "head");
	assert_ids("/fhir/r4/Organization?_filter=name%20co%20%22es%22", "desk");
	assert_ids("/fhir/r4/Organization?_filter=name%20sw%20%22b%22%20or%20name%20sw%20%22d%22", "branch desk");
	assert_ids("/fhir/r4/Organization?_filter=name%20sw%20b%20or%20name%20sw%20d%20and%20_id%20eq%20head", "branch");
	assert_ids("/fhir/r4/Organization?_filter=(name%20sw%20b%20or%20name%20sw%20d)%20and%20not(_id%20eq%20desk)", "branch");
	assert_ids("/fhir/r4/Organization?_filter=_id%20ne%20desk", "head branch");
	assert_ids("/fhir/r4/Organization?_filter=partof%20pr%20false", "head");
	assert_ids("/fhir/r4/Organization?_filter=partof%20pr%20true", "branch desk");
	assert_ids("/fhir/r4/Organization?_filter=partof%20re%20Organization/head", "branch");
	assert_ids("/fhir/r4/Organization?_filter=partof.name%20eq%20Head", "branch");
	assert_ids("/fhir/r4/Organization?_filter=_lastUpdated%20gt%202020-01-01%20and%20name%20eq%20Desk", "desk");
	assert_ids("/fhir/r4/Organization?_filter=name%20eq%20%22a,b%22", "");
	assert_refused("/fhir/r4/Organization?_filter=", "value");
	assert_refused("/fhir/r4/Organization?_filter=name", "value");
	assert_refused("/fhir/r4/Organization?_filter=name%20eq", "value");
	assert_refused("/fhir/r4/Organization?_filter=name%20eq%20%22open", "value");
	assert_refused("/fhir/r4/Organization?_filter=(name%20eq%20x", "value");
	assert_refused("/fhir/r4/Organization?_filter=name%20eq%20x)", "value");
	assert_refused("/fhir/r4/Organization?_filter=name%20eq%20x%20or", "value");
	assert_refused("/fhir/r4/Organization?_filter=name%20zz%20x", "not-supported");
	assert_refused("/fhir/r4/Organization?_filter=name%20gt%20x", "not-supported");
	assert_refused("/fhir/r4/Organization?_filter=nonsense%20eq%20x", "not-supported");
}

static void the_base_searches_all_types(void **state)
{
	(void)state;
	assert_ids("/fhir/r4?_id=head,policy,p1", "p1 head policy");
	assert_ids("/fhir/r4?_type=Organization,Library&_id=head,policy,p1", "head policy");
	assert_ids("/fhir/r4?_type=Organization&name=head", "head");
	assert_ids("/fhir/r4?_type=Library,PlanDefinition&status=unknown,active&url:missing=true", "ruled aged");
	assert_ids("/fhir/r4?_type=Library,PlanDefinition&status:not=active,draft,retired", "ruled aged");
	assert_refused("/fhir/r4?name=head", "not-supported");
	assert_refused("/fhir/r4?_type=Nonsense", "not-supported");
	assert_refused("/fhir/r4/Library?_type=Library", "not-supported");
	struct answer answer = get("/fhir/r4?_type=Organization&_count=1");
	answer = get(target_of(link_of(&answer, "next")));
	assert_string_equal(ids_in(&answer), "branch");
}

static void a_plan_is_told_on_request(void **state)
{
	struct answer answer = get("/fhir/r4/Organization?name=head&__explain=true");

	(void)state;
	assert_string_equal(slice_find(answer.body, SLICE("starts from: name")) == SIZE_MAX ? "no" : "yes", "yes");
	assert_body_has(&answer, "\"search\":{\"mode\":\"outcome\"}");
	assert_body_has(&answer, "\"severity\":\"information\"");
	answer = get("/fhir/r4/Organization?name=head");
	assert_int_equal(slice_find(answer.body, SLICE("starts from")), SIZE_MAX);
}

static struct answer post(const char *target, const char *type, const char *body)
{
	return ask((struct asking){
	    .method = NET_POST, .target = target, .headers = { { SLICE("Content-Type"), slice_of(type) } }, .body = body });
}

static void a_form_searches_as_a_query_does(void **state)
{
	const char *form = "application/x-www-form-urlencoded";
	struct answer answer = post("/fhir/r4/Organization/_search", form, "name=head");

	(void)state;
	assert_string_equal(ids_in(&answer), "head");
	answer = post("/fhir/r4/Organization/_search?_sort=-name", "application/x-www-form-urlencoded; charset=utf-8",
		      "_id=head%2Cdesk");
	assert_string_equal(ids_in(&answer), "head desk");
	answer = post("/fhir/r4/Organization/_search?name=head", form, "_id=desk");
	assert_string_equal(ids_in(&answer), "");
	answer = post("/fhir/r4/_search", form, "_type=Organization&_id=desk");
	assert_string_equal(ids_in(&answer), "desk");
	answer = post("/fhir/r4/Organization/_search", "application/json", "{}");
	assert_outcome(&answer, 415, "not-supported");
	answer = post("/fhir/r4/Organization/_search", form, "nonsense=1");
	assert_outcome(&answer, 400, "not-supported");
}

static void a_configured_base_url_stands_in_links(void **state)
{
	(void)state;
	api_free(gateway.api);
	gateway.options.base_url = SLICE("https://public.example/");
	gateway_api_open();
	struct answer answer = get("/fhir/r4/PlanDefinition?_id=p3");
	assert_slice(link_of(&answer, "self"), "https://public.example/fhir/r4/PlanDefinition?_id=p3&_count=20");
	api_free(gateway.api);
	gateway.options.base_url = SLICE_NONE;
	gateway_api_open();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clients_may_get_what_they_could_post),
		cmocka_unit_test(each_parameter_of_the_issue_finds),
		cmocka_unit_test(words_are_searched_in_both_versions),
		cmocka_unit_test(an_entry_is_the_stored_resource),
		cmocka_unit_test(an_empty_bundle_has_no_entry_array),
		cmocka_unit_test(pages_add_up_to_the_whole),
		cmocka_unit_test(counting_answers_without_entries),
		cmocka_unit_test(others_writing_make_no_page_lose_or_repeat),
		cmocka_unit_test(a_cursor_holds_for_its_own_search_only),
		cmocka_unit_test(a_cursor_outlives_the_process),
		cmocka_unit_test(a_large_count_is_cut_to_the_limit_and_says_so),
		cmocka_unit_test(an_unknown_parameter_names_what_there_is),
		cmocka_unit_test(at_the_base_an_unknown_parameter_is_not_one_of_all_types),
		cmocka_unit_test(known_but_unsupported_parameters_are_told_apart),
		cmocka_unit_test(an_unknown_modifier_names_what_there_is),
		cmocka_unit_test(everything_wrong_is_told_at_once),
		cmocka_unit_test(lenient_handling_ignores_and_says_so),
		cmocka_unit_test(wrong_values_are_refused),
		cmocka_unit_test(hostile_queries_are_refused),
		cmocka_unit_test(values_are_escaped_in_links),
		cmocka_unit_test(what_does_not_fit_goes_to_the_next_page),
		cmocka_unit_test(chains_lead_to_other_resources),
		cmocka_unit_test(composites_are_split_at_the_dollar),
		cmocka_unit_test(sorting_follows_the_keys),
		cmocka_unit_test(pages_lead_forth_and_back),
		cmocka_unit_test(inclusion_brings_each_resource_once),
		cmocka_unit_test(inclusion_that_is_cut_says_so),
		cmocka_unit_test(expressions_join_comparisons),
		cmocka_unit_test(the_base_searches_all_types),
		cmocka_unit_test(a_plan_is_told_on_request),
		cmocka_unit_test(a_form_searches_as_a_query_does),
		cmocka_unit_test(a_configured_base_url_stands_in_links),
	};

	return cmocka_run_group_tests_name("api search", tests, setup, gateway_close);
}
