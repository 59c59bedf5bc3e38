/* SPDX-License-Identifier: Apache-2.0 */
/* PlanDefinition/$apply. */
#include "apply_testing.h"

#define PLAN(rest)                                                                                                               \
	"{\"resourceType\":\"PlanDefinition\",\"url\":\"http://x.test/p\",\"version\":\"1\",\"status\":\"active\"," rest "}"
#define CONDITION(language, text)                                                                                                \
	"\"condition\":[{\"kind\":\"applicability\",\"expression\":{\"language\":\"" language "\",\"expression\":\"" text "\"}}" \
	"]"

static const char activity[] = "{\"resourceType\":\"ActivityDefinition\",\"url\":\"http://x.test/a\",\"status\":\"active\","
			       "\"kind\":\"ServiceRequest\",\"code\":{\"text\":\"Scan\"}}";

/** The group of actions. */
static const char *group(enum fhir_version version, const struct fhir_node *made, const char *rest)
{
	const char *where = version == FHIR_R4 ? "CarePlan.contained.ofType(RequestGroup)" : "Bundle.entry[0].resource";

	return at(version, made, arena_printf(arena, "%s.%s", where, rest).ptr);
}

/** The resource that the `action` points to, through the result. */
static const char *behind(enum fhir_version version, const struct fhir_node *made, const char *action, const char *rest)
{
	const char *reference = group(version, made, arena_printf(arena, "%s.resource.reference", action).ptr);

	if (version == FHIR_R4)
		return at(version, made, arena_printf(arena, "contained.where('#' & id = '%s').%s", reference, rest).ptr);
	return at(version, made, arena_printf(arena, "entry.where(fullUrl = '%s').resource.%s", reference, rest).ptr);
}

static int begin_plan(void **state)
{
	memset(held, 0, sizeof(held));
	held[0] = activity;
	return begin_test(state);
}

static void r4_makes_a_care_plan_that_contains_a_request_group(void **state)
{
	struct fhir_node *made = applied(FHIR_R4, PLAN("\"title\":\"Care\",\"action\":[{\"title\":\"One\"}]"));

	(void)state;
	assert_string_equal(at(FHIR_R4, made, "CarePlan.status & ' ' & intent & ' ' & title"), "draft proposal Care");
	assert_string_equal(at(FHIR_R4, made, "instantiatesCanonical"), "http://x.test/p|1");
	assert_string_equal(at(FHIR_R4, made, "subject.reference"), "Patient/p1");
	assert_string_equal(at(FHIR_R4, made, "'#' & contained.ofType(RequestGroup).id = activity.reference.reference"), "true");
	assert_string_equal(group(FHIR_R4, made, "action.title"), "One");
}

static void r5_makes_a_bundle_that_begins_with_a_request_orchestration(void **state)
{
	struct fhir_node *made = applied(FHIR_R5, PLAN("\"title\":\"Care\",\"action\":[{\"title\":\"One\"}]"));

	(void)state;
	assert_string_equal(at(FHIR_R5, made, "Bundle.type"), "collection");
	assert_slice(fhir_node_child(fhir_node_child(made, SLICE("entry")), SLICE("resource"))->type->name,
		     "RequestOrchestration");
	assert_string_equal(group(FHIR_R5, made, "instantiatesCanonical"), "http://x.test/p|1");
	assert_string_equal(group(FHIR_R5, made, "subject.reference"), "Patient/p1");
}

static void an_action_points_to_what_its_definition_makes(void **state)
{
	(void)state;
	for (int i = 0; i < FHIR_VERSION_COUNT; i++) {
		enum fhir_version version = (enum fhir_version)i;
		struct fhir_node *made = applied(version, PLAN("\"action\":[{\"definitionCanonical\":\"http://x.test/a\"}]"));
		assert_string_equal(behind(version, made, "action[0]", "instantiatesCanonical"), "http://x.test/a");
		assert_string_equal(behind(version, made, "action[0]", "intent"), "option");
		assert_int_equal(issues.count, 0);
	}
}

static void an_action_without_definition_becomes_a_task(void **state)
{
	(void)state;
	for (int i = 0; i < FHIR_VERSION_COUNT; i++) {
		enum fhir_version version = (enum fhir_version)i;
		struct fhir_node *made = applied(version, PLAN("\"action\":[{\"title\":\"Fast\",\"description\":\"8 hours\"}]"));
		assert_string_equal(behind(version, made, "action[0]", "description"), "8 hours");
		assert_string_equal(behind(version, made, "action[0]", "for.reference"), "Patient/p1");
	}
}

