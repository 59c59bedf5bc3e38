/* SPDX-License-Identifier: Apache-2.0 */
#include "record/fold.h"

#include <stdlib.h>
#include <string.h>

/** The part of record_next_char that is seldom taken: a code point of several bytes. */
uint32_t record_next_wide(struct slice text, size_t *offset)
{
	const unsigned char *at = (const unsigned char *)text.ptr + *offset;
	size_t left = text.len - *offset, extra = at[0] < 0xc0 ? 0 : at[0] < 0xe0 ? 1 : at[0] < 0xf0 ? 2 : 3;
	uint32_t code_point = extra == 0 ? at[0] : at[0] & (0x3f >> extra);

	if (extra >= left)
		extra = left - 1;
	for (size_t i = 1; i <= extra; i++)
		code_point = code_point << 6 | (at[i] & 0x3f);
	*offset += extra + 1;
	return code_point;
}

size_t record_char_count(struct slice text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++)
		count += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
	return count;
}

static const struct record_letter *find_letter(const struct record_rules *rules, uint32_t code_point)
{
	size_t low = 0, high = rules->letter_count;

	if (code_point < ARRAY_SIZE(rules->ascii_letters))
		return rules->ascii_letters[code_point];
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (rules->letter_table[middle].code_point == code_point)
			return &rules->letter_table[middle];
		if (rules->letter_table[middle].code_point < code_point)
			low = middle + 1;
		if (rules->letter_table[middle].code_point > code_point)
			high = middle;
	}
	return NULL;
}

static bool is_ascii_space(uint32_t code_point)
{
	return code_point == ' ' || (code_point >= '\t' && code_point <= '\r');
}

bool record_is_space(const struct record_rules *rules, uint32_t code_point)
{
	if (code_point < 0x80)
		return is_ascii_space(code_point);
	const struct record_letter *letter = find_letter(rules, code_point);
	return letter && slice_trim(letter->to).len == 0;
}

struct slice record_trim(const struct record_rules *rules, struct slice text)
{
	size_t offset = 0, start = 0;

	while (start < text.len && record_is_space(rules, record_next_char(text, &offset)))
		start = offset;
	text = slice_from(text, start);
	while (text.len > 0) {
		size_t last = text.len - 1;
		while (last > 0 && ((unsigned char)text.ptr[last] & 0xc0) == 0x80)
			last--;
		size_t at = last;
		if (!record_is_space(rules, record_next_char(text, &at)))
			break;
		text.len = last;
	}
	return text;
}

