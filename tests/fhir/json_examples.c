/* SPDX-License-Identifier: Apache-2.0 */
/* Whole documents, to the tree and back: our fixtures, and the specification's own examples where they are present. Both
 * sides are compared by yajl's tree, so a mistake of our reader cannot hide itself. */
#include "fhir_testing.h"

#include <dirent.h>
#include <unistd.h>
#include <yajl/yajl_tree.h>

#define DOCUMENT_MAX_BYTES (16u << 20)
#define PATH_BYTES 600

/* R5 makes Attachment.size an integer64, which is a string in JSON; these two examples still have the number of R4. */
static const struct {
	const char *name;
	uint32_t line;
} not_valid[] = { { "documentreference-example.json", 181 }, { "documentreference-example-comprehensive.json", 173 } };

static bool same(yajl_val a, yajl_val b);

static yajl_val member(yajl_val object, const char *key)
{
	for (size_t i = 0; i < object->u.object.len; i++)
		if (strcmp(object->u.object.keys[i], key) == 0)
			return object->u.object.values[i];
	return NULL;
}

static bool same_object(yajl_val a, yajl_val b)
{
	if (a->u.object.len != b->u.object.len)
		return false;
	for (size_t i = 0; i < a->u.object.len; i++) {
		yajl_val other = member(b, a->u.object.keys[i]);
		if (!other || !same(a->u.object.values[i], other))
			return false;
	}
	return true;
}

static bool same_array(yajl_val a, yajl_val b)
{
	if (a->u.array.len != b->u.array.len)
		return false;
	for (size_t i = 0; i < a->u.array.len; i++)
		if (!same(a->u.array.values[i], b->u.array.values[i]))
			return false;
	return true;
}

/** Numbers by their text. */
static bool same(yajl_val a, yajl_val b)
{
	if (a->type != b->type)
		return false;
	if (a->type == yajl_t_string)
		return strcmp(a->u.string, b->u.string) == 0;
	if (a->type == yajl_t_number)
		return strcmp(a->u.number.r, b->u.number.r) == 0;
	if (a->type == yajl_t_object)
		return same_object(a, b);
	return a->type != yajl_t_array || same_array(a, b);
}

static bool same_json(struct slice a, struct slice b)
{
	char wrong[200];
	yajl_val left = yajl_tree_parse(arena_cstr(arena, a), wrong, sizeof(wrong));
	yajl_val right = yajl_tree_parse(arena_cstr(arena, b), wrong, sizeof(wrong));
	bool equal = left && right && same(left, right);

	yajl_tree_free(left);
	yajl_tree_free(right);
	return equal;
}

static void round_trip(enum fhir_version version, const char *name, struct slice json)
{
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct fhir_node *node;

	if (!fhir_json_read(arena, schemas[version], NULL, json, &limits, &issues, &node))
		fail_msg("%s:%u:%u: %.*s: %.*s", name, issues.first->line, issues.first->column,
			 SLICE_ARG(issues.first->expression), SLICE_ARG(issues.first->text));
	struct slice compact = written(node, FHIR_JSON_COMPACT);
	if (!same_json(json, compact))
		fail_msg("%s: changed on its way: %.*s", name, SLICE_ARG(compact));
	if (!same_json(json, written(node, FHIR_JSON_PRETTY)))
		fail_msg("%s: changed on its way (pretty)", name);
	if (!same_json(json, written(fhir_node_copy(arena, node, NULL), FHIR_JSON_COMPACT)))
		fail_msg("%s: changed by copying", name);
	struct slice again = written(read_json(version, compact), FHIR_JSON_COMPACT);
	assert_true(slice_equal(again, compact));
}

static void one_example(enum fhir_version version, const char *name, struct slice json)
{
	for (size_t i = 0; i < ARRAY_SIZE(not_valid); i++) {
		if (version != FHIR_R5 || strcmp(name, not_valid[i].name) != 0)
			continue;
		refuse_json(version, json, "\"size\": must be a JSON string", not_valid[i].line, 9);
		return;
	}
	round_trip(version, name, json);
}

static size_t round_trip_directory(enum fhir_version version, const char *path)
{
	DIR *directory = opendir(path);
	size_t count = 0;

	assert_non_null(directory);
	for (struct dirent *entry; (entry = readdir(directory));) {
		struct error err = { 0 };
		char file[PATH_BYTES + 300];
		struct slice json;
		if (!slice_ends(slice_of(entry->d_name), SLICE(".json")))
			continue;
		end_test(NULL);
		begin_test(NULL);
		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		assert_ok(file_read(arena, file, DOCUMENT_MAX_BYTES, &json, &err), &err);
		one_example(version, entry->d_name, json);
		count++;
	}
	closedir(directory);
	return count;
}

static size_t round_trip_fixtures(enum fhir_version version)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "%s/fixtures/fhir/%s", getenv("CANNULA_TOP"), fhir_version_name(version));
	return round_trip_directory(version, path);
}

static void our_fixtures_come_back_unchanged(void **state)
{
	(void)state;
	assert_int_equal(round_trip_fixtures(FHIR_R4), 4);
	assert_int_equal(round_trip_fixtures(FHIR_R5), 2);
}

/** Where CANNULA_SHARED has the examples of a version; nothing to do without. */
static void examples_come_back_unchanged(enum fhir_version version)
{
	const char *shared = getenv("CANNULA_SHARED"), *name = fhir_version_name(version);
	char directory[] = "/tmp/cannula-examples-XXXXXX", path[PATH_BYTES], command[3 * PATH_BYTES];

	snprintf(path, sizeof(path), "%s/fhir/%s-examples.tar.xz", shared ? shared : "", name);
	/* cmocka's skip() says "not ok … # SKIP", which TAP counts as a failure. */
	if (access(path, R_OK) != 0) {
		print_message("# no examples at %s\n", path);
		return;
	}
	assert_non_null(mkdtemp(directory));
	snprintf(command, sizeof(command), "tar -xf '%s' -C %s", path, directory);
	assert_int_equal(system(command), 0);
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	assert_true(round_trip_directory(version, path) > 100);
	snprintf(command, sizeof(command), "rm -r %s", directory);
	assert_int_equal(system(command), 0);
}

static void the_examples_of_r4_come_back_unchanged(void **state)
{
	(void)state;
	examples_come_back_unchanged(FHIR_R4);
}

static void the_examples_of_r5_come_back_unchanged(void **state)
{
	(void)state;
	examples_come_back_unchanged(FHIR_R5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_test, end_test)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(our_fixtures_come_back_unchanged),
		TEST(the_examples_of_r4_come_back_unchanged),
		TEST(the_examples_of_r5_come_back_unchanged),
	};

	return cmocka_run_group_tests_name("json_examples", tests, load_schemas, free_schemas);
}
