/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_EXPAND_H
#define STORE_EXPAND_H

#include "store/filter.h"

/** Of a token's :in, :not-in, :above or :below, the values that it stands for; there may be none. ERROR_UNSUPPORTED when the
 * value set or the code system is not held, or has rules that are not evaluated. */
bool expand_values(struct filters *filters, const struct store_filter *filter, struct store_filter *out,
		   struct error *err) MUST_USE;
/** Of a reference's :above or :below, the resources that the value is part of, or that are part of it; itself the first. */
bool expand_references(struct filters *filters, const struct store_filter *filter, struct store_filter *out,
		       struct error *err) MUST_USE;

#endif
