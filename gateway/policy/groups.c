/* SPDX-License-Identifier: Apache-2.0 */
/* The walk over a document's blocks: headings open and close what they vouch for, lists and sentences bring codes and positions.
 */
#include <ctype.h>
#include <string.h>

#include "policy/groups.h"

struct walk {
	struct groups groups;
	const struct text_block *headings[TEXT_LEVEL_MAX + 1];
	system_set systems[TEXT_LEVEL_MAX + 1];
	struct statement *open; /* its list follows */
};

/* ---- headings ---- */

static void enter_heading(struct walk *walk, const struct text_block *block)
{
	unsigned level = block->level < 1 ? 1 : block->level > TEXT_LEVEL_MAX ? TEXT_LEVEL_MAX : block->level;

	for (unsigned i = level; i <= TEXT_LEVEL_MAX; i++) {
		walk->headings[i] = NULL;
		walk->systems[i] = 0;
	}
	walk->headings[level] = block;
	walk->systems[level] = block->section->no_codes ? 0 : rule_cued_systems(walk->groups.reading->rules, block->text);
}

static const struct text_block *deepest_heading(const struct walk *walk)
{
	for (unsigned i = TEXT_LEVEL_MAX; i > 0; i--)
		if (walk->headings[i])
			return walk->headings[i];
	return NULL;
}

/** What the nearest heading that vouches for any vouches for. The page's title vouches for nothing. */
static system_set vouched_systems(const struct walk *walk)
{
	for (unsigned i = TEXT_LEVEL_MAX; i > 1; i--)
		if (walk->systems[i])
			return walk->systems[i];
	return 0;
}

/** The position that a heading above states, from the nearest up. */
static const struct text_block *position_heading(const struct walk *walk, const struct rule_position **position)
{
	for (unsigned i = TEXT_LEVEL_MAX; i > 1; i--)
		if (walk->headings[i] && (*position = rule_position_find(walk->groups.reading->rules, walk->headings[i]->text)))
			return walk->headings[i];
	return NULL;
}

/** The group of the deepest heading. */
static struct group *heading_group(struct walk *walk)
{
	const struct text_block *heading = deepest_heading(walk), *speaker;
	const struct rule_position *position = NULL;
	struct group *group;

	group = group_get(&walk->groups, heading ? (const void *)heading : walk, NULL, heading ? heading->text : SLICE(""),
			  heading ? heading->anchor : SLICE_NONE);
	speaker = group && !group->own ? position_heading(walk, &position) : NULL;
	if (speaker)
		group->own = statement_new(&walk->groups, position, speaker->text, speaker->anchor);
	return group;
}

/* ---- sentences ---- */

/** What stands beside a single code at the start of an item: "64615 – injection". */
static struct slice display_of(struct slice line, const struct code_hits *hits)
{
	struct slice rest;

	if (hits->count != 1 || hits->items[0].fate != CODE_TAKEN || hits->items[0].offset > 1)
		return SLICE_NONE;
	rest = slice_from(line, hits->items[0].offset + hits->items[0].text.len);
	while (rest.len > 0 &&
	       (isspace((unsigned char)rest.ptr[0]) || strchr(":-", rest.ptr[0]) || slice_starts(rest, SLICE("\xe2\x80"))))
		rest = slice_from(rest, slice_starts(rest, SLICE("\xe2\x80")) && rest.len >= 3 ? 3 : 1);
	return rest.len > 0 && !strchr(",;(", rest.ptr[0]) ? slice_trim(rest) : SLICE_NONE;
}

static size_t count_taken(const struct code_hits *hits)
{
	size_t count = 0;

	for (size_t i = 0; i < hits->count; i++)
		count += hits->items[i].fate != CODE_LOOK_ALIKE;
	return count;
}

/** A sentence that names codes and says something about them is a group of its own. */
static struct group *sentence_group(struct walk *walk, const struct text_block *block, const struct rule_position *position,
				    struct slice sentence)
{
	const struct text_block *heading = deepest_heading(walk);
	struct group *group = group_get(&walk->groups, NULL, NULL, heading ? heading->text : SLICE(""), block->anchor);

	if (!group)
		return NULL;
	group_add_rule(&walk->groups, group, sentence);
	if (position)
		group->own = statement_new(&walk->groups, position, sentence, block->anchor);
	return group;
}

