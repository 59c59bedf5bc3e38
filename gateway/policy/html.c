/* SPDX-License-Identifier: Apache-2.0 */
/* HTML by libxml2's events, without a document tree: pages are long, uneven and not ours. */
#include <libxml/HTMLparser.h>
#include <libxml/SAX2.h>
#include <libxml/parserInternals.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "policy/table.h"

#define DEPTH_MAX 2000u     /* libxml2's own work grows with the square of it */
#define ATTRIBUTES_MAX 2000 /* of one element; here, too */
#define BLOCK_MAX_BYTES (4u << 20)
#define TABLES_MAX 16u
#define HEADING_MAX_BYTES 160u

enum role {
	ROLE_NONE,
	ROLE_BLOCK,
	ROLE_HEADING,
	ROLE_ITEM,
	ROLE_TERM,
	ROLE_TABLE,
	ROLE_ROW,
	ROLE_CELL,
	ROLE_CAPTION,
	ROLE_BREAK,
	ROLE_BOLD,
	ROLE_LINK,
	ROLE_TITLE
};

static const struct element {
	const char *name;
	enum role role;
	unsigned level;
} elements[] = {
	{ "a", ROLE_LINK, 0 },          { "address", ROLE_BLOCK, 0 },    { "article", ROLE_BLOCK, 0 },
	{ "b", ROLE_BOLD, 0 },          { "blockquote", ROLE_BLOCK, 0 }, { "br", ROLE_BREAK, 0 },
	{ "caption", ROLE_CAPTION, 0 }, { "center", ROLE_BLOCK, 0 },     { "dd", ROLE_BLOCK, 0 },
	{ "details", ROLE_BLOCK, 0 },   { "div", ROLE_BLOCK, 0 },        { "dl", ROLE_BLOCK, 0 },
	{ "dt", ROLE_TERM, 0 },         { "fieldset", ROLE_BLOCK, 0 },   { "figure", ROLE_BLOCK, 0 },
	{ "h1", ROLE_HEADING, 1 },      { "h2", ROLE_HEADING, 2 },       { "h3", ROLE_HEADING, 3 },
	{ "h4", ROLE_HEADING, 4 },      { "h5", ROLE_HEADING, 5 },       { "h6", ROLE_HEADING, 6 },
	{ "hr", ROLE_BLOCK, 0 },        { "li", ROLE_ITEM, 0 },          { "main", ROLE_BLOCK, 0 },
	{ "ol", ROLE_BLOCK, 0 },        { "p", ROLE_BLOCK, 0 },          { "pre", ROLE_BLOCK, 0 },
	{ "section", ROLE_BLOCK, 0 },   { "strong", ROLE_BOLD, 0 },      { "summary", ROLE_BLOCK, 0 },
	{ "table", ROLE_TABLE, 0 },     { "td", ROLE_CELL, 0 },          { "th", ROLE_CELL, 1 },
	{ "title", ROLE_TITLE, 0 },     { "tr", ROLE_ROW, 0 },           { "ul", ROLE_BLOCK, 0 },
};

/** An open table; a cell of it collects text of its own. */
struct open_table {
	struct table_builder builder;
	bool is_layout;
	bool in_cell, is_header;
	unsigned columns, rows;
	uint32_t cell_line;
};

struct page {
	struct text_document *document;
	htmlParserCtxtPtr parser;
	uint32_t line_offset;
	struct slice unread;                         /* what libxml2 has not asked for yet */
	const char *limit;                           /* that the page goes beyond */
	unsigned depth, furniture_depth, main_depth; /* the depth at which that began; 0: not within */
	unsigned heading_level, items, bold;
	bool in_term, in_title, in_caption, failed;
	struct buf text;
	size_t bold_bytes;
	uint32_t text_line;
	struct slice anchor;
	struct open_table tables[TABLES_MAX];
	unsigned table_count;
	struct slice href; /* of the link that is open */
	size_t href_from;  /* its words start here in `text` */
	uint32_t href_line;
};

