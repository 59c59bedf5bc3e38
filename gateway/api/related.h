/* SPDX-License-Identifier: Apache-2.0 */
/** The rules of $related-policies: profiles/api/related-policies.yaml, compiled once. */
#ifndef CANNULA_API_RELATED_H
#define CANNULA_API_RELATED_H

#include "cannula/base.h"
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

struct related_rules {
	struct fhirpath_program *codes, *groups;
	const struct related_expression *filters, *standings;
	size_t filter_count, standing_count;
	const struct related_state *states;
	size_t state_count;
};

bool related_rules_load(struct arena *arena, struct related_rules **out, struct error *err) MUST_USE;

#endif
