/* SPDX-License-Identifier: Apache-2.0 */
/**
 * sync: payer sources, what changed at them, and its way into the store. Each source kind is one file that ends in a descriptor.
 */
#ifndef CANNULA_SYNC_H
#define CANNULA_SYNC_H

#include "cannula/fetch.h"
#include "cannula/policy.h"
#include "cannula/publish.h"
#include "cannula/store.h"

/** One source as configured. */
struct sync_source {
	struct slice name; /**< "acme-commercial": unique, in ids, status and the command line */
	struct slice kind; /**< "index", "json" */
	struct slice url;  /**< of the listing; `file:` paths are relative to the configuration file until sync_sources_check has
			      resolved them */
	struct slice payer_id, payer_name, line_of_business, jurisdiction;
	struct slice link_pattern; /**< POSIX ERE that a document's URL must match. Absent: index: in the listing's folder; json:
				    * any of its origin. Other origins only when the pattern begins with ^http */
	struct slice public_url; /**< stands in resources for the listing's folder, when `url` is a copy; absent: `url` itself */
	struct option_rows
	    fields; /**< json: which member of a list item is which policy field (struct sync_field); none: by the same name */
	struct slice items;          /**< json: dotted path to the list; absent: the root */
	uint64_t min_listed_percent; /**< shrink guard: a listing shorter than this share of the last good one retires nothing */
	uint32_t line;               /**< in the configuration file */
};
struct sync_field {
	struct slice field;  /**< url, number, version, title, status, effective_date, end_date */
	struct slice member; /**< dotted path within an item */
};
extern const struct option_table sync_source_table;

/** What the table cannot say: unique names, expressions that compile, URLs that are some. Makes `file:` URLs absolute. `file` is
 * the configuration file, for places and relative paths. Adds to `errors`; false when anything was wrong. */
bool sync_sources_check(struct arena *arena, const char *file, struct option_rows *sources,
			struct option_errors *errors) MUST_USE;

enum sync_state { SYNC_FRESH, SYNC_PARTIAL, SYNC_FAILING, SYNC_GATED };

/** What one run at one source did; kept in the store as the source's status. */
struct sync_report {
	struct slice source;
	enum sync_state state;
	uint64_t listed, fetched, not_modified, unchanged, created, changed, gone, failed;
	uint64_t resources_written;
	struct slice reason; /**< of a failure, for people */
};

/** A source as its last runs left it. */
struct sync_status {
	struct slice source, state; /**< state: "fresh", "partial", "failing", "gated" */
	uint64_t since_ms;          /**< when that began; a run that finds all as it was writes nothing */
	uint64_t listed;
};
/** Calls `each` for every source that was ever synced, in name order. */
bool sync_status_each(struct store_conn *conn, struct arena *arena, bool (*each)(void *context, const struct sync_status *status),
		      void *context, struct error *err) MUST_USE;

struct sync_context {
	struct store_conn *conn;
	struct fetcher *fetcher;
	struct publisher *publisher;
	const struct policy_rules *rules;
	const struct fhir_schema *schema; /**< FHIR_MODEL */
	/** Progress: done of total documents of the source; may be NULL. */
	void (*progress)(void *context, const struct sync_source *source, uint64_t done, uint64_t total);
	void (*issue)(void *context, const struct sync_source *source, struct slice document,
		      const struct issue *issue); /**< may be NULL */
	void *context;
};

/** Syncs one source in one transaction. A source that is down, gated or answers 5xx retires nothing and is reported in `out`;
 * false only when the store or the program failed. */
bool sync_run(const struct sync_context *context, struct arena *arena, const struct sync_source *source, struct sync_report *out,
	      struct error *err) MUST_USE;

#endif
