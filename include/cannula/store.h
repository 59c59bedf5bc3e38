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
#include "cannula/terminology.h"

/** Where a resource lives. Source trees (ProcedureRecord, PolicyRecord) are kept so that definitions can be made again when a
 *  map or a policy changes; they are never served. */
enum store_base { STORE_R4, STORE_R5, STORE_SOURCE, STORE_BASE_COUNT };

struct store;
struct store_conn;

struct store_options {
	struct slice path;        /**< directory; created when missing. The database is a file in it */
	uint64_t busy_timeout_ms; /**< how long to wait for another writer */
	uint64_t cache_bytes;     /**< per connection */
	uint64_t snapshot_ms;     /**< how long a search's moment can be searched again */
	bool full_text;           /**< whether words are indexed, for _text and _content; when changed, all is indexed again */
};
extern const struct option_table store_option_table;

/** Opens or creates the data directory and brings its layout up to date. `schemas` (indexed by fhir_version) outlive the store.
 * Errors: ERROR_ACCESS, ERROR_BUSY, ERROR_CORRUPT, ERROR_FULL, ERROR_UNSUPPORTED (made by a newer or an unreleased version);
 * each with a hint. */
bool store_open(const struct store_options *options, const struct fhir_schema *const schemas[FHIR_VERSION_COUNT],
		struct store **out, struct error *err) MUST_USE;
void store_close(struct store *store);
/** What it was opened with. */
const struct store_options *store_options_of(const struct store *store);
/** What searches ask about value sets and code systems that are not stored, when they first need to: from any thread, as long as
 * the store is open. */
struct store_terms {
	bool (*ask)(void *context, enum fhir_version version, const struct terms_source **out, struct error *err);
	void *context;
};
/** Before the store is shared. */
void store_consult(struct store *store, struct store_terms terms);
bool store_conn_open(struct store *store, struct store_conn **out, struct error *err) MUST_USE;
void store_conn_close(struct store_conn *conn);

/* ---- writing ---- */

/** A write transaction: waits at most busy_timeout_ms for others of this process, and as long for other processes. Everything put
 * is visible to others at commit, or never. It begins and ends on the same thread. */
bool store_begin(struct store_conn *conn, struct error *err) MUST_USE;
bool store_commit(struct store_conn *conn, struct error *err) MUST_USE;
void store_rollback(struct store_conn *conn); /**< no-op outside a transaction */

enum store_put_flags {
	/** The gateway makes it: on a change stamp `version` (1, 2 …, counting) and `date`, unless the tree has them. */
	STORE_PUT_DEFINITION = 1,
	/** How a client brought it, for its history: by a create, a patch; otherwise by an update. */
	STORE_PUT_CREATE = 2,
	STORE_PUT_PATCH = 4,
};

enum store_outcome { STORE_UNCHANGED, STORE_CREATED, STORE_UPDATED };

