/* SPDX-License-Identifier: Apache-2.0 */
/* A policy as JSON: members become headed text, lists of objects become tables, and text that is HTML (escaped once or twice) is
 * read as such. */
#include <ctype.h>
#include <string.h>

#include "policy/payload.h"
#include "policy/table.h"

#define SHORT_MAX_BYTES 80u
#define MEMBER_LEVEL 2u

/** "procedure_codes", "procedureCodes" → "procedure codes" */
static struct slice words_of(struct arena *arena, struct slice name)
{
	char text[128];
	size_t length = 0;

	for (size_t i = 0; i < name.len && length + 2 < sizeof(text); i++) {
		unsigned char c = (unsigned char)name.ptr[i];
		if (isupper(c) && i > 0 && islower((unsigned char)name.ptr[i - 1]))
			text[length++] = ' ';
		text[length++] = c == '_' ? ' ' : (char)c;
	}
	return arena_copy(arena, (struct slice){ text, length });
}

static void add_heading(struct text_document *document, struct slice name, uint32_t line)
{
	struct text_block *block = text_add(document, BLOCK_HEADING, words_of(document->arena, name), line);

	if (block)
		block->level = MEMBER_LEVEL;
}

/* ---- text ---- */

static bool looks_like_html(struct slice text)
{
	for (size_t i = 0; i + 1 < text.len; i++)
		if (text.ptr[i] == '<' && (isalpha((unsigned char)text.ptr[i + 1]) || strchr("/!", text.ptr[i + 1])))
			return true;
	return false;
}

static bool add_text(struct text_document *document, struct slice text, enum block_kind kind, uint32_t line, struct error *err)
{
	for (unsigned i = 0; i < PAYLOAD_ESCAPES_MAX && !looks_like_html(text); i++) {
		text = payload_unescape(document->arena, text);
		if (!text.ptr)
			return error_memory(err);
	}
	if (looks_like_html(text))
		return text_read_html(document, text, line, err);
	text_add(document, kind, text, line);
	return true;
}

static bool add_scalar(struct text_document *document, const struct payload_value *value, struct error *err)
{
	bool is_short = value->text.len <= SHORT_MAX_BYTES && !looks_like_html(value->text);

	if (!value->text.ptr || value->text.len == 0)
		return true;
	if (is_short || rule_field_find(document->rules, words_of(document->arena, value->name)))
		text_add(document, BLOCK_TERM, words_of(document->arena, value->name), value->line);
	else
		add_heading(document, value->name, value->line);
	return add_text(document, value->text, BLOCK_TEXT, value->line, err);
}

/* ---- lists ---- */

/** The member names of the first object are the columns. */
static bool add_table(struct text_document *document, const struct payload_value *array, struct error *err)
{
	struct table_builder builder;

	if (!table_begin(&builder, document, array->line))
		return error_memory(err);
	table_row(&builder);
	for (const struct payload_value *column = array->first->first; column; column = column->next)
		table_add(&builder, document, words_of(document->arena, column->name), 1, 1, true, column->line);
	for (const struct payload_value *row = array->first; row; row = row->next) {
		table_row(&builder);
		for (const struct payload_value *column = array->first->first; column; column = column->next) {
			const struct payload_value *cell = payload_member(row, column->name);
			table_add(&builder, document, cell && cell->text.ptr ? cell->text : SLICE(""), 1, 1, false, row->line);
		}
	}
	table_end(&builder, document);
	return true;
}

/** An object that is a row: scalars only, none of them text of its own. */
static bool is_row(const struct text_document *document, const struct payload_value *value)
{
	if (value->kind != PAYLOAD_OBJECT || value->count == 0)
		return false;
	for (const struct payload_value *member = value->first; member; member = member->next)
		if (!payload_is_scalar(member) || looks_like_html(member->text) ||
		    rule_field_find(document->rules, words_of(document->arena, member->name)))
			return false;
	return true;
}

static bool is_table(const struct text_document *document, const struct payload_value *array)
{
	for (const struct payload_value *item = array->first; item; item = item->next)
		if (!is_row(document, item))
			return false;
	return array->count > 0;
}

static bool add_value(struct text_document *document, const struct payload_value *value, struct error *err);

static bool add_members(struct text_document *document, const struct payload_value *object, struct error *err)
{
	for (const struct payload_value *member = object->first; member; member = member->next)
		if (!rule_is_one_of(member->name, &document->rules->json_ignored) && !add_value(document, member, err))
			return false;
	return true;
}

static bool add_items(struct text_document *document, const struct payload_value *array, struct error *err)
{
	for (const struct payload_value *item = array->first; item; item = item->next) {
		bool done = payload_is_scalar(item)
				? !item->text.ptr || add_text(document, item->text, BLOCK_ITEM, item->line, err)
				: add_value(document, item, err);
		if (!done)
			return false;
	}
	return true;
}

/** Depth is bounded by payload_read. */
static bool add_value(struct text_document *document, const struct payload_value *value, struct error *err)
{
	bool table = value->kind == PAYLOAD_ARRAY && is_table(document, value);

	if (payload_is_scalar(value))
		return add_scalar(document, value, err);
	if (value->name.ptr && (table || value->kind == PAYLOAD_OBJECT || (value->first && payload_is_scalar(value->first))))
		add_heading(document, value->name, value->line);
	if (table)
		return add_table(document, value, err);
	return value->kind == PAYLOAD_ARRAY ? add_items(document, value, err) : add_members(document, value, err);
}

bool text_read_json(struct text_document *document, struct slice json, struct error *err)
{
	struct payload_value *root;

	return payload_read(document->arena, json, &root, err) && add_value(document, root, err);
}
