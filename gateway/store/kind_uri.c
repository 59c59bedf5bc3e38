/* SPDX-License-Identifier: Apache-2.0 */
/* URIs: compared byte by byte; :below finds what stands under the value in its path, :above what it stands under. */
#include "store/kind.h"

static bool add(struct index_writer *writer, const struct fhirpath_item *item, struct error *err)
{
	struct slice uri = fhirpath_item_text(item);
	struct db_query query;

	if (!uri.ptr)
		return true;
	if (!writer_open(writer, &query, err))
		return false;
	db_bind_text(&query, uri);
	return db_run(&query, err);
}

static struct slice without_last_slash(struct slice uri)
{
	if (slice_ends(uri, SLICE("/")))
		uri.len--;
	return uri;
}

static bool match_below(struct condition *condition, struct slice uri, struct error *err)
{
	uri = without_last_slash(uri);
	struct slice first = arena_printf(condition->arena, "%.*s/", SLICE_ARG(uri));
	struct slice after = arena_printf(condition->arena, "%.*s0", SLICE_ARG(uri)); /* 0 follows / in ASCII */
	if (!first.ptr || !after.ptr)
		return error_memory(err);
	condition_add_text(condition, "(uri = ?", uri);
	condition_add_text(condition, " OR (uri >= ?", first);
	condition_add_text(condition, " AND uri < ?))", after);
	return true;
}

/** The URI itself and each that it goes on from at a slash. */
static bool match_above(struct condition *condition, struct slice uri)
{
	uri = without_last_slash(uri);
	condition_add_text(condition, "uri IN (?", uri);
	for (size_t i = uri.len; i-- > 1;) {
		if (uri.ptr[i] != '/')
			continue;
		condition_add_text(condition, ", ?", (struct slice){ uri.ptr, i });
		condition_add_text(condition, ", ?", (struct slice){ uri.ptr, i + 1 });
	}
	condition_add(condition, ")");
	return true;
}

static bool match(struct condition *condition, const struct store_filter *filter, const struct store_value *value,
		  struct error *err)
{
	if (!value->text.ptr)
		return kind_refuse_value(filter, value, "a URI", err);
	if (slice_equal(filter->modifier, SLICE("below")))
		return match_below(condition, value->text, err);
	if (slice_equal(filter->modifier, SLICE("above")))
		return match_above(condition, value->text);
	condition_add_text(condition, "uri = ?", value->text);
	return true;
}

static const char *const modifiers[] = { "below", "above", NULL };

const struct index_kind kind_uri = { .table = "index_uri",
				     .key = "resource",
				     .scope = "param",
				     .insert =
					 "INSERT INTO index_uri (resource, param, uri) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
				     .add = add,
				     .match = match,
				     .modifiers = modifiers };
