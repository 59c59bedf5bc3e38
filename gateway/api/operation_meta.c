/* SPDX-License-Identifier: Apache-2.0 */
/* $meta, $meta-add, $meta-delete: profiles, tags and security labels of a resource. A change of them is a new version here, as
 * every change is: what was answered once under an ETag is never anything else.
 *
 * Source: FHIR R4 and R5, resource-operation-meta.html, -meta-add.html, -meta-delete.html. */
#include "api/answer.h"
#include "api/input.h"
#include "api/operation.h"
#include "api/stored.h"
#include "api/write.h"

static const struct slice parts[] = { { "profile", 7 }, { "security", 8 }, { "tag", 3 } };

/* ---- the answer ---- */

/** Parameters with `meta` as return. */
static void answer_meta(struct api_call *call, const struct fhir_node *resource)
{
	struct arena *arena = call->worker->scratch;
	const struct fhir_node *meta = fhir_node_child(resource, SLICE("meta"));
	struct fhir_node *answer = fhir_node_new(arena, fhir_type_find(call->base->schema, SLICE("Parameters")));
	struct fhir_node *parameter = answer ? fhir_node_add(arena, answer, SLICE("parameter"), NULL) : NULL;
	struct fhir_node *value = parameter ? fhir_node_add(arena, parameter, SLICE("valueMeta"), NULL) : NULL;
	struct error err = { 0 };

	if (value && fhir_node_add_value(arena, parameter, SLICE("name"), SLICE("return")) &&
	    (!meta || fhir_node_assign(arena, value, meta))) {
		answer_tree(call, 200, answer);
		return;
	}
	error_memory(&err);
	answer_failure(call, &err);
}

static void operation_meta(struct api_call *call)
{
	struct fhir_node *resource;

	if (stored_instance(call, &resource))
		answer_meta(call, resource);
}

/* ---- changes ---- */

/** A profile is itself; a tag or label is its system and code. */
static bool is_same(const struct fhir_node *a, const struct fhir_node *b)
{
	return slice_equal(a->value, b->value) &&
	       slice_equal(fhir_node_text(a, SLICE("system")), fhir_node_text(b, SLICE("system"))) &&
	       slice_equal(fhir_node_text(a, SLICE("code")), fhir_node_text(b, SLICE("code")));
}

static struct fhir_node *find_same(const struct fhir_node *meta, struct slice part, const struct fhir_node *wanted)
{
	struct fhir_node *node = fhir_node_child(meta, part);

	while (node && !is_same(node, wanted))
		node = fhir_node_again(node);
	return node;
}

static bool change_part(struct write *write, struct fhir_node *meta, const struct fhir_node *asked, struct slice part, bool adds)
{
	for (const struct fhir_node *node = fhir_node_child(asked, part); node; node = fhir_node_again(node)) {
		struct fhir_node *held = find_same(meta, part, node);
		if (held && !adds)
			fhir_node_remove(held);
		if (!held && adds && !fhir_node_copy(write->arena, node, meta))
			return false;
	}
	return true;
}

static bool change_meta(struct write *write, const struct fhir_node *asked, bool adds)
{
	struct fhir_node *meta = fhir_node_child(write->resource, SLICE("meta"));
	struct error err = { 0 };
	bool ok = true;

	if (!meta)
		meta = fhir_node_add(write->arena, write->resource, SLICE("meta"), NULL);
	for (size_t i = 0; ok && i < ARRAY_SIZE(parts); i++)
		ok = meta && change_part(write, meta, asked, parts[i], adds);
	if (ok)
		return true;
	error_memory(&err);
	answer_failure(write->call, &err);
	return false;
}

/** What the parameter 'meta' says; NULL when the call has been answered. */
static const struct fhir_node *asked_meta(struct api_call *call)
{
	struct input input;

	if (!input_read(call, NULL, &input))
		return NULL;
	const struct fhir_node *meta = input_node(&input, SLICE("meta"));
	if (meta && slice_equal(meta->type->name, SLICE("Meta")))
		return meta;
	answer_error(call, 400, "required", SLICE("There is no parameter 'meta' with a Meta"),
		     SLICE("Send Parameters with {\"name\": \"meta\", \"valueMeta\": {\"tag\": [...]}}."));
	return NULL;
}

static bool change(struct write *write, const struct fhir_node *asked, bool adds)
{
	return write_find(write) && stored_instance(write->call, &write->resource) && write_conditions(write) &&
	       change_meta(write, asked, adds) && write_validate(write) && write_store(write);
}

static void meta_change(struct api_call *call, bool adds)
{
	const struct fhir_node *asked = asked_meta(call);
	struct write write;

	if (!asked)
		return;
	write_init(&write, call);
	if (!write_begin(&write))
		return;
	bool ok = change(&write, asked, adds);
	write_end(&write, ok);
	if (ok)
		answer_meta(call, write.resource);
}

static void operation_meta_add(struct api_call *call)
{
	meta_change(call, true);
}

static void operation_meta_delete(struct api_call *call)
{
	meta_change(call, false);
}

const struct api_operation operation_row_meta = {
	.name = "$meta",
	.levels = OPERATION_INSTANCE,
	.definition = "http://hl7.org/fhir/OperationDefinition/Resource-meta",
	.documentation = "Profiles, tags and security labels of a resource",
	.handler = operation_meta,
};

const struct api_operation operation_row_meta_add = {
	.name = "$meta-add",
	.levels = OPERATION_INSTANCE,
	.affects_state = true,
	.definition = "http://hl7.org/fhir/OperationDefinition/Resource-meta-add",
	.documentation = "Adds profiles, tags and security labels; this makes a version",
	.handler = operation_meta_add,
};

const struct api_operation operation_row_meta_delete = {
	.name = "$meta-delete",
	.levels = OPERATION_INSTANCE,
	.affects_state = true,
	.definition = "http://hl7.org/fhir/OperationDefinition/Resource-meta-delete",
	.documentation = "Takes profiles, tags and security labels away; this makes a version",
	.handler = operation_meta_delete,
};
