/* SPDX-License-Identifier: Apache-2.0 */
#include "validate/run.h"

#define ARENA_MAX_BYTES (256u << 20)

bool run_open(struct run *run)
{
	run->scratch = arena_new(ARENA_MAX_BYTES);
	run->work = arena_new(ARENA_MAX_BYTES);
	return run->scratch && run->work;
}

void run_close(struct run *run)
{
	arena_free(run->scratch);
	arena_free(run->work);
}

void run_issue(struct run *run, const struct fhir_node *node, enum issue_severity severity, const char *code, struct slice key,
	       const char *format, ...)
{
	/* One that is only counted needs no path. */
	bool is_kept = run->issues->count < run->issues->max_count;
	struct slice path = is_kept ? fhir_node_path(run->scratch, node) : SLICE_NONE;
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	struct issue *issue = issue_add(run->issues, severity, code, path, node->line, node->column, "%s", text);
	if (issue)
		issue->key = key;
}

struct run run_enter(const struct run *run, const struct fhir_node *node)
{
	struct run inner = *run;

	if (node->type->kind != FHIR_KIND_RESOURCE)
		return inner;
	bool contained = node->element && slice_equal(node->element->name, SLICE("contained"));
	inner.resource = node;
	if (!contained)
		inner.container = node;
	if (slice_equal(node->type->name, SLICE("Bundle")))
		inner.bundle = node;
	return inner;
}

bool run_spend(struct run *run, uint64_t steps)
{
	struct spending *spending = run->spending;

	spending->steps += steps;
	if (spending->steps > SPENDING_STEPS_MAX)
		spending->is_over = true;
	return !spending->is_over;
}

bool run_exhaust(struct run *run)
{
	run->spending->is_over = true;
	return true;
}

struct fhirpath_context run_context(struct run *run)
{
	run->root_item = (struct fhirpath_item){ .kind = FHIRPATH_NODE, .node = run->container };
	run->root = (struct fhirpath_variable){ SLICE("rootResource"), { &run->root_item, 1 } };
	struct fhirpath_context context = { .schema = run->validator->schema,
					    .resource = run->resource,
					    .variables = &run->root,
					    .variable_count = 1,
					    .member_of = inquiry_member_of,
					    .conforms_to = inquiry_conforms_to,
					    .knowledge = run };

	if (run->is_profile) {
		uint64_t steps = run->spending->steps, left = steps < SPENDING_STEPS_MAX ? SPENDING_STEPS_MAX - steps : 1;

		context.spent = &run->spending->steps;
		context.max_steps = left < FHIRPATH_STEPS_DEFAULT ? left : FHIRPATH_STEPS_DEFAULT;
	}
	return context;
}