static bool ends_with_colon(struct slice text)
{
	text = slice_trim(text);
	return text.len > 0 && text.ptr[text.len - 1] == ':';
}

static void read_codes(struct walk *walk, const struct text_block *block, const struct rule_position *position,
		       struct slice sentence, const struct code_hits *hits)
{
	bool vouched = vouched_systems(walk) != 0;
	struct group *group = vouched && !position ? heading_group(walk) : sentence_group(walk, block, position, sentence);

	if (!group)
		return;
	group_add_hits(&walk->groups, group, hits, display_of(sentence, hits));
	if (vouched && count_taken(hits) > 1 && rule_matches(&walk->groups.reading->rules->paired, sentence, NULL))
		group_add_rule(&walk->groups, group, sentence);
	groups_tell(&walk->groups, hits, group, block->line, NULL);
	if (position && group->own && ends_with_colon(sentence))
		walk->open = group->own;
}

static void read_sentence(struct walk *walk, const struct text_block *block, struct slice sentence)
{
	struct reading *reading = walk->groups.reading;
	const struct rule_position *position =
	    block->section->has_statements ? rule_position_find(reading->rules, sentence) : NULL;
	struct code_hits hits = { 0 };
	struct statement *statement;

	if (!codes_scan(reading->arena, reading->rules, sentence, vouched_systems(walk), &hits)) {
		reading->full = true;
		return;
	}
	if (groups_taken(&hits)) {
		read_codes(walk, block, position, sentence, &hits);
		return;
	}
	groups_tell(&walk->groups, &hits, NULL, block->line, NULL);
	if (!position || !(statement = statement_new(&walk->groups, position, sentence, block->anchor)))
		return;
	statement_keep(&walk->groups, statement);
	if (ends_with_colon(sentence))
		walk->open = statement;
}

/** Old codes and citations: told, never taken. */
static void tell_old(struct walk *walk, struct slice text, uint32_t line)
{
	struct reading *reading = walk->groups.reading;
	struct code_hits hits = { 0 };

	if (!codes_scan(reading->arena, reading->rules, text, 0, &hits))
		reading->full = true;
	groups_tell(&walk->groups, &hits, NULL, line, "it stands in the revision history or among the references");
}

/** An item of the list below a statement is an indication, and no statement of its own unless it names codes. */
static bool read_indication(struct walk *walk, const struct text_block *block)
{
	struct reading *reading = walk->groups.reading;
	struct code_hits hits = { 0 };

	statement_add_indication(&walk->groups, walk->open, block->text);
	if (vouched_systems(walk) || !codes_scan(reading->arena, reading->rules, block->text, 0, &hits) || groups_taken(&hits))
		return false;
	groups_tell(&walk->groups, &hits, NULL, block->line, NULL);
	return true;
}

static void read_text(struct walk *walk, const struct text_block *block)
{
	struct slice rest = block->text;

	if (block->section->no_codes) {
		tell_old(walk, block->text, block->line);
		return;
	}
	if (block->kind != BLOCK_ITEM)
		walk->open = NULL;
	if (walk->open && read_indication(walk, block))
		return;
	while (rest.ptr)
		read_sentence(walk, block, slice_trim(text_cut_sentence(&rest)));
}

static void tell_old_table(struct walk *walk, const struct text_table *table)
{
	for (size_t i = 0; i < table->rows * table->columns; i++)
		if (table->cells[i].text.ptr && !table->cells[i].is_repeated)
			tell_old(walk, table->cells[i].text, table->cells[i].line);
}

static void read_block(struct walk *walk, const struct text_block *block)
{
	switch (block->kind) {
	case BLOCK_HEADING:
		walk->open = NULL;
		enter_heading(walk, block);
		return;
	case BLOCK_TABLE:
		walk->open = NULL;
		if (block->section->no_codes)
			tell_old_table(walk, block->table);
		else
			table_read(&walk->groups, block, deepest_heading(walk), vouched_systems(walk));
		return;
	case BLOCK_TEXT:
	case BLOCK_ITEM:
	case BLOCK_TERM:
		read_text(walk, block);
		return;
	}
}

void groups_read(struct reading *reading)
{
	struct walk walk = { .groups = { .reading = reading } };

	for (const struct text_block *block = reading->document.first; block && !reading->full; block = block->next)
		if (!block->is_fact)
			read_block(&walk, block);
	groups_put(&walk.groups);
}
