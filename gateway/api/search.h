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
#define SEARCH_MAX_LACKING 8u /* so many are told as every type */

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
	/** What the client may not do and the search would: answer 403, see search_permitted. */
	struct access_grant lacking[SEARCH_MAX_LACKING];
	size_t lacking_count;
	struct slice advice;   /**< how to ask without; may be absent */
	struct slice left_out; /**< types that would be included, but the client may not read them; absent: none */
};

/** Reads the call's query against its type, or without one against what all types share. False: the request's memory is used up.
 */
bool search_read(struct api_call *call, struct search *out) MUST_USE;

/** Whether the client may do all that the search does, with every type that it goes through. False: the call has been answered.
 * See search_reach.c. */
bool search_permitted(struct api_call *call, const struct search *search) MUST_USE;

/** The result parameters that a search takes, for hints: "_count, _cursor, …". */
struct slice search_result_names(struct arena *arena) MUST_USE;

#endif
