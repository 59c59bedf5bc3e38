/* SPDX-License-Identifier: Apache-2.0 */
/* The order of a search, and the place in it where a page begins: the keys of a resource, then its position, so that the order is
 * total and a place means the same on each page. */
#ifndef STORE_ORDER_H
#define STORE_ORDER_H

#include "store/filter.h"

struct order_key {
	const struct index_kind *kind;
	int64_t scope;
	bool is_descending;
	bool is_number; /**< else text */
	bool can_miss;
};

struct order {
	struct order_key keys[STORE_SORT_MAX];
	size_t count;
	const struct store_place *place;
};

bool order_read(struct filters *filters, const struct filter_level *level, const struct store_query *query, struct order *out,
		struct error *err) MUST_USE;
/** Appends ", … AS k0, … AS k1": the keys of the row r0. */
void order_add_keys(struct filters *filters, const struct order *order);
/** Appends " AND …": what lies behind the place (or before it). */
void order_add_place(struct filters *filters, const struct order *order);
/** Appends " ORDER BY …", turned round for a page that goes backwards. */
void order_add(struct filters *filters, const struct order *order);

#endif
