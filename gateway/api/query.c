/* SPDX-License-Identifier: Apache-2.0 */
#include "api/query.h"

#include <string.h>

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool needs_decoding(struct slice s, bool plus_is_space)
{
	return s.len && (memchr(s.ptr, '%', s.len) || (plus_is_space && memchr(s.ptr, '+', s.len)));
}

/** Decodes into `to`, which has room for `s.len` bytes. SIZE_MAX for a bad escape. */
static size_t decode(struct slice s, bool plus_is_space, char *to)
{
	size_t used = 0;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];
		if (c == '%') {
			int high = i + 2 < s.len ? hex_value(s.ptr[i + 1]) : -1;
			int low = i + 2 < s.len ? hex_value(s.ptr[i + 2]) : -1;
			if (high < 0 || low < 0)
				return SIZE_MAX;
			c = (char)(high * 16 + low);
			i += 2;
		} else if (c == '+' && plus_is_space) {
			c = ' ';
		}
		to[used++] = c;
	}
	return used;
}

bool query_decode(struct arena *arena, struct slice s, bool plus_is_space, struct slice *out, struct error *err)
{
	*out = s;
	if (needs_decoding(s, plus_is_space)) {
		char *to = arena_alloc(arena, s.len);
		if (!to)
			return error_memory(err);
		*out = (struct slice){ to, decode(s, plus_is_space, to) };
	}
	if (out->len == SIZE_MAX)
		return error_set(err, ERROR_SYNTAX, "", "a percent sign must be followed by two hexadecimal digits");
	if (out->len && memchr(out->ptr, '\0', out->len))
		return error_set(err, ERROR_SYNTAX, "", "a NUL character is not allowed");
	if (slice_utf8_invalid(*out) != SIZE_MAX)
		return error_set(err, ERROR_SYNTAX, "", "text must be UTF-8 (before percent-encoding)");
	return true;
}

static bool parameter_parse(struct arena *arena, struct slice piece, struct query_parameter *out, struct error *err)
{
	struct slice value = piece;
	struct slice name = slice_cut(&value, '=');

	if (!query_decode(arena, name, true, &name, err) || !query_decode(arena, value, true, &out->value, err))
		return false;
	if (!out->value.ptr)
		out->value = SLICE("");
	out->modifier = name;
	out->name = slice_cut(&out->modifier, ':');
	if (out->name.len == 0)
		return error_set(err, ERROR_SYNTAX, "", "a parameter has no name");
	return true;
}

static size_t count_pieces(struct slice text)
{
	size_t count = 1;

	for (size_t i = 0; i < text.len; i++)
		count += text.ptr[i] == '&';
	return count;
}

bool query_parse(struct arena *arena, struct slice text, struct query *out, struct error *err)
{
	*out = (struct query){ 0 };
	if (text.len == 0)
		return true;
	if (text.len > QUERY_MAX_BYTES)
		return error_set(err, ERROR_LIMIT, "", "the query is longer than %u bytes", QUERY_MAX_BYTES);
	size_t pieces = count_pieces(text);
	if (pieces > QUERY_MAX_PARAMETERS)
		return error_set(err, ERROR_LIMIT, "", "the query has %zu parameters, more than %u", pieces,
				 QUERY_MAX_PARAMETERS);
	struct query_parameter *items = arena_new_array(arena, struct query_parameter, pieces);
	if (!items)
		return error_memory(err);
	out->items = items;
	while (text.ptr) {
		struct slice piece = slice_cut(&text, '&');
		if (piece.len && !parameter_parse(arena, piece, &items[out->count++], err))
			return false;
	}
	return true;
}

/** Unreserved characters (RFC 3986 section 2.3) and those a query may hold as they are and FHIR uses. */
static bool needs_no_encoding(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c && strchr("-._~:/,$", c));
}

void query_encode(struct buf *buf, struct slice text)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		if (needs_no_encoding(c)) {
			buf_append_char(buf, (char)c);
			continue;
		}
		buf_append(buf, (struct slice){ (char[]){ '%', digits[c >> 4], digits[c & 15] }, 3 });
	}
}

const struct query_parameter *query_find(const struct query *query, struct slice name)
{
	for (size_t i = 0; i < query->count; i++)
		if (!query->items[i].modifier.ptr && slice_equal(query->items[i].name, name))
			return &query->items[i];
	return NULL;
}

size_t query_find_unescaped(struct slice s, char c)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == c)
			return i;
		if (s.ptr[i] == '\\')
			i++;
	}
	return SIZE_MAX;
}

struct slice query_next_value(struct slice *rest)
{
	size_t comma = query_find_unescaped(*rest, ',');
	struct slice value = *rest;

	if (comma == SIZE_MAX) {
		*rest = SLICE_NONE;
		return value;
	}
	value.len = comma;
	*rest = slice_from(*rest, comma + 1);
	return value;
}

struct slice query_unescape(struct arena *arena, struct slice s)
{
	if (s.len == 0 || !memchr(s.ptr, '\\', s.len))
		return s;
	char *to = arena_alloc(arena, s.len);
	size_t used = 0;
	if (!to)
		return SLICE_NONE;
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '\\' && i + 1 < s.len && strchr(",|$\\", s.ptr[i + 1]))
			i++;
		to[used++] = s.ptr[i];
	}
	return (struct slice){ to, used };
}
