/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of $related-policies, as an operator may have changed them. */
#include "serving.h"

#include "api/call.h"
#include "api/related.h"

#include <sys/stat.h>

#define ASSET "api/related-policies.yaml"

/** The embedded file, with `from` written as `to`, in a directory that is laid over the others. */
static void given_rules(const char *from, const char *to)
{
	struct error err = { 0 };
	char path[128];
	struct slice text;

	assert_ok(asset_get(ASSET, &text, &err), &err);
	size_t at = slice_find(text, slice_of(from));
	assert_int_not_equal(at, SIZE_MAX);
	snprintf(path, sizeof(path), "%s/over", gateway.directory);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/over/api", gateway.directory);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/over/" ASSET, gateway.directory);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "%.*s%s%.*s", (int)at, text.ptr, to, SLICE_ARG(slice_from(text, at + slice_of(from).len)));
	assert_int_equal(fclose(file), 0);
	snprintf(path, sizeof(path), "%s/over", gateway.directory);
	assert_ok(asset_overlay(path, &err), &err);
}

static void rules_that_speak_of_nothing_are_refused(void **state)
{
	struct arena *arena = arena_new(4u << 20);
	struct related_rules *rules;
	struct error err = { 0 };

	(void)state;
	assert_ok(related_rules_load(arena, gateway.api->bases, &rules, &err), &err);
	given_rules("type: ValueSet, url: url", "type: ValueSet, url: address");
	assert_false(related_rules_load(arena, gateway.api->bases, &rules, &err));
	assert_int_equal(err.code, ERROR_USAGE);
	assert_string_equal(err.message, "the base r4 has no ValueSet with a search parameter 'address'");
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_that_speak_of_nothing_are_refused),
	};

	return cmocka_run_group_tests_name("related", tests, gateway_open, gateway_close);
}
