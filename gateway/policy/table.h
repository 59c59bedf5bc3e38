/* SPDX-License-Identifier: Apache-2.0 */
/* Cells as they come, into rows and columns, spans resolved. */
#ifndef CANNULA_POLICY_TABLE_H
#define CANNULA_POLICY_TABLE_H

#include "policy/text.h"

#define TABLE_COLUMNS_MAX 64u
#define TABLE_ROWS_MAX 20000u

struct table_cell;

struct table_builder {
	struct text_table *table; /* known to links before it is finished */
	struct table_cell *first, *last;
	size_t rows; /* opened so far */
	uint32_t line;
};

bool table_begin(struct table_builder *builder, struct text_document *document, uint32_t line);
void table_row(struct table_builder *builder);
/** `text` is copied; spans below 1 count as 1. */
void table_add(struct table_builder *builder, struct text_document *document, struct slice text, unsigned columns, unsigned rows,
	       bool is_header, uint32_t line);
/** Adds the table's block. */
void table_end(struct table_builder *builder, struct text_document *document);
/** Adds the cells so far as paragraphs: the table only arranges a page. */
void table_dissolve(struct table_builder *builder, struct text_document *document);

#endif
