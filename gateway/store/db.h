/* SPDX-License-Identifier: Apache-2.0 */
/**
 * db: the seam between the store and its engine. What stands above speaks in queries with ? parameters; what stands below is one
 * file per engine. sqlite.c is the first, PostgreSQL will be the second. The queries above keep to what both understand (a second
 * engine brings `instr`, byte order for texts, and its own wording of the tables in layout.c).
 *
 * A connection belongs to one thread at a time.
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include "cannula/base.h"

struct db;

struct db_options {
	const char *path; /**< the data directory */
	uint64_t busy_timeout_ms;
	uint64_t cache_bytes;
};

/** Opens or creates the database, empty when it is new. */
bool db_open(const struct db_options *options, struct db **out, struct error *err) MUST_USE;
void db_close(struct db *db);

/** The layout's mark, as it was set: 0 for an empty database. ERROR_UNSUPPORTED when the database is somebody else's. */
bool db_layout(struct db *db, int64_t *out, struct error *err) MUST_USE;
/** In a transaction, with the change it marks; `layout` has at most 31 bits. */
bool db_set_layout(struct db *db, int64_t layout, struct error *err) MUST_USE;
/** Several statements without parameters. */
bool db_script(struct db *db, const char *sql, struct error *err) MUST_USE;

/** Takes the writer's place, waiting at most busy_timeout_ms. */
bool db_begin_write(struct db *db, struct error *err) MUST_USE;
/** One snapshot for several queries. */
bool db_begin_read(struct db *db, struct error *err) MUST_USE;
/** After false the transaction is still open, unless the engine had to end it; db_rollback is right in both cases. */
bool db_commit(struct db *db, struct error *err) MUST_USE;
void db_rollback(struct db *db);
/** A number that changes when another connection has committed. */
bool db_others_mark(struct db *db, int64_t *out, struct error *err) MUST_USE;

/** Ends every query of this connection that still runs `max_ms` from now with ERROR_TIME; 0: no limit any more. */
void db_limit_time(struct db *db, uint64_t max_ms);

/** A query under way; its statement is prepared once per connection and kept. Bound texts must live until it is closed. */
struct db_query {
	struct db *db;
	void *statement;
	int bound;
	int failure; /**< of a bind, told by the next step */
	bool is_own; /**< not from the cache, which was already using it */
};

bool db_query_open(struct db *db, struct slice sql, struct db_query *out, struct error *err) MUST_USE;
void db_query_close(struct db_query *query);
/** Each binds the next parameter. */
void db_bind_int(struct db_query *query, int64_t value);
void db_bind_text(struct db_query *query, struct slice text);  /**< absent: NULL */
void db_bind_blob(struct db_query *query, struct slice bytes); /**< absent: NULL */
/** Steps to the next row; `*has_row` false at the end. */
bool db_next(struct db_query *query, bool *has_row, struct error *err) MUST_USE;
/** Steps to the end and closes, also when it fails. */
bool db_run(struct db_query *query, struct error *err) MUST_USE;

/** Columns of the current row, from 0. Texts live until the next step; NULL is 0 or absent. */
int64_t db_int(const struct db_query *query, int column);
struct slice db_text(const struct db_query *query, int column);
struct slice db_blob(const struct db_query *query, int column);
/** The key that the last INSERT gave. */
int64_t db_last_key(const struct db *db);

#endif
