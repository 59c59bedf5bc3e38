/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The resources that a condition speaks of: search criteria in a conditional interaction's path, in If-None-Exist, or in a
 * reference of a transaction.
 *
 * Source: FHIR http.html, "Conditional create", "Conditional update".
 */
#ifndef CANNULA_API_MATCH_H
#define CANNULA_API_MATCH_H

#include "api/call.h"

struct match {
	const struct store_resource *resources; /**< at most as many as were asked for */
	size_t count;
};

/** Searches `type` by `criteria`, a query as it was sent. Parameters that are not known are refused whatever Prefer says: a
 * condition that is half understood would do harm. False: the call has been answered. */
bool match_find(struct api_call *call, const struct served_type *type, struct slice criteria, size_t max_count,
		struct match *out) MUST_USE;
/** As match_find for at most one: more is 412. `*out` NULL when there is none. */
bool match_find_one(struct api_call *call, const struct served_type *type, struct slice criteria,
		    const struct store_resource **out) MUST_USE;

#endif
