/* SPDX-License-Identifier: Apache-2.0 */
/**
 * gate: who asks, and whether they may. Two steps of dispatch: the first before anything is looked up, so that a stranger learns
 * nothing of what there is; the second when the interaction is known, and still before the store.
 *
 * Source: SMART App Launch 2.2, "Scopes for requesting FHIR Resources"; RFC 6750 section 3.
 */
#ifndef CANNULA_API_GATE_H
#define CANNULA_API_GATE_H

#include "api/call.h"

/** Finds call->principal. False: the reply refuses, or call->is_deferred. Metadata, discovery and health ask nobody. */
bool gate_identify(struct api_call *call) MUST_USE;
/** Whether call->principal may do call->interaction. False: the reply refuses. For an entry of a Bundle too, whose call has the
 * principal of the whole. A search is asked for when it was read: see search_permitted. */
bool gate_permit(struct api_call *call) MUST_USE;
/** Whether call->principal has `permissions` (enum access_permission) on a type, which an interaction reaches beside its own. */
bool gate_allows(const struct api_call *call, struct slice type, unsigned permissions);
/** As gate_allows for what cannot be done without. False: the reply refuses. */
bool gate_need(struct api_call *call, struct slice type, unsigned permissions) MUST_USE;
/** The refusal: these permissions on types are lacking; `advice` says how to do without, and may be absent. */
void gate_forbid(struct api_call *call, const struct access_grant *lacking, size_t count, struct slice advice);

#endif
