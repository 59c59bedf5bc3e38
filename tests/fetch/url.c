/* SPDX-License-Identifier: Apache-2.0 */
#include "../testing.h"

#include <limits.h>
#include <unistd.h>

#include "fetch/url.h"

#define ABSENT NULL

static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	return (arena = arena_new(1u << 20)) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void check_resolve(const char *base, const char *reference, const char *expected)
{
	struct slice got = fetch_url_resolve(arena, slice_of(base), slice_of(reference));

	if (!expected && !got.ptr)
		return;
	if (!expected || !slice_equal(got, slice_of(expected)))
		fail_msg("%s + %s gives %.*s, expected %s", base, reference, SLICE_ARG(got), expected ? expected : "nothing");
}

/* RFC 3986, section 5.4.1, the cases that a link on a page can be. */
static void references_resolve_as_the_rfc_says(void **state)
{
	const char *base = "https://a/b/c/d;p?q";

	(void)state;
	check_resolve(base, "g", "https://a/b/c/g");
	check_resolve(base, "./g", "https://a/b/c/g");
	check_resolve(base, "g/", "https://a/b/c/g/");
	check_resolve(base, "My Policy.pdf", "https://a/b/c/My%20Policy.pdf");
	check_resolve(base, "https://h/My Policy.pdf", "https://h/My%20Policy.pdf");
	check_resolve(base, " https://h/a\n\tb ", "https://h/ab");
	check_resolve(base, "/g", "https://a/g");
	check_resolve(base, "?y", "https://a/b/c/d;p?y");
	check_resolve(base, "g?y", "https://a/b/c/g?y");
	check_resolve(base, "../g", "https://a/b/g");
	check_resolve(base, "../../../g", "https://a/g");
	check_resolve(base, "", base);
	check_resolve(base, "https://h/x", "https://h/x");
}

static void fragments_credentials_and_white_space_are_dropped(void **state)
{
	(void)state;
	check_resolve("https://a/b", " c#part\n", "https://a/c");
	check_resolve("https://a/b", "#part", "https://a/b");
	check_resolve("https://a/b", "https://user:secret@h/x", "https://h/x");
}

static void what_is_no_page_is_absent(void **state)
{
	(void)state;
	check_resolve("https://a/b", "mailto:x@y.example", ABSENT);
	check_resolve("https://a/b", "javascript:print()", ABSENT);
	check_resolve("https://a/b", "data:text/html,x", ABSENT);
	check_resolve("https://a/b", "ftp://a/b", ABSENT);
	check_resolve("https://a/b", "tel:5551234", ABSENT);
	check_resolve("not a url", "x", ABSENT);
}

static void the_network_never_names_a_file_and_a_file_only_its_own_folder(void **state)
{
	(void)state;
	check_resolve("https://a/b", "file:///etc/passwd", ABSENT);
	check_resolve("file:///srv/payer/index.html", "policies/x.html", "file:///srv/payer/policies/x.html");
	check_resolve("file:///srv/payer/index.html", "../other.html", ABSENT);
	check_resolve("file:///srv/payer/index.html", "/etc/passwd", ABSENT);
	check_resolve("file:///srv/payer/index.html", "https://a/b", "https://a/b");
}

static void encoded_dots_do_not_climb_out_of_a_folder(void **state)
{
	struct error err = { 0 };
	const char *path;

	(void)state;
	assert_ok(url_file_path(arena, SLICE("file:///srv/a%20b/x.html"), &path, &err), &err);
	assert_string_equal(path, "/srv/a b/x.html");
	assert_false(url_file_path(arena, SLICE("file:///srv/%2e%2e/secret"), &path, &err));
	assert_int_equal(err.code, ERROR_USAGE);
	assert_false(url_file_path(arena, SLICE("file:///srv/a%2f..%2fsecret"), &path, &err));
	assert_false(url_file_path(arena, SLICE("file:///srv/x?y"), &path, &err));
}

static void a_relative_file_url_is_relative_to_the_configuration(void **state)
{
	char here[PATH_MAX], expected[PATH_MAX + 32];
	struct slice url;

	(void)state;
	assert_non_null(getcwd(here, sizeof(here)));
	url = fetch_url_configured(arena, "demo.yaml", SLICE("file:fixtures/a b.html"));
	snprintf(expected, sizeof(expected), "file://%s/fixtures/a%%20b.html", here);
	assert_slice(url, expected);
	assert_slice(fetch_url_configured(arena, "/tmp/../tmp/x.yaml", SLICE("file:y/../z.json")), "file:///tmp/z.json");
	assert_slice(fetch_url_configured(arena, "x.yaml", SLICE("file:///srv/z.json")), "file:///srv/z.json");
	assert_slice(fetch_url_configured(arena, "x.yaml", SLICE("https://a/b#c")), "https://a/b");
	assert_null(fetch_url_configured(arena, "x.yaml", SLICE("fixtures/x.html")).ptr);
	assert_null(fetch_url_configured(arena, "/no/such/folder/x.yaml", SLICE("file:y")).ptr);
}

static void origins_are_scheme_host_and_port(void **state)
{
	(void)state;
	assert_true(fetch_url_same_origin(SLICE("https://A.example/x"), SLICE("https://a.example:443/y")));
	assert_false(fetch_url_same_origin(SLICE("https://a.example/x"), SLICE("http://a.example/x")));
	assert_false(fetch_url_same_origin(SLICE("https://a.example/x"), SLICE("https://b.example/x")));
	assert_false(fetch_url_same_origin(SLICE("https://a.example/x"), SLICE("https://a.example:8443/x")));
	assert_true(fetch_url_same_origin(SLICE("file:///a"), SLICE("file:///b")));
	assert_false(fetch_url_same_origin(SLICE("file:///a"), SLICE("https://a.example/")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(references_resolve_as_the_rfc_says),
		cmocka_unit_test(fragments_credentials_and_white_space_are_dropped),
		cmocka_unit_test(what_is_no_page_is_absent),
		cmocka_unit_test(the_network_never_names_a_file_and_a_file_only_its_own_folder),
		cmocka_unit_test(encoded_dots_do_not_climb_out_of_a_folder),
		cmocka_unit_test(a_relative_file_url_is_relative_to_the_configuration),
		cmocka_unit_test(origins_are_scheme_host_and_port),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