static void a_group_with_a_definition_gets_a_first_action_for_it(void **state)
{
	(void)state;
	for (int i = 0; i < FHIR_VERSION_COUNT; i++) {
		enum fhir_version version = (enum fhir_version)i;
		struct fhir_node *made =
		    applied(version, PLAN("\"action\":[{\"title\":\"G\",\"definitionCanonical\":\"http://x.test/a\","
					  "\"action\":[{\"title\":\"S\"}]}]"));
		assert_string_equal(group(version, made, "action[0].resource.exists()"), "false");
		assert_string_equal(group(version, made, "action[0].action.count()"), "2");
		assert_string_equal(behind(version, made, "action[0].action[0]", "instantiatesCanonical"), "http://x.test/a");
		assert_string_equal(group(version, made, "action[0].action[1].title"), "S");
	}
}

static void conditions_decide_what_applies(void **state)
{
	static const char plan[] = PLAN("\"action\":[{\"title\":\"W\"," CONDITION(
	    "text/fhirpath", "%subject.gender = 'female'") "},"
							   "{\"title\":\"M\"," CONDITION("text/fhirpath",
											 "%subject.gender = 'male'") "}]");
	static const char woman[] = "{\"resourceType\":\"Patient\",\"id\":\"p1\",\"gender\":\"female\"}";

	(void)state;
	for (int i = 0; i < FHIR_VERSION_COUNT; i++) {
		enum fhir_version version = (enum fhir_version)i;
		assert_string_equal(group(version, applied_to(version, plan, woman), "action.title"), "W");
		/* a subject that is not held: nothing is known of it */
		assert_string_equal(group(version, applied_to(version, plan, NULL), "action.title"), "");
	}
}

static void a_condition_in_another_language_stays_with_its_action(void **state)
{
	static const char plan[] = PLAN("\"action\":[{\"title\":\"C\"," CONDITION("text/cql-identifier", "Is Due") "}]");

	(void)state;
	for (int i = 0; i < FHIR_VERSION_COUNT; i++) {
		enum fhir_version version = (enum fhir_version)i;
		struct fhir_node *made = applied(version, plan);
		assert_string_equal(group(version, made, "action.condition.expression.expression"), "Is Due");
		assert_string_equal(
		    at(version, made,
		       version == FHIR_R4 ? "contained.ofType(OperationOutcome).issue.expression" : "issues.issue.expression"),
		    "PlanDefinition.action[0].condition[0].expression");
	}
	assert_string_equal(at(FHIR_R4, applied(FHIR_R4, plan), "supportingInfo.reference"), "#outcome");
}

static void relations_to_actions_that_do_not_apply_go_with_them(void **state)
{
	static const char plan[] = PLAN("\"action\":[{\"id\":\"a\",\"title\":\"A\"," CONDITION(
	    "text/fhirpath",
	    "false") "},{\"id\":\"b\",\"title\":\"B\"},"
		     "{\"id\":\"c\",\"title\":\"C\",\"relatedAction\":[{\"actionId\":\"a\",\"relationship\":\"after-end\"},"
		     "{\"actionId\":\"b\",\"relationship\":\"after-end\"}]}]");

	(void)state;
	assert_string_equal(group(FHIR_R4, applied(FHIR_R4, plan), "action.relatedAction.actionId"), "b");
}

static void goals_are_made_and_pointed_to(void **state)
{
	static const char plan[] =
	    PLAN("\"goal\":[{\"id\":\"g\",\"description\":{\"text\":\"Walk\"},\"target\":[{\"due\":{\"value\":6,"
		 "\"unit\":\"weeks\",\"system\":\"http://unitsofmeasure.org\",\"code\":\"wk\"}}]}],"
		 "\"action\":[{\"title\":\"T\",\"goalId\":[\"g\"]}]");

	(void)state;
	struct fhir_node *made = applied(FHIR_R4, plan);
	assert_string_equal(at(FHIR_R4, made, "contained.where('#' & id = %context.goal.reference).description.text"), "Walk");
	made = applied(FHIR_R5, plan);
	assert_string_equal(at(FHIR_R5, made, "entry[0].resource.action.goal.reference = entry[1].fullUrl"), "true");
	assert_string_equal(at(FHIR_R5, made, "entry[1].resource.target.due.value"), "6");
	assert_string_equal(at(FHIR_R5, made, "entry[1].resource.subject.reference"), "Patient/p1");
}

