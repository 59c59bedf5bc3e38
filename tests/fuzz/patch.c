/* SPDX-License-Identifier: Apache-2.0 */
/* Patches of both kinds: any text is refused with a reason, or gives a resource that is read back as it was written. */
#include "cannula/patch.h"

#define MEMORY_MAX_BYTES (256u << 20)

static struct fhir_schema *schema;
static struct fhir_node *patient;

static void load(void)
{
	static const char json[] =
	    "{\"resourceType\":\"Patient\",\"id\":\"p\",\"contained\":[{\"resourceType\":\"Organization\",\"id\":\"o\",\"name\":"
	    "\"O\"}],"
	    "\"active\":true,\"name\":[{\"use\":\"usual\",\"family\":\"Berg\",\"given\":[\"Anna\",null],\"_given\":[null,{\"id\":"
	    "\"g\"}]},"
	    "{\"text\":\"B\"}],\"birthDate\":\"1974-12-25\",\"deceasedBoolean\":false,\"contact\":[{\"gender\":\"other\"}]}";
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct arena *arena = arena_new(MEMORY_MAX_BYTES);
	struct error err = { 0 };
	struct issues issues;

	ASSERT(arena);
	ASSERT(fhir_schema_load(arena, FHIR_R4, &schema, &err));
	issues_init(&issues, arena, 10);
	ASSERT(fhir_json_read(arena, schema, NULL, slice_of(json), &limits, &issues, &patient));
}

static void check(struct arena *arena, const struct fhir_node *node)
{
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct fhir_node *again;
	struct issues issues;
	struct buf buf;

	limits.max_depth *= 4;
	issues_init(&issues, arena, 10);
	buf_init(&buf, MEMORY_MAX_BYTES);
	fhir_json_write(&buf, node, FHIR_JSON_COMPACT);
	ASSERT(!buf.failed && fhir_json_read(arena, schema, NULL, buf_slice(&buf), &limits, &issues, &again));
	buf_free(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct arena *arena = arena_new(MEMORY_MAX_BYTES);
	struct fhir_node *after;
	struct issues issues;

	ASSERT(arena);
	if (!schema)
		load();
	log_level_set(LOG_ERROR);
	issues_init(&issues, arena, 10);
	if (patch_apply(arena, schema, patient, (struct slice){ (const char *)data, size }, &limits, &issues, &after))
		check(arena, after);
	else
		ASSERT(issues.error_count > 0 && !after);
	arena_free(arena);
	return 0;
}
