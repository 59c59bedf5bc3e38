/* SPDX-License-Identifier: Apache-2.0 */
/* Modifiers, chains and composites over resources small enough to work out by hand what each search finds, in both versions. */
#include "searching.h"

#define CODED(id, system, code, rest)                                                                                            \
	"{\"resourceType\":\"Observation\",\"id\":\"" id "\",\"status\":\"final\",\"code\":{\"coding\":[{\"system\":\"" system   \
	"\",\"code\":\"" code "\"}]}" rest "}"
#define VALUE_SET(id, rest)                                                                                                      \
	"{\"resourceType\":\"ValueSet\",\"id\":\"" id "\",\"url\":\"http://vs/" id "\",\"status\":\"active\"," rest "}"

#define POSITION "https://cannula.dev/fhir/CodeSystem/policy-position"
#define PLANNED(id, period)                                                                                                      \
	"{\"resourceType\":\"CarePlan\",\"id\":\"" id "\",\"status\":\"active\",\"intent\":\"plan\",\"subject\":{\"display\":"   \
	"\"Somebody\"},\"period\":{" period "}}"
#define FILTERED(property, op, value)                                                                                            \
	"\"compose\":{\"include\":[{\"system\":\"http://cs\",\"filter\":[{\"property\":\"" property "\",\"op\":\"" op            \
	"\",\"value\":\"" value "\"}]}]}"