static void dynamic_values_reach_the_resource_and_the_action(void **state)
{
	static const char plan[] =
	    PLAN("\"action\":[{\"definitionCanonical\":\"http://x.test/a\",\"dynamicValue\":["
		 "{\"path\":\"action.title\",\"expression\":{\"language\":\"text/"
		 "fhirpath\",\"expression\":\"%practitionerReference\"}},"
		 "{\"path\":\"priority\",\"expression\":{\"language\":\"text/fhirpath\",\"expression\":\"'stat'\"}}]}]");

	(void)state;
	for (int i = 0; i < FHIR_VERSION_COUNT; i++) {
		enum fhir_version version = (enum fhir_version)i;
		struct fhir_node *made = applied(version, plan);
		assert_string_equal(group(version, made, "action.title"), "Practitioner/d1");
		assert_string_equal(behind(version, made, "action[0]", "priority"), "stat");
	}
}

static void plans_nest_and_circles_are_cut(void **state)
{
	(void)state;
	held[1] = "{\"resourceType\":\"PlanDefinition\",\"url\":\"http://x.test/inner\",\"status\":\"active\",\"action\":["
		  "{\"title\":\"In\",\"definitionCanonical\":\"http://x.test/inner\"}]}";
	for (int i = 0; i < FHIR_VERSION_COUNT; i++) {
		enum fhir_version version = (enum fhir_version)i;
		struct fhir_node *made = applied(version, PLAN("\"action\":[{\"definitionCanonical\":\"http://x.test/inner\"}]"));
		assert_string_equal(behind(version, made, "action[0]", "action.title"), "In");
		assert_slice(issues.first->text,
			     "the definition leads back to itself or too deep, a task names it: http://x.test/inner");
		assert_int_equal(issues.count, 1);
	}
}

static void a_contained_definition_is_applied(void **state)
{
	struct fhir_node *made =
	    applied(FHIR_R4, PLAN("\"contained\":[{\"resourceType\":\"ActivityDefinition\",\"id\":\"in\",\"status\":\"active\","
				  "\"kind\":\"Task\",\"title\":\"Inside\"}],\"action\":[{\"definitionCanonical\":\"#in\"}]"));

	(void)state;
	assert_string_equal(behind(FHIR_R4, made, "action[0]", "description"), "Inside");
}

static void a_definition_that_cannot_be_applied_becomes_a_task_that_names_it(void **state)
{
	static const char plan[] = PLAN("\"action\":[{\"title\":\"T\",\"definitionCanonical\":\"http://x.test/none\"}]");

	(void)state;
	for (int i = 0; i < FHIR_VERSION_COUNT; i++) {
		enum fhir_version version = (enum fhir_version)i;
		struct fhir_node *made = applied(version, plan);
		assert_string_equal(behind(version, made, "action[0]", "instantiatesUri"), "http://x.test/none");
		assert_slice(issues.first->text, "the definition is not held here, a task names it: http://x.test/none");
	}
}

static void a_plan_with_too_many_actions_is_refused(void **state)
{
	struct slice actions = SLICE("{\"title\":\"0\"}");
	struct error err = { 0 };
	struct fhir_node *made;

	(void)state;
	for (int i = 0; i < 11; i++)
		actions = arena_printf(arena, "%.*s,%.*s", SLICE_ARG(actions), SLICE_ARG(actions));
	struct apply_parameter subject = { SLICE("subject"), SLICE("Patient/p1"), NULL };
	struct apply_request request = {
		.definition = read_json(FHIR_R4, arena_printf(arena, PLAN("\"action\":[%.*s]"), SLICE_ARG(actions))),
		.parameters = &subject,
		.parameter_count = 1,
		.find = find_held,
	};
	assert_false(apply_definition(rules[FHIR_R4], arena, &request, &issues, &made, &err));
	assert_int_equal(err.code, ERROR_LIMIT);
	assert_string_equal(err.message, "the plan has more than 2000 actions");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin_plan, end_test)
	const struct CMUnitTest tests[] = {
		CASE(r4_makes_a_care_plan_that_contains_a_request_group),
		CASE(r5_makes_a_bundle_that_begins_with_a_request_orchestration),
		CASE(an_action_points_to_what_its_definition_makes),
		CASE(an_action_without_definition_becomes_a_task),
		CASE(a_group_with_a_definition_gets_a_first_action_for_it),
		CASE(conditions_decide_what_applies),
		CASE(a_condition_in_another_language_stays_with_its_action),
		CASE(relations_to_actions_that_do_not_apply_go_with_them),
		CASE(goals_are_made_and_pointed_to),
		CASE(dynamic_values_reach_the_resource_and_the_action),
		CASE(plans_nest_and_circles_are_cut),
		CASE(a_contained_definition_is_applied),
		CASE(a_definition_that_cannot_be_applied_becomes_a_task_that_names_it),
		CASE(a_plan_with_too_many_actions_is_refused),
	};

	return cmocka_run_group_tests_name("PlanDefinition/$apply", tests, load_rules, free_rules);
}
