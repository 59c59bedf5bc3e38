/* SPDX-License-Identifier: Apache-2.0 */
#include "net/target.h"

#include "net/http1_syntax.h"

#include <string.h>

enum net_method target_method(struct slice text)
{
	static const char *const names[] = {
		[NET_GET] = "GET",     [NET_HEAD] = "HEAD",     [NET_POST] = "POST",       [NET_PUT] = "PUT",
		[NET_PATCH] = "PATCH", [NET_DELETE] = "DELETE", [NET_OPTIONS] = "OPTIONS",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (slice_equal(text, slice_of(names[i])))
			return (enum net_method)i;
	return NET_METHOD_OTHER;
}

/** Every '%' starts an escape of two digits, none of which hides a NUL. */
static bool escapes_are_whole(struct slice s)
{
	const char *at = s.ptr, *end = s.ptr + s.len;

	while (at < end && (at = memchr(at, '%', (size_t)(end - at)))) {
		if (end - at < 3 || !http1_is(at[1], HTTP1_HEX) || !http1_is(at[2], HTTP1_HEX) || (at[1] == '0' && at[2] == '0'))
			return false;
		at += 3;
	}
	return true;
}

static bool port_is_valid(struct slice port)
{
	uint64_t number;

	return port.len == 0 || slice_to_u64(port, 65535, &number);
}

bool target_authority_is_valid(struct slice authority)
{
	size_t host = 0;

	if (authority.len && authority.ptr[0] == '[') {
		size_t close = slice_find(authority, SLICE("]"));
		if (close == SIZE_MAX || close < 3)
			return false;
		for (size_t i = 1; i < close; i++)
			if (!http1_is(authority.ptr[i], HTTP1_HEX) && authority.ptr[i] != ':' && authority.ptr[i] != '.')
				return false;
		host = close + 1;
	} else {
		while (host < authority.len && http1_is(authority.ptr[host], HTTP1_NAME))
			host++;
		if (!host)
			return false;
	}
	if (host == authority.len)
		return true;
	return authority.ptr[host] == ':' && port_is_valid(slice_from(authority, host + 1));
}

/** Cuts "scheme://authority" off an absolute-form target. */
static bool cut_authority(struct slice *target, struct slice *authority)
{
	size_t skip =
	    slice_equal_nocase((struct slice){ target->ptr, target->len < 7 ? target->len : 7 }, SLICE("http://")) ? 7 : 8;

	if (skip == 8 && (target->len < 8 || !slice_equal_nocase((struct slice){ target->ptr, 8 }, SLICE("https://"))))
		return false;
	*target = slice_from(*target, skip);
	size_t len = 0;
	while (len < target->len && target->ptr[len] != '/' && target->ptr[len] != '?')
		len++;
	*authority = (struct slice){ target->ptr, len };
	*target = slice_from(*target, len);
	return target_authority_is_valid(*authority);
}

/** origin-form, absolute-form, or "*" for OPTIONS (RFC 9112 section 3.2). */
bool target_read(struct slice target, struct net_request *request)
{
	if (slice_equal(target, SLICE("*"))) {
		request->path = target;
		return request->method == NET_OPTIONS;
	}
	if (target.ptr[0] != '/' && !cut_authority(&target, &request->authority))
		return false;
	request->query = target;
	request->path = slice_cut(&request->query, '?');
	if (!request->path.len)
		request->path = SLICE("/");
	return http1_all(request->path, HTTP1_PATH) && http1_all(request->query, HTTP1_QUERY) &&
	       escapes_are_whole(request->path) && (!request->query.ptr || escapes_are_whole(request->query));
}
