/* SPDX-License-Identifier: Apache-2.0 */
/* The SQLite engine: a database in WAL mode, where readers never wait and one writer at a time may be in any process.
 *
 * synchronous=FULL: a commit returns when its pages are on the disk, so a load that said "done" survives power loss. NORMAL would
 * keep the database whole too but may forget the last commits. The price is one fsync a transaction, and a load is few
 * transactions.
 *
 * No memory mapping: an I/O error or a truncated file would then be a SIGBUS instead of an error that can be told.
 *
 * No quick_check when opening: it reads every page, which for 100,000 definitions (1.3 GB) is the whole file from the disk at
 * each start. A truncated file and a foreign one are noticed at the first read, a damaged page when it is met.
 */
#include "store/db.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_NAME "cannula.db"
#define APPLICATION_ID 0x434e4c41 /* "CNLA" */
#define STATEMENTS_MAX 96
#define SQL_MAX_BYTES (1u << 20)
/* Resources are 10 to 30 KiB: fewer overflow pages than with SQLite's 4 KiB. */
#define PAGE_BYTES 8192
#define WAL_KEPT_BYTES (64u << 20)
#define WAL_RETRY_US 2000
/* Steps of the virtual machine between two looks at the clock: well under a millisecond. */
#define PROGRESS_STEPS 10000

struct statement {
	sqlite3_stmt *handle;
	uint64_t hash;
	uint64_t used_at;
	bool is_busy;
};

struct db {
	sqlite3 *handle;
	char path[PATH_MAX];
	struct statement statements[STATEMENTS_MAX];
	size_t statement_count;
	uint64_t clock;
	uint64_t deadline_us; /**< 0: none */
};

/* ---- errors ---- */

static bool set_error(struct error *err, enum error_code code, const char *path, const char *doing, const char *why,
		      const char *hint)
{
	error_set(err, code, path, "cannot %s: %s", doing, why);
	return error_hint(err, "%s", hint);
}

/** What SQLite said, in our words. The system's own error number says more than SQLITE_IOERR where there is one. */
static bool db_error(struct db *db, int result, const char *doing, struct error *err)
{
	int number = db->handle ? sqlite3_system_errno(db->handle) : 0;

	switch (result & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return set_error(err, ERROR_BUSY, db->path, doing, "another process is writing",
				 "wait until it is done and try again, or raise store.busy_timeout");
	case SQLITE_CORRUPT:
		return set_error(err, ERROR_CORRUPT, db->path, doing, "the database is damaged",
				 "restore a backup, or move the data directory away and load again");
	case SQLITE_NOTADB:
		return set_error(err, ERROR_CORRUPT, db->path, doing, "the file is not a database",
				 "choose another data directory, or move the file away and load again");
	case SQLITE_FULL:
		return set_error(err, ERROR_FULL, db->path, doing, "no room is left",
				 "free some disk space, then try again; what was committed before is whole");
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return set_error(err, ERROR_ACCESS, db->path, doing, "the data directory cannot be written",
				 "check owner and mode of the directory and its files");
	case SQLITE_INTERRUPT:
		error_set(err, ERROR_TIME, db->path, "the search took longer than it may");
		return error_hint(err, "ask for something narrower");
	case SQLITE_NOMEM:
		return error_memory(err);
	case SQLITE_TOOBIG:
		return set_error(err, ERROR_LIMIT, db->path, doing, "a value is too large", "split the resource");
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		if (number != 0)
			error_errno(err, number, db->path, doing);
		return set_error(err, ERROR_IO, db->path, doing, sqlite3_errstr(result), "check the disk and the data directory");
	default:
		return set_error(err, ERROR_IO, db->path, doing, db->handle ? sqlite3_errmsg(db->handle) : sqlite3_errstr(result),
				 "the store is as the last commit left it; please report this");
	}
}

/* ---- opening ---- */

