/* SPDX-License-Identifier: Apache-2.0 */
/* Code tables: which column holds codes, which describes them, which answers yes or no; rows that are headings; rows that are
 * broken. */
#include <string.h>

#include "policy/groups.h"
#include "policy/table.h"

struct column {
	system_set systems; /* vouched for by its title */
	bool is_display;
	const struct rule_position *position; /* its cells answer yes or no */
};

struct table_walk {
	struct groups *groups;
	const struct text_block *block;
	const struct text_table *table;
	system_set context; /* of headings, caption and heading rows */
	struct column columns[TABLE_COLUMNS_MAX];
	bool has_titles;
	const void *owner;
	struct slice title, anchor;
};

/* ---- kinds of rows ---- */

/** The only text of a row, when it goes over all of it. */
static const struct text_cell *lone_cell(const struct text_table *table, size_t row)
{
	const struct text_cell *lone = NULL;

	for (size_t column = 0; column < table->columns; column++) {
		const struct text_cell *cell = text_cell_at(table, row, column);
		if (!cell->text.ptr || cell->text.len == 0 || (lone && cell->is_repeated && cell->text.ptr == lone->text.ptr))
			continue;
		if (lone || cell->is_repeated)
			return NULL;
		lone = cell;
	}
	return lone;
}

static bool is_title_row(const struct table_walk *walk, size_t row)
{
	const struct policy_rules *rules = walk->groups->reading->rules;
	size_t titles = 0, headers = 0, filled = 0;

	for (size_t column = 0; column < walk->table->columns; column++) {
		const struct text_cell *cell = text_cell_at(walk->table, row, column);
		if (!cell->text.ptr || cell->text.len == 0 || cell->is_repeated)
			continue;
		filled++;
		headers += cell->is_header;
		titles += rule_cued_systems(rules, cell->text) != 0 || rule_is_one_of(cell->text, &rules->display_columns);
	}
	return filled > 1 && (headers == filled || (titles == filled && !walk->has_titles));
}

static void read_titles(struct table_walk *walk, size_t row)
{
	const struct policy_rules *rules = walk->groups->reading->rules;

	memset(walk->columns, 0, sizeof(walk->columns));
	walk->has_titles = true;
	for (size_t i = 0; i < walk->table->columns; i++) {
		const struct text_cell *cell = text_cell_at(walk->table, row, i);
		if (!cell->text.ptr)
			continue;
		walk->columns[i].is_display = rule_is_one_of(cell->text, &rules->display_columns);
		walk->columns[i].systems = walk->columns[i].is_display ? 0 : rule_cued_systems(rules, cell->text);
		walk->columns[i].position = walk->columns[i].systems ? NULL : rule_position_find(rules, cell->text);
	}
}

/** A row that is a heading starts a group of its own. */
static bool read_heading_row(struct table_walk *walk, const struct text_cell *cell)
{
	const struct policy_rules *rules = walk->groups->reading->rules;
	system_set systems = rule_cued_systems(rules, cell->text);
	struct code_hits hits = { 0 };

	if (!systems || !codes_scan(walk->groups->reading->arena, rules, cell->text, systems, &hits) || groups_taken(&hits))
		return false;
	walk->context = systems;
	walk->owner = cell;
	walk->title = cell->text;
	return true;
}

/* ---- rows of codes ---- */

static struct group *row_group(struct table_walk *walk, const struct rule_position *answer)
{
	struct groups *groups = walk->groups;
	struct group *group = group_get(groups, walk->owner, answer, walk->title, walk->anchor);
	const struct rule_position *position = answer ? answer : rule_position_find(groups->reading->rules, walk->title);

	if (group && !group->own && position)
		group->own = statement_new(groups, position, walk->title, walk->anchor);
	return group;
}

