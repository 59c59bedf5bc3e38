/* SPDX-License-Identifier: Apache-2.0 */
/* Every folder of fixtures/records is a test: the page becomes expected/record.json, and every line of it is accounted for. After
 * a change that is meant, CANNULA_REGENERATE=1 writes the expected files anew, for a person to review. */
#include "reading.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE 1024
#define FOLDERS_MAX 200

static char folders[FOLDERS_MAX][PATH_SIZE];
static char names[FOLDERS_MAX][128];

static bool is_directory(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/** The input of a fixture folder: its one file that is not `why`. */
static bool find_input(const char *folder, char *out)
{
	DIR *directory = opendir(folder);
	struct dirent *entry;
	char path[2 * PATH_SIZE];
	int found = 0;

	while (directory && (entry = readdir(directory))) {
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (!is_directory(path) && strcmp(entry->d_name, "why") != 0 && ++found == 1)
			snprintf(out, PATH_SIZE, "%.*s", PATH_SIZE - 1, path);
	}
	if (directory)
		closedir(directory);
	return found == 1;
}

/* ---- nothing is lost
 * --------------------------------------------------------------------------------------------------------------------- */

/** Letters, digits and other scripts only, so that markers, labels' punctuation and white space make no difference. */
static struct slice bare(struct arena *arena, struct slice text)
{
	char *out = arena_alloc(arena, text.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i], next = i + 1 < text.len ? (unsigned char)text.ptr[i + 1] : 0;
		bool no_break = c == 0xc2 && next == 0xa0, punctuation = c == 0xe2 && (next == 0x80 || next == 0x97);
		i += no_break ? 1 : punctuation ? 2 : 0;
		if (!no_break && !punctuation && !strchr(" \t:.,()#*_=-+", (char)c))
			out[len++] = (char)c;
	}
	return (struct slice){ out, len };
}

/** All values below `node` in order, one after another, bare. */
static void gather(struct arena *arena, const struct fhir_node *node, struct buf *out)
{
	if (node->value.ptr)
		buf_append(out, bare(arena, node->value));
	for (const struct fhir_node *child = node->first; child; child = child->next)
		gather(arena, child, out);
}

/** Whether a line's text stands in the element it went to: all of it, or what follows its marker (at most two words, "Step 1:"),
 * or what follows its label. */
static bool stands_in(struct arena *arena, struct slice line, struct slice tree)
{
	struct slice rest = line;
	size_t colon = slice_find(line, SLICE(":")), tab = slice_find(line, SLICE("\t")), label = colon < tab ? colon : tab;

	for (int words = 0; words <= 2 && rest.ptr; words++) {
		if (slice_find(tree, bare(arena, rest)) != SIZE_MAX)
			return true;
		(void)slice_cut(&rest, ' ');
	}
	if (label == SIZE_MAX)
		return false;
	struct slice value = bare(arena, slice_from(line, label + 1));
	return value.len > 0 && slice_find(tree, value) != SIZE_MAX;
}

static size_t check_lines(struct reading *reading, struct slice page)
{
	struct slice rest = page;
	uint32_t number = 0;
	size_t at = 0;

	while (rest.ptr) {
		struct slice line = slice_trim(slice_cut(&rest, '\n'));
		number++;
		if (number == 1 && slice_starts(line, SLICE("\xef\xbb\xbf")))
			line = slice_from(line, 3);
		if (line.len == 0)
			continue;
		assert_true(at < reading->trace.count);
		const struct record_line *traced = &reading->trace.lines[at++];
		assert_int_equal(traced->line, number);
		assert_true(slice_equal(traced->text, line));
		if (traced->fate != RECORD_LINE_ELEMENT && traced->fate != RECORD_LINE_NOTE) {
			assert_null(traced->node);
			continue;
		}
		assert_non_null(traced->node);
		struct buf values;
		buf_init(&values, 8u << 20);
		gather(reading->arena, traced->node, &values);
		if (!stands_in(reading->arena, line, buf_slice(&values)))
			fail_msg("line %u is not in its element: %.*s", number, SLICE_ARG(line));
		buf_free(&values);
	}
	assert_int_equal(at, reading->trace.count);
	return at;
}

/* ---- fixtures
 * -----------------------------------------------------------------------------------------------------------------------------
 */

static void compare(struct reading *reading, const char *folder)
{
	char path[PATH_SIZE + 32];
	struct slice expected, got = reading_json(reading);

	snprintf(path, sizeof(path), "%s/expected/record.json", folder);
	if (getenv("CANNULA_REGENERATE")) {
		char directory[PATH_SIZE + 16];
		snprintf(directory, sizeof(directory), "%s/expected", folder);
		assert_ok(file_make_dir(directory, 0755, &reading->err), &reading->err);
		assert_ok(
		    file_write(path, arena_printf(reading->arena, "%.*s\n", SLICE_ARG(slice_trim(got))), 0644, &reading->err),
		    &reading->err);
	}
	assert_ok(file_read(reading->arena, path, ARENA_BYTES, &expected, &reading->err), &reading->err);
	if (!slice_equal(slice_trim(expected), slice_trim(got)))
		fail_msg("%s differs from what was read:\n%.*s", path, SLICE_ARG(got));
}

