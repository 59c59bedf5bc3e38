/* SPDX-License-Identifier: Apache-2.0 */
/* Each kind of search parameter, modifier, chain, inclusion and order over resources small enough to work out by hand what is
 * found: one table for both versions, and one for what is each version's own. */
#include "searching.h"

static const char *const in_both[] = {
	"{\"resourceType\":\"Organization\",\"id\":\"head\",\"name\":\"Head Office\"}",
	"{\"resourceType\":\"Organization\",\"id\":\"branch\",\"name\":\"Branch\",\"partOf\":{\"reference\":\"Organization/"
	"head\"}}",
	"{\"resourceType\":\"Practitioner\",\"id\":\"doc\",\"name\":[{\"family\":\"Müller\",\"given\":[\"Anna\",\"Maria\"]}],"
	"\"identifier\":[{\"system\":\"http://npi\",\"value\":\"123\"}]}",
	"{\"resourceType\":\"Patient\",\"id\":\"ann\",\"active\":true,\"gender\":\"female\",\"birthDate\":\"1974-12-25\","
	"\"name\":[{\"family\":\"Smith-Jones\",\"given\":[\"Ann\"]}],\"telecom\":[{\"system\":\"phone\",\"value\":\"555-1\"},{"
	"\"system\":\"email\",\"value\":\"ann@x.example\"}],\"address\":[{\"city\":\"Oslo\",\"line\":[\"Main Street "
	"1\"]}],\"identifier\":[{\"type\":{\"coding\":[{\"system\":\"http://t\",\"code\":\"MR\"}]},\"system\":\"http://"
	"ids\",\"value\":\"A1\"}],\"managingOrganization\":{\"reference\":\"Organization/"
	"branch\"},\"generalPractitioner\":[{\"reference\":\"Practitioner/doc\"}],\"meta\":{\"tag\":[{\"system\":\"http://"
	"tags\",\"code\":\"vip\"}],\"profile\":[\"http://p.example/patient\"]}}",
	"{\"resourceType\":\"Patient\",\"id\":\"bob\",\"active\":false,\"gender\":\"male\",\"birthDate\":\"1980\",\"name\":[{"
	"\"family\":\"Smith\"}],\"deceasedDateTime\":\"2020-01-02\",\"identifier\":[{\"system\":\"http://"
	"ids\",\"value\":\"B2\"}]}",
	"{\"resourceType\":\"Patient\",\"id\":\"cat\",\"name\":[{\"text\":\"Cat\"}]}",
	"{\"resourceType\":\"Group\",\"id\":\"few\",\"member\":[{\"entity\":{\"reference\":\"Patient/"
	"ann\"}},{\"entity\":{\"reference\":\"Patient/cat\"}}]}",
	"{\"resourceType\":\"List\",\"id\":\"todo\",\"status\":\"current\",\"mode\":\"working\",\"entry\":[{\"item\":{"
	"\"reference\":\"Patient/bob\"}}]}",
	"{\"resourceType\":\"Observation\",\"id\":\"o1\",\"status\":\"final\",\"code\":{\"coding\":[{\"system\":\"http://"
	"cs\",\"code\":\"w\",\"display\":\"Shown "
	"w\"}]},\"subject\":{\"reference\":\"Patient/"
	"ann\"},\"effectiveDateTime\":\"2026-03-10\",\"valueQuantity\":{\"value\":5.4,\"unit\":\"mg\",\"system\":\"http://"
	"unitsofmeasure.org\",\"code\":\"mg\"},\"performer\":[{\"reference\":\"Practitioner/doc\"}]}",
	"{\"resourceType\":\"Observation\",\"id\":\"o2\",\"status\":\"final\",\"code\":{\"coding\":[{\"system\":\"http://"
	"cs\",\"code\":\"w\",\"display\":\"Shown "
	"w\"}]},\"subject\":{\"reference\":\"Patient/"
	"bob\"},\"effectivePeriod\":{\"start\":\"2026-03-01\",\"end\":\"2026-03-20\"},\"valueQuantity\":{\"value\":7,\"unit\":"
	"\"mg\"}}",
	"{\"resourceType\":\"Observation\",\"id\":\"o3\",\"status\":\"final\",\"code\":{\"coding\":[{\"system\":\"http://"
	"cs\",\"code\":\"v\",\"display\":\"Shown v\"}]},\"subject\":{\"reference\":\"Group/few\",\"display\":\"The "
	"few\"},\"effectiveDateTime\":\"2026-04-01T10:00:00Z\",\"component\":[{\"code\":{\"coding\":[{\"system\":\"http://"
	"cs\",\"code\":\"c1\"}]},\"valueQuantity\":{\"value\":10,\"code\":\"mm\",\"system\":\"http://"
	"unitsofmeasure.org\"}},{\"code\":{\"coding\":[{\"system\":\"http://"
	"cs\",\"code\":\"c2\"}]},\"valueQuantity\":{\"value\":20,\"code\":\"mm\",\"system\":\"http://unitsofmeasure.org\"}}]}",
	"{\"resourceType\":\"Observation\",\"id\":\"o4\",\"status\":\"final\",\"code\":{\"coding\":[{\"system\":\"http://"
	"cs\",\"code\":\"v\",\"display\":\"Shown "
	"v\"}]},\"subject\":{\"identifier\":{\"system\":\"http://"
	"ids\",\"value\":\"Z9\"}},\"valueCodeableConcept\":{\"coding\":[{\"system\":\"http://"
	"cs\",\"code\":\"yes\"}]},\"hasMember\":[{\"reference\":\"Observation/o1\"}]}",
	"{\"resourceType\":\"RiskAssessment\",\"id\":\"r1\",\"status\":\"final\",\"subject\":{\"reference\":\"Patient/"
	"ann\"},\"prediction\":[{\"probabilityDecimal\":0.8}]}",
	"{\"resourceType\":\"RiskAssessment\",\"id\":\"r2\",\"status\":\"final\",\"subject\":{\"reference\":\"Patient/"
	"bob\"},\"prediction\":[{\"probabilityDecimal\":0.25}]}",
	"{\"resourceType\":\"Condition\",\"id\":\"k1\",\"clinicalStatus\":{\"coding\":[{\"code\":\"active\"}]},\"subject\":{"
	"\"reference\":\"Patient/ann\"},\"onsetAge\":{\"value\":40,\"system\":\"http://unitsofmeasure.org\",\"code\":\"a\"}}",
	"{\"resourceType\":\"Invoice\",\"id\":\"i1\",\"status\":\"issued\",\"totalGross\":{\"value\":100.5,\"currency\":\"USD\"}"
	"}",
	"{\"resourceType\":\"ValueSet\",\"id\":\"v1\",\"url\":\"http://vs.example/a/"
	"b\",\"status\":\"active\",\"version\":\"1.0\",\"name\":\"One\",\"publisher\":\"Us\"}",
	"{\"resourceType\":\"ValueSet\",\"id\":\"v2\",\"url\":\"http://vs.example/"
	"a\",\"status\":\"draft\",\"version\":\"2.0\",\"name\":\"Two\"}",
	"{\"resourceType\":\"ActivityDefinition\",\"id\":\"act\",\"url\":\"http://ad.example/"
	"act\",\"version\":\"1\",\"status\":\"active\",\"code\":{\"text\":\"Act\"}}",
	"{\"resourceType\":\"PlanDefinition\",\"id\":\"plan\",\"url\":\"http://pd.example/"
	"plan\",\"status\":\"active\",\"action\":[{\"definitionCanonical\":\"http://ad.example/act|1\"}]}",
	"{\"resourceType\":\"Medication\",\"id\":\"pill\",\"code\":{\"coding\":[{\"system\":\"http://cs\",\"code\":\"pill\"}]}}",
};

