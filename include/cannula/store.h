/* SPDX-License-Identifier: Apache-2.0 */
/**
 * store: the only door to data. Resources with their versions and history, the search index, the commit sequence. SQLite (WAL) is
 * the first engine behind it; PostgreSQL will be the second, so nothing here names one.
 *
 * Each version is kept as canonical bytes, written once: FHIR JSON with meta.versionId and meta.lastUpdated, sent to clients as
 * it stands. One `struct store` per process; one `struct store_conn` per thread. One writer at a time, many readers, also across
 * processes.
 */
#ifndef CANNULA_STORE_H
#define CANNULA_STORE_H

#include "cannula/fhir.h"
#include "cannula/fhirpath.h"

/** Where a resource lives. Source trees (ProcedureRecord, PolicyRecord) are kept so that definitions can be made again when a
 *  map or a policy changes; they are never served. */
enum store_base { STORE_R4, STORE_R5, STORE_SOURCE, STORE_BASE_COUNT };

struct store;
struct store_conn;

struct store_options {
	struct slice path;        /**< directory; created when missing. The database is a file in it */
	uint64_t busy_timeout_ms; /**< how long to wait for another writer */
	uint64_t cache_bytes;     /**< per connection */
};
extern const struct option_table store_option_table;

/** Opens or creates the data directory and brings its layout up to date. `schemas` (indexed by fhir_version) outlive the store.
 * Errors: ERROR_ACCESS, ERROR_BUSY, ERROR_CORRUPT, ERROR_FULL, ERROR_UNSUPPORTED (made by a newer version); each with a hint. */
bool store_open(const struct store_options *options, const struct fhir_schema *const schemas[FHIR_VERSION_COUNT],
		struct store **out, struct error *err) MUST_USE;
void store_close(struct store *store);
bool store_conn_open(struct store *store, struct store_conn **out, struct error *err) MUST_USE;
void store_conn_close(struct store_conn *conn);

/* ---- writing ---- */

/** A write transaction: waits for the writer's place at most busy_timeout_ms. Everything put is visible to others at commit, or
 * never. */
bool store_begin(struct store_conn *conn, struct error *err) MUST_USE;
bool store_commit(struct store_conn *conn, struct error *err) MUST_USE;
void store_rollback(struct store_conn *conn); /**< no-op outside a transaction */

enum store_put_flags {
	/** The gateway makes it: on a change stamp `version` (1, 2 …, counting) and `date`, unless the tree has them. */
	STORE_PUT_DEFINITION = 1,
};

enum store_outcome { STORE_UNCHANGED, STORE_CREATED, STORE_UPDATED };

struct store_put_result {
	enum store_outcome outcome;
	uint64_t version;              /**< meta.versionId now current */
	struct slice business_version; /**< the resource's `version` element, absent when it has none; in the tree's arena */
};

/** Puts `resource` (its `id` set, as FHIR allows ids: else ERROR_SYNTAX) as the current version. Content equal to the current one
 * — compared without meta.versionId, meta.lastUpdated and what STORE_PUT_DEFINITION stamps — writes nothing. The tree is stamped
 * in place. Needs a transaction; after a write that failed half way the transaction can only be rolled back: store_commit answers
 * ERROR_CONFLICT. */
bool store_put(struct store_conn *conn, struct arena *arena, enum store_base base, struct fhir_node *resource, unsigned flags,
	       struct store_put_result *out, struct error *err) MUST_USE;
/** A new, deleted version; `*found` false when there was nothing. */
bool store_delete(struct store_conn *conn, enum store_base base, struct slice type, struct slice id, bool *found,
		  struct error *err) MUST_USE;

/* ---- reading ---- */

struct store_resource {
	struct slice type, id;
	uint64_t version;
	int64_t last_updated_ms;
	bool is_deleted;
	struct slice bytes; /**< canonical JSON; absent when deleted */
};

/** `version` 0: the current one. `*found` false when there is none. Texts in `arena`. */
bool store_get(struct store_conn *conn, struct arena *arena, enum store_base base, struct slice type, struct slice id,
	       uint64_t version, struct store_resource *out, bool *found, struct error *err) MUST_USE;

/** One value of a search parameter as the index sees it; which members count depends on the parameter's type. */
struct store_value {
	/** Token code (absent: any of the system), string, URI, id, reference (id, Type/id, URL, canonical|version); date or
	 * number, maybe after a prefix (ge2026-11); quantity as number|system|code or number||unit. ERROR_SYNTAX when it is not
	 * one. */
	struct slice text;
	struct slice system; /**< token: absent = any system; empty = no system. Aliases of code systems match */
};

/** `param` in (values …): alternatives are or-ed, several filters are and-ed. */
struct store_filter {
	const struct fhir_search_param *param; /**< of that type; `_id` and `_lastUpdated` included */
	/** Absent; "missing" for all but _id and _lastUpdated; "exact", "contains" for strings; "not" for tokens; "below",
	 * "above" for URIs; a resource type for references. Others, and composite and special parameters, are ERROR_UNSUPPORTED.
	 */
	struct slice modifier;
	const struct store_value *values;
	size_t value_count;
};

struct store_query {
	enum store_base base;
	struct slice type;
	const struct store_filter *filters;
	size_t filter_count;
	uint64_t after; /**< paging: only resources whose position is greater (0: from the start) */
	size_t max_count;
	bool want_total;
};

struct store_page {
	const struct store_resource *resources;
	const uint64_t *positions; /**< parallel: a stable position of each resource, for `after` */
	size_t count;
	bool has_more;
	uint64_t total; /**< when wanted */
};

bool store_search(struct store_conn *conn, struct arena *arena, const struct store_query *query, struct store_page *out,
		  struct error *err) MUST_USE;

/** Grows with each commit of any process; 0 in an empty store. For caches. */
bool store_sequence(struct store_conn *conn, uint64_t *out, struct error *err) MUST_USE;
/** How many current resources there are in a base. */
bool store_count(struct store_conn *conn, enum store_base base, uint64_t *out, struct error *err) MUST_USE;

/* ---- notes: small facts beside the resources (a source's validators and status) ---- */

/** The value under (room, key), absent when none. */
bool store_note_get(struct store_conn *conn, struct arena *arena, struct slice room, struct slice key, struct slice *out,
		    struct error *err) MUST_USE;
/** In the transaction; absent value removes. */
bool store_note_put(struct store_conn *conn, struct slice room, struct slice key, struct slice value, struct error *err) MUST_USE;
/** Calls `each` for every note of a room, in key order. */
bool store_note_each(struct store_conn *conn, struct arena *arena, struct slice room,
		     bool (*each)(void *context, struct slice key, struct slice value), void *context,
		     struct error *err) MUST_USE;

#endif
