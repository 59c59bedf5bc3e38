/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/narrative_section.h"

#include "fhir/narrative_text.h"

#define NESTED_MAX_DEPTH 16
#define COLUMNS_MAX 16

static const char *const styles[] = { "list", "numbered", "paragraphs", NULL };

static const struct option column_options[] = {
	{ .name = "heading",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct narrative_cell, heading),
	  .required = true,
	  .sentence = "Stands above the column, or before the fact." },
	{ .name = "line",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct narrative_cell, line),
	  .required = true,
	  .sentence = "What is shown, as the line of a section." },
	{ .name = "link",
	  .kind = OPTION_TEXTS,
	  .offset = offsetof(struct narrative_cell, link),
	  .sentence = "Paths of a web address; the first that is there makes the line a link." },
};

static const struct option_table column_table = {
	.options = column_options,
	.count = ARRAY_SIZE(column_options),
	.size = sizeof(struct narrative_cell),
};

static const struct option section_options[] = {
	{ .name = "heading",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct narrative_section, cell.heading),
	  .sentence = "Stands above the section." },
	{ .name = "each",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct narrative_section, each),
	  .default_text = "",
	  .sentence =
	      "Dotted path of the elements that the section shows; a step extension:NAME takes the extension whose url ends so. "
	      "Empty: the resource itself." },
	{ .name = "line",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct narrative_section, cell.line),
	  .default_text = "",
	  .sentence = "What is shown of each: {path}, {path|else}, [left out without value]. Empty: its text." },
	{ .name = "link",
	  .kind = OPTION_TEXTS,
	  .offset = offsetof(struct narrative_section, cell.link),
	  .sentence = "Paths of a web address below each; the first that is there makes the line a link." },
	{ .name = "columns",
	  .kind = OPTION_ROWS,
	  .offset = offsetof(struct narrative_section, columns),
	  .table = &column_table,
	  .sentence =
	      "Makes the section a table with a row for each, or of the resource's own facts; what shows nothing is left out." },
	{ .name = "nested",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct narrative_section, nested),
	  .default_text = "",
	  .sentence = "Path below each of elements that are shown in the same way, as a list of their own." },
	{ .name = "numbered_by",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct narrative_section, numbered_by),
	  .default_text = "",
	  .sentence = "Path of what numbers an item: a list whose first item has it is a numbered one." },
	{ .name = "style",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct narrative_section, style),
	  .default_text = "list",
	  .choices = styles,
	  .sentence = "How the lines stand." },
};

const struct option_table narrative_section_table = {
	.options = section_options,
	.count = ARRAY_SIZE(section_options),
	.size = sizeof(struct narrative_section),
};

/** A section while it is written. */
struct writing {
	struct buf *buf;
	const struct narrative_section *section;
	const struct fhir_node *resource;
	unsigned depth;
	size_t shown;
	bool columns[COLUMNS_MAX]; /**< that show something in some row */
};

/** Back to `len`: what was written since shows nothing. */
static void take_back(struct buf *buf, size_t len)
{
	if (!buf->failed)
		buf->len = len;
}

static void open_tag(struct buf *buf, struct slice tag)
{
	buf_append_char(buf, '<');
	buf_append(buf, tag);
	buf_append_char(buf, '>');
}

static void close_tag(struct buf *buf, struct slice tag)
{
	buf_append(buf, SLICE("</"));
	buf_append(buf, tag);
	buf_append_char(buf, '>');
}

/* ---- words ---- */

/** The web address of an item, or absent. Other schemes are not made links. */
static struct slice find_link(const struct narrative_cell *cell, const struct fhir_node *node)
{
	for (size_t i = 0; i < cell->link.count; i++) {
		const struct fhir_node *found = narrative_find(node, cell->link.items[i]);

		if (found && (slice_starts(found->value, SLICE("https://")) || slice_starts(found->value, SLICE("http://"))))
			return found->value;
	}
	return SLICE_NONE;
}

