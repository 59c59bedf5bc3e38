/* SPDX-License-Identifier: Apache-2.0 */
/* SQL under construction with the values of its ? parameters. Texts come from the program only; what a client says is always a
 * parameter. */
#ifndef STORE_CONDITION_H
#define STORE_CONDITION_H

#include "store/conn.h"

#define CONDITION_BINDS_MAX 8192
#define CONDITION_SQL_MAX_BYTES (256u << 10)

struct condition_bind {
	bool is_text;
	int64_t number;
	struct slice text;
};

/** A piece of SQL that ends in one parameter (or has one), and which bound it takes. */
struct condition_term {
	const char *sql; /**< NULL ends a list */
	unsigned bound;
};
#define CONDITION_TERMS_MAX 4

struct condition {
	struct store_conn *conn;
	struct arena *arena; /**< of the texts that a match makes */
	const struct fhir_schema *schema;
	struct slice own; /**< URL, with a slash at its end, of what is held here; may be absent */
	struct buf sql;
	struct condition_bind *binds;
	size_t count, capacity;
};

bool condition_init(struct condition *condition, struct store_conn *conn, struct arena *arena, struct error *err) MUST_USE;
void condition_fini(struct condition *condition);
/** `url` without a slash at its end, or absent. */
bool condition_set_own(struct condition *condition, struct slice url, struct error *err) MUST_USE;
void condition_reset(struct condition *condition);
/** Appends text; past a limit the condition fails when it is opened. */
void condition_add(struct condition *condition, const char *sql);
void condition_add_int(struct condition *condition, const char *sql, int64_t value);
void condition_add_text(struct condition *condition, const char *sql, struct slice value);
/** Appends each of at most CONDITION_TERMS_MAX terms with its bound. */
void condition_add_terms(struct condition *condition, const struct condition_term *terms, const struct condition_bind *bounds);
/** Opens the query with all parameters bound. */
bool condition_open(struct condition *condition, struct db_query *out, struct error *err) MUST_USE;

#endif
