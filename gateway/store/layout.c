/* SPDX-License-Identifier: Apache-2.0 */
#include "store/layout.h"

#include <string.h>

/* A resource's row is its place in the order of creation and never moves: paging stands on it. A version's row is its place in
 * the order of all changes. Types, search parameters and code systems are kept once and named by small numbers.
 *
 * Index tables hold what versions say, keyed by version (to remove it, to sort a few, to ask whether it is missing) and a second
 * time by value: to find the resource, and to walk resources in the order of their values, those with the same one in order of
 * position (see order.c). `item` tells the parts of a composite that belong together; 0 elsewhere. A version that
 * is no longer current keeps its rows for a while, so that the pages of a search can all be of one moment. Nothing else writes
 * here, so foreign keys are not enforced again on each row. */
static const char layout_1[] =
    "CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "INSERT INTO counter VALUES ('sequence', 0);"
    "CREATE TABLE note (room TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (room, key)) STRICT, WITHOUT "
    "ROWID;"

    "CREATE TABLE type (key INTEGER PRIMARY KEY, base INTEGER NOT NULL, name TEXT NOT NULL, params BLOB, UNIQUE (base, name)) "
    "STRICT;"
    "CREATE TABLE param (key INTEGER PRIMARY KEY, type INTEGER NOT NULL, code TEXT NOT NULL, UNIQUE (type, code)) STRICT;"
    "CREATE TABLE system (key INTEGER PRIMARY KEY, uri TEXT NOT NULL UNIQUE) STRICT;"
    /* 1 stands for the system that a code element's binding implies; see index.h. */
    "INSERT INTO system VALUES (1, '');"

    "CREATE TABLE resource (position INTEGER PRIMARY KEY, type INTEGER NOT NULL, id TEXT NOT NULL, change INTEGER NOT NULL,"
    " version INTEGER NOT NULL, updated_ms INTEGER NOT NULL, is_deleted INTEGER NOT NULL, stamps INTEGER NOT NULL,"
    " stamp_count INTEGER NOT NULL, digest BLOB, UNIQUE (type, id)) STRICT;"
    "CREATE INDEX resource_order ON resource (type);"
    "CREATE INDEX resource_updated ON resource (type, updated_ms) WHERE is_deleted = 0;"
    "CREATE TABLE version (change INTEGER PRIMARY KEY, resource INTEGER NOT NULL, version INTEGER NOT NULL,"
    " updated_ms INTEGER NOT NULL, is_deleted INTEGER NOT NULL, method INTEGER NOT NULL, is_created INTEGER NOT NULL, bytes BLOB,"
    " UNIQUE (resource, version)) STRICT;"
    "CREATE INDEX version_updated ON version (updated_ms);"

    /* Versions that are no longer current and whose index rows are kept for searches that began before; see snapshot.c. */
    "CREATE TABLE superseded (at INTEGER PRIMARY KEY, change INTEGER NOT NULL, at_ms INTEGER NOT NULL) STRICT;"
    "INSERT INTO counter VALUES ('horizon', 0);"

    "CREATE TABLE index_token (change INTEGER NOT NULL, param INTEGER NOT NULL, item INTEGER NOT NULL, code TEXT NOT NULL,"
    " system INTEGER NOT NULL, resource INTEGER NOT NULL, PRIMARY KEY (change, param, code, system, item)) STRICT, WITHOUT "
    "ROWID;"
    "CREATE INDEX index_token_value ON index_token (param, code, resource, system);"
    "CREATE TABLE index_string (change INTEGER NOT NULL, param INTEGER NOT NULL, item INTEGER NOT NULL, folded TEXT NOT NULL,"
    " exact TEXT NOT NULL, resource INTEGER NOT NULL, PRIMARY KEY (change, param, folded, exact, item)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX index_string_value ON index_string (param, folded, resource);"
    "CREATE TABLE index_uri (change INTEGER NOT NULL, param INTEGER NOT NULL, item INTEGER NOT NULL, uri TEXT NOT NULL,"
    " version TEXT NOT NULL, resource INTEGER NOT NULL, PRIMARY KEY (change, param, uri, version, item)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX index_uri_value ON index_uri (param, uri, resource);"
    "CREATE TABLE index_date (change INTEGER NOT NULL, param INTEGER NOT NULL, item INTEGER NOT NULL, low INTEGER NOT NULL,"
    " high INTEGER NOT NULL, resource INTEGER NOT NULL, PRIMARY KEY (change, param, low, high, item)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX index_date_value ON index_date (param, low, resource, high);"
    "CREATE INDEX index_date_high ON index_date (param, high, resource, low);"
    "CREATE TABLE index_reference (change INTEGER NOT NULL, param INTEGER NOT NULL, item INTEGER NOT NULL, id TEXT NOT NULL,"
    " target TEXT NOT NULL, version TEXT NOT NULL, resource INTEGER NOT NULL, PRIMARY KEY (change, param, id, target, version, "
    "item)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX index_reference_value ON index_reference (param, id, target, resource);"
    "CREATE TABLE index_quantity (change INTEGER NOT NULL, param INTEGER NOT NULL, item INTEGER NOT NULL, low TEXT NOT NULL,"
    " high TEXT NOT NULL, code TEXT NOT NULL, system INTEGER NOT NULL, resource INTEGER NOT NULL,"
    " PRIMARY KEY (change, param, low, high, code, system, item)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX index_quantity_value ON index_quantity (param, low, resource, high);"
    "CREATE INDEX index_quantity_high ON index_quantity (param, high, resource, low);";

