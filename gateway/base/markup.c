/* SPDX-License-Identifier: Apache-2.0 */
/* Text in XML 1.0 and in HTML. */
#include "cannula/base.h"

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
