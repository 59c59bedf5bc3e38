/* SPDX-License-Identifier: Apache-2.0 */
/** The rules of $related-policies: profiles/api/related-policies.yaml, compiled once. */
#ifndef CANNULA_API_RELATED_H
#define CANNULA_API_RELATED_H

#include "api/served.h"
#include "cannula/fhirpath.h"

struct related_expression {
	struct slice name; /**< of the parameter or of the standing */
	struct slice when;
	bool always;
	struct fhirpath_program *program;
};

struct related_state {
	struct slice code, name;
};

/** Policies: of what type, by what they are searched and ordered. */
struct related_policies {
	struct slice type, code; /**< parameter */
	struct slice order;      /**< element */
};

/** Their groups. */
struct related_groups {
	struct slice type, url, code; /**< parameters */
	struct slice canonicals;
	struct fhirpath_program *program;
};

struct related_rules {
	struct fhirpath_program *codes;
	struct related_policies policies;
	struct related_groups groups;
	const struct related_expression *filters, *standings;
	size_t filter_count, standing_count;
	const struct related_state *states;
	size_t state_count;
};

/** ERROR_USAGE when a base has no such type or parameter. */
bool related_rules_load(struct arena *arena, const struct served_base bases[FHIR_VERSION_COUNT], struct related_rules **out,
			struct error *err) MUST_USE;

#endif
