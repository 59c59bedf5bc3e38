/* SPDX-License-Identifier: Apache-2.0 */
/* $validate, $apply, $related-policies, as a client asks for them. */
#include "serving.h"

#include "api/call.h"

#define R4(rest) "/fhir/r4/" rest
#define R5(rest) "/fhir/r5/" rest
#define NARRATIVE "\"text\":{\"status\":\"generated\",\"div\":\"<div xmlns=\\\"http://www.w3.org/1999/xhtml\\\">x</div>\"}"
#define PLAN(rest) "{\"resourceType\":\"PlanDefinition\"," NARRATIVE ",\"name\":\"Plan\"," rest "}"
#define PARAMETERS(parts) "{\"resourceType\":\"Parameters\",\"parameter\":[" parts "]}"
#define PART(name, value) "{\"name\":\"" name "\"," value "}"
#define CPT "http://www.ama-assn.org/go/cpt"

static void given_policy(const char *id, const char *publisher, const char *rest)
{
	given(FHIR_R4, arena_printf(gateway.arena,
				    "{\"resourceType\":\"Library\",\"id\":\"%s\",\"publisher\":\"%s\",\"type\":{\"text\":\"t\"},"
				    "\"url\":\"http://x.test/Library/%s\",\"useContext\":[{\"code\":{\"code\":\"focus\"},"
				    "\"valueCodeableConcept\":{\"coding\":[{\"system\":\"" CPT "\",\"code\":\"10000\"}]}}],%s}",
				    id, publisher, id, rest));
}

static int setup(void **state)
{
	static const char set[] =
	    "{\"resourceType\":\"ValueSet\",\"id\":\"%s\",\"url\":\"http://x.test/%s\",\"status\":\"active\",\"compose\":"
	    "{\"include\":[{\"system\":\"" CPT "\",\"concept\":[{\"code\":\"%s\"}]}]}}";

	gateway_open(state);
	given_plan("p1", "One", "active", "10000");
	given(FHIR_R5, SLICE("{\"resourceType\":\"PlanDefinition\",\"id\":\"p5\",\"url\":\"http://x.test/p5\",\"version\":\"2\","
			     "\"status\":\"active\",\"action\":[{\"title\":\"Five\"}]}"));
	given(FHIR_R4, SLICE("{\"resourceType\":\"PlanDefinition\",\"id\":\"bare\",\"status\":\"active\"}"));
	given_policy("now", "Alder",
		     "\"status\":\"active\",\"jurisdiction\":[{\"text\":\"Ohio\"}],\"effectivePeriod\":{\"start\":\"2020-01\","
		     "\"end\":\"2030\"},\"relatedArtifact\":[{\"type\":\"composed-of\",\"resource\":\"http://x.test/g1\"},"
		     "{\"type\":\"composed-of\",\"resource\":\"http://x.test/g2\"}]");
	given_policy("everywhere", "Basalt", "\"status\":\"active\"");
	given_policy("later", "Alder", "\"status\":\"active\",\"effectivePeriod\":{\"start\":\"2090-06-01\"}");
	given_policy("old", "Alder", "\"status\":\"retired\"");
	given_policy("ended", "Cobalt", "\"status\":\"active\",\"effectivePeriod\":{\"end\":\"2019-12-31\"}");
	given(FHIR_R4, arena_printf(gateway.arena, set, "g1", "g1", "10000"));
	given(FHIR_R4, arena_printf(gateway.arena, set, "g2", "g2", "20000"));
	return 0;
}

/** A request, POST when it has a body, and the outcome that it gets. */
struct expected {
	const char *target, *body;
	unsigned status;
	const char *code;
	const char *says; /**< NULL: nothing in particular */
};

static void assert_outcomes(const struct expected *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct answer answer = send(cases[i].body ? NET_POST : NET_GET, cases[i].target, cases[i].body);
		assert_outcome(&answer, cases[i].status, cases[i].code);
		if (cases[i].says)
			assert_body_has(&answer, cases[i].says);
	}
}

/* ---- $related-policies ---- */

#define RELATED R4("PlanDefinition/p1/$related-policies")

