/* SPDX-License-Identifier: Apache-2.0 */
/* :above and :below of references: what a resource is part of, or what is part of it, by the parameter of its own type that says
 * so.
 *
 * Source: FHIR R4 and R5 search.html, "Modifiers": above, below on references that form a hierarchy. */
#include "store/expand.h"

struct lineage {
	struct filters *filters;
	struct filter_level level; /**< of the type that forms the hierarchy */
	int64_t parent;            /**< key of its parameter that leads up */
	bool is_below;
	struct store_value *values; /**< a queue: what is found is asked in turn */
	size_t count;
};

static bool refuse(const struct store_filter *filter, const struct store_value *value, struct error *err)
{
	return kind_refuse_value(filter, value, "Type/id of a type whose resources are part of each other", err);
}

/** The type's own parameter that leads to what a resource is part of. */
static bool find_parent(struct lineage *lineage, bool *found, struct error *err)
{
	struct store_type *type = lineage->level.types[0];

	*found = false;
	for (size_t i = 0; i < type->plan->count && !*found; i++) {
		struct slice code = type->plan->params[i].definition->code;
		*found = slice_equal(code, SLICE("partof")) || slice_equal(code, SLICE("part-of"));
		if (*found && !name_param(lineage->filters->conn, type, i, NAME_PLAIN, false, &lineage->parent, err))
			return false;
	}
	return true;
}

static bool keep(struct lineage *lineage, struct slice id, struct error *err)
{
	struct slice text =
	    arena_printf(lineage->filters->arena, "%.*s/%.*s", SLICE_ARG(lineage->level.types[0]->name), SLICE_ARG(id));

	if (!text.ptr)
		return error_memory(err);
	for (size_t i = 0; i < lineage->count; i++)
		if (slice_equal(lineage->values[i].text, text))
			return true;
	if (lineage->count == FILTER_ALTERNATIVES_MAX) {
		error_set(err, ERROR_LIMIT, "", "the hierarchy of %.*s has more than %d resources",
			  SLICE_ARG(lineage->values[0].text), FILTER_ALTERNATIVES_MAX);
		return error_hint(err, "start from a narrower one");
	}
	lineage->values[lineage->count++] = (struct store_value){ .text = text };
	return true;
}

/** Appends the ids one step from `id`. */
static void add_step(struct lineage *lineage, struct filters *own, struct slice id)
{
	struct condition *condition = own->condition;

	condition_add(condition, lineage->is_below ? "SELECT r0.id FROM index_reference i CROSS JOIN resource r0"
						   : "SELECT i.id FROM resource r0 CROSS JOIN index_reference i");
	condition_add_int(condition, " WHERE i.param = ?", lineage->parent);
	condition_add(condition, " AND i.");
	kind_match_type(condition, lineage->level.types[0]->name);
	condition_add_text(condition, lineage->is_below ? " AND i.id = ? AND r0.position = i.resource" : " AND r0.id = ?", id);
	condition_add(condition, " AND i.change = ");
	filter_add_change(own, 0);
	filter_add_level(own, &lineage->level, lineage->is_below);
}

static bool step(struct lineage *lineage, struct slice id, struct error *err)
{
	struct filters own = *lineage->filters;
	struct condition condition;
	struct db_query query;
	bool has_row = true, done;

	if (!condition_init(&condition, own.conn, own.arena, err))
		return false;
	condition.own = own.condition->own;
	own.condition = &condition;
	add_step(lineage, &own, id);
	done = condition_open(&condition, &query, err);
	if (done) {
		while (done && (done = db_next(&query, &has_row, err)) && has_row)
			done = keep(lineage, db_text(&query, 0), err);
		db_query_close(&query);
	}
	condition_fini(&condition);
	return done;
}

static bool follow(struct lineage *lineage, const struct store_filter *filter, const struct store_value *value, struct error *err)
{
	struct slice id = kind_without_own(lineage->filters->condition, value->text), type = slice_cut(&id, '/');
	size_t first = lineage->count;
	const struct fhir_type *known = fhir_type_find(lineage->filters->condition->schema, type);
	bool found;

	if (!id.len || !known || known->kind != FHIR_KIND_RESOURCE)
		return refuse(filter, value, err);
	if (!filter_level_open(lineage->filters, &type, 1, 0, &lineage->level, err) || !find_parent(lineage, &found, err))
		return false;
	if (!found)
		return refuse(filter, value, err);
	if (!keep(lineage, id, err))
		return false;
	for (size_t i = first; i < lineage->count; i++) {
		struct slice next = lineage->values[i].text;
		(void)slice_cut(&next, '/');
		if (!step(lineage, next, err))
			return false;
	}
	return true;
}

bool expand_references(struct filters *filters, const struct store_filter *filter, struct store_filter *out, struct error *err)
{
	struct lineage lineage = { .filters = filters,
				   .is_below = slice_equal(filter->modifier, SLICE("below")),
				   .values = arena_new_array(filters->arena, struct store_value, FILTER_ALTERNATIVES_MAX) };

	if (!lineage.values)
		return error_memory(err);
	for (size_t i = 0; i < filter->value_count; i++)
		if (!follow(&lineage, filter, &filter->values[i], err))
			return false;
	*out = *filter;
	out->modifier = SLICE_NONE;
	out->values = lineage.values;
	out->value_count = lineage.count;
	return true;
}
