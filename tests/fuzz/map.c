/* SPDX-License-Identifier: Apache-2.0 */
/* The mapping language, as text and as StructureMap in JSON and XML: whatever is read is refused with a place, or runs within its
 * limits and makes a resource that can be written. Where one mistake is found, telling all of them finds some too. */
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

static void hear(void *context, const struct error *mistake)
{
	size_t *count = context;

	ASSERT(mistake->code == ERROR_SYNTAX && mistake->message[0]);
	*count += 1;
}

static bool compile(struct slice text, bool tells, struct arena *arena, struct map_program **program)
{
	size_t count = 0;
	const struct map_library library = {
		.source = schema, .target = schema, .mistake = tells ? hear : NULL, .context = &count
	};
	struct error err = { 0 };
	bool compiled = map_compile_with(arena, &library, "fuzz.map", text, program, &err);

	ASSERT(compiled == (err.code == ERROR_NONE) && compiled == !err.message[0]);
	ASSERT(count <= MAP_MISTAKES_MAX && (!compiled || count == 0));
	return compiled;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = { (const char *)data, size };
	struct arena *arena = arena_new(MEMORY_MAX_BYTES);
	struct map_program *program, *same;

	ASSERT(arena);
	if (!schema)
		load();
	log_level_set(LOG_ERROR);
	bool compiled = compile(text, false, arena, &program);
	ASSERT(compile(text, true, arena, &same) == compiled || arena_used(arena) > MEMORY_MAX_BYTES / 4);
	if (compiled)
		run(arena, program);
	arena_free(arena);
	return 0;
}
