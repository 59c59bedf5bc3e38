/* SPDX-License-Identifier: Apache-2.0 */
/* Search parameters: profiles/VERSION/search.tsv and ours, whose first lines say what the columns are. */
#include "fhir/schema.h"

#include <stdlib.h>
#include <string.h>

#define OURS "search-parameters.tsv"

struct row {
	struct slice base;
	struct fhir_search_param param;
};

static bool type_set(struct slice word, enum fhir_search_type *out)
{
	static const char *const words[] = {
		[FHIR_SEARCH_NUMBER] = "number",       [FHIR_SEARCH_DATE] = "date",
		[FHIR_SEARCH_STRING] = "string",       [FHIR_SEARCH_TOKEN] = "token",
		[FHIR_SEARCH_REFERENCE] = "reference", [FHIR_SEARCH_COMPOSITE] = "composite",
		[FHIR_SEARCH_QUANTITY] = "quantity",   [FHIR_SEARCH_URI] = "uri",
		[FHIR_SEARCH_SPECIAL] = "special",
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!slice_equal(word, slice_of(words[i])))
			continue;
		*out = (enum fhir_search_type)i;
		return true;
	}
	return false;
}

static struct slice absent_when_empty(struct slice s)
{
	return s.len ? s : SLICE_NONE;
}

static bool targets_set(struct arena *arena, struct slice text, struct fhir_search_param *param)
{
	size_t count = schema_count(text, '|');

	if (count == 0)
		return true;
	struct slice *targets = arena_new_array(arena, struct slice, count);
	if (!targets)
		return false;
	for (size_t i = 0; i < count; i++)
		targets[i] = slice_cut(&text, '|');
	param->targets = targets;
	param->target_count = count;
	return true;
}

/** "code=expression;code=expression" */
static bool components_set(struct arena *arena, struct slice text, struct fhir_search_param *param)
{
	size_t count = schema_count(text, ';');
	struct fhir_search_component *components = arena_new_array(arena, struct fhir_search_component, count + 1);

	if (!components)
		return false;
	for (size_t i = 0; i < count; i++) {
		components[i].expression = slice_cut(&text, ';');
		components[i].code = slice_cut(&components[i].expression, '=');
	}
	param->components = components;
	param->component_count = count;
	return true;
}

static bool read_row(struct arena *arena, struct slice line, struct row *out, struct error *err)
{
	struct fhir_search_param *param = &out->param;

	out->base = slice_cut(&line, '\t');
	param->code = slice_cut(&line, '\t');
	struct slice type = slice_cut(&line, '\t');
	param->url = slice_cut(&line, '\t');
	struct slice targets = slice_cut(&line, '\t');
	param->expression = absent_when_empty(slice_cut(&line, '\t'));
	param->description = absent_when_empty(line);
	if (!param->code.len || !param->url.len || !type_set(type, &param->type))
		return error_set(err, ERROR_SYNTAX, "", "not a search parameter row");
	if (param->type == FHIR_SEARCH_COMPOSITE)
		return components_set(arena, targets, param) || error_memory(err);
	return targets_set(arena, targets, param) || error_memory(err);
}

static bool read_file(struct arena *arena, const char *file, struct row *rows, size_t *count, struct error *err)
{
	bool ours = strcmp(file, OURS) == 0;
	struct slice text;

	if (!asset_get(file, &text, err))
		return false;
	for (unsigned number = 1; text.len; number++) {
		struct slice line = slice_cut(&text, '\n');
		struct error wrong = { 0 };
		if (line.len == 0 || line.ptr[0] == '#')
			continue;
		struct row *row = &rows[*count];
		if (!read_row(arena, line, row, &wrong)) {
			snprintf(wrong.place, sizeof(wrong.place), "%s:%u", file, number);
			return error_set(err, wrong.code, wrong.place, "%s", wrong.message);
		}
		row->param.is_ours = ours;
		(*count)++;
	}
	return true;
}

/** By base, then code; ours before the published one that it replaces. */
static int compare_rows(const void *a, const void *b)
{
	const struct row *left = a, *right = b;
	int order = slice_compare(left->base, right->base);

	if (order == 0)
		order = slice_compare(left->param.code, right->param.code);
	return order ? order : (int)right->param.is_ours - (int)left->param.is_ours;
}

