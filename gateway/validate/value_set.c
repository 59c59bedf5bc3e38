/* SPDX-License-Identifier: Apache-2.0 */
/* What the validator holds, as the room terminology asks for it. */
#include "validate/run.h"

static bool find_value_set(void *context, struct slice canonical, const struct fhir_node **out, struct error *err)
{
	const struct validator *validator = context;
	const struct held *held = catalogue_find(&validator->knowledge.value_sets, canonical);

	(void)err;
	*out = held ? held->resource : NULL;
	return true;
}

static bool find_code_system(void *context, struct slice canonical, const struct terms_system **out, struct error *err)
{
	const struct validator *validator = context;
	const struct held *held = catalogue_find(&validator->knowledge.code_systems, canonical);

	(void)err;
	*out = held ? held->system : NULL;
	return true;
}

bool value_sets_make(struct validator *validator, struct error *err)
{
	struct catalogue *systems = &validator->knowledge.code_systems;

	validator->terms.value_set = find_value_set;
	validator->terms.code_system = find_code_system;
	validator->terms.context = validator;
	for (size_t i = 0; i < systems->count; i++)
		if (!systems->items[i].system &&
		    !terms_system_make(validator->arena, systems->items[i].resource, &systems->items[i].system, err))
			return false;
	return true;
}

const struct terms_source *validator_terms(const struct validator *validator)
{
	return &validator->terms;
}

enum fhirpath_answer value_set_has(struct run *run, struct slice canonical, struct slice system, struct slice code)
{
	uint64_t steps = 0;
	enum fhirpath_answer answer = terms_has(&run->validator->terms, canonical, system, code, &steps);

	if (run->is_profile && !run_spend(run, steps))
		return FHIRPATH_NOT_HELD;
	return answer;
}
