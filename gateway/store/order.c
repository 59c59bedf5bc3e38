/* SPDX-License-Identifier: Apache-2.0 */
#include "store/order.h"

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

/* ---- keys ---- */

static const char *column_of(const struct order_key *key)
{
	return key->is_descending ? key->kind->high : key->kind->low;
}

static void add_key(struct filters *filters, const struct order *order, size_t i)
{
	const struct order_key *key = &order->keys[i];
	struct buf *sql = &filters->condition->sql;

	if (i == 0 && order->part == ORDER_VALUES) {
		buf_printf(sql, "o.%s", column_of(key));
		return;
	}
	if (i == 0 && order->part == ORDER_REST) {
		buf_append(sql, SLICE("NULL"));
		return;
	}
	if (key->kind == &kind_updated) {
		filter_add_updated(filters, 0);
		return;
	}
	if (!key->can_miss) {
		buf_append(sql, SLICE("r0.id"));
		return;
	}
	buf_printf(sql, "(SELECT %s(%s) FROM %s WHERE change = ", key->is_descending ? "max" : "min", column_of(key),
		   key->kind->table);
	filter_add_change(filters, 0);
	buf_printf(sql, " AND %sparam = ", kind_plus(key->kind));
	condition_add_int(filters->condition, "?)", key->scope);
}

void order_add_columns(struct filters *filters, const struct order *order)
{
	condition_add(filters->condition, order->part == ORDER_VALUES ? "o.resource AS position" : "r0.position AS position");
	for (size_t i = 0; i < order->count; i++) {
		condition_add(filters->condition, ", ");
		add_key(filters, order, i);
		buf_printf(&filters->condition->sql, " AS k%zu", i);
	}
}

/* ---- rows ---- */

/** "(row.first, row.others …)": what the rows of one version are ordered by. */
static void add_row_value(struct buf *sql, const struct order_key *key, const char *row)
{
	buf_printf(sql, "(%s.%s", row, column_of(key));
	for (const char *const *column = key->kind->columns; *column; column++)
		if (!slice_equal(slice_of(*column), slice_of(column_of(key))))
			buf_printf(sql, ", %s.%s", row, *column);
	buf_append(sql, SLICE(")"));
}

/** No row of the same version comes before this one, so that each resource comes once. */
static void add_first_of_version(struct filters *filters, const struct order_key *key)
{
	struct buf *sql = &filters->condition->sql;

	buf_printf(sql, " AND NOT EXISTS (SELECT 1 FROM %s f WHERE f.change = o.change AND %sf.param = o.param AND ",
		   key->kind->table, kind_plus(key->kind));
	add_row_value(sql, key, "f");
	buf_append(sql, key->is_descending ? SLICE(" > ") : SLICE(" < "));
	add_row_value(sql, key, "o");
	buf_append(sql, SLICE(")"));
}

/** Rows of versions that were not current at the moment are passed over. The order of the cross join is that of the loops. */
static void add_values(struct filters *filters, const struct order_key *key)
{
	buf_printf(&filters->condition->sql, " FROM %s o CROSS JOIN resource r0 WHERE r0.position = o.resource AND o.change = ",
		   key->kind->table ? key->kind->table : "version");
	filter_add_change(filters, 0);
	if (!key->kind->table)
		return;
	condition_add_int(filters->condition, " AND o.param = ?", key->scope);
	add_first_of_version(filters, key);
}

/** Where few miss, all versions with a value are listed first: asking each resource's own rows would read most of the table. */
static void add_rest(struct filters *filters, const struct order *order)
{
	const struct order_key *key = &order->keys[0];

	condition_add(filters->condition,
		      order->few_miss ? " FROM resource r0 WHERE " : " FROM resource r0 WHERE NOT EXISTS (SELECT 1");
	if (order->few_miss) {
		filter_add_change(filters, 0);
		condition_add(filters->condition, " NOT IN (SELECT change");
	}
	buf_printf(&filters->condition->sql, " FROM %s WHERE ", key->kind->table);
	if (!order->few_miss) {
		condition_add(filters->condition, "change = ");
		filter_add_change(filters, 0);
		condition_add(filters->condition, " AND ");
	}
	condition_add_int(filters->condition, "param = ?)", key->scope);
}

bool order_count_rest(struct filters *filters, const struct filter_level *level, struct order *order, struct error *err)
{
	struct condition *condition = filters->condition;
	struct db_query query;
	bool has_row;

	if (order->part != ORDER_REST || order->keys[0].scope == 0)
		return true;
	condition_reset(condition);
	buf_printf(&condition->sql, "SELECT (SELECT count(*) FROM %s", order->keys[0].kind->table);
	condition_add_int(condition, " WHERE param = ?) * 4 > (SELECT count(*) FROM resource WHERE type", order->keys[0].scope);
	filter_add_types(filters, level);
	condition_add(condition, ") * 3");
	if (!condition_open(condition, &query, err))
		return false;
	bool done = db_next(&query, &has_row, err);
	order->few_miss = done && has_row && db_int(&query, 0);
	db_query_close(&query);
	return done;
}

void order_add_rows(struct filters *filters, const struct order *order)
{
	if (order->part == ORDER_VALUES)
		add_values(filters, &order->keys[0]);
	if (order->part == ORDER_REST)
		add_rest(filters, order);
	if (order->part == ORDER_WHOLE)
		condition_add(filters->condition, " FROM resource r0 WHERE 1 = 1");
}

/* ---- parts ---- */

bool order_can_walk(const struct filters *filters, const struct filter_level *level, const struct order *order)
{
	const struct order_key *first = &order->keys[0];

	if (order->count == 0 || first->can_miss)
		return order->count != 0;
	/* The rows of resources are indexed by type and time, as they are now. */
	return first->kind == &kind_updated && !(filters->is_now && level->count == 1);
}

