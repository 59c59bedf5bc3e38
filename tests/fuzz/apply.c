/* SPDX-License-Identifier: Apache-2.0 */
/* Definitions from outside: any PlanDefinition or ActivityDefinition that can be read is applied, or refused with a reason, and
 * what it makes is a resource that is read back. Definitions that it names are itself, so that circles are met. */
#include "cannula/apply.h"

#define MEMORY_MAX_BYTES (256u << 20)

static struct fhir_schema *schemas[FHIR_VERSION_COUNT];
static struct apply_rules *rules[FHIR_VERSION_COUNT];

static void load(void)
{
	struct arena *arena = arena_new(MEMORY_MAX_BYTES);
	struct error err = { 0 };

	ASSERT(arena);
	for (size_t i = 0; i < FHIR_VERSION_COUNT; i++)
		ASSERT(fhir_schema_load(arena, (enum fhir_version)i, &schemas[i], &err) &&
		       apply_rules_load(arena, schemas[i], &rules[i], &err));
}

static bool find(void *context, const struct slice *types, size_t type_count, struct slice canonical,
		 const struct fhir_node **out, struct error *err)
{
	(void)types, (void)type_count, (void)err;
	*out = canonical.len % 2 ? context : NULL;
	return true;
}

static void check(struct arena *arena, const struct fhir_schema *schema, const struct fhir_node *node)
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

static void apply(struct arena *arena, enum fhir_version version, struct slice json)
{
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct apply_parameter parameters[] = { { SLICE("subject"), SLICE("Patient/p"), NULL },
						{ SLICE("encounter"), SLICE_NONE, NULL },
						{ SLICE("practitioner"), SLICE("Practitioner/d"), NULL },
						{ SLICE("organization"), SLICE_NONE, NULL } };
	struct apply_request request = { .parameters = parameters, .parameter_count = ARRAY_SIZE(parameters), .find = find };
	struct fhir_node *definition, *made;
	struct error err = { 0 };
	struct issues issues;

	issues_init(&issues, arena, 10);
	if (!fhir_json_read(arena, schemas[version], NULL, json, &limits, &issues, &definition))
		return;
	if (!slice_equal(definition->type->name, SLICE("PlanDefinition")) &&
	    !slice_equal(definition->type->name, SLICE("ActivityDefinition")))
		return;
	request.definition = request.context = definition;
	issues_init(&issues, arena, 10);
	if (!apply_definition(rules[version], arena, &request, &issues, &made, &err))
		ASSERT(err.code != ERROR_NONE);
	else if (made)
		check(arena, schemas[version], made);
	else
		ASSERT(issues.error_count > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!schemas[FHIR_R4])
		load();
	log_level_set(LOG_ERROR);
	for (size_t i = 0; i < FHIR_VERSION_COUNT; i++) {
		struct arena *arena = arena_new(MEMORY_MAX_BYTES);
		ASSERT(arena);
		apply(arena, (enum fhir_version)i, (struct slice){ (const char *)data, size });
		arena_free(arena);
	}
	return 0;
}
