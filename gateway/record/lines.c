/* SPDX-License-Identifier: Apache-2.0 */
#include "record/lines.h"
#include "record/fold.h"

#define TAB_COLUMNS 8
#define NUMBER_MAX 9999

static bool refuse(struct slice bytes, const char *name, size_t offset, const char *what, struct error *err)
{
	char place[sizeof(err->place)];
	size_t line = 1, column = 1;

	for (size_t i = 0; i < offset; i++) {
		bool ends = bytes.ptr[i] == '\n' || (bytes.ptr[i] == '\r' && bytes.ptr[i + 1] != '\n');
		line += ends;
		column = ends ? 1 : column + (((unsigned char)bytes.ptr[i] & 0xc0) != 0x80);
	}
	snprintf(place, sizeof(place), "%.200s:%zu:%zu", name, line, column);
	return error_set(err, ERROR_SYNTAX, place, "%s (byte %zu is 0x%02x)", what, offset + 1, (unsigned char)bytes.ptr[offset]);
}

/** Offset of the first control character or noncharacter that no text has, or SIZE_MAX. */
static size_t find_binary(struct slice bytes)
{
	for (size_t i = 0; i < bytes.len; i++) {
		unsigned char c = (unsigned char)bytes.ptr[i];
		if (c >= 0x20 && c < 0x7f)
			continue;
		bool control = (c < 0x20 && (c < '\t' || c > '\r')) || c == 0x7f;
		if (control || (c == 0xef && markup_forbidden(slice_from(bytes, i))))
			return i;
	}
	return SIZE_MAX;
}

static bool check_text(struct slice bytes, const char *name, struct error *err)
{
	if (bytes.len > RECORD_PAGE_MAX_BYTES) {
		error_set(err, ERROR_LIMIT, name, "the page has %zu bytes, more than %u", bytes.len, RECORD_PAGE_MAX_BYTES);
		return error_hint(err, "a page describes one procedure; split the file");
	}
	size_t invalid = slice_utf8_invalid(bytes);
	if (invalid != SIZE_MAX) {
		refuse(bytes, name, invalid, "the page is not UTF-8 text", err);
		return error_hint(err, "convert it first, for example: iconv -f WINDOWS-1252 -t UTF-8");
	}
	size_t binary = find_binary(bytes);
	if (binary == SIZE_MAX)
		return true;
	refuse(bytes, name, binary, "the page is not text: it has a control character", err);
	return error_hint(err, "give the page as plain text");
}

static inline bool ends_line(char c)
{
	return (unsigned char)c <= '\r' && (c == '\n' || c == '\r');
}

/** The next line without its end; CR LF, LF and CR end lines. */
static struct slice next_line(struct slice *rest)
{
	size_t len = 0;

	while (len < rest->len && !ends_line(rest->ptr[len]))
		len++;
	struct slice line = { rest->ptr, len };
	bool pair = len + 1 < rest->len && rest->ptr[len] == '\r' && rest->ptr[len + 1] == '\n';
	*rest = len == rest->len ? SLICE_NONE : slice_from(*rest, len + (pair ? 2 : 1));
	return line;
}

static uint32_t indent_of(struct slice line, struct slice text)
{
	uint32_t columns = 0;

	for (size_t offset = 0; offset < (size_t)(text.ptr - line.ptr);)
		columns = record_next_char(line, &offset) == '\t' ? (columns / TAB_COLUMNS + 1) * TAB_COLUMNS : columns + 1;
	return columns;
}

/** Whether a mark that ends at `end` stands alone there. */
static bool mark_ends(const struct record_rules *rules, struct slice text, size_t end)
{
	return end == text.len || record_is_space(rules, record_next_char(text, &end));
}

static size_t match_bullet(const struct record_rules *rules, struct slice text)
{
	for (size_t i = 0; i < rules->bullets.count; i++) {
		struct slice bullet = rules->bullets.items[i];
		if (bullet.len > 0 && slice_starts(text, bullet) && mark_ends(rules, text, bullet.len))
			return bullet.len;
	}
	return 0;
}

static size_t digits_at(struct slice text, size_t offset)
{
	size_t count = 0;

	while (offset + count < text.len && text.ptr[offset + count] >= '0' && text.ptr[offset + count] <= '9')
		count++;
	return count;
}

/** Matches "Step #:" and the like: letters in any case, one `#` that stands for digits. */
static size_t match_number(const struct record_rules *rules, struct slice form, struct slice text, uint32_t *number)
{
	size_t hash = slice_find(form, SLICE("#"));
	uint64_t value;

	if (hash == SIZE_MAX || text.len < hash ||
	    !slice_equal_nocase((struct slice){ form.ptr, hash }, (struct slice){ text.ptr, hash }))
		return 0;
	size_t digits = digits_at(text, hash);
	if (!slice_to_u64((struct slice){ text.ptr + hash, digits }, NUMBER_MAX, &value))
		return 0;
	struct slice after = slice_from(form, hash + 1);
	if (!slice_starts(slice_from(text, hash + digits), after) || !mark_ends(rules, text, hash + digits + after.len))
		return 0;
	*number = (uint32_t)value;
	return hash + digits + after.len;
}

static void find_marker(const struct record_rules *rules, struct record_text_line *line)
{
	size_t len = match_bullet(rules, line->text);

	line->marker = len > 0 ? RECORD_MARKER_BULLET : RECORD_MARKER_NONE;
	for (size_t i = 0; len == 0 && i < rules->numbers.count; i++) {
		len = match_number(rules, rules->numbers.items[i], line->text, &line->number);
		line->marker = len > 0 ? RECORD_MARKER_NUMBER : RECORD_MARKER_NONE;
	}
	line->body = record_trim(rules, slice_from(line->text, len));
}

static bool add_line(const struct record_rules *rules, struct slice line, uint32_t number, bool blank_before,
		     struct record_text_lines *out)
{
	struct slice text = record_trim(rules, line);

	if (text.len == 0)
		return false;
	struct record_text_line *added = &out->items[out->count++];
	*added = (struct record_text_line){ .line = number, .text = text, .blank_before = blank_before };
	added->indent = indent_of(line, text);
	find_marker(rules, added);
	added->column = (uint32_t)record_char_count((struct slice){ line.ptr, (size_t)(added->body.ptr - line.ptr) }) + 1;
	return true;
}

static size_t count_lines(struct slice bytes)
{
	size_t count = 0;

	for (struct slice rest = bytes; rest.ptr; count++)
		(void)next_line(&rest);
	return count;
}

bool record_lines_split(struct arena *arena, const struct record_rules *rules, const char *name, struct slice bytes,
			struct record_text_lines *out, struct error *err)
{
	bool blank_before = true;
	uint32_t number = 0;

	*out = (struct record_text_lines){ 0 };
	if (!check_text(bytes, name, err))
		return false;
	size_t count = count_lines(bytes);
	if (count > RECORD_PAGE_MAX_LINES)
		return error_set(err, ERROR_LIMIT, name, "the page has %zu lines, more than %u", count, RECORD_PAGE_MAX_LINES);
	out->items = arena_new_array(arena, struct record_text_line, count + 1);
	if (!out->items)
		return error_memory(err);
	for (struct slice rest = bytes; rest.ptr;) {
		struct slice line = next_line(&rest);
		number++;
		if (line.len > RECORD_LINE_MAX_BYTES)
			return error_set(err, ERROR_LIMIT, name, "line %u has %zu bytes, more than %u", number, line.len,
					 RECORD_LINE_MAX_BYTES);
		blank_before = !add_line(rules, line, number, blank_before, out);
	}
	return true;
}
