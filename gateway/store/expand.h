/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_EXPAND_H
#define STORE_EXPAND_H

#include "store/filter.h"

/** Of a token's :in, :not-in, :above or :below, the values that it stands for; there may be none. ERROR_UNSUPPORTED when that
 * cannot be told from what is held. */
bool expand_values(struct filters *filters, const struct store_filter *filter, struct store_filter *out,
		   struct error *err) MUST_USE;
/** Of a reference's :above or :below, the resources that the value is part of, or that are part of it; itself the first. */
bool expand_references(struct filters *filters, const struct store_filter *filter, struct store_filter *out,
		       struct error *err) MUST_USE;

/** Where the value sets and code systems of a search are found; as long as `filters`. */
struct stored_resource;
struct stored_terms {
	struct terms_source source;
	struct filters *filters;
	struct stored_resource *known;
	const struct terms_source *built_in;
	bool has_asked;
};
void stored_terms_open(struct stored_terms *terms, struct filters *filters);

#endif