/* Words, by version: of the narrative, and of all other texts. Folded as strings are (see fold.h), so that every byte that is not
 * ASCII belongs to a word. A row is found by its words or by its version; sizes serve ranking only. */
static const char layout_2[] =
    "CREATE VIRTUAL TABLE index_text USING fts5(narrative, content, tokenize = 'ascii', columnsize = 0);";

/** Step N makes layout N + 1 from layout N. A step that was released is never edited again. */
static const char *const steps[] = { layout_1, layout_2 };

/* What the database keeps of its layout: the number, and above it some bits of a digest of the steps that made it. So one that an
 * unreleased program made, by a step that was edited since, is told from the one that this program makes. */
#define NUMBER_BITS 8
#define NUMBER_OF(mark) ((mark) & ((1 << NUMBER_BITS) - 1))

static int64_t mark_of(size_t number)
{
	uint8_t digest[DIGEST_BYTES] = { 0 }, both[2 * DIGEST_BYTES];

	for (size_t i = 0; i < number; i++) {
		memcpy(both, digest, DIGEST_BYTES);
		digest_sha256(slice_of(steps[i]), both + DIGEST_BYTES);
		digest_sha256((struct slice){ (const char *)both, sizeof(both) }, digest);
	}
	/* 31 bits in all: what engines keep beside the tables is a signed 32-bit number. */
	return number ? (int64_t)number | (int64_t)(digest[0] & 127) << 24 | digest[1] << 16 | digest[2] << NUMBER_BITS : 0;
}

static bool check_mark(int64_t mark, const char *place, struct error *err)
{
	int64_t number = NUMBER_OF(mark);

	if (number > (int64_t)ARRAY_SIZE(steps)) {
		error_set(err, ERROR_UNSUPPORTED, place, "the store has layout %lld, and this program knows %zu",
			  (long long)number, ARRAY_SIZE(steps));
		return error_hint(err, "a newer cannula made it: run that one, or choose another data directory");
	}
	if (mark == mark_of((size_t)number))
		return true;
	error_set(err, ERROR_UNSUPPORTED, place, "the store was made by an unreleased cannula whose layout %lld was another",
		  (long long)number);
	return error_hint(err, "choose another data directory, or move this one away, and load again");
}

static bool make_steps(struct db *db, const char *place, struct error *err)
{
	int64_t mark;

	/* Asked again, now that nobody else can write: another process may have made them meanwhile. */
	if (!db_layout(db, &mark, err) || !check_mark(mark, place, err))
		return false;
	for (int64_t number = NUMBER_OF(mark); number < (int64_t)ARRAY_SIZE(steps); number++)
		if (!db_script(db, steps[number], err))
			return false;
	return db_set_layout(db, mark_of(ARRAY_SIZE(steps)), err);
}

bool layout_update(struct db *db, const char *place, struct error *err)
{
	int64_t mark;

	if (!db_layout(db, &mark, err))
		return false;
	if (mark == mark_of(ARRAY_SIZE(steps)))
		return true;
	if (!db_begin_write(db, err))
		return false;
	bool done = make_steps(db, place, err) && db_commit(db, err);
	if (!done)
		db_rollback(db);
	return done;
}
