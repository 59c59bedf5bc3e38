/* SPDX-License-Identifier: Apache-2.0 */
/* Plain text: headings by underline, capitals or a cue, list items by their markers, paragraphs by blank lines. */
#include <ctype.h>
#include <string.h>

#include "policy/text.h"

#define HEADING_MAX_BYTES 120u
#define PARAGRAPH_MAX_BYTES (1u << 20)

struct plain {
	struct text_document *document;
	struct buf paragraph;
	unsigned lines; /* in it */
	uint32_t line;  /* where it starts */
	enum block_kind kind;
};

static void flush(struct plain *plain)
{
	text_add(plain->document, plain->kind, buf_slice(&plain->paragraph), plain->line);
	buf_reset(&plain->paragraph);
	plain->lines = 0;
	plain->kind = BLOCK_TEXT;
}

static void add_heading(struct plain *plain, struct slice text, unsigned level, uint32_t line)
{
	struct text_block *block = text_add(plain->document, BLOCK_HEADING, text, line);

	if (block)
		block->level = level;
}

/** The level that an underline gives to the line above; 0: the line is none. */
static unsigned underline_level(struct slice line)
{
	if (line.len < 3 || (line.ptr[0] != '=' && line.ptr[0] != '-'))
		return 0;
	for (size_t i = 1; i < line.len; i++)
		if (line.ptr[i] != line.ptr[0])
			return 0;
	return line.ptr[0] == '=' ? 1 : 2;
}

static bool is_capitals(struct slice line)
{
	size_t letters = 0, digits = 0;

	for (size_t i = 0; i < line.len; i++) {
		if (islower((unsigned char)line.ptr[i]))
			return false;
		letters += isupper((unsigned char)line.ptr[i]) != 0;
		digits += isdigit((unsigned char)line.ptr[i]) != 0;
	}
	return letters >= 3 && letters > digits && line.len <= HEADING_MAX_BYTES && !strchr(".,", line.ptr[line.len - 1]);
}

static bool is_cued(const struct plain *plain, struct slice line)
{
	return line.len <= HEADING_MAX_BYTES && line.ptr[line.len - 1] == ':' &&
	       rule_cued_systems(plain->document->rules, line) != 0;
}

/** Length of a list marker with the space after it; 0: none. */
static size_t marker_length(struct slice line)
{
	static const char *const marks[] = { "- ", "* ", "\xe2\x80\xa2", "\xe2\x97\xa6 ", "\xe2\x80\x93 " };
	size_t digits = 0;

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (slice_starts(line, slice_of(marks[i])))
			return strlen(marks[i]);
	while (digits < line.len && digits < 3 && isdigit((unsigned char)line.ptr[digits]))
		digits++;
	if (digits > 0 && digits + 1 < line.len && strchr(".)", line.ptr[digits]) && line.ptr[digits + 1] == ' ')
		return digits + 2;
	return 0;
}

static bool is_fact(const struct plain *plain, struct slice line)
{
	struct slice rest = line, label = slice_cut(&rest, ':');

	return rest.ptr && slice_trim(rest).len > 0 && rule_field_find(plain->document->rules, label);
}

static void add_line(struct plain *plain, struct slice line, uint32_t number)
{
	if (plain->lines++ == 0)
		plain->line = number;
	else
		buf_append_char(&plain->paragraph, '\n');
	buf_append(&plain->paragraph, line);
}

/** What follows an item without indentation is no part of it. */
static bool leaves_item(const struct plain *plain, struct slice raw)
{
	return plain->kind == BLOCK_ITEM && raw.len > 0 && !isspace((unsigned char)raw.ptr[0]);
}

static void read_line(struct plain *plain, struct slice raw, uint32_t number)
{
	struct slice line = slice_trim(raw);
	size_t marker = marker_length(line);
	unsigned level = underline_level(line);

	if (leaves_item(plain, raw))
		flush(plain);
	if (line.len == 0) {
		flush(plain);
		return;
	}
	if (level > 0 && plain->lines == 1) {
		add_heading(plain, buf_slice(&plain->paragraph), level, plain->line);
		buf_reset(&plain->paragraph);
		plain->lines = 0;
		return;
	}
	if (marker > 0) {
		flush(plain);
		plain->kind = BLOCK_ITEM;
		add_line(plain, slice_trim(slice_from(line, marker)), number);
		return;
	}
	if (plain->lines == 0 && (is_capitals(line) || is_cued(plain, line))) {
		add_heading(plain, line, plain->document->first ? 2 : 1, number);
		return;
	}
	if (is_fact(plain, line)) {
		flush(plain);
		text_add(plain->document, BLOCK_TEXT, line, number);
		return;
	}
	add_line(plain, line, number);
}

bool text_read_plain(struct text_document *document, struct slice text, uint32_t first_line, struct error *err)
{
	struct plain plain = { .document = document, .kind = BLOCK_TEXT };
	uint32_t number = first_line;

	buf_init(&plain.paragraph, PARAGRAPH_MAX_BYTES);
	for (; text.ptr && text.len > 0; number++)
		read_line(&plain, slice_cut(&text, '\n'), number);
	flush(&plain);
	document->full = document->full || plain.paragraph.failed;
	buf_free(&plain.paragraph);
	return !document->full || error_set(err, ERROR_LIMIT, "", "more text than one document may have");
}
