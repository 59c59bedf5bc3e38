/* SPDX-License-Identifier: Apache-2.0 */
/* ActivityDefinition/$apply. */
#include "apply_testing.h"

#define ACTIVITY(rest)                                                                                                           \
	"{\"resourceType\":\"ActivityDefinition\",\"url\":\"http://x.test/a\",\"version\":\"2\",\"status\":\"active\"," rest "}"
#define SCAN                                                                                                                     \
	"\"kind\":\"ServiceRequest\",\"code\":{\"coding\":[{\"system\":\"http://x.test/"                                         \
	"cs\",\"code\":\"scan\"}],\"text\":\"Scan\"}"
#define DYNAMIC(path, language, expression)                                                                                      \
	"\"dynamicValue\":[{\"path\":\"" path "\",\"expression\":{\"language\":\"" language "\",\"expression\":\"" expression    \
	"\"}}]"

static void it_becomes_a_request_of_its_kind_for_the_subject(void **state)
{
	static const char definition[] =
	    ACTIVITY(SCAN ",\"priority\":\"urgent\",\"doNotPerform\":true,"
			  "\"participant\":[{\"type\":\"practitioner\",\"role\":{\"text\":\"Radiologist\"}}]");

	(void)state;
	for (int i = 0; i < FHIR_VERSION_COUNT; i++) {
		enum fhir_version version = (enum fhir_version)i;
		struct fhir_node *made = applied(version, definition);
		assert_slice(made->type->name, "ServiceRequest");
		assert_null(fhir_node_child(made, SLICE("id")));
		assert_string_equal(at(version, made, "status"), "draft");
		assert_string_equal(at(version, made, "intent"), "proposal");
		assert_string_equal(at(version, made, "instantiatesCanonical"), "http://x.test/a|2");
		assert_string_equal(at(version, made, "subject.reference"), "Patient/p1");
		assert_string_equal(at(version, made, "requester.reference"), "Practitioner/d1");
		assert_string_equal(at(version, made, version == FHIR_R4 ? "code.coding.code" : "code.concept.coding.code"),
				    "scan");
		assert_string_equal(at(version, made, "priority"), "urgent");
		assert_string_equal(at(version, made, "doNotPerform"), "true");
		assert_string_equal(at(version, made, "performerType.text"), "Radiologist");
		assert_string_equal(at(version, made, "authoredOn.toString().startsWith('2026-01-01T00:00:00')"), "true");
		assert_int_equal(issues.count, 0);
	}
}

static void its_own_intent_is_kept(void **state)
{
	(void)state;
	assert_string_equal(at(FHIR_R4, applied(FHIR_R4, ACTIVITY(SCAN ",\"intent\":\"order\"")), "intent"), "order");
}

static void a_timing_is_when_and_a_duration_how_long(void **state)
{
	(void)state;
	assert_string_equal(at(FHIR_R4, applied(FHIR_R4, ACTIVITY(SCAN ",\"timingDateTime\":\"2026-05-01\"")), "occurrence"),
			    "2026-05-01");
	assert_string_equal(
	    at(FHIR_R5,
	       applied(FHIR_R5, ACTIVITY(SCAN ",\"timingRange\":{\"low\":{\"value\":1,\"system\":\"http://unitsofmeasure.org\","
					      "\"code\":\"h\"},\"high\":{\"value\":2,"
					      "\"system\":\"http://unitsofmeasure.org\",\"code\":\"h\"}}")),
	       "occurrence.repeat.select(duration.toString() & '-' & durationMax.toString() & durationUnit)"),
	    "1-2h");
}

