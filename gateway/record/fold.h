/* SPDX-License-Identifier: Apache-2.0 */
/* Folded text: what words, headings and patterns are compared in. ASCII lower case, white space as single blanks, other
 * characters as the rules' `letters` say. */
#ifndef RECORD_FOLD_H
#define RECORD_FOLD_H

#include "record/rules.h"

/** Room that any folded text fits in; a longer result is cut, which only recognition would notice. */
#define RECORD_FOLD_SIZE(bytes) (2 * (bytes) + 16)

/** Folds `text` into `out`, as much as fits. */
struct slice record_fold(const struct record_rules *rules, struct slice text, char *out, size_t size);
/** The same in the arena; absent when it is full. */
struct slice record_fold_copy(struct arena *arena, const struct record_rules *rules, struct slice text);
/** Makes the table that record_fold looks characters up in. */
bool record_fold_prepare(struct arena *arena, struct record_rules *rules) MUST_USE;

/** Whether folded `text` has the form of `pattern`, where `*` stands for any text and `#` for digits. */
bool record_glob(struct slice pattern, struct slice text);
/** Whether folded `text` has one of the forms. */
bool record_glob_any(const struct record_forms *forms, struct slice text);
/** Fills in what the forms may begin with. */
void record_forms_prepare(struct record_forms *forms);
/** The bit in record_forms.begins: a letter, a digit and a mark have one of their own, nearly; what is beyond ASCII shares one.
 */
static inline uint64_t record_begin_bit(struct slice folded)
{
	unsigned char begin = folded.len > 0 ? (unsigned char)folded.ptr[0] : '\0';

	return (uint64_t)1 << (begin >= 0x80 ? 63 : begin >= 0x60 ? 32 + (begin & 31) : begin & 31);
}
/** False when folded text that begins as `text` does has none of the forms: most have none. */
static inline bool record_forms_may_begin(const struct record_forms *forms, struct slice text)
{
	return forms->begins & record_begin_bit(text);
}
/** Offset of `word` in folded `text` at or after `from`, bounded by what is neither letter nor digit; SIZE_MAX when absent. */
size_t record_word_find(struct slice text, struct slice word, size_t from);
/** Whether one of `words` stands in folded `text`. */
bool record_word_any(const struct option_texts *words, struct slice text);

uint32_t record_next_wide(struct slice text, size_t *offset);

/** Decodes the code point at `offset` of checked UTF-8 and sets the offset behind it. */
static inline uint32_t record_next_char(struct slice text, size_t *offset)
{
	unsigned char byte = (unsigned char)text.ptr[*offset];

	if (byte >= 0x80)
		return record_next_wide(text, offset);
	(*offset)++;
	return byte;
}
/** White space of any script, as far as it separates words. */
bool record_is_space(const struct record_rules *rules, uint32_t code_point);
/** Without white space at both ends. */
struct slice record_trim(const struct record_rules *rules, struct slice text);
size_t record_char_count(struct slice text);

#endif
