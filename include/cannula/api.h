/* SPDX-License-Identifier: Apache-2.0 */
/**
 * api: the FHIR REST interface over a store. Routes, interactions, Bundles, the CapabilityStatement, OperationOutcomes.
 *
 * Source: FHIR R4 and R5, "RESTful API" (http.html), "Search" (search.html).
 */
#ifndef CANNULA_API_H
#define CANNULA_API_H

#include "cannula/access.h"
#include "cannula/fhir.h"
#include "cannula/net.h"
#include "cannula/store.h"

struct api_options {
	struct slice base_url; /**< as clients see it ("https://host:8443"); absent: from the request's Host */
	uint64_t page_count;   /**< default _count */
	uint64_t max_page_count;
	uint64_t max_included;       /**< resources that come along with a page */
	uint64_t search_ms;          /**< the longest that one search may take; 0: no limit */
	uint64_t max_bundle_bytes;   /**< what does not fit goes to the next page; a single resource always fits */
	uint64_t max_bundle_entries; /**< of a batch or transaction */
	uint64_t hot_cache_bytes;    /**< warm reads answered on the loop */
	uint64_t watch_ms;           /**< how often to look for commits of other processes */
	struct slice allow_origin;   /**< CORS; empty: no such headers */
	struct slice validation;     /**< of what clients write: "full", "structure", "off" */
	bool require_if_match;
	struct slice conditional_delete; /**< "single", "multiple" */
	bool access_log;
};
extern const struct option_table api_option_table;

struct api;

/** Opens `workers` store connections, one per pool thread, and one more that follows the commits of other processes. `options`
 * texts, `schemas` and `store` outlive the api. */
bool api_new(const struct api_options *options, const struct fhir_schema *const schemas[FHIR_VERSION_COUNT], struct store *store,
	     unsigned workers, struct api **out, struct error *err) MUST_USE;
void api_free(struct api *api);
/** Who may do what from now on; before api_handler. `access` outlives the api. */
bool api_guard(struct api *api, struct access *access, struct error *err) MUST_USE;
/** The server whose figures /metrics and /health/ready tell; before it runs. It outlives no request. */
void api_observe(struct api *api, struct net_server *server);
/** Further families for /metrics, written on a pool thread; before the server runs. */
void api_more_metrics(struct api *api,
		      void (*write)(void *context, struct store_conn *conn, struct arena *arena, struct buf *out), void *context);
/** The handler to give to net. */
struct net_handler api_handler(struct api *api);

#endif
