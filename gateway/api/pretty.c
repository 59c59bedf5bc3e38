/* SPDX-License-Identifier: Apache-2.0 */
#include "api/pretty.h"

static void line(struct buf *buf, size_t depth)
{
	buf_append_char(buf, '\n');
	for (size_t i = 0; i < depth; i++)
		buf_append(buf, SLICE("  "));
}

/** Length of the string that starts at its quote, or of what is left. */
static size_t string_length(struct slice json)
{
	size_t i = 1;

	while (i < json.len && json.ptr[i] != '"')
		i += json.ptr[i] == '\\' ? 2 : 1;
	return i < json.len ? i + 1 : json.len;
}

static bool is_one_of(struct slice json, size_t at, char a, char b)
{
	return at < json.len && (json.ptr[at] == a || json.ptr[at] == b);
}

void pretty_json(struct buf *buf, struct slice json)
{
	size_t depth = 0;

	for (size_t i = 0; i < json.len && !buf->failed; i++) {
		char c = json.ptr[i];
		if (c == '"') {
			struct slice string = { json.ptr + i, string_length(slice_from(json, i)) };
			buf_append(buf, string);
			i += string.len - 1;
			continue;
		}
		if ((c == '}' || c == ']') && depth > 0 && i > 0 && !is_one_of(json, i - 1, '{', '['))
			line(buf, depth - 1);
		if ((c == '}' || c == ']') && depth > 0)
			depth--;
		buf_append_char(buf, c);
		if (c == '{' || c == '[')
			depth++;
		if (c == ',' || ((c == '{' || c == '[') && !is_one_of(json, i + 1, '}', ']')))
			line(buf, depth);
		if (c == ':')
			buf_append_char(buf, ' ');
	}
}
