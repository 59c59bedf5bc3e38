/* SPDX-License-Identifier: Apache-2.0 */
/* Facts: number, dates, status … from the listing, from "Label: value" lines, definition lists, two-column tables and JSON
 * members. */
#include <ctype.h>
#include <string.h>

#include "policy/reading.h"

#define KEY_MAX_BYTES 24u
#define LABEL_MAX_BYTES 60u

/* ---- values ---- */

static void put_line_of_business(struct reading *reading, struct slice name)
{
	struct fhir_node *line;

	if (fhir_node_child(reading->record, SLICE("lineOfBusiness")))
		return;
	line = reading_add(reading, reading->record, "lineOfBusiness");
	if (!line)
		return;
	reading_put(reading, line, "key", policy_slug(reading->arena, name, KEY_MAX_BYTES));
	reading_put(reading, line, "name", name);
}

static void put_date(struct reading *reading, struct slice element, struct slice value, uint32_t line)
{
	struct slice date = policy_date(reading->arena, reading->rules, value);

	if (date.ptr) {
		reading_put(reading, reading->record, element.ptr, date);
		return;
	}
	issue_add(reading->issues, ISSUE_WARNING, "value", SLICE_NONE, line, 0, "%.*s: \"%.*s\" is no date", SLICE_ARG(element),
		  SLICE_ARG(value));
	reading_put(reading, reading->record, "note",
		    arena_printf(reading->arena, "%.*s: %.*s", SLICE_ARG(element), SLICE_ARG(value)));
}

/** "NY, NJ" */
static void put_list(struct reading *reading, struct slice element, struct slice value)
{
	while (value.ptr) {
		struct slice item = slice_trim(slice_cut(&value, ','));
		if (item.len > 0)
			reading_put(reading, reading->record, element.ptr, item);
	}
}

static void put_stage(struct reading *reading, struct slice value, uint32_t line)
{
	const struct rule_stage *stage = rule_stage_find(reading->rules, value);

	if (stage) {
		reading_put(reading, reading->record, "stage", stage->stage);
		return;
	}
	issue_add(reading->issues, ISSUE_WARNING, "value", SLICE_NONE, line, 0, "the status \"%.*s\" is none that is known",
		  SLICE_ARG(value));
	reading_put(reading, reading->record, "note", value);
	reading_put(reading, reading->record, "stage", SLICE("unknown"));
}

/** The first value of a field wins. */
static void put_field(struct reading *reading, const struct rule_field *field, struct slice value, uint32_t line)
{
	struct slice element = slice_equal(field->field, SLICE("status")) ? SLICE("stage") : field->field;

	value = slice_trim(value);
	if (value.len == 0 || rule_is_one_of(value, &reading->rules->none) || fhir_node_child(reading->record, element))
		return;
	if (slice_equal(field->field, SLICE("lineOfBusiness")))
		put_line_of_business(reading, value);
	else if (field->kind == FIELD_DATE)
		put_date(reading, field->field, value, line);
	else if (field->kind == FIELD_STAGE)
		put_stage(reading, value, line);
	else if (field->kind == FIELD_LIST)
		put_list(reading, field->field, value);
	else
		reading_put(reading, reading->record, field->field.ptr, value);
}

/* ---- where facts stand ---- */

static const struct rule_field *field_for(const struct reading *reading, const struct text_block *block, struct slice label)
{
	const struct rule_field *field = label.len <= LABEL_MAX_BYTES ? rule_field_find(reading->rules, label) : NULL;

	return field && (field->in_history || !block->section->no_codes) ? field : NULL;
}

/** "Label: value" lines. True when every line is one; otherwise the block stays text as well. */
static bool read_lines(struct reading *reading, const struct text_block *block)
{
	struct slice rest = block->text;
	bool all = true;

	while (rest.ptr) {
		struct slice value = slice_cut(&rest, '\n'), label = slice_cut(&value, ':');
		const struct rule_field *field = value.ptr && slice_trim(value).len > 0 ? field_for(reading, block, label) : NULL;
		if (field)
			put_field(reading, field, value, block->line);
		else if (slice_trim(label).len > 0)
			all = false;
	}
	return all;
}

static bool read_term(struct reading *reading, struct text_block *term)
{
	const struct rule_field *field = field_for(reading, term, term->text);

	if (!field || !term->next || term->next->kind != BLOCK_TEXT)
		return false;
	put_field(reading, field, term->next->text, term->next->line);
	term->next->is_fact = true;
	return true;
}

static bool read_row(struct reading *reading, const struct text_block *block, size_t row)
{
	const struct text_cell *label = text_cell_at(block->table, row, 0), *value = text_cell_at(block->table, row, 1);
	const struct rule_field *field = label->text.ptr ? field_for(reading, block, label->text) : NULL;

	if (field && value->text.ptr)
		put_field(reading, field, value->text, value->line);
	return field != NULL;
}

