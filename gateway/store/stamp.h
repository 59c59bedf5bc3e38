/* SPDX-License-Identifier: Apache-2.0 */
/* What the store writes into a resource: meta.versionId and meta.lastUpdated always, version and date of a definition when asked.
 */
#ifndef STORE_STAMP_H
#define STORE_STAMP_H

#include "store/conn.h"

/** Elements of a definition that are stamped; kept as bits beside the resource so that they can be told from the maker's own. */
enum stamp { STAMP_VERSION = 1, STAMP_DATE = 2 };

/** What was or is to be stamped. */
struct stamps {
	unsigned set;       /**< of enum stamp */
	uint64_t count;     /**< the number in `version`; kept when it is not stamped, so that counting goes on */
	uint64_t version;   /**< meta.versionId */
	int64_t updated_ms; /**< meta.lastUpdated, and `date` */
};

/** Takes out what `old` had stamped (NULL: nothing was) and the two of meta. `*taken` tells which of enum stamp were there and
 * the same. */
void stamp_take(struct fhir_node *resource, const struct stamps *old, unsigned *taken);
/** Those of `wanted` that the type has and the tree has not. */
unsigned stamp_possible(const struct fhir_node *resource, unsigned wanted);
/** Writes `stamps` into the tree. */
bool stamp_write(struct arena *arena, struct fhir_node *resource, const struct stamps *stamps, struct error *err) MUST_USE;

#endif
