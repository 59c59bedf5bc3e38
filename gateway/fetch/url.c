/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl's own URL parser, so that what is judged here is what is connected to. */
#include "fetch/url.h"

#include <ctype.h>
#include <curl/curl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define URL_MAX_BYTES 4096u

static const struct slice file_scheme = { "file:", sizeof("file:") - 1 };

bool url_is_file(struct slice url)
{
	return url.len >= file_scheme.len && slice_equal_nocase((struct slice){ url.ptr, file_scheme.len }, file_scheme);
}

bool url_is_https(struct slice url)
{
	struct slice https = SLICE("https://");

	return url.len >= https.len && slice_equal_nocase((struct slice){ url.ptr, https.len }, https);
}

/** One part, copied; absent when there is none. */
static struct slice url_part(struct arena *arena, CURLU *handle, CURLUPart part, unsigned flags)
{
	struct slice copy = SLICE_NONE;
	char *text = NULL;

	if (curl_url_get(handle, part, &text, flags) == CURLUE_OK)
		copy = arena_copy(arena, slice_of(text));
	curl_free(text);
	return copy;
}

static bool url_set(CURLU *handle, struct slice url)
{
	char text[URL_MAX_BYTES + 1];

	if (url.len > URL_MAX_BYTES || memchr(url.ptr, '\0', url.len))
		return false;
	memcpy(text, url.ptr, url.len);
	text[url.len] = '\0';
	return curl_url_set(handle, CURLUPART_URL, text, 0) == CURLUE_OK;
}

/** A handle for `url`, to be cleaned up by the caller; NULL when it is none. */
static CURLU *url_parse(struct slice url)
{
	CURLU *handle = curl_url();

	if (handle && url.ptr && url_set(handle, url))
		return handle;
	curl_url_cleanup(handle);
	return NULL;
}

static bool scheme_known(struct slice scheme)
{
	return slice_equal_nocase(scheme, SLICE("https")) || slice_equal_nocase(scheme, SLICE("http")) ||
	       slice_equal_nocase(scheme, SLICE("file"));
}

/** The URL of `handle` without what must not travel. */
static struct slice url_clean(struct arena *arena, CURLU *handle)
{
	if (!scheme_known(url_part(arena, handle, CURLUPART_SCHEME, 0)))
		return SLICE_NONE;
	curl_url_set(handle, CURLUPART_FRAGMENT, NULL, 0);
	curl_url_set(handle, CURLUPART_USER, NULL, 0);
	curl_url_set(handle, CURLUPART_PASSWORD, NULL, 0);
	return url_part(arena, handle, CURLUPART_URL, 0);
}

/** A local listing names its own folder only: it may have been copied from anywhere. */
static bool file_below(struct slice base, struct slice url)
{
	size_t folder = base.len;

	while (folder > 0 && base.ptr[folder - 1] != '/')
		folder--;
	return slice_starts(url, (struct slice){ base.ptr, folder }); /* encoded dots: url_file_path refuses them */
}

/** Links as people write them: spaces are encoded, tabs and line ends vanish, as browsers do (WHATWG URL, "basic URL parser"). */
static struct slice tidy(struct arena *arena, struct slice reference)
{
	char *text = arena_alloc(arena, 3 * reference.len + 1);
	size_t length = 0;

	for (size_t i = 0; text && i < reference.len; i++) {
		char c = reference.ptr[i];
		if (c == ' ') {
			memcpy(text + length, "%20", 3);
			length += 3;
		} else if (c != '\t' && c != '\n' && c != '\r') {
			text[length++] = c;
		}
	}
	return (struct slice){ text, length };
}

struct slice fetch_url_resolve(struct arena *arena, struct slice base, struct slice reference)
{
	CURLU *handle = url_parse(base);
	struct slice from, url = SLICE_NONE;

	if (!handle)
		return SLICE_NONE;
	from = url_clean(arena, handle);
	reference = tidy(arena, slice_trim(reference));
	if (!reference.ptr) {
		curl_url_cleanup(handle);
		return SLICE_NONE;
	}
	if (reference.len == 0 || reference.ptr[0] == '#')
		url = from;
	else if (url_set(handle, reference))
		url = url_clean(arena, handle);
	curl_url_cleanup(handle);
	if (url_is_file(url) && (!url_is_file(from) || !file_below(from, url)))
		return SLICE_NONE;
	return url;
}

