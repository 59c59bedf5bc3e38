/* SPDX-License-Identifier: Apache-2.0 */
/**
 * links: the addresses in a narrative's `href` and `src`, one after the other.
 *
 * Source: FHIR narrative.html; XML 1.0, section 3.1 (tags and attributes).
 */
#ifndef CANNULA_API_LINKS_H
#define CANNULA_API_LINKS_H

#include "cannula/base.h"

struct links {
	struct slice rest; /**< at first: the whole text */
	bool in_tag;
};

/** The next address, as it stands in the text; absent when there is none. */
struct slice links_next(struct links *links);

#endif