/** The ids in the Bundle's order, policies and their groups. */
static const char *ids(struct answer answer)
{
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct slice text = SLICE("");
	struct fhir_node *bundle;
	struct issues issues;

	issues_init(&issues, gateway.arena, 4);
	if (answer.status != 200 ||
	    !fhir_json_read(gateway.arena, gateway.schemas[FHIR_R4], NULL, answer.body, &limits, &issues, &bundle))
		fail_msg("%u: %.*s", answer.status, SLICE_ARG(answer.body));
	for (const struct fhir_node *entry = fhir_node_child(bundle, SLICE("entry")); entry; entry = fhir_node_again(entry))
		text = arena_printf(gateway.arena, "%.*s%s%.*s", SLICE_ARG(text), text.len ? " " : "",
				    SLICE_ARG(fhir_node_text(fhir_node_child(entry, SLICE("resource")), SLICE("id"))));
	return text.ptr;
}

static void assert_related(const char *query, const char *expected)
{
	assert_string_equal(ids(get(arena_printf(gateway.arena, RELATED "%s", query).ptr)), expected);
}

static void policies_in_force_come_with_the_groups_that_name_the_code(void **state)
{
	struct answer answer = get(RELATED);

	(void)state;
	assert_string_equal(ids(answer), "now g1 everywhere");
	assert_body_has(&answer, "\"total\":2");
	assert_body_has(&answer, "\"search\":{\"mode\":\"include\"}");
	assert_string_equal(ids(get(R4("PlanDefinition/$related-policies?code=" CPT "|10000"))), "now g1 everywhere");
	assert_string_equal(ids(get(R4("ActivityDefinition/$related-policies?code=10000"))), "now g1 everywhere");
	assert_string_equal(ids(get(R4("PlanDefinition/$related-policies?code=urn:other|10000"))), "");
}

static void others_come_behind_when_they_are_asked_for(void **state)
{
	(void)state;
	assert_related("?include=retired&include=future", "now g1 everywhere later old ended");
	assert_string_equal(ids(send(NET_POST, RELATED, PARAMETERS(PART("include", "\"valueCode\":\"future\"")))),
			    "now g1 everywhere later");
}

static void the_date_of_service_decides_what_is_in_force(void **state)
{
	(void)state;
	assert_related("?date=2019-12-31", "everywhere ended");
	assert_related("?date=2020-01-01", "now g1 everywhere");
	assert_related("?date=2030-12-31", "now g1 everywhere");
	assert_related("?date=2090-06-01", "later everywhere");
}

static void payer_and_state_narrow_and_a_policy_without_state_is_for_all(void **state)
{
	(void)state;
	assert_related("?payer=alder", "now g1");
	assert_related("?payer=Nobody", "");
	assert_related("?state=oh", "now g1 everywhere");
	assert_related("?state=Ohio", "now g1 everywhere");
	assert_related("?state=Texas", "everywhere");
	assert_related("?line-of-business=Commercial", "now g1 everywhere");
}

static void what_cannot_be_related_is_refused(void **state)
{
	static const struct expected cases[] = {
		{ RELATED "?date=soon", NULL, 400, "value", NULL },
		{ RELATED "?include=all", NULL, 400, "code-invalid", "It takes in-force, future, retired;" },
		{ R4("PlanDefinition/$related-policies"), NULL, 400, "required", NULL },
		{ RELATED "?code=10000", NULL, 400, "invalid", NULL },
		{ R4("PlanDefinition/bare/$related-policies"), NULL, 422, "business-rule", NULL },
		{ R4("PlanDefinition/none/$related-policies"), NULL, 404, "not-found", NULL },
		{ RELATED "?payer=a&payer=b", NULL, 400, "value", NULL },
		{ R4("Library/now/$related-policies"), NULL, 404, "not-supported", NULL },
	};

	(void)state;
	assert_outcomes(cases, ARRAY_SIZE(cases));
}

/* ---- $validate ---- */

#define VALIDATE(type) R4(type "/$validate")
#define ACTIVE PLAN("\"status\":\"active\"")

static void a_good_resource_is_all_ok(void **state)
{
	static const struct expected cases[] = {
		{ VALIDATE("PlanDefinition"), ACTIVE, 200, "informational", "All OK" },
		{ R5("PlanDefinition/$validate"),
		  PARAMETERS(PART("resource", "\"resource\":" ACTIVE) "," PART("mode", "\"valueCode\":\"create\"")), 200,
		  "informational", NULL },
	};

	(void)state;
	assert_outcomes(cases, ARRAY_SIZE(cases));
}