/** a stands above b and c, b above d; e stands alone. */
static const char *const resources[] = {
	"{\"resourceType\":\"CodeSystem\",\"id\":\"cs\",\"url\":\"http://"
	"cs\",\"status\":\"active\",\"content\":\"complete\",\"concept\":["
	"{\"code\":\"a\",\"concept\":[{\"code\":\"b\",\"concept\":[{\"code\":\"d\"}]},{\"code\":\"c\"}]},{\"code\":\"e\"}]}",
	VALUE_SET("listed",
		  "\"compose\":{\"include\":[{\"system\":\"http://cs\",\"concept\":[{\"code\":\"b\"},{\"code\":\"c\"}]}]}"),
	VALUE_SET("whole", "\"compose\":{\"include\":[{\"system\":\"http://other\"}]}"),
	VALUE_SET("expanded",
		  "\"compose\":{\"include\":[{\"system\":\"http://cs\"}]},\"expansion\":{\"timestamp\":\"2026-01-01\","
		  "\"contains\":[{\"abstract\":true,\"system\":\"http://cs\",\"code\":\"a\",\"contains\":[{\"system\":"
		  "\"http://cs\",\"code\":\"d\"}]},{\"system\":\"http://cs\",\"code\":\"e\"}]}"),
	VALUE_SET("nested",
		  "\"compose\":{\"include\":[{\"valueSet\":[\"http://vs/listed\"]},{\"system\":\"http://cs\",\"concept\":["
		  "{\"code\":\"e\"}]}],\"exclude\":[{\"system\":\"http://cs\",\"concept\":[{\"code\":\"c\"}]}]}"),
	VALUE_SET("filtered", FILTERED("concept", "is-a", "a")),
	VALUE_SET("holed",
		  "\"compose\":{\"include\":[{\"system\":\"http://cs\"}],\"exclude\":[{\"system\":\"http://cs\",\"concept\":["
		  "{\"code\":\"c\"}]}]}"),
	VALUE_SET("grown", FILTERED("concept", "is-not-a", "b")),
	VALUE_SET("shaped", FILTERED("code", "regex", "[a-c]")),
	VALUE_SET("unknown", FILTERED("concept", "similar-to", "b")),
	VALUE_SET("met", "\"compose\":{\"include\":[{\"system\":\"http://cs\",\"valueSet\":[\"http://vs/filtered\",\"http://vs/"
			 "nested\"]}]}"),
	VALUE_SET("met-elsewhere", "\"compose\":{\"include\":[{\"system\":\"http://elsewhere\",\"valueSet\":[\"http://vs/"
				   "of-elsewhere\"]}]}"),
	VALUE_SET("of-elsewhere", "\"compose\":{\"include\":[{\"system\":\"http://elsewhere\",\"concept\":[{\"code\":\"f\"}]},{"
				  "\"system\":\"http://cs\",\"concept\":[{\"code\":\"a\"}]}]}"),
	VALUE_SET("all-but", "\"compose\":{\"include\":[{\"system\":\"http://cs\"}],\"exclude\":[{\"valueSet\":[\"http://vs/"
			     "filtered\"]}]}"),
	VALUE_SET("torn",
		  "\"compose\":{\"include\":[{\"system\":\"http://cs\",\"concept\":[{\"code\":\"a\"}]},{\"system\":\"http://"
		  "other\"}],\"exclude\":[{\"system\":\"http://other\",\"concept\":[{\"code\":\"c\"}]}]}"),
	VALUE_SET("paged",
		  "\"expansion\":{\"timestamp\":\"2026-01-01\",\"total\":2,\"contains\":[{\"system\":\"http://cs\",\"code\":"
		  "\"a\"}]}"),
	VALUE_SET("genders", "\"compose\":{\"include\":[{\"system\":\"http://hl7.org/fhir/administrative-gender\"}]}"),
	VALUE_SET("positions", "\"compose\":{\"include\":[{\"system\":\"" POSITION "\",\"filter\":[{\"property\":\"code\",\"op\":"
			       "\"regex\",\"value\":\"not-.*\"}]}]}"),
	"{\"resourceType\":\"Basic\",\"id\":\"yes\",\"code\":{\"coding\":[{\"system\":\"" POSITION "\",\"code\":\"covered\"}]}}",
	"{\"resourceType\":\"Basic\",\"id\":\"no\",\"code\":{\"coding\":[{\"system\":\"" POSITION
	"\",\"code\":\"not-covered\"}]}}",
	VALUE_SET("endless", "\"compose\":{\"include\":[{\"valueSet\":[\"http://vs/endless\"]}]}"),
	"{\"resourceType\":\"Patient\",\"id\":\"pat\",\"birthDate\":\"1974-12-25\",\"name\":[{\"family\":\"Doe\"}],"
	"\"identifier\":[{\"type\":{\"coding\":[{"
	"\"system\":"
	"\"http://types\",\"code\":\"MR\"}]},\"system\":\"http://ids\",\"value\":\"77\"}]}",
	"{\"resourceType\":\"Patient\",\"id\":\"other\",\"name\":[{\"family\":\"Roe\"}],\"identifier\":[{\"type\":{\"coding\":[{"
	"\"system\":"
	"\"http://types\",\"code\":\"SS\"}]},\"system\":\"http://ids\",\"value\":\"77\"}]}",
	CODED("oa", "http://cs", "a",
	      ",\"subject\":{\"reference\":\"Patient/pat\"},\"valueQuantity\":{\"value\":7,\"code\":\"mg\",\"system\":"
	      "\"http://unitsofmeasure.org\"}"),
	CODED(
	    "ob", "http://cs", "b",
	    ",\"subject\":{\"identifier\":{\"system\":\"http://ids\",\"value\":\"77\"}},\"valueQuantity\":{\"value\":3,\"code\":"
	    "\"mg\",\"system\":\"http://unitsofmeasure.org\"}"),
	CODED("oc", "http://cs", "c", ",\"subject\":{\"display\":\"Somebody Else\"}"),
	CODED("od", "http://cs", "d", ",\"subject\":{\"reference\":\"Group/g\"}"),
	CODED("oe", "http://cs", "e", ""),
	CODED("own", "http://own", "o", ",\"subject\":{\"reference\":\"https://gateway.test:8443/fhir/r4/Patient/far\"}"),
	CODED("ox", "http://other", "z", ""),
	"{\"resourceType\":\"Task\",\"id\":\"task\",\"status\":\"ready\",\"intent\":\"order\"}",
	"{\"resourceType\":\"DocumentReference\",\"id\":\"doc\",\"status\":\"current\",\"content\":[{\"attachment\":{"
	"\"contentType\":"
	"\"text/plain\",\"data\":\"aGk=\"}}]}",
	PLANNED("long", "\"start\":\"2026-02-01\",\"end\":\"2026-03-15\""),
	PLANNED("short", "\"start\":\"2026-02-27\",\"end\":\"2026-02-28\""),
	PLANNED("open", "\"start\":\"2026-04-01\""),
	CODED("of", "http://elsewhere", "f", ""),
	"{\"resourceType\":\"Patient\",\"id\":\"known\",\"gender\":\"female\"}",
	"{\"resourceType\":\"Observation\",\"id\":\"ot\",\"status\":\"final\",\"code\":{\"text\":\"Told only\"}}",
	"{\"resourceType\":\"Group\",\"id\":\"g\",\"name\":\"Doe family\"}",
	"{\"resourceType\":\"DiagnosticReport\",\"id\":\"dr\",\"status\":\"final\",\"code\":{\"coding\":[{\"display\":\"Blood "
	"Count\"}]},"
	"\"result\":[{\"reference\":\"Observation/oa\"},{\"reference\":\"Observation/od\"}]}",
};