/** The line; of an item in a list, its own words when the line has none. False: nothing to show. */
static bool write_words(struct buf *buf, const struct narrative_cell *cell, const struct fhir_node *node, bool is_item)
{
	size_t before = buf->len;

	narrative_line(buf, cell->line, node);
	if (buf->len == before && is_item)
		narrative_value(buf, node);
	return buf->len != before;
}

/** Words, as a link where there is one; its address stands for missing words. */
static bool write_cell(struct buf *buf, const struct narrative_cell *cell, const struct fhir_node *node, bool is_item)
{
	struct slice link = find_link(cell, node);

	if (!link.len)
		return write_words(buf, cell, node, is_item);
	buf_append(buf, SLICE("<a href=\""));
	narrative_escape(buf, link);
	buf_append(buf, SLICE("\">"));
	if (!write_words(buf, cell, node, is_item))
		narrative_escape(buf, link);
	buf_append(buf, SLICE("</a>"));
	return true;
}

/* ---- lists ---- */

static void write_item(void *context, const struct fhir_node *node);

static bool is_numbered(const struct narrative_section *section, const struct fhir_node *from, struct slice path)
{
	const struct fhir_node *first = section->numbered_by.len ? narrative_find(from, path) : NULL;

	return slice_equal(section->style, SLICE("numbered")) || (first && narrative_find(first, section->numbered_by));
}

/** The items at `path` below `from` as a list; nothing when there are none. */
static void write_list(struct writing *writing, const struct fhir_node *from, struct slice path)
{
	size_t before = writing->buf->len, shown = writing->shown;
	struct slice tag = is_numbered(writing->section, from, path) ? SLICE("ol") : SLICE("ul");

	open_tag(writing->buf, tag);
	narrative_each(from, path, write_item, writing);
	close_tag(writing->buf, tag);
	if (writing->shown == shown)
		take_back(writing->buf, before);
}

static void write_item(void *context, const struct fhir_node *node)
{
	struct writing *writing = context;
	size_t before = writing->buf->len;

	buf_append(writing->buf, SLICE("<li>"));
	size_t empty = writing->buf->len;

	write_cell(writing->buf, &writing->section->cell, node, true);
	if (writing->section->nested.len && writing->depth < NESTED_MAX_DEPTH) {
		writing->depth++;
		write_list(writing, node, writing->section->nested);
		writing->depth--;
	}
	if (writing->buf->len == empty) {
		take_back(writing->buf, before);
		return;
	}
	buf_append(writing->buf, SLICE("</li>"));
	writing->shown++;
}

/* ---- paragraphs ---- */

/** A text without a line of its own: a paragraph for each part between blank lines. */
static void write_text(struct writing *writing, struct slice text)
{
	while (text.len) {
		size_t end = slice_find(text, SLICE("\n\n"));
		struct slice part = { text.ptr, end == SIZE_MAX ? text.len : end };

		buf_append(writing->buf, SLICE("<p>"));
		narrative_escape(writing->buf, slice_trim(part));
		buf_append(writing->buf, SLICE("</p>"));
		text = end == SIZE_MAX ? SLICE_NONE : slice_trim(slice_from(text, end));
		writing->shown++;
	}
}

static void write_paragraphs(void *context, const struct fhir_node *node)
{
	struct writing *writing = context;
	const struct narrative_cell *cell = &writing->section->cell;
	size_t before = writing->buf->len;

	if (node->type->kind == FHIR_KIND_PRIMITIVE && !cell->line.len && !narrative_is_reworded(node)) {
		write_text(writing, slice_trim(node->value));
		return;
	}
	buf_append(writing->buf, SLICE("<p>"));
	if (!write_cell(writing->buf, cell, node, true)) {
		take_back(writing->buf, before);
		return;
	}
	buf_append(writing->buf, SLICE("</p>"));
	writing->shown++;
}

/* ---- tables ---- */

