/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room share: the store, a connection, and the small numbers that stand for names. */
#ifndef STORE_CONN_H
#define STORE_CONN_H

#include "cannula/store.h"
#include "store/db.h"

#include <pthread.h>
#include <stdatomic.h>

/* The largest resource that is kept. */
#define STORE_RESOURCE_MAX_BYTES (64u << 20)
/* Working memory of one call. */
#define STORE_SCRATCH_MAX_BYTES (256u << 20)
/* A connection remembers this many bytes of names. */
#define STORE_NAMES_MAX_BYTES (8u << 20)
/* Compiled search parameters of all types. */
#define STORE_PLANS_MAX_BYTES (256u << 20)

struct index_plan;

struct store {
	char *path;
	struct store_options options;
	const struct fhir_schema *schemas[FHIR_VERSION_COUNT];
	struct store_terms terms;
	_Atomic uint64_t commits, rollbacks, busy;
	pthread_mutex_t writer_lock; /**< over what follows */
	struct db *writer;           /**< NULL until it is needed */
	pthread_mutex_t plans_lock;  /**< over what follows */
	struct arena *plans_arena;
	struct index_plan *plans;                              /**< one per type used so far */
	const struct terms_tables *tables[FHIR_VERSION_COUNT]; /**< NULL until needed */
};

/** A type that the database knows. */
struct store_type {
	enum store_base base;
	struct slice name;
	int64_t key;
	const struct index_plan *plan; /**< NULL until it is needed */
	int64_t *param_keys;           /**< NAMES_COUNT for each of the plan's parameters; 0: not known yet */
	struct store_type *next;
};

struct store_conn {
	struct store *store;
	struct db *reader;
	struct db *db;         /**< the reader; in a write transaction the store's writer */
	struct arena *scratch; /**< emptied by the call that uses it */
	struct buf json;
	struct arena *names_arena;
	struct store_type *types;
	bool is_writing;
	bool has_changed;                       /**< something was written since store_begin */
	uint64_t superseded;                    /**< versions that this transaction has replaced */
	bool is_broken;                         /**< a write failed half way: only a rollback is right */
	int64_t address_keys[STORE_BASE_COUNT]; /**< 0: not known yet */
	bool knows_sequence;
	uint64_t sequence;
	int64_t others_mark; /**< of db_others_mark when `sequence` was read */
};

/** The schema that a base's resources follow. */
const struct fhir_schema *conn_schema(const struct store_conn *conn, enum store_base base);

/** `*out` NULL when the database does not know the type and `create` is false. */
bool name_type(struct store_conn *conn, enum store_base base, struct slice name, bool create, struct store_type **out,
	       struct error *err) MUST_USE;
/** What is kept under one parameter: its values, those for :of-type, and of a composite those of each component. */
enum name_part { NAME_PLAIN, NAME_OF_TYPE, NAME_COMPONENT, NAMES_COUNT = NAME_COMPONENT + 3 };
/** Key of a part of the plan's parameter at `index`; 0 when unknown and `create` is false. Parameters of every resource (their
 * codes begin with _) have one key for all types of a base. */
bool name_param(struct store_conn *conn, struct store_type *type, size_t index, enum name_part part, bool create, int64_t *out,
		struct error *err) MUST_USE;
/** Key under which the addresses of a base's resources stand in index_reference; 0 as above. */
bool name_address(struct store_conn *conn, enum store_base base, bool create, int64_t *out, struct error *err) MUST_USE;
/** Key of a code system's URI, its aliases counting as the same; 0 when unknown and `create` is false. */
bool name_system(struct store_conn *conn, struct slice uri, bool create, int64_t *out, struct error *err) MUST_USE;
/** Forgets what a rolled-back transaction may have named. */
void names_forget(struct store_conn *conn);

#endif
