/* SPDX-License-Identifier: Apache-2.0 */
/* HTML Living Standard, section 4.9.12 "Processing model", as far as text needs it. */
#include "policy/table.h"

#include <string.h>

struct table_cell {
	struct text_cell cell;
	size_t row;
	unsigned columns, rows;
	size_t column; /* found by place_cells */
	struct table_cell *next;
};

bool table_begin(struct table_builder *builder, struct text_document *document, uint32_t line)
{
	*builder = (struct table_builder){ .table = arena_new_of(document->arena, struct text_table), .line = line };
	document->full = document->full || !builder->table;
	return builder->table != NULL;
}

void table_row(struct table_builder *builder)
{
	if (builder->rows < TABLE_ROWS_MAX)
		builder->rows++;
}

static unsigned within(unsigned value, unsigned max)
{
	return value < 1 ? 1 : value > max ? max : value;
}

void table_add(struct table_builder *builder, struct text_document *document, struct slice text, unsigned columns, unsigned rows,
	       bool is_header, uint32_t line)
{
	struct table_cell *cell = document->cell_count < TEXT_CELLS_MAX ? arena_new_of(document->arena, struct table_cell) : NULL;

	if (builder->rows == 0)
		table_row(builder);
	if (cell)
		cell->cell.text = slice_trim(text_copy(document->arena, text));
	if (!cell || !cell->cell.text.ptr) {
		document->full = true;
		return;
	}
	document->cell_count++;
	cell->cell.is_header = is_header;
	cell->cell.line = line;
	cell->row = builder->rows - 1;
	cell->columns = within(columns, TABLE_COLUMNS_MAX);
	cell->rows = within(rows, TABLE_ROWS_MAX);
	if (builder->last)
		builder->last->next = cell;
	if (!builder->first)
		builder->first = cell;
	builder->last = cell;
}

/** Gives each cell its column: the first that no cell from above reaches into. Returns how many columns there are. */
static size_t place_cells(struct table_builder *builder)
{
	size_t taken_until[TABLE_COLUMNS_MAX] = { 0 }; /* the first row in which the column is free */
	size_t row = SIZE_MAX, column = 0, columns = 0;

	for (struct table_cell *cell = builder->first; cell; cell = cell->next) {
		if (cell->row != row)
			column = 0;
		row = cell->row;
		while (column < TABLE_COLUMNS_MAX && taken_until[column] > row)
			column++;
		cell->column = column;
		for (unsigned i = 0; i < cell->columns && column < TABLE_COLUMNS_MAX; i++, column++)
			taken_until[column] = row + cell->rows;
		if (column > columns)
			columns = column;
	}
	return columns;
}

static void fill(struct text_table *table, const struct table_cell *cell)
{
	for (size_t row = cell->row; row < cell->row + cell->rows && row < table->rows; row++)
		for (size_t column = cell->column; column < cell->column + cell->columns && column < table->columns; column++) {
			struct text_cell *place = &table->cells[row * table->columns + column];
			if (place->text.ptr)
				continue;
			*place = cell->cell;
			place->is_repeated = row != cell->row || column != cell->column;
		}
}

void table_end(struct table_builder *builder, struct text_document *document)
{
	struct text_table *table = builder->table;
	struct text_block *block;

	table->rows = builder->rows;
	table->columns = place_cells(builder);
	if (table->rows == 0 || table->columns == 0)
		return;
	if (table->rows * table->columns > TEXT_CELLS_MAX - document->cell_count)
		document->full = true;
	else
		table->cells = arena_new_array(document->arena, struct text_cell, table->rows * table->columns);
	if (!table->cells) {
		table_dissolve(builder, document);
		return;
	}
	document->cell_count += table->rows * table->columns;
	for (const struct table_cell *cell = builder->first; cell; cell = cell->next)
		fill(table, cell);
	block = text_add(document, BLOCK_TABLE, table->caption, builder->line);
	if (block)
		block->table = table;
}

void table_dissolve(struct table_builder *builder, struct text_document *document)
{
	for (const struct table_cell *cell = builder->first; cell; cell = cell->next)
		text_add(document, BLOCK_TEXT, cell->cell.text, cell->cell.line);
	builder->first = builder->last = NULL;
	builder->rows = 0;
}
