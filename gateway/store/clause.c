/* SPDX-License-Identifier: Apache-2.0 */
/* Understanding filters: which parameter, kind and key each stands for, and refusing what cannot be asked. */
#include "store/expand.h"

static bool refuse_param(const struct filter_level *level, const struct fhir_search_param *param, struct error *err)
{
	error_set(err, ERROR_UNSUPPORTED, "", "the search parameter %.*s of %.*s is not indexed here", SLICE_ARG(param->code),
		  SLICE_ARG(level->types[0]->name));
	return error_hint(err, "search by another parameter");
}

static bool refuse_limit(const char *what, size_t most, struct error *err)
{
	error_set(err, ERROR_LIMIT, "", "the search has too many %s: %zu are the most", what, most);
	return error_hint(err, "ask with fewer, in several searches");
}

static bool find_in(const struct index_plan *plan, const struct fhir_search_param *param, bool by_code, size_t *out)
{
	for (*out = 0; *out < plan->count; (*out)++) {
		const struct fhir_search_param *known = plan->params[*out].definition;
		if (known == param || (by_code && slice_equal(known->code, param->code)))
			return true;
	}
	return false;
}

/** Of several types, a parameter of every resource is that of the first; another is the one type's whose definition it is. */
bool filter_find_param(const struct filter_level *level, const struct fhir_search_param *param, struct store_type **type,
		       size_t *index, struct error *err)
{
	bool by_code = level->count == 1 || slice_starts(param->code, SLICE("_"));

	for (size_t i = 0; i < level->count; i++) {
		*type = level->types[i];
		if (find_in((*type)->plan, param, by_code, index))
			return true;
	}
	return refuse_param(level, param, err);
}

static bool find_scope(struct filters *filters, const struct filter_level *level, struct clause *clause, enum name_part part,
		       struct error *err)
{
	struct store_type *type;
	size_t index;

	if (!filter_find_param(level, clause->filter->param, &type, &index, err))
		return false;
	if (!type->plan->params[index].program)
		return refuse_param(level, clause->filter->param, err);
	return clause->is_empty || name_param(filters->conn, type, index, part, false, &clause->scope, err);
}

/* ---- modifiers ---- */

static bool modifier_is(const struct store_filter *filter, const char *name)
{
	return slice_equal(filter->modifier, slice_of(name));
}

/** One of the table, or for a reference the name of a resource type. */
static bool takes_modifier(const struct filters *filters, const struct store_filter *filter)
{
	const struct fhir_schema *schema = filters->condition->schema;
	const char *names[STORE_MODIFIERS_MAX];
	size_t count = store_modifiers(fhir_schema_version(schema), filter->param, names);
	const struct fhir_type *type;

	for (size_t i = 0; i < count; i++)
		if (modifier_is(filter, names[i]))
			return true;
	if (filter->param->type != FHIR_SEARCH_REFERENCE)
		return store_takes_comparison(filter->param, filter->modifier);
	type = fhir_type_find(schema, filter->modifier);
	return type && type->kind == FHIR_KIND_RESOURCE;
}

static bool read_missing(struct clause *clause, struct error *err)
{
	const struct store_value *value = clause->filter->values;

	clause->is_missing = true;
	clause->wants_missing = slice_equal(value->text, SLICE("true"));
	if (clause->filter->value_count != 1 || (!clause->wants_missing && !slice_equal(value->text, SLICE("false"))))
		return kind_refuse_value(clause->filter, value, "true or false", err);
	return true;
}

/** A URI's :above and :below are its own path, a canonical's :below its versions: their kinds know them. */
static bool stands_for_many(const struct filters *filters, const struct clause *clause)
{
	const struct store_filter *filter = clause->filter;
	bool is_hierarchy = modifier_is(filter, "above") || modifier_is(filter, "below");

	if (clause->kind == &kind_reference)
		return is_hierarchy &&
		       !(modifier_is(filter, "below") && kind_is_canonical(filters->condition, filter->values[0].text));
	return clause->kind == &kind_token && (is_hierarchy || modifier_is(filter, "in") || modifier_is(filter, "not-in"));
}

