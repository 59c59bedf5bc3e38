/* SPDX-License-Identifier: Apache-2.0 */
/* Versions, the newest first: in the order of their times, those of one instant in that of their changes, as the index on times
 * has them. The clock may have gone back; then time tells, as it is what clients ask by. A place is a version, whose time never
 * changes, so a page that starts behind it stays what it was while others write. */
#include "store/condition.h"
#include "store/span.h"

/* So many versions are looked up and sorted; more are walked from the newest, or the newest that a time asked for leaves, until a
 * page is full. The order of the cross joins is the order of the loops. */
#define FEW_VERSIONS 1024
#define FROM_RESOURCES                                                                                                           \
	" FROM type t CROSS JOIN resource r CROSS JOIN version v WHERE r.type = t.key AND v.resource = r.position AND t.base = " \
	"?"
#define FROM_TIMES                                                                                                               \
	" FROM version v CROSS JOIN resource r CROSS JOIN type t WHERE r.position = v.resource AND t.key = r.type AND t.base = " \
	"?"
#define STILL_CURRENT                                                                                                            \
	" AND NOT EXISTS (SELECT 1 FROM version n WHERE n.resource = v.resource AND n.version = v.version + 1"                   \
	" AND n.updated_ms <= ?)"

static bool read_date(struct slice text, const char *name, struct span *out, struct error *err)
{
	if (span_read(text, out))
		return true;
	error_set(err, ERROR_SYNTAX, "", "%s='%.*s' is not a date", name, SLICE_ARG(text));
	return error_hint(err, "write it as 2026-11-23 or 2026-11-23T20:48:00Z");
}

static bool add_times(struct condition *condition, const struct store_history_query *query, struct error *err)
{
	struct span span;

	if (query->since.ptr) {
		if (!read_date(query->since, "_since", &span, err))
			return false;
		condition_add_int(condition, " AND v.updated_ms >= ?", span.low);
	}
	if (!query->at.ptr)
		return true;
	if (!read_date(query->at, "_at", &span, err))
		return false;
	/* By the unary plus a later page begins at its place, which is older anyway. */
	condition_add_int(condition, query->before ? " AND +v.updated_ms < ?" : " AND v.updated_ms < ?",
			  span.high > span.low ? span.high : span.low + 1);
	condition_add_int(condition, STILL_CURRENT, span.low);
	return true;
}

static void add_resources(struct condition *condition, const struct store_history_query *query, const char *from)
{
	condition_add_int(condition, from, query->base);
	if (query->type.ptr)
		condition_add_text(condition, " AND t.name = ?", query->type);
	if (query->id.ptr)
		condition_add_text(condition, " AND r.id = ?", query->id);
}

/** Whether the versions of what is asked about are few, of whatever time. */
static bool are_few(struct condition *condition, const struct store_history_query *query, bool *out, struct error *err)
{
	struct db_query rows;
	bool has_row;

	*out = query->id.ptr;
	if (!query->type.ptr || query->id.ptr)
		return true;
	condition_reset(condition);
	condition_add(condition, "SELECT count(*) FROM (SELECT 1");
	add_resources(condition, query, FROM_RESOURCES);
	condition_add_int(condition, " LIMIT ?)", FEW_VERSIONS);
	if (!condition_open(condition, &rows, err))
		return false;
	bool done = db_next(&rows, &has_row, err);
	*out = done && has_row && db_int(&rows, 0) < FEW_VERSIONS;
	db_query_close(&rows);
	return done;
}

/** What page and total have in common. */
static bool add_scope(struct condition *condition, const char *columns, const struct store_history_query *query,
		      struct error *err)
{
	bool few;

	if (!are_few(condition, query, &few, err))
		return false;
	condition_reset(condition);
	condition_add(condition, columns);
	add_resources(condition, query, few ? FROM_RESOURCES : FROM_TIMES);
	return add_times(condition, query, err);
}

static bool read_total(struct condition *condition, const struct store_history_query *query, uint64_t *out, struct error *err)
{
	struct db_query rows;
	bool has_row;

	if (!add_scope(condition, "SELECT count(*)", query, err) || !condition_open(condition, &rows, err))
		return false;
	bool done = db_next(&rows, &has_row, err);
	*out = done && has_row ? (uint64_t)db_int(&rows, 0) : 0;
	db_query_close(&rows);
	return done;
}

static bool read_version(struct arena *arena, const struct db_query *rows, struct store_resource *out, struct error *err)
{
	*out = (struct store_resource){ .type = arena_copy(arena, db_text(rows, 1)),
					.id = arena_copy(arena, db_text(rows, 2)),
					.version = (uint64_t)db_int(rows, 3),
					.last_updated_ms = db_int(rows, 4),
					.is_deleted = db_int(rows, 5) != 0,
					.method = (enum store_method)db_int(rows, 6),
					.is_created = db_int(rows, 7) != 0 };
	if (!out->is_deleted)
		out->bytes = arena_copy(arena, db_blob(rows, 8));
	return (out->type.ptr && out->id.ptr && (out->is_deleted || out->bytes.ptr)) || error_memory(err);
}

static bool read_rows(struct arena *arena, struct db_query *rows, size_t max_count, struct store_history *out, struct error *err)
{
	struct store_resource *versions = arena_new_array(arena, struct store_resource, max_count);
	uint64_t *positions = arena_new_array(arena, uint64_t, max_count);
	bool has_row;

	if (!versions || !positions)
		return error_memory(err);
	out->versions = versions;
	out->positions = positions;
	for (;;) {
		if (!db_next(rows, &has_row, err))
			return false;
		out->has_more = has_row && out->count == max_count;
		if (!has_row || out->has_more)
			return true;
		positions[out->count] = (uint64_t)db_int(rows, 0);
		if (!read_version(arena, rows, &versions[out->count++], err))
			return false;
	}
}

static bool read_page(struct condition *condition, const struct store_history_query *query, struct store_history *out,
		      struct error *err)
{
	struct db_query rows;

	if (!add_scope(condition,
		       "SELECT v.change, t.name, r.id, v.version, v.updated_ms, v.is_deleted, v.method, v.is_created, v.bytes",
		       query, err))
		return false;
	if (query->before) {
		int64_t before = query->before < INT64_MAX ? (int64_t)query->before : INT64_MAX;
		condition_add_int(condition,
				  " AND (v.updated_ms, v.change) < ((SELECT updated_ms FROM version WHERE change = ?), ", before);
		condition_add_int(condition, "?)", before);
	}
	condition_add_int(condition, " ORDER BY v.updated_ms DESC, v.change DESC LIMIT ?", (int64_t)query->max_count + 1);
	if (!condition_open(condition, &rows, err))
		return false;
	bool done = read_rows(condition->arena, &rows, query->max_count, out, err);
	db_query_close(&rows);
	return done;
}

/** One snapshot for page and total; within a write it is the write's own. */
bool store_history(struct store_conn *conn, struct arena *arena, const struct store_history_query *query,
		   struct store_history *out, struct error *err)
{
	struct condition condition;

	*out = (struct store_history){ 0 };
	if (!condition_init(&condition, conn, arena, err))
		return false;
	bool begun = conn->is_writing || db_begin_read(conn->db, err);
	bool done = begun && (!query->want_total || read_total(&condition, query, &out->total, err)) &&
		    (query->max_count == 0 || read_page(&condition, query, out, err));
	if (begun && !conn->is_writing)
		db_rollback(conn->db);
	condition_fini(&condition);
	return done;
}