/** An ASCII letter in lower case, white space as a blank, any other byte as it is. */
static char fold_byte(char c)
{
	if (is_ascii_space((unsigned char)c))
		return ' ';
	return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

/** A blank does not begin a text nor follow another. */
static inline size_t put(char *out, size_t size, size_t len, char c)
{
	if (len >= size || (c == ' ' && (len == 0 || out[len - 1] == ' ')))
		return len;
	out[len] = c;
	return len + 1;
}

/** NUL: the character at `offset` has a letter, or more bytes. */
static inline char folded_at(const struct record_rules *rules, struct slice text, size_t offset)
{
	unsigned char byte = (unsigned char)text.ptr[offset];

	return byte < ARRAY_SIZE(rules->ascii_folded) ? rules->ascii_folded[byte] : '\0';
}

struct slice record_fold(const struct record_rules *rules, struct slice text, char *out, size_t size)
{
	size_t len = 0;

	for (size_t offset = 0; offset < text.len && len < size;) {
		size_t start = offset;
		char folded = folded_at(rules, text, offset);
		if (folded > ' ') { /* nearly all */
			out[len++] = folded;
			offset++;
			continue;
		}
		if (folded) {
			len = put(out, size, len, folded);
			offset++;
			continue;
		}
		const struct record_letter *letter = find_letter(rules, record_next_char(text, &offset));
		struct slice to = letter ? letter->to : (struct slice){ text.ptr + start, offset - start };
		for (size_t i = 0; i < to.len; i++)
			len = put(out, size, len, fold_byte(to.ptr[i]));
	}
	while (len > 0 && out[len - 1] == ' ')
		len--;
	return (struct slice){ out, len };
}

struct slice record_fold_copy(struct arena *arena, const struct record_rules *rules, struct slice text)
{
	size_t size = RECORD_FOLD_SIZE(text.len);
	char *out = arena_alloc(arena, size);

	return out ? record_fold(rules, text, out, size) : SLICE_NONE;
}

static int compare_letters(const void *a, const void *b)
{
	uint32_t left = ((const struct record_letter *)a)->code_point, right = ((const struct record_letter *)b)->code_point;

	return (left > right) - (left < right);
}

bool record_fold_prepare(struct arena *arena, struct record_rules *rules)
{
	const struct record_letters *rows = RECORD_ROWS(rules->letters, struct record_letters);
	size_t count = 0, filled = 0;

	for (size_t i = 0; i < rules->letters.count; i++)
		count += record_char_count(rows[i].from);
	struct record_letter *table = arena_new_array(arena, struct record_letter, count + 1);
	if (!table)
		return false;
	for (size_t i = 0; i < rules->letters.count; i++)
		for (size_t offset = 0; offset < rows[i].from.len;)
			table[filled++] = (struct record_letter){ record_next_char(rows[i].from, &offset), rows[i].to };
	qsort(table, filled, sizeof(*table), compare_letters);
	rules->letter_table = table;
	rules->letter_count = filled;
	for (size_t i = 0; i < filled && table[i].code_point < ARRAY_SIZE(rules->ascii_letters); i++)
		rules->ascii_letters[table[i].code_point] = &table[i];
	for (size_t i = 0; i < ARRAY_SIZE(rules->ascii_folded); i++)
		if (is_ascii_space((uint32_t)i) || !rules->ascii_letters[i])
			rules->ascii_folded[i] = fold_byte((char)i);
	return true;
}

/** How much of `text` one character of a pattern stands for. */
static size_t match_char(char wanted, struct slice text, size_t at)
{
	size_t digits = 0;

	if (wanted != '#')
		return wanted == text.ptr[at];
	while (at + digits < text.len && text.ptr[at + digits] >= '0' && text.ptr[at + digits] <= '9')
		digits++;
	return digits;
}

bool record_glob(struct slice pattern, struct slice text)
{
	size_t p = 0, t = 0, star = SIZE_MAX, retry = 0;

	while (t < text.len) {
		if (p < pattern.len && pattern.ptr[p] == '*') {
			star = p++;
			retry = t;
			continue;
		}
		size_t same = p < pattern.len ? match_char(pattern.ptr[p], text, t) : 0;
		if (same > 0) {
			p++;
			t += same;
			continue;
		}
		if (star == SIZE_MAX)
			return false;
		p = star + 1;
		t = ++retry;
	}
	while (p < pattern.len && pattern.ptr[p] == '*')
		p++;
	return p == pattern.len;
}

/** Whether texts of this form may begin with several bytes. */
static bool begins_openly(struct slice pattern)
{
	return pattern.len > 0 && (pattern.ptr[0] == '*' || pattern.ptr[0] == '#');
}

bool record_glob_any(const struct record_forms *forms, struct slice text)
{
	char begin = text.len > 0 ? text.ptr[0] : '\0';

	if (!record_forms_may_begin(forms, text))
		return false;
	for (size_t i = 0; i < forms->patterns.count; i++) {
		struct slice pattern = forms->patterns.items[i];
		char first = pattern.len > 0 ? pattern.ptr[0] : '\0';
		if (first != begin && !begins_openly(pattern))
			continue;
		if (record_glob(pattern, text))
			return true;
	}
	return false;
}

void record_forms_prepare(struct record_forms *forms)
{
	forms->begins = 0;
	for (size_t i = 0; i < forms->patterns.count; i++) {
		struct slice pattern = forms->patterns.items[i];
		forms->begins |= begins_openly(pattern) ? UINT64_MAX : record_begin_bit(pattern);
	}
}

static bool is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

size_t record_word_find(struct slice text, struct slice word, size_t from)
{
	while (from <= text.len && word.len > 0) {
		size_t found = slice_find(slice_from(text, from), word);
		if (found == SIZE_MAX)
			return SIZE_MAX;
		size_t start = from + found, end = start + word.len;
		bool opens = start == 0 || !is_word_char(text.ptr[start - 1]) || !is_word_char(word.ptr[0]);
		bool closes = end == text.len || !is_word_char(text.ptr[end]) || !is_word_char(word.ptr[word.len - 1]);
		if (opens && closes)
			return start;
		from = start + 1;
	}
	return SIZE_MAX;
}

bool record_word_any(const struct option_texts *words, struct slice text)
{
	for (size_t i = 0; i < words->count; i++)
		if (record_word_find(text, words->items[i], 0) != SIZE_MAX)
			return true;
	return false;
}
