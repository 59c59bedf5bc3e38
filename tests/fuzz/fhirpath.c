/* SPDX-License-Identifier: Apache-2.0 */
/* FHIRPath: any text is refused with a place, or evaluates within its limits on a small resource. */
#include "cannula/fhirpath.h"

#define MEMORY_MAX_BYTES (64u << 20)
#define STEPS_MAX 20000u

static struct fhir_schema *schema;
static struct fhir_node *patient;

static void load(void)
{
	static const char json[] = "{\"resourceType\":\"Patient\",\"id\":\"p\",\"active\":true,\"birthDate\":\"1974-12-25\","
				   "\"name\":[{\"use\":\"usual\",\"family\":\"Berg\",\"given\":[\"Anna\",\"Maria\"]}],"
				   "\"multipleBirthInteger\":2,\"generalPractitioner\":[{\"reference\":\"Practitioner/7\"}]}";
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct arena *arena = arena_new(MEMORY_MAX_BYTES);
	struct error err = { 0 };
	struct issues issues;

	ASSERT(arena);
	ASSERT(fhir_schema_load(arena, FHIR_R4, &schema, &err));
	issues_init(&issues, arena, 10);
	ASSERT(fhir_json_read(arena, schema, NULL, slice_of(json), &limits, &issues, &patient));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(MEMORY_MAX_BYTES);
	struct fhirpath_context context = { .max_steps = STEPS_MAX, .now_ms = 1 };
	struct fhirpath_program *program;
	struct fhirpath_result result;
	struct error err = { 0 };

	ASSERT(arena);
	if (!schema)
		load();
	context.schema = schema;
	log_level_set(LOG_ERROR);
	if (!fhirpath_compile(arena, (struct slice){ (const char *)data, size }, &program, &err))
		ASSERT(err.code != ERROR_NONE && err.message[0]);
	else if (!fhirpath_eval_node(arena, program, &context, patient, &result, &err))
		ASSERT(err.code != ERROR_NONE && err.message[0]);
	else
		for (size_t i = 0; i < result.count; i++)
			ASSERT(result.items[i].kind != FHIRPATH_NODE || result.items[i].node);
	arena_free(arena);
	return 0;
}
