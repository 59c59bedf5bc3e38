/* SPDX-License-Identifier: Apache-2.0 */
/* Strings: what begins with the value, folded (see fold.h); with :contains anywhere; with :exact the same characters and nothing
 * else. */
#include "store/fold.h"
#include "store/kind.h"

static bool add_string(struct index_writer *writer, struct slice text, struct error *err)
{
	struct slice folded = fold_text(writer->arena, text);
	struct db_query query;

	if (!folded.ptr)
		return error_memory(err);
	if (!writer_open(writer, &query, err))
		return false;
	db_bind_text(&query, folded);
	/* Most long texts are not their own folded form; those that are need not be kept twice. */
	db_bind_text(&query, slice_equal(folded, text) ? SLICE("") : text);
	return db_run(&query, err);
}

/** HumanName, Address and their like: each of their texts, as the specification says for them. */
static bool add_parts(struct index_writer *writer, const struct fhir_node *node, struct error *err)
{
	for (const struct fhir_node *part = node->first; part; part = part->next)
		if (part->value.ptr && slice_equal(part->type->name, SLICE("string")) && !add_string(writer, part->value, err))
			return false;
	return true;
}

static bool add(struct index_writer *writer, const struct fhirpath_item *item, struct error *err)
{
	struct slice text = fhirpath_item_text(item);

	if (text.ptr)
		return add_string(writer, text, err);
	return item->kind != FHIRPATH_NODE || add_parts(writer, item->node, err);
}

bool writer_text(const struct index_writer *writer, struct slice text, struct error *err)
{
	struct index_writer strings = *writer;

	strings.kind = &kind_string;
	return !text.ptr || add_string(&strings, text, err);
}

/** The text just above every text that begins with `prefix`; no byte of UTF-8 is 0xff. */
static struct slice after_prefix(struct arena *arena, struct slice prefix)
{
	return arena_printf(arena, "%.*s\xff", SLICE_ARG(prefix));
}

bool kind_match_start(struct condition *condition, const char *column, struct slice text, struct error *err)
{
	struct slice above = after_prefix(condition->arena, text);

	if (!above.ptr)
		return error_memory(err);
	condition_add(condition, column);
	condition_add_text(condition, " >= ? AND ", text);
	condition_add(condition, column);
	condition_add_text(condition, " < ?", above);
	return true;
}

bool kind_match_end(struct condition *condition, const char *column, struct slice text)
{
	condition_add(condition, "substr(");
	condition_add(condition, column);
	condition_add_text(condition, ", -length(?))", text);
	condition_add_text(condition, " = ?", text);
	return true;
}

static bool match_exact(struct condition *condition, struct slice text, struct slice folded)
{
	condition_add_text(condition, "folded = ?", folded);
	condition_add_text(condition, " AND exact = ?", slice_equal(folded, text) ? SLICE("") : text);
	return true;
}

static bool match(struct condition *condition, const struct store_filter *filter, const struct store_value *value,
		  struct error *err)
{
	struct slice folded = fold_text(condition->arena, value->text);

	if (!folded.ptr)
		return error_memory(err);
	if (slice_equal(filter->modifier, SLICE("exact")))
		return match_exact(condition, value->text, folded);
	/* Of punctuation alone nothing is left to look for; everything would match. */
	if (folded.len == 0)
		return kind_refuse_value(filter, value, "text with at least one letter or digit", err);
	if (slice_equal(filter->modifier, SLICE("contains"))) {
		condition_add_text(condition, "instr(folded, ?) > 0", folded);
		return true;
	}
	if (slice_equal(filter->modifier, SLICE("ends")))
		return kind_match_end(condition, "folded", folded);
	if (slice_equal(filter->modifier, SLICE("whole"))) {
		condition_add_text(condition, "folded = ?", folded);
		return true;
	}
	return kind_match_start(condition, "folded", folded, err);
}

const struct index_kind kind_string = {
	.table = "index_string",
	.insert = "INSERT INTO index_string (resource, change, param, item, folded, exact) VALUES (?, ?, ?, ?, ?, ?)"
		  " ON CONFLICT DO NOTHING",
	.low = "folded",
	.high = "folded",
	.columns = { "folded", "exact", "item" },
	.add = add,
	.match = match,
};