/** Many values instead of one. When there are none, the key that nothing is stored under takes care of it. */
static bool read_expanded(struct filters *filters, struct clause *clause, struct error *err)
{
	clause->is_not = modifier_is(clause->filter, "not-in");
	if (clause->kind == &kind_reference ? !expand_references(filters, clause->filter, &clause->own, err)
					    : !expand_values(filters, clause->filter, &clause->own, err))
		return false;
	clause->is_empty = clause->own.value_count == 0;
	if (!clause->is_empty)
		clause->filter = &clause->own;
	return true;
}

/** The texts beside codes and references, compared as strings. */
static bool read_text(struct clause *clause)
{
	clause->own = *clause->filter;
	clause->own.modifier = SLICE_NONE;
	clause->filter = &clause->own;
	clause->kind = &kind_string;
	return true;
}

static bool read_modifier(struct filters *filters, struct clause *clause, enum name_part *part, struct error *err)
{
	const struct store_filter *filter = clause->filter;

	*part = NAME_PLAIN;
	if (!filter->modifier.ptr)
		return true;
	if (!takes_modifier(filters, filter))
		return kind_refuse_modifier(filter, err);
	if (modifier_is(filter, "missing"))
		return read_missing(clause, err);
	if (modifier_is(filter, "text"))
		return read_text(clause);
	if (stands_for_many(filters, clause))
		return read_expanded(filters, clause, err);
	if (modifier_is(filter, "of-type"))
		*part = NAME_OF_TYPE;
	if (modifier_is(filter, "identifier"))
		clause->kind = &kind_token;
	clause->is_not = modifier_is(filter, "not");
	return true;
}

static bool check_values(const struct clause *clause, struct error *err)
{
	const struct store_filter *filter = clause->filter;
	size_t most = clause->kind == &kind_token ? FILTER_VALUES_MAX : FILTER_ALTERNATIVES_MAX;

	if (filter->value_count >= 1 && filter->value_count <= most)
		return true;
	error_set(err, ERROR_LIMIT, "", "the search parameter %.*s has %zu values, and 1 to %zu are taken",
		  SLICE_ARG(filter->param->code), filter->value_count, most);
	return error_hint(err, "ask in several searches");
}

/** Each part under its own key. */
static bool read_parts(struct filters *filters, const struct filter_level *level, struct clause *clause, struct error *err)
{
	const struct store_filter *filter = clause->filter;
	const struct index_param *param;
	struct store_type *type;
	size_t index;

	if (!filter_find_param(level, filter->param, &type, &index, err))
		return false;
	param = &type->plan->params[index];
	if (!param->program)
		return refuse_param(level, filter->param, err);
	for (size_t i = 0; i < param->component_count; i++) {
		struct clause_part *part = &clause->parts[i];
		part->filter.param = param->components[i].definition;
		part->kind = param->components[i].kind;
		if (!name_param(filters->conn, type, index, (enum name_part)(NAME_COMPONENT + i), false, &part->scope, err))
			return false;
	}
	clause->part_count = param->component_count;
	clause->kind = clause->parts[0].kind;
	clause->scope = clause->parts[0].scope;
	return true;
}

static bool read_composite(struct filters *filters, const struct filter_level *level, struct clause *clause, struct error *err)
{
	const struct store_filter *filter = clause->filter;

	if (!read_parts(filters, level, clause, err) || !check_values(clause, err))
		return false;
	if (modifier_is(filter, "missing"))
		return read_missing(clause, err);
	if (filter->modifier.ptr)
		return kind_refuse_modifier(filter, err);
	for (size_t i = 0; i < filter->value_count; i++)
		if (!filter->values[i].parts)
			return kind_refuse_value(filter, &filter->values[i], "the values of its components joined by $", err);
	return true;
}

static bool read_value(struct filters *filters, const struct filter_level *level, struct clause *clause, struct error *err)
{
	enum name_part part;

	if (clause->filter->param->type == FHIR_SEARCH_COMPOSITE)
		return read_composite(filters, level, clause, err);
	clause->kind = kind_find(clause->filter->param);
	if (!clause->kind || (clause->kind == &kind_text && !filters->conn->store->options.full_text))
		return refuse_param(level, clause->filter->param, err);
	return check_values(clause, err) && read_modifier(filters, clause, &part, err) &&
	       (!clause->kind->table || find_scope(filters, level, clause, part, err));
}

/* ---- levels ---- */