static size_t count_lines(const char *file, struct error *err)
{
	struct slice text;

	return asset_get(file, &text, err) ? schema_count(text, '\n') : 0;
}

/** The rows, sorted, split into the schema's two arrays; of two for one base and code the first. */
static bool keep_rows(struct fhir_schema *schema, const struct row *rows, size_t count, struct error *err)
{
	schema->params = arena_new_array(schema->arena, struct fhir_search_param, count);
	schema->param_bases = arena_new_array(schema->arena, struct slice, count);
	if (!schema->params || !schema->param_bases)
		return error_memory(err);
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && slice_equal(rows[i].base, rows[i - 1].base) &&
		    slice_equal(rows[i].param.code, rows[i - 1].param.code))
			continue;
		schema->params[schema->param_count] = rows[i].param;
		schema->param_bases[schema->param_count++] = rows[i].base;
	}
	return true;
}

static bool read_all(struct fhir_schema *schema, struct error *err)
{
	char published[32];

	snprintf(published, sizeof(published), "%s/search.tsv", fhir_version_name(schema->version));
	size_t capacity = count_lines(published, err) + count_lines(OURS, err);
	struct arena *scratch = arena_new(capacity * sizeof(struct row) + 1024);
	struct row *rows = scratch ? arena_new_array(scratch, struct row, capacity) : NULL;
	size_t count = 0;
	bool done = rows || error_memory(err);

	done =
	    done && read_file(schema->arena, published, rows, &count, err) && read_file(schema->arena, OURS, rows, &count, err);
	if (done && count)
		qsort(rows, count, sizeof(*rows), compare_rows);
	done = done && keep_rows(schema, rows, count, err);
	arena_free(scratch);
	return done;
}

/** Index of the first row of `base`, or the row count. */
static size_t first_of(const struct fhir_schema *schema, struct slice base)
{
	size_t low = 0, high = schema->param_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (slice_compare(schema->param_bases[middle], base) < 0) {
			low = middle + 1;
			continue;
		}
		high = middle;
	}
	return low;
}

static size_t end_of(const struct fhir_schema *schema, size_t first, struct slice base)
{
	while (first < schema->param_count && slice_equal(schema->param_bases[first], base))
		first++;
	return first;
}

/** Both in the order of their codes, together in that order; an own one hides an inherited one. */
static size_t merge(const struct fhir_search_param *own, size_t own_count, const struct schema_type *base,
		    struct fhir_search_param *out)
{
	size_t inherited_count = base ? base->param_count : 0, a = 0, b = 0, count = 0;

	while (a < own_count || b < inherited_count) {
		int order = a == own_count ? 1 : b == inherited_count ? -1 : slice_compare(own[a].code, base->params[b].code);

		out[count++] = order > 0 ? base->params[b] : own[a];
		a += order <= 0;
		b += order >= 0;
	}
	return count;
}

bool schema_search_merge(struct fhir_schema *schema, struct schema_type *entry, struct error *err)
{
	struct schema_type *base = entry->type.base ? schema_type_find(schema, entry->type.base->name) : NULL;
	size_t first = first_of(schema, entry->type.name), own = end_of(schema, first, entry->type.name) - first;

	if (entry->params)
		return true;
	if (base && !schema_search_merge(schema, base, err))
		return false;
	struct fhir_search_param *params =
	    arena_new_array(schema->arena, struct fhir_search_param, own + (base ? base->param_count : 0));
	if (!params)
		return error_memory(err);
	entry->param_count = merge(&schema->params[first], own, base, params);
	entry->params = params;
	return true;
}

bool schema_search_load(struct fhir_schema *schema, struct error *err)
{
	if (!read_all(schema, err))
		return false;
	for (size_t i = 0; i < schema->type_count; i++)
		if (schema->sorted[i]->type.kind == FHIR_KIND_RESOURCE && !schema_search_merge(schema, schema->sorted[i], err))
			return false;
	schema->params_merged = true;
	return true;
}
