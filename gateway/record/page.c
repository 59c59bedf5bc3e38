/* SPDX-License-Identifier: Apache-2.0 */
/* The walk over a page. Each line is furniture, a heading, part of an item that goes into the tree, or a note. */
#include "record/fold.h"
#include "record/heading.h"
#include "record/lines.h"
#include "record/name.h"
#include "record/tree.h"

#define ITEM_MAX_BYTES (512u << 10) /* below the megabyte that a FHIR string may have */

/** Lines that make one text. */
struct item {
	size_t first, count; /* lines; none: no item is open */
	size_t bytes;
	struct slice value; /* of the first line: its body, or what follows its label */
	uint32_t column;
	const struct record_target *target;
	bool is_detail;
};

struct page {
	struct record_tree tree;
	const struct record_rules *rules;
	struct record_text_lines lines;
	struct record_line *trace; /* one for each of the lines */
	const struct record_section *section;
	const struct record_label *label;
	const struct record_target *target; /* of the section or label; NULL: notes */
	bool opening;                       /* no heading yet */
	bool fresh;                         /* nothing since the heading */
	bool listed;                        /* a list item, or a value on the label's line, since the heading */
	bool numbered;                      /* a numbered item since the heading */
	bool inlined;                       /* the label stood with its value on one line */
	struct item item;
	const struct fhir_code_system *label_system; /* that the page names */
	struct error *err;
};

/* ---- what becomes of lines
 * ----------------------------------------------------------------------------------------------------------- */

static void trace(struct page *page, size_t index, enum record_fate fate, const struct fhir_node *node)
{
	const struct record_text_line *line = &page->lines.items[index];

	page->trace[index] = (struct record_line){ .line = line->line, .fate = fate, .text = line->text, .node = node };
}

static bool put_note(struct page *page, size_t index)
{
	const struct record_text_line *line = &page->lines.items[index];
	struct fhir_node *node;

	if (!record_tree_put(&page->tree, page->rules->note, line->text, line, &node, page->err))
		return false;
	issue_add(page->tree.issues, ISSUE_INFORMATION, "informational", SLICE_NONE, line->line, 1,
		  "no element was found for this line; it is kept as a note");
	trace(page, index, RECORD_LINE_NOTE, node);
	return true;
}

/** The item's lines as one text: white space, line ends included, as single blanks. */
static bool join_item(struct page *page, const struct item *item, struct slice *out)
{
	char *text = arena_alloc(page->tree.arena, item->bytes + item->count + 1);
	size_t len = 0;

	if (!text)
		return error_memory(page->err);
	for (size_t i = 0; i < item->count; i++) {
		struct slice part = i == 0 ? item->value : page->lines.items[item->first + i].text;
		bool blank = true;
		for (size_t offset = 0; offset < part.len;) {
			size_t start = offset;
			if (!blank && part.ptr[offset] > ' ') { /* nearly all */
				text[len++] = part.ptr[offset++];
				continue;
			}
			if (record_is_space(page->rules, record_next_char(part, &offset))) {
				blank = true;
				continue;
			}
			if (blank && len > 0)
				text[len++] = ' ';
			for (blank = false; start < offset; start++)
				text[len++] = part.ptr[start];
		}
	}
	*out = (struct slice){ text, len };
	return true;
}

static bool note_item(struct page *page, const struct item *item)
{
	for (size_t i = 0; i < item->count; i++)
		if (!put_note(page, item->first + i))
			return false;
	return true;
}

/** The text of the open item goes into the tree; `*node` NULL when it belongs in notes. */
static bool put_item(struct page *page, const struct item *item, struct slice text, struct fhir_node **node)
{
	const struct record_target *target = record_tree_route(&page->tree, item->target, text);
	struct record_text_line line = page->lines.items[item->first];

	line.column = item->column;
	if (item->is_detail)
		return record_tree_put_detail(&page->tree, item->target, text, &line, node, page->err);
	return target == page->rules->note || record_tree_put(&page->tree, target, text, &line, node, page->err);
}

/** Ends the open item. */
static bool close_item(struct page *page)
{
	struct item item = page->item;
	struct fhir_node *node = NULL;
	struct slice text;

	page->item.count = 0;
	if (item.count == 0)
		return true;
	if (!join_item(page, &item, &text))
		return false;
	if (text.len > 0 && !put_item(page, &item, text, &node))
		return false;
	if (text.len > 0 && !node)
		return note_item(page, &item);
	for (size_t i = 0; i < item.count; i++) /* a list mark without text is furniture */
		trace(page, item.first + i, node ? RECORD_LINE_ELEMENT : RECORD_LINE_FURNITURE, node);
	return true;
}

static void open_item(struct page *page, size_t index, const struct record_target *target)
{
	const struct record_text_line *line = &page->lines.items[index];

	page->item = (struct item){
		.first = index, .count = 1, .bytes = line->text.len, .value = line->body, .column = line->column, .target = target
	};
}

/* ---- going on with an item
 * ------------------------------------------------------------------------------------------------------------- */