static void what_is_wrong_is_told_with_its_place_and_answered_with_200(void **state)
{
	static const struct expected cases[] = {
		{ VALIDATE("PlanDefinition"), PLAN("\"status\":\"alive\""), 200, "code-invalid",
		  "\"expression\":[\"PlanDefinition.status\"]" },
		{ VALIDATE("Library"), ACTIVE, 200, "invalid", "the resource is a PlanDefinition, not a Library" },
	};

	(void)state;
	assert_outcomes(cases, ARRAY_SIZE(cases));
	struct answer answer = send(NET_POST, VALIDATE("PlanDefinition") "?profile=http://x.test/profile", ACTIVE);
	assert_int_equal(answer.status, 200);
	assert_body_has(&answer, "\"severity\":\"error\"");
	assert_body_has(&answer, "http://x.test/profile");
}

static void an_instance_is_validated_as_stored_or_as_it_would_be(void **state)
{
	static const struct expected cases[] = {
		{ VALIDATE("PlanDefinition/p1") "?mode=update", PLAN("\"id\":\"other\",\"status\":\"active\""), 200, "value",
		  NULL },
		{ VALIDATE("PlanDefinition/p1") "?mode=update", PLAN("\"id\":\"p1\",\"status\":\"active\""), 200, "informational",
		  NULL },
		{ VALIDATE("PlanDefinition/p1") "?mode=delete", NULL, 200, "informational", NULL },
		{ VALIDATE("PlanDefinition/none"), NULL, 404, "not-found", NULL },
	};

	(void)state;
	assert_int_equal(get(VALIDATE("PlanDefinition/p1")).status, 200);
	assert_outcomes(cases, ARRAY_SIZE(cases));
}

static void a_validation_that_makes_no_sense_is_refused(void **state)
{
	static const struct expected cases[] = {
		{ VALIDATE("PlanDefinition") "?mode=update", ACTIVE, 400, "invalid", NULL },
		{ VALIDATE("PlanDefinition") "?mode=guess", ACTIVE, 400, "code-invalid", NULL },
		{ VALIDATE("PlanDefinition"), NULL, 400, "required", NULL },
		{ VALIDATE("PlanDefinition/p1") "?mode=update", NULL, 400, "required", NULL },
		{ VALIDATE("PlanDefinition"), PARAMETERS(PART("modus", "\"valueCode\":\"create\"")), 400, "not-supported",
		  "Did you mean 'mode'?" },
		{ VALIDATE("PlanDefinition"), "{", 400, "structure", NULL },
	};

	(void)state;
	assert_outcomes(cases, ARRAY_SIZE(cases));
}

/* ---- $apply ---- */

static void a_plan_is_applied_by_id_by_url_and_as_sent(void **state)
{
	struct answer answer = get(R4("PlanDefinition/p1/$apply?subject=Patient/x&practitioner=Practitioner/d"));

	(void)state;
	assert_int_equal(answer.status, 200);
	assert_body_has(&answer, "{\"resourceType\":\"CarePlan\"");
	assert_body_has(&answer, "\"instantiatesCanonical\":[\"https://example.org/PlanDefinition/p1|1\"]");
	assert_body_has(&answer, "\"author\":{\"reference\":\"Practitioner/d\"}");
	answer = get(R5("PlanDefinition/$apply?url=http://x.test/p5&version=2&subject=Patient/x"));
	assert_int_equal(answer.status, 200);
	assert_body_has(&answer, "{\"resourceType\":\"Bundle\",\"type\":\"collection\"");
	assert_body_has(&answer, "\"title\":\"Five\"");
	answer = send(NET_POST, R4("ActivityDefinition/$apply"),
		      PARAMETERS(PART("subject", "\"valueString\":\"Patient/x\"") "," PART(
			  "setting", "\"valueCodeableConcept\":{"
				     "\"text\":\"ward\"}") "," PART("activityDefinition",
								    "\"resource\":{\"resourceType\":\"ActivityDefinition\","
								    "\"status\":\"active\",\"kind\":\"Task\","
								    "\"dynamicValue\":[{\"path\":\"description\",\"expression\":{"
								    "\"language\":\"text/fhirpath\","
								    "\"expression\":\"%setting.text\"}}]}")));
	assert_int_equal(answer.status, 200);
	assert_body_has(&answer, "{\"resourceType\":\"Task\"");
	assert_body_has(&answer, "\"description\":\"ward\"");
}

