/* SPDX-License-Identifier: Apache-2.0 */
/* The order of a search, and the place in it where a page begins: the keys of a resource, then its position, so that the order is
 * total and a place means the same on each page. A place is a position alone: its keys are read again as of the search's moment.
 *
 * Few resources are sorted. Many are walked in the order of the first key, whose index of values has it: first what has a value,
 * each resource where its least value stands (descending its greatest), then what has none. The further keys sort those that have
 * the same first one. */
#ifndef STORE_ORDER_H
#define STORE_ORDER_H

#include "store/filter.h"

struct order_key {
	const struct index_kind *kind;
	int64_t scope;
	bool is_descending;
	bool is_number; /**< else text */
	bool can_miss;
	/** Of the place. */
	bool is_missing;
	int64_t number;
	struct slice text;
};

/** What a query gives of the order. */
enum order_part {
	ORDER_WHOLE,  /**< all */
	ORDER_VALUES, /**< what has a value of the first key, in the order of its index */
	ORDER_REST,   /**< what has none */
};
#define ORDER_PARTS_MAX 2

struct order {
	struct order_key keys[STORE_SORT_MAX];
	size_t count;
	const struct store_place *place;
	enum order_part part;
	bool few_miss;  /**< of ORDER_REST: most have a value */
	bool is_behind; /**< the part begins at the place, or ends there; else it is taken as a whole */
};

bool order_read(struct filters *filters, const struct filter_level *level, const struct store_query *query, struct order *out,
		struct error *err) MUST_USE;
/** Reads the keys of the place. ERROR_NOT_FOUND when there is no such resource. */
bool order_find_place(struct filters *filters, struct order *order, struct error *err) MUST_USE;
/** Whether walking in the order of the first key saves sorting. */
bool order_can_walk(const struct filters *filters, const struct filter_level *level, const struct order *order);
/** The parts that hold the page, in turn; `walks`: not the whole at once. */
size_t order_parts(const struct order *order, bool walks, struct order out[static ORDER_PARTS_MAX]);
/** Of ORDER_REST: sets few_miss. */
bool order_count_rest(struct filters *filters, const struct filter_level *level, struct order *order, struct error *err) MUST_USE;

/** Appends the position, then ", … AS k0, … AS k1": the keys of the row r0. */
void order_add_columns(struct filters *filters, const struct order *order);
/** Appends " FROM … WHERE …": the rows r0 that the part may consist of. */
void order_add_rows(struct filters *filters, const struct order *order);
/** Appends " AND …": what lies behind the place (or before it). */
void order_add_place(struct filters *filters, const struct order *order);
/** Appends " ORDER BY …", turned round for a page that goes backwards. */
void order_add(struct filters *filters, const struct order *order);

#endif
