/* SPDX-License-Identifier: Apache-2.0 */
/* References and canonicals, cut at the last slash: "Organization/x" is id x under target Organization, "http://host/Library/y|2"
 * is id y under target http://host/Library with version 2. So a query by id, by type and id, or by URL, and later a chain, find
 * them by the same rows. */
#include "store/kind.h"

struct target {
	struct slice target, id, version;
};

/** Takes the fragment, the version of a canonical or the /_history/ of a reference off, then cuts. */
static struct target cut_target(struct slice text)
{
	struct target out = { SLICE(""), text, SLICE("") };
	size_t history = slice_find(text, SLICE("/_history/"));

	if (history != SIZE_MAX) {
		out.version = slice_from(text, history + sizeof("/_history/") - 1);
		text.len = history;
	}
	size_t bar = slice_find(text, SLICE("|"));
	if (bar != SIZE_MAX) {
		out.version = slice_from(text, bar + 1);
		text.len = bar;
		size_t fragment = slice_find(out.version, SLICE("#"));
		out.version.len = fragment != SIZE_MAX ? fragment : out.version.len;
	}
	size_t fragment = slice_find(text, SLICE("#"));
	/* "#x" is a contained resource: it is its fragment. */
	if (fragment != SIZE_MAX && fragment > 0)
		text.len = fragment;
	out.id = text;
	for (size_t i = text.len; i-- > 0;)
		if (text.ptr[i] == '/') {
			out.target = (struct slice){ text.ptr, i };
			out.id = slice_from(text, i + 1);
			break;
		}
	return out;
}

static bool add_target(struct index_writer *writer, struct slice text, struct error *err)
{
	struct target target = cut_target(text);
	struct db_query query;

	if (!writer_open(writer, &query, err))
		return false;
	db_bind_text(&query, target.id);
	db_bind_text(&query, target.target);
	db_bind_text(&query, target.version);
	return db_run(&query, err);
}

/** A Reference: where it leads, and what it says of itself without leading there. */
static bool add_reference(struct index_writer *writer, const struct fhir_node *node, struct error *err)
{
	struct slice text = fhir_node_text(node, SLICE("reference"));
	const struct fhir_node *identifier = fhir_node_child(node, SLICE("identifier"));

	return (!text.ptr || add_target(writer, text, err)) && (!identifier || writer_identifier(writer, identifier, err)) &&
	       writer_text(writer, fhir_node_text(node, SLICE("display")), err);
}

static bool add(struct index_writer *writer, const struct fhirpath_item *item, struct error *err)
{
	struct slice text = fhirpath_item_text(item);

	if (text.ptr)
		return add_target(writer, text, err);
	if (item->kind != FHIRPATH_NODE)
		return true;
	const struct fhir_node *node = item->node;
	if (slice_equal(node->type->name, SLICE("CodeableReference")))
		node = fhir_node_child(node, SLICE("reference"));
	return !node || add_reference(writer, node, err);
}

bool writer_address(struct index_writer *writer, const struct fhir_node *resource, struct error *err)
{
	struct slice url = fhir_node_text(resource, SLICE("url")), version = fhir_node_text(resource, SLICE("version"));
	struct slice local = arena_printf(writer->arena, "%.*s/%.*s", SLICE_ARG(resource->type->name),
					  SLICE_ARG(fhir_node_text(resource, SLICE("id"))));

	writer->kind = &kind_reference;
	if (!local.ptr)
		return error_memory(err);
	if (!add_target(writer, local, err))
		return false;
	if (!url.ptr)
		return true;
	struct slice canonical = version.ptr ? arena_printf(writer->arena, "%.*s|%.*s", SLICE_ARG(url), SLICE_ARG(version)) : url;
	return canonical.ptr ? add_target(writer, canonical, err) : error_memory(err);
}

struct slice kind_without_own(const struct condition *condition, struct slice text)
{
	return condition->own.len && slice_starts(text, condition->own) ? slice_from(text, condition->own.len) : text;
}

bool kind_is_canonical(const struct condition *condition, struct slice text)
{
	return slice_find(kind_without_own(condition, text), SLICE(":")) != SIZE_MAX;
}

void kind_match_type(struct condition *condition, struct slice type)
{
	condition_add_text(condition, "target IN (?", type);
	if (condition->own.len) {
		condition_add_text(condition, ", ? || ", condition->own);
		condition_add_text(condition, "?", type);
	}
	condition_add(condition, ")");
}

/** An id alone is that of any resource here, not the end of some URL. */
static void match_any_type(struct condition *condition)
{
	condition_add(condition, " AND (instr(target, ':') = 0");
	if (condition->own.len)
		condition_add_text(condition, " OR instr(target, ?) = 1", condition->own);
	condition_add(condition, ")");
}

static bool match(struct condition *condition, const struct store_filter *filter, const struct store_value *value,
		  struct error *err)
{
	if (!value->text.ptr || value->text.len == 0)
		return kind_refuse_value(filter, value, "an id, Type/id or a URL", err);
	bool is_below = slice_equal(filter->modifier, SLICE("below"));
	if (is_below && !kind_is_canonical(condition, value->text))
		return kind_refuse_value(filter, value, "a canonical, as the others are", err);
	struct target target = cut_target(kind_without_own(condition, value->text));
	condition_add_text(condition, "id = ?", target.id);
	/* `subject:Patient=x` is subject=Patient/x. */
	if (target.target.len == 0 && filter->modifier.ptr && !is_below)
		target.target = filter->modifier;
	if (target.target.len == 0)
		match_any_type(condition);
	if (target.target.len > 0) {
		condition_add(condition, " AND ");
		kind_match_type(condition, target.target);
	}
	if (target.version.len == 0)
		return true;
	condition_add(condition, " AND ");
	return kind_match_version(condition, target.version, is_below, err);
}

const struct index_kind kind_reference = {
	.table = "index_reference",
	.insert = "INSERT INTO index_reference (resource, change, param, item, id, target, version) VALUES (?, ?, ?, ?, ?, ?, ?)"
		  " ON CONFLICT DO NOTHING",
	.low = "id",
	.high = "id",
	.columns = { "id", "target", "version", "item" },
	.add = add,
	.match = match,
};
