/* SPDX-License-Identifier: Apache-2.0 */
/* Each record of fixtures/records and fixtures/policies becomes the resources in expected/r4 and expected/r5, no more and no
 * fewer. After a change that is meant, CANNULA_REGENERATE=1 writes the expected files anew, for a person to review. */
#include "../testing.h"

#include <dirent.h>
#include <unistd.h>

#include "cannula/publish.h"

#define PATH_SIZE 1024
#define FOLDERS_MAX 200
#define SCHEMA_BYTES (256u << 20)
#define ARENA_BYTES (64u << 20)
#define ISSUES_MAX 100

struct folder {
	char path[PATH_SIZE], name[128];
	const char *model, *record;
};

static struct folder folders[FOLDERS_MAX];
static const struct fhir_schema *schemas[FHIR_VERSION_COUNT];
static struct publisher *publisher;
static struct arena *shared;

static struct fhir_node *read_record(struct arena *arena, const struct folder *folder)
{
	const struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	const struct fhir_type *model = fhir_type_find(schemas[FHIR_MODEL], slice_of(folder->model));
	char path[PATH_SIZE + 64];
	struct error err = { 0 };
	struct fhir_node *record;
	struct issues issues;
	struct slice json;

	snprintf(path, sizeof(path), "%s/%s", folder->path, folder->record);
	issues_init(&issues, arena, ISSUES_MAX);
	assert_non_null(model);
	assert_ok(file_read(arena, path, ARENA_BYTES, &json, &err), &err);
	if (!fhir_json_read(arena, schemas[FHIR_MODEL], model, json, &limits, &issues, &record))
		fail_msg("%s: %.*s", path, SLICE_ARG(issues.first->text));
	return record;
}

static void regenerate(struct arena *arena, const char *directory, const char *path, struct slice json)
{
	struct error err = { 0 };

	assert_ok(file_make_dir(directory, 0755, &err), &err);
	assert_ok(file_write(path, json, 0644, &err), &err);
	(void)arena;
}

/** Compares one resource with its file. */
static void compare(struct arena *arena, const char *directory, const struct fhir_node *resource)
{
	struct slice id = fhir_node_text(resource, SLICE("id"));
	char path[PATH_SIZE + 256];
	struct error err = { 0 };
	struct slice expected;
	struct buf json;

	buf_init(&json, ARENA_BYTES);
	fhir_json_write(&json, resource, FHIR_JSON_PRETTY);
	snprintf(path, sizeof(path), "%s/%.*s-%.*s.json", directory, SLICE_ARG(resource->type->name), SLICE_ARG(id));
	if (getenv("CANNULA_REGENERATE"))
		regenerate(arena, directory, path, buf_slice(&json));
	assert_ok(file_read(arena, path, ARENA_BYTES, &expected, &err), &err);
	if (!slice_equal(slice_trim(expected), slice_trim(buf_slice(&json))))
		fail_msg("%s differs from what was made:\n%.*s", path, SLICE_ARG(buf_slice(&json)));
	buf_free(&json);
}

static size_t count_files(const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	size_t count = 0;

	while (directory && (entry = readdir(directory)))
		count += entry->d_name[0] != '.';
	if (directory)
		closedir(directory);
	return count;
}

static void check_version(struct arena *arena, const struct folder *folder, enum fhir_version version)
{
	struct fhir_node *record = read_record(arena, folder);
	char directory[PATH_SIZE + 32];
	struct publish_resources made;
	struct error err = { 0 };
	struct issues issues;

	issues_init(&issues, arena, ISSUES_MAX);
	assert_ok(publish_map(publisher, arena, version, record, NULL, &issues, &made, &err), &err);
	assert_int_equal(issues.count, 0);
	snprintf(directory, sizeof(directory), "%s/expected/%s", folder->path, fhir_version_name(version));
	for (size_t i = 0; i < made.count; i++)
		compare(arena, directory, made.items[i]);
	assert_int_equal(count_files(directory), made.count);
}

static void a_record_becomes_the_expected_resources(void **state)
{
	const struct folder *folder = *state;
	struct arena *arena = arena_new(ARENA_BYTES);

	assert_non_null(arena);
	check_version(arena, folder, FHIR_R4);
	check_version(arena, folder, FHIR_R5);
	arena_free(arena);
}

static int open_publisher(void **state)
{
	struct publish_options options = { SLICE("https://cannula.example/fhir"), SLICE("cannula fixtures") };
	struct error err = { 0 };

	(void)state;
	shared = arena_new(SCHEMA_BYTES);
	for (int version = 0; version < FHIR_VERSION_COUNT; version++) {
		struct fhir_schema *schema;

		if (!fhir_schema_load(shared, (enum fhir_version)version, &schema, &err))
			break;
		schemas[version] = schema;
	}
	if (err.code == ERROR_NONE && publisher_new(shared, &options, schemas, &publisher, &err))
		return 0;
	print_error("%s: %s (%s)\n", err.place, err.message, err.hint);
	return -1;
}

static int close_publisher(void **state)
{
	(void)state;
	arena_free(shared);
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	const struct folder *left = a, *right = b;

	return strcmp(left->name, right->name);
}

/** The folders of one kind of record, sorted, behind `count` others. */
static size_t list(const char *below, const char *model, const char *record, size_t count)
{
	char top[PATH_SIZE / 2];
	struct dirent *entry;
	size_t first = count;

	snprintf(top, sizeof(top), "%s/fixtures/%s", getenv("CANNULA_TOP") ? getenv("CANNULA_TOP") : ".", below);
	DIR *directory = opendir(top);

	while (directory && count < FOLDERS_MAX && (entry = readdir(directory))) {
		struct folder *folder = &folders[count];

		if (entry->d_name[0] == '.' || entry->d_type == DT_REG)
			continue;
		snprintf(folder->path, sizeof(folder->path), "%s/%s", top, entry->d_name);
		snprintf(folder->name, sizeof(folder->name), "%.80s becomes the expected resources", entry->d_name);
		folder->model = model;
		folder->record = record;
		count++;
	}
	if (directory)
		closedir(directory);
	qsort(folders + first, count - first, sizeof(*folders), compare_names);
	return count;
}

int main(void)
{
	static struct CMUnitTest tests[FOLDERS_MAX];
	size_t count = list("policies", "PolicyRecord", "record.json", 0);

	count = list("records", "ProcedureRecord", "expected/record.json", count);
	for (size_t i = 0; i < count; i++)
		tests[i] = (struct CMUnitTest){ .name = folders[i].name,
						.test_func = a_record_becomes_the_expected_resources,
						.initial_state = &folders[i] };
	return count ? _cmocka_run_group_tests("publish/fixtures", tests, count, open_publisher, close_publisher) : 1;
}
