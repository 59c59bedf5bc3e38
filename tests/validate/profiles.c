/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles: faults against those of fixtures/profiles (profiles.tsv), what is refused as a profile, what is known of one, and
 * that hostile ones cost no more than their share. */
#include "validating.h"

#include <dirent.h>

#define SOURCES_MAX 16
#define BASE "https://example.org/fhir/StructureDefinition/"
#define PATIENT "http://hl7.org/fhir/StructureDefinition/Patient"

static struct validate_source sources[FHIR_VERSION_COUNT][SOURCES_MAX];
static struct validator *built_in[FHIR_VERSION_COUNT];
static char places[SOURCES_MAX][PATH_BYTES];

static size_t read_fixtures(enum fhir_version version)
{
	char folder[PATH_BYTES - 300];
	size_t count = 0;

	snprintf(folder, sizeof(folder), "%s/fixtures/profiles", getenv("CANNULA_TOP"));
	DIR *directory = opendir(folder);
	assert_non_null(directory);
	for (struct dirent *entry; (entry = readdir(directory));) {
		struct error err = { 0 };
		struct slice json;

		if (!slice_ends(slice_of(entry->d_name), SLICE(".json")))
			continue;
		assert_true(count < SOURCES_MAX);
		snprintf(places[count], sizeof(places[count]), "%s/%s", folder, entry->d_name);
		assert_ok(file_read(schema_arena, places[count], 1u << 20, &json, &err), &err);
		issues_init(&issues, schema_arena, 20);
		assert_true(fhir_read(schema_arena, schemas[version], NULL, true, json, &issues,
				      (struct fhir_node **)&sources[version][count].resource));
		sources[version][count].place = places[count];
		count++;
	}
	closedir(directory);
	return count;
}

static int open_with_fixtures(void **state)
{
	load_schemas(state);
	new_validators();
	for (int version = 0; version < FHIR_VERSION_COUNT; version++) {
		struct validate_library library = { sources[version], read_fixtures((enum fhir_version)version) };
		struct error err = { 0 };

		built_in[version] = validators[version];
		assert_ok(validator_extend(built_in[version], &library, &validators[version], &err), &err);
	}
	return 0;
}

static int close_all(void **state)
{
	close_validators(state);
	for (int version = 0; version < FHIR_VERSION_COUNT; version++)
		validator_free(built_in[version]);
	return 0;
}

static void each_fault_against_a_profile_is_told_with_its_place(void **state)
{
	(void)state;
	assert_true(check_rows("tests/validate/profiles.tsv") > 100);
}

/* ---- definitions of one test ---- */

#define PROFILE(name, base, elements)                                                                                            \
	"{\"resourceType\":\"StructureDefinition\",\"url\":\"" BASE name "\",\"version\":\"2\",\"name\":\"X\","                  \
	"\"status\":\"active\",\"kind\":\"resource\",\"abstract\":false,\"type\":\"Patient\",\"baseDefinition\":\"" base         \
	"\",\"derivation\":\"constraint\"," elements "}"
#define DIFFERENTIAL(elements) "\"differential\":{\"element\":[" elements "]}"
#define ELEMENT(path, rest) "{\"id\":\"" path "\",\"path\":\"" path "\"," rest "}"

/** Issues of a resource against `profile`. */
static void validate_as(const char *json, const char *profile)
{
	struct slice url = slice_of(profile);
	struct validate_request request = { &url, 1 };
	struct error err = { 0 };

	issues_init(&issues, arena, 100);
	assert_ok(validate_against(made, read_json(FHIR_R4, slice_of(json)), &request, &issues, &err), &err);
}

static void assert_issue(enum issue_severity severity, const char *code, const char *words)
{
	for (const struct issue *issue = issues.first; issue; issue = issue->next)
		if (issue->severity == severity && strcmp(issue->code, code) == 0 && has_words(issue->text, slice_of(words)))
			return;
	for (const struct issue *issue = issues.first; issue; issue = issue->next)
		print_message("# %s %.*s\n", issue->code, SLICE_ARG(issue->text));
	fail_msg("not told: %s", words);
}

