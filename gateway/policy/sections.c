/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <string.h>

#include "policy/text.h"

static bool is_kind(struct slice kind, const struct option_texts *kinds)
{
	for (size_t i = 0; i < kinds->count; i++)
		if (slice_equal(kind, kinds->items[i]))
			return true;
	return false;
}

/** What its own words say, unless the heading above it already speaks for all below, or it says nothing. */
static struct slice kind_of(const struct policy_rules *rules, const struct text_block *heading, const struct text_section *above)
{
	struct slice kind = rule_section_kind(rules, heading->text);

	if (!above || !above->heading)
		return heading->level == 1 ? SLICE("other") : kind; /* the page's title */
	if (above->no_codes || (slice_equal(kind, SLICE("other")) && above->heading->level > 1))
		return above->kind;
	return kind;
}

static struct text_section *section_new(struct text_document *document, const struct text_block *heading,
					const struct text_section *above)
{
	struct text_section *section = arena_new_of(document->arena, struct text_section);

	if (!section)
		return NULL;
	section->heading = heading;
	section->kind = heading ? kind_of(document->rules, heading, above) : SLICE("other");
	section->no_codes = is_kind(section->kind, &document->rules->no_codes_in);
	section->has_statements = is_kind(section->kind, &document->rules->statements_in);
	return section;
}

bool text_find_sections(struct text_document *document)
{
	const struct text_section *open[TEXT_LEVEL_MAX + 1] = { NULL };
	struct text_section *section = section_new(document, NULL, NULL);

	document->sections = section;
	for (struct text_block *block = document->first; block && section; block = block->next) {
		if (block->kind == BLOCK_HEADING) {
			const struct text_section *above = NULL;
			for (unsigned level = 1; level < block->level && level <= TEXT_LEVEL_MAX; level++)
				above = open[level] ? open[level] : above;
			section->next = section_new(document, block, above);
			section = section->next;
			for (unsigned level = block->level; level <= TEXT_LEVEL_MAX; level++)
				open[level] = level == block->level ? section : NULL;
		}
		block->section = section;
	}
	return section != NULL;
}

static bool ends_sentence(struct slice text, size_t at)
{
	if (!strchr(".!?", text.ptr[at]) || at + 1 >= text.len || !isspace((unsigned char)text.ptr[at + 1]))
		return false;
	while (++at < text.len && isspace((unsigned char)text.ptr[at]))
		;
	return at < text.len && (isupper((unsigned char)text.ptr[at]) || (unsigned char)text.ptr[at] >= 0x80);
}

struct slice text_cut_sentence(struct slice *rest)
{
	struct slice text = *rest;

	for (size_t at = 0; at < text.len; at++)
		if (ends_sentence(text, at)) {
			*rest = slice_from(text, at + 1);
			return (struct slice){ text.ptr, at + 1 };
		}
	*rest = SLICE_NONE;
	return text;
}
