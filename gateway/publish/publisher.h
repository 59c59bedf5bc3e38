/* SPDX-License-Identifier: Apache-2.0 */
/** The inside of the publisher. */
#ifndef PUBLISH_PUBLISHER_H
#define PUBLISH_PUBLISHER_H

#include "cannula/publish.h"

/** One map, compiled for one FHIR version. */
struct publish_program {
	const char *name; /**< of the asset */
	struct map_program *program;
	struct publish_program *next;
};

struct publisher {
	struct publish_options options;
	const struct fhir_schema *schemas[FHIR_VERSION_COUNT];
	struct publish_program *programs[FHIR_VERSION_COUNT]; /**< in name order */
};

/** The store's base of a FHIR version. */
enum store_base publish_base(enum fhir_version version);

/** A record that a map cannot take becomes an issue and a count; always true. */
bool publish_refuse(const struct fhir_node *record, const struct error *refusal, struct issues *issues,
		    struct publish_counts *counts);

/** Puts one made resource and counts it; `*changed` (may be NULL) is set when anything was written. */
bool publish_put(struct store_conn *conn, struct arena *arena, enum fhir_version version, struct fhir_node *resource,
		 struct publish_counts *counts, bool *changed, struct error *err) MUST_USE;
/** Stores `record` as source, without its `gateway`. */
bool publish_put_source(struct store_conn *conn, struct arena *arena, struct fhir_node *record, struct error *err) MUST_USE;
/** The stored source of `model` with that id; `*out` NULL when there is none. */
bool publish_get_source(const struct publisher *publisher, struct store_conn *conn, struct arena *arena, struct slice model,
			struct slice id, struct fhir_node **out, struct error *err) MUST_USE;

/** Calls `each` for every resource of `type` whose search parameter `code` has one of the values, once for each of them that is
 * asked in one turn; stops with its result when it returns false. */
bool publish_each_with_code(const struct publisher *publisher, struct store_conn *conn, struct arena *arena,
			    enum fhir_version version, struct slice type, const struct store_value *codes, size_t code_count,
			    bool (*each)(void *context, const struct store_resource *resource, struct error *err), void *context,
			    struct error *err) MUST_USE;

/** The record's `gateway`, made when missing. NULL when the arena is full. */
struct fhir_node *publish_gateway(struct arena *arena, struct fhir_node *record) MUST_USE;
/** Takes `gateway` out. */
void publish_gateway_remove(struct fhir_node *record);

/** Fills the record's `gateway.policy` with the policies of a base that cover its code. */
bool publish_link(const struct publisher *publisher, struct store_conn *conn, struct arena *arena, enum fhir_version version,
		  struct fhir_node *record, struct error *err) MUST_USE;

#endif
