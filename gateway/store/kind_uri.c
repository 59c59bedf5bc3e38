/* SPDX-License-Identifier: Apache-2.0 */
/* URIs: compared byte by byte, a canonical with or without its version; :below finds what stands under the value in its path, or
 * where the value has a version the versions that this one is the beginning of; :above what it stands under.
 *
 * Source: FHIR R4 and R5 search.html, "uri", "References and versions". */
#include "store/kind.h"

/** The `url` of a resource: what canonicals name it by. */
static bool is_own_url(const struct fhir_node *node)
{
	return node->parent && !node->parent->parent && slice_equal(node->element->name, SLICE("url"));
}

/** A canonical keeps its version apart, so that a search finds it with and without; the resource that it names has its own. */
static bool add(struct index_writer *writer, const struct fhirpath_item *item, struct error *err)
{
	struct slice uri = fhirpath_item_text(item), version = SLICE("");
	struct db_query query;

	if (!uri.ptr)
		return true;
	if (item->kind == FHIRPATH_NODE && slice_equal(item->node->type->name, SLICE("canonical"))) {
		version = uri;
		uri = slice_cut(&version, '|');
	}
	if (item->kind == FHIRPATH_NODE && is_own_url(item->node))
		version = fhir_node_text(item->node->parent, SLICE("version"));
	if (!writer_open(writer, &query, err))
		return false;
	db_bind_text(&query, uri);
	db_bind_text(&query, version.ptr ? version : SLICE(""));
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

bool kind_match_version(struct condition *condition, struct slice version, bool with_later, struct error *err)
{
	struct slice first = arena_printf(condition->arena, "%.*s.", SLICE_ARG(version));
	struct slice after = arena_printf(condition->arena, "%.*s/", SLICE_ARG(version)); /* / follows . in ASCII */

	if (!first.ptr || !after.ptr)
		return error_memory(err);
	condition_add_text(condition, "(version = ?", version);
	if (with_later) {
		condition_add_text(condition, " OR (version >= ?", first);
		condition_add_text(condition, " AND version < ?)", after);
	}
	condition_add(condition, ")");
	return true;
}

/** "canonical|version" is also what a plain URI with a bar in it would look like. */
static bool match_version(struct condition *condition, struct slice text, size_t bar, bool is_below, struct error *err)
{
	condition_add_text(condition, "(uri = ?", text);
	condition_add_text(condition, " OR (uri = ?", (struct slice){ text.ptr, bar });
	condition_add(condition, " AND ");
	if (!kind_match_version(condition, slice_from(text, bar + 1), is_below, err))
		return false;
	condition_add(condition, "))");
	return true;
}

static bool match(struct condition *condition, const struct store_filter *filter, const struct store_value *value,
		  struct error *err)
{
	struct slice uri = value->text;

	bool is_below = slice_equal(filter->modifier, SLICE("below")), is_above = slice_equal(filter->modifier, SLICE("above"));
	size_t bar = slice_find(uri, SLICE("|"));

	/* The specification does not say which versions stand above one. */
	if (!uri.ptr || (is_above && bar != SIZE_MAX))
		return kind_refuse_value(filter, value, is_above ? "a URI without a version" : "a URI", err);
	if (is_below && bar == SIZE_MAX)
		return match_below(condition, uri, err);
	if (is_above)
		return match_above(condition, uri);
	if (slice_equal(filter->modifier, SLICE("contains"))) {
		condition_add_text(condition, "instr(uri, ?) > 0", uri);
		return true;
	}
	if (slice_equal(filter->modifier, SLICE("starts")))
		return kind_match_start(condition, "uri", uri, err);
	if (slice_equal(filter->modifier, SLICE("ends")))
		return kind_match_end(condition, "uri", uri);
	if (bar != SIZE_MAX)
		return match_version(condition, uri, bar, is_below, err);
	condition_add_text(condition, "uri = ?", uri);
	return true;
}

const struct index_kind kind_uri = {
	.table = "index_uri",
	.insert = "INSERT INTO index_uri (resource, change, param, item, uri, version) VALUES (?, ?, ?, ?, ?, ?)"
		  " ON CONFLICT DO NOTHING",
	.low = "uri",
	.high = "uri",
	.columns = { "uri", "version", "item" },
	.add = add,
	.match = match,
};
