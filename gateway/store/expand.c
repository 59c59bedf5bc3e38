/* SPDX-License-Identifier: Apache-2.0 */
/* Modifiers that stand for many values: :in and :not-in for the codes of a value set, :above and :below for a hierarchy of codes
 * or of resources. What they stand for is read from the resources that the store itself holds, as of the search's moment. */
#include "store/expand.h"

#define VALUE_SETS_DEPTH_MAX 5
#define BRANCHES_MAX 64 /* nested concepts, one within the other */

struct expansion {
	struct filters *filters;
	const struct store_filter *filter;
	struct store_value *values;
	size_t count;
};

static bool add_value(struct expansion *expansion, struct slice system, struct slice code, struct error *err)
{
	for (size_t i = 0; i < expansion->count; i++)
		if (slice_equal(expansion->values[i].text, code) && slice_equal(expansion->values[i].system, system))
			return true;
	if (expansion->count == FILTER_VALUES_MAX) {
		error_set(err, ERROR_LIMIT, "", "%.*s:%.*s stands for more than %d values",
			  SLICE_ARG(expansion->filter->param->code), SLICE_ARG(expansion->filter->modifier), FILTER_VALUES_MAX);
		return error_hint(err, "ask for something narrower");
	}
	expansion->values[expansion->count++] = (struct store_value){ .text = code, .system = system };
	return true;
}

static void remove_value(struct expansion *expansion, size_t from, struct slice system, struct slice code)
{
	for (size_t i = from; i < expansion->count; i++)
		if (slice_equal(expansion->values[i].text, code) && slice_equal(expansion->values[i].system, system)) {
			expansion->values[i] = expansion->values[--expansion->count];
			return;
		}
}

/* ---- resources of the store ---- */

/** The bytes of the resource of `type` that a canonical or a reference names; absent when there is none. */
static bool find_bytes(struct filters *filters, const struct filter_level *level, struct slice name, struct slice *out,
		       struct error *err)
{
	static const struct fhir_search_param no_param;
	const struct store_filter filter = { .param = &no_param };
	const struct store_value value = { .text = name };
	struct filters own = *filters;
	struct condition condition;
	struct db_query query;
	bool has_row = false;

	*out = SLICE_NONE;
	if (!condition_init(&condition, filters->conn, filters->arena, err))
		return false;
	own.condition = &condition;
	condition_add_int(&condition, "SELECT v.bytes FROM (SELECT resource, change FROM index_reference WHERE param = ? AND ",
			  filters->address);
	bool done = kind_reference.match(&condition, &filter, &value, err);
	condition_add(&condition,
		      ") i CROSS JOIN resource r0 CROSS JOIN version v WHERE r0.position = i.resource AND i.change = ");
	filter_add_change(&own, 0);
	condition_add(&condition, " AND v.change = i.change");
	filter_add_level(&own, level, true);
	condition_add(&condition, " ORDER BY r0.position DESC LIMIT 1");
	if (done && (done = condition_open(&condition, &query, err))) {
		done = db_next(&query, &has_row, err);
		if (done && has_row)
			*out = arena_copy(filters->arena, db_blob(&query, 0));
		db_query_close(&query);
	}
	condition_fini(&condition);
	return done && (!has_row || out->ptr || error_memory(err));
}

static bool find_tree(struct filters *filters, struct slice type, struct slice name, struct fhir_node **out, struct error *err)
{
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct filter_level level;
	struct issues issues;
	struct slice bytes;

	*out = NULL;
	if (!filter_address(filters, err) || !filter_level_open(filters, &type, 1, 0, &level, err) ||
	    !find_bytes(filters, &level, name, &bytes, err))
		return false;
	limits.max_bytes = STORE_RESOURCE_MAX_BYTES;
	issues_init(&issues, filters->arena, 1);
	if (bytes.ptr &&
	    fhir_json_read(filters->arena, conn_schema(filters->conn, filters->base), NULL, bytes, &limits, &issues, out))
		return true;
	error_set(err, ERROR_UNSUPPORTED, "", "the %.*s %.*s is not held here", SLICE_ARG(type), SLICE_ARG(name));
	return error_hint(err, "store it first, or list the codes themselves");
}

/* ---- value sets ---- */

static bool add_contains(struct expansion *expansion, const struct fhir_node *node, unsigned depth, struct error *err)
{
	for (; node && depth < BRANCHES_MAX; node = fhir_node_again(node)) {
		struct slice code = fhir_node_text(node, SLICE("code"));
		bool is_abstract = slice_equal(fhir_node_text(node, SLICE("abstract")), SLICE("true"));
		if (code.ptr && !is_abstract && !add_value(expansion, fhir_node_text(node, SLICE("system")), code, err))
			return false;
		if (!add_contains(expansion, fhir_node_child(node, SLICE("contains")), depth + 1, err))
			return false;
	}
	return true;
}

static bool add_value_set(struct expansion *expansion, struct slice name, unsigned depth, struct error *err);

static bool refuse_rule(const struct expansion *expansion, const char *what, struct error *err)
{
	error_set(err, ERROR_UNSUPPORTED, "", "%.*s:%.*s: the value set has %s, which is not evaluated here",
		  SLICE_ARG(expansion->filter->param->code), SLICE_ARG(expansion->filter->modifier), what);
	return error_hint(err, "store the value set with its expansion");
}

