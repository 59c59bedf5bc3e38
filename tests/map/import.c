/* SPDX-License-Identifier: Apache-2.0 */
/* Imports are found by the URL in their head, in an overlay of the profiles. */
#include "mapping.h"

#include <unistd.h>

static char directory[] = "/tmp/cannula-import-XXXXXX";

static void put_map(const char *name, const char *text)
{
	char path[256];
	struct error err = { 0 };

	snprintf(path, sizeof(path), "%s/maps/%s", directory, name);
	assert_ok(file_write(path, slice_of(text), 0644, &err), &err);
}

static void remove_map(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/maps/%s", directory, name);
	unlink(path);
}

static int open_overlay(void **state)
{
	char path[256];
	struct error err = { 0 };

	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/maps", directory);
	assert_ok(file_make_dir(path, 0755, &err), &err);
	put_map("names.map", "map \"http://example.org/names\" = names\nimports \"http://example.org/words\"\n"
			     "group Name(source s : HumanName, target t : HumanName) { s -> t then Word(s, t); }");
	put_map("words.map", "map \"http://example.org/words\" = words\nimports \"http://example.org/names\"\n"
			     "group Word(source s : HumanName, target t : HumanName) { s.family as f -> t.text = f; }");
	put_map("broken.map",
		"map \"http://example.org/broken\" = broken\ngroup Bad(source s : HumanName, target t : HumanName) { s.nix; }");
	assert_ok(asset_overlay(directory, &err), &err);
	return open_world(state);
}

static int close_overlay(void **state)
{
	remove_map("names.map");
	remove_map("words.map");
	remove_map("broken.map");
	char path[256];
	snprintf(path, sizeof(path), "%s/maps", directory);
	rmdir(path);
	rmdir(directory);
	return close_world(state);
}

#define RULES "src.name as n -> tgt.name as m then Name(n, m);"
#define MADE "{\"resourceType\":\"Person\",\"name\":[{\"text\":\"Berg\"}]}"

static void groups_of_imported_maps_are_called(void **state)
{
	(void)state;
	assert_maps_with("Person", RULES, "imports \"http://example.org/names\"", MADE);
	assert_maps_with("Person", RULES, "imports \"http://example.org/na*\"", MADE);
	assert_fails_with("Person", RULES, NULL, "test.map:3:37", "there is no group Name");
}

static void mistakes_are_told_in_the_file_they_are_in(void **state)
{
	(void)state;
	assert_fails_with("Person", "src.id -> tgt.id;", "imports \"http://example.org/broken\"", "maps/broken.map:2:59",
			  "HumanName has no element nix");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(groups_of_imported_maps_are_called),
		cmocka_unit_test(mistakes_are_told_in_the_file_they_are_in),
	};

	return cmocka_run_group_tests(tests, open_overlay, close_overlay);
}
