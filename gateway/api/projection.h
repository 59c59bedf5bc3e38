/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Parts of resources: _summary and _elements. What is left out is told by the tag SUBSETTED, so that nobody takes the part for
 * the whole.
 *
 * Source: FHIR search.html, "Summary", "Elements".
 */
#ifndef CANNULA_API_PROJECTION_H
#define CANNULA_API_PROJECTION_H

#include "api/query.h"
#include "cannula/fhir.h"

enum summary { SUMMARY_FALSE, SUMMARY_TRUE, SUMMARY_TEXT, SUMMARY_DATA, SUMMARY_COUNT };

struct projection {
	enum summary summary;
	struct slice elements; /**< names joined by commas; absent: all */
};

/** What a query asks for. `type` is that of the path, NULL when there is none: its elements are checked. False: `reason` says
 * what is wrong, `hint` what would do. */
bool projection_read(struct arena *arena, const struct query *query, const struct fhir_type *type, struct projection *out,
		     struct slice *reason, struct slice *hint) MUST_USE;
/** Whether resources stay whole; a count has none. */
bool projection_is_whole(const struct projection *projection);
/** `json`, a whole resource, becomes the part that is asked for, in `arena`; the same when it stays whole. */
bool projection_apply(struct arena *arena, const struct fhir_schema *schema, const struct projection *projection,
		      struct slice *json, struct error *err) MUST_USE;

#endif