/** The codes that a rule lists; without any, and without filters, all of its system. */
static bool add_include(struct expansion *expansion, const struct fhir_node *rule, unsigned depth, struct error *err)
{
	struct slice system = fhir_node_text(rule, SLICE("system"));
	const struct fhir_node *concept = fhir_node_child(rule, SLICE("concept")),
			       *set = fhir_node_child(rule, SLICE("valueSet"));

	if (fhir_node_child(rule, SLICE("filter")))
		return refuse_rule(expansion, "a filter", err);
	if (set && (system.ptr || fhir_node_again(set)))
		return refuse_rule(expansion, "an intersection", err);
	if (set)
		return add_value_set(expansion, set->value, depth + 1, err);
	if (!concept && system.ptr)
		return add_value(expansion, system, SLICE_NONE, err);
	for (; concept; concept = fhir_node_again(concept))
		if (!add_value(expansion, system, fhir_node_text(concept, SLICE("code")), err))
			return false;
	return true;
}

static bool take_exclude(struct expansion *expansion, const struct fhir_node *rule, size_t from, struct error *err)
{
	const struct fhir_node *concept = fhir_node_child(rule, SLICE("concept"));

	if (!concept || fhir_node_child(rule, SLICE("filter")) || fhir_node_child(rule, SLICE("valueSet")))
		return refuse_rule(expansion, "an exclusion by rule", err);
	struct slice system = fhir_node_text(rule, SLICE("system"));
	for (size_t i = from; i < expansion->count; i++)
		if (!expansion->values[i].text.ptr && slice_equal(expansion->values[i].system, system))
			return refuse_rule(expansion, "an exclusion from a whole system", err);
	for (; concept; concept = fhir_node_again(concept))
		remove_value(expansion, from, system, fhir_node_text(concept, SLICE("code")));
	return true;
}

static bool add_value_set(struct expansion *expansion, struct slice name, unsigned depth, struct error *err)
{
	size_t from = expansion->count;
	struct fhir_node *set;

	if (depth == VALUE_SETS_DEPTH_MAX)
		return refuse_rule(expansion, "value sets within value sets too deep", err);
	if (!find_tree(expansion->filters, SLICE("ValueSet"), name, &set, err))
		return false;
	const struct fhir_node *expanded = fhir_node_child(set, SLICE("expansion"));
	const struct fhir_node *compose = fhir_node_child(set, SLICE("compose"));
	if (expanded)
		return add_contains(expansion, fhir_node_child(expanded, SLICE("contains")), 0, err);
	const struct fhir_node *rule = compose ? fhir_node_child(compose, SLICE("include")) : NULL;
	for (; rule; rule = fhir_node_again(rule))
		if (!add_include(expansion, rule, depth, err))
			return false;
	for (rule = compose ? fhir_node_child(compose, SLICE("exclude")) : NULL; rule; rule = fhir_node_again(rule))
		if (!take_exclude(expansion, rule, from, err))
			return false;
	return true;
}

/* ---- hierarchies of codes ---- */

static bool add_concepts(struct expansion *expansion, const struct store_value *value, const struct fhir_node *concept,
			 unsigned depth, bool is_below, struct error *err)
{
	for (; concept && depth < BRANCHES_MAX; concept = fhir_node_again(concept)) {
		struct slice code = fhir_node_text(concept, SLICE("code"));
		bool is_there = is_below || slice_equal(code, value->text);
		if (is_there && !add_value(expansion, value->system, code, err))
			return false;
		if (!add_concepts(expansion, value, fhir_node_child(concept, SLICE("concept")), depth + 1, is_there, err))
			return false;
	}
	return true;
}

/** The code and what it stands under; `*found` whether it is at or below one of these concepts. */
static bool add_path(struct expansion *expansion, const struct store_value *value, const struct fhir_node *concept,
		     unsigned depth, bool *found, struct error *err)
{
	*found = false;
	for (; concept && depth < BRANCHES_MAX && !*found; concept = fhir_node_again(concept)) {
		struct slice code = fhir_node_text(concept, SLICE("code"));
		*found = slice_equal(code, value->text);
		if (!*found && !add_path(expansion, value, fhir_node_child(concept, SLICE("concept")), depth + 1, found, err))
			return false;
		if (*found && !add_value(expansion, value->system, code, err))
			return false;
	}
	return true;
}

static bool add_hierarchy(struct expansion *expansion, const struct store_value *value, bool is_below, struct error *err)
{
	struct fhir_node *system;
	bool found;

	if (!value->text.ptr || value->system.len == 0)
		return kind_refuse_value(expansion->filter, value, "system|code", err);
	if (!find_tree(expansion->filters, SLICE("CodeSystem"), value->system, &system, err) ||
	    !add_value(expansion, value->system, value->text, err))
		return false;
	const struct fhir_node *concept = fhir_node_child(system, SLICE("concept"));
	return is_below ? add_concepts(expansion, value, concept, 0, false, err)
			: add_path(expansion, value, concept, 0, &found, err);
}

/* ---- the whole ---- */

static bool add_one(struct expansion *expansion, const struct store_value *value, struct error *err)
{
	struct slice modifier = expansion->filter->modifier;

	if (slice_equal(modifier, SLICE("in")) || slice_equal(modifier, SLICE("not-in")))
		return add_value_set(expansion, value->text, 0, err);
	return add_hierarchy(expansion, value, slice_equal(modifier, SLICE("below")), err);
}

bool expand_values(struct filters *filters, const struct store_filter *filter, struct store_filter *out, struct error *err)
{
	struct expansion expansion = { .filters = filters,
				       .filter = filter,
				       .values = arena_new_array(filters->arena, struct store_value, FILTER_VALUES_MAX) };

	if (!expansion.values)
		return error_memory(err);
	for (size_t i = 0; i < filter->value_count; i++)
		if (!add_one(&expansion, &filter->values[i], err))
			return false;
	*out = *filter;
	out->modifier = SLICE_NONE;
	out->values = expansion.values;
	out->value_count = expansion.count;
	return true;
}
