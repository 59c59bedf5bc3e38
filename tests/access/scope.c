/* SPDX-License-Identifier: Apache-2.0 */
#include "../testing.h"

#include "access/scope.h"

static enum scope_kind kind_of(const char *scope)
{
	struct access_grant grant;
	const char *why = NULL;
	enum scope_kind kind = scope_parse(slice_of(scope), &grant, &why);

	if (kind == SCOPE_REFUSED)
		assert_non_null(why);
	return kind;
}

static void assert_grants(const char *scope, const char *type, unsigned permissions)
{
	struct access_grant grant = { 0 };
	const char *why;

	assert_int_equal(scope_parse(slice_of(scope), &grant, &why), SCOPE_GRANT);
	assert_slice(grant.type, type);
	assert_int_equal(grant.permissions, permissions);
}

static void system_scopes_of_version_2_grant_what_their_letters_say(void **state)
{
	(void)state;
	assert_grants("system/PlanDefinition.rs", "PlanDefinition", ACCESS_READ | ACCESS_SEARCH);
	assert_grants("system/*.cruds", "*", ACCESS_ALL);
	assert_grants("system/Library.c", "Library", ACCESS_CREATE);
	assert_grants("system/Library.u", "Library", ACCESS_UPDATE);
	assert_grants("system/Library.d", "Library", ACCESS_DELETE);
	assert_grants("system/Library.cud", "Library", ACCESS_CREATE | ACCESS_UPDATE | ACCESS_DELETE);
}

static void system_scopes_of_version_1_mean_their_equals_of_version_2(void **state)
{
	(void)state;
	assert_grants("system/*.read", "*", ACCESS_READ | ACCESS_SEARCH);
	assert_grants("system/Library.write", "Library", ACCESS_CREATE | ACCESS_UPDATE | ACCESS_DELETE);
	assert_grants("system/Library.*", "Library", ACCESS_ALL);
}

static void scopes_of_users_and_patients_and_narrowed_ones_are_refused(void **state)
{
	static const char *const refused[] = {
		"user/PlanDefinition.rs",
		"patient/Observation.rs",
		"patient/*.read",
		"system/Observation.rs?category=laboratory",
		"system/PlanDefinition.rs?",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		if (kind_of(refused[i]) != SCOPE_REFUSED)
			fail_msg("%s was not refused", refused[i]);
}

static void what_is_no_system_scope_by_its_form_is_refused(void **state)
{
	static const char *const refused[] = {
		"system/",
		"system/PlanDefinition",
		"system/PlanDefinition.",
		"system/.rs",
		"system/*.sr",
		"system/*.rr",
		"system/*.rx",
		"system/*.RS",
		"system/**.rs",
		"system/Plan Definition.rs",
		"system/*/*.rs",
		"system/Plan-Definition.rs",
		"system/*.reads",
		"system/9.rs",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		if (kind_of(refused[i]) != SCOPE_REFUSED)
			fail_msg("%s was not refused", refused[i]);
}

static void scopes_about_other_things_neither_grant_nor_harm(void **state)
{
	static const char *const foreign[] = { "openid",         "fhirUser", "launch",     "launch/patient",
					       "offline_access", "",         "https://a/b" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(foreign); i++)
		assert_int_equal(kind_of(foreign[i]), SCOPE_FOREIGN);
}

static void a_principal_may_what_its_grants_say_together_and_no_more(void **state)
{
	static const struct access_grant grants[] = { { { "PlanDefinition", 14 }, ACCESS_READ },
						      { { "PlanDefinition", 14 }, ACCESS_SEARCH },
						      { { "*", 1 }, ACCESS_CREATE } };
	static const struct access_principal somebody = { { "ehr", 3 }, grants, 3 };
	struct slice plan = SLICE("PlanDefinition"), library = SLICE("Library");

	(void)state;
	assert_true(access_allows(&somebody, plan, ACCESS_READ | ACCESS_SEARCH));
	assert_true(access_allows(&somebody, plan, ACCESS_READ | ACCESS_CREATE));
	assert_false(access_allows(&somebody, plan, ACCESS_READ | ACCESS_DELETE));
	assert_false(access_allows(&somebody, library, ACCESS_READ));
	assert_true(access_allows(&somebody, library, ACCESS_CREATE));
	assert_false(access_allows(&somebody, SLICE("*"), ACCESS_READ));
	assert_true(access_allows(&somebody, SLICE("*"), ACCESS_CREATE));
	assert_false(access_allows(&somebody, SLICE("plandefinition"), ACCESS_READ));
	assert_false(access_allows(NULL, plan, ACCESS_READ));
	assert_false(access_allows(NULL, plan, 0));
}

static void permissions_are_written_in_smarts_order(void **state)
{
	(void)state;
	assert_string_equal(scope_letters(ACCESS_ALL).text, "cruds");
	assert_string_equal(scope_letters(ACCESS_SEARCH | ACCESS_READ).text, "rs");
	assert_string_equal(scope_letters(0).text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(system_scopes_of_version_2_grant_what_their_letters_say),
		cmocka_unit_test(system_scopes_of_version_1_mean_their_equals_of_version_2),
		cmocka_unit_test(scopes_of_users_and_patients_and_narrowed_ones_are_refused),
		cmocka_unit_test(what_is_no_system_scope_by_its_form_is_refused),
		cmocka_unit_test(scopes_about_other_things_neither_grant_nor_harm),
		cmocka_unit_test(a_principal_may_what_its_grants_say_together_and_no_more),
		cmocka_unit_test(permissions_are_written_in_smarts_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