static int setup(void **state)
{
	gateway_open(state);
	given_in_both(resources, ARRAY_SIZE(resources));
	return 0;
}

static void codes_are_in_the_value_sets_that_are_stored(void **state)
{
	(void)state;
	finds("Observation?code:in=http://vs/listed", "ob oc");
	finds("Observation?code:in=ValueSet/listed", "ob oc");
	finds("Observation?code:in=http://vs/whole", "ox");
	finds("Observation?code:in=http://vs/expanded", "od oe");
	finds("Observation?code:in=http://vs/nested", "ob oe");
	finds("Observation?code:in=http://vs/listed,http://vs/whole", "ob oc ox");
	finds("Observation?code:not-in=http://vs/listed", "oa od oe own ox of ot");
	finds("Observation?code:not-in=http://vs/whole", "oa ob oc od oe own of ot");
	finds("Observation?code:not-in=http://vs/nested&code:in=http://vs/listed", "oc");
	refuses("Observation?code:in=http://vs/nowhere", "not-supported", "is not held here");
	refuses("Observation?code:in=http://vs/endless", "not-supported", "8 deep");
}

static void value_sets_with_rules_are_worked_out(void **state)
{
	(void)state;
	finds("Observation?code:in=http://vs/filtered", "oa ob oc od");
	finds("Observation?code:not-in=http://vs/filtered", "oe own ox of ot");
	finds("Observation?code:in=http://vs/grown", "oa oc oe");
	finds("Observation?code:in=http://vs/shaped", "oa ob oc");
	finds("Observation?code:in=http://vs/holed", "oa ob od oe");
	finds("Observation?code:in=http://vs/met", "ob");
	finds("Observation?code:in=http://vs/met-elsewhere", "of");
	finds("Observation?code:in=http://vs/all-but", "oe");
	finds("DiagnosticReport?result.code:in=http://vs/filtered", "dr");
}

/** What cannot be told is refused with its place and the reason. */
static void value_sets_that_cannot_be_worked_out_are_refused(void **state)
{
	(void)state;
	refuses("Observation?code:in=http://vs/torn", "not-supported",
		"the value set http://vs/torn, include[1]: the code system http://other is not held here");
	refuses("Observation?code:in=http://vs/unknown", "not-supported",
		"the value set http://vs/unknown, include[0]: its filter \\\"similar-to\\\" is not known here");
	refuses("Observation?code:in=http://vs/paged", "not-supported", "no whole expansion");
}