static void a_fixture_becomes_what_is_expected(void **state)
{
	const char *folder = *state;
	char input[PATH_SIZE];
	struct reading reading;
	struct slice page, why;

	reading_open(&reading);
	assert_true(find_input(folder, input));
	assert_ok(file_read(reading.arena, input, RECORD_PAGE_MAX_BYTES, &page, &reading.err), &reading.err);
	assert_ok(file_read(reading.arena, arena_printf(reading.arena, "%s/why", folder).ptr, 1000, &why, &reading.err),
		  &reading.err);
	assert_true(slice_trim(why).len > 0);
	assert_ok(reading_page(&reading, input, page), &reading.err);
	assert_true(check_lines(&reading, page) > 0);
	compare(&reading, folder);
	arena_free(reading.arena);
}

/** The record read back from its JSON is the same record. */
static void a_record_survives_its_json(void **state)
{
	const char *folder = *state;
	char input[PATH_SIZE];
	struct reading reading;
	struct fhir_node *again;
	struct slice page;

	reading_open(&reading);
	assert_true(find_input(folder, input));
	assert_ok(file_read(reading.arena, input, RECORD_PAGE_MAX_BYTES, &page, &reading.err), &reading.err);
	assert_ok(reading_page(&reading, input, page), &reading.err);
	struct slice json = reading_json(&reading);
	const struct fhir_type *type = reading.record->type;
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	assert_true(fhir_json_read(reading.arena, reading_schema, type, json, &limits, &reading.issues, &again));
	reading.record = again;
	assert_true(slice_equal(reading_json(&reading), json));
	arena_free(reading.arena);
}

static void the_reference_page_is_read(void **state)
{
	const char *path = *state;
	struct reading reading;
	struct slice page;

	reading_open(&reading);
	assert_ok(file_read(reading.arena, path, RECORD_PAGE_MAX_BYTES, &page, &reading.err), &reading.err);
	assert_ok(reading_page(&reading, path, page), &reading.err);
	assert_true(check_lines(&reading, page) > 80);
	assert_null(fhir_node_child(reading.record, SLICE("note")));
	assert_int_equal(reading.issues.count, 0);
	assert_slice(fhir_node_text(reading.record, SLICE("id")), "cpt-22513");
	struct fhir_node *duration = fhir_node_child(reading.record, SLICE("duration"));
	struct fhir_node *range = fhir_node_child(duration, SLICE("range"));
	assert_slice(fhir_node_text(fhir_node_child(range, SLICE("low")), SLICE("value")), "1");
	assert_slice(fhir_node_text(fhir_node_child(range, SLICE("high")), SLICE("value")), "2");
	assert_slice(fhir_node_text(fhir_node_child(range, SLICE("high")), SLICE("code")), "h");
	arena_free(reading.arena);
}

static int compare_folders(const void *a, const void *b)
{
	return strcmp(a, b);
}

static size_t list_folders(void)
{
	const char *top = getenv("CANNULA_TOP");
	char root[PATH_SIZE / 2];
	struct dirent *entry;
	size_t count = 0;

	snprintf(root, sizeof(root), "%s/fixtures/records", top ? top : ".");
	DIR *directory = opendir(root);
	while (directory && count < FOLDERS_MAX && (entry = readdir(directory))) {
		snprintf(folders[count], PATH_SIZE, "%s/%s", root, entry->d_name);
		count += entry->d_name[0] != '.' && is_directory(folders[count]);
	}
	if (directory)
		closedir(directory);
	qsort(folders, count, PATH_SIZE, compare_folders);
	return count;
}

static char reference[PATH_SIZE];

static bool find_reference(void)
{
	const char *shared = getenv("CANNULA_SHARED");

	snprintf(reference, sizeof(reference), "%s/records/kyphoplasty-22513.txt", shared ? shared : "");
	return access(reference, R_OK) == 0;
}

int main(void)
{
	static struct CMUnitTest tests[2 * FOLDERS_MAX + 1];
	size_t count = list_folders(), used = 0;

	if (count == 0) {
		fprintf(stderr, "no fixtures: is CANNULA_TOP the top of the source tree?\n");
		return 1;
	}
	for (size_t i = 0; i < count; i++) {
		snprintf(names[i], sizeof(names[i]), "%.80s becomes what is expected", strrchr(folders[i], '/') + 1);
		tests[used++] = (struct CMUnitTest){ names[i], a_fixture_becomes_what_is_expected, NULL, NULL, folders[i] };
		tests[used++] =
		    (struct CMUnitTest){ "and survives its JSON", a_record_survives_its_json, NULL, NULL, folders[i] };
	}
	if (find_reference()) /* cmocka's skip() is "not ok" in TAP */
		tests[used++] =
		    (struct CMUnitTest){ "the reference page is read", the_reference_page_is_read, NULL, NULL, reference };
	return _cmocka_run_group_tests("fixtures", tests, used, reading_setup, reading_teardown);
}
