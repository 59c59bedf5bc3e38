/* SPDX-License-Identifier: Apache-2.0 */
#include "api/served.h"

#include <stdlib.h>
#include <string.h>

#define ASSET "api/served.yaml"
#define FHIR_DEFINITIONS SLICE("http://hl7.org/fhir/StructureDefinition/")

struct row {
	struct slice name, about, version;
	bool published;
};

static const char *const versions[] = { "r4", "r5", NULL };

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
	{ .name = "version",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct row, version),
	  .choices = versions,
	  .sentence = "The only version of FHIR that has it; absent: both." },
	{ .name = "published",
	  .kind = OPTION_BOOL,
	  .offset = offsetof(struct row, published),
	  .default_text = "false",
	  .sentence = "The gateway publishes them itself; clients only read them." },
};
static const struct option_table row_table = { row_options, ARRAY_SIZE(row_options), sizeof(struct row), 0 };

struct file {
	struct option_rows types;
	bool others;
	struct option_texts except;
};

static const struct option file_options[] = {
	{ .name = "types",
	  .kind = OPTION_ROWS,
	  .offset = offsetof(struct file, types),
	  .required = true,
	  .table = &row_table,
	  .sentence = "The resource types that the gateway has a use for." },
	{ .name = "others",
	  .kind = OPTION_BOOL,
	  .offset = offsetof(struct file, others),
	  .default_text = "false",
	  .sentence = "Whether clients may keep resources of all other types too." },
	{ .name = "except",
	  .kind = OPTION_TEXTS,
	  .offset = offsetof(struct file, except),
	  .sentence = "Types that are not served." },
};
static const struct option_table file_table = { file_options, ARRAY_SIZE(file_options), sizeof(struct file), 0 };

static bool is_one_of(const struct fhir_search_param *param, const char *a, const char *b)
{
	return slice_equal(param->code, slice_of(a)) || slice_equal(param->code, slice_of(b));
}

bool served_param_is_words(const struct fhir_search_param *param)
{
	return is_one_of(param, "_text", "_content");
}

/** What the search index does not hold is neither advertised nor taken: words when they are not kept, and what is special. */
bool served_param_offered(const struct served_base *base, const struct fhir_search_param *param)
{
	if (is_one_of(param, "_id", "_lastUpdated"))
		return true;
	if (served_param_is_words(param))
		return base->has_text;
	return param->expression.len && (param->type != FHIR_SEARCH_COMPOSITE || param->component_count) &&
	       param->type != FHIR_SEARCH_SPECIAL;
}

