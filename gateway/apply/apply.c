/* SPDX-License-Identifier: Apache-2.0 */
#include "apply/run.h"

struct apply_frame apply_frame_of(struct apply_run *run, const struct apply_frame *outer, const struct fhir_node *definition)
{
	struct slice url = fhir_node_text(definition, SLICE("url")), version = fhir_node_text(definition, SLICE("version"));
	struct apply_frame frame = { outer, definition, SLICE_NONE, outer ? outer->depth + 1 : 1 };

	if (url.ptr)
		frame.canonical =
		    arena_printf(run->arena, "%.*s%s%.*s", SLICE_ARG(url), version.ptr ? "|" : "", SLICE_ARG(version));
	return frame;
}

bool apply_definition(const struct apply_rules *rules, struct arena *arena, const struct apply_request *request,
		      struct issues *issues, struct fhir_node **out, struct error *err)
{
	struct apply_run run = {
		.rules = rules,
		.schema = rules->schema,
		.arena = arena,
		.request = request,
		.issues = issues,
		.err = err,
		.started_us = time_monotonic_us(),
	};
	bool is_plan = slice_equal(request->definition->type->name, SLICE("PlanDefinition"));
	struct fhir_node *made;
	struct slice reference;

	*out = NULL;
	if (!apply_scope_init(&run) || !apply_scope_set_text(&run, NAME_INTENT, SLICE("proposal")))
		return false;
	struct apply_frame frame = apply_frame_of(&run, NULL, request->definition);
	if (!(is_plan ? apply_plan : apply_activity)(&run, &frame, &made, &reference))
		return false;
	return !made || apply_finish(&run, &frame, out);
}
