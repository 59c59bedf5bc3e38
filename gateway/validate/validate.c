/* SPDX-License-Identifier: Apache-2.0 */
#include "validate/profile.h"

#include <string.h>

#define VALIDATOR_MAX_BYTES (512u << 20)

static struct validator *begin(const struct fhir_schema *schema)
{
	struct arena *arena = arena_new(VALIDATOR_MAX_BYTES);
	struct validator *validator = arena ? arena_new_of(arena, struct validator) : NULL;

	if (!validator) {
		arena_free(arena);
		return NULL;
	}
	validator->arena = arena;
	validator->schema = schema;
	return validator;
}

static bool finish(struct validator *validator, bool loaded, struct validator **out, struct error *err)
{
	if (!loaded || !value_sets_make(validator, err) || !profiles_make(validator, err)) {
		validator_free(validator);
		return false;
	}
	*out = validator;
	return true;
}

bool validator_new(const struct fhir_schema *schema, struct validator **out, struct error *err)
{
	struct validator *validator = begin(schema);

	if (!validator)
		return error_memory(err);
	return finish(validator, rules_load(validator, err) && knowledge_load(validator, err), out, err);
}

bool validator_extend(const struct validator *base, const struct validate_library *library, struct validator **out,
		      struct error *err)
{
	struct validator *validator = begin(base->schema);

	if (!validator)
		return error_memory(err);
	validator->base = base;
	validator->rules = base->rules;
	validator->rule_count = base->rule_count;
	validator->left_out = base->left_out;
	memcpy(validator->formats, base->formats, sizeof(base->formats));
	validator->format_count = base->format_count;
	validator->terms.tables = base->terms.tables;
	return finish(validator, knowledge_extend(validator, library, err), out, err);
}

size_t validator_left_out(const struct validator *validator)
{
	return validator->left_out;
}

void validator_free(struct validator *validator)
{
	if (!validator)
		return;
	if (!validator->base)
		format_free(validator);
	arena_free(validator->arena);
}

static bool check_request(struct run *run, const struct validate_request *request, const struct fhir_node *resource)
{
	struct run charged = *run;

	charged.is_profile = true;
	for (size_t i = 0; i < request->profile_count; i++)
		if (!profile_ask(&charged, resource, resource, request->profiles[i], ISSUE_ERROR))
			return false;
	return true;
}

bool validate_against(const struct validator *validator, const struct fhir_node *resource, const struct validate_request *request,
		      struct issues *issues, struct error *err)
{
	struct spending spending = { 0 };
	struct run run = { .validator = validator, .issues = issues, .spending = &spending, .err = err };

	run.resource = run.container = resource;
	bool opened = run_open(&run) || error_memory(err);
	bool done = opened && element_check(&run, resource) && check_request(&run, request, resource);
	if (done && spending.is_over)
		run_issue(&run, resource, ISSUE_WARNING, "too-costly", SLICE_NONE,
			  "its profiles take too long: not all that they ask was checked");
	run_close(&run);
	return done;
}

bool validate_resource(const struct validator *validator, const struct fhir_node *resource, struct issues *issues,
		       struct error *err)
{
	const struct validate_request nothing_more = { 0 };

	return validate_against(validator, resource, &nothing_more, issues, err);
}