static bool params_load(struct arena *arena, const struct served_base *base, struct served_type *out, struct error *err)
{
	size_t count;
	const struct fhir_search_param *all = fhir_search_params(base->schema, out->type, &count);
	const struct fhir_search_param **params = arena_new_array(arena, const struct fhir_search_param *, count);
	const char **names = arena_new_array(arena, const char *, count);

	if (!params || !names)
		return error_memory(err);
	for (size_t i = 0; i < count; i++) {
		if (!served_param_offered(base, &all[i]))
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

static bool type_add(struct arena *arena, struct served_base *base, struct served_type *types, const struct fhir_type *type,
		     const struct row *row, struct error *err)
{
	struct served_type *out = &types[base->type_count++];

	out->type = type;
	out->documentation = row ? row->about : SLICE_NONE;
	out->is_published = row && row->published;
	out->is_additional = !slice_starts(type->url, FHIR_DEFINITIONS);
	return params_load(arena, base, out, err);
}

static bool is_among(const struct option_texts *names, struct slice name)
{
	for (size_t i = 0; i < names->count; i++)
		if (slice_equal(names->items[i], name))
			return true;
	return false;
}

/** The types that the file names. */
static bool named_add(struct arena *arena, const struct file *file, struct served_base *base, struct served_type *types,
		      struct error *err)
{
	struct slice version = slice_of(fhir_version_name(base->version));

	for (size_t i = 0; i < file->types.count; i++) {
		const struct row *row = (const struct row *)file->types.items + i;
		const struct fhir_type *type = fhir_type_find(base->schema, row->name);
		if (row->version.len && !slice_equal(row->version, version))
			continue;
		if (!type || type->kind != FHIR_KIND_RESOURCE || type->is_abstract)
			return error_set(err, ERROR_USAGE, ASSET, "'%.*s' is not a resource type of FHIR %s",
					 SLICE_ARG(row->name), fhir_version_number(base->version));
		if (!type_add(arena, base, types, type, row, err))
			return false;
	}
	return true;
}

/** All others. */
static bool others_add(struct arena *arena, const struct file *file, struct served_base *base, struct served_type *types,
		       struct error *err)
{
	const struct fhir_type *type;
	size_t index = 0, named = base->type_count;

	while ((type = fhir_type_next(base->schema, FHIR_KIND_RESOURCE, &index))) {
		bool is_known = type->is_abstract || is_among(&file->except, type->name);
		for (size_t i = 0; i < named; i++)
			is_known |= types[i].type == type;
		if (!is_known && !type_add(arena, base, types, type, NULL, err))
			return false;
	}
	return true;
}

static int type_compare(const void *a, const void *b)
{
	return slice_compare(((const struct served_type *)a)->type->name, ((const struct served_type *)b)->type->name);
}

static size_t resource_types_count(const struct fhir_schema *schema)
{
	size_t count = 0, index = 0;

	while (fhir_type_next(schema, FHIR_KIND_RESOURCE, &index))
		count++;
	return count;
}

static bool types_load(struct arena *arena, const struct file *file, struct served_base *out, struct error *err)
{
	size_t capacity = file->types.count + resource_types_count(out->schema);
	struct served_type *types = arena_new_array(arena, struct served_type, capacity);
	const char **names = arena_new_array(arena, const char *, capacity);

	if (!types || !names)
		return error_memory(err);
	if (!named_add(arena, file, out, types, err) || (file->others && !others_add(arena, file, out, types, err)))
		return false;
	qsort(types, out->type_count, sizeof(*types), type_compare);
	for (size_t i = 0; i < out->type_count; i++)
		if (!(names[i] = arena_cstr(arena, types[i].type->name)))
			return error_memory(err);
	out->types = types;
	out->type_names = names;
	return true;
}

bool served_base_load(struct arena *arena, const struct fhir_schema *schema, bool has_text, struct served_base *out,
		      struct error *err)
{
	static const enum store_base store_bases[] = { [FHIR_R4] = STORE_R4, [FHIR_R5] = STORE_R5 };
	struct file file = { 0 };

	*out = (struct served_base){ .version = fhir_schema_version(schema), .schema = schema, .has_text = has_text };
	out->store_base = store_bases[out->version];
	if (!options_read_asset(arena, &file_table, ASSET, &file, err))
		return false;
	return types_load(arena, &file, out, err);
}

static int name_compare(const void *name, const void *type)
{
	return slice_compare(*(const struct slice *)name, ((const struct served_type *)type)->type->name);
}

const struct served_type *served_type_find(const struct served_base *base, struct slice name)
{
	return bsearch(&name, base->types, base->type_count, sizeof(*base->types), name_compare);
}

const struct fhir_search_param *served_param_find(const struct served_type *type, struct slice code)
{
	for (size_t i = 0; i < type->param_count; i++)
		if (slice_equal(type->params[i]->code, code))
			return type->params[i];
	return NULL;
}

struct slice served_search_type(enum fhir_search_type type)
{
	static const char *const names[] = {
		[FHIR_SEARCH_NUMBER] = "number",       [FHIR_SEARCH_DATE] = "date",
		[FHIR_SEARCH_STRING] = "string",       [FHIR_SEARCH_TOKEN] = "token",
		[FHIR_SEARCH_REFERENCE] = "reference", [FHIR_SEARCH_COMPOSITE] = "composite",
		[FHIR_SEARCH_QUANTITY] = "quantity",   [FHIR_SEARCH_URI] = "uri",
		[FHIR_SEARCH_SPECIAL] = "special",
	};

	return slice_of(names[type]);
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