static const char *const in_r4[] = {
	"{\"resourceType\":\"ServiceRequest\",\"id\":\"s1\",\"status\":\"active\",\"intent\":\"order\",\"code\":{\"coding\":[{"
	"\"system\":\"http://cs\",\"code\":\"scan\"}]},\"subject\":{\"reference\":\"Patient/"
	"ann\"},\"occurrenceTiming\":{\"event\":[\"2026-05-01\",\"2026-05-03\"]}}",
	"{\"resourceType\":\"MedicationRequest\",\"id\":\"m1\",\"status\":\"active\",\"intent\":\"order\","
	"\"medicationCodeableConcept\":{\"coding\":[{\"system\":\"http://"
	"cs\",\"code\":\"drug\"}]},\"subject\":{\"reference\":\"Patient/ann\"}}",
	"{\"resourceType\":\"MedicationRequest\",\"id\":\"m2\",\"status\":\"active\",\"intent\":\"order\","
	"\"medicationReference\":{\"reference\":\"Medication/pill\"},\"subject\":{\"reference\":\"Patient/bob\"}}",
	"{\"resourceType\":\"Encounter\",\"id\":\"e1\",\"status\":\"finished\",\"class\":{\"system\":\"http://"
	"classes\",\"code\":\"AMB\"},\"subject\":{\"reference\":\"Patient/"
	"ann\"},\"period\":{\"start\":\"2026-01-01\",\"end\":\"2026-01-02\"}}",
};