static void configure_once(void)
{
	/* The statistics cost a process-wide lock on each allocation. Refused when somebody else already started SQLite: then
	 * they stay. */
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/** The name of a new database must reach the disk as well as its content. */
static bool sync_directory(const char *path, struct error *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return error_errno(err, errno, path, "open the data directory");
	bool done = fsync(fd) == 0;
	int number = errno;
	close(fd);
	return done ? true : error_errno(err, number, path, "sync the data directory");
}

static bool run_pragma(struct db *db, const char *format, unsigned long long value, struct error *err)
{
	char sql[128];

	snprintf(sql, sizeof(sql), format, value);
	int result = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);
	return result == SQLITE_OK ? true : db_error(db, result, "open the store", err);
}

/** Takes the database to WAL. For this alone SQLite does not wait by itself while another process creates, opens or closes the
 * database. */
static bool use_wal(struct db *db, uint64_t timeout_ms, struct error *err)
{
	uint64_t end_us = time_monotonic_us() + timeout_ms * 1000;
	int result;

	while ((result = sqlite3_exec(db->handle, "PRAGMA journal_mode=WAL", NULL, NULL, NULL)) != SQLITE_OK &&
	       (result & 0xff) == SQLITE_BUSY && time_monotonic_us() < end_us)
		usleep(WAL_RETRY_US);
	return result == SQLITE_OK ? true : db_error(db, result, "open the store", err);
}

static bool configure(struct db *db, const struct db_options *options, struct error *err)
{
	sqlite3_busy_timeout(db->handle, (int)(options->busy_timeout_ms < INT_MAX ? options->busy_timeout_ms : INT_MAX));
	sqlite3_limit(db->handle, SQLITE_LIMIT_SQL_LENGTH, SQL_MAX_BYTES);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	return run_pragma(db, "PRAGMA page_size=%llu", PAGE_BYTES, err) && use_wal(db, options->busy_timeout_ms, err) &&
	       run_pragma(db, "PRAGMA synchronous=FULL", 0, err) &&
	       /* No secrets live here: overwriting what is deleted would only double the writing. */
	       run_pragma(db, "PRAGMA secure_delete=OFF", 0, err) &&
	       run_pragma(db, "PRAGMA journal_size_limit=%llu", WAL_KEPT_BYTES, err) &&
	       run_pragma(db, "PRAGMA cache_size=-%llu", options->cache_bytes / 1024 + 1, err);
}

/** Asked before SQLite is: it would quietly open for reading what it may not write, and lose the reason. */
static bool check_access(const char *path, int mode, struct error *err)
{
	if (faccessat(AT_FDCWD, path, mode, AT_EACCESS) == 0)
		return true;
	return error_errno(err, errno, path, "write to the data directory");
}

/** Made before SQLite would: only its owner may read it, for the notes hold keys. */
static bool create_file(const char *path, struct error *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return error_errno(err, errno, path, "create the store");
	close(fd);
	return true;
}

static bool open_file(struct db *db, const char *directory, bool is_new, struct error *err)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;

	if (!check_access(directory, R_OK | W_OK | X_OK, err) ||
	    !(is_new ? create_file(db->path, err) : check_access(db->path, R_OK | W_OK, err)))
		return false;
	int result = sqlite3_open_v2(db->path, &db->handle, flags, NULL);
	return result == SQLITE_OK ? true : db_error(db, result, "open the store", err);
}

bool db_open(const struct db_options *options, struct db **out, struct error *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct db *db = calloc(1, sizeof(*db));

	if (!db)
		return error_memory(err);
	pthread_once(&once, configure_once);
	size_t length = (size_t)snprintf(db->path, sizeof(db->path), "%s/" FILE_NAME, options->path);
	bool done = length < sizeof(db->path) || error_errno(err, ENAMETOOLONG, options->path, "open the store");
	bool is_new = done && access(db->path, F_OK) != 0;
	done = done && open_file(db, options->path, is_new, err) && configure(db, options, err) &&
	       (!is_new || sync_directory(options->path, err));
	if (!done) {
		db_close(db);
		return false;
	}
	*out = db;
	return true;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	for (size_t i = 0; i < db->statement_count; i++)
		sqlite3_finalize(db->statements[i].handle);
	sqlite3_close(db->handle);
	free(db);
}

/* ---- layout ---- */