/** Refused at the place where `needle` stands in `json`. */
static void refuses(const char *json, const char *needle, const char *words)
{
	char place[100];

	assert_false(know(json));
	snprintf(place, sizeof(place), "given.json:1:%zu", slice_find(slice_of(json), slice_of(needle)) + 1);
	assert_string_equal(refusal.place, place);
	assert_non_null(strstr(refusal.message, words));
}

#define LOOSE_PATIENT "{\"resourceType\":\"Patient\"}"

static void a_profile_that_was_asked_for_must_be_known(void **state)
{
	(void)state;
	assert_true(know(PROFILE("a", PATIENT, DIFFERENTIAL(ELEMENT("Patient.gender", "\"min\":1")))));
	validate_as(LOOSE_PATIENT, BASE "none");
	assert_issue(ISSUE_ERROR, "not-found", "https://example.org/fhir/StructureDefinition/none is not known");
	validate_as(LOOSE_PATIENT, BASE "a");
	assert_issue(ISSUE_ERROR, "required", "\"gender\" is missing");
	validate_as(LOOSE_PATIENT, BASE "a|2");
	assert_issue(ISSUE_ERROR, "required", "\"gender\" is missing");
	validate_as(LOOSE_PATIENT, BASE "a|1");
	assert_issue(ISSUE_ERROR, "not-found", "a|1 is not known");
}

static void a_type_is_a_profile_of_itself(void **state)
{
	(void)state;
	assert_true(know(PROFILE("a", PATIENT, DIFFERENTIAL(ELEMENT("Patient.gender", "\"min\":1")))));
	validate_as(LOOSE_PATIENT, PATIENT);
	assert_int_equal(issues.error_count, 0);
	validate_as(LOOSE_PATIENT, "http://hl7.org/fhir/StructureDefinition/Group");
	assert_issue(ISSUE_ERROR, "structure", "it must be a Group, not a Patient");
}

static void a_snapshot_says_it_all_and_what_the_tables_say_is_told_once(void **state)
{
	static const char profile[] =
	    PROFILE("a", BASE "unknown-base",
		    "\"snapshot\":{\"element\":["
		    "{\"id\":\"Patient\",\"path\":\"Patient\",\"min\":0,\"max\":\"*\"},"
		    "{\"id\":\"Patient.gender\",\"path\":\"Patient.gender\",\"min\":1,\"max\":\"1\",\"binding\":"
		    "{\"strength\":\"required\",\"valueSet\":\"http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1\"}},"
		    "{\"id\":\"Patient.link\",\"path\":\"Patient.link\",\"min\":0,\"max\":\"*\"},"
		    "{\"id\":\"Patient.link.type\",\"path\":\"Patient.link.type\",\"min\":1,\"max\":\"1\"}]}");

	(void)state;
	assert_true(know(profile));
	validate_as("{\"resourceType\":\"Patient\",\"gender\":\"x\",\"link\":[{\"other\":{\"display\":\"x\"}}]}", BASE "a");
	assert_int_equal(issues.error_count, 2);
	validate_as(LOOSE_PATIENT, BASE "a");
	assert_int_equal(issues.error_count, 1);
}

/** Old tools wrote none: the order of elements says which slice is meant. */
static void elements_without_ids_belong_to_the_slice_before_them(void **state)
{
	static const char profile[] =
	    PROFILE("a", PATIENT,
		    DIFFERENTIAL("{\"path\":\"Patient.identifier\",\"slicing\":{\"discriminator\":[{\"type\":\"value\","
				 "\"path\":\"system\"}],\"rules\":\"open\"}},"
				 "{\"path\":\"Patient.identifier\",\"sliceName\":\"x\",\"min\":1},"
				 "{\"path\":\"Patient.identifier.system\",\"fixedUri\":\"urn:x\"},"
				 "{\"path\":\"Patient.identifier.value\",\"min\":1}"));

	(void)state;
	assert_true(know(profile));
	validate_as("{\"resourceType\":\"Patient\",\"identifier\":[{\"system\":\"urn:y\"}]}", BASE "a");
	assert_int_equal(issues.error_count, 1);
	assert_issue(ISSUE_ERROR, "required", "\"identifier:x\" is missing");
	validate_as("{\"resourceType\":\"Patient\",\"identifier\":[{\"system\":\"urn:x\"}]}", BASE "a");
	assert_int_equal(issues.error_count, 1);
	assert_issue(ISSUE_ERROR, "required", "\"value\" is missing");
}

