/* SPDX-License-Identifier: Apache-2.0 */
/**
 * publish: from source trees to stored definitions. The one way in for whatever the gateway makes itself: a record or a policy is
 * kept as source, run through its maps for R4 and R5, given a narrative, linked, and put — all in one transaction of the caller.
 */
#ifndef CANNULA_PUBLISH_H
#define CANNULA_PUBLISH_H

#include "cannula/fhir.h"
#include "cannula/map.h"
#include "cannula/store.h"

/** The compiled maps of profiles/maps/, for every model and version. Immutable, shared.
 *
 *  maps/MODEL/TYPE.map serves both FHIR versions, maps/MODEL/TYPE.r4.map and .r5.map one. The source type of its first group
 * decides which records a map is run over. A map whose target is a Bundle makes any number of resources: those in
 * Bundle.entry.resource. */
struct publisher;

struct publish_options {
	struct slice canonical_base; /**< of the definitions' canonical URLs; no slash at the end */
	struct slice publisher_name;
};
extern const struct option_table publish_option_table;

bool publisher_new(struct arena *arena, const struct publish_options *options,
		   const struct fhir_schema *const schemas[FHIR_VERSION_COUNT], struct publisher **out,
		   struct error *err) MUST_USE;

struct publish_counts {
	uint64_t created, updated, unchanged; /**< resources in R4 and R5, sources not counted */
	uint64_t refused; /**< records that a map could not take: told by a fatal issue, nothing of them was written */
};

/** Every resource that `record` (ProcedureRecord or PolicyRecord) becomes in `version`, with narrative, not stored. The list is
 * in the order of the maps' names. The record's `gateway` gets the canonical base and the publisher; policies that are in it
 * stay. */
struct publish_resources {
	struct fhir_node **items;
	size_t count;
};
bool publish_map(struct publisher *publisher, struct arena *arena, enum fhir_version version, struct fhir_node *record,
		 const struct map_trace *trace, struct issues *issues, struct publish_resources *out, struct error *err) MUST_USE;

/** Stores a ProcedureRecord, or a record of any other model that maps exist for, (as source, without `gateway`; one without id is
 * not kept) and what it becomes, linked to the policies of each base that now
 * cover its code and are in force today (neither retired, draft, nor outside their effective period), in the order of their
 * canonicals. Needs a transaction. */
bool publish_procedure(struct publisher *publisher, struct store_conn *conn, struct arena *arena, struct fhir_node *record,
		       struct issues *issues, struct publish_counts *counts, struct error *err) MUST_USE;
/** Stores a PolicyRecord and what it becomes; when that changed its Library, makes the procedures it covers (or no longer covers)
 * again so that their links follow. A record whose `digest` is the stored one's is the same version: when and how it was fetched
 * stays as first stored. What only the former version had (a code group's ValueSet) is deleted. Needs a transaction. */
bool publish_policy(struct publisher *publisher, struct store_conn *conn, struct arena *arena, struct fhir_node *record,
		    struct issues *issues, struct publish_counts *counts, struct error *err) MUST_USE;

#endif
