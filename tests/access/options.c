/* SPDX-License-Identifier: Apache-2.0 */
/* What a configuration of access may say, and how it is told what it may not. */
#include "../testing.h"

#include "cannula/access.h"

static struct arena *arena;

static int make_arena(void **state)
{
	(void)state;
	arena = arena_new(4u << 20);
	return arena ? 0 : 1;
}

static int free_arena(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

/** Everything wrong with `yaml`, in one text; "" when nothing is. */
static const char *wrong_with(const char *yaml)
{
	struct option_errors errors = { 0 };
	struct access_options options = { 0 };
	struct slice all = SLICE("");

	if (options_read(arena, &access_option_table, "c.yaml", slice_of(yaml), &options, &errors) &&
	    access_options_check(arena, "c.yaml", &options, &errors))
		return "";
	assert_true(errors.count > 0);
	for (size_t i = 0; i < errors.count; i++)
		all = arena_printf(arena, "%.*s%s: %s (%s)\n", SLICE_ARG(all), errors.items[i].place, errors.items[i].message,
				   errors.items[i].hint);
	return all.ptr;
}

static void assert_wrong(const char *yaml, const char *text)
{
	const char *wrong = wrong_with(yaml);

	if (!strstr(wrong, text))
		fail_msg("'%s' is not in: %s", text, wrong);
}

static void the_defaults_are_open_on_this_machine_only(void **state)
{
	struct option_errors errors = { 0 };
	struct access_options options = { 0 };

	(void)state;
	assert_true(options_default(arena, &access_option_table, &options, &errors));
	assert_slice(options.mode, "open");
	assert_false(options.open_anywhere);
	assert_false(options.loopback_metrics);
	assert_true(access_options_check(arena, "", &options, &errors));
}

static void identities_by_subject_name_and_fingerprint_are_taken(void **state)
{
	(void)state;
	assert_string_equal(
	    wrong_with("mode: mtls\n"
		       "identities:\n"
		       "  - subject: CN=ehr,O=Clinic\n    scopes: [system/PlanDefinition.rs, system/*.read]\n"
		       "  - san: dns:ehr.example.org\n    scopes: system/*.cruds\n"
		       "  - fingerprint: \"AB:CD:EF:01:23:45:67:89:ab:cd:ef:01:23:45:67:89:ab:cd:ef:01:23:45:67:89:ab:"
		       "cd:ef:01:23:45:67:89\"\n    scopes: system/*.rs\n"),
	    "");
}

static void identities_that_cannot_be_meant_are_told_with_their_line(void **state)
{
	(void)state;
	assert_wrong("mode: mtls\n", "nobody is in access.identities");
	assert_wrong("identities:\n  - name: x\n    scopes: system/*.rs\n",
		     "c.yaml:2: access.identities: an identity has one of");
	assert_wrong("identities:\n  - subject: CN=a\n    san: dns:a\n    scopes: system/*.rs\n", "not several");
	assert_wrong("identities:\n  - san: ehr.example.org\n    scopes: system/*.rs\n", "does not say what kind of name");
	assert_wrong("identities:\n  - fingerprint: AB:CD\n    scopes: system/*.rs\n", "is not a SHA-256");
	assert_wrong("identities:\n  - subject: CN=a\n", "has no scopes");
	assert_wrong("identities:\n  - subject: CN=a\n    scopes: [openid]\n", "scope 'openid': it is no FHIR scope");
	assert_wrong("identities:\n  - subject: CN=a\n    scopes: [patient/*.rs]\n", "only system/ scopes");
	assert_wrong("identities:\n  - subject: CN=a\n    scopes: [system/X.rs?a=b]\n", "narrowed by search parameters");
}

#define TOKEN                                                                                                                    \
	"mode: token\ntoken:\n  issuer: https://issuer.example\n  audience: https://us.example\n"                                \
	"  keys: https://issuer.example/keys\n  token_endpoint: https://issuer.example/token\n"

static void mode_token_needs_an_issuer_an_audience_keys_and_an_endpoint(void **state)
{
	(void)state;
	assert_string_equal(wrong_with(TOKEN), "");
	assert_string_equal(wrong_with(TOKEN "  algorithms: [RS256, ES256, RS384, ES384]\n"), "");
	assert_wrong("mode: token\n", "access.token.issuer is missing");
	assert_wrong("mode: token\n", "access.token.audience is missing");
	assert_wrong("mode: token\n", "access.token.keys is missing");
	assert_wrong("mode: token\n", "access.token.token_endpoint is missing");
}

static void algorithms_without_a_public_key_are_refused_in_any_configuration(void **state)
{
	static const char *const names[] = { "none", "HS256", "HS384", "PS256", "EdDSA", "rs384" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_wrong(arena_printf(arena, TOKEN "  algorithms: [%s]\n", names[i]).ptr,
			     "is not accepted in any configuration");
}

static void keys_come_over_tls_or_from_this_machine(void **state)
{
	(void)state;
	assert_wrong("mode: token\ntoken:\n  keys: http://issuer.example/keys\n", "is no https or file URL");
	assert_wrong("mode: token\ntoken:\n  keys: http://localhost.example/keys\n", "is no https or file URL");
	assert_wrong("mode: token\ntoken:\n  keys: keys.json\n", "is no https or file URL");
	assert_null(strstr(wrong_with("mode: token\ntoken:\n  keys: http://127.0.0.1:9000/keys\n"), "no https"));
	assert_wrong(TOKEN "  min_key_age: 2 h\n", "min_key_age is more than max_key_age");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_defaults_are_open_on_this_machine_only),
		cmocka_unit_test(identities_by_subject_name_and_fingerprint_are_taken),
		cmocka_unit_test(identities_that_cannot_be_meant_are_told_with_their_line),
		cmocka_unit_test(mode_token_needs_an_issuer_an_audience_keys_and_an_endpoint),
		cmocka_unit_test(algorithms_without_a_public_key_are_refused_in_any_configuration),
		cmocka_unit_test(keys_come_over_tls_or_from_this_machine),
	};

	return cmocka_run_group_tests(tests, make_arena, free_arena);
}
