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

/** Of a configuration file, what listeners and their modes are made of. */
struct both {
	struct net_options net;
	struct access_options access;
};
static const struct option both_rows[] = {
	{ .name = "net", .kind = OPTION_GROUP, .offset = offsetof(struct both, net), .table = &net_option_table },
	{ .name = "access", .kind = OPTION_GROUP, .offset = offsetof(struct both, access), .table = &access_option_table },
};
static const struct option_table both_table = { both_rows, ARRAY_SIZE(both_rows), sizeof(struct both), 0 };

/** Everything wrong with a file, in one text; "" when nothing is. */
static const char *wrong_with_file(const char *yaml)
{
	struct option_errors errors = { 0 };
	struct both both = { 0 };
	struct slice all = SLICE("");

	if (options_read(arena, &both_table, "c.yaml", slice_of(yaml), &both, &errors) &&
	    access_options_check(arena, "c.yaml", &both.access, &both.net, &errors))
		return "";
	assert_true(errors.count > 0);
	for (size_t i = 0; i < errors.count; i++)
		all = arena_printf(arena, "%.*s%s: %s (%s)\n", SLICE_ARG(all), errors.items[i].place, errors.items[i].message,
				   errors.items[i].hint);
	return all.ptr;
}

/** With the lines of access alone, at a listener that asks for certificates. */
static const char *wrong_with(const char *yaml)
{
	struct slice rest = slice_of(yaml), file = SLICE("access:\n");

	while (rest.len) {
		struct slice line = slice_cut(&rest, '\n');
		file = arena_printf(arena, "%.*s  %.*s\n", SLICE_ARG(file), SLICE_ARG(line));
	}
	return wrong_with_file(arena_printf(arena, "%.*snet:\n  client_certificates: optional\n", SLICE_ARG(file)).ptr);
}

static void assert_has(const char *wrong, const char *text)
{
	if (!strstr(wrong, text))
		fail_msg("'%s' is not in: %s", text, wrong);
}

static void assert_wrong(const char *yaml, const char *text)
{
	assert_has(wrong_with(yaml), text);
}

static void the_defaults_are_open_on_this_machine_only(void **state)
{
	struct option_errors errors = { 0 };
	struct both both = { 0 };

	(void)state;
	assert_true(options_default(arena, &both_table, &both, &errors));
	assert_slice(both.access.mode, "open");
	assert_false(both.access.open_anywhere);
	assert_false(both.access.loopback_metrics);
	assert_true(access_options_check(arena, "", &both.access, &both.net, &errors));
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
		     "c.yaml:3: access.identities: an identity has one of");
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

/* ---- listeners ---- */

#define IDENTITY "  identities:\n    - subject: CN=a\n      scopes: system/*.rs\n"

static void what_a_mode_needs_is_asked_of_each_listener_that_has_it(void **state)
{
	static const char mtls[] =
	    "net:\n  listeners:\n    - listen: localhost:1\n    - listen: localhost:2\n      access: mtls\n";
	static const char token[] = "net:\n  listeners:\n    - listen: localhost:1\n      access: token\n";

	(void)state;
	assert_has(wrong_with_file(mtls), "c.yaml:4: net.listeners: access is mtls, and client_certificates is none");
	assert_has(wrong_with_file(mtls), "mode mtls is used, and nobody is in access.identities");
	assert_has(wrong_with_file(token), "access.token.issuer is missing");
	assert_string_equal(
	    wrong_with_file(arena_printf(arena, "%s      client_certificates: required\naccess:\n" IDENTITY, mtls).ptr), "");
	assert_string_equal(
	    wrong_with_file(arena_printf(arena, "%s  client_certificates: optional\naccess:\n" IDENTITY, mtls).ptr), "");
	assert_has(wrong_with_file(arena_printf(arena, "%s      plain: yes\naccess:\n" IDENTITY, mtls).ptr),
		   "c.yaml:4: net.listeners: access is mtls, and plain is yes");
}

static void what_listeners_leave_to_access_mode_is_checked_there(void **state)
{
	static const char rows[] = "net:\n  client_certificates: optional\n  listeners:\n    - listen: localhost:1\n"
				   "      client_certificates: none\naccess:\n  mode: mtls\n" IDENTITY;
	static const char plain[] = "net:\n  plain: yes\n  client_certificates: optional\naccess:\n  mode: mtls\n" IDENTITY;
	static const char deaf[] = "access:\n  mode: mtls\n" IDENTITY;

	(void)state;
	assert_has(wrong_with_file(rows), "c.yaml:4: net.listeners: access is mtls, and client_certificates is none");
	assert_has(wrong_with_file(plain), "access.mode is mtls, and net.plain is yes");
	assert_has(wrong_with_file(deaf), "access.mode is mtls, and net.client_certificates is none");
}

static void a_mode_that_is_none_is_told_with_its_line(void **state)
{
	(void)state;
	assert_has(wrong_with_file("net:\n  listeners:\n    - listen: localhost:1\n      access: tokens\n"),
		   "c.yaml:3: net.listeners: access: \"tokens\" is not one of its values (did you mean token?)");
	assert_has(wrong_with_file("net:\n  listeners:\n    - listen: localhost:1\n      access: everybody\n"),
		   "(open, mtls and token are)");
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
		cmocka_unit_test(what_a_mode_needs_is_asked_of_each_listener_that_has_it),
		cmocka_unit_test(what_listeners_leave_to_access_mode_is_checked_there),
		cmocka_unit_test(a_mode_that_is_none_is_told_with_its_line),
	};

	return cmocka_run_group_tests(tests, make_arena, free_arena);
}
