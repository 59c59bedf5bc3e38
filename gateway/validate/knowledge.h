/* SPDX-License-Identifier: Apache-2.0 */
/* What is held beyond the tables: profiles, value sets and code systems, found by canonical. */
#ifndef VALIDATE_KNOWLEDGE_H
#define VALIDATE_KNOWLEDGE_H

#include "cannula/validate.h"

struct profile;

/** A definitional resource. `profile` or `system` is what was made of it. */
struct held {
	struct slice url, version; /**< `version` may be absent */
	size_t rank;               /**< later ones win */
	const char *place;
	const struct fhir_node *resource;
	struct profile *profile;
	const struct terms_system *system;
};

/** Sorted by canonical, the latest first. */
struct catalogue {
	struct held *items;
	size_t count, capacity;
};

struct knowledge {
	struct catalogue profiles, value_sets, code_systems;
};

/** What profiles/ has for the schema's version. */
bool knowledge_load(struct validator *validator, struct error *err) MUST_USE;
/** What the validator's base knows, then the library. */
bool knowledge_extend(struct validator *validator, const struct validate_library *library, struct error *err) MUST_USE;
/** By "url" or "url|version"; NULL: not held. */
struct held *catalogue_find(const struct catalogue *catalogue, struct slice canonical);
/** Refuses what is wrong at `node`, with its place in the file of `held`. */
bool held_refuse(const struct held *held, const struct fhir_node *node, struct error *err, const char *format, ...)
    PRINTF_LIKE(4, 5);

#endif