static uint32_t line_now(const struct page *page)
{
	int line = xmlSAX2GetLineNumber(page->parser);

	return page->line_offset + (line > 0 ? (uint32_t)line : 1);
}

static struct open_table *table_now(struct page *page)
{
	return page->table_count > 0 ? &page->tables[page->table_count - 1] : NULL;
}

static bool in_data_cell(struct page *page)
{
	struct open_table *table = table_now(page);

	return table && !table->is_layout && table->in_cell;
}

/* ---- text into blocks ---- */

/** A line "Label: value" is a fact, even in bold. */
static bool is_fact(const struct page *page, struct slice text)
{
	struct slice rest = text, label = slice_cut(&rest, ':');

	return rest.ptr && slice_trim(rest).len > 0 && rule_field_find(page->document->rules, label);
}

/** A short paragraph that is bold from end to end is a heading in all but name. */
static bool is_bold_heading(const struct page *page, struct slice text)
{
	return text.len > 0 && text.len <= HEADING_MAX_BYTES && page->bold_bytes >= text.len &&
	       !memchr(text.ptr, '\n', text.len) && !is_fact(page, text);
}

static void start_text(struct page *page)
{
	buf_reset(&page->text);
	page->bold_bytes = 0;
	page->href_from = 0;
}

static void flush(struct page *page)
{
	struct text_document *document = page->document;
	struct slice text = slice_trim(buf_slice(&page->text));
	enum block_kind kind = page->heading_level ? BLOCK_HEADING
			       : page->in_term     ? BLOCK_TERM
			       : page->items       ? BLOCK_ITEM
						   : BLOCK_TEXT;
	unsigned level = page->heading_level;
	struct text_block *block;

	if (kind == BLOCK_TEXT && is_bold_heading(page, text)) {
		kind = BLOCK_HEADING;
		level = TEXT_LEVEL_MAX - 1;
	}
	block = text_add(document, kind, text, page->text_line);
	if (block) {
		block->level = level;
		block->anchor = page->anchor;
		block->in_main = page->main_depth > 0;
	}
	start_text(page);
}

/** Within a cell of data a block is only a new line. */
static void break_block(struct page *page)
{
	if (!in_data_cell(page))
		flush(page);
	else if (page->text.len > 0 && page->text.ptr[page->text.len - 1] != '\n')
		buf_append_char(&page->text, '\n');
}

static void add_character(struct page *page, struct slice c)
{
	bool space = c.len == 1 && strchr(" \t\r\n\f", c.ptr[0]);

	if (slice_equal(c, SLICE("\xc2\xad")) || slice_equal(c, SLICE("\xe2\x80\x8b"))) /* soft hyphen, zero width space */
		return;
	if (slice_equal(c, SLICE("\xc2\xa0")))
		space = true;
	if (space && (page->text.len == 0 || strchr(" \n", page->text.ptr[page->text.len - 1])))
		return;
	if (page->text.len == 0)
		page->text_line = line_now(page);
	size_t before = page->text.len;
	buf_append(&page->text, space ? SLICE(" ") : c);
	if (page->bold > 0 || space)
		page->bold_bytes += page->text.len - before;
}

static void on_text(void *context, const xmlChar *bytes, int length)
{
	struct page *page = context;
	struct slice rest = { (const char *)bytes, (size_t)length };

	if ((page->furniture_depth && !page->in_title) || page->failed)
		return;
	while (rest.len > 0) {
		unsigned char lead = (unsigned char)rest.ptr[0];
		size_t size = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
		size = size < rest.len ? size : rest.len;
		add_character(page, (struct slice){ rest.ptr, size });
		rest = slice_from(rest, size);
	}
}

/* ---- tables ---- */

static void end_cell(struct page *page)
{
	struct open_table *table = table_now(page);

	if (!table || !table->in_cell)
		return;
	if (table->is_layout)
		flush(page);
	else
		table_add(&table->builder, page->document, buf_slice(&page->text), table->columns, table->rows, table->is_header,
			  table->cell_line);
	table->in_cell = false;
	start_text(page);
}

