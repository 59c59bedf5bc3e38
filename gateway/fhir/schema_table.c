/* SPDX-License-Identifier: Apache-2.0 */
/* Reads profiles/VERSION/types.tsv, whose first lines say what the columns are. */
#include "fhir/schema.h"

#include <string.h>

struct table {
	struct fhir_schema *schema;
	char file[32];
	struct error *err;
};

static bool table_error(const struct table *table, uint32_t line, const char *what, struct slice about)
{
	char place[64];

	snprintf(place, sizeof(place), "%s:%u", table->file, line);
	return error_set(table->err, ERROR_SYNTAX, place, "%s \"%.*s\"", what, SLICE_ARG(about));
}

/* ---- first pass: an entry for each type ---- */

static const struct {
	struct slice word;
	enum fhir_kind kind;
	enum fhir_json_form form;
} kinds[] = {
	{ { "backbone", 8 }, FHIR_KIND_BACKBONE, FHIR_JSON_STRING },
	{ { "complex", 7 }, FHIR_KIND_COMPLEX, FHIR_JSON_STRING },
	{ { "resource", 8 }, FHIR_KIND_RESOURCE, FHIR_JSON_STRING },
	{ { "primitive-string", 16 }, FHIR_KIND_PRIMITIVE, FHIR_JSON_STRING },
	{ { "primitive-number", 16 }, FHIR_KIND_PRIMITIVE, FHIR_JSON_NUMBER },
	{ { "primitive-boolean", 17 }, FHIR_KIND_PRIMITIVE, FHIR_JSON_BOOLEAN },
};

static bool kind_set(struct fhir_type *type, struct slice word)
{
	type->is_abstract = slice_ends(word, SLICE("*"));
	word.len -= type->is_abstract;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!slice_equal(kinds[i].word, word))
			continue;
		type->kind = kinds[i].kind;
		type->json_form = kinds[i].form;
		return true;
	}
	return false;
}

/** What a type's row says about other types is resolved later: names are parked here. */
struct type_row {
	struct schema_type *entry;
	struct slice base, prefix;
};

static bool read_type_row(const struct table *table, uint32_t line, struct slice row, struct type_row *out)
{
	struct slice whole = row;
	struct slice name = slice_cut(&row, '\t');
	struct slice kind = slice_cut(&row, '\t');
	struct slice base = slice_cut(&row, '\t');
	struct slice url = slice_cut(&row, '\t');
	struct schema_type *entry = schema_type_new(table->schema, name, url, table->file, table->err);

	if (!entry)
		return false;
	if (!kind_set(&entry->type, kind))
		return table_error(table, line, "unknown kind of type in", whole);
	entry->line = line;
	*out = (struct type_row){ entry, base, row.len ? slice_cut(&row, '\t') : base };
	return true;
}

/** Rows of the element kind begin with a tab. */
static size_t count_types(struct slice text)
{
	size_t count = 0;

	while (text.len) {
		struct slice line = slice_cut(&text, '\n');
		count += line.len && line.ptr[0] != '\t' && line.ptr[0] != '#';
	}
	return count;
}

static bool scan(const struct table *table, struct slice text, struct type_row *rows, size_t *count)
{
	struct schema_type *entry = NULL;

	*count = 0;
	for (uint32_t number = 1; text.len; number++) {
		struct slice line = slice_cut(&text, '\n');
		if (line.len == 0 || line.ptr[0] == '#')
			continue;
		if (line.ptr[0] == '*') {
			table->schema->open_choice_text = slice_from(line, 2);
			continue;
		}
		if (line.ptr[0] != '\t') {
			if (!read_type_row(table, number, line, &rows[*count]))
				return false;
			entry = rows[(*count)++].entry;
			continue;
		}
		if (!entry)
			return table_error(table, number, "an element before the first type:", line);
		if (!entry->rows.ptr)
			entry->rows.ptr = line.ptr;
		entry->rows.len = (size_t)(line.ptr + line.len - entry->rows.ptr);
	}
	return true;
}

static bool link_bases(const struct table *table, const struct type_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct schema_type *entry = rows[i].entry;
		struct schema_type *base = schema_type_find(table->schema, rows[i].base);
		if (rows[i].base.len && !base)
			return table_error(table, entry->line, "unknown base type", rows[i].base);
		entry->type.base = base ? &base->type : NULL;
		entry->prefix = schema_type_find(table->schema, rows[i].prefix);
	}
	return true;
}

/* ---- second pass: elements ---- */

static bool resolve_types(const struct table *table, uint32_t line, struct slice text, const struct fhir_type *const **out,
			  size_t *count)
{
	size_t wanted = schema_count(text, '|');
	const struct fhir_type **types;

	*count = wanted;
	if (wanted == 1) {
		struct schema_type *only = schema_type_find(table->schema, text);
		*out = only ? &only->self : NULL;
		return only || table_error(table, line, "unknown type", text);
	}
	types = arena_new_array(table->schema->arena, const struct fhir_type *, wanted);
	if (!types)
		return error_memory(table->err);
	for (size_t i = 0; i < wanted; i++) {
		struct slice name = slice_cut(&text, '|');
		types[i] = fhir_type_find(table->schema, name);
		if (!types[i])
			return table_error(table, line, "unknown type", name);
	}
	*out = types;
	return true;
}

