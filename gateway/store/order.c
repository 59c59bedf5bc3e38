/* SPDX-License-Identifier: Apache-2.0 */
#include "store/order.h"

/* Characters of a text that count: a key travels in cursors. */
#define KEY_CHARACTERS "100"

static bool read_key(struct filters *filters, const struct filter_level *level, const struct store_sort *sort,
		     struct order_key *out, struct error *err)
{
	struct store_type *type;
	size_t index;

	*out = (struct order_key){ .kind = kind_find(sort->param), .is_descending = sort->is_descending };
	out->is_number = out->kind == &kind_date || out->kind == &kind_updated;
	out->can_miss = out->kind && out->kind->table;
	if (!out->kind || out->kind == &kind_text) {
		error_set(err, ERROR_UNSUPPORTED, "", "a search cannot be sorted by %.*s", SLICE_ARG(sort->param->code));
		return error_hint(err, "sort by a parameter that is not special");
	}
	if (!out->can_miss)
		return true;
	return filter_find_param(level, sort->param, &type, &index, err) &&
	       name_param(filters->conn, type, index, NAME_PLAIN, false, &out->scope, err);
}

bool order_read(struct filters *filters, const struct filter_level *level, const struct store_query *query, struct order *out,
		struct error *err)
{
	*out = (struct order){ .count = query->sort_count, .place = &query->place };
	if (query->sort_count > STORE_SORT_MAX) {
		error_set(err, ERROR_LIMIT, "", "the search is sorted by %zu parameters, and %d are the most", query->sort_count,
			  STORE_SORT_MAX);
		return error_hint(err, "sort by fewer");
	}
	for (size_t i = 0; i < query->sort_count; i++)
		if (!read_key(filters, level, &query->sort[i], &out->keys[i], err))
			return false;
	return true;
}

static void add_column(struct filters *filters, const struct order_key *key)
{
	struct buf *sql = &filters->condition->sql;

	if (key->kind == &kind_updated) {
		filter_add_updated(filters, 0);
		return;
	}
	if (!key->can_miss) {
		buf_append(sql, SLICE("r0.id"));
		return;
	}
	buf_printf(sql, "%s(SELECT %s(%s) FROM %s WHERE change = ", key->is_number ? "" : "substr(",
		   key->is_descending ? "max" : "min", key->is_descending ? key->kind->high : key->kind->low, key->kind->table);
	filter_add_change(filters, 0);
	condition_add_int(filters->condition, " AND param = ?", key->scope);
	condition_add(filters->condition, key->is_number ? ")" : "), 1, " KEY_CHARACTERS ")");
}

void order_add_keys(struct filters *filters, const struct order *order)
{
	for (size_t i = 0; i < order->count; i++) {
		condition_add(filters->condition, ", ");
		add_column(filters, &order->keys[i]);
		buf_printf(&filters->condition->sql, " AS k%zu", i);
	}
}

/** Whether greater keys come first, this page's direction included. */
static bool goes_down(const struct order *order, size_t i)
{
	return order->keys[i].is_descending != order->place->is_backwards;
}

/** Positions go the way of the last key, so that an index on it gives both. */
static bool positions_go_down(const struct order *order)
{
	return order->count ? goes_down(order, order->count - 1) : order->place->is_backwards;
}

static void add_compared(struct filters *filters, const struct order *order, size_t i, const char *relation)
{
	const struct store_key *value = &order->place->keys[i];

	buf_printf(&filters->condition->sql, "k%zu %s ", i, relation);
	if (value->kind == STORE_KEY_NUMBER)
		condition_add_int(filters->condition, "?", value->number);
	else
		condition_add_text(filters->condition, "?", value->text);
}

/** Behind the place by key i and those after it. What is missing comes last, or backwards first. */
static void add_behind(struct filters *filters, const struct order *order, size_t i)
{
	const struct store_place *place = order->place;
	struct buf *sql = &filters->condition->sql;

	if (i == order->count) {
		condition_add_int(filters->condition, positions_go_down(order) ? "position < ?" : "position > ?",
				  (int64_t)(place->position < INT64_MAX ? place->position : INT64_MAX));
		return;
	}
	bool is_missing = place->keys[i].kind == STORE_KEY_MISSING;
	buf_append(sql, SLICE("("));
	if (is_missing)
		buf_printf(sql, place->is_backwards ? "k%zu IS NOT NULL OR (k%zu IS NULL" : "(k%zu IS NULL", i, i);
	if (!is_missing) {
		add_compared(filters, order, i, goes_down(order, i) ? "<" : ">");
		if (order->keys[i].can_miss && !place->is_backwards)
			buf_printf(sql, " OR k%zu IS NULL", i);
		buf_append(sql, SLICE(" OR ("));
		add_compared(filters, order, i, "=");
	}
	buf_append(sql, SLICE(" AND "));
	add_behind(filters, order, i + 1);
	buf_append(sql, SLICE("))"));
}

void order_add_place(struct filters *filters, const struct order *order)
{
	if (order->place->position == 0)
		return;
	condition_add(filters->condition, " AND ");
	/* Said first in a form that an index on the key can start from. */
	if (order->count && !order->keys[0].can_miss) {
		add_compared(filters, order, 0, goes_down(order, 0) ? "<=" : ">=");
		condition_add(filters->condition, " AND ");
	}
	add_behind(filters, order, 0);
}

void order_add(struct filters *filters, const struct order *order)
{
	struct buf *sql = &filters->condition->sql;

	buf_append(sql, SLICE(" ORDER BY "));
	for (size_t i = 0; i < order->count; i++) {
		if (order->keys[i].can_miss)
			buf_printf(sql, order->place->is_backwards ? "k%zu IS NULL DESC, " : "k%zu IS NULL, ", i);
		buf_printf(sql, goes_down(order, i) ? "k%zu DESC, " : "k%zu, ", i);
	}
	buf_append(sql, positions_go_down(order) ? SLICE("position DESC") : SLICE("position"));
}
