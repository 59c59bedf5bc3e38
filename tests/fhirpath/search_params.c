/* SPDX-License-Identifier: Apache-2.0 */
/* Every expression that the specification publishes for a search parameter compiles, and its paths are in the tables. */
#include "../testing.h"

#include "cannula/fhirpath.h"

static void check(const struct fhir_schema *schema, const struct fhir_type *type, const struct fhir_search_param *param,
		  const struct fhirpath_program *program)
{
	struct fhirpath_types types = { .schema = schema, .focus = type };
	struct fhirpath_origin origin = { .name = NULL };
	const struct fhir_type *result;
	struct error err = { 0 };

	if (!fhirpath_check(program, &types, &origin, &result, &err))
		fail_msg("%.*s.%.*s: %.*s: %s %s (%s)", SLICE_ARG(type->name), SLICE_ARG(param->code),
			 SLICE_ARG(param->expression), err.place, err.message, err.hint);
}

static size_t compile_all(enum fhir_version version)
{
	struct arena *arena = arena_new(512u << 20);
	struct fhir_schema *schema;
	struct error err = { 0 };
	const struct fhir_type *type;
	size_t index = 0, compiled = 0;

	assert_ok(fhir_schema_load(arena, version, &schema, &err), &err);
	while ((type = fhir_type_next(schema, FHIR_KIND_RESOURCE, &index))) {
		size_t count;
		const struct fhir_search_param *params = fhir_search_params(schema, type, &count);

		for (size_t i = 0; i < count; i++) {
			struct fhirpath_program *program;

			if (!params[i].expression.ptr)
				continue;
			if (!fhirpath_compile(arena, params[i].expression, &program, &err))
				fail_msg("%.*s.%.*s: %.*s: %s %s", SLICE_ARG(type->name), SLICE_ARG(params[i].code),
					 SLICE_ARG(params[i].expression), err.place, err.message);
			check(schema, type, &params[i], program);
			compiled++;
		}
	}
	arena_free(arena);
	return compiled;
}

static void all_expressions_of_r4_compile(void **state)
{
	(void)state;
	assert_true(compile_all(FHIR_R4) > 1300);
}

static void all_expressions_of_r5_compile(void **state)
{
	(void)state;
	assert_true(compile_all(FHIR_R5) > 1300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_expressions_of_r4_compile),
		cmocka_unit_test(all_expressions_of_r5_compile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
