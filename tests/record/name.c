/* SPDX-License-Identifier: Apache-2.0 */
#include "reading.h"
#include "record/name.h"

static struct arena *arena;
static struct issues issues;

static int setup(void **state)
{
	(void)state;
	arena = arena_new(1u << 20);
	issues_init(&issues, arena, 10);
	return arena ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void assert_name_gives(const char *name, const char *id)
{
	struct record_source source = { .name = name };
	struct record_code code;
	struct error err = { 0 };

	assert_ok(record_code_find(arena, reading_rules, &source, &issues, &code, &err), &err);
	assert_slice(record_id_make(arena, reading_rules, &code, SLICE("Some Title")), id);
}

static void a_code_comes_from_the_file_name(void **state)
{
	(void)state;
	assert_name_gives("kyphoplasty-22513.txt", "cpt-22513");
	assert_name_gives("/data/99999/cpt_22513.txt", "cpt-22513");
	assert_name_gives("22513", "cpt-22513");
	assert_name_gives("22513-kyphoplasty.txt", "cpt-22513");
	assert_name_gives("cpt_72148_lumbar-mri.txt", "cpt-72148");
	assert_name_gives("hip 0SR90J9.txt", "icd-10-pcs-0SR90J9");
	assert_name_gives("0dtj4zz.txt", "some-title");
	assert_name_gives("icd-10-pcs-0dtj4zz.txt", "icd-10-pcs-0DTJ4ZZ");
	assert_name_gives("infusion-j1745.txt", "hcpcs-J1745");
	assert_int_equal(issues.count, 1);
}

static void a_name_without_code_gives_none_and_an_issue(void **state)
{
	(void)state;
	assert_name_gives("kyphoplasty.txt", "some-title");
	assert_int_equal(issues.count, 1);
	assert_string_equal(issues.first->code, "not-found");
	assert_name_gives("-", "some-title");
	assert_name_gives("knee-replace.txt", "some-title");
	assert_name_gives("visit-2024.txt", "some-title");
	assert_name_gives("record-123456.txt", "some-title");
	assert_name_gives("225139-old.txt", "some-title");
}

static bool ask(const char *system, const char *code, struct record_code *out, struct error *err)
{
	struct record_source source = { .name = "page-45378.txt", .system = slice_of(system), .code = slice_of(code) };

	*err = (struct error){ 0 };
	return record_code_find(arena, reading_rules, &source, &issues, out, err);
}

static void the_callers_code_goes_before_the_name(void **state)
{
	struct record_code code;
	struct error err;

	(void)state;
	assert_ok(ask("cpt", "22513", &code, &err), &err);
	assert_slice(code.code, "22513");
	assert_ok(ask("urn:oid:2.16.840.1.113883.6.285", "e0601", &code, &err), &err);
	assert_slice(code.system->name, "hcpcs");
	assert_slice(code.code, "E0601");
	assert_ok(ask(NULL, "0SR90J9", &code, &err), &err);
	assert_slice(code.system->name, "icd-10-pcs");
}

static void a_callers_system_alone_decides_about_the_name(void **state)
{
	struct record_code code;
	struct error err;

	(void)state;
	assert_ok(ask("cpt", NULL, &code, &err), &err);
	assert_slice(code.code, "45378");
	assert_ok(ask("hcpcs", NULL, &code, &err), &err);
	assert_null(code.system);
	assert_int_equal(issues.count, 1);
	assert_false(ask("nosuch", NULL, &code, &err));
	assert_int_equal(err.code, ERROR_USAGE);
}

static void a_callers_code_that_is_none_is_refused(void **state)
{
	struct record_code code;
	struct error err;

	(void)state;
	assert_false(ask("cpt", "2251", &code, &err));
	assert_int_equal(err.code, ERROR_USAGE);
	assert_false(ask("nosuch", "22513", &code, &err));
	assert_int_equal(err.code, ERROR_USAGE);
	assert_false(ask(NULL, "kyphoplasty", &code, &err));
	assert_int_equal(err.code, ERROR_USAGE);
}

static struct slice id_of(const char *title)
{
	struct record_code none = { 0 };

	return record_id_make(arena, reading_rules, &none, slice_of(title));
}

static void an_id_is_made_from_the_title(void **state)
{
	(void)state;
	assert_slice(id_of("Ménière’s disease: a test, (twice)"), "menieres-disease-a-test-twice");
	assert_slice(id_of("CPT 22513"), "page-cpt-22513"); /* never looks like a record with a code */
	struct slice long_id =
	    id_of("A title so long that it cannot be an identifier of a FHIR resource without being cut somewhere");
	struct slice other = id_of("A title so long that it cannot be an identifier of a FHIR resource without being cut at all");
	assert_true(long_id.len <= 64);
	assert_false(slice_equal(long_id, other));
	assert_true(slice_starts(long_id, SLICE("a-title-so-long-that-it-cannot-be")));
	assert_int_equal(id_of("手術").len, strlen("page-12345678"));
	assert_true(slice_starts(id_of("手術"), SLICE("page-")));
}

static void a_computable_name_fits_the_invariant(void **state)
{
	(void)state;
	assert_slice(record_computable_name(arena, reading_rules, SLICE("percutaneous vertebral augmentation")),
		     "PercutaneousVertebralAugmentation");
	assert_slice(record_computable_name(arena, reading_rules, SLICE("Prothèse – “total hip”")), "ProtheseTotalHip");
	assert_slice(record_computable_name(arena, reading_rules, SLICE("3-D echo of the heart's valves")),
		     "Procedure3DEchoOfTheHeartsValves");
	assert_slice(record_computable_name(arena, reading_rules, SLICE("手術")), "Procedure");
	assert_slice(record_computable_name(arena, reading_rules, SLICE("x")), "ProcedureX");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_code_comes_from_the_file_name, setup, teardown),
		cmocka_unit_test_setup_teardown(a_name_without_code_gives_none_and_an_issue, setup, teardown),
		cmocka_unit_test_setup_teardown(the_callers_code_goes_before_the_name, setup, teardown),
		cmocka_unit_test_setup_teardown(a_callers_system_alone_decides_about_the_name, setup, teardown),
		cmocka_unit_test_setup_teardown(a_callers_code_that_is_none_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(an_id_is_made_from_the_title, setup, teardown),
		cmocka_unit_test_setup_teardown(a_computable_name_fits_the_invariant, setup, teardown),
	};
	return cmocka_run_group_tests_name("name", tests, reading_setup, reading_teardown);
}