/** Those of the specification and of profiles/ are held without being stored, and stored ones stand on them. */
static void value_sets_that_the_program_has_are_held(void **state)
{
	(void)state;
	finds("Patient?gender:in=http://hl7.org/fhir/ValueSet/administrative-gender", "known");
	finds("Patient?gender:not-in=http://hl7.org/fhir/ValueSet/administrative-gender", "pat other");
	finds("Basic?code:in=https://cannula.dev/fhir/ValueSet/policy-position", "yes no");
	finds("Basic?code:in=http://vs/positions", "no");
	finds("Basic?code:below=" POSITION "|covered", "yes");
	refuses("Patient?gender:below=http://hl7.org/fhir/administrative-gender|female", "not-supported",
		"only the codes are held here");
}

/** A plain code is of the system that its element's binding says: of one, of the one of several that has it, of one whose codes
 * are not listed. */
static void a_plain_code_is_of_the_system_of_its_binding(void **state)
{
	(void)state;
	finds("Patient?gender=http://hl7.org/fhir/administrative-gender|female", "known");
	finds("Patient?gender=http://hl7.org/fhir/administrative-gender|", "known");
	finds("Patient?gender=|female", "known");
	finds("Patient?gender=female", "known");
	finds("Patient?gender=http://other|female", "");
	finds("Patient?gender:not=http://other|female", "pat other known");
	finds("Patient?gender:in=http://vs/genders", "known");
	finds("Patient?gender:not-in=http://vs/genders", "pat other");
	finds("Task?intent=http://hl7.org/fhir/request-intent|order", "task");
	finds("Task?intent=http://hl7.org/fhir/task-intent|order", "");
	finds("DocumentReference?contenttype=urn:ietf:bcp:13|text/plain", "doc");
	finds("DocumentReference?contenttype=http://other|text/plain", "");
}

static void codes_stand_above_and_below_others(void **state)
{
	(void)state;
	finds("Observation?code:below=http://cs|a", "oa ob oc od");
	finds("Observation?code:below=http://cs|b", "ob od");
	finds("Observation?code:below=http://cs|d,http://cs|e", "od oe");
	finds("Observation?code:above=http://cs|d", "oa ob od");
	finds("Observation?code:above=http://cs|e", "oe");
	finds("Observation?code:not=http://cs|a,http://cs|b", "oc od oe own ox of ot");
	refuses("Observation?code:below=b", "value", "system|code");
	refuses("Observation?code:above=http://nowhere|b", "not-supported", "is not held here");
}

static void addresses_stand_above_and_below_others(void **state)
{
	(void)state;
	finds("ValueSet?url:below=http://vs/listed", "listed");
	finds("ValueSet?url:below=http://vs&_sort=_id&_count=3", "all-but endless expanded");
	finds("ValueSet?url:above=http://vs/whole/or/part", "whole");
	finds("ValueSet?url:below=http://v", "");
}

static void texts_and_identifiers_stand_beside_codes_and_references(void **state)
{
	(void)state;
	finds("Observation?code:text=told", "ot");
	finds("DiagnosticReport?code:text=blood", "dr");
	finds("DiagnosticReport?code:text=count", "");
	finds("Patient?identifier:of-type=http://types|MR|77", "pat");
	finds("Patient?identifier:of-type=http://types|SS|77", "other");
	finds("Patient?identifier:of-type=http://types|MR|7", "");
	finds("Observation?subject:identifier=http://ids|77", "ob");
	finds("Observation?subject:identifier=http://ids|78", "");
	refuses("Observation?code:text-advanced=told", "not-supported", "_content");
}

/** An element that says something is there, whatever it says. */
static void nothing_is_missing_that_has_a_text_or_an_identifier(void **state)
{
	(void)state;
	finds("Observation?subject:missing=true", "oe ox of ot");
	finds("Observation?subject:missing=false", "oa ob oc od own");
	finds("Observation?code:missing=true", "");
	finds("DiagnosticReport?code:missing=false", "dr");
}