static const char *const in_r5[] = {
	"{\"resourceType\":\"ServiceRequest\",\"id\":\"s1\",\"status\":\"active\",\"intent\":\"order\",\"code\":{\"concept\":{"
	"\"coding\":[{\"system\":\"http://cs\",\"code\":\"scan\"}],\"text\":\"A "
	"scan\"}},\"subject\":{\"reference\":\"Patient/ann\"},\"occurrenceTiming\":{\"event\":[\"2026-05-01\",\"2026-05-03\"]}}",
	"{\"resourceType\":\"ServiceRequest\",\"id\":\"s2\",\"status\":\"active\",\"intent\":\"order\",\"code\":{\"reference\":{"
	"\"reference\":\"ActivityDefinition/act\"}},\"subject\":{\"reference\":\"Patient/ann\"}}",
	"{\"resourceType\":\"MedicationRequest\",\"id\":\"m1\",\"status\":\"active\",\"intent\":\"order\",\"medication\":{"
	"\"concept\":{\"coding\":[{\"system\":\"http://cs\",\"code\":\"drug\"}]}},\"subject\":{\"reference\":\"Patient/ann\"}}",
	"{\"resourceType\":\"MedicationRequest\",\"id\":\"m2\",\"status\":\"active\",\"intent\":\"order\",\"medication\":{"
	"\"reference\":{\"reference\":\"Medication/pill\"}},\"subject\":{\"reference\":\"Patient/bob\"}}",
	"{\"resourceType\":\"Encounter\",\"id\":\"e1\",\"status\":\"completed\",\"class\":[{\"coding\":[{\"system\":\"http://"
	"classes\",\"code\":\"AMB\"}]}],\"subject\":{\"reference\":\"Patient/"
	"ann\"},\"actualPeriod\":{\"start\":\"2026-01-01\",\"end\":\"2026-01-02\"}}",
};

static int setup(void **state)
{
	gateway_open(state);
	given_in_both(in_both, ARRAY_SIZE(in_both));
	for (size_t i = 0; i < ARRAY_SIZE(in_r4); i++)
		given(FHIR_R4, slice_of(in_r4[i]));
	for (size_t i = 0; i < ARRAY_SIZE(in_r5); i++)
		given(FHIR_R5, slice_of(in_r5[i]));
	return 0;
}

struct expected {
	const char *search, *found;
};

static void all_find(const struct expected *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		finds(rows[i].search, rows[i].found);
}

static void all_find_in(enum fhir_version version, const struct expected *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		finds_in(version, rows[i].search, rows[i].found);
}

static void numbers_compare_by_their_precision_and_prefix(void **state)
{
	static const struct expected rows[] = {
		{ "RiskAssessment?probability=0.8", "r1" },
		{ "RiskAssessment?probability=0.80", "r1" },
		{ "RiskAssessment?probability=0.81", "" },
		{ "RiskAssessment?probability=gt0.5", "r1" },
		{ "RiskAssessment?probability=lt0.5", "r2" },
		{ "RiskAssessment?probability=ge0.8", "r1" },
		{ "RiskAssessment?probability=le0.25", "r2" },
		{ "RiskAssessment?probability=ne0.8", "r2" },
		{ "RiskAssessment?probability=ap0.82", "r1" },
		{ "RiskAssessment?probability=0.8,0.25", "r1 r2" },
		{ "RiskAssessment?probability=sa0.3", "r1" },
		{ "RiskAssessment?probability=eb0.3", "r2" },
		{ "RiskAssessment?probability:missing=false", "r1 r2" },
		{ "RiskAssessment?probability=gt0.1&probability=lt0.3", "r2" },
	};

	(void)state;
	all_find(rows, ARRAY_SIZE(rows));
}