static bool use_type(struct filters *filters, struct slice name, struct store_type **out, struct error *err)
{
	if (!name_type(filters->conn, filters->base, name, false, out, err))
		return false;
	/* What cannot be asked is refused also where there is nothing to find. */
	if (!*out) {
		*out = arena_new_of(filters->arena, struct store_type);
		if (!*out)
			return error_memory(err);
		**out = (struct store_type){ .base = filters->base, .name = name };
	}
	return index_plan_use(filters->conn, *out, err);
}

bool filter_level_open(struct filters *filters, const struct slice *names, size_t count, unsigned depth, struct filter_level *out,
		       struct error *err)
{
	struct store_type **types = arena_new_array(filters->arena, struct store_type *, count);

	if (!types)
		return error_memory(err);
	for (size_t i = 0; i < count; i++)
		if (!use_type(filters, names[i], &types[i], err))
			return false;
	*out = (struct filter_level){ types, count, depth };
	return true;
}

bool filter_level_stored(struct filters *filters, const struct slice *names, size_t count, struct filter_level *out,
			 struct error *err)
{
	struct store_type **types = arena_new_array(filters->arena, struct store_type *, count + 1);
	size_t stored = 0;

	if (!types)
		return error_memory(err);
	for (size_t i = 0; i < count; i++) {
		if (!name_type(filters->conn, filters->base, names[i], false, &types[stored], err))
			return false;
		stored += types[stored] != NULL;
	}
	*out = (struct filter_level){ types, stored, 0 };
	return true;
}

struct slice filter_type_name(const struct filter_level *level, int64_t key)
{
	for (size_t i = 0; i < level->count; i++)
		if (level->types[i]->key == key)
			return level->types[i]->name;
	return SLICE_NONE;
}

bool filter_may_lead_to(const struct fhir_search_param *param, struct slice type)
{
	for (size_t i = 0; i < param->target_count; i++)
		if (slice_equal(param->targets[i], type))
			return true;
	return param->target_count == 0;
}

bool filter_address(struct filters *filters, struct error *err)
{
	return filters->address != 0 || name_address(filters->conn, filters->base, false, &filters->address, err);
}

static bool read_inner(struct filters *filters, const struct filter_level *level, struct clause *clause, struct error *err)
{
	const struct store_filter *filter = clause->filter;

	clause->level = *level;
	clause->inner_count = filter->inner_count;
	if (filters->nesting == FILTER_NESTING_MAX)
		return refuse_limit("filters one within the other", FILTER_NESTING_MAX, err);
	filters->nesting++;
	bool done = filter_read(filters, level, filter->inner, filter->inner_count, &clause->inner, err);
	filters->nesting--;
	return done;
}

/** A chain's parameter belongs to the outer level, that of _has to the inner one. */
static bool read_reference(struct filters *filters, const struct filter_level *level, struct clause *clause, struct error *err)
{
	const struct store_filter *filter = clause->filter;
	struct filter_level inner;

	ASSERT(filter->param->type == FHIR_SEARCH_REFERENCE);
	return filter_level_open(filters, &filter->type, 1, level->depth + 1, &inner, err) &&
	       find_scope(filters, filter->kind == STORE_FILTER_CHAIN ? level : &inner, clause, NAME_PLAIN, err) &&
	       filter_address(filters, err) && read_inner(filters, &inner, clause, err);
}

static bool read_clause(struct filters *filters, const struct filter_level *level, struct clause *clause, struct error *err)
{
	switch (clause->filter->kind) {
	case STORE_FILTER_VALUE:
		return read_value(filters, level, clause, err);
	case STORE_FILTER_CHAIN:
	case STORE_FILTER_HAS:
		return read_reference(filters, level, clause, err);
	default:
		return read_inner(filters, level, clause, err);
	}
}

bool filter_read(struct filters *filters, const struct filter_level *level, const struct store_filter *given, size_t count,
		 struct clause **out, struct error *err)
{
	struct clause *clauses = arena_new_array(filters->arena, struct clause, count + 1);

	if (!clauses)
		return error_memory(err);
	filters->clause_count += count;
	if (filters->clause_count > FILTER_CLAUSES_MAX)
		return refuse_limit("parameters", FILTER_CLAUSES_MAX, err);
	for (size_t i = 0; i < count; i++) {
		clauses[i].filter = &given[i];
		if (!read_clause(filters, level, &clauses[i], err))
			return false;
	}
	*out = clauses;
	return true;
}
