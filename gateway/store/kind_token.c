/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens: a code within a system. Codes are compared without ASCII case, as the specification advises when in doubt. */
#include "store/fold.h"
#include "store/index.h"

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

/** Identifier.type beside the value, for :of-type: "code|value" under the type's system. */
static bool add_of_type(const struct index_writer *writer, const struct fhir_node *identifier, struct slice value,
			struct error *err)
{
	const struct fhir_node *type = fhir_node_child(identifier, SLICE("type"));
	struct index_writer typed = *writer;
	int64_t system;

	if (!type || !value.ptr)
		return true;
	if (!writer_text(writer, fhir_node_text(type, SLICE("text")), err) ||
	    !name_param(writer->conn, writer->type, writer->index, NAME_OF_TYPE, true, &typed.param, err))
		return false;
	typed.kind = &kind_token;
	for (const struct fhir_node *coding = fhir_node_child(type, SLICE("coding")); coding; coding = fhir_node_again(coding)) {
		struct slice code =
		    arena_printf(writer->arena, "%.*s|%.*s", SLICE_ARG(fhir_node_text(coding, SLICE("code"))), SLICE_ARG(value));
		if (!code.ptr)
			return error_memory(err);
		if (!writer_system(&typed, fhir_node_text(coding, SLICE("system")), &system, err) ||
		    !add_token(&typed, code, system, err))
			return false;
	}
	return true;
}

bool writer_identifier(const struct index_writer *writer, const struct fhir_node *identifier, struct error *err)
{
	struct index_writer tokens = *writer;
	struct slice value = fhir_node_text(identifier, SLICE("value"));

	tokens.kind = &kind_token;
	return add_pair(&tokens, identifier, value, true, err) && add_of_type(writer, identifier, value, err);
}

static bool add_coding(struct index_writer *writer, const struct fhir_node *coding, struct error *err)
{
	return add_pair(writer, coding, fhir_node_text(coding, SLICE("code")), true, err) &&
	       writer_text(writer, fhir_node_text(coding, SLICE("display")), err);
}

static bool add_concept(struct index_writer *writer, const struct fhir_node *concept, struct error *err)
{
	for (const struct fhir_node *coding = fhir_node_child(concept, SLICE("coding")); coding; coding = fhir_node_again(coding))
		if (!add_coding(writer, coding, err))
			return false;
	return writer_text(writer, fhir_node_text(concept, SLICE("text")), err);
}

/** Of a code alone, its element's binding says which system it is of: negative, as it is not said with it. */
static bool add_code(struct index_writer *writer, const struct fhir_node *node, struct error *err)
{
	const struct fhir_element *element = node->element;
	bool is_bound = element && element->binding == FHIR_BINDING_REQUIRED;
	struct slice uri =
	    is_bound ? terms_system_of_code(writer->type->plan->tables, element->value_set, node->value) : SLICE_NONE;
	int64_t system;

	if (!uri.ptr)
		return add_token(writer, node->value, SYSTEM_IMPLIED, err);
	return writer_system(writer, uri, &system, err) && add_token(writer, node->value, -system, err);
}

static bool add_node(struct index_writer *writer, const struct fhir_node *node, struct error *err)
{
	struct slice type = node->type->name;

	if (slice_equal(type, SLICE("CodeableConcept")))
		return add_concept(writer, node, err);
	if (slice_equal(type, SLICE("CodeableReference"))) {
		const struct fhir_node *concept = fhir_node_child(node, SLICE("concept"));
		return !concept || add_concept(writer, concept, err);
	}
	if (slice_equal(type, SLICE("Coding")))
		return add_coding(writer, node, err);
	if (slice_equal(type, SLICE("Identifier")))
		return writer_identifier(writer, node, err);
	/* ContactPoint.system says phone or mail: it is no URI. */
	if (slice_equal(type, SLICE("ContactPoint")))
		return add_pair(writer, node, fhir_node_text(node, SLICE("value")), false, err);
	if (!node->value.ptr)
		return true;
	if (slice_equal(type, SLICE("code")))
		return add_code(writer, node, err);
	return add_token(writer, node->value, SYSTEM_NONE, err);
}

static bool add(struct index_writer *writer, const struct fhirpath_item *item, struct error *err)
{
	if (item->kind == FHIRPATH_NODE)
		return add_node(writer, item->node, err);
	return add_token(writer, fhirpath_item_text(item), SYSTEM_NONE, err);
}

/** The system of a query, or none; also of codes that have it by their binding, whose keys are negative.
 *
 * By the function, or a unary plus, the rows of a code are looked through: to seek several systems, the engine makes a table of
 * them first, and few codes stand in many systems. */
static bool match_system(struct condition *condition, struct slice uri, bool has_code, struct error *err)
{
	int64_t system;

	if (uri.len == 0) {
		condition_add_int(condition, has_code ? " AND +system <= ?" : "system = ?",
				  has_code ? SYSTEM_IMPLIED : SYSTEM_NONE);
		return true;
	}
	if (!name_system(condition->conn, uri, false, &system, err))
		return false;
	/* A system that nothing was stored with has no key and matches nothing but what may be of any. */
	if (system == 0)
		system = INT64_MAX;
	condition_add_int(condition, has_code ? " AND abs(system) IN (?, 1)" : "abs(system) = ?", system);
	return true;
}

static bool match(struct condition *condition, const struct store_filter *filter, const struct store_value *value,
		  struct error *err)
{
	struct slice code = value->text.ptr ? fold_token(condition->arena, value->text) : SLICE_NONE;

	if (value->text.ptr && !code.ptr)
		return error_memory(err);
	if (!value->text.ptr && !value->system.ptr)
		return kind_refuse_value(filter, value, "code, system|code, |code or system|", err);
	if (code.ptr && slice_equal(filter->modifier, SLICE("code-text")))
		return kind_match_start(condition, "code", code, err);
	if (code.ptr)
		condition_add_text(condition, "code = ?", code);
	return !value->system.ptr || match_system(condition, value->system, code.ptr != NULL, err);
}

const struct index_kind kind_token = {
	.table = "index_token",
	.insert = "INSERT INTO index_token (resource, change, param, item, code, system) VALUES (?, ?, ?, ?, ?, ?)"
		  " ON CONFLICT DO NOTHING",
	.low = "code",
	.high = "code",
	.columns = { "code", "system", "item" },
	.add = add,
	.match = match,
};
