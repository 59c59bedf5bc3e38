/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/source_mark.h"

#include <sys/stat.h>

#define DIRECTORY "%.*s/sources"

bool source_mark_set(struct arena *arena, struct slice data, struct slice source, struct error *err)
{
	struct slice directory = arena_printf(arena, DIRECTORY, SLICE_ARG(data));
	struct slice path = arena_printf(arena, DIRECTORY "/%.*s", SLICE_ARG(data), SLICE_ARG(source));

	if (!directory.ptr || !path.ptr)
		return error_memory(err);
	return file_make_dir(directory.ptr, 0700, err) && file_write(path.ptr, SLICE(""), 0600, err);
}

uint64_t source_mark_time(struct arena *arena, struct slice data, struct slice source)
{
	struct slice path = arena_printf(arena, DIRECTORY "/%.*s", SLICE_ARG(data), SLICE_ARG(source));
	struct stat found;

	return path.ptr && stat(path.ptr, &found) == 0 && found.st_mtime > 0 ? (uint64_t)found.st_mtime : 0;
}
