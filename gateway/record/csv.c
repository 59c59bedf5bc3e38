/* SPDX-License-Identifier: Apache-2.0 */
/* CSV rows as records: the header row names elements by their paths. */
#include "record/file.h"

#define STEPS_MAX 8u

/** A column: the elements from the record down to the value. */
struct column {
	struct slice header;
	struct slice steps[STEPS_MAX];
	size_t step_count;
	size_t repeating; /**< the innermost step that may repeat; step_count: none */
	size_t same;      /**< the first column of the same name: they count their values together */
};

struct table {
	struct record_file *file;
	struct column columns[CSV_COLUMNS_MAX];
	size_t count;
	size_t values[CSV_COLUMNS_MAX]; /**< in this row so far */
};

/** The element a step names and the type of what stands there. */
static const struct fhir_element *find_element(const struct fhir_type *type, struct slice name, const struct fhir_type **out)
{
	const struct fhir_element *element = fhir_element_find(type, name, out);

	if (element && !*out && element->type_count == 1)
		*out = element->types[0];
	return element;
}

static bool resolve(struct record_file *file, struct column *column, uint32_t number)
{
	const struct fhir_type *type = file->type;
	struct slice rest = column->header;

	column->repeating = STEPS_MAX;
	while (rest.ptr) {
		struct slice name = slice_cut(&rest, '.');
		const struct fhir_type *next = NULL;

		if (column->step_count == STEPS_MAX)
			return record_file_fail(file, 1, number, "column %u is deeper than %u elements", number, STEPS_MAX);
		const struct fhir_element *element = find_element(type, name, &next);
		if (!element)
			return record_file_unknown(file, 1, number, type, name);
		if (!next)
			return record_file_fail(
			    file, 1, number, "%.*s can have several types: name one, as valueString for value", SLICE_ARG(name));
		if (element->max > 1)
			column->repeating = column->step_count;
		column->steps[column->step_count++] = name;
		type = next;
	}
	if (type->kind == FHIR_KIND_PRIMITIVE)
		return true;
	record_file_fail(file, 1, number, "%.*s has parts", SLICE_ARG(column->header));
	return error_hint(file->err, "name the part behind a dot: %.*s.%.*s", SLICE_ARG(column->header),
			  SLICE_ARG(type->element_count ? type->elements[type->element_count - 1].name : SLICE("part")));
}

static bool read_header(struct table *table, const struct csv_row *row)
{
	for (size_t i = 0; i < row->count; i++) {
		struct column *column = &table->columns[i];

		column->header = row->fields[i];
		if (!resolve(table->file, column, (uint32_t)i + 1))
			return false;
		while (!slice_equal(table->columns[column->same].header, column->header))
			column->same++;
		if (column->same < i && column->repeating == STEPS_MAX)
			return record_file_fail(table->file, 1, (uint32_t)i + 1, "%.*s is named twice and does not repeat",
						SLICE_ARG(column->header));
	}
	table->count = row->count;
	return true;
}

/** Repetition `index` of `name`; those before it are made too, and taken out again when they stay empty. */
static struct fhir_node *child_at(struct record_file *file, struct fhir_node *parent, struct slice name, size_t index)
{
	const struct fhir_type *choice;
	const struct fhir_element *element = fhir_element_find(parent->type, name, &choice);
	struct fhir_node *node = fhir_node_child(parent, element->name);

	if (!node)
		node = fhir_node_add(file->arena, parent, name, NULL);
	for (; node && index > 0; index--) {
		struct fhir_node *next = fhir_node_again(node);

		node = next ? next : fhir_node_add(file->arena, parent, name, NULL);
	}
	return node;
}

/** Value `index` of its column: the innermost step that may repeat takes that repetition. */
static bool put_value(struct table *table, const struct column *column, struct fhir_node *record, uint32_t line,
		      struct slice value)
{
	struct fhir_node *node = record;
	size_t index = table->values[column->same]++;

	if (value.len == 0)
		return true;
	for (size_t i = 0; i < column->step_count; i++) {
		node = child_at(table->file, node, column->steps[i], i == column->repeating ? index : 0);
		if (!node)
			return error_memory(table->file->err);
		node->line = line;
		node->column = (uint32_t)(column - table->columns) + 1;
	}
	return record_file_set(table->file, node, value);
}

static bool put_cell(struct table *table, const struct column *column, struct fhir_node *record, uint32_t line, struct slice cell)
{
	struct slice separator = table->file->form.list_separator;

	if (!separator.len || column->repeating == STEPS_MAX)
		return put_value(table, column, record, line, cell);
	for (struct slice rest = cell; rest.ptr;)
		if (!put_value(table, column, record, line, slice_trim(slice_cut(&rest, separator.ptr[0]))))
			return false;
	return true;
}

static void prune(struct fhir_node *node)
{
	for (struct fhir_node *child = node->first, *next; child; child = next) {
		next = child->next;
		prune(child);
		if (!child->first && !child->value.ptr)
			fhir_node_remove(child);
	}
}

static bool read_record(struct table *table, const struct csv_row *row)
{
	struct record_file *file = table->file;
	struct fhir_node *record = fhir_node_new(file->arena, file->type);

	if (!record)
		return error_memory(file->err);
	if (row->count != table->count)
		return record_file_fail(file, row->line + 1, 1, "%zu fields, where the header names %zu columns", row->count,
					table->count);
	record->line = row->line + 1;
	for (size_t i = 0; i < table->count; i++)
		table->values[i] = 0;
	for (size_t i = 0; i < table->count; i++)
		if (!put_cell(table, &table->columns[i], record, record->line, row->fields[i]))
			return false;
	prune(record);
	return record_file_add(file, record);
}

static bool is_blank(const struct csv_row *row)
{
	return row->count == 1 && row->fields[0].len == 0;
}

bool record_read_csv(struct record_file *file)
{
	struct table *table = arena_new_of(file->arena, struct table);
	struct csv_row *row = arena_new_of(file->arena, struct csv_row);
	struct slice rest = file->bytes;
	bool headed = false;

	if (!table || !row)
		return error_memory(file->err);
	table->file = file;
	while (rest.len > 0) {
		if (!csv_row_read(file->arena, &rest, file->form.separator.ptr[0], row))
			return record_file_fail(file, row->line + 1, 1,
						"not a CSV row: a quote without its end, or too many columns");
		if (is_blank(row))
			continue;
		if (!(headed ? read_record(table, row) : read_header(table, row)))
			return false;
		headed = true;
	}
	return true;
}
