/* SPDX-License-Identifier: Apache-2.0 */
/**
 * scope: SMART system scopes, of version 2 ("system/PlanDefinition.rs") and of version 1 (read, write).
 *
 * Source: SMART App Launch 2.2, "Scopes for requesting FHIR Resources" and "SMART's scopes are used to delegate access".
 */
#ifndef CANNULA_ACCESS_SCOPE_H
#define CANNULA_ACCESS_SCOPE_H

#include "cannula/access.h"

#define SCOPE_GRANTS_MAX 128

enum scope_kind {
	SCOPE_GRANT,   /**< grants something here */
	SCOPE_FOREIGN, /**< not about FHIR resources ("openid"): neither grants nor harms */
	SCOPE_REFUSED, /**< about FHIR resources in a way that is not done here */
};

/** Reads one scope. SCOPE_REFUSED: `*why` says what is wrong with it, static. */
enum scope_kind scope_parse(struct slice scope, struct access_grant *out, const char **why);
/** "cruds" of a set of permissions, in that order. */
struct scope_letters {
	char text[6];
};
struct scope_letters scope_letters(unsigned permissions);

#endif
