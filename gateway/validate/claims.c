/* SPDX-License-Identifier: Apache-2.0 */
/* FHIR, "Resource", section "meta.profile": what a resource claims to be, and what is asked of it. */
#include "validate/profile.h"

void profile_missing(struct run *run, const struct fhir_node *place, struct slice canonical, enum issue_severity severity)
{
	run_issue(run, place, severity, "not-found", SLICE_NONE, "the profile %.*s is not known, so it was not checked",
		  SLICE_ARG(canonical));
}

bool profile_ask(struct run *run, const struct fhir_node *node, const struct fhir_node *place, struct slice canonical,
		 enum issue_severity missing)
{
	const struct held *held = catalogue_find(&run->validator->knowledge.profiles, canonical);
	struct slice url = canonical;

	if (held) {
		bool done = profile_check(run, held->profile, node);
		arena_reset(run->work);
		return done;
	}
	const struct fhir_type *type = fhir_type_find(run->validator->schema, slice_cut(&url, '|'));
	if (!type)
		profile_missing(run, place, canonical, missing);
	if (type && !fhir_type_is(node->type, type->name))
		run_issue(run, place, ISSUE_ERROR, "structure", SLICE_NONE, "it must be a %.*s, not a %.*s",
			  SLICE_ARG(type->name), SLICE_ARG(node->type->name));
	return true;
}

static bool check_claims(struct run *run, const struct fhir_node *resource)
{
	const struct fhir_node *meta = fhir_node_child(resource, SLICE("meta"));
	const struct fhir_node *profile = meta ? fhir_node_child(meta, SLICE("profile")) : NULL;

	for (; profile; profile = fhir_node_again(profile))
		if (profile->value.ptr && !profile_ask(run, resource, profile, profile->value, ISSUE_WARNING))
			return false;
	return true;
}

bool profiles_check(struct run *run, const struct fhir_node *node)
{
	bool is_resource = node->type->kind == FHIR_KIND_RESOURCE;

	if (!is_resource && !slice_equal(node->type->name, SLICE("Extension")))
		return true;
	struct run charged = *run;
	charged.is_profile = true;
	if (is_resource)
		return check_claims(&charged, node);
	bool done = extension_check(&charged, node);
	arena_reset(run->work);
	return done;
}
