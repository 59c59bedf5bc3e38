/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/definitions.h"

#define DEFINITION_MAX_BYTES (32u << 20)

struct given {
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
static bool read_one(struct given *given, const char *path, struct error *err)
{
	struct fhir_node *resource;
	struct issues issues;
	struct slice bytes;

	issues_init(&issues, given->arena, 1);
	if (!file_read(given->arena, path, DEFINITION_MAX_BYTES, &bytes, err))
		return false;
	if (!fhir_read(given->arena, given->schema, NULL, true, bytes, &issues, &resource)) {
		const struct issue *issue = issues.first;
		char place[sizeof(err->place)];

		if (!issue)
			return error_memory(err);
		snprintf(place, sizeof(place), "%.200s:%u:%u", path, issue->line, issue->column);
		return error_set(err, ERROR_SYNTAX, place, "%.*s", SLICE_ARG(issue->text));
	}
	given->bytes[given->count] = bytes;
	given->sources[given->count++] = (struct validate_source){ path, resource };
	return true;
}

static bool add_types(struct given *given, struct error *err)
{
	for (size_t i = 0; i < given->count; i++)
		if (is_type(given->sources[i].resource) &&
		    !fhir_schema_add(given->schema, given->sources[i].place, given->bytes[i], err))
			return false;
	return true;
}

bool definitions_open(struct definitions *definitions, struct arena *arena, const struct arguments *arguments,
		      enum fhir_version version, struct error *err)
{
	struct given given = { .arena = arena };
	const char *path;

	if (!fhir_schema_load(arena, version, &given.schema, err))
		return false;
	for (size_t at = 0; (path = argument_next(arguments, "definition", &at));)
		if (!read_one(&given, path, err))
			return false;
	if (!add_types(&given, err))
		return false;
	struct validate_library library = { given.sources, given.count };
	definitions->schema = given.schema;
	return validator_new(given.schema, &definitions->built_in, err) &&
	       validator_extend(definitions->built_in, &library, &definitions->validator, err);
}

void definitions_close(struct definitions *definitions)
{
	validator_free(definitions->validator);
	validator_free(definitions->built_in);
}