static void dates_compare_as_spans_by_prefix(void **state)
{
	static const struct expected rows[] = {
		{ "Observation?date=2026-03-10", "o1" },
		{ "Observation?date=2026-03", "o1 o2" },
		{ "Observation?date=2026", "o1 o2 o3" },
		{ "Observation?date=gt2026-03-15", "o2 o3" },
		{ "Observation?date=lt2026-03-05", "o2" },
		{ "Observation?date=ge2026-04-01", "o3" },
		{ "Observation?date=le2026-03-10", "o1 o2" },
		{ "Observation?date=sa2026-03-20", "o3" },
		{ "Observation?date=eb2026-03-11", "o1" },
		{ "Observation?date=ne2026-03-10", "o2 o3" },
		{ "Observation?date=2026-04-01T10:00:00Z", "o3" },
		{ "Observation?date=2026-04-01T12:00:00%2B02:00", "o3" },
		{ "Observation?date:missing=true", "o4" },
		{ "Patient?birthdate=1974", "ann" },
		{ "Patient?birthdate=1980-05", "" },
		{ "Patient?birthdate=lt1980", "ann" },
		{ "Patient?death-date=2020-01-02", "bob" },
		{ "ServiceRequest?occurrence=2026-05", "s1" },
		{ "ServiceRequest?occurrence=sa2026-05-03", "" },
		{ "ServiceRequest?occurrence=ge2026-05-02", "s1" },
		{ "Patient?_lastUpdated=lt2020", "" },
		{ "Patient?_lastUpdated=ge2020&_id=ann", "ann" },
		{ "Encounter?date=2026-01", "e1" },
	};

	(void)state;
	all_find(rows, ARRAY_SIZE(rows));
}

static void strings_match_by_their_start_whole_and_anywhere(void **state)
{
	static const struct expected rows[] = {
		{ "Patient?family=smith", "ann bob" },
		{ "Patient?family:exact=Smith", "bob" },
		{ "Patient?family:exact=smith", "" },
		{ "Patient?family:contains=jones", "ann" },
		{ "Patient?name=ann", "ann" },
		{ "Patient?given=a", "ann" },
		{ "Patient?name=cat", "cat" },
		{ "Practitioner?family=muller", "doc" },
		{ "Practitioner?name=maria", "doc" },
		{ "Patient?address=main", "ann" },
		{ "Patient?address-city=oslo", "ann" },
		{ "Patient?family:missing=true", "cat" },
		{ "Patient?name=smith,cat", "ann bob cat" },
		{ "ValueSet?publisher=us", "v1" },
		{ "Organization?name=head", "head" },
	};

	(void)state;
	all_find(rows, ARRAY_SIZE(rows));
}

static void tokens_match_by_code_system_text_and_type(void **state)
{
	static const struct expected rows[] = {
		{ "Patient?gender=female", "ann" },
		{ "Patient?gender:not=female", "bob cat" },
		{ "Patient?gender:missing=true", "cat" },
		{ "Patient?active=true", "ann" },
		{ "Patient?active=false", "bob" },
		{ "Patient?identifier=A1", "ann" },
		{ "Patient?identifier=http://ids|A1", "ann" },
		{ "Patient?identifier=http://ids|", "ann bob" },
		{ "Patient?identifier=http://other|A1", "" },
		{ "Patient?identifier=|A1", "" },
		{ "Patient?identifier:of-type=http://t|MR|A1", "ann" },
		{ "Patient?telecom=555-1", "ann" },
		{ "Patient?phone=555-1", "ann" },
		{ "Patient?email=555-1", "" },
		{ "Patient?deceased=true", "bob" },
		{ "Observation?code=http://cs|w", "o1 o2" },
		{ "Observation?code=w,v", "o1 o2 o3 o4" },
		{ "Observation?code:text=shown v", "o3 o4" },
		{ "Observation?status=final&code=v", "o3 o4" },
		{ "Observation?value-concept=http://cs|yes", "o4" },
		{ "Observation?combo-code=c2", "o3" },
		{ "Observation?component-code=http://cs|c1", "o3" },
		{ "ValueSet?version=1.0", "v1" },
		{ "ValueSet?status=draft", "v2" },
		{ "Patient?_tag=http://tags|vip", "ann" },
		{ "Patient?_tag:not=vip", "bob cat" },
		{ "Patient?_id=ann,bob", "ann bob" },
		{ "Patient?_id:not=ann", "bob cat" },
		{ "Encounter?class=http://classes|AMB", "e1" },
		{ "Condition?clinical-status=active", "k1" },
	};

	(void)state;
	all_find(rows, ARRAY_SIZE(rows));
}