static bool ask_int(struct db *db, const char *sql, int64_t *out, struct error *err)
{
	struct db_query query;
	bool has_row;

	if (!db_query_open(db, slice_of(sql), &query, err))
		return false;
	bool done = db_next(&query, &has_row, err);
	*out = done && has_row ? db_int(&query, 0) : 0;
	db_query_close(&query);
	return done;
}

bool db_layout(struct db *db, int64_t *out, struct error *err)
{
	int64_t application, tables;

	if (!ask_int(db, "PRAGMA application_id", &application, err) || !ask_int(db, "PRAGMA user_version", out, err) ||
	    !ask_int(db, "SELECT count(*) FROM sqlite_schema", &tables, err))
		return false;
	if (application == APPLICATION_ID || (application == 0 && *out == 0 && tables == 0))
		return true;
	error_set(err, ERROR_UNSUPPORTED, db->path, "the database belongs to another program");
	return error_hint(err, "choose another data directory");
}

bool db_set_layout(struct db *db, int64_t layout, struct error *err)
{
	return run_pragma(db, "PRAGMA application_id=%llu", APPLICATION_ID, err) &&
	       run_pragma(db, "PRAGMA user_version=%llu", (unsigned long long)layout, err);
}

bool db_script(struct db *db, const char *sql, struct error *err)
{
	int result = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);

	return result == SQLITE_OK ? true : db_error(db, result, "change the store's layout", err);
}

/* ---- transactions ---- */

static bool run(struct db *db, const char *sql, const char *doing, struct error *err)
{
	struct db_query query;

	if (!db_query_open(db, slice_of(sql), &query, err))
		return false;
	int result = sqlite3_step(query.statement);
	bool done = result == SQLITE_DONE || result == SQLITE_ROW || db_error(db, result, doing, err);
	db_query_close(&query);
	return done;
}

bool db_begin_write(struct db *db, struct error *err)
{
	return run(db, "BEGIN IMMEDIATE", "begin writing", err);
}

bool db_begin_read(struct db *db, struct error *err)
{
	return run(db, "BEGIN", "begin reading", err);
}

bool db_commit(struct db *db, struct error *err)
{
	return run(db, "COMMIT", "commit", err);
}

void db_rollback(struct db *db)
{
	struct error ignored = { 0 };

	/* A full disk may have ended it already. What fails here is undone when the log is next read. */
	if (!sqlite3_get_autocommit(db->handle))
		(void)run(db, "ROLLBACK", "roll back", &ignored);
}

bool db_others_mark(struct db *db, int64_t *out, struct error *err)
{
	return ask_int(db, "PRAGMA data_version", out, err);
}

/* ---- queries ---- */

static int is_late(void *context)
{
	const struct db *db = context;

	return time_monotonic_us() > db->deadline_us;
}

void db_limit_time(struct db *db, uint64_t max_ms)
{
	db->deadline_us = max_ms ? time_monotonic_us() + max_ms * 1000 : 0;
	sqlite3_progress_handler(db->handle, PROGRESS_STEPS, max_ms ? is_late : NULL, db);
}

/** FNV-1a, eight bytes at a step: queries are long, and each is looked up each time. */
static uint64_t hash_text(struct slice text)
{
	uint64_t hash = 14695981039346656037u;

	for (size_t at = 0, bytes; at < text.len; at += bytes) {
		uint64_t word = 0;
		bytes = text.len - at < sizeof(word) ? text.len - at : sizeof(word);
		memcpy(&word, text.ptr + at, bytes);
		hash = (hash ^ word) * 1099511628211u;
		hash ^= hash >> 32;
	}
	return hash;
}

static struct statement *find_statement(struct db *db, struct slice sql, uint64_t hash)
{
	for (size_t i = 0; i < db->statement_count; i++)
		if (db->statements[i].hash == hash && slice_equal(slice_of(sqlite3_sql(db->statements[i].handle)), sql))
			return &db->statements[i];
	return NULL;
}

/** A free place: a new one, or that of the idle statement that was not used for longest. NULL when all are busy. */
static struct statement *make_place(struct db *db)
{
	struct statement *oldest = NULL;

	if (db->statement_count < STATEMENTS_MAX)
		return &db->statements[db->statement_count++];
	for (size_t i = 0; i < STATEMENTS_MAX; i++)
		if (!db->statements[i].is_busy && (!oldest || db->statements[i].used_at < oldest->used_at))
			oldest = &db->statements[i];
	if (oldest)
		sqlite3_finalize(oldest->handle);
	return oldest;
}

