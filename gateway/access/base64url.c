/* SPDX-License-Identifier: Apache-2.0 */
#include "access/base64url.h"

static int digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '-' ? 62 : c == '_' ? 63 : -1;
}

bool base64url_decode(struct arena *arena, struct slice text, struct slice *out)
{
	unsigned char *bytes = text.len % 4 == 1 ? NULL : arena_alloc(arena, text.len / 4 * 3 + 3);
	uint32_t bits = 0;
	unsigned held = 0;
	size_t len = 0;

	if (!bytes)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		int value = digit(text.ptr[i]);
		if (value < 0)
			return false;
		bits = bits << 6 | (uint32_t)value;
		held += 6;
		if (held < 8)
			continue;
		held -= 8;
		bytes[len++] = (unsigned char)(bits >> held);
		bits &= (1u << held) - 1;
	}
	*out = (struct slice){ (const char *)bytes, len };
	return bits == 0;
}