static void quantities_match_by_value_unit_and_system(void **state)
{
	static const struct expected rows[] = {
		{ "Observation?value-quantity=5.4", "o1" },
		{ "Observation?value-quantity=5.4||mg", "o1" },
		{ "Observation?value-quantity=5.4|http://unitsofmeasure.org|mg", "o1" },
		{ "Observation?value-quantity=7||mg", "o2" },
		{ "Observation?value-quantity=7|http://unitsofmeasure.org|mg", "" },
		{ "Observation?value-quantity=gt5", "o1 o2" },
		{ "Observation?value-quantity=lt6", "o1" },
		{ "Observation?value-quantity=ap7.1", "o2" },
		{ "Observation?value-quantity=ne7", "o1" },
		{ "Observation?value-quantity:missing=true", "o3 o4" },
		{ "Observation?combo-value-quantity=ge20", "o3" },
		{ "Condition?onset-age=40", "k1" },
		{ "Condition?onset-age=gt40||a", "" },
		{ "Invoice?totalgross=100.50||USD", "i1" },
		{ "Invoice?totalgross=gt100", "i1" },
		{ "Invoice?totalgross=100.50||EUR", "" },
	};

	(void)state;
	all_find(rows, ARRAY_SIZE(rows));
}

static void addresses_match_whole_below_and_above(void **state)
{
	static const struct expected rows[] = {
		{ "ValueSet?url=http://vs.example/a", "v2" },
		{ "ValueSet?url:below=http://vs.example/a", "v1 v2" },
		{ "ValueSet?url:above=http://vs.example/a/b/c", "v1 v2" },
		{ "ValueSet?url=http://vs.example/a,http://vs.example/a/b", "v1 v2" },
		{ "ValueSet?url=http://vs.example", "" },
		{ "Patient?_profile=http://p.example/patient", "ann" },
		{ "Patient?_profile:missing=true", "bob cat" },
	};

	(void)state;
	all_find(rows, ARRAY_SIZE(rows));
}

static void references_match_in_all_ways_that_they_are_written(void **state)
{
	static const struct expected rows[] = {
		{ "Observation?subject=Patient/ann", "o1" },
		{ "Observation?subject=ann", "o1" },
		{ "Observation?subject:Patient=ann", "o1" },
		{ "Observation?subject:Group=few", "o3" },
		{ "Observation?patient=ann", "o1" },
		{ "Observation?patient=Patient/bob", "o2" },
		{ "Observation?patient=few", "" },
		{ "Observation?subject=Patient/ann,Patient/bob", "o1 o2" },
		{ "Observation?subject:identifier=http://ids|Z9", "o4" },
		{ "Observation?subject:missing=true", "" },
		{ "Observation?has-member=Observation/o1", "o4" },
		{ "PlanDefinition?definition=http://ad.example/act", "plan" },
		{ "PlanDefinition?definition=http://ad.example/act|1", "plan" },
		{ "PlanDefinition?definition=http://ad.example/act|2", "" },
		{ "PlanDefinition?definition=ActivityDefinition/act", "" },
		{ "Organization?partof=head", "branch" },
		{ "Organization?partof:below=Organization/head", "branch" },
		{ "Patient?organization:above=Organization/branch", "ann" },
	};

	(void)state;
	all_find(rows, ARRAY_SIZE(rows));
}

static void composites_ask_one_element_for_both(void **state)
{
	static const struct expected rows[] = {
		{ "Observation?code-value-quantity=http://cs|w$gt6", "o2" },
		{ "Observation?code-value-quantity=w$5.4,w$7", "o1 o2" },
		{ "Observation?component-code-value-quantity=c1$10", "o3" },
		{ "Observation?component-code-value-quantity=c1$20", "" },
		{ "Observation?component-code-value-quantity=http://cs|c2$ge20|http://unitsofmeasure.org|mm", "o3" },
		{ "Observation?code-value-concept=v$yes", "o4" },
		{ "Observation?code-value-date=v$2026", "" },
	};

	(void)state;
	all_find(rows, ARRAY_SIZE(rows));
}