static void a_slice_may_be_sliced_again(void **state)
{
	static const char profile[] = PROFILE(
	    "a", PATIENT,
	    DIFFERENTIAL(
		"{\"id\":\"Patient.identifier\",\"path\":\"Patient.identifier\",\"slicing\":{\"discriminator\":"
		"[{\"type\":\"value\",\"path\":\"system\"}],\"rules\":\"open\"}},"
		"{\"id\":\"Patient.identifier:x\",\"path\":\"Patient.identifier\",\"sliceName\":\"x\","
		"\"slicing\":{\"discriminator\":[{\"type\":\"value\",\"path\":\"use\"}],\"rules\":\"closed\"}},"
		"{\"id\":\"Patient.identifier:x.system\",\"path\":\"Patient.identifier.system\",\"fixedUri\":\"urn:x\"},"
		"{\"id\":\"Patient.identifier:x/old\",\"path\":\"Patient.identifier\",\"sliceName\":\"x/old\",\"max\":\"1\"},"
		"{\"id\":\"Patient.identifier:x/old.use\",\"path\":\"Patient.identifier.use\",\"fixedCode\":\"old\"}"));

	(void)state;
	assert_true(know(profile));
	validate_as(
	    "{\"resourceType\":\"Patient\",\"identifier\":[{\"system\":\"urn:x\",\"use\":\"old\"},{\"system\":\"urn:y\"}]}",
	    BASE "a");
	assert_int_equal(issues.error_count, 0);
	validate_as("{\"resourceType\":\"Patient\",\"identifier\":[{\"system\":\"urn:x\",\"use\":\"usual\"}]}", BASE "a");
	assert_issue(ISSUE_ERROR, "structure", "none of the slices");
}

static void content_that_a_profile_refers_to_is_as_it_says_there(void **state)
{
	static const char profile[] =
	    "{\"resourceType\":\"StructureDefinition\",\"url\":\"" BASE "q\",\"name\":\"Q\",\"status\":\"active\","
	    "\"kind\":\"resource\",\"abstract\":false,\"type\":\"Questionnaire\",\"derivation\":\"constraint\",\"snapshot\":"
	    "{\"element\":[" ELEMENT("Questionnaire.item.text", "\"min\":1") "," ELEMENT(
		"Questionnaire.item.item", "\"contentReference\":\"#Questionnaire.item\"") "]}}";

	(void)state;
	assert_true(know(profile));
	validate_as("{\"resourceType\":\"Questionnaire\",\"status\":\"active\",\"item\":[{\"linkId\":\"1\",\"type\":\"group\","
		    "\"text\":\"x\",\"item\":[{\"linkId\":\"2\",\"type\":\"group\",\"text\":\"x\",\"item\":[{\"linkId\":\"3\","
		    "\"type\":\"string\"}]}]}]}",
		    BASE "q");
	assert_int_equal(issues.error_count, 1);
	assert_issue(ISSUE_ERROR, "required", "\"text\" is missing");
	assert_slice(issues.last->expression, "Questionnaire.item[0].item[0].item[0]");
}

static void one_profile_of_several_is_enough(void **state)
{
	static const char profile[] = BUNDLE(
	    PROFILE("a", PATIENT,
		    DIFFERENTIAL("{\"id\":\"Patient.contained\",\"path\":\"Patient.contained\",\"type\":[{\"code\":\"Patient\","
				 "\"profile\":[\"" BASE "b\",\"" PATIENT "\"]}]}")),
	    PROFILE("b", PATIENT, DIFFERENTIAL(ELEMENT("Patient.gender", "\"min\":1"))));

	(void)state;
	assert_true(know(profile));
	validate_as("{\"resourceType\":\"Patient\",\"contained\":[{\"resourceType\":\"Patient\",\"id\":\"c\"}],"
		    "\"link\":[{\"other\":{\"reference\":\"#c\"},\"type\":\"seealso\"}]}",
		    BASE "a");
	assert_int_equal(issues.error_count, 0);
}