static void other_kinds_have_their_own_elements(void **state)
{
	static const char drug[] = ACTIVITY("\"kind\":\"MedicationRequest\",\"productCodeableConcept\":{\"text\":\"Aspirin\"},"
					    "\"dosage\":[{\"text\":\"once a day\"}]");

	(void)state;
	assert_string_equal(at(FHIR_R4, applied(FHIR_R4, drug), "medication.text"), "Aspirin");
	assert_string_equal(at(FHIR_R5, applied(FHIR_R5, drug), "medication.concept.text"), "Aspirin");
	assert_string_equal(at(FHIR_R5, applied(FHIR_R5, drug), "dosageInstruction.text"), "once a day");
	for (int i = 0; i < FHIR_VERSION_COUNT; i++) {
		enum fhir_version version = (enum fhir_version)i;
		struct fhir_node *task = applied(version, ACTIVITY("\"title\":\"Call\",\"kind\":\"Task\""));
		assert_string_equal(at(version, task, "for.reference & ' ' & description"), "Patient/p1 Call");
		assert_slice(applied(version, ACTIVITY("\"kind\":\"CarePlan\""))->type->name, "CarePlan");
		assert_slice(
		    applied(version, ACTIVITY("\"kind\":\"CommunicationRequest\",\"title\":\"Call\",\"code\":{\"text\":\"c\"}"))
			->type->name,
		    "CommunicationRequest");
		assert_slice(applied(version, ACTIVITY("\"kind\":\"DeviceRequest\",\"code\":{\"text\":\"Cast\"}"))->type->name,
			     "DeviceRequest");
		assert_slice(applied(version, ACTIVITY("\"kind\":\"NutritionOrder\""))->type->name, "NutritionOrder");
		assert_slice(applied(version, ACTIVITY("\"kind\":\"Appointment\",\"code\":{\"text\":\"Visit\"}"))->type->name,
			     "Appointment");
		assert_slice(
		    applied(version,
			    ACTIVITY("\"kind\":\"SupplyRequest\",\"code\":{\"text\":\"Gauze\"},\"quantity\":{\"value\":2}"))
			->type->name,
		    "SupplyRequest");
	}
}

#define VALUE(path, expression)                                                                                                  \
	"{\"path\":\"" path "\",\"expression\":{\"language\":\"text/fhirpath\",\"expression\":\"" expression "\"}}"
#define CODE "\"code\":{\"text\":\"c\"},"

/** Of kinds that say more than a definition can, what every request has; dynamic values give the rest. */
static void dynamic_values_give_what_a_definition_has_no_place_for(void **state)
{
	static const char vision[] = ACTIVITY("\"kind\":\"VisionPrescription\"," CODE "\"dynamicValue\":[" VALUE(
	    "lensSpecification[0].product", "%context.code") "," VALUE("lensSpecification[0].eye", "'right'") "]");
	static const char response[] =
	    ACTIVITY("\"kind\":\"AppointmentResponse\",\"dynamicValue\":[" VALUE("appointment", "'Appointment/a1'") "]");
	static const char vaccine[] = ACTIVITY("\"kind\":\"ImmunizationRecommendation\"," CODE
					       "\"dynamicValue\":[" VALUE("recommendation[0].forecastStatus.text", "'due'") "]");

	(void)state;
	for (int i = 0; i < FHIR_VERSION_COUNT; i++) {
		enum fhir_version version = (enum fhir_version)i;
		assert_string_equal(at(version, applied(version, vision),
				       "status & ' ' & patient.reference & ' ' & prescriber.reference & ' ' & "
				       "lensSpecification.eye & ' ' & lensSpecification.product.text"),
				    "draft Patient/p1 Practitioner/d1 right c");
		assert_string_equal(at(version, applied(version, response),
				       "participantStatus & ' ' & actor.reference & ' ' & appointment.reference"),
				    "needs-action Patient/p1 Appointment/a1");
		assert_string_equal(
		    at(version, applied(version, vaccine), "patient.reference & ' ' & recommendation.vaccineCode.text"),
		    "Patient/p1 c");
		assert_string_equal(at(version, applied(version, ACTIVITY("\"kind\":\"EnrollmentRequest\"")),
				       "candidate.reference & ' ' & provider.reference"),
				    "Patient/p1 Practitioner/d1");
	}
	struct fhir_node *claim =
	    applied(FHIR_R5, ACTIVITY("\"kind\":\"Claim\"," CODE "\"dynamicValue\":[" VALUE(
				 "use", "'preauthorization'") "," VALUE("type.text", "'professional'") "]"));
	assert_string_equal(
	    at(FHIR_R5, claim, "patient.reference & ' ' & item.sequence.toString() & ' ' & item.productOrService.text"),
	    "Patient/p1 1 c");
	struct fhir_node *group = applied(FHIR_R5, ACTIVITY("\"kind\":\"RequestOrchestration\"," CODE "\"priority\":\"stat\""));
	assert_string_equal(at(FHIR_R5, group, "intent & ' ' & priority & ' ' & code.text & ' ' & subject.reference"),
			    "proposal stat c Patient/p1");
	struct fhir_node *transport = applied(
	    FHIR_R5,
	    ACTIVITY("\"kind\":\"Transport\",\"title\":\"Move\",\"location\":{\"reference\":{\"reference\":\"Location/l\"}},"
		     "\"dynamicValue\":[" VALUE("currentLocation", "'Location/h'") "]"));
	assert_string_equal(
	    at(FHIR_R5, transport,
	       "status & ' ' & description & ' ' & requestedLocation.reference & ' ' & currentLocation.reference"),
	    "planned Move Location/l Location/h");
	struct fhir_node *inquiry = applied(FHIR_R5, ACTIVITY("\"kind\":\"CoverageEligibilityRequest\",\"dynamicValue\":[" VALUE(
							 "purpose", "'benefits'") "," VALUE("insurer", "'Organization/i'") "]"));
	assert_string_equal(at(FHIR_R5, inquiry, "patient.reference & ' ' & provider.reference & ' ' & insurer.reference"),
			    "Patient/p1 Practitioner/d1 Organization/i");
}

