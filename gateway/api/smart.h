/* SPDX-License-Identifier: Apache-2.0 */
/**
 * [base]/.well-known/smart-configuration: where clients get tokens, and for which scopes.
 *
 * Source: SMART App Launch 2.2, "FHIR Authorization Endpoint and Capabilities Discovery" and "Backend Services".
 */
#ifndef CANNULA_API_SMART_H
#define CANNULA_API_SMART_H

#include "api/call.h"

/** The document, in the api's arena; absent when tokens are not what opens the gate. */
bool smart_configuration_make(struct api *api, struct slice *out, struct error *err) MUST_USE;

#endif
