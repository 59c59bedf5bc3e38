/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/inputs.h"

#include <string.h>

#define MANIFEST_MAX_BYTES (64u << 20)
#define COLUMNS_MAX 64

struct row {
	struct slice fields[COLUMNS_MAX];
	size_t count;
};

/** One field of RFC 4180 at the start of `*rest`; a quoted one is unescaped in place of a copy. False: an open quote. */
static bool read_field(struct arena *arena, struct slice *rest, struct slice *out)
{
	size_t end = 0, length = 0;

	if (rest->len == 0 || rest->ptr[0] != '"') {
		while (end < rest->len && rest->ptr[end] != ',' && rest->ptr[end] != '\n')
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

static bool read_row(struct arena *arena, struct slice *rest, struct row *row)
{
	row->count = 0;
	for (;;) {
		if (row->count == COLUMNS_MAX || !read_field(arena, rest, &row->fields[row->count++]))
			return false;
		while (rest->len > 0 && rest->ptr[0] == '\r')
			*rest = slice_from(*rest, 1);
		if (rest->len == 0)
			return true;
		char separator = rest->ptr[0];
		if (separator != ',' && separator != '\n')
			return false;
		*rest = slice_from(*rest, 1);
		if (separator == '\n')
			return true;
	}
}

static size_t column(const struct row *header, struct slice name)
{
	size_t i = 0;

	while (i < header->count && !slice_equal_nocase(header->fields[i], name))
		i++;
	return i;
}

static struct slice field(const struct row *row, size_t index)
{
	return index < row->count && row->fields[index].len ? row->fields[index] : SLICE_NONE;
}

static bool malformed(struct error *err, const char *path, size_t line, const char *what)
{
	char place[256];

	snprintf(place, sizeof(place), "%.200s:%zu", path, line);
	error_set(err, ERROR_SYNTAX, place, "%s", what);
	return error_hint(err, "a manifest is CSV with a first row that names the columns file, system and code");
}

static bool add_row(struct arena *arena, struct inputs *inputs, const char *path, struct input input, struct error *err)
{
	const char *slash = strrchr(path, '/');
	size_t before = inputs->count;

	if (slash && input.path[0] != '/')
		input.path = arena_printf(arena, "%.*s/%s", (int)(slash - path), path, input.path).ptr;
	if (!input.path)
		return error_memory(err);
	if (!inputs_add_path(arena, inputs, input.path, err))
		return false;
	for (size_t i = before; i < inputs->count; i++) {
		inputs->items[i].system = input.system;
		inputs->items[i].code = input.code;
	}
	return true;
}

bool inputs_add_manifest(struct arena *arena, struct inputs *inputs, const char *path, struct error *err)
{
	struct slice rest;
	struct row header, row;

	if (!file_read(arena, path, MANIFEST_MAX_BYTES, &rest, err))
		return false;
	if (!read_row(arena, &rest, &header))
		return malformed(err, path, 1, "not a CSV row");
	size_t file = column(&header, SLICE("file")), system = column(&header, SLICE("system")),
	       code = column(&header, SLICE("code"));
	if (file == header.count)
		return malformed(err, path, 1, "no column is named file");
	for (size_t line = 2; rest.len > 0; line++) {
		if (!read_row(arena, &rest, &row))
			return malformed(err, path, line, "not a CSV row");
		if (row.count == 1 && row.fields[0].len == 0)
			continue;
		if (!field(&row, file).ptr)
			return malformed(err, path, line, "the file column is empty");
		struct input input = { arena_cstr(arena, field(&row, file)), field(&row, system), field(&row, code) };
		if (!input.path)
			return error_memory(err);
		if (!add_row(arena, inputs, path, input, err))
			return false;
	}
	return true;
}
