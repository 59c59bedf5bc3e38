/* SPDX-License-Identifier: Apache-2.0 */
/* Which values a search parameter has in current resources: of each value one resource, the one that has had it longest. */
#include "store/filter.h"

/** The columns of a kind's rows that make a value. */
static const char *columns_of(const struct index_kind *kind)
{
	static const struct {
		const struct index_kind *kind;
		const char *columns;
	} values[] = { { &kind_token, "i.code, i.system" },
		       { &kind_uri, "i.uri, i.version" },
		       { &kind_reference, "i.id, i.target, i.version" } };

	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		if (values[i].kind == kind)
			return values[i].columns;
	return NULL;
}

/** One type's resources are looked at one by one; of many types, the parameter's rows are. */
static void add_select(struct condition *condition, const struct store_values_query *query, const struct index_kind *kind,
		       const struct filter_level *level, int64_t scope)
{
	bool by_type = level->count == 1;

	buf_printf(&condition->sql,
		   "SELECT r.type, r.id, v.version, v.updated_ms, v.bytes, v.change FROM (SELECT min(i.change) AS change FROM"
		   " %s %s CROSS JOIN %s %s WHERE r.position = i.resource AND r.change = i.change AND r.is_deleted = 0",
		   by_type ? "resource" : kind->table, by_type ? "r" : "i", by_type ? kind->table : "resource",
		   by_type ? "i" : "r");
	condition_add_int(condition, " AND i.param = ? AND r.type IN (", scope);
	for (size_t i = 0; i < level->count; i++)
		condition_add_int(condition, i > 0 ? ", ?" : "?", level->types[i]->key);
	buf_printf(&condition->sql, ") GROUP BY %s", columns_of(kind));
	condition_add_int(condition, " LIMIT ?) x CROSS JOIN version v CROSS JOIN resource r", (int64_t)query->max_count + 1);
	condition_add(condition, " WHERE v.change = x.change AND r.position = v.resource ORDER BY v.change");
}

static bool each_row(const struct store_values_query *query, const struct filter_level *level, struct db_query *rows,
		     bool *is_cut, struct error *err)
{
	int64_t last = 0;
	bool has_row;

	for (size_t count = 0; db_next(rows, &has_row, err); count++) {
		*is_cut = has_row && count == query->max_count;
		if (!has_row || *is_cut)
			return true;
		struct store_resource resource = { .type = filter_type_name(level, db_int(rows, 0)),
						   .id = db_text(rows, 1),
						   .version = (uint64_t)db_int(rows, 2),
						   .last_updated_ms = db_int(rows, 3),
						   .bytes = db_blob(rows, 4) };
		/* It has several of the values: once is enough. */
		if (db_int(rows, 5) != last && !query->each(query->context, &resource, err))
			return false;
		last = db_int(rows, 5);
	}
	return false;
}

/** The key of the parameter, which all types have; 0: nothing was ever stored under it. */
static bool find_scope(struct filters *filters, const struct filter_level *level, const struct fhir_search_param *param,
		       int64_t *out, struct error *err)
{
	struct filter_level first;
	struct store_type *type;
	size_t index;

	return filter_level_open(filters, &level->types[0]->name, 1, 0, &first, err) &&
	       filter_find_param(&first, param, &type, &index, err) &&
	       name_param(filters->conn, type, index, NAME_PLAIN, false, out, err);
}

static bool run(struct filters *filters, const struct store_values_query *query, bool *is_cut, struct error *err)
{
	const struct index_kind *kind = kind_find(query->param);
	struct filter_level level;
	struct db_query rows;
	int64_t scope;

	ASSERT(kind && columns_of(kind));
	if (!filter_level_stored(filters, query->types, query->type_count, &level, err))
		return false;
	if (level.count == 0)
		return true;
	if (!find_scope(filters, &level, query->param, &scope, err))
		return false;
	add_select(filters->condition, query, kind, &level, scope);
	if (!condition_open(filters->condition, &rows, err))
		return false;
	bool done = each_row(query, &level, &rows, is_cut, err);
	db_query_close(&rows);
	return done;
}

bool store_values(struct store_conn *conn, struct arena *arena, const struct store_values_query *query, bool *is_cut,
		  struct error *err)
{
	struct filters filters = { .conn = conn, .arena = arena, .base = query->base };
	struct condition condition;

	*is_cut = false;
	if (!condition_init(&condition, conn, arena, err))
		return false;
	condition.schema = conn_schema(conn, query->base);
	filters.condition = &condition;
	db_limit_time(conn->db, query->max_ms);
	bool done = run(&filters, query, is_cut, err);
	db_limit_time(conn->db, 0);
	condition_fini(&condition);
	return done;
}
