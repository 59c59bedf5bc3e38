/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A search as asked: filters for the store, and what the answer should look like.
 */
#ifndef CANNULA_API_SEARCH_H
#define CANNULA_API_SEARCH_H

#include "api/call.h"
#include "api/outcome.h"

#define SEARCH_MAX_ISSUES 16u

struct search {
	struct store_filter *filters;
	size_t filter_count;
	uint64_t count; /**< _count, within the limit */
	bool count_given, count_only, want_total;
	struct slice cursor;      /**< absent on the first page */
	struct slice filter_text; /**< the filters as query text: what a cursor belongs to */
	struct slice used_text;   /**< all parameters that were used, but _count and the cursor: for links */
	struct outcome_issue issues[SEARCH_MAX_ISSUES]; /**< refused, or ignored on request */
	size_t issue_count;
	bool refused; /**< answer 400 with the issues */
};

/** Reads the call's query against its type. False: the request's memory is used up. */
bool search_read(struct api_call *call, struct search *out) MUST_USE;

/** The result parameters that a search takes, for hints: "_count, _cursor, …". */
struct slice search_result_names(struct arena *arena) MUST_USE;

/** The modifiers that a search parameter takes, NULL-terminated. */
const char *const *search_modifiers(const struct fhir_search_param *param);

#endif