/** The absolute folder of `file`, with a slash at the end; false when it does not exist. */
static bool folder_of(const char *file, char out[PATH_MAX])
{
	char folder[PATH_MAX];
	const char *slash = strrchr(file, '/');
	size_t length = slash ? (size_t)(slash - file) + 1 : 0;

	if (length >= sizeof(folder))
		return false;
	memcpy(folder, file, length);
	folder[length] = '\0';
	return realpath(length ? folder : ".", out) != NULL;
}

/** `path` with the bytes escaped that a URL does not allow (RFC 3986, section 3.3). */
static void append_escaped(struct buf *buf, struct slice path)
{
	for (size_t i = 0; i < path.len; i++) {
		unsigned char c = (unsigned char)path.ptr[i];
		if (isalnum(c) || strchr("/-._~", c))
			buf_append_char(buf, (char)c);
		else
			buf_printf(buf, "%%%02X", c);
	}
}

struct slice fetch_url_configured(struct arena *arena, const char *file, struct slice url)
{
	struct slice path = url_is_file(url) ? slice_from(url, file_scheme.len) : SLICE_NONE;
	char folder[PATH_MAX];
	struct buf buf;

	if (!path.ptr || slice_starts(path, SLICE("/"))) {
		CURLU *handle = url_parse(url);
		struct slice clean = handle ? url_clean(arena, handle) : SLICE_NONE;
		curl_url_cleanup(handle);
		return clean;
	}
	if (path.len == 0 || !folder_of(file, folder))
		return SLICE_NONE;
	buf_init(&buf, URL_MAX_BYTES);
	buf_append(&buf, SLICE("file://"));
	append_escaped(&buf, slice_of(folder));
	buf_append_char(&buf, '/');
	append_escaped(&buf, path);
	CURLU *handle = buf.failed ? NULL : url_parse(buf_slice(&buf));
	struct slice absolute = handle ? url_clean(arena, handle) : SLICE_NONE;
	curl_url_cleanup(handle);
	buf_free(&buf);
	return absolute;
}

struct slice url_host(struct arena *arena, struct slice url)
{
	CURLU *handle = url_parse(url);
	struct slice host, port;

	if (!handle)
		return SLICE_NONE;
	host = url_part(arena, handle, CURLUPART_HOST, 0);
	port = url_part(arena, handle, CURLUPART_PORT, CURLU_DEFAULT_PORT);
	curl_url_cleanup(handle);
	if (!host.ptr)
		return SLICE_NONE;
	host = arena_printf(arena, "%.*s:%.*s", SLICE_ARG(host), SLICE_ARG(port));
	for (size_t i = 0; i < host.len; i++)
		((char *)host.ptr)[i] = (char)tolower((unsigned char)host.ptr[i]);
	return host;
}

bool fetch_url_same_origin(struct slice a, struct slice b)
{
	struct arena *arena = arena_new(4 * URL_MAX_BYTES);
	bool same = false;

	if (arena && url_is_file(a) == url_is_file(b) && url_is_https(a) == url_is_https(b)) {
		struct slice host = url_is_file(a) ? SLICE("") : url_host(arena, a);
		same = url_is_file(a) || (host.ptr && slice_equal(host, url_host(arena, b)));
	}
	arena_free(arena);
	return same;
}

static bool path_climbs(struct slice path)
{
	while (path.ptr) {
		struct slice segment = slice_cut(&path, '/');
		if (slice_equal(segment, SLICE("..")))
			return true;
	}
	return false;
}

bool url_file_path(struct arena *arena, struct slice url, const char **out, struct error *err)
{
	CURLU *handle = url_parse(url);
	struct slice path = handle ? url_part(arena, handle, CURLUPART_PATH, CURLU_URLDECODE) : SLICE_NONE;
	struct slice query = handle ? url_part(arena, handle, CURLUPART_QUERY, 0) : SLICE_NONE;
	char place[sizeof(err->place)];

	curl_url_cleanup(handle);
	snprintf(place, sizeof(place), "%.*s", SLICE_ARG(url));
	if (!path.ptr || query.ptr || path_climbs(path) || memchr(path.ptr, '\0', path.len))
		return error_set(err, ERROR_USAGE, place, "not a URL of a file on this machine");
	*out = path.ptr;
	return true;
}