static void chains_lead_on_and_back(void **state)
{
	static const struct expected rows[] = {
		{ "Observation?subject:Patient.family=smith-jones", "o1" },
		{ "Observation?patient.name=smith", "o1 o2" },
		{ "Observation?patient.organization.name=branch", "o1" },
		{ "Observation?patient.organization.partof.name=head", "o1" },
		{ "Observation?subject.gender=male", "o2" },
		{ "Observation?performer:Practitioner.identifier=http://npi|123", "o1" },
		{ "Observation?has-member.subject:Patient.name=ann", "o4" },
		{ "Observation?patient.birthdate=lt1980", "o1" },
		{ "Patient?_has:Observation:patient:code=w", "ann bob" },
		{ "Patient?_has:Observation:patient:value-quantity=gt6", "bob" },
		{ "Practitioner?_has:Patient:general-practitioner:gender=female", "doc" },
		{ "Organization?_has:Patient:organization:_has:Observation:patient:code=w", "branch" },
		{ "Patient?_has:Observation:patient:_has:Observation:has-member:code=v", "ann" },
		{ "PlanDefinition?definition:ActivityDefinition.status=active", "plan" },
		{ "MedicationRequest?medication.code=http://cs|pill", "m2" },
		{ "RiskAssessment?subject:Patient.identifier=http://ids|B2", "r2" },
	};

	(void)state;
	all_find(rows, ARRAY_SIZE(rows));
}

static void what_is_referred_to_comes_along(void **state)
{
	static const struct expected rows[] = {
		{ "Observation?_id=o1&_include=Observation:subject", "o1 +ann" },
		{ "Observation?_id=o1&_include=Observation:subject:Group", "o1" },
		{ "Observation?_id=o1,o3&_include=Observation:subject", "o1 o3 +ann +few" },
		{ "Observation?_id=o1&_include=Observation:patient&_include:iterate=Patient:organization", "o1 +ann +branch" },
		{ "Observation?_id=o1&_include=Observation:patient&_include:iterate=Patient:organization&_include:iterate="
		  "Organization:partof",
		  "o1 +ann +branch +head" },
		{ "Organization?_id=head&_revinclude=Organization:partof", "head +branch" },
		{ "Patient?_id=bob&_revinclude=Observation:subject", "bob +o2" },
		{ "Observation?_id=o4&_include=*", "o4 +o1" },
		{ "PlanDefinition?_include=PlanDefinition:definition", "plan +act" },
		{ "MedicationRequest?_id=m2&_include=MedicationRequest:medication", "m2 +pill" },
	};

	(void)state;
	all_find(rows, ARRAY_SIZE(rows));
}

static void the_order_follows_any_parameter(void **state)
{
	static const struct expected rows[] = {
		{ "Observation?_sort=date", "o2 o1 o3 o4" },
		{ "Observation?_sort=-date", "o3 o2 o1 o4" },
		{ "Patient?_sort=family", "bob ann cat" },
		{ "Patient?_sort=-birthdate", "bob ann cat" },
		{ "Observation?_sort=-value-quantity,_id", "o2 o1 o3 o4" },
		{ "RiskAssessment?_sort=probability", "r2 r1" },
		{ "Observation?_sort=code,-_id", "o4 o3 o2 o1" },
		{ "ValueSet?_sort=-url", "v1 v2" },
		{ "Organization?_sort=partof", "branch head" },
		{ "Patient?_sort=-_id", "cat bob ann" },
	};

	(void)state;
	all_find(rows, ARRAY_SIZE(rows));
}

static void members_words_and_types_are_asked(void **state)
{
	static const struct expected rows[] = {
		{ "Patient?_list=todo", "bob" },
		{ "Patient?_content=oslo", "ann" },
		{ "Patient?_filter=family co smi and not (gender eq male)", "ann" },
		{ "?_type=Patient,Group&_id=ann,few,head", "ann few" },
		{ "?_type=Observation,RiskAssessment&subject=Patient/bob", "o2 r2" },
		{ "Observation?code=w&_count=1&_sort=-_id", "o2" },
	};

	(void)state;
	all_find(rows, ARRAY_SIZE(rows));
}

