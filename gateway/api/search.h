/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A search as asked: filters for the store, and what the answer should look like.
 *
 * Source: FHIR R4 and R5, search.html.
 */
#ifndef CANNULA_API_SEARCH_H
#define CANNULA_API_SEARCH_H

#include "api/call.h"
#include "api/outcome.h"

#define SEARCH_MAX_ISSUES 80u
#define SEARCH_MAX_INCLUDES 1024u

struct search {
	struct store_filter *filters;
	size_t filter_count;
	const struct slice *types; /**< one or, at the base, several */
	size_t type_count;
	struct store_sort sort[STORE_SORT_MAX];
	size_t sort_count;
	struct store_include *includes;
	size_t include_count;
	uint64_t count; /**< _count, within the limit */
	bool count_given, count_only, want_total, want_plan;
	struct slice cursor;      /**< absent on the first page */
	struct slice filter_text; /**< what finds and orders, as query text: what a cursor belongs to */
	struct slice used_text;   /**< all parameters that were used, but _count and the cursor: for links */
	struct outcome_issue issues[SEARCH_MAX_ISSUES]; /**< refused, or ignored on request */
	size_t issue_count;
	bool refused; /**< answer 400 with the issues */
};

/** Reads the call's query against its type, or without one against what all types share. False: the request's memory is used up.
 */
bool search_read(struct api_call *call, struct search *out) MUST_USE;

/** The result parameters that a search takes, for hints: "_count, _cursor, …". */
struct slice search_result_names(struct arena *arena) MUST_USE;

#endif