/** A table that holds tables or headings only arranges the page. */
static void make_layout(struct page *page)
{
	struct open_table *table = table_now(page);

	if (!table || table->is_layout)
		return;
	table->is_layout = true;
	table_dissolve(&table->builder, page->document);
	flush(page);
}

static void begin_table(struct page *page)
{
	struct open_table *table;

	make_layout(page);
	flush(page);
	if (page->table_count == TABLES_MAX)
		return;
	table = &page->tables[page->table_count];
	*table = (struct open_table){ .is_layout = false };
	if (table_begin(&table->builder, page->document, line_now(page)))
		page->table_count++;
}

static void finish_table(struct page *page)
{
	struct open_table *table = table_now(page);
	struct text_block *last = page->document->last;

	if (!table)
		return;
	end_cell(page);
	if (!table->is_layout)
		table_end(&table->builder, page->document);
	page->table_count--;
	if (page->document->last != last) {
		page->document->last->anchor = page->anchor;
		page->document->last->in_main = page->main_depth > 0;
	}
	start_text(page);
}

static unsigned span_of(const xmlChar **attributes, const char *name)
{
	for (size_t i = 0; attributes && attributes[i]; i += 2)
		if (strcasecmp((const char *)attributes[i], name) == 0 && attributes[i + 1])
			return (unsigned)strtoul((const char *)attributes[i + 1], NULL, 10);
	return 1;
}

static void begin_cell(struct page *page, const xmlChar **attributes, bool is_header)
{
	struct open_table *table = table_now(page);

	if (!table)
		return;
	end_cell(page);
	start_text(page);
	if (table->builder.rows == 0)
		table_row(&table->builder); /* a cell without a row opens one */
	table->in_cell = true;
	table->is_header = is_header;
	table->columns = span_of(attributes, "colspan");
	table->rows = span_of(attributes, "rowspan");
	table->cell_line = line_now(page);
}

static void begin_row(struct page *page)
{
	end_cell(page);
	if (table_now(page))
		table_row(&table_now(page)->builder);
}

static void end_caption(struct page *page)
{
	struct open_table *table = table_now(page);

	if (table && page->in_caption)
		table->builder.table->caption = slice_trim(text_copy(page->document->arena, buf_slice(&page->text)));
	page->in_caption = false;
	start_text(page);
}

/* ---- links ---- */

static struct slice attribute(const xmlChar **attributes, const char *name)
{
	for (size_t i = 0; attributes && attributes[i]; i += 2)
		if (strcasecmp((const char *)attributes[i], name) == 0) /* one without a value is there all the same */
			return attributes[i + 1] ? slice_of((const char *)attributes[i + 1]) : SLICE("");
	return SLICE_NONE;
}

static void begin_link(struct page *page, const xmlChar **attributes)
{
	struct slice href = attribute(attributes, "href");

	page->href = href.ptr ? arena_copy(page->document->arena, href) : SLICE_NONE;
	page->href_from = page->text.len;
	page->href_line = line_now(page);
}

static void end_link(struct page *page)
{
	struct text_document *document = page->document;
	struct text_link *link;
	struct slice words =
	    slice_from(buf_slice(&page->text), page->href_from < page->text.len ? page->href_from : page->text.len);

	if (!page->href.ptr)
		return;
	link = document->link_count < TEXT_LINKS_MAX ? arena_new_of(document->arena, struct text_link) : NULL;
	if (!link) {
		document->full = true;
		return;
	}
	*link = (struct text_link){ .href = page->href,
				    .text = slice_trim(text_copy(document->arena, words)),
				    .line = page->href_line };
	link->in_main = page->main_depth > 0;
	if (in_data_cell(page)) {
		link->table = table_now(page)->builder.table;
		link->row = table_now(page)->builder.rows - 1;
	}
	if (document->last_link)
		document->last_link->next = link;
	if (!document->first_link)
		document->first_link = link;
	document->last_link = link;
	document->link_count++;
	page->href = SLICE_NONE;
}

/* ---- elements ---- */

