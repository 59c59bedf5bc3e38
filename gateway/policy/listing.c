/* SPDX-License-Identifier: Apache-2.0 */
/* Listings: a page of links, or a JSON list. */
#include <ctype.h>
#include <string.h>

#include "policy/payload.h"
#include "policy/table.h"
#include "policy/text.h"

static bool new_items(struct arena *arena, size_t count, struct policy_listing *out, struct error *err)
{
	*out = (struct policy_listing){ .items = arena_new_array(arena, struct policy_listed, count ? count : 1) };
	return out->items || error_memory(err);
}

/** Where a field of a listing goes; NULL: nowhere. The names are those of the rules and of `struct policy_listed`. */
static struct slice *place_of(struct policy_listed *listed, struct slice field)
{
	const struct {
		struct slice name;
		struct slice *place;
	} places[] = {
		{ SLICE("url"), &listed->url },
		{ SLICE("number"), &listed->number },
		{ SLICE("version"), &listed->version },
		{ SLICE("title"), &listed->title },
		{ SLICE("status"), &listed->status },
		{ SLICE("effective_date"), &listed->effective_date },
		{ SLICE("effectiveStart"), &listed->effective_date },
		{ SLICE("end_date"), &listed->end_date },
		{ SLICE("effectiveEnd"), &listed->end_date },
	};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (slice_equal(places[i].name, field))
			return places[i].place;
	return NULL;
}

static void set_field(struct policy_listed *listed, const struct policy_rules *rules, struct slice field, struct slice value)
{
	struct slice *place = place_of(listed, field);

	value = slice_trim(value);
	if (place && !place->ptr && value.len > 0 && !rule_is_one_of(value, &rules->none))
		*place = value;
}

/* ---- pages ---- */

/** "Title - (0540)": the number in the last parentheses. */
static void read_words(struct policy_listed *listed, struct slice words)
{
	size_t open = words.len;

	listed->words = words;
	if (words.len == 0 || words.ptr[words.len - 1] != ')')
		return;
	while (open > 0 && words.ptr[open - 1] != '(')
		open--;
	if (open < 2 || words.len - open < 2)
		return;
	listed->number = (struct slice){ words.ptr + open, words.len - open - 1 };
	for (size_t i = 0; i < listed->number.len; i++)
		if (isspace((unsigned char)listed->number.ptr[i])) {
			listed->number = SLICE_NONE; /* words, no number */
			return;
		}
}

/** The cells of the link's row, by the titles of their columns. */
static void read_row(struct policy_listed *listed, const struct policy_rules *rules, const struct text_link *link)
{
	const struct text_table *table = link->table;

	for (size_t column = 0; column < table->columns; column++) {
		struct slice title = text_cell_at(table, 0, column)->text;
		const struct text_cell *cell = text_cell_at(table, link->row, column);
		const struct rule_field *field = title.ptr ? rule_field_find(rules, title) : NULL;
		if (field && cell->text.ptr && !cell->is_repeated)
			set_field(listed, rules, field->field, cell->text);
	}
}

static bool row_has_link(const struct text_document *document, const struct text_table *table, size_t row)
{
	for (const struct text_link *link = document->first_link; link; link = link->next)
		if (link->table == table && link->row == row)
			return true;
	return false;
}

static bool table_has_links(const struct text_document *document, const struct text_table *table)
{
	for (const struct text_link *link = document->first_link; link; link = link->next)
		if (link->table == table)
			return true;
	return false;
}

static void tell_broken_rows(const struct text_document *document, struct issues *issues)
{
	for (const struct text_block *block = document->first; block; block = block->next) {
		if (!block->table || !table_has_links(document, block->table))
			continue;
		for (size_t row = 1; row < block->table->rows; row++)
			if (!row_has_link(document, block->table, row))
				issue_add(issues, ISSUE_WARNING, "structure", SLICE_NONE,
					  text_cell_at(block->table, row, 0)->line, 0,
					  "a row of the listing has no link: \"%.*s\"",
					  SLICE_ARG(text_cell_at(block->table, row, 0)->text));
	}
}

bool policy_links_read(struct arena *arena, const struct policy_rules *rules, struct slice bytes, struct slice charset,
		       struct issues *issues, struct policy_listing *out, struct error *err)
{
	struct text_document document;

	if (bytes.len > POLICY_LISTING_MAX_BYTES)
		return error_set(err, ERROR_LIMIT, "", "the listing is larger than %u bytes", POLICY_LISTING_MAX_BYTES);
	if (!text_read(arena, rules, SLICE("text/html"), charset, bytes, &document, err) ||
	    !new_items(arena, document.link_count, out, err))
		return false;
	for (const struct text_link *link = document.first_link; link; link = link->next) {
		struct policy_listed *listed = &out->items[out->count++];
		*listed = (struct policy_listed){ .url = link->href, .line = link->line };
		read_words(listed, link->text);
		if (link->table && link->table->cells)
			read_row(listed, rules, link);
	}
	tell_broken_rows(&document, issues);
	return true;
}

/* ---- JSON ---- */

/** Text for people comes escaped for HTML, once or twice. */
static struct slice plain_text(struct arena *arena, struct slice text)
{
	for (unsigned i = 0; i < PAYLOAD_ESCAPES_MAX && text.ptr; i++)
		text = payload_unescape(arena, text);
	return text;
}

static void read_item(struct arena *arena, struct policy_listed *listed, const struct policy_rules *rules,
		      const struct payload_value *item, const struct policy_member *members, size_t member_count)
{
	*listed = (struct policy_listed){ .line = item->line };
	for (size_t i = 0; i < member_count; i++) {
		const struct payload_value *value = payload_path(item, members[i].member);
		if (value && payload_is_scalar(value) && value->text.ptr)
			set_field(listed, rules, members[i].field, plain_text(arena, value->text));
	}
}

bool policy_list_read(struct arena *arena, const struct policy_rules *rules, struct slice bytes, struct slice path,
		      const struct policy_member *members, size_t member_count, struct issues *issues, struct policy_listing *out,
		      struct error *err)
{
	const struct payload_value *list;
	struct payload_value *root;

	if (bytes.len > POLICY_LISTING_MAX_BYTES)
		return error_set(err, ERROR_LIMIT, "", "the listing is larger than %u bytes", POLICY_LISTING_MAX_BYTES);
	if (!payload_read(arena, bytes, &root, err))
		return false;
	list = payload_path(root, path);
	if (!list || list->kind != PAYLOAD_ARRAY)
		return error_set(err, ERROR_SYNTAX, "", "the listing has no array at %.*s",
				 SLICE_ARG(path.len ? path : SLICE("its root")));
	if (list->count > POLICY_LISTING_MAX_ITEMS)
		return error_set(err, ERROR_LIMIT, "", "the listing has more than %u items", POLICY_LISTING_MAX_ITEMS);
	if (!new_items(arena, list->count, out, err))
		return false;
	for (const struct payload_value *item = list->first; item; item = item->next) {
		read_item(arena, &out->items[out->count], rules, item, members, member_count);
		if (out->items[out->count].url.ptr)
			out->count++;
		else
			issue_add(issues, ISSUE_WARNING, "structure", SLICE_NONE, item->line, 0,
				  "an item of the listing has no url");
	}
	return true;
}
