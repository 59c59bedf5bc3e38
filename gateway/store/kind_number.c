/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers and quantities: decimals compared exactly (see decimal.h). An equal value may differ within the precision that the
 * query shows (100 finds 99.5 up to 100.5); the prefixes compare with the number itself. */
#include "store/decimal.h"
#include "store/kind.h"

struct range {
	struct slice low, high; /**< keys; equal for a single number */
};

static bool make_key(struct arena *arena, struct slice text, struct slice *out, struct error *err)
{
	struct decimal value;

	*out = SLICE_NONE;
	if (!decimal_read(text, &value))
		return true;
	*out = decimal_key(arena, &value);
	return out->ptr || error_memory(err);
}

/* ---- rows ---- */

static bool add_range(struct index_writer *writer, struct range range, struct slice code, int64_t system, struct error *err)
{
	struct db_query query;

	if (!writer_open(writer, &query, err))
		return false;
	db_bind_text(&query, range.low);
	db_bind_text(&query, range.high);
	db_bind_text(&query, code.ptr ? code : SLICE(""));
	db_bind_int(&query, system);
	return db_run(&query, err);
}

/** A range under the unit of `quantity`: its code with the system, and the unit as people write it, which a query may give
 * instead. */
static bool add_units(struct index_writer *writer, struct range range, const struct fhir_node *quantity, struct error *err)
{
	struct slice code = fhir_node_text(quantity, SLICE("code")), unit = fhir_node_text(quantity, SLICE("unit"));
	int64_t system;

	if (!writer_system(writer, fhir_node_text(quantity, SLICE("system")), &system, err))
		return false;
	if (unit.ptr && !slice_equal(unit, code) && !add_range(writer, range, unit, SYSTEM_NONE, err))
		return false;
	return (!code.ptr && unit.ptr) || add_range(writer, range, code, system, err);
}

static bool add_quantity(struct index_writer *writer, const struct fhir_node *node, struct error *err)
{
	struct slice key;

	if (!make_key(writer->arena, fhir_node_text(node, SLICE("value")), &key, err))
		return false;
	return !key.ptr || add_units(writer, (struct range){ key, key }, node, err);
}

/** Money: its currency stands where a quantity has its code. */
static bool add_money(struct index_writer *writer, const struct fhir_node *node, struct error *err)
{
	struct slice key;

	if (!make_key(writer->arena, fhir_node_text(node, SLICE("value")), &key, err))
		return false;
	return !key.ptr ||
	       add_range(writer, (struct range){ key, key }, fhir_node_text(node, SLICE("currency")), SYSTEM_IMPLIED, err);
}

static bool add_range_node(struct index_writer *writer, const struct fhir_node *node, struct error *err)
{
	const struct fhir_node *low = fhir_node_child(node, SLICE("low")), *high = fhir_node_child(node, SLICE("high"));
	struct range range = { SLICE_NONE, SLICE_NONE };

	if ((low && !make_key(writer->arena, fhir_node_text(low, SLICE("value")), &range.low, err)) ||
	    (high && !make_key(writer->arena, fhir_node_text(high, SLICE("value")), &range.high, err)))
		return false;
	if (!range.low.ptr && !range.high.ptr)
		return true;
	if (!range.low.ptr)
		range.low = DECIMAL_KEY_LOWEST;
	if (!range.high.ptr)
		range.high = DECIMAL_KEY_HIGHEST;
	return add_units(writer, range, low ? low : high, err);
}

static bool add(struct index_writer *writer, const struct fhirpath_item *item, struct error *err)
{
	struct slice text = fhirpath_item_text(item), key;

	if (text.ptr)
		return make_key(writer->arena, text, &key, err) &&
		       (!key.ptr || add_range(writer, (struct range){ key, key }, SLICE_NONE, SYSTEM_NONE, err));
	if (item->kind != FHIRPATH_NODE)
		return true;
	if (fhir_type_is(item->node->type, SLICE("Quantity")))
		return add_quantity(writer, item->node, err);
	if (slice_equal(item->node->type->name, SLICE("Range")))
		return add_range_node(writer, item->node, err);
	return !slice_equal(item->node->type->name, SLICE("Money")) || add_money(writer, item->node, err);
}

