/* SPDX-License-Identifier: Apache-2.0 */
/* Other maps that a map imports, found among the assets by the URL in their head. */
#include "map/compile.h"

/** An import may end in "*" and then means every map whose URL begins so. */
static bool url_matches(struct slice pattern, struct slice url)
{
	if (!slice_ends(pattern, SLICE("*")))
		return slice_equal(pattern, url);
	pattern.len--;
	return slice_starts(url, pattern);
}

struct importing {
	struct map_compiler *compiler;
	struct slice url;
	size_t found;
	bool failed;
};

static bool is_loaded(const struct map_compiler *compiler, struct slice url)
{
	for (const struct map_syntax *file = compiler->files; file; file = file->next)
		if (slice_equal(file->url, url))
			return true;
	return false;
}

static void append_file(struct map_compiler *compiler, struct map_syntax *file)
{
	struct map_syntax **end = &compiler->files;

	while (*end)
		end = &(*end)->next;
	*end = file;
}

static bool import_asset(void *context, const char *name, struct slice bytes)
{
	struct importing *importing = context;
	struct map_compiler *compiler = importing->compiler;
	struct map_syntax *file;
	struct slice url;

	if (!slice_ends(slice_of(name), SLICE(".map")))
		return true;
	url = map_parse_url(compiler->scratch, name, bytes);
	if (!url.ptr || !url_matches(importing->url, url))
		return true;
	importing->found++;
	if (is_loaded(compiler, url))
		return true;
	char *kept = arena_cstr(compiler->arena, slice_of(name));
	importing->failed = !kept || !map_parse(compiler->scratch, kept, bytes, &file, compiler->err);
	if (!importing->failed)
		append_file(compiler, file);
	return !importing->failed;
}

/** Reads what the files import; files read on the way are appended, so that their own imports follow. */
bool map_read_imports(struct map_compiler *compiler)
{
	size_t count = 0;

	for (const struct map_syntax *file = compiler->files; file; file = file->next)
		for (const struct map_import *import = file->imports; import; import = import->next) {
			struct importing importing = { .compiler = compiler, .url = import->url.text };

			compiler->file = file->file;
			if (++count > MAP_IMPORTS_MAX)
				return map_fail_at(compiler, &import->url, "more than %u imports", MAP_IMPORTS_MAX);
			asset_each("maps/", import_asset, &importing);
			if (importing.failed)
				return error_memory(compiler->err);
			if (importing.found == 0 &&
			    !map_fail_at(compiler, &import->url, "no map has the URL %.*s", SLICE_ARG(import->url.text)))
				return error_hint(compiler->err,
						  "maps are imported from profiles/maps/ by the URL in their head");
		}
	return true;
}
