/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The CapabilityStatement of a base: profiles/api/capability.json completed from the rows that dispatch requests
 * (api_interactions) and the types and parameters that are served. Made once; only the base URL differs between clients.
 *
 * Source: FHIR R4 and R5, capabilitystatement.html. Types that are not FHIR's own stand in an extension on `rest`, since
 * `rest.resource.type` has a required binding.
 */
#ifndef CANNULA_API_CAPABILITY_H
#define CANNULA_API_CAPABILITY_H

#include "api/served.h"
#include "cannula/access.h"

#define CAPABILITY_MAX_PIECES 32

/** The document cut where the base URL belongs: pieces with a URL between each two. */
struct capability {
	struct slice pieces[CAPABILITY_MAX_PIECES];
	size_t piece_count;
};

/** What statements are made of. */
struct capability_facts {
	const struct served_base *base;
	enum access_mode mode;
	struct slice conditional_delete; /**< as configured: "single", "multiple" */
	int64_t date_ms;                 /**< the statements' date */
};

bool capability_make(struct arena *arena, const struct capability_facts *facts, struct capability *out,
		     struct error *err) MUST_USE;
/** The TerminologyCapabilities (metadata?mode=terminology): profiles/api/terminology.json. */
bool capability_make_terminology(struct arena *arena, const struct capability_facts *facts, struct capability *out,
				 struct error *err) MUST_USE;
/** Appends the statement as it is for `base_url`. */
void capability_write(struct buf *buf, const struct capability *capability, struct slice base_url);

#endif
