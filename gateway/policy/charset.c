/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes to UTF-8: byte order mark, then valid UTF-8 as it is, then what was declared, then Windows-1252, which most undeclared
 * pages are. */
#include <errno.h>
#include <iconv.h>
#include <string.h>
#include <strings.h>

#include "policy/text.h"

#define DECLARATION_WITHIN 1024u

/** The charset in `<meta charset=…>` or `<meta … content="…; charset=…">`. */
static struct slice declared_in(struct slice bytes)
{
	struct slice word = SLICE("charset=");

	if (bytes.len > DECLARATION_WITHIN)
		bytes.len = DECLARATION_WITHIN;
	for (size_t at = 0; at + word.len < bytes.len; at++) {
		struct slice rest = slice_from(bytes, at);
		if (!slice_equal_nocase((struct slice){ rest.ptr, word.len }, word))
			continue;
		rest = slice_from(rest, word.len);
		while (rest.len > 0 && strchr("\"' ", rest.ptr[0]))
			rest = slice_from(rest, 1);
		size_t length = 0;
		while (length < rest.len && !strchr("\"' ;/>\r\n", rest.ptr[length]))
			length++;
		return (struct slice){ rest.ptr, length };
	}
	return SLICE_NONE;
}

/** Bytes that mean nothing in `converter`'s charset become U+FFFD, so that one of them does not lose the page. */
static bool convert(iconv_t converter, struct slice bytes, struct buf *out)
{
	char *in = (char *)bytes.ptr;
	size_t left = bytes.len;

	while (left > 0 && !out->failed) {
		if (!buf_reserve(out, left + 64))
			return false;
		char *to = out->ptr + out->len;
		size_t room = out->capacity - out->len, before = room;
		size_t done = iconv(converter, &in, &left, &to, &room);
		out->len += before - room;
		if (done != (size_t)-1 || errno == E2BIG)
			continue;
		buf_append(out, SLICE("\xef\xbf\xbd"));
		in++, left--;
	}
	return !out->failed;
}

static bool convert_from(struct arena *arena, const char *charset, struct slice bytes, struct slice *out)
{
	iconv_t converter = iconv_open("UTF-8", charset);
	struct buf buf;
	bool done;

	if (converter == (iconv_t)-1)
		return false;
	buf_init(&buf, 4 * (size_t)POLICY_DOCUMENT_MAX_BYTES);
	done = convert(converter, bytes, &buf);
	iconv_close(converter);
	if (done)
		*out = arena_copy(arena, buf_slice(&buf));
	buf_free(&buf);
	return done && out->ptr;
}

static bool convert_declared(struct arena *arena, struct slice charset, struct slice bytes, struct slice *out)
{
	char name[64];

	if (!charset.ptr || charset.len == 0 || charset.len >= sizeof(name))
		return false;
	memcpy(name, charset.ptr, charset.len);
	name[charset.len] = '\0';
	/* WHATWG: what is labelled Latin-1 or ASCII is read as Windows-1252; what is not UTF-8 is not made so by a label. */
	if (strcasecmp(name, "utf-8") == 0 || strcasecmp(name, "utf8") == 0)
		return false;
	if (strcasecmp(name, "iso-8859-1") == 0 || strcasecmp(name, "us-ascii") == 0)
		return convert_from(arena, "CP1252", bytes, out);
	return convert_from(arena, name, bytes, out);
}

bool text_to_utf8(struct arena *arena, struct slice bytes, struct slice charset, struct slice *out, struct error *err)
{
	if (slice_starts(bytes, SLICE("\xef\xbb\xbf")))
		bytes = slice_from(bytes, 3);
	*out = bytes;
	if (slice_starts(bytes, SLICE("\xff\xfe")) || slice_starts(bytes, SLICE("\xfe\xff")))
		return convert_from(arena, "UTF-16", bytes, out) || error_memory(err);
	if (slice_utf8_invalid(bytes) == SIZE_MAX)
		return true;
	return convert_declared(arena, charset, bytes, out) || convert_declared(arena, declared_in(bytes), bytes, out) ||
	       convert_from(arena, "CP1252", bytes, out) || error_memory(err);
}
