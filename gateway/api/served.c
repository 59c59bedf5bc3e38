/* SPDX-License-Identifier: Apache-2.0 */
#include "api/served.h"

#include <stdlib.h>
#include <string.h>

#define ASSET "api/served.yaml"
#define FHIR_DEFINITIONS SLICE("http://hl7.org/fhir/StructureDefinition/")

struct row {
	struct slice name, about;
};

static const struct option row_options[] = {
	{ .name = "name",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct row, name),
	  .required = true,
	  .sentence = "A resource type of the schema tables." },
	{ .name = "about",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct row, about),
	  .required = true,
	  .sentence = "What this gateway uses it for, in a sentence." },
};
static const struct option_table row_table = { row_options, ARRAY_SIZE(row_options), sizeof(struct row), 0 };

struct file {
	struct option_rows types;
};

static const struct option file_options[] = {
	{ .name = "types",
	  .kind = OPTION_ROWS,
	  .offset = offsetof(struct file, types),
	  .required = true,
	  .table = &row_table,
	  .sentence = "The resource types that are served." },
};
static const struct option_table file_table = { file_options, ARRAY_SIZE(file_options), sizeof(struct file), 0 };

/** What the search index does not hold is neither advertised nor taken: composites and special ones. */
static bool param_offered(const struct fhir_search_param *param)
{
	if (slice_equal(param->code, SLICE("_id")) || slice_equal(param->code, SLICE("_lastUpdated")))
		return true;
	return param->expression.len && param->type != FHIR_SEARCH_COMPOSITE && param->type != FHIR_SEARCH_SPECIAL;
}

static bool params_load(struct arena *arena, const struct fhir_schema *schema, struct served_type *out, struct error *err)
{
	size_t count;
	const struct fhir_search_param *all = fhir_search_params(schema, out->type, &count);
	const struct fhir_search_param **params = arena_new_array(arena, const struct fhir_search_param *, count);
	const char **names = arena_new_array(arena, const char *, count);

	if (!params || !names)
		return error_memory(err);
	for (size_t i = 0; i < count; i++) {
		if (!param_offered(&all[i]))
			continue;
		names[out->param_count] = arena_cstr(arena, all[i].code);
		if (!names[out->param_count])
			return error_memory(err);
		params[out->param_count++] = &all[i];
	}
	out->params = params;
	out->param_names = names;
	return true;
}

static bool type_load(struct arena *arena, const struct fhir_schema *schema, const struct row *row, struct served_type *out,
		      struct error *err)
{
	out->type = fhir_type_find(schema, row->name);
	if (!out->type || out->type->kind != FHIR_KIND_RESOURCE || out->type->is_abstract)
		return error_set(err, ERROR_USAGE, ASSET, "'%.*s' is not a resource type of FHIR %s", SLICE_ARG(row->name),
				 fhir_version_number(fhir_schema_version(schema)));
	out->documentation = row->about;
	out->is_additional = !slice_starts(out->type->url, FHIR_DEFINITIONS);
	return params_load(arena, schema, out, err);
}

static int type_compare(const void *a, const void *b)
{
	return slice_compare(((const struct served_type *)a)->type->name, ((const struct served_type *)b)->type->name);
}

static bool types_load(struct arena *arena, const struct option_rows *rows, struct served_base *out, struct error *err)
{
	struct served_type *types = arena_new_array(arena, struct served_type, rows->count);
	const char **names = arena_new_array(arena, const char *, rows->count);

	if (!types || !names)
		return error_memory(err);
	for (size_t i = 0; i < rows->count; i++)
		if (!type_load(arena, out->schema, (const struct row *)rows->items + i, &types[i], err))
			return false;
	qsort(types, rows->count, sizeof(*types), type_compare);
	for (size_t i = 0; i < rows->count; i++)
		if (!(names[i] = arena_cstr(arena, types[i].type->name)))
			return error_memory(err);
	out->types = types;
	out->type_names = names;
	out->type_count = rows->count;
	return true;
}

bool served_base_load(struct arena *arena, const struct fhir_schema *schema, struct served_base *out, struct error *err)
{
	static const enum store_base store_bases[] = { [FHIR_R4] = STORE_R4, [FHIR_R5] = STORE_R5 };
	struct file file = { 0 };

	*out = (struct served_base){ .version = fhir_schema_version(schema), .schema = schema };
	out->store_base = store_bases[out->version];
	if (!options_read_asset(arena, &file_table, ASSET, &file, err))
		return false;
	return types_load(arena, &file.types, out, err);
}

const struct served_type *served_type_find(const struct served_base *base, struct slice name)
{
	for (size_t i = 0; i < base->type_count; i++)
		if (slice_equal(base->types[i].type->name, name))
			return &base->types[i];
	return NULL;
}

const struct fhir_search_param *served_param_find(const struct served_type *type, struct slice code)
{
	for (size_t i = 0; i < type->param_count; i++)
		if (slice_equal(type->params[i]->code, code))
			return type->params[i];
	return NULL;
}

struct slice served_names_join(struct arena *arena, const char *const *names, size_t count)
{
	size_t room = 1;
	for (size_t i = 0; i < count; i++)
		room += strlen(names[i]) + 2;
	char *text = arena_alloc(arena, room);
	size_t used = 0;
	for (size_t i = 0; text && i < count; i++)
		used += (size_t)snprintf(text + used, room - used, "%s%s", i ? ", " : "", names[i]);
	return text ? (struct slice){ text, used } : SLICE_NONE;
}
