/* SPDX-License-Identifier: Apache-2.0 */
/* Code forms are those that the publishers describe: AMA (CPT), CMS (HCPCS Level II, ICD-10-PCS). */
#include "../testing.h"

#include "cannula/fhir.h"

static void systems_are_found_by_name_uri_and_alias(void **state)
{
	static const char *const names[][2] = {
		{ "cpt", "cpt" },
		{ "CPT", "cpt" },
		{ "http://www.ama-assn.org/go/cpt", "cpt" },
		{ "urn:oid:2.16.840.1.113883.6.12", "cpt" },
		{ "hcpcs", "hcpcs" },
		{ "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", "hcpcs" },
		{ "urn:oid:2.16.840.1.113883.6.285", "hcpcs" },
		{ "icd-10-pcs", "icd-10-pcs" },
		{ "http://www.cms.gov/Medicare/Coding/ICD10", "icd-10-pcs" },
		{ "urn:oid:2.16.840.1.113883.6.4", "icd-10-pcs" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct fhir_code_system *system = fhir_code_system_find(slice_of(names[i][0]));
		assert_non_null(system);
		assert_slice(system->name, names[i][1]);
	}
	assert_null(fhir_code_system_find(SLICE("http://loinc.org")));
	assert_null(fhir_code_system_find(SLICE("HTTP://WWW.AMA-ASSN.ORG/GO/CPT")));
	assert_null(fhir_code_system_find(SLICE("")));
	assert_null(fhir_code_system_find(SLICE_NONE));
}

static void codes_have_the_form_of_their_system(void **state)
{
	static const struct {
		const char *system, *code;
		bool valid;
	} codes[] = {
		{ "cpt", "22513", true },           { "cpt", "0002M", true },           { "cpt", "3006F", true },
		{ "cpt", "0712t", true },           { "cpt", "2251", false },           { "cpt", "225130", false },
		{ "cpt", "2251X", false },          { "cpt", "22513\n", false },        { "cpt", "", false },
		{ "hcpcs", "G0260", true },         { "hcpcs", "c1062", true },         { "hcpcs", "22513", false },
		{ "hcpcs", "X1234", false },        { "hcpcs", "G02600", false },       { "icd-10-pcs", "0PS43ZZ", true },
		{ "icd-10-pcs", "0ps43zz", true },  { "icd-10-pcs", "0PO43ZZ", false }, { "icd-10-pcs", "0PI43ZZ", false },
		{ "icd-10-pcs", "APS43ZZ", false }, { "icd-10-pcs", "0PS43Z", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		if (fhir_code_valid(fhir_code_system_find(slice_of(codes[i].system)), slice_of(codes[i].code)) != codes[i].valid)
			fail_msg("%s %s", codes[i].system, codes[i].code);
}

static void a_code_with_a_nul_inside_is_none(void **state)
{
	(void)state;
	assert_false(fhir_code_valid(fhir_code_system_find(SLICE("cpt")), (struct slice){ "22513\0x", 7 }));
	assert_false(fhir_code_valid(fhir_code_system_find(SLICE("cpt")), SLICE_NONE));
}

static void every_system_is_complete_and_its_names_are_its_own(void **state)
{
	const struct fhir_code_system *systems, *again;
	struct error err = { 0 };
	size_t count;

	(void)state;
	assert_ok(fhir_code_systems(&systems, &count, &err), &err);
	assert_ok(fhir_code_systems(&again, &count, &err), &err);
	assert_ptr_equal(systems, again);
	assert_true(count >= 3);
	for (size_t i = 0; i < count; i++) {
		assert_true(systems[i].title.len > 0 && systems[i].labels.count > 0);
		for (size_t k = 0; k < systems[i].aliases.count; k++)
			assert_ptr_equal(fhir_code_system_find(systems[i].aliases.items[k]), &systems[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(systems_are_found_by_name_uri_and_alias),
		cmocka_unit_test(codes_have_the_form_of_their_system),
		cmocka_unit_test(a_code_with_a_nul_inside_is_none),
		cmocka_unit_test(every_system_is_complete_and_its_names_are_its_own),
	};

	return cmocka_run_group_tests_name("code_systems", tests, NULL, NULL);
}
