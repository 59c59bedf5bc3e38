/* SPDX-License-Identifier: Apache-2.0 */
/* A document as text: headings, paragraphs, list items, terms and tables, in order, with anchors and lines, whatever its format
 * was. */
#ifndef CANNULA_POLICY_TEXT_H
#define CANNULA_POLICY_TEXT_H

#include "policy/rules.h"

enum block_kind {
	BLOCK_HEADING,
	BLOCK_TEXT, /* a paragraph; a line break within it is '\n' */
	BLOCK_ITEM,
	BLOCK_TERM, /* what the following BLOCK_TEXT says */
	BLOCK_TABLE,
};

struct text_cell {
	struct slice text;
	bool is_header;
	bool is_repeated; /* stands here by a span of another cell */
	uint32_t line;
};

struct text_table {
	struct slice caption;
	struct text_cell *cells; /* rows × columns */
	size_t rows, columns;
};

/** A heading and what stands below it. */
struct text_section {
	struct slice kind;                /* by the rules' words, or the enclosing heading's */
	const struct text_block *heading; /* NULL: before the first */
	bool no_codes, has_statements;
	struct text_section *next;
};

struct text_block {
	enum block_kind kind;
	unsigned level; /* of a heading: 1 …; captions and headings within tables are the lowest */
	struct slice text;
	struct slice anchor; /* id of the nearest element that has one; absent: none so far */
	uint32_t line;
	const struct text_table *table;
	bool in_main;
	bool is_fact; /* went into a field of the record */
	const struct text_section *section;
	struct text_block *next;
};

#define TEXT_LEVEL_MAX 7u
#define TEXT_BLOCKS_MAX 100000u
#define TEXT_CELLS_MAX 200000u
#define TEXT_LINKS_MAX 20000u

/** A link as met; `table` and `row` say where when it stands in a table. */
struct text_link {
	struct slice href, text;
	const struct text_table *table;
	size_t row;
	uint32_t line;
	bool in_main;
	struct text_link *next;
};

struct text_document {
	struct arena *arena;
	const struct policy_rules *rules;
	struct slice title; /* of the page's head */
	struct text_block *first, *last;
	struct text_link *first_link, *last_link;
	size_t block_count, cell_count, link_count;
	struct text_section *sections;
	bool has_main; /* some blocks are in the main element: the others are furniture */
	bool full;     /* a cap was reached */
};

/** A copy in which control characters, which no FHIR string may have, are spaces. */
struct slice text_copy(struct arena *arena, struct slice text) MUST_USE;
/** Adds a block; text without white space around. Empty ones are left out, unless a table. NULL when left out or full. */
struct text_block *text_add(struct text_document *document, enum block_kind kind, struct slice text, uint32_t line);
static inline const struct text_cell *text_cell_at(const struct text_table *table, size_t row, size_t column)
{
	return &table->cells[row * table->columns + column];
}

/** Gives every block its section. False when the arena is full. */
bool text_find_sections(struct text_document *document) MUST_USE;
/** Cuts the first sentence off `*rest`: at ". " and the like, never within a list of codes. */
struct slice text_cut_sentence(struct slice *rest);

bool text_to_utf8(struct arena *arena, struct slice bytes, struct slice charset, struct slice *out, struct error *err) MUST_USE;

/** UTF-8 in, blocks out. */
bool text_read_html(struct text_document *document, struct slice html, uint32_t first_line, struct error *err) MUST_USE;
bool text_read_plain(struct text_document *document, struct slice text, uint32_t first_line, struct error *err) MUST_USE;
bool text_read_json(struct text_document *document, struct slice json, struct error *err) MUST_USE;

/** A document by its type, or by its bytes when that is not told or says nothing. */
bool text_read(struct arena *arena, const struct policy_rules *rules, struct slice content_type, struct slice charset,
	       struct slice bytes, struct text_document *out, struct error *err) MUST_USE;

#endif