/* Reads well without a style sheet, which a narrative cannot bring along. */
#define TABLE SLICE("<table class=\"grid\" cellpadding=\"4\"><tbody align=\"left\" valign=\"top\">")
#define TABLE_END SLICE("</tbody></table>")

static size_t column_count(const struct narrative_section *section)
{
	return section->columns.count < COLUMNS_MAX ? section->columns.count : COLUMNS_MAX;
}

static void probe_row(void *context, const struct fhir_node *node)
{
	struct writing *writing = context;
	const struct narrative_cell *columns = writing->section->columns.items;
	size_t before = writing->buf->len;

	for (size_t i = 0; i < column_count(writing->section); i++)
		writing->columns[i] = writing->columns[i] || write_cell(writing->buf, &columns[i], node, false);
	take_back(writing->buf, before);
}

static void write_element(struct buf *buf, struct slice tag, struct slice text)
{
	open_tag(buf, tag);
	narrative_escape(buf, text);
	close_tag(buf, tag);
}

static void write_row(void *context, const struct fhir_node *node)
{
	struct writing *writing = context;
	const struct narrative_cell *columns = writing->section->columns.items;
	size_t before = writing->buf->len;
	bool any = false;

	open_tag(writing->buf, SLICE("tr"));
	for (size_t i = 0; i < column_count(writing->section); i++) {
		if (!writing->columns[i])
			continue;
		open_tag(writing->buf, SLICE("td"));
		any |= write_cell(writing->buf, &columns[i], node, false);
		close_tag(writing->buf, SLICE("td"));
	}
	close_tag(writing->buf, SLICE("tr"));
	if (!any)
		take_back(writing->buf, before);
	writing->shown += any;
}

/** A row for each element, columns that show nothing left out. */
static void write_table(struct writing *writing)
{
	const struct narrative_section *section = writing->section;
	const struct narrative_cell *columns = section->columns.items;

	narrative_each(writing->resource, section->each, probe_row, writing);
	buf_append(writing->buf, TABLE);
	open_tag(writing->buf, SLICE("tr"));
	for (size_t i = 0; i < column_count(section); i++)
		if (writing->columns[i])
			write_element(writing->buf, SLICE("th"), columns[i].heading);
	close_tag(writing->buf, SLICE("tr"));
	narrative_each(writing->resource, section->each, write_row, writing);
	buf_append(writing->buf, TABLE_END);
}

/** A row for each column, of the resource itself. */
static void write_facts(struct writing *writing)
{
	const struct narrative_cell *facts = writing->section->columns.items;

	buf_append(writing->buf, TABLE);
	for (size_t i = 0; i < column_count(writing->section); i++) {
		size_t before = writing->buf->len;

		open_tag(writing->buf, SLICE("tr"));
		write_element(writing->buf, SLICE("th"), facts[i].heading);
		open_tag(writing->buf, SLICE("td"));
		if (!write_cell(writing->buf, &facts[i], writing->resource, false)) {
			take_back(writing->buf, before);
			continue;
		}
		buf_append(writing->buf, SLICE("</td></tr>"));
		writing->shown++;
	}
	buf_append(writing->buf, TABLE_END);
}

/* ---- the section ---- */

static void write_body(struct writing *writing)
{
	const struct narrative_section *section = writing->section;

	if (section->columns.count && section->each.len)
		write_table(writing);
	else if (section->columns.count)
		write_facts(writing);
	else if (slice_equal(section->style, SLICE("paragraphs")))
		narrative_each(writing->resource, section->each, write_paragraphs, writing);
	else
		write_list(writing, writing->resource, section->each);
}

void narrative_section_write(struct buf *buf, const struct narrative_section *section, const struct fhir_node *resource)
{
	struct writing writing = { .buf = buf, .section = section, .resource = resource };
	size_t before = buf->len;

	if (section->cell.heading.len)
		write_element(buf, SLICE("h3"), section->cell.heading);
	write_body(&writing);
	if (!writing.shown)
		take_back(buf, before);
}
