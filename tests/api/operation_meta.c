/* SPDX-License-Identifier: Apache-2.0 */
/* $meta of a type and of the base: what is in use, for whom may look. */
#include "guarded.h"

#define SCOPE(scope)                                                                                                             \
	{                                                                                                                        \
		scope, sizeof(scope) - 1                                                                                         \
	}

static const struct slice master_scopes[] = { SCOPE("system/*.cruds") }, planner_scopes[] = { SCOPE("system/PlanDefinition.rs") },
			  reader_scopes[] = { SCOPE("system/PlanDefinition.r"), SCOPE("system/Basic.s") };
static struct access_identity identities[] = { IDENTITY("CN=master", master_scopes), IDENTITY("CN=planner", planner_scopes),
					       IDENTITY("CN=reader", reader_scopes) };
static const struct net_identity master = { .subject = SCOPE("CN=master") }, planner = { .subject = SCOPE("CN=planner") },
				 reader = { .subject = SCOPE("CN=reader") };

#define TAG(code) "{\"system\":\"http://e.org/tags\",\"code\":\"" code "\",\"display\":\"Shown " code "\"}"
#define PLAN(id, meta) "{\"resourceType\":\"PlanDefinition\",\"id\":\"" id "\",\"meta\":{" meta "},\"status\":\"draft\"}"
#define BASIC(id, meta) "{\"resourceType\":\"Basic\",\"id\":\"" id "\",\"meta\":{" meta "},\"code\":{\"text\":\"t\"}}"
#define BOTH(json) (given(FHIR_R4, SLICE(json)), given(FHIR_R5, SLICE(json)))

static int setup(void **state)
{
	gateway_open(state);
	BOTH(PLAN("a", "\"profile\":[\"http://e.org/p|1\"],\"tag\":[" TAG("WAS") "]"));
	BOTH(PLAN("a", "\"profile\":[\"http://e.org/p|1\"],\"security\":[" TAG("R") "],\"tag\":[" TAG("Both") "]"));
	BOTH(PLAN("b", "\"profile\":[\"http://e.org/p|2\",\"http://e.org/q\"],\"tag\":[" TAG("Both") "," TAG("Own") "]"));
	BOTH(BASIC("x", "\"tag\":[" TAG("Basic") "]"));
	given(FHIR_R4, SLICE(PLAN("gone", "\"tag\":[" TAG("Gone") "]")));
	given_deleted("PlanDefinition", "gone");
	guard(identities, ARRAY_SIZE(identities));
	return 0;
}

static void a_type_tells_what_its_current_resources_carry(void **state)
{
	static const char *const bases[] = { "/fhir/r4", "/fhir/r5" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bases); i++) {
		struct answer answer = ask_as(&master, arena_printf(gateway.arena, "%s/PlanDefinition/$meta", bases[i]).ptr);
		assert_int_equal(answer.status, 200);
		assert_body_has(&answer, "{\"resourceType\":\"Parameters\",\"parameter\":[{\"name\":\"return\",\"valueMeta\":{"
					 "\"profile\":[\"http://e.org/p|1\",\"http://e.org/p|2\",\"http://e.org/q\"],"
					 "\"security\":[" TAG("R") "],\"tag\":[" TAG("Both") "," TAG("Own") "]}}]}");
	}
}

static void the_base_tells_what_all_types_carry(void **state)
{
	struct answer answer = ask_as(&master, "/fhir/r4/$meta");

	(void)state;
	assert_int_equal(answer.status, 200);
	assert_body_has(&answer, "\"tag\":[" TAG("Both") "," TAG("Own") "," TAG("Basic") "]");
	answer = ask((struct asking){ .method = NET_POST, .target = "/fhir/r4/$meta", .identity = &master });
	assert_int_equal(answer.status, 200);
	assert_body_has(&answer, TAG("Basic"));
}

static void at_the_base_everybody_sees_the_types_that_they_may(void **state)
{
	struct answer answer = ask_as(&planner, "/fhir/r4/$meta");

	(void)state;
	assert_int_equal(answer.status, 200);
	assert_body_has(&answer, TAG("Both"));
	assert_false(body_has(&answer, TAG("Basic")));
	assert_int_equal(ask_as(&planner, "/fhir/r4/Basic/$meta").status, 403);
}

/** It tells of resources that the client does not name. */
static void looking_through_a_type_needs_to_read_and_search_it(void **state)
{
	struct answer answer = ask_as(&reader, "/fhir/r4/PlanDefinition/$meta");

	(void)state;
	assert_outcome(&answer, 403, "forbidden");
	assert_body_has(&answer, "It needs the scope system/PlanDefinition.rs.");
	assert_int_equal(ask_as(&reader, "/fhir/r4/PlanDefinition/a/$meta").status, 200);
	answer = ask_as(&reader, "/fhir/r4/$meta");
	assert_outcome(&answer, 403, "forbidden");
	assert_body_has(&answer, "It needs the scope system/*.rs.");
}

/** FHIR has no empty elements, and the operation returns a Meta always. */
static void where_nothing_is_in_use_that_is_said(void **state)
{
	struct answer answer = ask_as(&master, "/fhir/r4/Patient/$meta");

	(void)state;
	assert_int_equal(answer.status, 200);
	assert_body_has(&answer, "\"valueMeta\":{\"extension\":[{\"url\":\"http://hl7.org/fhir/StructureDefinition/"
				 "data-absent-reason\",\"valueCode\":\"not-applicable\"}]}");
}

static void too_many_are_not_told_in_part(void **state)
{
	struct slice tags = SLICE("");

	(void)state;
	for (size_t i = 0; i < 1000; i++)
		tags = arena_printf(gateway.arena, "%.*s{\"code\":\"t%zu\"},", SLICE_ARG(tags), i);
	given(FHIR_R4, arena_printf(gateway.arena,
				    "{\"resourceType\":\"Basic\",\"id\":\"many\",\"code\":{\"text\":\"t\"},"
				    "\"meta\":{\"tag\":[%.*s{\"code\":\"t999\"}]}}",
				    SLICE_ARG(tags)));
	struct answer answer = ask_as(&master, "/fhir/r4/Basic/$meta");
	assert_outcome(&answer, 422, "too-costly");
	assert_body_has(&answer, "More than 1000 values of _tag");
	answer = ask_as(&master, "/fhir/r4/$meta");
	assert_body_has(&answer, "[base]/Type/$meta");
	assert_int_equal(ask_as(&master, "/fhir/r4/PlanDefinition/$meta").status, 200);
	given_deleted("Basic", "x");
	assert_int_equal(ask_as(&master, "/fhir/r4/Basic/$meta").status, 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_type_tells_what_its_current_resources_carry),
		cmocka_unit_test(the_base_tells_what_all_types_carry),
		cmocka_unit_test(at_the_base_everybody_sees_the_types_that_they_may),
		cmocka_unit_test(looking_through_a_type_needs_to_read_and_search_it),
		cmocka_unit_test(where_nothing_is_in_use_that_is_said),
		cmocka_unit_test(too_many_are_not_told_in_part),
	};

	return cmocka_run_group_tests_name("operation meta", tests, setup, gateway_close);
}