static void chains_and_has_go_several_steps(void **state)
{
	(void)state;
	finds("Observation?subject:Patient.name=doe", "oa");
	finds("Observation?subject:Group.identifier:missing=true", "od");
	finds("Observation?subject:Patient.identifier=http://ids|77", "oa");
	finds("DiagnosticReport?result.subject:Patient.name=doe", "dr");
	finds("DiagnosticReport?result.subject:Patient.name=roe", "");
	finds("DiagnosticReport?result:Observation.code:below=http://cs|a", "dr");
	finds("DiagnosticReport?result.code:in=http://vs/listed", "");
	finds("Patient?_has:Observation:subject:code=http://cs|a", "pat");
	finds("Patient?_has:Observation:subject:_has:DiagnosticReport:result:status=final", "pat");
	finds("Patient?_has:Observation:subject:_has:DiagnosticReport:result:status=partial", "");
	finds("Group?_has:Observation:subject:_has:DiagnosticReport:result:_id=dr", "g");
}

/** What _filter asks that no modifier stands for. Values are never case sensitive. */
static void expressions_ask_more_than_modifiers(void **state)
{
	(void)state;
	finds("Patient?_filter=name eq doe", "pat");
	finds("Patient?_filter=name eq do", "");
	finds("Patient?_filter=name ne DOE", "other known");
	finds("Patient?_filter=name ew oe", "pat other");
	finds("Patient?_filter=name ew \"DOE\"", "pat");
	finds("Patient?_filter=name ew o", "");
	finds("ValueSet?_filter=url ew all-but or url ew /torn", "all-but torn");
	finds("ValueSet?_filter=url sw http://vs/met", "met met-elsewhere");
	finds("ValueSet?_filter=url co -but", "all-but");
	finds("CarePlan?_filter=date po 2026-03", "long");
	finds("CarePlan?_filter=date po 2026-02-28", "long short");
	finds("CarePlan?_filter=date po 2026", "long short open");
	finds("CarePlan?_filter=date po 2031", "open");
	finds("CarePlan?_filter=_lastUpdated po 2020", "");
	finds("Observation?_filter=code ss http://cs|b", "ob od");
	finds("Observation?_filter=code sb http://cs|d", "oa ob od");
	finds("Observation?_filter=code in http://vs/filtered and not (code ni http://vs/listed)", "ob oc");
	refuses("CarePlan?_filter=date po ge2026", "value", "2026-11-23");
	refuses("Patient?_filter=name po 2026", "not-supported", "cannot be asked of name");
	refuses("CarePlan?_filter=date ew 26", "not-supported", "cannot be asked of date");
	refuses("Patient?_filter=name xx doe", "not-supported", "sw ew gt");
	refuses("Patient?_filter=name pr maybe", "value", "true or false");
	refuses("Patient?name:ends=oe", "not-supported", ":ends");
	refuses("CarePlan?date=po2026", "value", "2026-11-23");
}

/** An operation holds wherever its parameter stands. */
static void expressions_lead_to_other_resources(void **state)
{
	(void)state;
	finds("Observation?_filter=subject.birthdate gt 1970", "oa");
	finds("Observation?_filter=subject.birthdate lt 1970", "");
	finds("Observation?_filter=subject.name ew oe", "oa");
	finds("Patient?_filter=_has:Observation:subject:value-quantity gt 5", "pat");
	finds("Patient?_filter=_has:Observation:subject:value-quantity gt 8", "");
	finds("Observation?_filter=subject:Patient[name eq doe].birthdate ge 1970", "oa");
	finds("Observation?_filter=subject:Patient[name eq roe].birthdate ge 1970", "");
	finds("DiagnosticReport?_filter=result[code eq a and status eq final].subject:Patient[name eq doe].birthdate pr true",
	      "dr");
	finds("DiagnosticReport?_filter=not (result[(code eq d)].status eq final)", "");
	finds("?_filter=url sw http://vs/met&_type=ValueSet,CodeSystem", "met met-elsewhere");
	refuses("Observation?_filter=subject[name eq doe].birthdate ge 1970", "not-supported", "subject:Type[");
	refuses("Observation?_filter=subject:Patient[name eq doe].birthdate", "value", "a comparison");
	refuses("Observation?_filter=subject:Patient[name eq doe.birthdate ge 1970", "value", "a closing bracket");
	refuses("Observation?_filter=subject:Patient[name eq doe] eq 7", "value", "a dot");
	refuses("Observation?_filter=status[name eq doe].birthdate ge 1970", "not-supported", "status");
	refuses("Observation?_filter=subject:Library[name eq doe].url pr true", "not-supported", "does not refer to");
}

