/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens: a code within a system. Codes are compared without ASCII case, as the specification advises when in doubt. */
#include "store/fold.h"
#include "store/kind.h"

static bool add_token(struct index_writer *writer, struct slice code, int64_t system, struct error *err)
{
	struct slice folded = fold_token(writer->arena, code);
	struct db_query query;

	if (!folded.ptr)
		return error_memory(err);
	if (!writer_open(writer, &query, err))
		return false;
	db_bind_text(&query, folded);
	db_bind_int(&query, system);
	return db_run(&query, err);
}

/** A node with `system` and a code beside it: Coding (code), Identifier and ContactPoint (value). */
static bool add_pair(struct index_writer *writer, const struct fhir_node *node, struct slice code, bool has_uri,
		     struct error *err)
{
	int64_t system = SYSTEM_NONE;

	if (!code.ptr)
		return true;
	return (!has_uri || writer_system(writer, fhir_node_text(node, SLICE("system")), &system, err)) &&
	       add_token(writer, code, system, err);
}

static bool add_codings(struct index_writer *writer, const struct fhir_node *concept, struct error *err)
{
	for (const struct fhir_node *coding = fhir_node_child(concept, SLICE("coding")); coding; coding = fhir_node_again(coding))
		if (!add_pair(writer, coding, fhir_node_text(coding, SLICE("code")), true, err))
			return false;
	return true;
}

static bool add_node(struct index_writer *writer, const struct fhir_node *node, struct error *err)
{
	struct slice type = node->type->name;

	if (slice_equal(type, SLICE("CodeableConcept")))
		return add_codings(writer, node, err);
	if (slice_equal(type, SLICE("CodeableReference"))) {
		const struct fhir_node *concept = fhir_node_child(node, SLICE("concept"));
		return !concept || add_codings(writer, concept, err);
	}
	if (slice_equal(type, SLICE("Coding")))
		return add_pair(writer, node, fhir_node_text(node, SLICE("code")), true, err);
	if (slice_equal(type, SLICE("Identifier")))
		return add_pair(writer, node, fhir_node_text(node, SLICE("value")), true, err);
	/* ContactPoint.system says phone or mail: it is no URI. */
	if (slice_equal(type, SLICE("ContactPoint")))
		return add_pair(writer, node, fhir_node_text(node, SLICE("value")), false, err);
	if (!node->value.ptr)
		return true;
	return add_token(writer, node->value, slice_equal(type, SLICE("code")) ? SYSTEM_IMPLIED : SYSTEM_NONE, err);
}

static bool add(struct index_writer *writer, const struct fhirpath_item *item, struct error *err)
{
	if (item->kind == FHIRPATH_NODE)
		return add_node(writer, item->node, err);
	return add_token(writer, fhirpath_item_text(item), SYSTEM_NONE, err);
}

static bool match(struct condition *condition, const struct store_filter *filter, const struct store_value *value,
		  struct error *err)
{
	int64_t system = SYSTEM_NONE;
	struct slice code = value->text.ptr ? fold_token(condition->arena, value->text) : SLICE_NONE;

	if (value->text.ptr && !code.ptr)
		return error_memory(err);
	if (!value->text.ptr && !value->system.ptr)
		return kind_refuse_value(filter, value, "code, system|code, |code or system|", err);
	if (code.ptr)
		condition_add_text(condition, "code = ?", code);
	if (!value->system.ptr)
		return true;
	/* A system that nothing was stored with has no key and matches nothing but what is implied. */
	if (value->system.len > 0 && !name_system(condition->conn, value->system, false, &system, err))
		return false;
	if (value->system.len > 0 && system == 0)
		system = -1;
	condition_add_int(condition, code.ptr ? " AND system IN (?, 1)" : "system = ?", system);
	return true;
}

static const char *const modifiers[] = { "not", NULL };

const struct index_kind kind_token = {
	.table = "index_token",
	.key = "resource",
	.scope = "param",
	.insert = "INSERT INTO index_token (resource, param, code, system) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
	.add = add,
	.match = match,
	.modifiers = modifiers
};