static bool starts_low(struct slice text)
{
	return (text.ptr[0] >= 'a' && text.ptr[0] <= 'z') || text.ptr[0] == '(' || text.ptr[0] == ',';
}

/** Whether line `index` goes on with the open item. */
static bool continues(const struct page *page, size_t index)
{
	const struct record_text_line *line = &page->lines.items[index];
	const struct item *item = &page->item;

	if (item->count == 0 || item->first + item->count != index || line->blank_before || line->marker != RECORD_MARKER_NONE)
		return false;
	const struct record_text_line *first = &page->lines.items[item->first], *before = line - 1;
	if (item->bytes + line->text.len > ITEM_MAX_BYTES)
		return false;
	if (first->marker != RECORD_MARKER_NONE && (line->indent > first->indent || first->body.len == 0))
		return true;
	return starts_low(line->text) ||
	       (record_char_count(before->text) >= page->rules->wrap_min_chars &&
		!record_is_sentence(page->rules, before->text) && !slice_ends(before->text, SLICE(":")));
}

/* ---- headings
 * --------------------------------------------------------------------------------------------------------------------------- */

static void enter(struct page *page, const struct record_section *section, const struct record_label *label)
{
	page->section = section;
	page->label = label;
	page->target = label ? label->target : section ? section->target : NULL;
	page->opening = page->listed = page->numbered = page->inlined = false;
	page->fresh = true;
	page->tree.step = NULL;
}

/** A label with its value on one line, inside a list: it speaks for itself only. */
static bool read_listed_value(struct page *page, size_t index, const struct record_heading *heading)
{
	page->listed = true;
	page->fresh = false;
	if (!heading->label->target)
		return put_note(page, index);
	open_item(page, index, heading->label->target);
	page->item.value = heading->value;
	page->item.column = heading->value_column;
	return true;
}

static bool read_heading(struct page *page, size_t index, const struct record_heading *heading)
{
	if (page->lines.items[index].marker != RECORD_MARKER_NONE && heading->value.len > 0)
		return read_listed_value(page, index, heading);
	enter(page, heading->section, heading->label);
	if (heading->value.len == 0) {
		trace(page, index, RECORD_LINE_HEADING, NULL);
		return true;
	}
	page->fresh = false;
	page->inlined = true;
	page->listed = heading->label != NULL;
	if (!page->target)
		return put_note(page, index);
	open_item(page, index, page->target);
	page->item.value = heading->value;
	page->item.column = heading->value_column;
	return true;
}

static bool read_unknown_heading(struct page *page, size_t index)
{
	enter(page, NULL, NULL);
	return put_note(page, index);
}

/* ---- text
 * -------------------------------------------------------------------------------------------------------------------------------
 */

/** Where the text of a line belongs; NULL: in a note. */
static const struct record_target *target_of(const struct page *page, const struct record_text_line *line)
{
	const struct record_target *remark = page->section ? page->section->remark : NULL;
	bool item = line->marker != RECORD_MARKER_NONE;

	if (!page->target || item)
		return page->target;
	if (page->listed && line->blank_before)
		return remark;
	if (slice_ends(line->text, SLICE(":")))
		return remark;
	return page->target->plain ? page->target->plain : page->target;
}

static bool read_text(struct page *page, size_t index)
{
	const struct record_text_line *line = &page->lines.items[index];
	const struct record_target *target = target_of(page, line);
	bool detail = target && target->detail.ptr && line->marker == RECORD_MARKER_BULLET && page->numbered && page->tree.step;

	page->fresh = false;
	page->listed = page->listed || line->marker != RECORD_MARKER_NONE;
	page->numbered = page->numbered || line->marker == RECORD_MARKER_NUMBER;
	if (!target)
		return put_note(page, index);
	open_item(page, index, target);
	page->item.is_detail = detail;
	return true;
}

/** Before the first heading: the title, the name of the code system, sentences that open the page. */
static bool read_opening(struct page *page, size_t index)
{
	const struct record_text_line *line = &page->lines.items[index];
	struct slice words, value;
	const struct fhir_code_system *system = record_code_label_find(page->rules, line->text, &words, &value);

	if (system) {
		page->label_system = page->label_system ? page->label_system : system;
		if (value.len > 0)
			return put_note(page, index); /* it goes on with a code, which is not ours to believe */
		open_item(page, index, page->rules->code_label);
		page->item.value = words;
		return true;
	}
	if (!fhir_node_child(page->tree.record, page->rules->title->element)) {
		open_item(page, index, page->rules->title);
		page->item.value = record_undecorated(page->rules, line->text);
		return true;
	}
	if (!record_is_sentence(page->rules, line->text))
		return put_note(page, index);
	open_item(page, index, page->rules->opening);
	return true;
}

