/* SPDX-License-Identifier: Apache-2.0 */
/** Stored resources as trees, for interactions that look into them. */
#ifndef CANNULA_API_STORED_H
#define CANNULA_API_STORED_H

#include "api/call.h"

/** The current version; `*out` NULL when there is none. */
bool stored_read(struct api_call *call, struct slice type, struct slice id, struct fhir_node **out, struct error *err) MUST_USE;
/** The one that a reference names: Type/id or a URL below our base; `*out` NULL when it is not held here, or the client may not
 * read that type. */
bool stored_reference(struct api_call *call, struct slice reference, struct fhir_node **out, struct error *err) MUST_USE;
/** The resource of `type` with that canonical, maybe |version; several versions without |version: the one that is active, else
 * the latest stored. `*out` NULL when there is none, or none that the client may read. */
bool stored_canonical(struct api_call *call, struct slice type, struct slice canonical, struct fhir_node **out,
		      struct error *err) MUST_USE;

struct stored_list {
	struct fhir_node **items;
	size_t count;
	bool is_cut; /**< there are more */
};

/** Up to `max_count` that a search finds. */
bool stored_search(struct api_call *call, struct slice type, const struct store_filter *filters, size_t filter_count,
		   size_t max_count, struct stored_list *out, struct error *err) MUST_USE;
/** The search parameter of a type; it is one that the tables have. */
const struct fhir_search_param *stored_param(const struct api_call *call, struct slice type, struct slice code);
/** The resource that the path names, for an operation on an instance. False: the call has been answered. */
bool stored_instance(struct api_call *call, struct fhir_node **out) MUST_USE;

#endif
