/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/inputs.h"

#include "cannula/record.h"

#include <errno.h>
#include <fts.h>
#include <string.h>
#include <sys/stat.h>

static bool add(struct arena *arena, struct inputs *inputs, struct input input, struct error *err)
{
	if (inputs->count == inputs->capacity) {
		size_t capacity = inputs->capacity ? inputs->capacity * 2 : 64;
		struct input *grown = arena_new_array(arena, struct input, capacity);
		if (!grown)
			return error_memory(err);
		if (inputs->count)
			memcpy(grown, inputs->items, inputs->count * sizeof(*grown));
		inputs->items = grown;
		inputs->capacity = capacity;
	}
	inputs->items[inputs->count++] = input;
	return true;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static bool add_entry(struct arena *arena, struct inputs *inputs, const FTSENT *entry, struct error *err)
{
	if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR || entry->fts_info == FTS_NS)
		return error_errno(err, entry->fts_errno, entry->fts_path, "read");
	if (entry->fts_info != FTS_F)
		return true;
	if (!slice_ends(slice_of(entry->fts_name), SLICE(RECORD_PAGE_SUFFIX)) &&
	    !record_form_find(inputs->forms, entry->fts_name)) {
		inputs->passed_over++;
		return true;
	}
	char *path = arena_cstr(arena, slice_of(entry->fts_path));
	return path ? add(arena, inputs, (struct input){ .path = path }, err) : error_memory(err);
}

static bool add_directory(struct arena *arena, struct inputs *inputs, const char *path, struct error *err)
{
	char *roots[] = { arena_cstr(arena, slice_of(path)), NULL };
	size_t before = inputs->count;
	bool done = true;

	if (!roots[0])
		return error_memory(err);
	FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	if (!walk)
		return error_errno(err, errno, path, "read");
	for (FTSENT *entry; done && (entry = fts_read(walk));)
		done = add_entry(arena, inputs, entry, err);
	fts_close(walk);
	if (!done || inputs->count > before)
		return done;
	error_set(err, ERROR_SYNTAX, path, "no procedure pages in this directory");
	return error_hint(err, "pages are files named *%s: name the right directory, or the files themselves",
			  RECORD_PAGE_SUFFIX);
}

bool inputs_add_path(struct arena *arena, struct inputs *inputs, const char *path, struct error *err)
{
	struct stat status;

	if (strcmp(path, "-") == 0)
		return add(arena, inputs, (struct input){ .path = path }, err);
	if (stat(path, &status) < 0)
		return error_errno(err, errno, path, "open");
	if (S_ISDIR(status.st_mode))
		return add_directory(arena, inputs, path, err);
	return add(arena, inputs, (struct input){ .path = path }, err);
}
