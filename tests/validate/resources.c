/* SPDX-License-Identifier: Apache-2.0 */
/* Single faults and what is said about them (refusals.tsv), and documents without any: our fixtures, and the specification's
 * examples where they are present. */
#include "../fhir/examples.h"
#include "validating.h"

#include <dirent.h>

#define DOCUMENT_MAX_BYTES (16u << 20)

static int open_validators(void **state)
{
	load_schemas(state);
	new_validators();
	return 0;
}

static void each_fault_is_told_with_its_place(void **state)
{
	(void)state;
	assert_true(check_rows("tests/validate/refusals.tsv") > 40);
}

/* ---- documents without errors ---- */

/* Of the examples, those with errors, most of them canonicals that are not absolute: the official validator refuses the same. Of
 * our fixtures, those that are made for the codecs alone. */
static const struct {
	enum fhir_version version;
	const char *name;
} faulty[] = {
	{ FHIR_R4, "companions.json" },
	{ FHIR_R4, "contained.json" },
	{ FHIR_R4, "narrative.json" },
	{ FHIR_R5, "bundle.json" },
	{ FHIR_R4, "activitydefinition-administer-zika-virus-exposure-assessment.json" },
	{ FHIR_R4, "activitydefinition-example.json" },
	{ FHIR_R4, "activitydefinition-order-serum-zika-dengue-virus-igm.json" },
	{ FHIR_R4, "activitydefinition-predecessor-example.json" },
	{ FHIR_R4, "activitydefinition-provide-mosquito-prevention-advice.json" },
	{ FHIR_R4, "activitydefinition-servicerequest-example.json" },
	{ FHIR_R4, "activitydefinition-supplyrequest-example.json" },
	{ FHIR_R4, "bundle-search-warning.json" },
	{ FHIR_R4, "capabilitystatement-example.json" },
	{ FHIR_R4, "capabilitystatement-knowledge-repository.json" },
	{ FHIR_R4, "capabilitystatement-measure-processor.json" },
	{ FHIR_R4, "capabilitystatement-messagedefinition.json" },
	{ FHIR_R4, "capabilitystatement-terminology-server.json" },
	{ FHIR_R4, "library-cms146-example.json" },
	{ FHIR_R4, "library-composition-example.json" },
	{ FHIR_R4, "library-example.json" },
	{ FHIR_R4, "library-exclusive-breastfeeding-cds-logic.json" },
	{ FHIR_R4, "library-exclusive-breastfeeding-cqm-logic.json" },
	{ FHIR_R4, "library-fhir-helpers.json" },
	{ FHIR_R4, "library-mmi-suiciderisk-orderset-logic.json" },
	{ FHIR_R4, "library-omtk-logic.json" },
	{ FHIR_R4, "library-opioidcds-common.json" },
	{ FHIR_R4, "library-opioidcds-recommendation-04.json" },
	{ FHIR_R4, "library-opioidcds-recommendation-05.json" },
	{ FHIR_R4, "library-opioidcds-recommendation-07.json" },
	{ FHIR_R4, "library-opioidcds-recommendation-08.json" },
	{ FHIR_R4, "library-opioidcds-recommendation-10.json" },
	{ FHIR_R4, "library-opioidcds-recommendation-11.json" },
	{ FHIR_R4, "library-predecessor-example.json" },
	{ FHIR_R4, "library-zika-virus-intervention-logic.json" },
	{ FHIR_R4, "organization-example-good-health-care.json" },
	{ FHIR_R4, "plandefinition-chlamydia-screening-intervention.json" },
	{ FHIR_R4, "plandefinition-example.json" },
	{ FHIR_R4, "plandefinition-exclusive-breastfeeding-intervention-01.json" },
	{ FHIR_R4, "plandefinition-exclusive-breastfeeding-intervention-02.json" },
	{ FHIR_R4, "plandefinition-exclusive-breastfeeding-intervention-03.json" },
	{ FHIR_R4, "plandefinition-exclusive-breastfeeding-intervention-04.json" },
	{ FHIR_R4, "plandefinition-opioidcds-04.json" },
	{ FHIR_R4, "plandefinition-opioidcds-05.json" },
	{ FHIR_R4, "plandefinition-opioidcds-07.json" },
	{ FHIR_R4, "plandefinition-opioidcds-08.json" },
	{ FHIR_R4, "plandefinition-opioidcds-10.json" },
	{ FHIR_R4, "plandefinition-opioidcds-11.json" },
	{ FHIR_R4, "plandefinition-predecessor-example.json" },
	{ FHIR_R4, "plandefinition-zika-virus-intervention.json" },
	{ FHIR_R4, "questionnaire-cqf-example.json" },
	{ FHIR_R4, "questionnaire-zika-virus-exposure-assessment.json" },
	{ FHIR_R4, "requestgroup-kdn5-example.json" },
	{ FHIR_R5, "bundle-lri-example.json" },
	{ FHIR_R5, "documentreference-example-comprehensive.json" },
	{ FHIR_R5, "documentreference-example.json" },
};

