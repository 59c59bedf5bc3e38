/* SPDX-License-Identifier: Apache-2.0 */
/* Text in XML 1.0 and in HTML. */
#include "cannula/base.h"

#include <ctype.h>

#define REPLACEMENT_CHARACTER SLICE("\xef\xbf\xbd")

static const struct {
	char character;
	struct slice reference;
} references[] = {
	{ '&', { "&amp;", 5 } },  { '<', { "&lt;", 4 } },   { '>', { "&gt;", 4 } },
	{ '"', { "&quot;", 6 } }, { '\'', { "&#39;", 5 } },
};

/** Where markup_plain stops; 0xef begins U+FFFE and U+FFFF. */
static const bool stops[256] = {
	[0 ... 0x1f] = true, ['&'] = true, ['<'] = true, ['>'] = true, ['"'] = true, [0xef] = true,
};

size_t markup_plain(struct slice text)
{
	size_t len = 0;

	while (len < text.len && !stops[(unsigned char)text.ptr[len]])
		len++;
	return len;
}

struct slice markup_reference(char c)
{
	for (size_t i = 0; i < ARRAY_SIZE(references); i++)
		if (references[i].character == c)
			return references[i].reference;
	return SLICE_NONE;
}

size_t markup_character(struct slice text, char *c)
{
	for (size_t i = 0; text.len > 0 && text.ptr[0] == '&' && i < ARRAY_SIZE(references); i++) {
		if (!slice_starts(text, references[i].reference))
			continue;
		*c = references[i].character;
		return references[i].reference.len;
	}
	return 0;
}

size_t markup_forbidden(struct slice text)
{
	unsigned char c = text.len > 0 ? (unsigned char)text.ptr[0] : ' ';

	if (c < 0x20)
		return c != '\t' && c != '\n' && c != '\r';
	return slice_starts(text, SLICE("\xef\xbf\xbe")) || slice_starts(text, SLICE("\xef\xbf\xbf")) ? 3 : 0;
}

void markup_append(struct buf *buf, struct slice text)
{
	while (text.len > 0) {
		size_t plain = markup_plain(text), forbidden;

		buf_append(buf, (struct slice){ text.ptr, plain });
		text = slice_from(text, plain);
		if (text.len == 0)
			return;
		forbidden = markup_forbidden(text);
		struct slice reference = forbidden ? REPLACEMENT_CHARACTER : markup_reference(text.ptr[0]);
		buf_append(buf, reference.ptr ? reference : (struct slice){ text.ptr, 1 });
		text = slice_from(text, forbidden ? forbidden : 1);
	}
}

/* ---- text out of markup ---- */

/** Length of the tag, or of the comment, that `markup` begins with. */
static size_t tag_length(struct slice markup)
{
	char quote = 0;
	size_t end;

	if (slice_starts(markup, SLICE("<!--"))) {
		end = slice_find(markup, SLICE("-->"));
		return end == SIZE_MAX ? markup.len : end + 3;
	}
	for (size_t i = 1; i < markup.len; i++) {
		char c = markup.ptr[i];
		if (!quote && c == '>')
			return i + 1;
		if (c == quote)
			quote = 0;
		else if (!quote && (c == '"' || c == '\''))
			quote = c;
	}
	return markup.len;
}

/** The number of "#8211" or "#x2013"; 0: it is none that stands for a character. */
static uint32_t reference_point(struct slice name)
{
	bool is_hexadecimal = slice_starts(name, SLICE("#x"));
	uint32_t point = 0;

	if (!slice_starts(name, SLICE("#")))
		return 0;
	for (size_t i = is_hexadecimal ? 2 : 1; i < name.len; i++) {
		char c = name.ptr[i], small = (char)(c | 0x20);
		bool is_letter = is_hexadecimal && small >= 'a' && small <= 'f';
		if (!is_letter && (c < '0' || c > '9'))
			return 0;
		point = point * (is_hexadecimal ? 16 : 10) + (uint32_t)(is_letter ? small - 'a' + 10 : c - '0');
		if (point > 0x10ffff)
			return 0;
	}
	return point >= 0xd800 && point < 0xe000 ? 0 : point;
}

static void append_point(struct buf *buf, uint32_t point)
{
	static const unsigned char leads[] = { 0, 0xc0, 0xe0, 0xf0 };
	int more = point < 0x80 ? 0 : point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;

	buf_append_char(buf, (char)(leads[more] | point >> 6 * more));
	while (more-- > 0)
		buf_append_char(buf, (char)(0x80 | (point >> 6 * more & 0x3f)));
}

/** How much of the start of `text` can be the name of a reference. */
static size_t name_length(struct slice text)
{
	size_t len = 0;

	while (len < text.len && (isalnum((unsigned char)text.ptr[len]) || text.ptr[len] == '#'))
		len++;
	return len;
}

/** Appends what the reference at the start of `markup` stands for; its length. */
static size_t append_reference(struct buf *buf, struct slice markup)
{
	struct slice name = slice_from(markup, 1);
	char c;
	size_t length = markup_character(markup, &c);

	if (length) {
		buf_append_char(buf, c);
		return length;
	}
	size_t end = name_length(name);
	bool is_reference = end < name.len && name.ptr[end] == ';';
	uint32_t point = is_reference ? reference_point((struct slice){ name.ptr, end }) : 0;
	append_point(buf, point ? point : ' ');
	return is_reference ? 1 + end + 1 : 1;
}

void markup_text(struct buf *buf, struct slice markup)
{
	while (markup.len > 0) {
		size_t plain = 0;
		while (plain < markup.len && markup.ptr[plain] != '<' && markup.ptr[plain] != '&')
			plain++;
		buf_append(buf, (struct slice){ markup.ptr, plain });
		markup = slice_from(markup, plain);
		if (markup.len > 0 && markup.ptr[0] == '<') {
			buf_append_char(buf, ' ');
			markup = slice_from(markup, tag_length(markup));
		} else if (markup.len > 0) {
			markup = slice_from(markup, append_reference(buf, markup));
		}
	}
}
