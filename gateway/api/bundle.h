/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A searchset or history Bundle, spliced from stored bytes: nothing in it is parsed again.
 *
 * Source: FHIR bundle.html; search.html, "Search Results"; http.html, "history".
 */
#ifndef CANNULA_API_BUNDLE_H
#define CANNULA_API_BUNDLE_H

#include "api/outcome.h"
#include "cannula/store.h"

struct bundle_head {
	const char *type; /**< NULL: "searchset" */
	bool has_total;
	uint64_t total;
	struct slice self, first, previous, next, last; /**< link URLs; absent ones are left out */
	size_t bytes;                                   /**< of all entries, about: so much room is made at once; 0: not known */
};

/** A Bundle being written. */
struct bundle {
	struct buf buf;
	size_t entries;
};

/** `bundle_begin`, then entries, then `bundle_end`; then `buf` holds it, or has failed. The caller frees it. */
void bundle_begin(struct bundle *bundle, size_t max_bytes, const struct bundle_head *head);
/** `base_url`/`type`/`id` is the fullUrl. */
void bundle_match(struct bundle *bundle, struct slice base_url, const struct store_resource *resource);
/** A resource that came along with the matches. */
void bundle_include(struct bundle *bundle, struct slice base_url, const struct store_resource *resource);
/** A version in a history: as what request it was made, and what that was answered. */
void bundle_version(struct bundle *bundle, struct slice base_url, const struct store_resource *version);
/** What the server has to say about the search. */
void bundle_outcome(struct bundle *bundle, const struct outcome_issue *issues, size_t count);
void bundle_end(struct bundle *bundle);

#endif