static bool is_faulty(enum fhir_version version, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(faulty); i++)
		if (faulty[i].version == version && strcmp(faulty[i].name, name) == 0)
			return true;
	return false;
}

static void validate_file(enum fhir_version version, const char *path, const char *name)
{
	struct error err = { 0 };
	struct slice json;

	end_test(NULL);
	begin_test(NULL);
	assert_ok(file_read(arena, path, DOCUMENT_MAX_BYTES, &json, &err), &err);
	validate(version, json);
	if ((issues.error_count > 0) == is_faulty(version, name))
		return;
	for (const struct issue *issue = issues.first; issue; issue = issue->next)
		if (issue->severity >= ISSUE_ERROR)
			print_message("# %u:%u %.*s: %.*s %.*s\n", issue->line, issue->column, SLICE_ARG(issue->expression),
				      SLICE_ARG(issue->key), SLICE_ARG(issue->text));
	fail_msg("%s: %zu errors", path, issues.error_count);
}

static size_t validate_directory(enum fhir_version version, const char *path)
{
	DIR *directory = opendir(path);
	size_t count = 0;

	assert_non_null(directory);
	for (struct dirent *entry; (entry = readdir(directory));) {
		char file[PATH_BYTES + 300];

		if (!slice_ends(slice_of(entry->d_name), SLICE(".json")))
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		validate_file(version, file, entry->d_name);
		count++;
	}
	closedir(directory);
	return count;
}

static void our_fixtures_have_no_errors(void **state)
{
	(void)state;
	for (int version = 0; version < FHIR_VERSION_COUNT; version++) {
		char path[PATH_BYTES];

		snprintf(path, sizeof(path), "%s/fixtures/fhir/%s", getenv("CANNULA_TOP"),
			 fhir_version_name((enum fhir_version)version));
		assert_true(validate_directory((enum fhir_version)version, path) > 0);
	}
}

static void validate_examples(enum fhir_version version, const char *directory)
{
	assert_true(validate_directory(version, directory) > 100);
}

static void the_examples_of_r4_have_only_errors_that_are_known(void **state)
{
	(void)state;
	examples_unpack(FHIR_R4, validate_examples);
}

static void the_examples_of_r5_have_only_errors_that_are_known(void **state)
{
	(void)state;
	examples_unpack(FHIR_R5, validate_examples);
}

/** comparable, lowBoundary, highBoundary, memberOf. */
static void nearly_all_invariants_are_checked(void **state)
{
	(void)state;
	assert_int_equal(validator_left_out(validators[FHIR_R4]), 0);
	assert_true(validator_left_out(validators[FHIR_R5]) <= 8);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_test, end_test)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_fault_is_told_with_its_place),
		TEST(our_fixtures_have_no_errors),
		TEST(the_examples_of_r4_have_only_errors_that_are_known),
		TEST(the_examples_of_r5_have_only_errors_that_are_known),
		TEST(nearly_all_invariants_are_checked),
	};

	return cmocka_run_group_tests_name("validate", tests, open_validators, close_validators);
}
