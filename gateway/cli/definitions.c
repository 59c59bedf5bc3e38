/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/definitions.h"

#define DEFINITION_MAX_BYTES (32u << 20)

struct definitions {
	struct arena *arena;
	struct fhir_schema *schema;
	struct validate_source sources[REPEATED_MAX];
	struct slice bytes[REPEATED_MAX];
	size_t count;
};

static bool is_type(const struct fhir_node *resource)
{
	return slice_equal(resource->type->name, SLICE("StructureDefinition")) &&
	       slice_equal(fhir_node_text(resource, SLICE("derivation")), SLICE("specialization"));
}

/** Leniently: what a newer version of FHIR says about a definition does not change what it defines. */
static bool read_one(struct definitions *definitions, const char *path, struct error *err)
{
	struct fhir_node *resource;
	struct issues issues;
	struct slice bytes;

	issues_init(&issues, definitions->arena, 1);
	if (!file_read(definitions->arena, path, DEFINITION_MAX_BYTES, &bytes, err))
		return false;
	if (!fhir_read(definitions->arena, definitions->schema, NULL, true, bytes, &issues, &resource)) {
		const struct issue *issue = issues.first;
		char place[sizeof(err->place)];

		if (!issue)
			return error_memory(err);
		snprintf(place, sizeof(place), "%.200s:%u:%u", path, issue->line, issue->column);
		return error_set(err, ERROR_SYNTAX, place, "%.*s", SLICE_ARG(issue->text));
	}
	definitions->bytes[definitions->count] = bytes;
	definitions->sources[definitions->count++] = (struct validate_source){ path, resource };
	return true;
}

static bool add_types(struct definitions *definitions, struct error *err)
{
	for (size_t i = 0; i < definitions->count; i++)
		if (is_type(definitions->sources[i].resource) &&
		    !fhir_schema_add(definitions->schema, definitions->sources[i].place, definitions->bytes[i], err))
			return false;
	return true;
}

bool definitions_open(struct arena *arena, const struct arguments *arguments, enum fhir_version version,
		      const struct fhir_schema **schema, struct validator **validator, struct error *err)
{
	struct definitions definitions = { .arena = arena };
	const char *path;

	if (!fhir_schema_load(arena, version, &definitions.schema, err))
		return false;
	for (size_t at = 0; (path = argument_next(arguments, "definition", &at));)
		if (!read_one(&definitions, path, err))
			return false;
	if (!add_types(&definitions, err))
		return false;
	struct validate_library library = { definitions.sources, definitions.count };
	*schema = definitions.schema;
	return validator_new_with(definitions.schema, &library, validator, err);
}