static void what_makes_no_sense_is_refused_with_its_place(void **state)
{
	(void)state;
	refuses(PROFILE("a", PATIENT, DIFFERENTIAL(ELEMENT("Patient.colour", "\"min\":1"))), "{\"id\"",
		"Patient has no element \"colour\"");
	refuses(PROFILE("a", PATIENT, DIFFERENTIAL(ELEMENT("Group.name", "\"min\":1"))), "{\"id\"",
		"does not begin with Patient");
	refuses(PROFILE("a", BASE "none", DIFFERENTIAL(ELEMENT("Patient.name", "\"min\":1"))), "\"baseDefinition\"",
		"is not known");
	assert_non_null(strstr(refusal.hint, "give the base too"));
	refuses(PROFILE("a", BASE "a", DIFFERENTIAL(ELEMENT("Patient.name", "\"min\":1"))), "{", "circle");
	refuses(PROFILE("a", PATIENT, DIFFERENTIAL(ELEMENT("Patient.name", "\"max\":\"many\""))), "\"max\"",
		"no cardinality: \"many\"");
	refuses("{\"resourceType\":\"ValueSet\",\"status\":\"active\"}", "{", "without url");
}

/* ---- hostile ones ---- */

static void a_profile_that_asks_for_itself_ends(void **state)
{
	static const char profile[] = PROFILE(
	    "a", PATIENT,
	    DIFFERENTIAL("{\"id\":\"Patient.link.other\",\"path\":\"Patient.link.other\",\"type\":[{\"code\":\"Reference\","
			 "\"targetProfile\":[\"" BASE "a\"]}]}"));

	(void)state;
	assert_true(know(profile));
	validate_as("{\"resourceType\":\"Patient\",\"link\":[{\"other\":{\"reference\":\"#\"},\"type\":\"seealso\"},"
		    "{\"other\":{\"reference\":\"#\"},\"type\":\"seealso\"}]}",
		    BASE "a");
	assert_issue(ISSUE_WARNING, "too-costly", "take too long");
}

static void a_costly_invariant_is_told_and_no_more(void **state)
{
	static const char profile[] =
	    PROFILE("a", PATIENT,
		    DIFFERENTIAL(ELEMENT("Patient",
					 "\"constraint\":[{\"key\":\"x-1\",\"severity\":\"error\",\"human\":\"x\",\"expression\":"
					 "\"(1|2|3|4|5|6|7|8|9).repeat(iif($this < 1000000, $this + 1)).count() > 0\"}]")));

	(void)state;
	assert_true(know(profile));
	validate_as(LOOSE_PATIENT, BASE "a");
	assert_issue(ISSUE_WARNING, "too-costly", "takes too long");
}

static void an_invariant_that_is_no_fhirpath_is_told(void **state)
{
	static const char profile[] =
	    PROFILE("a", PATIENT,
		    DIFFERENTIAL(ELEMENT("Patient", "\"constraint\":[{\"key\":\"x-1\",\"severity\":\"error\",\"human\":\"x\","
						    "\"expression\":\"name.(\"}]")));

	(void)state;
	assert_true(know(profile));
	validate_as(LOOSE_PATIENT, BASE "a");
	assert_issue(ISSUE_WARNING, "not-supported", "cannot be checked");
	assert_int_equal(issues.error_count, 0);
}

/** Slices of slices of slices: as deep as an id may be long. */
static void a_profile_is_no_deeper_than_its_ids_are_long(void **state)
{
	struct buf json;

	(void)state;
	buf_init(&json, 1u << 20);
	buf_append(&json,
		   SLICE("{\"resourceType\":\"StructureDefinition\",\"url\":\"urn:d\",\"name\":\"D\",\"status\":\"active\","
			 "\"kind\":\"resource\",\"abstract\":false,\"type\":\"Patient\",\"derivation\":\"constraint\","
			 "\"differential\":{\"element\":[{\"path\":\"Patient.name\",\"id\":\"Patient.name:a"));
	for (int i = 0; i < 100000; i++)
		buf_append(&json, SLICE("/a"));
	buf_append(&json, SLICE("\"}]}}"));
	buf_append_char(&json, '\0');
	assert_false(json.failed);
	assert_false(know(json.ptr));
	assert_int_equal(refusal.code, ERROR_LIMIT);
	buf_free(&json);
}