static const struct element *element_find(const char *name)
{
	size_t low = 0, high = ARRAY_SIZE(elements);

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcasecmp(name, elements[middle].name);
		if (order == 0)
			return &elements[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/** Whether a word of `names` (classes, an id, a role) is one that furniture goes by. */
static bool names_furniture(const struct policy_rules *rules, struct slice names)
{
	while (names.ptr) {
		struct slice name = slice_trim(slice_cut(&names, ' '));
		for (size_t i = 0; name.len > 0 && i < rules->furniture_names.count; i++)
			if (slice_equal_nocase(name, rules->furniture_names.items[i]))
				return true;
	}
	return false;
}

static bool is_listed(const char *name, const struct option_texts *names)
{
	for (size_t i = 0; i < names->count; i++)
		if (strcasecmp(name, names->items[i].ptr) == 0)
			return true;
	return false;
}

static bool is_furniture(const struct policy_rules *rules, const char *name, const xmlChar **attributes)
{
	if (strcasecmp(name, "body") == 0 || strcasecmp(name, "html") == 0)
		return false;
	return is_listed(name, &rules->furniture_elements) || attribute(attributes, "hidden").ptr ||
	       names_furniture(rules, attribute(attributes, "class")) || names_furniture(rules, attribute(attributes, "id")) ||
	       names_furniture(rules, attribute(attributes, "role"));
}

static void begin_element(struct page *page, const struct element *element, const xmlChar **attributes)
{
	switch (element->role) {
	case ROLE_HEADING:
		make_layout(page);
		flush(page);
		page->heading_level = element->level;
		return;
	case ROLE_ITEM:
		break_block(page);
		page->items += !in_data_cell(page);
		return;
	case ROLE_TERM:
		break_block(page);
		page->in_term = true;
		return;
	case ROLE_BLOCK:
		break_block(page);
		return;
	case ROLE_BREAK:
		buf_append_char(&page->text, '\n');
		return;
	case ROLE_BOLD:
		page->bold++;
		return;
	case ROLE_LINK:
		begin_link(page, attributes);
		return;
	case ROLE_TABLE:
		begin_table(page);
		return;
	case ROLE_CAPTION:
		end_cell(page);
		start_text(page);
		page->in_caption = true;
		return;
	case ROLE_ROW:
		begin_row(page);
		return;
	case ROLE_CELL:
		begin_cell(page, attributes, element->level == 1);
		return;
	case ROLE_TITLE:
	case ROLE_NONE:
		return;
	}
}

static void end_element(struct page *page, const struct element *element)
{
	switch (element->role) {
	case ROLE_HEADING:
		flush(page);
		page->heading_level = 0;
		return;
	case ROLE_ITEM:
		break_block(page);
		page->items -= page->items > 0 && !in_data_cell(page);
		return;
	case ROLE_TERM:
		break_block(page);
		page->in_term = false;
		return;
	case ROLE_BLOCK:
		break_block(page);
		return;
	case ROLE_BOLD:
		page->bold -= page->bold > 0;
		return;
	case ROLE_LINK:
		end_link(page);
		return;
	case ROLE_TABLE:
		finish_table(page);
		return;
	case ROLE_CAPTION:
		end_caption(page);
		return;
	case ROLE_ROW:
	case ROLE_CELL:
		end_cell(page);
		return;
	case ROLE_BREAK:
	case ROLE_TITLE:
	case ROLE_NONE:
		return;
	}
}

static void note_anchor(struct page *page, const struct element *element, const xmlChar **attributes)
{
	struct slice id = attribute(attributes, "id");

	if (!id.ptr && element && element->role == ROLE_LINK)
		id = attribute(attributes, "name");
	if (!id.ptr || id.len == 0)
		return;
	if (!in_data_cell(page))
		flush(page); /* what stands before does not belong to the anchor */
	page->anchor = arena_copy(page->document->arena, id);
}

static void enter(struct page *page, const char *name, const xmlChar **attributes)
{
	const struct element *element = element_find(name);

	if (!page->main_depth && is_listed(name, &page->document->rules->main_elements)) {
		flush(page);
		page->main_depth = page->depth;
		page->document->has_main = true;
	}
	if (page->heading_level == 0)
		note_anchor(page, element, attributes);
	if (element)
		begin_element(page, element, attributes);
}

static void stop(struct page *page, const char *limit)
{
	page->limit = limit;
	page->failed = true;
	xmlStopParser(page->parser);
}

static void on_start(void *context, const xmlChar *name, const xmlChar **attributes)
{
	struct page *page = context;

	if (++page->depth > DEPTH_MAX) {
		stop(page, "it nests elements too deeply");
		return;
	}
	if (strcasecmp((const char *)name, "title") == 0 && !page->document->title.ptr) {
		page->in_title = true;
		start_text(page);
		return;
	}
	if (page->furniture_depth)
		return;
	if (is_furniture(page->document->rules, (const char *)name, attributes)) {
		break_block(page);
		page->furniture_depth = page->depth;
		return;
	}
	enter(page, (const char *)name, attributes);
}

static void end_title(struct page *page)
{
	page->in_title = false;
	page->document->title = slice_trim(text_copy(page->document->arena, buf_slice(&page->text)));
	start_text(page);
}

static void on_end(void *context, const xmlChar *name)
{
	struct page *page = context;
	const struct element *element = element_find((const char *)name);

	if (page->in_title && element && element->role == ROLE_TITLE)
		end_title(page);
	else if (!page->furniture_depth && element)
		end_element(page, element);
	if (page->main_depth == page->depth) {
		flush(page);
		page->main_depth = 0;
	}
	if (page->furniture_depth == page->depth)
		page->furniture_depth = 0;
	page->depth -= page->depth > 0;
}

/* ---- the door ---- */

/** libxml2 compares each attribute with all before it, and tells of none until it has them all. But it asks for more bytes
 * meanwhile, and its table of attributes (two places for each) doubles. */
static int on_read(void *context, char *out, int size)
{
	struct page *page = context;
	size_t length = page->unread.len < (size_t)size ? page->unread.len : (size_t)size;

	if (page->parser->maxatts > 4 * ATTRIBUTES_MAX) {
		page->limit = "an element has too many attributes";
		page->failed = true;
	}
	if (page->failed)
		return -1;
	memcpy(out, page->unread.ptr, length);
	page->unread = slice_from(page->unread, length);
	return (int)length;
}

static htmlParserCtxtPtr new_parser(struct page *page)
{
	htmlParserCtxtPtr parser = htmlNewParserCtxt();

	if (!parser)
		return NULL;
	memset(parser->sax, 0, sizeof(*parser->sax));
	parser->sax->startElement = on_start;
	parser->sax->endElement = on_end;
	parser->sax->characters = on_text;
	parser->sax->ignorableWhitespace = on_text;
	parser->userData = page;
	page->parser = parser;
	return parser;
}

/** text_to_utf8 has seen to the encoding, whatever the page says. */
static void parse(struct page *page)
{
	xmlFreeDoc(htmlCtxtReadIO(page->parser, on_read, NULL, page, NULL, "UTF-8",
				  HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET |
				      HTML_PARSE_IGNORE_ENC));
}

bool text_read_html(struct text_document *document, struct slice html, uint32_t first_line, struct error *err)
{
	struct page *page = arena_new_of(document->arena, struct page);
	htmlParserCtxtPtr parser;

	if (!page)
		return error_memory(err);
	if (html.len == 0)
		return true;
	*page = (struct page){ .document = document, .line_offset = first_line - 1, .unread = html };
	buf_init(&page->text, BLOCK_MAX_BYTES);
	parser = new_parser(page);
	if (!parser) {
		buf_free(&page->text);
		return error_memory(err);
	}
	parse(page);
	while (page->table_count > 0 && !page->failed)
		finish_table(page);
	flush(page);
	htmlFreeParserCtxt(parser);
	document->full = document->full || page->text.failed;
	buf_free(&page->text);
	if (page->failed)
		return error_set(err, ERROR_LIMIT, "", "the page cannot be read: %s", page->limit);
	return true;
}
