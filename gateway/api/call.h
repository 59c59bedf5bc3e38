/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the files of this room share: the api itself, its workers, and one call on its way to an answer.
 */
#ifndef CANNULA_API_CALL_H
#define CANNULA_API_CALL_H

#include "cannula/access.h"
#include "cannula/api.h"
#include "cannula/validate.h"

#include <pthread.h>
#include <stdatomic.h>

#include "api/cache.h"
#include "api/capability.h"
#include "api/cursor.h"
#include "api/negotiate.h"
#include "api/operation.h"
#include "api/projection.h"
#include "api/query.h"
#include "api/published.h"
#include "api/route.h"
#include "api/served.h"

/** A pool thread's own: nobody else touches it while the thread works. */
struct api_worker {
	struct store_conn *conn;
	struct arena *scratch;             /**< emptied before each request */
	struct store_conn *published_conn; /**< NULL until it is needed */
};

struct api_watch;
struct apply_rules;
struct related_rules;
struct lifecycle;
struct line_writer;
struct metrics;

struct api {
	struct arena *arena; /**< of all that lives as long as the api, the api itself included */
	struct api_options options;
	struct store *store;
	struct access *access; /**< who may do what; given before the first request */
	struct served_base bases[FHIR_VERSION_COUNT];
	struct published_base published[FHIR_VERSION_COUNT];
	struct capability capabilities[ACCESS_MODES][FHIR_VERSION_COUNT]; /**< of the modes that listeners have */
	struct capability terminologies[FHIR_VERSION_COUNT];
	pthread_mutex_t published_lock; /**< over what follows */
	struct store *published_store;  /**< NULL until it is needed */
	struct apply_rules *apply_rules[FHIR_VERSION_COUNT];
	struct related_rules *related_rules;
	struct slice home;  /**< page for people */
	struct slice smart; /**< .well-known/smart-configuration; absent: no listener takes tokens */
	const struct lifecycle *lifecycle;
	pthread_mutex_t validators_lock; /**< over what follows */
	struct validator *validators[FHIR_VERSION_COUNT];
	struct cursor_key cursor_key;
	struct cache *cache;
	struct api_watch *watch;
	struct metrics *metrics;
	struct net_server *server;                                                                          /**< NULL: not told */
	void (*more_metrics)(void *context, struct store_conn *conn, struct arena *arena, struct buf *out); /**< or NULL */
	void *more_context;
	struct line_writer *log; /**< where the access log goes */
	/** The newest commit any thread of this process knows of: what the cache holds is current as of a sequence. */
	_Atomic uint64_t sequence;
	atomic_bool store_answers; /**< as the watch last saw it */
	struct api_worker *workers;
	unsigned worker_count;
};

/** What stays of a request until its reply has left: net_reply.note. In the request's arena. */
struct api_note {
	const struct access_principal *principal; /**< NULL: not known, or not asked */
	const struct api_interaction *interaction;
	struct slice type, operation;
};

/** One request on its way to an answer. */
struct api_call {
	struct api *api;
	const struct net_request *request;
	struct net_reply *reply;
	bool is_head;              /**< its body has yet to come */
	struct api_worker *worker; /**< NULL on the loop */
	struct store_conn *conn;   /**< where the call's type is; NULL on the loop */
	const struct api_interaction *interaction;
	const struct api_operation *operation; /**< of a place that is one */
	bool is_entry;                         /**< of a Bundle: answered in JSON, whatever the Bundle will be in */
	struct fhir_node *given;             /**< the resource that a Bundle's entry brings; NULL: it is in the request's body */
	const struct issues *given_warnings; /**< of reading that; NULL: none */
	struct slice given_id;               /**< that a create within a transaction takes; absent: any */
	bool is_in_transaction;              /**< the store's transaction is a Bundle's: neither begun nor ended here */
	const struct served_base *base;      /**< below a base only */
	const struct served_type *type;      /**< below a type only */
	struct route route;
	struct query query;
	struct negotiated format;
	struct projection projection;             /**< of the resources in the answer */
	const struct access_principal *principal; /**< who asks; NULL where nobody is asked */
	bool is_deferred;                         /**< on the loop: only a worker can tell who asks */
	int64_t last_updated_ms;                  /**< of the version that the reply tells; 0: of none */
};

/** How clients show who they are where the call came in. */
enum access_mode api_mode(const struct api_call *call);
/** "https://host:8443/fhir/r4". Absent when the arena is full. */
struct slice api_base_url(const struct api_call *call) MUST_USE;
/** What one answer, or what a worker holds to make it, may be large: a full Bundle and one resource more. */
size_t api_answer_max_bytes(const struct api *api);
/** Tells everybody of a commit: never goes back. */
void api_sequence_seen(struct api *api, uint64_t sequence);

/** Follows commits of this and other processes on a thread of its own. */
bool api_watch_start(struct api *api, struct error *err) MUST_USE;
void api_watch_stop(struct api *api);

/* The interactions; rows of api_interactions point to them. */
bool api_home(struct api_call *call);
bool api_health(struct api_call *call);
bool api_live(struct api_call *call);
bool api_ready(struct api_call *call);
void api_metrics(struct api_call *call);
bool api_smart_configuration(struct api_call *call);
bool api_capabilities_hot(struct api_call *call);
void api_capabilities(struct api_call *call);
bool api_read_hot(struct api_call *call);
void api_read(struct api_call *call);
void api_vread(struct api_call *call);
void api_search(struct api_call *call);
void api_operation(struct api_call *call);
void api_history(struct api_call *call);
void api_bundle(struct api_call *call);
void api_create(struct api_call *call);
void api_update(struct api_call *call);
void api_update_matching(struct api_call *call);
void api_patch(struct api_call *call);
bool api_patch_check_type(struct api_call *call);
void api_patch_matching(struct api_call *call);
void api_delete(struct api_call *call);
void api_delete_matching(struct api_call *call);

/** One line for each request, at level info. */
void api_access_log(struct api *api, const struct net_request *request, const struct net_reply *reply, uint64_t bytes,
		    uint64_t duration_us);

#endif
