/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Which path is what: the one table of interactions that dispatch, `Allow`, the access log and the CapabilityStatement share.
 *
 * Source: FHIR R4 and R5, http.html, "Summary" of interactions.
 */
#ifndef CANNULA_API_ROUTE_H
#define CANNULA_API_ROUTE_H

#include "cannula/fhir.h"
#include "cannula/net.h"

struct api_call;
struct api_operation;

/** What a path points at. */
enum route_place {
	ROUTE_NOWHERE,            /**< no path of ours */
	ROUTE_HOME,               /**< / */
	ROUTE_HEALTH,             /**< /health */
	ROUTE_LIVE,               /**< /health/live */
	ROUTE_READY,              /**< /health/ready */
	ROUTE_METRICS,            /**< /metrics */
	ROUTE_BASE,               /**< [base] */
	ROUTE_SMART,              /**< [base]/.well-known/smart-configuration */
	ROUTE_METADATA,           /**< [base]/metadata */
	ROUTE_BASE_HISTORY,       /**< [base]/_history */
	ROUTE_BASE_SEARCH,        /**< [base]/_search */
	ROUTE_BASE_OPERATION,     /**< [base]/$name */
	ROUTE_TYPE,               /**< [base]/Type */
	ROUTE_TYPE_HISTORY,       /**< [base]/Type/_history */
	ROUTE_TYPE_SEARCH,        /**< [base]/Type/_search */
	ROUTE_TYPE_OPERATION,     /**< [base]/Type/$name */
	ROUTE_INSTANCE,           /**< [base]/Type/id */
	ROUTE_HISTORY,            /**< [base]/Type/id/_history */
	ROUTE_INSTANCE_OPERATION, /**< [base]/Type/id/$name */
	ROUTE_VERSION,            /**< [base]/Type/id/_history/version */
	ROUTE_PLACE_COUNT,
};

/** Where the CapabilityStatement lists an interaction. */
enum route_listing { LISTED_NOWHERE, LISTED_SYSTEM, LISTED_TYPE };

/** Which query parameters an interaction takes. */
enum route_parameters {
	PARAMETERS_IGNORED,   /**< not FHIR: nobody reads them */
	PARAMETERS_COMMON,    /**< _format and the like: see parameter.h */
	PARAMETERS_HISTORY,   /**< common ones, and _since, _at, _count, _cursor */
	PARAMETERS_OPERATION, /**< common ones, and those of the operation's row */
	PARAMETERS_SEARCH,    /**< filters and result parameters: the search reads them */
};

/** One row: a method at a place. */
struct api_interaction {
	enum route_place place;
	enum net_method method;
	const char *code; /**< FHIR's name of it, as in CapabilityStatement.rest.resource.interaction.code; also in the log */
	enum route_listing listing;
	enum route_parameters parameters;
	const char *documentation; /**< for the CapabilityStatement; NULL: none */
	/** Of a request with a body: whether its Content-Type is one that is taken. False: the reply refuses. NULL: any is. */
	bool (*check_type)(struct api_call *call);
	/** Tries to answer from memory on the event loop; NULL: never. */
	bool (*on_loop)(struct api_call *call);
	/** Answers on a pool thread; NULL with `on_loop` NULL too: this gateway does not do it. */
	void (*on_worker)(struct api_call *call);
};
extern const struct api_interaction api_interactions[];
extern const size_t api_interaction_count;
bool api_interaction_offered(const struct api_interaction *interaction);

/** A path taken apart. Texts are percent-decoded, in the request's arena. */
struct route {
	enum route_place place;
	enum fhir_version version; /**< of the base; only below a base */
	struct slice type, id, version_id, operation;
	bool is_malformed; /**< the path has bad percent-encoding; `place` is then ROUTE_NOWHERE */
};

/** Never fails: what cannot be a path of ours is ROUTE_NOWHERE. */
struct route route_parse(struct arena *arena, struct slice path);
/** The row for a method at a place, HEAD as GET; NULL when FHIR defines none. Of several (the Bundle's type tells batch from
 * transaction) the first. */
const struct api_interaction *route_interaction(enum route_place place, enum net_method method);
/** The offered methods of a place as an `Allow` value: "GET, HEAD, OPTIONS"; of an operation's place, those it takes (else NULL).
 */
struct slice route_allow(struct arena *arena, enum route_place place, const struct api_operation *operation);
/** Whether operations stand at such a place. */
bool route_is_operation(enum route_place place);
/** Whether anything but OPTIONS is offered at a place. */
bool route_offered(enum route_place place);
/** [A-Za-z0-9.-]{1,64} (datatypes.html#id) */
bool route_id_valid(struct slice id);

#endif
