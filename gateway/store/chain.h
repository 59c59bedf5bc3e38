/* SPDX-License-Identifier: Apache-2.0 */
/* Filters that follow a reference: a chain, from where it stands to what it names, and _has, the other way round. */
#ifndef STORE_CHAIN_H
#define STORE_CHAIN_H

#include "store/filter.h"

/** Appends the test that the row r<depth> is at the outer end of such a reference. */
bool chain_add_test(struct filters *filters, unsigned depth, const struct clause *clause, struct error *err) MUST_USE;
/** Appends the SELECT of outer ends; `inner` is the filter of the inner end whose set it starts from. */
bool chain_add_set(struct filters *filters, const struct clause *clause, const struct clause *inner, struct error *err) MUST_USE;

#endif
