/* SPDX-License-Identifier: Apache-2.0 */
#include "store/conn.h"

bool store_note_get(struct store_conn *conn, struct arena *arena, struct slice room, struct slice key, struct slice *out,
		    struct error *err)
{
	struct db_query query;
	bool has_row;

	*out = SLICE_NONE;
	if (!db_query_open(conn->db, SLICE("SELECT value FROM note WHERE room = ? AND key = ?"), &query, err))
		return false;
	db_bind_text(&query, room);
	db_bind_text(&query, key);
	bool done = db_next(&query, &has_row, err);
	if (done && has_row) {
		*out = arena_copy(arena, db_blob(&query, 0));
		done = out->ptr || error_memory(err);
	}
	db_query_close(&query);
	return done;
}

static bool remove_note(struct store_conn *conn, struct slice room, struct slice key, struct error *err)
{
	struct db_query query;

	if (!db_query_open(conn->db, SLICE("DELETE FROM note WHERE room = ? AND key = ?"), &query, err))
		return false;
	db_bind_text(&query, room);
	db_bind_text(&query, key);
	return db_run(&query, err);
}

static bool write_note(struct store_conn *conn, struct slice room, struct slice key, struct slice value, struct error *err)
{
	struct db_query query;

	if (!db_query_open(conn->db,
			   SLICE("INSERT INTO note (room, key, value) VALUES (?, ?, ?)"
				 " ON CONFLICT (room, key) DO UPDATE SET value = excluded.value"),
			   &query, err))
		return false;
	db_bind_text(&query, room);
	db_bind_text(&query, key);
	db_bind_blob(&query, value);
	return db_run(&query, err);
}

static bool same_note(const struct slice a, const struct slice b)
{
	return (a.ptr != NULL) == (b.ptr != NULL) && slice_equal(a, b);
}

bool store_note_put(struct store_conn *conn, struct slice room, struct slice key, struct slice value, struct error *err)
{
	struct slice old;

	ASSERT(conn->is_writing);
	arena_reset(conn->scratch);
	if (!store_note_get(conn, conn->scratch, room, key, &old, err))
		return false;
	/* What is already so is not written: a sync that finds nothing new leaves the file alone. */
	if (same_note(old, value))
		return true;
	conn->has_changed = true;
	if (value.ptr ? write_note(conn, room, key, value, err) : remove_note(conn, room, key, err))
		return true;
	conn->is_broken = true;
	return false;
}

bool store_note_each(struct store_conn *conn, struct arena *arena, struct slice room,
		     bool (*each)(void *context, struct slice key, struct slice value), void *context, struct error *err)
{
	struct db_query query;
	bool has_row = true, goes_on = true, done = true;

	if (!db_query_open(conn->db, SLICE("SELECT key, value FROM note WHERE room = ? ORDER BY key"), &query, err))
		return false;
	db_bind_text(&query, room);
	while (goes_on && (done = db_next(&query, &has_row, err)) && has_row) {
		struct slice key = arena_copy(arena, db_text(&query, 0));
		struct slice value = arena_copy(arena, db_blob(&query, 1));
		if (!key.ptr || !value.ptr) {
			done = error_memory(err);
			break;
		}
		goes_on = each(context, key, value);
	}
	db_query_close(&query);
	return done;
}
