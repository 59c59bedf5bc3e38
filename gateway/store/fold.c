/* SPDX-License-Identifier: Apache-2.0 */
#include "store/fold.h"

#include <string.h>

/* U+00C0 to U+017F in steps of one character; what has no base letter in ASCII is written in two, or kept (NULL). */
static const char *const latin[0x180 - 0xc0] = {
	"a", "a", "a",  "a",  "a", "a", "ae", "c",  "e", "e", "e", "e", "i", "i", "i",  "i",  /* 00C0 */
	"d", "n", "o",  "o",  "o", "o", "o",  NULL, "o", "u", "u", "u", "u", "y", "th", "ss", /* 00D0 */
	"a", "a", "a",  "a",  "a", "a", "ae", "c",  "e", "e", "e", "e", "i", "i", "i",  "i",  /* 00E0 */
	"d", "n", "o",  "o",  "o", "o", "o",  NULL, "o", "u", "u", "u", "u", "y", "th", "y",  /* 00F0 */
	"a", "a", "a",  "a",  "a", "a", "c",  "c",  "c", "c", "c", "c", "c", "c", "d",  "d",  /* 0100 */
	"d", "d", "e",  "e",  "e", "e", "e",  "e",  "e", "e", "e", "e", "g", "g", "g",  "g",  /* 0110 */
	"g", "g", "g",  "g",  "h", "h", "h",  "h",  "i", "i", "i", "i", "i", "i", "i",  "i",  /* 0120 */
	"i", "i", "ij", "ij", "j", "j", "k",  "k",  "k", "l", "l", "l", "l", "l", "l",  "l",  /* 0130 */
	"l", "l", "l",  "n",  "n", "n", "n",  "n",  "n", "n", "n", "n", "o", "o", "o",  "o",  /* 0140 */
	"o", "o", "oe", "oe", "r", "r", "r",  "r",  "r", "r", "s", "s", "s", "s", "s",  "s",  /* 0150 */
	"s", "s", "t",  "t",  "t", "t", "t",  "t",  "u", "u", "u", "u", "u", "u", "u",  "u",  /* 0160 */
	"u", "u", "u",  "u",  "w", "w", "y",  "y",  "y", "z", "z", "z", "z", "z", "z",  "s",  /* 0170 */
};

struct folder {
	char *out;
	size_t len;
	bool wants_space;
};

static void put_space(struct folder *folder)
{
	if (folder->wants_space && folder->len > 0)
		folder->out[folder->len++] = ' ';
	folder->wants_space = false;
}

static void put_bytes(struct folder *folder, const char *bytes, size_t length)
{
	put_space(folder);
	memcpy(folder->out + folder->len, bytes, length);
	folder->len += length;
}

/** Length of the UTF-8 sequence at `at`, at most `left`. Text was checked on entry; a stray byte passes as it is. */
static size_t sequence_length(const unsigned char *at, size_t left)
{
	size_t length = *at >= 0xf0 ? 4 : *at >= 0xe0 ? 3 : *at >= 0xc0 ? 2 : 1;

	return length <= left ? length : 1;
}

static void fold_ascii(struct folder *folder, char c)
{
	if (c >= 'A' && c <= 'Z')
		c = (char)(c - 'A' + 'a');
	if ((c < 'a' || c > 'z') && (c < '0' || c > '9')) {
		folder->wants_space = true;
		return;
	}
	put_space(folder);
	folder->out[folder->len++] = c;
}

/** Greek and Cyrillic capitals stand at fixed distances from their small letters. */
static uint32_t small_letter(uint32_t c)
{
	if ((c >= 0x391 && c <= 0x3a9) || (c >= 0x410 && c <= 0x42f))
		return c + 32;
	return c >= 0x400 && c <= 0x40f ? c + 80 : c;
}

static void fold_two(struct folder *folder, const unsigned char *at)
{
	uint32_t c = (uint32_t)(at[0] & 0x1f) << 6 | (at[1] & 0x3f);

	if ((c >= 0x300 && c <= 0x36f) || c == 0xad) /* combining marks, soft hyphen */
		return;
	if (c == 0xa0 || c == 0xab || c == 0xbb) { /* no-break space, angle quotes */
		folder->wants_space = true;
		return;
	}
	if (c >= 0xc0 && c < 0x180 && latin[c - 0xc0]) {
		put_bytes(folder, latin[c - 0xc0], strlen(latin[c - 0xc0]));
		return;
	}
	c = small_letter(c);
	put_bytes(folder, (char[]){ (char)(0xc0 | c >> 6), (char)(0x80 | (c & 0x3f)) }, 2);
}

static void fold_long(struct folder *folder, const unsigned char *at, size_t length)
{
	/* U+2000 to U+206F: dashes, quotes, spaces. */
	if (length == 3 && at[0] == 0xe2 && (at[1] == 0x80 || at[1] == 0x81)) {
		folder->wants_space = true;
		return;
	}
	put_bytes(folder, (const char *)at, length);
}

struct slice fold_text(struct arena *arena, struct slice text)
{
	/* Nothing grows but a space before each character, which stands for at least one that was taken. */
	struct folder folder = { .out = arena_alloc(arena, text.len + 1) };

	if (!folder.out)
		return SLICE_NONE;
	for (size_t i = 0; i < text.len;) {
		const unsigned char *at = (const unsigned char *)text.ptr + i;
		size_t length = sequence_length(at, text.len - i);
		if (length == 1 && *at < 0x80)
			fold_ascii(&folder, (char)*at);
		else if (length == 2)
			fold_two(&folder, at);
		else
			fold_long(&folder, at, length);
		i += length;
	}
	return (struct slice){ folder.out, folder.len };
}

struct slice fold_token(struct arena *arena, struct slice text)
{
	struct slice copy = arena_copy(arena, text);
	char *bytes = (char *)copy.ptr;

	for (size_t i = 0; bytes && i < copy.len; i++)
		if (bytes[i] >= 'A' && bytes[i] <= 'Z')
			bytes[i] = (char)(bytes[i] - 'A' + 'a');
	return copy;
}