/* ---- conditions ---- */

enum bound { EXACT, LOW, HIGH };

/* What is stored is from low to high, both included. */
static const struct condition_term terms[][CONDITION_TERMS_MAX] = {
	[PREFIX_EQ] = { { "(low >= ?", LOW }, { " AND low < ?", HIGH }, { " AND high < ?)", HIGH } },
	[PREFIX_NE] = { { "NOT (low >= ?", LOW }, { " AND high < ?)", HIGH } },
	[PREFIX_GT] = { { "high > ?", EXACT } },
	[PREFIX_LT] = { { "low < ?", EXACT } },
	[PREFIX_GE] = { { "high >= ?", EXACT } },
	[PREFIX_LE] = { { "low <= ?", EXACT } },
	[PREFIX_SA] = { { "low > ?", EXACT } },
	[PREFIX_EB] = { { "high < ?", EXACT } },
	[PREFIX_AP] = { { "(low <= ?", HIGH }, { " AND high >= ?)", LOW } },
};

/** The keys of the number and of its neighbourhood: its precision, or ten percent for "approximately". */
static bool make_bounds(struct arena *arena, const struct decimal *value, enum prefix prefix,
			struct condition_bind bounds[static 3], struct error *err)
{
	bool is_about = prefix == PREFIX_AP;
	struct decimal low = decimal_scale(value, is_about ? 9 : 10, is_about ? 0 : -5);
	struct decimal high = decimal_scale(value, is_about ? 11 : 10, is_about ? 0 : 5);
	bool turned = is_about && value->is_negative;

	bounds[EXACT] = (struct condition_bind){ .is_text = true, .text = decimal_key(arena, value) };
	bounds[LOW] = (struct condition_bind){ .is_text = true, .text = decimal_key(arena, turned ? &high : &low) };
	bounds[HIGH] = (struct condition_bind){ .is_text = true, .text = decimal_key(arena, turned ? &low : &high) };
	return (bounds[EXACT].text.ptr && bounds[LOW].text.ptr && bounds[HIGH].text.ptr) || error_memory(err);
}

static bool match_decimal(struct condition *condition, const struct store_filter *filter, const struct store_value *value,
			  struct slice text, struct error *err)
{
	enum prefix prefix = kind_cut_prefix(&text);
	struct condition_bind bounds[3];
	struct decimal number;

	if (!decimal_read(text, &number))
		return kind_refuse_value(filter, value, "a number, maybe after a prefix like ge", err);
	if (!make_bounds(condition->arena, &number, prefix, bounds, err))
		return false;
	condition_add_terms(condition, terms[prefix], bounds);
	return true;
}

static bool match_number(struct condition *condition, const struct store_filter *filter, const struct store_value *value,
			 struct error *err)
{
	return match_decimal(condition, filter, value, value->text, err);
}

/** number, number||unit, number|system|code */
static bool match_quantity(struct condition *condition, const struct store_filter *filter, const struct store_value *value,
			   struct error *err)
{
	struct slice code = value->text;
	struct slice number = slice_cut(&code, '|');
	struct slice uri = code.ptr ? slice_cut(&code, '|') : SLICE_NONE;
	int64_t system = -1;

	if (!match_decimal(condition, filter, value, number, err))
		return false;
	if (code.len > 0)
		condition_add_text(condition, " AND code = ?", code);
	if (uri.len == 0)
		return true;
	if (!name_system(condition->conn, uri, false, &system, err))
		return false;
	condition_add_int(condition, " AND system IN (?, 1)", system == 0 ? -1 : system);
	return true;
}

#define NUMBER_TABLE                                                                                                             \
	.table = "index_quantity",                                                                                               \
	.insert = "INSERT INTO index_quantity (resource, change, param, item, low, high, code, system)"                          \
		  " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",                                                     \
	.low = "low", .high = "high", .columns = { "low", "high", "code", "system", "item" }, .add = add

const struct index_kind kind_number = { NUMBER_TABLE, .match = match_number };
const struct index_kind kind_quantity = { NUMBER_TABLE, .match = match_quantity };
