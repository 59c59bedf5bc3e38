/* SPDX-License-Identifier: Apache-2.0 */
/* $meta-add, $meta-delete: a change of profiles, tags or security labels is a new version here, as every change is: what was
 * answered once under an ETag is never anything else.
 *
 * Source: FHIR R4 and R5, resource-operation-meta-add.html, resource-operation-meta-delete.html; Meta.tag: "can be updated
 * without changing the stated version". */
#include "api/answer.h"
#include "api/input.h"
#include "api/meta.h"
#include "api/operation.h"
#include "api/stored.h"
#include "api/write.h"

static bool change_meta(struct write *write, const struct fhir_node *asked, bool adds)
{
	struct fhir_node *meta = fhir_node_child(write->resource, SLICE("meta"));
	struct error err = { 0 };

	if (!meta)
		meta = fhir_node_add(write->arena, write->resource, SLICE("meta"), NULL);
	if (meta && !adds)
		meta_part(meta, asked);
	if (meta && (!adds || meta_join(write->arena, meta, asked)))
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
		meta_answer(call, fhir_node_child(write.resource, SLICE("meta")));
}

static void operation_meta_add(struct api_call *call)
{
	meta_change(call, true);
}

static void operation_meta_delete(struct api_call *call)
{
	meta_change(call, false);
}

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