static bool prepare(struct db *db, struct slice sql, sqlite3_stmt **out, struct error *err)
{
	int result = sqlite3_prepare_v3(db->handle, sql.ptr, (int)sql.len, SQLITE_PREPARE_PERSISTENT, out, NULL);

	return result == SQLITE_OK ? true : db_error(db, result, "read the store", err);
}

bool db_query_open(struct db *db, struct slice sql, struct db_query *out, struct error *err)
{
	ASSERT(sql.len <= SQL_MAX_BYTES);
	uint64_t hash = hash_text(sql);
	struct statement *statement = find_statement(db, sql, hash);
	sqlite3_stmt *handle;

	*out = (struct db_query){ .db = db };
	if (statement && !statement->is_busy) {
		statement->is_busy = true;
		statement->used_at = ++db->clock;
		out->statement = statement->handle;
		return true;
	}
	if (!prepare(db, sql, &handle, err))
		return false;
	out->statement = handle;
	struct statement *place = statement ? NULL : make_place(db);
	if (place)
		*place = (struct statement){ .handle = handle, .hash = hash, .used_at = ++db->clock, .is_busy = true };
	out->is_own = !place;
	return true;
}

void db_query_close(struct db_query *query)
{
	struct db *db = query->db;

	if (query->is_own) {
		sqlite3_finalize(query->statement);
		return;
	}
	/* The result of a reset repeats what the last step already told. */
	(void)sqlite3_reset(query->statement);
	(void)sqlite3_clear_bindings(query->statement);
	for (size_t i = 0; i < db->statement_count; i++)
		if (db->statements[i].handle == query->statement)
			db->statements[i].is_busy = false;
}

static void note_bind(struct db_query *query, int result)
{
	if (result != SQLITE_OK && query->failure == SQLITE_OK)
		query->failure = result;
}

void db_bind_int(struct db_query *query, int64_t value)
{
	note_bind(query, sqlite3_bind_int64(query->statement, ++query->bound, value));
}

void db_bind_text(struct db_query *query, struct slice text)
{
	note_bind(query, sqlite3_bind_text64(query->statement, ++query->bound, text.ptr, text.len, SQLITE_STATIC, SQLITE_UTF8));
}

void db_bind_blob(struct db_query *query, struct slice bytes)
{
	note_bind(query, sqlite3_bind_blob64(query->statement, ++query->bound, bytes.ptr, bytes.len, SQLITE_STATIC));
}

bool db_next(struct db_query *query, bool *has_row, struct error *err)
{
	int result = query->failure == SQLITE_OK ? sqlite3_step(query->statement) : query->failure;

	*has_row = result == SQLITE_ROW;
	if (result == SQLITE_ROW || result == SQLITE_DONE)
		return true;
	return db_error(query->db, result, sqlite3_stmt_readonly(query->statement) ? "read the store" : "write to the store",
			err);
}

bool db_run(struct db_query *query, struct error *err)
{
	bool has_row, done;

	do
		done = db_next(query, &has_row, err);
	while (done && has_row);
	db_query_close(query);
	return done;
}

int64_t db_int(const struct db_query *query, int column)
{
	return sqlite3_column_int64(query->statement, column);
}

struct slice db_text(const struct db_query *query, int column)
{
	const char *text = (const char *)sqlite3_column_text(query->statement, column);

	return text ? (struct slice){ text, (size_t)sqlite3_column_bytes(query->statement, column) } : SLICE_NONE;
}

struct slice db_blob(const struct db_query *query, int column)
{
	const char *bytes = sqlite3_column_blob(query->statement, column);

	if (sqlite3_column_type(query->statement, column) == SQLITE_NULL)
		return SLICE_NONE;
	/* SQLite gives NULL for a blob of no bytes, too. */
	return (struct slice){ bytes ? bytes : "", (size_t)sqlite3_column_bytes(query->statement, column) };
}

int64_t db_last_key(const struct db *db)
{
	return sqlite3_last_insert_rowid(db->handle);
}