struct store_put_result {
	enum store_outcome outcome;
	uint64_t version;              /**< meta.versionId now current */
	int64_t last_updated_ms;       /**< its meta.lastUpdated */
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

/** The interaction that made a version. */
enum store_method { STORE_BY_UPDATE, STORE_BY_CREATE, STORE_BY_PATCH, STORE_BY_DELETE };

struct store_resource {
	struct slice type, id;
	uint64_t version;
	int64_t last_updated_ms;
	bool is_deleted;
	struct slice bytes;       /**< canonical JSON; absent when deleted */
	enum store_method method; /**< in a history; elsewhere not told */
	bool is_created;          /**< likewise: there was none before, or it was deleted */
};

/** `version` 0: the current one. `*found` false when there is none. Texts in `arena`. */
bool store_get(struct store_conn *conn, struct arena *arena, enum store_base base, struct slice type, struct slice id,
	       uint64_t version, struct store_resource *out, bool *found, struct error *err) MUST_USE;

/* ---- searching ---- */

/** One value of a search parameter as the index sees it; which members count depends on the parameter's type. */
struct store_value {
	/** Token code (absent: any of the system), string, URI, id, reference (id, Type/id, URL, canonical|version); date or
	 * number, maybe after a prefix (ge2026-11); quantity as number|system|code or number||unit. With :of-type code|value of
	 * the identifier; with :in and :not-in a value set, as URL or ValueSet/id. Of _text and _content words (all are meant),
	 * "phrases", begin*, OR and parentheses. ERROR_SYNTAX when it is not one. */
	struct slice text;
	struct slice system;             /**< token: absent = any system; empty = no system. Aliases of code systems match */
	const struct store_value *parts; /**< composite: one for each component, which one element must all have */
};

enum store_filter_kind {
	STORE_FILTER_VALUE, /**< `param` has one of `values` */
	STORE_FILTER_CHAIN, /**< `param` refers to a resource of `type` for which all of `inner` hold */
	STORE_FILTER_HAS,   /**< a resource of `type` for which all of `inner` hold refers here by `param` */
	STORE_FILTER_ALL,   /**< all of `inner` hold */
	STORE_FILTER_ANY,   /**< one of `inner` holds */
	STORE_FILTER_NONE,  /**< none of `inner` holds */
};

/** What is asked of a resource: a tree, so that chains, _has and _filter are the same thing at any depth.
 *
 * Source: FHIR R4 and R5 search.html: "Search Parameter Types", "Modifiers", "Chained Parameters", "Reverse Chaining". */
struct store_filter {
	enum store_filter_kind kind;
	/** VALUE, CHAIN: of the resource that is asked; HAS: of `type`. */
	const struct fhir_search_param *param;
	/** VALUE: absent, one of store_modifiers, a comparison of _filter, or for a reference a resource type. Others are
	 * ERROR_UNSUPPORTED. */
	struct slice modifier;
	const struct store_value *values; /**< alternatives */
	size_t value_count;
	struct slice type;
	const struct store_filter *inner;
	size_t inner_count;
};

#define STORE_MODIFIERS_MAX 16
/** The names of the modifiers that a parameter takes in that version. Returns how many. */
size_t store_modifiers(enum fhir_version version, const struct fhir_search_param *param, const char *names[STORE_MODIFIERS_MAX]);

/** Whether a parameter takes, in place of a modifier, one of the comparisons that only _filter has: "contains", "ends", "starts"
 * and "whole" of texts without case, "overlaps" of dates. */
bool store_takes_comparison(const struct fhir_search_param *param, struct slice name);

#define STORE_SORT_MAX 8
/** One key of the order. What has no value comes last, in both directions; of several values the lowest counts, descending the
 * highest. */
struct store_sort {
	const struct fhir_search_param *param; /**< `_id` and `_lastUpdated` included */
	bool is_descending;
};

/** Where a page begins: behind a resource in the order of the search (or, backwards, ends before it), as of one moment. Pages of
 * the same moment repeat and lose nothing, whatever others write. Zeroed: the first page, now. */
struct store_place {
	uint64_t moment;   /**< 0: now */
	uint64_t position; /**< 0: from the start (backwards: from the end) */
	bool is_backwards;
};

#define STORE_SHARED_TYPES_MAX 16

struct store_query {
	enum store_base base;
	/** What the base is called from outside, without a slash at its end: references that begin with it lead to what is held
	 * here, in values and in what is stored. Absent: none does. */
	struct slice own_url;
	struct slice type;
	/** Instead of `type`: several. Their common parameters (_id, _tag …) can be asked, and of up to STORE_SHARED_TYPES_MAX a
	 * parameter of one of them, which the others do not have. */
	const struct slice *types;
	size_t type_count;
	const struct store_filter *filters; /**< all must hold */
	size_t filter_count;
	const struct store_sort *sort; /**< then, or when there is none, in order of creation */
	size_t sort_count;
	struct store_place place;
	size_t max_count;
	bool want_total;
	uint64_t max_ms; /**< the search is ended with ERROR_TIME when it took longer; 0: no limit */
	bool want_plan;
};

/** How a search was done, for people. */
struct store_plan {
	const struct slice *lines;
	size_t count;
};

struct store_page {
	const struct store_resource *resources;
	size_t count;
	const struct store_place *places; /**< parallel: of each resource, for a page that begins behind it */
	bool has_next, has_previous;
	uint64_t moment; /**< as of which it was read */
	uint64_t total;  /**< when wanted */
	struct store_plan plan;
};

/** Errors besides those of the store itself: ERROR_SYNTAX and ERROR_UNSUPPORTED for a filter, ERROR_LIMIT for too many,
 * ERROR_TIME, ERROR_NOT_FOUND when the moment of `place` is no longer held (store.snapshot). A sorted page costs about the page:
 * the type is not walked, but what has none of the first key's values is looked for where the page reaches it, and of those with
 * one value all are sorted by the further keys. */
bool store_search(struct store_conn *conn, struct arena *arena, const struct store_query *query, struct store_page *out,
		  struct error *err) MUST_USE;

/** Which references bring resources along with a page: those of `source` by `param`, followed from a resource of that type, or in
 * reverse from one that they lead to.
 *
 * Source: FHIR R4 and R5 search.html, "Including other resources in result". */
struct store_include {
	bool is_reverse;  /**< _revinclude */
	bool is_iterated; /**< also from resources that were brought along themselves */
	struct slice source;
	const struct fhir_search_param *param; /**< a reference */
	struct slice target;                   /**< only where it leads to that type; absent: any */
};

struct store_including {
	enum store_base base;
	struct slice own_url; /**< as of a query */
	const struct store_page *page;
	size_t count; /**< of the page's resources, from the first */
	const struct store_include *includes;
	size_t include_count;
	const struct slice *types; /**< that may come along */
	size_t type_count;
	size_t max_count;
	uint64_t max_ms;
};

struct store_included {
	const struct store_resource *resources; /**< each once, none of the page */
	size_t count;
	bool is_cut; /**< there are more: `max_count` was reached, or too many steps */
};

bool store_include(struct store_conn *conn, struct arena *arena, const struct store_including *asked, struct store_included *out,
		   struct error *err) MUST_USE;

/** Which values a parameter of every resource (_tag, _profile: a token, a URI or a reference) has. */
struct store_values_query {
	enum store_base base;
	const struct slice *types; /**< of these types, one at least */
	size_t type_count;
	const struct fhir_search_param *param;
	size_t max_count; /**< of values */
	uint64_t max_ms;
	/** A current resource, which lives as long as the call. Does not use the connection; false ends it, with an error. */
	bool (*each)(void *context, const struct store_resource *resource, struct error *err);
	void *context;
};

/** Calls `each` with resources that have all the values between them, none twice; codes that differ in case only are one value.
 * `*is_cut`: there are more than `max_count`. */
bool store_values(struct store_conn *conn, struct arena *arena, const struct store_values_query *query, bool *is_cut,
		  struct error *err) MUST_USE;

/** Versions of a base, newest first: by their times, those of one instant by their changes. */
struct store_history_query {
	enum store_base base;
	struct slice type, id; /**< absent: of all types, of all resources */
	struct slice since;    /**< an instant, or a less precise date: versions from then on; absent: all */
	struct slice at;       /**< versions that were current at some time in it; absent: all */
	uint64_t before;       /**< paging: only versions behind the one of that position (0: from the newest) */
	size_t max_count;
	bool want_total;
};

struct store_history {
	const struct store_resource *versions; /**< deletions are among them */
	const uint64_t *positions;             /**< parallel: of each change, for `before` */
	size_t count;
	bool has_more;
	uint64_t total; /**< when wanted */
};

/** ERROR_SYNTAX for what is no date. */
bool store_history(struct store_conn *conn, struct arena *arena, const struct store_history_query *query,
		   struct store_history *out, struct error *err) MUST_USE;

/** Write transactions of this process, so far. From any thread. */
struct store_figures {
	uint64_t commits, rollbacks, busy; /**< busy: did not begin, as others wrote for too long */
};
struct store_figures store_figures(const struct store *store);
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
