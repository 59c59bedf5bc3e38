/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/inputs.h"

#include <string.h>

#define MANIFEST_MAX_BYTES (64u << 20)

static size_t column(const struct csv_row *header, struct slice name)
{
	size_t i = 0;

	while (i < header->count && !slice_equal_nocase(header->fields[i], name))
		i++;
	return i;
}

static struct slice field(const struct csv_row *row, size_t index)
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
	struct csv_row header = { 0 }, row = { 0 };

	if (!file_read(arena, path, MANIFEST_MAX_BYTES, &rest, err))
		return false;
	if (!csv_row_read(arena, &rest, ',', &header))
		return malformed(err, path, 1, "not a CSV row");
	size_t file = column(&header, SLICE("file")), system = column(&header, SLICE("system")),
	       code = column(&header, SLICE("code"));
	if (file == header.count)
		return malformed(err, path, 1, "no column is named file");
	for (size_t line = 2; rest.len > 0; line++) {
		if (!csv_row_read(arena, &rest, ',', &row))
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
