/* SPDX-License-Identifier: Apache-2.0 */
/* `file:` URLs: a source can be a folder. The digest is the entity tag, so that a run over unchanged files does nothing either.
 */
#include <strings.h>
#include <string.h>

#include "fetch/url.h"

static const struct {
	const char *suffix, *content_type;
} types[] = {
	{ ".html", "text/html" },      { ".htm", "text/html" },       { ".json", "application/json" }, { ".txt", "text/plain" },
	{ ".xml", "application/xml" }, { ".pdf", "application/pdf" }, { ".csv", "text/csv" },
};

static struct slice content_type_of(struct slice path)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		struct slice suffix = slice_of(types[i].suffix);
		if (path.len > suffix.len && slice_equal_nocase(slice_from(path, path.len - suffix.len), suffix))
			return slice_of(types[i].content_type);
	}
	return SLICE("application/octet-stream");
}

bool file_get(struct arena *arena, struct slice url, const struct fetch_validators *known, uint64_t max_bytes,
	      struct fetch_result *out, struct error *err)
{
	uint8_t digest[DIGEST_BYTES];
	char hex[DIGEST_HEX_SIZE];
	struct error missing = { 0 };
	const char *path;

	memset(out, 0, sizeof(*out));
	out->effective_url = url;
	out->tries = 1;
	if (!url_file_path(arena, url, &path, err))
		return false;
	out->content_type = content_type_of(slice_of(path));
	if (!file_read(arena, path, max_bytes, &out->body, &missing)) {
		/* As a server would say it, so that a missing file and a missing page are one case for who asks. */
		out->status = missing.code == ERROR_NOT_FOUND ? 404 : missing.code == ERROR_ACCESS ? 403 : 0;
		out->body = SLICE_NONE;
		return out->status != 0 ||
		       (error_set(err, missing.code, missing.place, "%s", missing.message), error_hint(err, "%s", missing.hint));
	}
	digest_sha256(out->body, digest);
	digest_hex(digest, hex);
	out->wire_bytes = out->body.len;
	out->validators.etag = arena_printf(arena, "\"%s\"", hex);
	if (!out->validators.etag.ptr)
		return error_memory(err);
	out->status = 200;
	if (known && slice_equal(known->etag, out->validators.etag)) {
		out->status = 304;
		out->body = SLICE_NONE;
	}
	return true;
}
