/* SPDX-License-Identifier: Apache-2.0 */
/* $meta: profiles, tags and security labels of a resource; of a type, or of all, those that are in use.
 *
 * Source: FHIR R4 and R5, resource-operation-meta.html. */
#include "api/answer.h"
#include "api/gate.h"
#include "api/meta.h"
#include "api/operation.h"
#include "api/stored.h"

#define VALUES_MAX 1000u /* of profiles, of tags, of labels */
#define TREE_MIN_BYTES (1u << 20)
#define TREE_BYTES_PER_BYTE 32u
/* Whatever is in use was found by looking at all resources. */
#define NEEDED (ACCESS_READ | ACCESS_SEARCH)

static const char *const params[] = { "_profile", "_security", "_tag" };

struct in_use {
	struct api_call *call;
	struct slice *types;
	size_t type_count;
	struct fhir_node *meta;
};

/** One type, or at the base those that the client may look through. */
static bool types_take(struct in_use *in_use)
{
	struct api_call *call = in_use->call;
	const struct served_base *base = call->base;

	if (call->type && !gate_need(call, call->route.type, NEEDED))
		return false;
	for (size_t i = 0; i < base->type_count; i++) {
		const struct served_type *type = &base->types[i];
		if (!type->is_published && (call->type ? type == call->type : gate_allows(call, type->type->name, NEEDED)))
			in_use->types[in_use->type_count++] = type->type->name;
	}
	return in_use->type_count || gate_need(call, SLICE("*"), NEEDED);
}

/** Adds what a resource says of itself; its tree is not kept. */
static bool resource_take(void *context, const struct store_resource *resource, struct error *err)
{
	struct in_use *in_use = context;
	struct arena *work = arena_new(TREE_MIN_BYTES + TREE_BYTES_PER_BYTE * resource->bytes.len);
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct fhir_node *tree;
	struct issues issues;

	if (!work)
		return error_memory(err);
	issues_init(&issues, work, 1);
	limits.max_bytes = resource->bytes.len;
	bool is_read = fhir_json_read(work, in_use->call->base->schema, NULL, resource->bytes, &limits, &issues, &tree);
	if (!is_read)
		error_set(err, ERROR_CORRUPT, "", "the stored %.*s/%.*s cannot be read", SLICE_ARG(resource->type),
			  SLICE_ARG(resource->id));
	bool ok = is_read && (meta_join(in_use->call->worker->scratch, in_use->meta, fhir_node_child(tree, SLICE("meta"))) ||
			      error_memory(err));
	arena_free(work);
	return ok;
}

static bool param_take(struct in_use *in_use, const char *code, bool *is_cut, struct error *err)
{
	struct api_call *call = in_use->call;
	struct store_values_query query = {
		.base = call->base->store_base,
		.types = in_use->types,
		.type_count = in_use->type_count,
		.param = stored_param(call, in_use->types[0], slice_of(code)),
		.max_count = VALUES_MAX,
		.max_ms = call->api->options.search_ms,
		.each = resource_take,
		.context = in_use,
	};

	ASSERT(query.param);
	return store_values(call->worker->conn, call->worker->scratch, &query, is_cut, err);
}

static void refuse_cut(struct api_call *call, const char *code)
{
	answer_error(call, 422, "too-costly",
		     arena_printf(call->request->arena, "More than %u values of %s are in use", VALUES_MAX, code),
		     call->type ? SLICE_NONE : SLICE("Ask a type for its own: [base]/Type/$meta."));
}

static void answer_found(struct in_use *in_use)
{
	struct error err = { 0 };
	bool is_cut = false;

	for (size_t i = 0; i < ARRAY_SIZE(params); i++) {
		if (!param_take(in_use, params[i], &is_cut, &err)) {
			answer_failure(in_use->call, &err);
			return;
		}
		if (is_cut) {
			refuse_cut(in_use->call, params[i]);
			return;
		}
	}
	meta_answer(in_use->call, in_use->meta);
}

static void answer_in_use(struct api_call *call)
{
	struct arena *arena = call->worker->scratch;
	struct in_use in_use = { .call = call };
	struct error err = { 0 };

	in_use.types = arena_new_array(arena, struct slice, call->base->type_count);
	in_use.meta = fhir_node_new(arena, fhir_type_find(call->base->schema, SLICE("Meta")));
	if (!in_use.types || !in_use.meta) {
		error_memory(&err);
		answer_failure(call, &err);
		return;
	}
	if (types_take(&in_use))
		answer_found(&in_use);
}

static void operation_meta(struct api_call *call)
{
	struct fhir_node *resource;

	if (call->route.place != ROUTE_INSTANCE_OPERATION)
		answer_in_use(call);
	else if (stored_instance(call, &resource))
		meta_answer(call, fhir_node_child(resource, SLICE("meta")));
}

const struct api_operation operation_row_meta = {
	.name = "$meta",
	.levels = OPERATION_SYSTEM | OPERATION_TYPE | OPERATION_INSTANCE,
	.is_narrowed = true,
	.definition = "http://hl7.org/fhir/OperationDefinition/Resource-meta",
	.documentation = "Profiles, tags and security labels of a resource; of a type, or of all types, those that are in use",
	.handler = operation_meta,
};
