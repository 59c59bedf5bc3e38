/* SPDX-License-Identifier: Apache-2.0 */
/* Validators of both versions, and files of rows: version, title, resource, and of one of its errors: element, issue code, key of
 * the invariant, words of the text. The element "-": there is no error, but maybe a warning with the words. */
#ifndef CANNULA_VALIDATING_H
#define CANNULA_VALIDATING_H

#include "../fhir/fhir_testing.h"

#include "cannula/validate.h"

#define PATH_BYTES 600

static struct validator *validators[FHIR_VERSION_COUNT];

static inline void new_validators(void)
{
	struct error err = { 0 };

	for (int version = 0; version < FHIR_VERSION_COUNT; version++)
		assert_ok(validator_new(schemas[version], &validators[version], &err), &err);
}

static inline int close_validators(void **state)
{
	for (int version = 0; version < FHIR_VERSION_COUNT; version++)
		validator_free(validators[version]);
	return free_schemas(state);
}

static inline void validate(enum fhir_version version, struct slice json)
{
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct fhir_node *node;
	struct error err = { 0 };

	issues_init(&issues, arena, 100);
	if (fhir_json_read(arena, schemas[version], NULL, json, &limits, &issues, &node))
		assert_ok(validate_resource(validators[version], node, &issues, &err), &err);
}

static inline bool has_words(struct slice text, struct slice words)
{
	return slice_find(text, words) != SIZE_MAX;
}

static inline const struct issue *find_issue(struct slice path, struct slice code, struct slice key, struct slice words)
{
	for (const struct issue *issue = issues.first; issue; issue = issue->next)
		if (issue->severity >= ISSUE_ERROR && slice_equal(issue->expression, path) &&
		    slice_equal(slice_of(issue->code), code) && issue->key.len == key.len &&
		    (!key.len || slice_equal(issue->key, key)) && has_words(issue->text, words) && issue->line == 1 &&
		    issue->column > 0)
			return issue;
	return NULL;
}

static inline bool is_clean(struct slice words)
{
	const struct issue *issue = issues.first;

	while (issue && !has_words(issue->text, words))
		issue = issue->next;
	return issues.error_count == 0 && (words.len == 0 || issue);
}

static inline void check_row(struct slice row)
{
	enum fhir_version version = slice_equal(slice_cut(&row, '\t'), SLICE("r5")) ? FHIR_R5 : FHIR_R4;
	struct slice title = slice_cut(&row, '\t'), json = slice_cut(&row, '\t'), path = slice_cut(&row, '\t');
	struct slice code = slice_cut(&row, '\t'), key = slice_cut(&row, '\t');

	validate(version, json);
	if (slice_equal(path, SLICE("-")) ? is_clean(row) : find_issue(path, code, key, row) != NULL)
		return;
	for (const struct issue *issue = issues.first; issue; issue = issue->next)
		print_message("# %s %.*s: %.*s %.*s\n", issue->code, SLICE_ARG(issue->expression), SLICE_ARG(issue->key),
			      SLICE_ARG(issue->text));
	fail_msg("%s: not so: %.*s", fhir_version_name(version), SLICE_ARG(title));
}

/** How many there were. */
static inline size_t check_rows(const char *file)
{
	struct arena *rows_arena = arena_new(4u << 20);
	char path[PATH_BYTES];
	struct error err = { 0 };
	struct slice rows;
	size_t count = 0;

	snprintf(path, sizeof(path), "%s/%s", getenv("CANNULA_TOP"), file);
	assert_ok(file_read(rows_arena, path, 1u << 20, &rows, &err), &err);
	while (rows.len) {
		struct slice row = slice_cut(&rows, '\n');

		if (!row.len || row.ptr[0] == '#')
			continue;
		end_test(NULL);
		begin_test(NULL);
		check_row(row);
		count++;
	}
	arena_free(rows_arena);
	return count;
}

/* ---- definitions of one test ---- */

static struct validator *made;
static struct error refusal;

/** A validator that knows the definitions of `json`, a resource or a Bundle. */
static inline bool know(const char *json)
{
	struct validate_source source = { "given.json", read_json(FHIR_R4, slice_of(json)) };
	struct validate_library library = { &source, 1 };

	refusal = (struct error){ 0 };
	validator_free(made);
	made = NULL;
	return validator_extend(validators[FHIR_R4], &library, &made, &refusal);
}

static inline int end_knowing(void **state)
{
	validator_free(made);
	made = NULL;
	return end_test(state);
}

#define BUNDLE(one, other)                                                                                                       \
	"{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[{\"resource\":" one "},{\"resource\":" other "}]}"

#endif