static bool read_line(struct page *page, size_t index)
{
	const struct record_text_line *line = &page->lines.items[index];
	const struct record_text_line *next = index + 1 < page->lines.count ? line + 1 : NULL;
	struct record_heading heading;

	if (record_is_furniture(page->rules, line)) {
		trace(page, index, RECORD_LINE_FURNITURE, NULL);
		return close_item(page);
	}
	if (record_heading_find(page->rules, page->section, line, &heading))
		return close_item(page) && read_heading(page, index, &heading);
	if (continues(page, index)) {
		page->item.bytes += line->text.len;
		page->item.count++;
		return true;
	}
	if (!close_item(page))
		return false;
	bool titled = fhir_node_child(page->tree.record, page->rules->title->element) != NULL;
	struct slice words, value;
	bool names_system = page->opening && record_code_label_find(page->rules, line->text, &words, &value);
	if (page->inlined && record_label_looks(page->rules, line))
		return read_unknown_heading(page, index);
	if (!names_system && (titled || !page->opening) && record_heading_looks(page->rules, line, next, page->fresh))
		return read_unknown_heading(page, index);
	return page->opening ? read_opening(page, index) : read_text(page, index);
}

/* ---- the whole
 * -------------------------------------------------------------------------------------------------------------------------- */

static bool set_value(struct page *page, struct slice name, struct slice value)
{
	return (value.ptr && fhir_node_set_value(page->tree.arena, page->tree.record, name, value)) || error_memory(page->err);
}

/** The title; a page that has only the procedure's name is titled by it. */
static bool finish_title(struct page *page, const char *place, struct slice *out)
{
	struct slice element = page->rules->title->element;

	*out = fhir_node_text(page->tree.record, element);
	if (out->ptr)
		return true;
	*out = fhir_node_text(page->tree.record, page->rules->name_element);
	if (out->ptr)
		return set_value(page, element, *out);
	error_set(page->err, ERROR_SYNTAX, place, "the page has no title: no text stands before its first heading");
	return error_hint(page->err, "a page begins with the procedure's title on a line of its own");
}

static bool finish_code(struct page *page, const struct record_source *source, struct record_code *code)
{
	struct fhir_node *node;

	if (!record_code_find(page->tree.arena, page->rules, source, page->tree.issues, code, page->err))
		return false;
	if (!code->system)
		return true;
	if (page->label_system && page->label_system != code->system)
		issue_add(page->tree.issues, ISSUE_WARNING, "conflict", SLICE_NONE, 0, 0,
			  "the page speaks of a %.*s code, but its code is a %.*s one", SLICE_ARG(page->label_system->title),
			  SLICE_ARG(code->system->title));
	node = fhir_node_add(page->tree.arena, page->tree.record, page->rules->code_element, NULL);
	return (node && fhir_node_add_value(page->tree.arena, node, SLICE("system"), code->system->url) &&
		fhir_node_add_value(page->tree.arena, node, SLICE("code"), code->code)) ||
	       error_memory(page->err);
}

static bool finish(struct page *page, const struct record_source *source, const char *place)
{
	struct arena *arena = page->tree.arena;
	struct record_code code;
	struct slice title;

	if (!finish_title(page, place, &title) || !finish_code(page, source, &code))
		return false;
	struct slice name = fhir_node_text(page->tree.record, page->rules->name_element);
	return set_value(page, SLICE("id"), record_id_make(arena, page->rules, &code, title)) &&
	       set_value(page, page->rules->computable_name_element,
			 record_computable_name(arena, page->rules, name.ptr ? name : title));
}

static bool begin(struct page *page, const char *place, struct slice bytes)
{
	struct arena *arena = page->tree.arena;
	const struct fhir_type *type = fhir_type_find(page->tree.schema, page->rules->model);

	if (!type)
		return error_set(page->err, ERROR_USAGE, "records/page.yaml", "model \"%.*s\" is not known",
				 SLICE_ARG(page->rules->model));
	if (!record_lines_split(arena, page->rules, place, bytes, &page->lines, page->err))
		return false;
	if (page->lines.count == 0)
		return error_set(page->err, ERROR_SYNTAX, place, "the page is empty");
	page->trace = arena_new_array(arena, struct record_line, page->lines.count);
	page->tree.record = fhir_node_new(arena, type);
	return (page->trace && page->tree.record) || error_memory(page->err);
}

bool record_read_page(struct arena *arena, const struct fhir_schema *schema, const struct record_rules *rules,
		      const struct record_source *source, struct slice bytes, struct issues *issues, struct fhir_node **out,
		      struct record_trace *trace_out, struct error *err)
{
	const char *place = source->name ? source->name : "-";
	struct page page = { .tree = { .arena = arena, .schema = schema, .rules = rules, .issues = issues },
			     .rules = rules,
			     .opening = true,
			     .err = err };

	if (!begin(&page, place, bytes))
		return false;
	for (size_t i = 0; i < page.lines.count; i++)
		if (!read_line(&page, i))
			return false;
	if (!close_item(&page) || !finish(&page, source, place))
		return false;
	*out = page.tree.record;
	if (trace_out)
		*trace_out = (struct record_trace){ page.trace, page.lines.count };
	return true;
}