static void composites_ask_one_element(void **state)
{
	(void)state;
	finds("Observation?code-value-quantity=http://cs|a$gt5", "oa");
	finds("Observation?code-value-quantity=http://cs|b$gt5", "");
	finds("Observation?code-value-quantity=b$3,a$7||mg", "oa ob");
	refuses("Observation?code-value-quantity=http://cs|a", "value", "$");
}

/** In R5 the URL is that of another base, and so of another resource. */
static void an_absolute_url_of_this_gateway_is_the_resource_itself(void **state)
{
	static const char *const searches[] = { "Observation?subject=Patient/far", "Observation?subject:Patient=far",
						"Observation?subject=https://gateway.test:8443/fhir/r4/Patient/far" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(searches); i++)
		assert_slice(ids_of(FHIR_R4, searches[i]), "own");
	assert_slice(ids_of(FHIR_R5, searches[0]), "");
	assert_slice(ids_of(FHIR_R5, searches[2]), "own");
	finds("Observation?subject=Patient/pat,Patient/nobody", "oa");
	finds("Observation?subject:Patient=pat", "oa");
	finds("Observation?subject=pat", "oa");
	finds("Observation?subject:Group=far", "");
}

static const char *other_version(size_t version)
{
	return fhir_version_name(version == FHIR_R4 ? FHIR_R5 : FHIR_R4);
}

#define OUR_URL "https://gateway.test:8443/fhir/%s/"
#define PLACED(id, rest) "{\"resourceType\":\"Location\",\"id\":\"" id "\"," rest "}"

/** Of both bases each is another server to the other. */
static void references_by_our_absolute_url_are_followed_both_ways(void **state)
{
	static const char *const searches[][2] = {
		{ "Location?organization=Organization/house", "site plain" },
		{ "Location?organization=house", "site plain" },
		{ "Location?organization:Organization=house", "site plain" },
		{ "Location?organization:missing=false", "site foreign plain" },
		{ "Location?organization.name=house", "site plain" },
		{ "Location?organization:Organization.name=house", "site plain" },
		{ "Location?partof.organization.name=house", "room" },
		{ "Organization?_has:Location:organization:_id=site", "house" },
		{ "Organization?_has:Location:organization:_id=foreign", "" },
		{ "Organization?_has:Location:organization:_has:Location:partof:_id=room", "house" },
		{ "Location?_id=site&_include=Location:organization", "site +house" },
		{ "Location?_id=foreign&_include=Location:organization", "foreign" },
		{ "Organization?_id=house&_revinclude=Location:organization", "house +site +plain" },
		{ "Location?partof:below=Location/site", "room" },
		{ "Location?partof:above=Location/room", "room" },
	};
	static const char *const by_url[] = { "Location?organization=" OUR_URL "Organization/house",
					      "Location?organization:Organization=" OUR_URL "Organization/house" };

	(void)state;
	for (size_t version = 0; version < FHIR_VERSION_COUNT; version++) {
		const char *ours = fhir_version_name((enum fhir_version)version);
		given((enum fhir_version)version,
		      SLICE("{\"resourceType\":\"Organization\",\"id\":\"house\",\"name\":\"House\"}"));
		given((enum fhir_version)version,
		      arena_printf(gateway.arena,
				   PLACED("site", "\"managingOrganization\":{\"reference\":\"" OUR_URL "Organization/house\"}"),
				   ours));
		given(
		    (enum fhir_version)version,
		    arena_printf(gateway.arena, PLACED("room", "\"partOf\":{\"reference\":\"" OUR_URL "Location/site\"}"), ours));
		given(
		    (enum fhir_version)version,
		    arena_printf(gateway.arena,
				 PLACED("foreign", "\"managingOrganization\":{\"reference\":\"" OUR_URL "Organization/house\"}"),
				 other_version(version)));
		given((enum fhir_version)version,
		      SLICE(PLACED("plain", "\"managingOrganization\":{\"reference\":\"Organization/house\"}")));
	}
	for (size_t version = 0; version < FHIR_VERSION_COUNT; version++) {
		const char *ours = fhir_version_name((enum fhir_version)version);
		for (size_t i = 0; i < ARRAY_SIZE(searches); i++)
			finds_in((enum fhir_version)version, searches[i][0], searches[i][1]);
		for (size_t i = 0; i < ARRAY_SIZE(by_url); i++) {
			finds_in((enum fhir_version)version, arena_printf(gateway.arena, by_url[i], ours).ptr, "site plain");
			finds_in((enum fhir_version)version, arena_printf(gateway.arena, by_url[i], other_version(version)).ptr,
				 "foreign");
		}
	}
}

