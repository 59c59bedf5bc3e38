/* SPDX-License-Identifier: Apache-2.0 */
#include "store/snapshot.h"

#include "store/index.h"

/* Removed with each commit beyond as many as it superseded, so that a backlog always shrinks. */
#define PURGE_EXTRA 64

bool snapshot_supersede(struct store_conn *conn, int64_t change, int64_t at, struct error *err)
{
	struct db_query query;

	conn->superseded++;
	if (!db_query_open(conn->db, SLICE("INSERT INTO superseded (at, change, at_ms) VALUES (?, ?, ?)"), &query, err))
		return false;
	db_bind_int(&query, at);
	db_bind_int(&query, change);
	db_bind_int(&query, time_now_ms());
	return db_run(&query, err);
}

static bool set_horizon(struct store_conn *conn, int64_t at, struct error *err)
{
	struct db_query query;

	if (!db_query_open(conn->db, SLICE("UPDATE counter SET value = ? WHERE name = 'horizon' AND value < ?"), &query, err))
		return false;
	db_bind_int(&query, at);
	db_bind_int(&query, at);
	return db_run(&query, err);
}

/** The oldest superseded version, when its time is over. */
static bool find_oldest(struct store_conn *conn, int64_t before_ms, int64_t *at, int64_t *change, struct error *err)
{
	struct db_query query;
	bool has_row;

	*at = 0;
	if (!db_query_open(conn->db, SLICE("SELECT at, change, at_ms FROM superseded ORDER BY at LIMIT 1"), &query, err))
		return false;
	bool done = db_next(&query, &has_row, err);
	if (done && has_row && db_int(&query, 2) <= before_ms) {
		*at = db_int(&query, 0);
		*change = db_int(&query, 1);
	}
	db_query_close(&query);
	return done;
}

static bool forget(struct store_conn *conn, int64_t at, int64_t change, struct error *err)
{
	struct db_query query;

	if (!index_remove(conn, change, err) ||
	    !db_query_open(conn->db, SLICE("DELETE FROM superseded WHERE at = ?"), &query, err))
		return false;
	db_bind_int(&query, at);
	return db_run(&query, err);
}

bool snapshot_purge(struct store_conn *conn, struct error *err)
{
	int64_t before_ms = time_now_ms() - (int64_t)conn->store->options.snapshot_ms, horizon = 0, at, change;

	for (uint64_t i = 0; i < 2 * conn->superseded + PURGE_EXTRA; i++) {
		if (!find_oldest(conn, before_ms, &at, &change, err))
			return false;
		if (at == 0)
			break;
		if (!forget(conn, at, change, err))
			return false;
		horizon = at;
	}
	return horizon == 0 || set_horizon(conn, horizon, err);
}

static bool ask(struct store_conn *conn, struct slice sql, int64_t *out, struct error *err)
{
	struct db_query query;
	bool has_row;

	if (!db_query_open(conn->db, sql, &query, err))
		return false;
	bool done = db_next(&query, &has_row, err);
	*out = done && has_row ? db_int(&query, 0) : 0;
	db_query_close(&query);
	return done;
}

static bool read_newest(struct store_conn *conn, int64_t *out, struct error *err)
{
	return ask(conn, SLICE("SELECT max(change) FROM version"), out, err);
}

bool snapshot_end_all(struct store_conn *conn, struct error *err)
{
	int64_t newest;

	return read_newest(conn, &newest, err) && set_horizon(conn, newest, err);
}

bool snapshot_read(struct store_conn *conn, int64_t *newest, int64_t *horizon, struct error *err)
{
	return read_newest(conn, newest, err) &&
	       (!horizon || ask(conn, SLICE("SELECT value FROM counter WHERE name = 'horizon'"), horizon, err));
}
