/* SPDX-License-Identifier: Apache-2.0 */
#include "store/conn.h"
#include "store/snapshot.h"

#include <stdlib.h>
#include <time.h>

static bool open_db(const struct store *store, struct db **out, struct error *err)
{
	struct db_options options = { .path = store->path,
				      .busy_timeout_ms = store->options.busy_timeout_ms,
				      .cache_bytes = store->options.cache_bytes };

	return db_open(&options, out, err);
}

bool store_conn_open(struct store *store, struct store_conn **out, struct error *err)
{
	struct store_conn *conn = calloc(1, sizeof(*conn));

	if (!conn)
		return error_memory(err);
	conn->store = store;
	buf_init(&conn->json, STORE_RESOURCE_MAX_BYTES);
	conn->scratch = arena_new(STORE_SCRATCH_MAX_BYTES);
	conn->names_arena = arena_new(STORE_NAMES_MAX_BYTES);
	bool done = (conn->scratch && conn->names_arena) || error_memory(err);
	if (!done || !open_db(store, &conn->reader, err)) {
		store_conn_close(conn);
		return false;
	}
	conn->db = conn->reader;
	*out = conn;
	return true;
}

void store_conn_close(struct store_conn *conn)
{
	if (!conn)
		return;
	store_rollback(conn);
	db_close(conn->reader);
	arena_free(conn->scratch);
	arena_free(conn->names_arena);
	buf_free(&conn->json);
	free(conn);
}

const struct fhir_schema *conn_schema(const struct store_conn *conn, enum store_base base)
{
	static const enum fhir_version versions[STORE_BASE_COUNT] = {
		[STORE_R4] = FHIR_R4, [STORE_R5] = FHIR_R5, [STORE_SOURCE] = FHIR_MODEL
	};

	return conn->store->schemas[versions[base]];
}

/* ---- transactions ---- */

/** Writers of one process wait for each other here: who waits for the database asks it again and again. */
static bool wait_for_turn(struct store *store, struct error *err)
{
	uint64_t wait_ms = store->options.busy_timeout_ms, ns;
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	ns = (uint64_t)until.tv_nsec + wait_ms % 1000 * 1000000;
	until.tv_sec += (time_t)(wait_ms / 1000 + ns / 1000000000);
	until.tv_nsec = (long)(ns % 1000000000);
	if (pthread_mutex_clocklock(&store->writer_lock, CLOCK_MONOTONIC, &until) == 0)
		return true;
	error_set(err, ERROR_BUSY, store->path, "begin writing: others are writing for too long");
	return error_hint(err, "try again, or raise store.busy_timeout");
}

static void use(struct store_conn *conn, struct db *db)
{
	conn->db = db;
	conn->knows_sequence = false; /* what others have written is counted by each connection for itself */
}

/** All write by one connection to the database, whose pages stay as they are in its cache: what another one has changed must be
 * read again. */
static bool begin(struct store_conn *conn, struct error *err)
{
	struct store *store = conn->store;

	if (!wait_for_turn(store, err))
		return false;
	if ((store->writer || open_db(store, &store->writer, err)) && db_begin_write(store->writer, err)) {
		use(conn, store->writer);
		return true;
	}
	pthread_mutex_unlock(&store->writer_lock);
	return false;
}

static void end(struct store_conn *conn)
{
	conn->is_writing = false;
	use(conn, conn->reader);
	pthread_mutex_unlock(&conn->store->writer_lock);
}

bool store_begin(struct store_conn *conn, struct error *err)
{
	struct error failure = { 0 };

	ASSERT(!conn->is_writing);
	if (!begin(conn, &failure)) {
		if (failure.code == ERROR_BUSY)
			atomic_fetch_add_explicit(&conn->store->busy, 1, memory_order_relaxed);
		if (err && err->code == ERROR_NONE)
			*err = failure;
		return false;
	}
	conn->is_writing = true;
	conn->has_changed = false;
	conn->is_broken = false;
	conn->superseded = 0;
	return true;
}

static bool count_commit(struct store_conn *conn, struct error *err)
{
	struct db_query query;

	return db_query_open(conn->db, SLICE("UPDATE counter SET value = value + 1 WHERE name = 'sequence'"), &query, err) &&
	       db_run(&query, err);
}

static bool commit(struct store_conn *conn, struct error *err)
{
	if (conn->is_broken) {
		error_set(err, ERROR_CONFLICT, conn->store->path,
			  "the transaction cannot be committed: one of its writes failed");
		return error_hint(err, "nothing was stored; see the first error");
	}
	return (!conn->has_changed || (count_commit(conn, err) && snapshot_purge(conn, err))) && db_commit(conn->db, err);
}

bool store_commit(struct store_conn *conn, struct error *err)
{
	ASSERT(conn->is_writing);
	if (!commit(conn, err)) {
		store_rollback(conn);
		return false;
	}
	atomic_fetch_add_explicit(&conn->store->commits, 1, memory_order_relaxed);
	end(conn);
	return true;
}

void store_rollback(struct store_conn *conn)
{
	if (!conn->is_writing)
		return;
	atomic_fetch_add_explicit(&conn->store->rollbacks, 1, memory_order_relaxed);
	db_rollback(conn->db);
	names_forget(conn);
	end(conn);
}

/* ---- counts ---- */

struct store_figures store_figures(const struct store *store)
{
	return (struct store_figures){ atomic_load_explicit(&store->commits, memory_order_relaxed),
				       atomic_load_explicit(&store->rollbacks, memory_order_relaxed),
				       atomic_load_explicit(&store->busy, memory_order_relaxed) };
}

static bool read_sequence(struct store_conn *conn, struct error *err)
{
	struct db_query query;
	bool has_row;

	if (!db_query_open(conn->db, SLICE("SELECT value FROM counter WHERE name = 'sequence'"), &query, err))
		return false;
	bool done = db_next(&query, &has_row, err);
	conn->sequence = done && has_row ? (uint64_t)db_int(&query, 0) : 0;
	db_query_close(&query);
	conn->knows_sequence = done;
	return done;
}

bool store_sequence(struct store_conn *conn, uint64_t *out, struct error *err)
{
	int64_t mark;

	/* The mark first: a commit between the two reads is then seen by the next call. */
	if (!db_others_mark(conn->db, &mark, err))
		return false;
	if (!(conn->knows_sequence && mark == conn->others_mark) && !read_sequence(conn, err))
		return false;
	conn->others_mark = mark;
	*out = conn->sequence;
	return true;
}

bool store_count(struct store_conn *conn, enum store_base base, uint64_t *out, struct error *err)
{
	struct db_query query;
	bool has_row;

	if (!db_query_open(
		conn->db,
		SLICE("SELECT count(*) FROM type t JOIN resource r ON r.type = t.key WHERE t.base = ? AND r.is_deleted = 0"),
		&query, err))
		return false;
	db_bind_int(&query, base);
	bool done = db_next(&query, &has_row, err);
	*out = done && has_row ? (uint64_t)db_int(&query, 0) : 0;
	db_query_close(&query);
	return done;
}
