/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Identities and references within a transaction: which resource each entry is about, and what its references to other entries
 * become.
 *
 * Source: FHIR http.html, "Transaction Processing Rules"; bundle.html, "Resolving references in Bundles".
 */
#ifndef CANNULA_API_RELINK_H
#define CANNULA_API_RELINK_H

#include "api/entry.h"

/** Gives each entry that writes its target: by its URL, by what its criteria match, or a new id. False: an entry is refused: its
 * criteria, or because two entries are about the same resource. In the store's transaction. */
bool relink_targets(struct entries *entries, struct entry **refused) MUST_USE;
/** Replaces references to entries by what they will be, and conditional references (Type?criteria) by what they match: exactly
 * one (else the entry is refused). */
bool relink_references(struct entries *entries, struct entry **refused) MUST_USE;

#endif