static bool types_set(const struct table *table, uint32_t line, struct slice text, struct fhir_element *element)
{
	struct fhir_schema *schema = table->schema;

	if (!slice_equal(text, SLICE("*")))
		return resolve_types(table, line, text, &element->types, &element->type_count);
	if (!schema->open_choice &&
	    !resolve_types(table, line, schema->open_choice_text, &schema->open_choice, &schema->open_choice_count))
		return false;
	element->types = schema->open_choice;
	element->type_count = schema->open_choice_count;
	return true;
}

static bool targets_set(const struct table *table, struct slice text, struct fhir_element *element)
{
	size_t count = schema_count(text, '|');
	struct slice *targets;

	if (count == 0)
		return true;
	targets = arena_new_array(table->schema->arena, struct slice, count);
	if (!targets)
		return error_memory(table->err);
	for (size_t i = 0; i < count; i++)
		targets[i] = slice_cut(&text, '|');
	element->targets = targets;
	element->target_count = count;
	return true;
}

static bool cardinality_set(struct slice text, struct fhir_element *element)
{
	uint64_t min, max;
	size_t dots = slice_find(text, SLICE(".."));

	if (dots == SIZE_MAX || !slice_to_u64((struct slice){ text.ptr, dots }, FHIR_UNBOUNDED - 1, &min))
		return false;
	text = slice_from(text, dots + 2);
	element->min = (uint32_t)min;
	element->max = FHIR_UNBOUNDED;
	if (slice_equal(text, SLICE("*")))
		return true;
	if (!slice_to_u64(text, FHIR_UNBOUNDED - 1, &max))
		return false;
	element->max = (uint32_t)max;
	return true;
}

static bool has_flag(struct slice flags, char flag)
{
	return flags.len && memchr(flags.ptr, flag, flags.len);
}

static bool read_element_row(const struct table *table, uint32_t line, struct slice row, struct fhir_element *element)
{
	struct slice whole = row;

	row = slice_from(row, 1);
	element->name = slice_cut(&row, '\t');
	struct slice cardinality = slice_cut(&row, '\t');
	struct slice types = slice_cut(&row, '\t');
	struct slice targets = slice_cut(&row, '\t');
	struct slice flags = slice_cut(&row, '\t');
	element->binding = schema_binding(slice_cut(&row, '\t'));
	element->value_set = row;
	if (slice_ends(element->name, SLICE("[x]"))) {
		element->is_choice = true;
		element->name.len -= 3;
	}
	element->is_summary = has_flag(flags, 'S');
	element->is_modifier = has_flag(flags, 'M');
	element->is_attribute = has_flag(flags, 'A');
	if (!element->name.len || !cardinality_set(cardinality, element))
		return table_error(table, line, "not an element row:", whole);
	return types_set(table, line, types, element) && targets_set(table, targets, element);
}

static bool read_elements(const struct table *table, struct schema_type *entry, int depth)
{
	struct slice rows = entry->rows;
	struct schema_type *prefix = entry->prefix;
	size_t inherited = 0, own = schema_count(rows, '\n');

	if (entry->type.elements || (!own && !prefix))
		return true;
	if (depth == SCHEMA_MAX_INHERITANCE)
		return table_error(table, entry->line, "types inherit from each other:", entry->type.name);
	if (prefix && !read_elements(table, prefix, depth + 1))
		return false;
	if (prefix)
		inherited = prefix->type.element_count;
	if (inherited + own > SCHEMA_MAX_ELEMENTS)
		return table_error(table, entry->line, "too many elements in", entry->type.name);
	struct fhir_element *elements = arena_new_array(table->schema->arena, struct fhir_element, inherited + own);
	if (!elements)
		return error_memory(table->err);
	if (inherited)
		memcpy(elements, prefix->type.elements, inherited * sizeof(*elements));
	for (size_t i = 0; i < own; i++) {
		elements[inherited + i].order = (uint16_t)(inherited + i);
		if (!read_element_row(table, entry->line + 1 + (uint32_t)i, slice_cut(&rows, '\n'), &elements[inherited + i]))
			return false;
	}
	entry->type.elements = elements;
	entry->type.element_count = inherited + own;
	entry->rows = SLICE_NONE;
	return true;
}

bool schema_table_load(struct fhir_schema *schema, struct error *err)
{
	struct table table = { .schema = schema, .err = err };
	struct slice text;
	size_t count;

	snprintf(table.file, sizeof(table.file), "%s/types.tsv", fhir_version_name(schema->version));
	if (!asset_get(table.file, &text, err))
		return false;
	struct type_row *rows = arena_new_array(schema->arena, struct type_row, count_types(text));
	if (!rows)
		return error_memory(err);
	if (!scan(&table, text, rows, &count) || !link_bases(&table, rows, count))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!read_elements(&table, rows[i].entry, 0))
			return false;
	schema_sort(schema);
	return true;
}