/** FHIR R5, PlanDefinition-apply: a Bundle for each subject. */
static void in_r5_a_plan_is_applied_to_several_subjects(void **state)
{
	struct answer answer = get(R5("PlanDefinition/p5/$apply?subject=Patient/x&subject=Patient/y"));
	struct slice rest = answer.body, start = SLICE("{\"name\":\"return\",\"resource\":{\"resourceType\":\"Bundle\"");
	size_t count = 0, at;

	(void)state;
	assert_int_equal(answer.status, 200);
	assert_body_has(&answer, "{\"resourceType\":\"Parameters\"");
	while ((at = slice_find(rest, start)) != SIZE_MAX) {
		rest = slice_from(rest, at + start.len);
		struct slice one = { rest.ptr, slice_find(rest, start) };
		one.len = one.len == SIZE_MAX ? rest.len : one.len;
		assert_true(slice_find(one, count ? SLICE("\"Patient/y\"") : SLICE("\"Patient/x\"")) != SIZE_MAX);
		assert_true(slice_find(one, count ? SLICE("\"Patient/x\"") : SLICE("\"Patient/y\"")) == SIZE_MAX);
		count++;
	}
	assert_int_equal(count, 2);
}

#define ACTIVITY(kind)                                                                                                           \
	PARAMETERS(PART("activityDefinition",                                                                                    \
			"\"resource\":{\"resourceType\":\"ActivityDefinition\",\"status\":\"active\",\"kind\":\"" kind "\"}"))

static void what_cannot_be_applied_is_refused(void **state)
{
	static const struct expected cases[] = {
		{ R4("PlanDefinition/p1/$apply"), NULL, 400, "required", NULL },
		{ R4("PlanDefinition/p1/$apply?subject=Patient/x&subjet=y"), NULL, 400, "not-supported", NULL },
		{ R4("PlanDefinition/$apply?subject=Patient/x"), NULL, 400, "required", NULL },
		{ R5("PlanDefinition/$apply?subject=Patient/x&url=http://x.test/none"), NULL, 404, "not-found", NULL },
		{ R5("PlanDefinition/p5/$apply?subject=Patient/x&url=http://x.test/p5"), NULL, 400, "invalid", NULL },
		{ R4("PlanDefinition/p1/$apply?subject=Patient/x&subject=Patient/y"), NULL, 422, "not-supported", NULL },
		{ R5("ActivityDefinition/$apply?subject=Patient/x&subject=Patient/y"), ACTIVITY("Task"), 422, "not-supported",
		  "one subject at a time" },
		{ R4("PlanDefinition/$apply"), ACTIVE, 400, "invalid", NULL },
		{ R4("ActivityDefinition/$apply?subject=Patient/x"), ACTIVITY("Contract"), 422, "not-supported", "Contract" },
		{ R4("ActivityDefinition/$apply?subject=Patient/x"), ACTIVITY("Claim"), 422, "required",
		  "\\\"use\\\" is missing" },
	};

	(void)state;
	assert_outcomes(cases, ARRAY_SIZE(cases));
	/* a care plan is for patients and groups */
	struct answer answer = get(R4("PlanDefinition/p1/$apply?subject=Practitioner/x"));
	assert_int_equal(answer.status, 422);
	assert_body_has(&answer, "CarePlan.subject");
}

static void every_operation_has_a_definition_that_says_where_it_is(void **state)
{
	struct arena *arena = arena_new(16u << 20);
	struct error err = { 0 };

	(void)state;
	for (size_t version = 0; version < FHIR_VERSION_COUNT; version++) {
		const struct published_base *published = &gateway.api->published[version];
		struct published_base again;
		for (size_t i = 0; api_operations[i]; i++)
			assert_non_null(published_operation(published, api_operations[i]));
		assert_ok(published_load(arena, &gateway.api->bases[version], &again, &err), &err);
		assert_true(again.count > 4);
	}
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(policies_in_force_come_with_the_groups_that_name_the_code),
		cmocka_unit_test(others_come_behind_when_they_are_asked_for),
		cmocka_unit_test(the_date_of_service_decides_what_is_in_force),
		cmocka_unit_test(payer_and_state_narrow_and_a_policy_without_state_is_for_all),
		cmocka_unit_test(what_cannot_be_related_is_refused),
		cmocka_unit_test(a_good_resource_is_all_ok),
		cmocka_unit_test(what_is_wrong_is_told_with_its_place_and_answered_with_200),
		cmocka_unit_test(an_instance_is_validated_as_stored_or_as_it_would_be),
		cmocka_unit_test(a_validation_that_makes_no_sense_is_refused),
		cmocka_unit_test(a_plan_is_applied_by_id_by_url_and_as_sent),
		cmocka_unit_test(in_r5_a_plan_is_applied_to_several_subjects),
		cmocka_unit_test(what_cannot_be_applied_is_refused),
		cmocka_unit_test(every_operation_has_a_definition_that_says_where_it_is),
	};

	return cmocka_run_group_tests_name("operations", tests, setup, gateway_close);
}