/** A table of two columns whose first column is labels, all of them. A list of policies has such titles in its first row only. */
static bool read_table(struct reading *reading, const struct text_block *block)
{
	bool all = block->table->rows > 0;

	if (block->table->columns != 2)
		return false;
	for (size_t row = 0; row < block->table->rows; row++) {
		const struct text_cell *label = text_cell_at(block->table, row, 0);
		all = all && label->text.ptr && field_for(reading, block, label->text);
	}
	for (size_t row = 0; all && row < block->table->rows; row++)
		all = read_row(reading, block, row);
	return all;
}

/* ---- what the listing knows ---- */

static void put_known(struct reading *reading, const char *name, struct slice value)
{
	const struct rule_field *rows = RULE_ROWS(reading->rules, field, rule_field);

	for (size_t i = 0; value.ptr && i < reading->rules->field_rows.count; i++)
		if (slice_equal(rows[i].field, slice_of(name)))
			put_field(reading, &rows[i], value, 0);
}

static void read_source(struct reading *reading)
{
	const struct policy_source *source = reading->source;

	put_known(reading, "number", source->number);
	put_known(reading, "version", source->version);
	put_known(reading, "title", source->title);
	put_known(reading, "status", source->status);
	put_known(reading, "effectiveStart", source->effective_date);
	put_known(reading, "effectiveEnd", source->end_date);
	put_known(reading, "lineOfBusiness", source->line_of_business);
	put_known(reading, "jurisdiction", source->jurisdiction);
}

/** Without the number before ("CB-311: …") and the site's name after ("… | Payer"). */
static struct slice title_proper(const struct reading *reading, struct slice title)
{
	struct slice number = fhir_node_text(reading->record, SLICE("number"));
	size_t bar = slice_find(title, SLICE(" | "));

	if (bar != SIZE_MAX)
		title.len = bar;
	title = slice_trim(title);
	if (number.len > 0 && number.len < title.len && slice_equal_nocase((struct slice){ title.ptr, number.len }, number)) {
		title = slice_from(title, number.len);
		while (title.len > 0 && strchr(" :-", title.ptr[0]))
			title = slice_from(title, 1);
	}
	return title;
}

/** The first heading of the first rank that there is, else the page's own title. */
static struct slice find_title(const struct reading *reading)
{
	const struct text_block *best = NULL;

	for (const struct text_block *block = reading->document.first; block; block = block->next)
		if (block->kind == BLOCK_HEADING && (!best || block->level < best->level))
			best = block;
	if (best && best->level == 1)
		return title_proper(reading, best->text);
	if (reading->document.title.len > 0)
		return title_proper(reading, reading->document.title);
	return best ? title_proper(reading, best->text) : SLICE_NONE;
}

void fields_read(struct reading *reading)
{
	read_source(reading);
	for (struct text_block *block = reading->document.first; block; block = block->next) {
		if (block->is_fact)
			continue;
		if (block->kind == BLOCK_TERM)
			block->is_fact = read_term(reading, block);
		else if (block->kind == BLOCK_TABLE)
			block->is_fact = read_table(reading, block);
		else
			block->is_fact = read_lines(reading, block);
	}
	if (!fhir_node_child(reading->record, SLICE("title")))
		reading_put(reading, reading->record, "title", find_title(reading));
}

/* ---- stage ---- */

static struct slice today(struct reading *reading)
{
	char instant[TIME_INSTANT_SIZE];

	time_format_instant(reading->source->fetched_ms, instant);
	return arena_copy(reading->arena, (struct slice){ instant, sizeof("2026-11-23") - 1 });
}

/** Dates of different precision compare as text up to the shorter one. */
static int compare_days(struct slice a, struct slice b)
{
	size_t length = a.len < b.len ? a.len : b.len;

	return slice_compare((struct slice){ a.ptr, length }, (struct slice){ b.ptr, length });
}

void fields_finish(struct reading *reading)
{
	struct fhir_node *record = reading->record;
	struct slice start = fhir_node_text(record, SLICE("effectiveStart")), end = fhir_node_text(record, SLICE("effectiveEnd"));
	struct slice now = today(reading), stage = fhir_node_text(record, SLICE("stage"));
	const struct rule_stage *rows = RULE_ROWS(reading->rules, stage, rule_stage);

	if (!stage.ptr)
		stage = rows[0].stage;
	if (slice_equal(stage, rows[0].stage) && start.ptr && compare_days(start, now) > 0)
		stage = SLICE("future");
	if (slice_equal(stage, SLICE("future")) && start.ptr && compare_days(start, now) <= 0)
		stage = rows[0].stage;
	if (end.ptr && compare_days(end, now) < 0)
		stage = SLICE("retired");
	const struct rule_stage *row = rule_stage_find(reading->rules, stage);
	if (!fhir_node_set_value(reading->arena, record, SLICE("stage"), stage) ||
	    !fhir_node_set_value(reading->arena, record, SLICE("status"), row ? row->status : SLICE("unknown")))
		reading->full = true;
}
