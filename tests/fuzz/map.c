/* SPDX-License-Identifier: Apache-2.0 */
/* The mapping language: any text is refused with a place, or runs within its limits and makes a resource that can be written. */
#include "cannula/map.h"

#define MEMORY_MAX_BYTES (64u << 20)

static struct fhir_schema *schema;
static struct fhir_node *patient;

static void load(void)
{
	static const char json[] = "{\"resourceType\":\"Patient\",\"id\":\"p\",\"active\":true,\"birthDate\":\"1974-12-25\","
				   "\"name\":[{\"use\":\"usual\",\"family\":\"Berg\",\"given\":[\"Anna\",\"Maria\"]}],"
				   "\"multipleBirthInteger\":2}";
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct arena *arena = arena_new(MEMORY_MAX_BYTES);
	struct error err = { 0 };
	struct issues issues;

	ASSERT(arena);
	ASSERT(fhir_schema_load(arena, FHIR_R5, &schema, &err));
	issues_init(&issues, arena, 10);
	ASSERT(fhir_json_read(arena, schema, NULL, slice_of(json), &limits, &issues, &patient));
}

static void run(struct arena *arena, const struct map_program *program)
{
	struct fhir_node *made;
	struct error err = { 0 };
	struct issues issues;
	struct buf buf;

	issues_init(&issues, arena, 10);
	if (!map_run(arena, program, patient, NULL, &issues, &made, &err)) {
		ASSERT(err.code != ERROR_NONE && err.message[0]);
		return;
	}
	buf_init(&buf, MEMORY_MAX_BYTES);
	fhir_json_write(&buf, made, FHIR_JSON_COMPACT);
	buf_free(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(MEMORY_MAX_BYTES);
	struct map_program *program;
	struct error err = { 0 };

	ASSERT(arena);
	if (!schema)
		load();
	log_level_set(LOG_ERROR);
	if (map_compile(arena, schema, schema, "fuzz.map", (struct slice){ (const char *)data, size }, &program, &err))
		run(arena, program);
	else
		ASSERT(err.code != ERROR_NONE && err.message[0]);
	arena_free(arena);
	return 0;
}
