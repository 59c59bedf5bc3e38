/* SPDX-License-Identifier: Apache-2.0 */
#include "validate/run.h"

#define VALIDATOR_MAX_BYTES (32u << 20)
#define SCRATCH_MAX_BYTES (256u << 20)

bool validator_new(const struct fhir_schema *schema, struct validator **out, struct error *err)
{
	struct arena *arena = arena_new(VALIDATOR_MAX_BYTES);
	struct validator *validator = arena ? arena_new_of(arena, struct validator) : NULL;

	if (!validator) {
		arena_free(arena);
		return error_memory(err);
	}
	validator->arena = arena;
	validator->schema = schema;
	if (!rules_load(validator, err)) {
		validator_free(validator);
		return false;
	}
	*out = validator;
	return true;
}

size_t validator_left_out(const struct validator *validator)
{
	return validator->left_out;
}

void validator_free(struct validator *validator)
{
	if (!validator)
		return;
	format_free(validator);
	arena_free(validator->arena);
}

void run_issue(struct run *run, const struct fhir_node *node, enum issue_severity severity, const char *code, struct slice key,
	       const char *format, ...)
{
	struct slice path = fhir_node_path(run->scratch, node);
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	struct issue *issue = issue_add(run->issues, severity, code, path, node->line, node->column, "%s", text);
	if (issue)
		issue->key = key;
}

bool validate_resource(const struct validator *validator, const struct fhir_node *resource, struct issues *issues,
		       struct error *err)
{
	struct run run = { .validator = validator, .issues = issues, .resource = resource, .container = resource, .err = err };

	run.scratch = arena_new(SCRATCH_MAX_BYTES);
	if (!run.scratch)
		return error_memory(err);
	bool done = element_check(&run, resource);
	arena_free(run.scratch);
	return done;
}
