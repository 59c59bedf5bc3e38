/* SPDX-License-Identifier: Apache-2.0 */
#include "cannula/base.h"

#include <string.h>

/** One field at the start of `*rest`; a quoted one without its quotes. False: an open quote, or no memory. */
static bool read_field(struct arena *arena, struct slice *rest, char separator, struct slice *out)
{
	size_t end = 0, length = 0;

	if (rest->len == 0 || rest->ptr[0] != '"') {
		while (end < rest->len && rest->ptr[end] != separator && rest->ptr[end] != '\n')
			end++;
		*out = slice_trim((struct slice){ rest->ptr, end });
		*rest = slice_from(*rest, end);
		return true;
	}
	char *text = arena_alloc(arena, rest->len);
	for (end = 1; text && end < rest->len; end++) {
		if (rest->ptr[end] == '"' && (end + 1 == rest->len || rest->ptr[end + 1] != '"'))
			break;
		end += rest->ptr[end] == '"';
		text[length++] = rest->ptr[end];
	}
	if (!text || end >= rest->len)
		return false;
	*out = (struct slice){ text, length };
	*rest = slice_from(*rest, end + 1);
	return true;
}

bool csv_row_read(struct arena *arena, struct slice *rest, char separator, struct csv_row *row)
{
	const char *start = rest->ptr;
	bool more = true;

	row->count = 0;
	row->line += row->line_count;
	while (more) {
		if (row->count == CSV_COLUMNS_MAX || !read_field(arena, rest, separator, &row->fields[row->count++]))
			return false;
		while (rest->len > 0 && rest->ptr[0] == '\r')
			*rest = slice_from(*rest, 1);
		more = rest->len > 0 && rest->ptr[0] == separator;
		if (!more && rest->len > 0 && rest->ptr[0] != '\n')
			return false;
		*rest = slice_from(*rest, rest->len > 0);
	}
	row->line_count = 0;
	for (const char *c = start; c < rest->ptr; c++)
		row->line_count += *c == '\n';
	return true;
}
