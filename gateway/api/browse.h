/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A page for people who open a FHIR address in a browser: the resource's narrative, its JSON with links, other forms of it
 * (profiles/api/browse.html). What stands in a resource is somebody else's: it is escaped, and a narrative stands in a frame that
 * may do nothing.
 */
#ifndef CANNULA_API_BROWSE_H
#define CANNULA_API_BROWSE_H

#include "api/call.h"

/** What a page may load and do: nothing but its own styles. */
#define BROWSE_POLICY                                                                                                            \
	SLICE("default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; "              \
	      "frame-ancestors 'none'")

/** `json` (one resource) becomes the page, in place. */
bool browse_page(const struct api_call *call, struct buf *json, struct error *err) MUST_USE;

#endif
