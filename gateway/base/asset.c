/* SPDX-License-Identifier: Apache-2.0 */
#include "base/asset.h"
#include "cannula/base.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define OVERLAY_FILE_MAX_BYTES (16u << 20)
#define OVERLAY_MAX_DEPTH 4

/** Files of the operator's directory, read once; sorted by name. They live as long as the program. */
static struct asset *overlay;
static size_t overlay_count;

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct asset *)a)->name, ((const struct asset *)b)->name);
}

static bool overlay_add(struct arena *arena, const char *path, const char *name, struct error *err)
{
	struct slice bytes;
	struct asset *grown = realloc(overlay, (overlay_count + 1) * sizeof(*grown));

	if (!grown)
		return error_memory(err);
	overlay = grown;
	if (!file_read(arena, path, OVERLAY_FILE_MAX_BYTES, &bytes, err))
		return false;
	char *kept = arena_cstr(arena, slice_of(name));
	if (!kept)
		return error_memory(err);
	overlay[overlay_count++] = (struct asset){ kept, bytes.ptr, bytes.ptr + bytes.len };
	return true;
}

static bool overlay_scan(struct arena *arena, const char *root, const char *prefix, int depth, struct error *err);

static bool overlay_entry(struct arena *arena, const char *root, const char *name, int depth, struct error *err)
{
	char path[PATH_MAX];
	struct stat status;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", root, name) >= sizeof(path))
		return error_errno(err, ENAMETOOLONG, root, "read");
	if (stat(path, &status) < 0)
		return error_errno(err, errno, path, "inspect");
	if (S_ISDIR(status.st_mode))
		return depth == OVERLAY_MAX_DEPTH || overlay_scan(arena, root, name, depth + 1, err);
	return !S_ISREG(status.st_mode) || overlay_add(arena, path, name, err);
}

static bool overlay_scan(struct arena *arena, const char *root, const char *prefix, int depth, struct error *err)
{
	char path[PATH_MAX];
	bool done = true;

	snprintf(path, sizeof(path), "%s/%s", root, prefix);
	DIR *directory = opendir(path);
	if (!directory)
		return error_errno(err, errno, path, "open the profiles directory");
	for (struct dirent *entry; done && (entry = readdir(directory));) {
		char name[PATH_MAX];
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s%s%.255s", prefix, *prefix ? "/" : "", entry->d_name);
		done = overlay_entry(arena, root, name, depth, err);
	}
	closedir(directory);
	return done;
}

bool asset_overlay(const char *directory, struct error *err)
{
	static struct arena *arena;

	ASSERT(!arena);
	arena = arena_new(256u << 20);
	if (!arena)
		return error_memory(err);
	if (!overlay_scan(arena, directory, "", 0, err))
		return false;
	if (overlay_count)
		qsort(overlay, overlay_count, sizeof(*overlay), compare);
	return true;
}

static const struct asset *find(const char *name)
{
	struct asset key = { .name = name };
	const struct asset *found = overlay_count ? bsearch(&key, overlay, overlay_count, sizeof(key), compare) : NULL;

	return found ? found : bsearch(&key, asset_embedded, asset_embedded_count, sizeof(key), compare);
}

bool asset_get(const char *name, struct slice *out, struct error *err)
{
	const struct asset *asset = find(name);

	if (!asset)
		return error_set(err, ERROR_NOT_FOUND, name, "no such profile file");
	*out = (struct slice){ asset->start, (size_t)(asset->end - asset->start) };
	return true;
}

bool asset_each(const char *prefix, bool (*each)(void *context, const char *name, struct slice bytes), void *context)
{
	size_t i = 0, k = 0;

	while (i < overlay_count || k < asset_embedded_count) {
		const struct asset *asset;
		int order = i == overlay_count          ? 1
			    : k == asset_embedded_count ? -1
							: strcmp(overlay[i].name, asset_embedded[k].name);

		asset = order <= 0 ? &overlay[i] : &asset_embedded[k];
		i += order <= 0;
		k += order >= 0;
		if (strncmp(asset->name, prefix, strlen(prefix)) != 0)
			continue;
		if (!each(context, asset->name, (struct slice){ asset->start, (size_t)(asset->end - asset->start) }))
			return false;
	}
	return true;
}
