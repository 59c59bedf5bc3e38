/* SPDX-License-Identifier: Apache-2.0 */
/* A definition (or a Bundle of them), a line "----", and a resource that is checked against all profiles of the definition: any
 * text is refused with a reason, or the check ends in time, alike each time. */
#include "cannula/validate.h"

#define MEMORY_MAX_BYTES (256u << 20)
#define PROFILES_MAX 8

static struct fhir_schema *schema;
static struct validator *base;

static void load(void)
{
	struct arena *arena = arena_new(MEMORY_MAX_BYTES);
	struct error err = { 0 };

	ASSERT(arena);
	ASSERT(fhir_schema_load(arena, FHIR_R4, &schema, &err));
	ASSERT(validator_new(schema, &base, &err));
	log_level_set(LOG_ERROR);
}

static struct fhir_node *read(struct arena *arena, struct slice json)
{
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct fhir_node *node;
	struct issues issues;

	limits.lenient = true;
	issues_init(&issues, arena, 1);
	return fhir_json_read(arena, schema, NULL, json, &limits, &issues, &node) ? node : NULL;
}

static size_t find_profiles(const struct fhir_node *given, struct slice profiles[PROFILES_MAX])
{
	struct slice url = fhir_node_text(given, SLICE("url"));
	size_t count = 0;

	if (url.len)
		profiles[count++] = url;
	for (const struct fhir_node *entry = fhir_node_child(given, SLICE("entry")); entry; entry = fhir_node_again(entry)) {
		const struct fhir_node *inner = fhir_node_child(entry, SLICE("resource"));

		url = inner ? fhir_node_text(inner, SLICE("url")) : SLICE_NONE;
		if (url.len && count < PROFILES_MAX)
			profiles[count++] = url;
	}
	return count;
}

static size_t check(struct arena *arena, const struct validator *validator, const struct fhir_node *given,
		    const struct fhir_node *resource)
{
	struct slice profiles[PROFILES_MAX];
	struct validate_request request = { profiles, find_profiles(given, profiles) };
	struct error err = { 0 };
	struct issues issues;

	issues_init(&issues, arena, 20);
	ASSERT(validate_against(validator, resource, &request, &issues, &err));
	return issues.error_count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = { (const char *)data, size };
	size_t line = slice_find(text, SLICE("\n----\n"));
	struct arena *arena = arena_new(MEMORY_MAX_BYTES);
	struct validator *validator;
	struct error err = { 0 };

	ASSERT(arena);
	if (!schema)
		load();
	struct fhir_node *given = line == SIZE_MAX ? NULL : read(arena, (struct slice){ text.ptr, line });
	struct fhir_node *resource = given ? read(arena, slice_from(text, line + sizeof("\n----\n") - 1)) : NULL;
	struct validate_source source = { "given", given };
	struct validate_library library = { &source, 1 };

	if (resource && validator_extend(base, &library, &validator, &err)) {
		size_t errors = check(arena, validator, given, resource);

		ASSERT(check(arena, validator, given, resource) == errors);
		validator_free(validator);
	} else if (resource) {
		ASSERT(err.code != ERROR_NONE && err.message[0]);
	}
	arena_free(arena);
	return 0;
}