size_t order_parts(const struct order *order, bool walks, struct order out[static ORDER_PARTS_MAX])
{
	const struct order_key *first = &order->keys[0];
	enum order_part parts[] = { ORDER_VALUES, ORDER_REST };
	bool is_placed = order->place->position != 0;
	size_t count = 0;

	if (!walks) {
		out[0] = *order;
		out[0].is_behind = is_placed;
		return 1;
	}
	if (order->place->is_backwards) {
		parts[0] = ORDER_REST;
		parts[1] = ORDER_VALUES;
	}
	enum order_part at = first->is_missing ? ORDER_REST : ORDER_VALUES;
	for (size_t i = is_placed && parts[0] != at; i < ARRAY_SIZE(parts); i++) {
		if (parts[i] == ORDER_VALUES ? first->can_miss && first->scope == 0 : !first->can_miss)
			continue;
		out[count] = *order;
		out[count].part = parts[i];
		out[count++].is_behind = is_placed && parts[i] == at;
	}
	return count;
}

/* ---- the place ---- */

static bool read_place(struct filters *filters, const struct db_query *query, struct order *order, struct error *err)
{
	bool done = true;

	for (size_t i = 0; i < order->count && done; i++) {
		struct order_key *key = &order->keys[i];
		struct slice text = db_text(query, 1 + (int)i);
		key->is_missing = !text.ptr;
		key->number = key->is_number ? db_int(query, 1 + (int)i) : 0;
		key->text = key->is_number || !text.ptr ? SLICE_NONE : arena_copy(filters->arena, text);
		done = key->is_number || !text.ptr || key->text.ptr;
	}
	return done || error_memory(err);
}

bool order_find_place(struct filters *filters, struct order *order, struct error *err)
{
	struct db_query query;
	bool has_row;

	if (order->count == 0 || order->place->position == 0)
		return true;
	condition_reset(filters->condition);
	condition_add(filters->condition, "SELECT ");
	order_add_columns(filters, order);
	condition_add_int(filters->condition, " FROM resource r0 WHERE r0.position = ?",
			  (int64_t)(order->place->position & INT64_MAX));
	if (!condition_open(filters->condition, &query, err))
		return false;
	bool done = db_next(&query, &has_row, err);
	if (done && has_row)
		done = read_place(filters, &query, order, err);
	db_query_close(&query);
	if (!done || has_row)
		return done;
	error_set(err, ERROR_NOT_FOUND, "", "there is no resource where this page begins");
	return error_hint(err, "start from the first page");
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

static bool may_miss(const struct order *order, size_t i)
{
	return order->keys[i].can_miss && !(i == 0 && order->part == ORDER_VALUES);
}

static int64_t position_of(const struct order *order)
{
	return (int64_t)(order->place->position & INT64_MAX);
}

static void add_key_value(struct filters *filters, const struct order_key *key, const char *sql)
{
	if (key->is_number)
		condition_add_int(filters->condition, sql, key->number);
	else
		condition_add_text(filters->condition, sql, key->text);
}

static void add_compared(struct filters *filters, const struct order *order, size_t i, const char *relation)
{
	buf_printf(&filters->condition->sql, "k%zu %s ", i, relation);
	add_key_value(filters, &order->keys[i], "?");
}

/** Behind the place by key i and those after it. What is missing comes last, or backwards first. */
static void add_behind(struct filters *filters, const struct order *order, size_t i)
{
	struct buf *sql = &filters->condition->sql;
	bool is_backwards = order->place->is_backwards;

	if (i == order->count) {
		condition_add_int(filters->condition, positions_go_down(order) ? "position < ?" : "position > ?",
				  position_of(order));
		return;
	}
	bool is_missing = order->keys[i].is_missing;
	buf_append(sql, SLICE("("));
	if (is_missing)
		buf_printf(sql, is_backwards ? "k%zu IS NOT NULL OR (k%zu IS NULL" : "(k%zu IS NULL", i, i);
	if (!is_missing) {
		add_compared(filters, order, i, goes_down(order, i) ? "<" : ">");
		if (may_miss(order, i) && !is_backwards)
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
	if (!order->is_behind)
		return;
	condition_add(filters->condition, " AND ");
	if (order->part == ORDER_VALUES && order->count == 1) {
		/* Key and position go the same way and stand so in the index: one seek finds the place. */
		condition_add(filters->condition, goes_down(order, 0) ? "(k0, position) < (" : "(k0, position) > (");
		add_key_value(filters, &order->keys[0], "?, ");
		condition_add_int(filters->condition, "?)", position_of(order));
		return;
	}
	/* Said first in a form that an index on the key can start from. */
	if (order->count && order->part != ORDER_REST && !may_miss(order, 0)) {
		add_compared(filters, order, 0, goes_down(order, 0) ? "<=" : ">=");
		condition_add(filters->condition, " AND ");
	}
	add_behind(filters, order, order->part == ORDER_REST ? 1 : 0);
}

void order_add(struct filters *filters, const struct order *order)
{
	struct buf *sql = &filters->condition->sql;

	buf_append(sql, SLICE(" ORDER BY "));
	for (size_t i = order->part == ORDER_REST ? 1 : 0; i < order->count; i++) {
		if (may_miss(order, i))
			buf_printf(sql, order->place->is_backwards ? "k%zu IS NULL DESC, " : "k%zu IS NULL, ", i);
		buf_printf(sql, goes_down(order, i) ? "k%zu DESC, " : "k%zu, ", i);
	}
	buf_append(sql, positions_go_down(order) ? SLICE("position DESC") : SLICE("position"));
}
