/* SPDX-License-Identifier: Apache-2.0 */
#include "store/conn.h"

static bool read_row(struct arena *arena, const struct db_query *query, struct slice type, struct slice id,
		     struct store_resource *out, struct error *err)
{
	*out = (struct store_resource){ .type = arena_copy(arena, type),
					.id = arena_copy(arena, id),
					.version = (uint64_t)db_int(query, 0),
					.last_updated_ms = db_int(query, 1),
					.is_deleted = db_int(query, 2) != 0 };
	if (!out->is_deleted)
		out->bytes = arena_copy(arena, db_blob(query, 3));
	if (!out->type.ptr || !out->id.ptr || (!out->is_deleted && !out->bytes.ptr))
		return error_memory(err);
	return true;
}

bool store_get(struct store_conn *conn, struct arena *arena, enum store_base base, struct slice type, struct slice id,
	       uint64_t version, struct store_resource *out, bool *found, struct error *err)
{
	struct store_type *known;
	struct db_query query;

	*found = false;
	if (!name_type(conn, base, type, false, &known, err))
		return false;
	if (!known || version > INT64_MAX)
		return true;
	if (!db_query_open(conn->db,
			   version == 0 ? SLICE("SELECT v.version, v.updated_ms, v.is_deleted, v.bytes FROM resource r"
						" JOIN version v ON v.change = r.change WHERE r.type = ? AND r.id = ?")
					: SLICE("SELECT v.version, v.updated_ms, v.is_deleted, v.bytes FROM resource r"
						" JOIN version v ON v.resource = r.position WHERE r.type = ? AND r.id = ?"
						" AND v.version = ?"),
			   &query, err))
		return false;
	db_bind_int(&query, known->key);
	db_bind_text(&query, id);
	if (version != 0)
		db_bind_int(&query, (int64_t)version);
	bool done = db_next(&query, found, err) && (!*found || read_row(arena, &query, type, id, out, err));
	db_query_close(&query);
	return done;
}
