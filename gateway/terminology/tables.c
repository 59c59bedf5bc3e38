/* SPDX-License-Identifier: Apache-2.0 */
/* profiles/VERSION/codes.tsv, whose first lines say what the columns are. Texts stay in the embedded file. */
#include "terminology/asking.h"

#include <stdlib.h>

static size_t count_lines(struct slice text)
{
	size_t count = 1;

	for (size_t i = 0; i < text.len; i++)
		count += text.ptr[i] == '\n';
	return count;
}

/** TAB system TAB codes; TAB "=" system … when these are all of the system. */
static void add_codes(struct terms_tables *tables, struct terms_rows *set, struct slice line)
{
	struct slice rest = slice_from(line, 1), system = slice_cut(&rest, '\t');

	set->rows.len = (size_t)(line.ptr + line.len - set->rows.ptr);
	if (slice_starts(system, SLICE("=")))
		tables->systems[tables->system_count++] = (struct terms_rows){ slice_from(system, 1), line };
}

/** "~" TAB canonical TAB system */
static void add_unlisted(struct terms_tables *tables, struct slice line)
{
	struct terms_rows *set = &tables->unlisted[tables->unlisted_count++];

	(void)slice_cut(&line, '\t');
	set->url = slice_cut(&line, '\t');
	set->rows = line;
}

static int compare_urls(const void *left, const void *right)
{
	return slice_compare(((const struct terms_rows *)left)->url, ((const struct terms_rows *)right)->url);
}

bool terms_tables_load(struct arena *arena, enum fhir_version version, const struct terms_tables **out, struct error *err)
{
	struct terms_tables *tables = arena_new_of(arena, struct terms_tables);
	struct terms_rows *set = NULL;
	struct slice text;
	char name[32];

	snprintf(name, sizeof(name), "%s/codes.tsv", fhir_version_name(version));
	if (!tables)
		return error_memory(err);
	if (!asset_get(name, &text, err))
		return false;
	tables->value_sets = arena_new_array(arena, struct terms_rows, count_lines(text));
	tables->systems = arena_new_array(arena, struct terms_rows, count_lines(text));
	tables->unlisted = arena_new_array(arena, struct terms_rows, count_lines(text));
	if (!tables->value_sets || !tables->systems || !tables->unlisted)
		return error_memory(err);
	while (text.len) {
		struct slice line = slice_cut(&text, '\n');

		if (!line.len || line.ptr[0] == '#')
			continue;
		if (line.ptr[0] == '~') {
			add_unlisted(tables, line);
			continue;
		}
		if (line.ptr[0] != '\t') {
			set = &tables->value_sets[tables->value_set_count++];
			*set = (struct terms_rows){ line, { line.ptr + line.len + 1, 0 } };
			continue;
		}
		if (!set)
			return error_set(err, ERROR_SYNTAX, name, "a row of codes stands before any value set");
		add_codes(tables, set, line);
	}
	if (tables->system_count)
		qsort(tables->systems, tables->system_count, sizeof(*set), compare_urls);
	*out = tables;
	return true;
}

/* ---- finding ---- */

static const struct terms_rows *find(const struct terms_rows *rows, size_t count, struct slice canonical)
{
	struct terms_rows key = { .url = slice_cut(&canonical, '|') };

	return count ? bsearch(&key, rows, count, sizeof(*rows), compare_urls) : NULL;
}

const struct terms_rows *tables_value_set(const struct terms_tables *tables, struct slice canonical)
{
	return tables ? find(tables->value_sets, tables->value_set_count, canonical) : NULL;
}

const struct terms_rows *tables_system(const struct terms_tables *tables, struct slice canonical)
{
	return tables ? find(tables->systems, tables->system_count, canonical) : NULL;
}

bool rows_next(struct slice *rest, struct slice *system, struct slice *codes)
{
	if (!rest->len)
		return false;
	*codes = slice_cut(rest, '\n');
	(void)slice_cut(codes, '\t');
	*system = slice_cut(codes, '\t');
	if (slice_starts(*system, SLICE("=")))
		*system = slice_from(*system, 1);
	(void)slice_cut(codes, '|');
	return true;
}

/* ---- the system of a plain code ---- */

static bool row_has(struct slice codes, struct slice code)
{
	while (codes.len)
		if (slice_equal(slice_cut(&codes, '|'), code))
			return true;
	return false;
}

/** Of a set from several systems, the one that has the code, if the others have not. */
static struct slice system_of(struct slice rows, struct slice code)
{
	struct slice only, system, codes, found = SLICE_NONE;
	size_t count = 0, having = 0;

	for (; rows_next(&rows, &system, &codes); count++) {
		only = system;
		if (row_has(codes, code)) {
			found = system;
			having++;
		}
	}
	if (count == 1)
		return only;
	return having == 1 ? found : SLICE_NONE;
}

struct slice terms_system_of_code(const struct terms_tables *tables, struct slice value_set, struct slice code)
{
	const struct terms_rows *set = tables_value_set(tables, value_set);
	struct slice url = slice_cut(&value_set, '|');

	if (set)
		return system_of(set->rows, code);
	for (size_t i = 0; i < tables->unlisted_count; i++)
		if (slice_equal(tables->unlisted[i].url, url))
			return tables->unlisted[i].rows;
	return SLICE_NONE;
}