static void reopen_store(bool full_text)
{
	struct store_options options = *store_options_of(gateway.store);
	struct error err = { 0 };

	options.path = slice_of(gateway.directory);
	options.full_text = full_text;
	api_free(gateway.api);
	store_conn_close(gateway.writer);
	store_close(gateway.store);
	assert_ok(store_open(&options, gateway.schemas, &gateway.store, &err), &err);
	assert_ok(store_conn_open(gateway.store, &gateway.writer, &err), &err);
	gateway_api_open();
}

/** What is claimed and what works stay the same thing. */
static void without_an_index_of_words_none_are_claimed_or_taken(void **state)
{
	(void)state;
	finds("Patient?_content=doe", "pat");
	struct answer answer = get("/fhir/r4/metadata");
	assert_body_has(&answer, "\"name\":\"_content\"");
	reopen_store(false);
	refuses("Patient?_content=doe", "not-supported", "no search parameter '_content'");
	answer = get("/fhir/r4/metadata");
	assert_int_equal(slice_find(answer.body, SLICE("\"name\":\"_content\"")), SIZE_MAX);
	reopen_store(true);
	finds("Patient?_content=doe", "pat");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_are_in_the_value_sets_that_are_stored),
		cmocka_unit_test(value_sets_with_rules_are_worked_out),
		cmocka_unit_test(value_sets_that_cannot_be_worked_out_are_refused),
		cmocka_unit_test(value_sets_that_the_program_has_are_held),
		cmocka_unit_test(a_plain_code_is_of_the_system_of_its_binding),
		cmocka_unit_test(codes_stand_above_and_below_others),
		cmocka_unit_test(addresses_stand_above_and_below_others),
		cmocka_unit_test(texts_and_identifiers_stand_beside_codes_and_references),
		cmocka_unit_test(nothing_is_missing_that_has_a_text_or_an_identifier),
		cmocka_unit_test(chains_and_has_go_several_steps),
		cmocka_unit_test(expressions_ask_more_than_modifiers),
		cmocka_unit_test(expressions_lead_to_other_resources),
		cmocka_unit_test(composites_ask_one_element),
		cmocka_unit_test(without_an_index_of_words_none_are_claimed_or_taken),
		cmocka_unit_test(an_absolute_url_of_this_gateway_is_the_resource_itself),
		cmocka_unit_test(references_by_our_absolute_url_are_followed_both_ways),
	};

	return cmocka_run_group_tests_name("filters of searches", tests, setup, gateway_close);
}
