/* SPDX-License-Identifier: Apache-2.0 */
/* The definitions that come as files: operations and structures. */
#include "api/published.h"

#include "api/call.h"

#define RESOURCES_MAX 64u
#define FILES_ISSUES_MAX 2u
#define OPERATIONS SLICE("OperationDefinition")
#define STRUCTURES SLICE("StructureDefinition")

struct reading {
	struct arena *arena;
	const struct served_base *base;
	const struct fhir_node **resources;
	size_t count;
	struct error *err;
};

/** One resource; what is no definition of an operation or a structure is for others. */
static bool read_resource(struct reading *reading, const char *name, struct slice json)
{
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct fhir_node *resource;
	struct issues issues;

	issues_init(&issues, reading->arena, FILES_ISSUES_MAX);
	if (!fhir_json_read(reading->arena, reading->base->schema, NULL, json, &limits, &issues, &resource))
		return error_set(reading->err, ERROR_USAGE, name, "line %u: %.*s", issues.first ? issues.first->line : 0,
				 SLICE_ARG(issues.first ? issues.first->text : SLICE("no memory")));
	if (reading->count == RESOURCES_MAX)
		return error_set(reading->err, ERROR_LIMIT, name, "more than %u definitions", RESOURCES_MAX);
	if (slice_equal(resource->type->name, STRUCTURES) &&
	    !fhir_node_set_value(reading->arena, resource, SLICE("fhirVersion"),
				 slice_of(fhir_version_number(reading->base->version))))
		return error_memory(reading->err);
	reading->resources[reading->count++] = resource;
	return true;
}

static bool read_file(void *context, const char *name, struct slice bytes)
{
	return read_resource(context, name, bytes);
}

/** FHIR's own operations, one a line. */
static bool read_lines(struct reading *reading)
{
	struct slice text;
	char name[32];

	snprintf(name, sizeof(name), "%s/operations.ndjson", fhir_version_name(reading->base->version));
	if (!asset_get(name, &text, reading->err))
		return false;
	while (text.len)
		if (!read_resource(reading, name, slice_cut(&text, '\n')))
			return false;
	return true;
}

/* ---- rows and definitions say the same ---- */

/** An operation of FHIR's own may be offered at fewer places than it is defined for; ours say where they are. */
static bool flag_agrees(const struct fhir_node *definition, struct slice name, unsigned level, const struct api_operation *row)
{
	bool is_defined = slice_equal(fhir_node_text(definition, name), SLICE("true")), is_offered = row->levels & level;

	return is_defined == is_offered || (row->definition && is_defined);
}

/** `resource` has a required binding: a type that is not FHIR's own cannot stand there. */
static bool is_additional(const struct served_base *base, const char *name)
{
	const struct served_type *type = served_type_find(base, slice_of(name));

	return type && type->is_additional;
}

static bool types_agree(const struct served_base *base, const struct fhir_node *definition, const struct api_operation *row)
{
	const struct fhir_node *type = fhir_node_child(definition, SLICE("resource"));

	if (!row->types)
		return type && slice_equal(type->value, SLICE("Resource"));
	for (size_t i = 0; row->types[i]; i++) {
		if (is_additional(base, row->types[i]))
			continue;
		if (!type || !slice_equal(type->value, slice_of(row->types[i])))
			return false;
		type = fhir_node_again(type);
	}
	return !type;
}

static bool row_check(const struct served_base *base, const struct published_base *published, const struct api_operation *row,
		      struct error *err)
{
	const struct fhir_node *definition = published_operation(published, row);

	if (!definition)
		return error_set(err, ERROR_USAGE, row->name, "the operation has no OperationDefinition");
	if (flag_agrees(definition, SLICE("system"), OPERATION_SYSTEM, row) &&
	    flag_agrees(definition, SLICE("type"), OPERATION_TYPE, row) &&
	    flag_agrees(definition, SLICE("instance"), OPERATION_INSTANCE, row) && types_agree(base, definition, row))
		return true;
	return error_set(err, ERROR_USAGE, row->name, "the OperationDefinition names other places than the operation has");
}

bool published_load(struct arena *arena, const struct served_base *base, struct published_base *out, struct error *err)
{
	struct reading reading = { .arena = arena, .base = base, .err = err };

	reading.resources = arena_new_array(arena, const struct fhir_node *, RESOURCES_MAX);
	if (!reading.resources)
		return error_memory(err);
	if (!read_lines(&reading) || !asset_each("operations/", read_file, &reading) ||
	    !asset_each("structures/", read_file, &reading) || !asset_each("extensions/", read_file, &reading))
		return false;
	*out = (struct published_base){ reading.resources, reading.count };
	for (size_t i = 0; api_operations[i]; i++)
		if (!row_check(base, out, api_operations[i], err))
			return false;
	return true;
}

const struct fhir_node *published_operation(const struct published_base *base, const struct api_operation *operation)
{
	for (size_t i = 0; i < base->count; i++) {
		const struct fhir_node *resource = base->resources[i];
		if (slice_equal(resource->type->name, OPERATIONS) &&
		    slice_equal(fhir_node_text(resource, SLICE("code")), slice_of(operation->name + 1)) &&
		    (!operation->definition ||
		     slice_equal(fhir_node_text(resource, SLICE("url")), slice_of(operation->definition))))
			return resource;
	}
	return NULL;
}

bool published_offers(const struct api_interaction *interaction)
{
	static const char *const codes[] = { "read", "vread", "search-type" };

	for (size_t i = 0; interaction && i < ARRAY_SIZE(codes); i++)
		if (slice_equal(slice_of(interaction->code), slice_of(codes[i])))
			return true;
	return false;
}
