/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the gateway publishes about itself: OperationDefinition, StructureDefinition and SearchParameter resources, of the same
 * tables that dispatch requests.
 */
#ifndef CANNULA_API_PUBLISHED_H
#define CANNULA_API_PUBLISHED_H

#include "api/served.h"

struct api;
struct api_call;
struct api_interaction;
struct api_operation;

/** Definitions of one version, as trees. */
struct published_base {
	const struct fhir_node *const *resources;
	size_t count;
};

/** Those that come as files: of the operations, of our types and extensions. ERROR_USAGE: one cannot be read, or a row of
 * api_operations has none, or one that says something else. */
bool published_load(struct arena *arena, const struct served_base *base, struct published_base *out, struct error *err) MUST_USE;
/** The OperationDefinition of a row. */
const struct fhir_node *published_operation(const struct published_base *base, const struct api_operation *operation);

/** Calls `each` for the SearchParameter of every canonical that searches take; the tree lives until it returns. */
bool published_params_each(const struct served_base *base,
			   bool (*each)(void *context, struct fhir_node *parameter, struct error *err), void *context,
			   struct error *err) MUST_USE;

/** Whether an interaction (NULL: none) is offered on types that are published: they are read and searched. */
bool published_offers(const struct api_interaction *interaction);
/** Sets `call->conn`, by which the call's type is read: the worker's own, or for published types one to their store. */
bool published_connect(struct api_call *call, struct error *err) MUST_USE;
void published_close(struct api *api);

#endif
