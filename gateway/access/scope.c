/* SPDX-License-Identifier: Apache-2.0 */
#include "access/scope.h"

#include <string.h>

static const char letters[] = "cruds"; /* in the order of enum access_permission */

struct scope_letters scope_letters(unsigned permissions)
{
	struct scope_letters out = { "" };
	size_t at = 0;

	for (size_t i = 0; letters[i]; i++)
		if (permissions & 1u << i)
			out.text[at++] = letters[i];
	return out;
}

/** Version 2: some of c, r, u, d, s, in that order ("Valid suffixes are a subset of the in-order string .cruds"). */
static unsigned permissions_v2(struct slice text)
{
	unsigned permissions = 0;
	const char *from = letters;

	for (size_t i = 0; i < text.len; i++) {
		const char *at = text.ptr[i] ? strchr(from, text.ptr[i]) : NULL;
		if (!at)
			return 0;
		permissions |= 1u << (at - letters);
		from = at + 1;
	}
	return permissions;
}

/** Version 1, as version 2 reads it ("Scope Equivalence"). */
static unsigned permissions_v1(struct slice text)
{
	if (slice_equal(text, SLICE("read")))
		return ACCESS_READ | ACCESS_SEARCH;
	if (slice_equal(text, SLICE("write")))
		return ACCESS_CREATE | ACCESS_UPDATE | ACCESS_DELETE;
	return slice_equal(text, SLICE("*")) ? ACCESS_ALL : 0;
}

static bool type_valid(struct slice type)
{
	if (slice_equal(type, SLICE("*")))
		return true;
	for (size_t i = 0; i < type.len; i++) {
		char c = type.ptr[i];
		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (i && c >= '0' && c <= '9')))
			return false;
	}
	return type.len > 0 && type.len <= 64;
}

static enum scope_kind refuse(const char **why, const char *reason)
{
	*why = reason;
	return SCOPE_REFUSED;
}

enum scope_kind scope_parse(struct slice scope, struct access_grant *out, const char **why)
{
	struct slice rest = scope, context = slice_cut(&rest, '/');

	if (!rest.ptr)
		return SCOPE_FOREIGN;
	if (slice_equal(context, SLICE("user")) || slice_equal(context, SLICE("patient")))
		return refuse(why, "only system/ scopes are understood here");
	if (!slice_equal(context, SLICE("system")))
		return SCOPE_FOREIGN;
	if (slice_find(rest, SLICE("?")) != SIZE_MAX)
		return refuse(why, "scopes narrowed by search parameters are not supported here");
	out->type = slice_cut(&rest, '.');
	if (!type_valid(out->type))
		return refuse(why, "what follows system/ is neither a resource type nor *");
	out->permissions = permissions_v1(rest) | permissions_v2(rest);
	if (!out->permissions)
		return refuse(why, "after the type comes a dot and some of c, r, u, d, s in this order (or read, write, *)");
	return SCOPE_GRANT;
}

bool access_allows(const struct access_principal *principal, struct slice type, unsigned permissions)
{
	for (size_t i = 0; principal && i < principal->grant_count; i++) {
		const struct access_grant *grant = &principal->grants[i];
		if (slice_equal(grant->type, SLICE("*")) || slice_equal(grant->type, type))
			permissions &= ~grant->permissions;
	}
	return principal && permissions == 0;
}