static void what_is_r4s_own(void **state)
{
	static const struct expected rows[] = {
		{ "ServiceRequest?code=http://cs|scan", "s1" },
		{ "MedicationRequest?code=drug", "m1" },
		{ "MedicationRequest?medication=Medication/pill", "m2" },
	};

	(void)state;
	all_find_in(FHIR_R4, rows, ARRAY_SIZE(rows));
}

static void what_is_r5s_own(void **state)
{
	static const struct expected rows[] = {
		{ "ServiceRequest?code-concept=http://cs|scan", "s1" },
		{ "ServiceRequest?code-concept:text=a scan", "s1" },
		{ "ServiceRequest?code-reference=ActivityDefinition/act", "s2" },
		{ "ServiceRequest?code-reference:missing=false", "s2" },
		{ "ServiceRequest?code-concept:missing=true", "s2" },
		{ "ServiceRequest?code-reference:ActivityDefinition.status=active", "s2" },
		{ "ServiceRequest?code-reference.url=http://ad.example/act", "s2" },
		{ "ServiceRequest?_id=s2&_include=ServiceRequest:code-reference", "s2 +act" },
		{ "ActivityDefinition?_has:ServiceRequest:code-reference:subject=Patient/ann", "act" },
		{ "MedicationRequest?code=drug", "m1" },
		{ "MedicationRequest?medication=Medication/pill", "m2" },
		{ "ValueSet?url:contains=example/a/", "v1" },
		{ "Observation?code:code-text=W", "o1 o2" },
		{ "Observation?subject:text=the f", "o3" },
		{ "Patient?_in=Group/few", "ann cat" },
		{ "Patient?_in=List/todo", "bob" },
		{ "Encounter?date-start=2026-01-01", "e1" },
	};

	(void)state;
	all_find_in(FHIR_R5, rows, ARRAY_SIZE(rows));
}

/** A modifier is taken where its version has it, and nowhere else. */
static void what_a_version_does_not_have_is_refused(void **state)
{
	static const struct {
		enum fhir_version version;
		const char *search, *says;
	} rows[] = {
		{ FHIR_R4, "ValueSet?url:contains=a", ":contains" },
		{ FHIR_R4, "Observation?code:code-text=w", ":code-text" },
		{ FHIR_R4, "Observation?subject:text=x", ":text" },
		{ FHIR_R4, "Patient?_in=Group/few", "_in" },
		{ FHIR_R4, "ServiceRequest?code-concept=scan", "code-concept" },
		{ FHIR_R5, "ServiceRequest?code=scan", "code-concept" },
		{ FHIR_R5, "Observation?value-quantity:exact=5", ":exact" },
		{ FHIR_R5, "Patient?name:above=x", ":above" },
		{ FHIR_R5, "Patient?birthdate:contains=1974", ":contains" },
		{ FHIR_R5, "Location?near=1|2", "near" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct answer answer = ask_version(rows[i].version, rows[i].search);
		assert_outcome(&answer, 400, "not-supported");
		assert_body_has(&answer, rows[i].says);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_compare_by_their_precision_and_prefix),
		cmocka_unit_test(dates_compare_as_spans_by_prefix),
		cmocka_unit_test(strings_match_by_their_start_whole_and_anywhere),
		cmocka_unit_test(tokens_match_by_code_system_text_and_type),
		cmocka_unit_test(quantities_match_by_value_unit_and_system),
		cmocka_unit_test(addresses_match_whole_below_and_above),
		cmocka_unit_test(references_match_in_all_ways_that_they_are_written),
		cmocka_unit_test(composites_ask_one_element_for_both),
		cmocka_unit_test(chains_lead_on_and_back),
		cmocka_unit_test(what_is_referred_to_comes_along),
		cmocka_unit_test(the_order_follows_any_parameter),
		cmocka_unit_test(members_words_and_types_are_asked),
		cmocka_unit_test(what_is_r4s_own),
		cmocka_unit_test(what_is_r5s_own),
		cmocka_unit_test(what_a_version_does_not_have_is_refused),
	};

	return cmocka_run_group_tests_name("kinds of search parameters", tests, setup, gateway_close);
}
