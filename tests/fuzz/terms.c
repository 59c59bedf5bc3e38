/* SPDX-License-Identifier: Apache-2.0 */
/* A Bundle of value sets and code systems: each set expands in time or is refused with a reason, and what it expands to are codes
 * that it has when it is asked for one. */
#include "cannula/terminology.h"

#define MEMORY_MAX_BYTES (256u << 20)
#define CODES_MAX 200u

static struct fhir_schema *schema;

struct given {
	struct arena *arena;
	const struct fhir_node *bundle;
	struct terms_source source;
};

static void load(void)
{
	struct arena *arena = arena_new(MEMORY_MAX_BYTES);
	struct error err = { 0 };

	ASSERT(arena);
	ASSERT(fhir_schema_load(arena, FHIR_R5, &schema, &err));
	log_level_set(LOG_ERROR);
}

static const struct fhir_node *find(const struct given *given, struct slice type, struct slice canonical)
{
	struct slice url = slice_cut(&canonical, '|');
	const struct fhir_node *entry = fhir_node_child(given->bundle, SLICE("entry"));

	for (; entry; entry = fhir_node_again(entry)) {
		const struct fhir_node *resource = fhir_node_child(entry, SLICE("resource"));

		if (resource && slice_equal(resource->type->name, type) &&
		    slice_equal(fhir_node_text(resource, SLICE("url")), url))
			return resource;
	}
	return NULL;
}

static bool find_value_set(void *context, struct slice canonical, const struct fhir_node **out, struct error *err)
{
	(void)err;
	*out = find(context, SLICE("ValueSet"), canonical);
	return true;
}

static bool find_code_system(void *context, struct slice canonical, const struct terms_system **out, struct error *err)
{
	struct given *given = context;
	const struct fhir_node *resource = find(given, SLICE("CodeSystem"), canonical);

	*out = NULL;
	return !resource || terms_system_make(given->arena, resource, out, err);
}

static void expand(struct given *given, struct slice url)
{
	struct terms_codes codes;
	struct error err = { 0 };

	if (!terms_expand(given->arena, &given->source, url, CODES_MAX, &codes, &err)) {
		ASSERT(err.code != ERROR_NONE && err.message[0]);
		return;
	}
	ASSERT(codes.count <= CODES_MAX);
	for (size_t i = 0; i < codes.count; i++) {
		const struct terms_code *code = &codes.items[i];
		struct terms_codes others;

		if (!code->code.ptr || !code->system.ptr)
			continue;
		ASSERT(terms_has(&given->source, url, code->system, code->code, NULL) != FHIRPATH_NO);
		if (i == 0 && terms_hierarchy(given->arena, &given->source, code, TERMS_BELOW, CODES_MAX, &others, &err))
			ASSERT(others.count > 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct arena *arena = arena_new(MEMORY_MAX_BYTES);
	struct given given = { .arena = arena, .source = { find_value_set, find_code_system, &given, NULL } };
	struct fhir_node *bundle = NULL;
	struct issues issues;

	ASSERT(arena);
	if (!schema)
		load();
	limits.lenient = true;
	issues_init(&issues, arena, 1);
	if (fhir_json_read(arena, schema, NULL, (struct slice){ (const char *)data, size }, &limits, &issues, &bundle))
		given.bundle = bundle;
	const struct fhir_node *entry = bundle ? fhir_node_child(bundle, SLICE("entry")) : NULL;
	for (; entry; entry = fhir_node_again(entry)) {
		const struct fhir_node *resource = fhir_node_child(entry, SLICE("resource"));
		struct slice url = resource ? fhir_node_text(resource, SLICE("url")) : SLICE_NONE;

		if (url.ptr && slice_equal(resource->type->name, SLICE("ValueSet")))
			expand(&given, url);
	}
	arena_free(arena);
	return 0;
}
