/* SPDX-License-Identifier: Apache-2.0 */
/* A search as one SQL query. Each filter is asked first how many rows it has, up to a few hundred. If one is narrow, it drives:
 * its resources are looked up and the others tested on them. If none is, resources are walked in order of position and all
 * filters tested on each, which ends as soon as a page is full. Both ways read an index and nothing else until a resource is
 * known to match. */
#include "store/index.h"

#define NARROW_ROWS 256
#define FILTERS_MAX 64
#define VALUES_MAX 200

/** A filter and what is known about it in this database. */
struct clause {
	const struct store_filter *filter;
	const struct index_kind *kind;
	int64_t scope;                  /**< value of the kind's scope column */
	bool is_missing, wants_missing; /**< :missing and what it asks for */
	bool is_not;
};

struct search {
	struct store_conn *conn;
	const struct store_query *query;
	struct store_type *type;
	struct clause *clauses;
	const struct clause *driver; /**< NULL: none is narrow */
	struct condition condition;
};

/* ---- understanding the filters ---- */

static bool takes_modifier(const struct search *search, const struct clause *clause)
{
	struct slice modifier = clause->filter->modifier;
	const struct fhir_type *type;

	for (const char *const *name = clause->kind->modifiers; *name; name++)
		if (slice_equal(modifier, slice_of(*name)))
			return true;
	if (!clause->kind->takes_type_modifier)
		return false;
	type = fhir_type_find(search->condition.schema, modifier);
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

static bool read_modifier(struct search *search, struct clause *clause, struct error *err)
{
	struct slice modifier = clause->filter->modifier;

	if (!modifier.ptr)
		return true;
	if (slice_equal(modifier, SLICE("missing")) && clause->kind->insert)
		return read_missing(clause, err);
	if (!takes_modifier(search, clause))
		return kind_refuse_modifier(clause->filter, err);
	clause->is_not = slice_equal(modifier, SLICE("not"));
	return true;
}

static bool refuse_param(const struct search *search, const struct store_filter *filter, struct error *err)
{
	error_set(err, ERROR_UNSUPPORTED, "", "the search parameter %.*s of %.*s is not indexed here",
		  SLICE_ARG(filter->param->code), SLICE_ARG(search->type->name));
	return error_hint(err, "search by another parameter");
}

/** The key of an indexed parameter; 0 when nothing was ever stored under it. */
static bool find_scope(struct search *search, struct clause *clause, struct error *err)
{
	const struct index_plan *plan = search->type->plan;

	for (size_t i = 0; i < plan->count; i++)
		if (slice_equal(plan->params[i].definition->code, clause->filter->param->code)) {
			if (!plan->params[i].program)
				break;
			if (search->type->key == 0)
				return true;
			return name_param(search->conn, search->type, i, false, &clause->scope, err);
		}
	return refuse_param(search, clause->filter, err);
}

static bool read_filter(struct search *search, const struct store_filter *filter, struct clause *out, struct error *err)
{
	*out = (struct clause){ .filter = filter, .kind = kind_find(filter->param), .scope = search->type->key };
	if (!out->kind)
		return refuse_param(search, filter, err);
	if (filter->value_count == 0 || filter->value_count > VALUES_MAX) {
		error_set(err, ERROR_LIMIT, "", "the search parameter %.*s has %zu values, and 1 to %d are taken",
			  SLICE_ARG(filter->param->code), filter->value_count, VALUES_MAX);
		return error_hint(err, "ask in several searches");
	}
	return read_modifier(search, out, err) && (!out->kind->insert || find_scope(search, out, err));
}

static bool read_filters(struct search *search, struct error *err)
{
	const struct store_query *query = search->query;

	if (query->filter_count > FILTERS_MAX) {
		error_set(err, ERROR_LIMIT, "", "the search has %zu parameters, and %d are the most", query->filter_count,
			  FILTERS_MAX);
		return error_hint(err, "ask with fewer parameters");
	}
	for (size_t i = 0; i < query->filter_count; i++)
		if (!read_filter(search, &query->filters[i], &search->clauses[i], err))
			return false;
	return true;
}

/* ---- making SQL ---- */

static void add_sql(struct search *search, const char *a, const char *b, const char *c)
{
	condition_add(&search->condition, a);
	condition_add(&search->condition, b);
	condition_add(&search->condition, c);
}

/** The positions of one filter's resources: a SELECT for each alternative, so that each goes by the index. */
static bool add_set(struct search *search, const struct clause *clause, struct error *err)
{
	const struct store_filter *filter = clause->filter;

	for (size_t i = 0; i < filter->value_count; i++) {
		add_sql(search, i > 0 ? " UNION ALL SELECT " : "SELECT ", clause->kind->key, " AS position FROM ");
		add_sql(search, clause->kind->table, " WHERE ", clause->kind->scope);
		condition_add_int(&search->condition, " = ? AND ", clause->scope);
		if (!clause->kind->match(&search->condition, filter, &filter->values[i], err))
			return false;
	}
	return true;
}

/** Whether the resource `r` matches one filter. */
static bool add_test(struct search *search, const struct clause *clause, struct error *err)
{
	const struct store_filter *filter = clause->filter;
	bool is_turned = clause->is_not || (clause->is_missing && clause->wants_missing);

	add_sql(search, is_turned ? " AND NOT EXISTS (SELECT 1 FROM " : " AND EXISTS (SELECT 1 FROM ", clause->kind->table,
		" WHERE ");
	add_sql(search, clause->kind->key, " = r.position AND ", clause->kind->scope);
	condition_add_int(&search->condition, " = ?", clause->scope);
	for (size_t i = 0; !clause->is_missing && i < filter->value_count; i++) {
		condition_add(&search->condition, i > 0 ? " OR (" : " AND ((");
		if (!clause->kind->match(&search->condition, filter, &filter->values[i], err))
			return false;
		condition_add(&search->condition, ")");
	}
	condition_add(&search->condition, clause->is_missing ? ")" : "))");
	return true;
}

static bool add_where(struct search *search, struct error *err)
{
	/* The unary plus keeps the planner from walking the whole type where a narrow filter drives. */
	condition_add_int(&search->condition, search->driver ? " WHERE +r.type = ?" : " WHERE r.type = ?", search->type->key);
	condition_add(&search->condition, " AND r.is_deleted = 0");
	if (search->driver) {
		condition_add(&search->condition, " AND r.position IN (");
		if (!add_set(search, search->driver, err))
			return false;
		condition_add(&search->condition, ")");
	}
	for (size_t i = 0; i < search->query->filter_count; i++)
		if (&search->clauses[i] != search->driver && !add_test(search, &search->clauses[i], err))
			return false;
	return true;
}

/** One number from the query made so far. */
static bool ask_count(struct search *search, uint64_t *out, struct error *err)
{
	struct db_query query;
	bool has_row;

	if (!condition_open(&search->condition, &query, err))
		return false;
	bool done = db_next(&query, &has_row, err);
	*out = done && has_row ? (uint64_t)db_int(&query, 0) : 0;
	db_query_close(&query);
	return done;
}

/** How many rows the filter has, up to NARROW_ROWS. */
static bool measure(struct search *search, const struct clause *clause, uint64_t *out, struct error *err)
{
	condition_reset(&search->condition);
	condition_add(&search->condition, "SELECT count(*) FROM (SELECT 1 FROM (");
	if (!add_set(search, clause, err))
		return false;
	condition_add_int(&search->condition, ") LIMIT ?)", NARROW_ROWS);
	return ask_count(search, out, err);
}

static bool choose_driver(struct search *search, struct error *err)
{
	uint64_t least = NARROW_ROWS, rows;

	for (size_t i = 0; i < search->query->filter_count && least > 1; i++) {
		const struct clause *clause = &search->clauses[i];
		if (clause->is_not || clause->is_missing)
			continue;
		if (!measure(search, clause, &rows, err))
			return false;
		if (rows < least) {
			least = rows;
			search->driver = clause;
		}
	}
	return true;
}

/* ---- the page ---- */

static bool read_row(struct arena *arena, const struct db_query *query, struct slice type, struct store_resource *out,
		     struct error *err)
{
	*out = (struct store_resource){ .type = type,
					.id = arena_copy(arena, db_text(query, 1)),
					.version = (uint64_t)db_int(query, 2),
					.last_updated_ms = db_int(query, 3),
					.bytes = arena_copy(arena, db_blob(query, 4)) };
	return (out->id.ptr && out->bytes.ptr) || error_memory(err);
}

static bool read_rows(struct search *search, struct arena *arena, struct db_query *query, struct store_page *out,
		      struct error *err)
{
	size_t max = search->query->max_count;
	struct store_resource *resources = arena_new_array(arena, struct store_resource, max + 1);
	uint64_t *positions = arena_new_array(arena, uint64_t, max + 1);
	struct slice type = arena_copy(arena, search->type->name);
	bool has_row = true, done = true;

	if (!resources || !positions || !type.ptr)
		return error_memory(err);
	while (done && (done = db_next(query, &has_row, err)) && has_row) {
		if (out->count == max) {
			out->has_more = true;
			break;
		}
		positions[out->count] = (uint64_t)db_int(query, 0);
		done = read_row(arena, query, type, &resources[out->count], err);
		out->count++;
	}
	out->resources = resources;
	out->positions = positions;
	return done;
}

static bool read_page(struct search *search, struct arena *arena, struct store_page *out, struct error *err)
{
	struct db_query query;

	condition_reset(&search->condition);
	condition_add(&search->condition, "SELECT r.position, r.id, r.version, r.updated_ms, v.bytes FROM resource r"
					  " JOIN version v ON v.change = r.change");
	if (!add_where(search, err))
		return false;
	condition_add_int(&search->condition, " AND r.position > ?",
			  (int64_t)(search->query->after < INT64_MAX ? search->query->after : INT64_MAX));
	/* One more than is asked for tells whether there are more. */
	condition_add_int(&search->condition, " ORDER BY r.position LIMIT ?", (int64_t)search->query->max_count + 1);
	if (!condition_open(&search->condition, &query, err))
		return false;
	bool done = read_rows(search, arena, &query, out, err);
	db_query_close(&query);
	return done;
}

/** A single wide filter is counted in its index alone. */
static bool count_set(struct search *search, uint64_t *out, struct error *err)
{
	condition_add(&search->condition, "SELECT count(DISTINCT position) FROM (");
	if (!add_set(search, search->clauses, err))
		return false;
	condition_add(&search->condition, ")");
	return ask_count(search, out, err);
}

static bool read_total(struct search *search, uint64_t *out, struct error *err)
{
	const struct clause *only = search->query->filter_count == 1 && !search->driver ? search->clauses : NULL;

	condition_reset(&search->condition);
	if (only && !only->is_not && !only->is_missing)
		return count_set(search, out, err);
	condition_add(&search->condition, "SELECT count(*) FROM resource r");
	return add_where(search, err) && ask_count(search, out, err);
}

static bool run(struct search *search, struct arena *arena, struct store_page *out, struct error *err)
{
	return read_filters(search, err) && choose_driver(search, err) && read_page(search, arena, out, err) &&
	       (!search->query->want_total || read_total(search, &out->total, err));
}

/** Page and total come from one snapshot; inside a write transaction they do anyway. */
static bool run_in_snapshot(struct search *search, struct arena *arena, struct store_page *out, struct error *err)
{
	struct store_conn *conn = search->conn;

	if (conn->is_writing)
		return run(search, arena, out, err);
	if (!db_begin_read(conn->db, err))
		return false;
	bool done = run(search, arena, out, err);
	db_rollback(conn->db);
	return done;
}

bool store_search(struct store_conn *conn, struct arena *arena, const struct store_query *query, struct store_page *out,
		  struct error *err)
{
	struct search search = { .conn = conn, .query = query };
	struct store_type never_stored = { .base = query->base, .name = query->type };

	*out = (struct store_page){ 0 };
	if (!name_type(conn, query->base, query->type, false, &search.type, err))
		return false;
	/* A search that is wrong is refused also where there is nothing to find. */
	if (!search.type)
		search.type = &never_stored;
	search.clauses = arena_new_array(arena, struct clause, query->filter_count + 1);
	if (!search.clauses)
		return error_memory(err);
	if (!index_plan_use(conn, search.type, err) || !condition_init(&search.condition, conn, arena, err))
		return false;
	search.condition.schema = conn_schema(conn, query->base);
	bool done = run_in_snapshot(&search, arena, out, err);
	condition_fini(&search.condition);
	return done;
}