static void a_dynamic_value_is_fhirpath_on_the_definition_and_the_parameters(void **state)
{
	static const char subject[] = "{\"resourceType\":\"Patient\",\"id\":\"p1\",\"gender\":\"female\"}";

	(void)state;
	assert_string_equal(at(FHIR_R4,
			       applied_to(FHIR_R4,
					  ACTIVITY(SCAN "," DYNAMIC("patientInstruction", "text/fhirpath",
								    "%context.code.text & ' for ' & %subject.gender")),
					  subject),
			       "patientInstruction"),
			    "Scan for female");
	assert_string_equal(at(FHIR_R4,
			       applied(FHIR_R4, ACTIVITY(SCAN "," DYNAMIC("ServiceRequest.priority", "text/fhirpath",
									  "iif(%subject.exists(), 'urgent', 'routine')"))),
			       "priority"),
			    "routine");
}

static void what_is_not_evaluated_is_said_in_the_result(void **state)
{
	(void)state;
	for (int i = 0; i < FHIR_VERSION_COUNT; i++) {
		enum fhir_version version = (enum fhir_version)i;
		struct fhir_node *made = applied(version, ACTIVITY(SCAN "," DYNAMIC("priority", "text/cql", "Urgent")));
		assert_string_equal(at(version, made, "priority"), "");
		assert_string_equal(at(version, made, "contained.issue.details.text"),
				    "the expression is in text/cql; only text/fhirpath is evaluated here");
		assert_string_equal(at(version, made, "contained.issue.expression"),
				    "ActivityDefinition.dynamicValue[0].expression");
		assert_string_equal(
		    at(version, made, version == FHIR_R4 ? "supportingInfo.reference" : "supportingInfo.reference.reference"),
		    "#outcome");
	}
	struct fhir_node *task = applied(FHIR_R4, ACTIVITY("\"kind\":\"Task\"," DYNAMIC("no.where", "text/fhirpath", "1")));
	assert_string_equal(at(FHIR_R4, task, "note.text"), "the value was left out: Task has no element 'no'");
}

static void refused(const char *definition, const char *why, const char *path)
{
	for (int i = 0; i < FHIR_VERSION_COUNT; i++) {
		assert_null(apply_with((enum fhir_version)i, definition, NULL));
		assert_int_equal(issues.first->severity, ISSUE_ERROR);
		assert_slice(issues.first->text, why);
		assert_slice(issues.first->expression, path);
	}
}

static void what_cannot_be_applied_is_refused(void **state)
{
	(void)state;
	refused(ACTIVITY("\"title\":\"?\""), "the activity does not say of which kind it is", "ActivityDefinition");
	refused(ACTIVITY("\"kind\":\"Contract\""), "profiles/apply has no rows for activities of this kind: Contract",
		"ActivityDefinition.kind");
	refused(ACTIVITY(SCAN ",\"transform\":\"http://x.test/map\""),
		"a transform by a StructureMap is not carried out here: http://x.test/map", "ActivityDefinition.transform");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(it_becomes_a_request_of_its_kind_for_the_subject, begin_test, end_test),
		cmocka_unit_test_setup_teardown(its_own_intent_is_kept, begin_test, end_test),
		cmocka_unit_test_setup_teardown(a_timing_is_when_and_a_duration_how_long, begin_test, end_test),
		cmocka_unit_test_setup_teardown(other_kinds_have_their_own_elements, begin_test, end_test),
		cmocka_unit_test_setup_teardown(dynamic_values_give_what_a_definition_has_no_place_for, begin_test, end_test),
		cmocka_unit_test_setup_teardown(a_dynamic_value_is_fhirpath_on_the_definition_and_the_parameters, begin_test,
						end_test),
		cmocka_unit_test_setup_teardown(what_is_not_evaluated_is_said_in_the_result, begin_test, end_test),
		cmocka_unit_test_setup_teardown(what_cannot_be_applied_is_refused, begin_test, end_test),
	};

	return cmocka_run_group_tests_name("ActivityDefinition/$apply", tests, load_rules, free_rules);
}