/* ---- what expressions ask ---- */

/** "true", "false", "" for nothing, "error". */
static const char *answer(const char *json, const char *expression)
{
	struct fhirpath_context context = { .schema = schemas[FHIR_R4] };
	struct fhirpath_program *program;
	struct fhirpath_result result;
	struct error err = { 0 };

	validator_inform(validators[FHIR_R4], &context);
	assert_ok(fhirpath_compile(arena, slice_of(expression), &program, &err), &err);
	if (!fhirpath_eval_node(arena, program, &context, read_json(FHIR_R4, slice_of(json)), &result, &err))
		return "error";
	return result.count ? arena_cstr(arena, fhirpath_item_text(&result.items[0])) : "";
}

#define TOPIC(code)                                                                                                              \
	"{\"resourceType\":\"Basic\",\"code\":{\"coding\":[{\"system\":\"https://example.org/fhir/CodeSystem/"                   \
	"topics\",\"code\":\"" code "\"}]}}"
#define IN(set) "code.memberOf('https://example.org/fhir/ValueSet/" set "')"

static void member_of_answers_from_value_sets_that_are_held(void **state)
{
	(void)state;
	assert_string_equal(answer(TOPIC("aortic-valve"), IN("heart-topics")), "true");
	assert_string_equal(answer(TOPIC("heart"), IN("heart-topics")), "true");
	assert_string_equal(answer(TOPIC("rhythm"), IN("heart-topics")), "false");
	assert_string_equal(answer(TOPIC("lung"), IN("heart-topics")), "false");
	assert_string_equal(answer(TOPIC("aortic-valve"), IN("left-topics")), "true");
	assert_string_equal(answer(TOPIC("valve"), IN("left-topics")), "false");
	assert_string_equal(answer(TOPIC("valve"), IN("none")), "");
	assert_string_equal(answer("{\"resourceType\":\"Patient\",\"gender\":\"male\"}",
				   "gender.memberOf('http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1')"),
			    "true");
	assert_string_equal(answer(LOOSE_PATIENT, "'mail'.memberOf('http://hl7.org/fhir/ValueSet/administrative-gender')"),
			    "false");
}

static void conforms_to_answers_from_profiles_that_are_held(void **state)
{
	static const char identifier[] = "identifier.conformsTo('" BASE "clinic-identifier')";

	(void)state;
	assert_string_equal(
	    answer("{\"resourceType\":\"Patient\",\"identifier\":[{\"system\":\"urn:x\",\"value\":\"1234\"}]}", identifier),
	    "true");
	assert_string_equal(answer("{\"resourceType\":\"Patient\",\"identifier\":[{\"value\":\"1234\"}]}", identifier), "false");
	assert_string_equal(answer(LOOSE_PATIENT, "conformsTo('" BASE "clinic-patient')"), "false");
	assert_string_equal(answer(LOOSE_PATIENT, "conformsTo('" PATIENT "')"), "true");
	assert_string_equal(answer(LOOSE_PATIENT, "conformsTo('" BASE "none')"), "error");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_test, end_knowing)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_fault_against_a_profile_is_told_with_its_place),
		TEST(a_profile_that_was_asked_for_must_be_known),
		TEST(a_type_is_a_profile_of_itself),
		TEST(a_snapshot_says_it_all_and_what_the_tables_say_is_told_once),
		TEST(elements_without_ids_belong_to_the_slice_before_them),
		TEST(a_slice_may_be_sliced_again),
		TEST(content_that_a_profile_refers_to_is_as_it_says_there),
		TEST(one_profile_of_several_is_enough),
		TEST(what_makes_no_sense_is_refused_with_its_place),
		TEST(a_profile_that_asks_for_itself_ends),
		TEST(a_profile_is_no_deeper_than_its_ids_are_long),
		TEST(a_costly_invariant_is_told_and_no_more),
		TEST(an_invariant_that_is_no_fhirpath_is_told),
		TEST(member_of_answers_from_value_sets_that_are_held),
		TEST(conforms_to_answers_from_profiles_that_are_held),
	};

	return cmocka_run_group_tests_name("profiles", tests, open_with_fixtures, close_all);
}
