/* SPDX-License-Identifier: Apache-2.0 */
#include "access/certificate.h"

#include <ctype.h>

#include "access/scope.h"

/** Without colons, in lower case. */
static struct slice fingerprint_plain(struct arena *arena, struct slice text)
{
	char *out = arena_alloc(arena, text.len + 1);
	size_t len = 0;

	for (size_t i = 0; out && i < text.len; i++)
		if (text.ptr[i] != ':')
			out[len++] = (char)tolower((unsigned char)text.ptr[i]);
	return (struct slice){ out, len };
}

static struct slice first_given(struct slice a, struct slice b)
{
	return a.len ? a : b;
}

static bool row_make(struct arena *arena, const struct access_identity *identity, struct certificate_row *out)
{
	struct access_grant *grants = arena_new_array(arena, struct access_grant, identity->scopes.count);
	const char *why;

	if (!grants)
		return false;
	*out = (struct certificate_row){ .identity = identity };
	out->principal.name =
	    first_given(identity->name, first_given(identity->subject, first_given(identity->san, identity->fingerprint)));
	out->principal.grants = grants;
	for (size_t i = 0; i < identity->scopes.count; i++)
		if (scope_parse(identity->scopes.items[i], &grants[out->principal.grant_count], &why) == SCOPE_GRANT)
			out->principal.grant_count++;
	if (identity->fingerprint.len)
		out->fingerprint = fingerprint_plain(arena, identity->fingerprint);
	return !identity->fingerprint.len || out->fingerprint.ptr;
}

const struct certificate_row *certificate_rows_new(struct arena *arena, const struct access_options *options)
{
	const struct access_identity *identities = options->identities.items;
	struct certificate_row *rows = arena_new_array(arena, struct certificate_row, options->identities.count + 1);

	for (size_t i = 0; rows && i < options->identities.count; i++)
		if (!row_make(arena, &identities[i], &rows[i]))
			return NULL;
	return rows;
}

/** Host names are compared without case (RFC 4343), all else to the byte. */
static bool name_fits(struct slice wanted, const struct net_name *name)
{
	static const char *const kinds[] = { [NET_NAME_DNS] = "dns", [NET_NAME_URI] = "uri", [NET_NAME_EMAIL] = "email" };
	struct slice value = wanted, kind = slice_cut(&value, ':');

	if (!slice_equal(kind, slice_of(kinds[name->kind])))
		return false;
	return name->kind == NET_NAME_DNS ? slice_equal_nocase(value, name->value) : slice_equal(value, name->value);
}

static bool row_fits(const struct certificate_row *row, const struct net_identity *identity)
{
	if (row->fingerprint.len)
		return slice_equal(row->fingerprint, identity->fingerprint);
	if (row->identity->subject.len)
		return slice_equal(row->identity->subject, identity->subject);
	for (size_t i = 0; i < identity->name_count; i++)
		if (name_fits(row->identity->san, &identity->names[i]))
			return true;
	return false;
}

const struct access_principal *certificate_principal(const struct certificate_row *rows, size_t count,
						     const struct net_identity *identity)
{
	for (size_t i = 0; i < count; i++)
		if (row_fits(&rows[i], identity))
			return &rows[i].principal;
	return NULL;
}