/** What a column with a position says of `row`. */
static const struct rule_position *row_answer(const struct table_walk *walk, size_t row)
{
	for (size_t i = 0; i < walk->table->columns; i++) {
		const struct text_cell *cell = text_cell_at(walk->table, row, i);
		if (walk->columns[i].position && cell->text.ptr && rule_is_one_of(cell->text, &walk->groups->reading->rules->yes))
			return walk->columns[i].position;
	}
	return NULL;
}

/** The describing column, else the cell right of the code. */
static struct slice row_display(const struct table_walk *walk, size_t row, size_t code_column)
{
	struct code_hits hits = { 0 };
	struct slice text = SLICE_NONE;

	for (size_t i = 0; i < walk->table->columns; i++)
		if (walk->columns[i].is_display)
			return text_cell_at(walk->table, row, i)->text;
	if (code_column + 1 < walk->table->columns && !walk->columns[code_column + 1].position)
		text = text_cell_at(walk->table, row, code_column + 1)->text;
	if (!text.ptr || text.len == 0 ||
	    !codes_scan(walk->groups->reading->arena, walk->groups->reading->rules, text, walk->context, &hits) ||
	    groups_taken(&hits))
		return SLICE_NONE;
	return text;
}

/** The systems that vouch for a cell: its column's, narrowed by the heading above the table. */
static system_set cell_systems(const struct table_walk *walk, size_t column)
{
	system_set systems = walk->columns[column].systems;

	if (!walk->has_titles)
		return walk->context;
	return systems & walk->context ? systems & walk->context : systems;
}

static void read_cell(struct table_walk *walk, size_t row, size_t column)
{
	struct groups *groups = walk->groups;
	const struct text_cell *cell = text_cell_at(walk->table, row, column);
	struct code_hits hits = { 0 };
	struct group *group = NULL;

	if (!cell->text.ptr || cell->text.len == 0 || cell->is_repeated)
		return;
	if (!codes_scan(groups->reading->arena, groups->reading->rules, cell->text, cell_systems(walk, column), &hits)) {
		groups->reading->full = true;
		return;
	}
	if (groups_taken(&hits)) {
		group = row_group(walk, row_answer(walk, row));
		group_add_hits(groups, group, &hits, hits.count == 1 ? row_display(walk, row, column) : SLICE_NONE);
	}
	groups_tell(groups, &hits, group, cell->line, NULL);
}

/** A row of a table with titles that lacks its code is told: a code may be missing because the row is broken. */
static void check_row(const struct table_walk *walk, size_t row)
{
	struct reading *reading = walk->groups->reading;

	for (size_t i = 0; walk->has_titles && i < walk->table->columns; i++)
		if (!text_cell_at(walk->table, row, i)->text.ptr) {
			issue_add(reading->issues, ISSUE_WARNING, "structure", SLICE_NONE,
				  text_cell_at(walk->table, row, 0)->line, 0, "a row of a table lacks cells: \"%.*s\"",
				  SLICE_ARG(text_cell_at(walk->table, row, 0)->text));
			return;
		}
}

static void read_row(struct table_walk *walk, size_t row)
{
	const struct text_cell *lone = walk->table->columns > 1 ? lone_cell(walk->table, row) : NULL;

	if (is_title_row(walk, row)) {
		read_titles(walk, row);
		return;
	}
	if (lone && read_heading_row(walk, lone))
		return;
	check_row(walk, row);
	for (size_t column = 0; column < walk->table->columns; column++)
		read_cell(walk, row, column);
}

void table_read(struct groups *groups, const struct text_block *block, const struct text_block *heading, system_set systems)
{
	struct table_walk walk = {
		.groups = groups, .block = block, .table = block->table, .context = systems, .anchor = block->anchor
	};
	system_set by_caption = rule_cued_systems(groups->reading->rules, block->text);

	walk.owner = by_caption || !heading ? (const void *)block : heading;
	walk.title = by_caption || !heading ? block->text : heading->text;
	if (by_caption)
		walk.context = by_caption;
	for (size_t row = 0; row < block->table->rows && !groups->reading->full; row++)
		read_row(&walk, row);
}
