/* SPDX-License-Identifier: Apache-2.0 */
#include "cannula/base.h"

#include <string.h>

struct slice slice_of(const char *text)
{
	return text ? (struct slice){ text, strlen(text) } : SLICE_NONE;
}

bool slice_equal(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static unsigned char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c + ('a' - 'A')) : (unsigned char)c;
}

bool slice_equal_nocase(struct slice a, struct slice b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (lower(a.ptr[i]) != lower(b.ptr[i]))
			return false;
	return true;
}

int slice_compare(struct slice a, struct slice b)
{
	size_t shared = a.len < b.len ? a.len : b.len;
	int order = shared ? memcmp(a.ptr, b.ptr, shared) : 0;

	if (order != 0)
		return order;
	return (a.len > b.len) - (a.len < b.len);
}

bool slice_starts(struct slice s, struct slice prefix)
{
	return s.len >= prefix.len && slice_equal((struct slice){ s.ptr, prefix.len }, prefix);
}

bool slice_ends(struct slice s, struct slice suffix)
{
	return s.len >= suffix.len && slice_equal(slice_from(s, s.len - suffix.len), suffix);
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct slice slice_trim(struct slice s)
{
	while (s.len > 0 && is_space(s.ptr[0]))
		s = slice_from(s, 1);
	while (s.len > 0 && is_space(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

struct slice slice_from(struct slice s, size_t offset)
{
	ASSERT(offset <= s.len);
	if (offset == 0)
		return s;
	return (struct slice){ s.ptr + offset, s.len - offset };
}

size_t slice_find(struct slice s, struct slice needle)
{
	const char *found = NULL;

	if (needle.len == 1 && s.len > 0)
		found = memchr(s.ptr, needle.ptr[0], s.len);
	else if (s.len >= needle.len && s.ptr)
		found = memmem(s.ptr, s.len, needle.ptr, needle.len);
	return found ? (size_t)(found - s.ptr) : SIZE_MAX;
}

struct slice slice_cut(struct slice *rest, char separator)
{
	const char *found = rest->len ? memchr(rest->ptr, separator, rest->len) : NULL;
	struct slice head = *rest;

	if (!found) {
		*rest = SLICE_NONE;
		return head;
	}
	head.len = (size_t)(found - rest->ptr);
	*rest = slice_from(*rest, head.len + 1);
	return head;
}

/** Length of the valid sequence at `at`, or 0. RFC 3629 section 4. */
static size_t utf8_sequence(const unsigned char *at, size_t left)
{
	static const struct {
		unsigned char first_low, first_high, second_low, second_high, length;
	} forms[] = {
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		if (at[0] < forms[i].first_low || at[0] > forms[i].first_high)
			continue;
		if (left < forms[i].length || at[1] < forms[i].second_low || at[1] > forms[i].second_high)
			return 0;
		for (size_t k = 2; k < forms[i].length; k++)
			if ((at[k] & 0xc0) != 0x80)
				return 0;
		return forms[i].length;
	}
	return 0;
}

size_t slice_utf8_invalid(struct slice s)
{
	const unsigned char *bytes = (const unsigned char *)s.ptr;
	size_t i = 0;

	while (i < s.len) {
		uint64_t eight;

		if (s.len - i >= 8 && (memcpy(&eight, bytes + i, 8), (eight & 0x8080808080808080u) == 0)) {
			i += 8;
			continue;
		}
		if (bytes[i] < 0x80) {
			i++;
			continue;
		}
		size_t length = utf8_sequence(bytes + i, s.len - i);
		if (length == 0)
			return i;
		i += length;
	}
	return SIZE_MAX;
}

bool slice_to_u64(struct slice s, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;

	if (s.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		unsigned digit = (unsigned char)s.ptr[i] - (unsigned)'0';
		if (digit > 9 || value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	if (value > max)
		return false;
	*out = value;
	return true;
}
