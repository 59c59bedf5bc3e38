/* SPDX-License-Identifier: Apache-2.0 */
#include "record/heading.h"
#include "record/fold.h"

#include <string.h>

#define KEY_SIZE 200
#define LABEL_MAX_BYTES 120
#define SHORT_WORD_MAX 3

bool record_is_sentence(const struct record_rules *rules, struct slice text)
{
	return text.len > 0 && memchr(rules->final_marks.ptr, text.ptr[text.len - 1], rules->final_marks.len);
}

bool record_is_furniture(const struct record_rules *rules, const struct record_text_line *line)
{
	char key[KEY_SIZE];
	struct slice begin = record_fold(rules, line->text, key, 1); /* not the whole line, mostly */

	return record_forms_may_begin(&rules->furniture, begin) &&
	       record_glob_any(&rules->furniture, record_fold(rules, line->text, key, sizeof(key)));
}

struct slice record_undecorated(const struct record_rules *rules, struct slice text)
{
	while (text.len > 0 && memchr(rules->decoration.ptr, text.ptr[0], rules->decoration.len))
		text = slice_from(text, 1);
	while (text.len > 0 && memchr(rules->decoration.ptr, text.ptr[text.len - 1], rules->decoration.len))
		text.len--;
	return record_trim(rules, text);
}

/** `text` up to its first label separator, and what follows; false when there is none early enough. */
static bool split_label(const struct record_rules *rules, struct slice text, struct slice *label, struct slice *value)
{
	struct slice start = { text.ptr, text.len < LABEL_MAX_BYTES ? text.len : LABEL_MAX_BYTES };
	size_t first = SIZE_MAX, len = 0;

	for (size_t i = 0; i < rules->label_separators.count; i++) {
		size_t found = slice_find(start, rules->label_separators.items[i]);
		if (found < first) {
			first = found;
			len = rules->label_separators.items[i].len;
		}
	}
	if (first == SIZE_MAX || first == 0)
		return false;
	*label = record_undecorated(rules, (struct slice){ text.ptr, first });
	*value = record_undecorated(rules, slice_from(text, first + len));
	return true;
}

static const struct record_label *find_label(const struct record_section *section, bool inside, struct slice key)
{
	const struct record_label *labels = RECORD_ROWS(section->labels, struct record_label);

	for (size_t i = 0; i < section->labels.count; i++)
		if ((inside || !labels[i].here_only) && record_glob_any(&labels[i].headings, key))
			return &labels[i];
	return NULL;
}

/** The labels of the section we are in, then the sections, then labels of other sections. */
static bool find_words(const struct record_rules *rules, const struct record_section *here, bool own_only, struct slice key,
		       struct record_heading *out)
{
	const struct record_section *sections = RECORD_ROWS(rules->sections, struct record_section);

	out->section = here;
	out->label = here ? find_label(here, true, key) : NULL;
	if (out->label || own_only)
		return out->label != NULL;
	for (size_t i = 0; i < rules->sections.count; i++) {
		out->section = &sections[i];
		if (record_glob_any(&sections[i].headings, key))
			return true;
	}
	for (size_t i = 0; i < rules->sections.count; i++) {
		out->section = &sections[i];
		out->label = find_label(&sections[i], false, key);
		if (out->label)
			return true;
	}
	return false;
}

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

bool record_heading_find(const struct record_rules *rules, const struct record_section *here, const struct record_text_line *line,
			 struct record_heading *out)
{
	bool item = line->marker != RECORD_MARKER_NONE;
	struct slice text = item ? line->body : record_undecorated(rules, line->text), label, value;
	char key[KEY_SIZE];

	*out = (struct record_heading){ 0 };
	if (line->marker == RECORD_MARKER_NUMBER || text.len == 0 || is_lower(text.ptr[0]) || (item && !here))
		return false;
	if (!item && find_words(rules, here, false, record_fold(rules, text, key, sizeof(key)), out))
		return true;
	if (!split_label(rules, text, &label, &value))
		return false;
	if (!find_words(rules, here, item, record_fold(rules, label, key, sizeof(key)), out))
		return false;
	out->value = value;
	out->value_column =
	    line->column + (uint32_t)record_char_count((struct slice){ line->body.ptr, (size_t)(value.ptr - line->body.ptr) });
	return true;
}

/** Few words, the longer ones in upper case at the start. */
static bool has_title_case(const struct record_rules *rules, struct slice text)
{
	size_t words = 0;

	for (struct slice rest = text; rest.ptr;) {
		struct slice word = slice_cut(&rest, ' ');
		if (word.len == 0)
			continue;
		if (is_lower(word.ptr[0]) && (words == 0 || word.len > SHORT_WORD_MAX))
			return false;
		words++;
	}
	return words <= rules->heading_max_words;
}

bool record_heading_looks(const struct record_rules *rules, const struct record_text_line *line,
			  const struct record_text_line *next, bool fresh)
{
	struct slice text = record_undecorated(rules, line->text);
	bool colon = slice_ends(text, SLICE(":"));
	bool stands_alone = line->blank_before && (!next || next->blank_before || next->marker != RECORD_MARKER_NONE);

	if (line->marker != RECORD_MARKER_NONE || text.len == 0 || text.len > 4 * rules->heading_max_chars)
		return false;
	if (record_char_count(text) > rules->heading_max_chars || !has_title_case(rules, text))
		return false;
	return colon || (stands_alone && !fresh && !record_is_sentence(rules, text));
}

bool record_label_looks(const struct record_rules *rules, const struct record_text_line *line)
{
	struct slice label, value;

	return line->marker == RECORD_MARKER_NONE && split_label(rules, line->text, &label, &value) && label.len > 0 &&
	       record_char_count(label) <= rules->heading_max_chars && has_title_case(rules, label);
}

const struct fhir_code_system *record_code_label_find(const struct record_rules *rules, struct slice text, struct slice *words,
						      struct slice *value)
{
	char key[KEY_SIZE];

	if (text.len >= KEY_SIZE)
		return NULL;
	*value = SLICE_NONE;
	if (!split_label(rules, text, words, value))
		*words = record_undecorated(rules, text);
	struct slice folded = record_fold(rules, *words, key, sizeof(key));
	for (size_t i = 0; i < rules->code_label_count; i++)
		if (slice_equal(rules->code_labels[i].words, folded))
			return rules->code_labels[i].system;
	return NULL;
}
