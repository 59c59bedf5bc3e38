/* SPDX-License-Identifier: Apache-2.0 */
/* Filters as SQL, by a small algebra. A level is a resource that filters are asked of: its row has the alias r0, and that of a
 * resource it is chained to r1, r2 … A filter compiles to a *test* on its level's row, which is exact, and where it can to a
 * *set*: a SELECT of positions among which all matches are, for the search to start from. Both read one index table, or reach one
 * through a reference: index_reference of the one resource meets index_reference of the other's addresses. */
#ifndef STORE_FILTER_H
#define STORE_FILTER_H

#include "store/condition.h"
#include "store/index.h"

#define FILTER_CLAUSES_MAX 256
/* The engine's parser has a stack of its own. */
#define FILTER_NESTING_MAX 6
#define FILTER_VALUES_MAX 1000      /* codes */
#define FILTER_ALTERNATIVES_MAX 200 /* of kinds that look each up on its own */

/** What a level's resources may be. */
struct filter_level {
	struct store_type *const *types; /**< with plans; never NULL, but their keys may be 0 */
	size_t count;
	unsigned depth;
};

/** A filter and what is known about it in this database. */
struct clause {
	const struct store_filter *filter;
	struct store_filter own; /**< with other values than the caller's; `filter` points to it then */
	const struct index_kind *kind;
	int64_t scope;                  /**< key of the parameter; 0: nothing was ever stored under it */
	bool is_missing, wants_missing; /**< :missing and what it asks for */
	bool is_not;
	/** Of a composite: what each component is; the first is `kind` and `scope` too. */
	struct clause_part {
		struct store_filter filter;
		const struct index_kind *kind;
		int64_t scope;
	} parts[INDEX_COMPONENTS_MAX];
	size_t part_count;
	bool is_empty;             /**< there is no value that could match */
	struct filter_level level; /**< of `inner` */
	struct clause *inner;
	size_t inner_count;
};

/** A compilation under way. */
struct filters {
	struct store_conn *conn;
	struct arena *arena;
	struct condition *condition;
	enum store_base base;
	int64_t moment; /**< as of which is searched */
	bool is_now;    /**< nothing has changed since */
	int64_t address;
	size_t clause_count;
	unsigned nesting; /**< of filters in filters, where reading stands */
};

/** Looks the types up and compiles their parameters; a type without resources is none the less one. */
bool filter_level_open(struct filters *filters, const struct slice *names, size_t count, unsigned depth, struct filter_level *out,
		       struct error *err) MUST_USE;
/** Of several types those that are stored, without their parameters; there may be none. */
bool filter_level_stored(struct filters *filters, const struct slice *names, size_t count, struct filter_level *out,
			 struct error *err) MUST_USE;
/** The name of the type with that key; absent when it is none of the level's. */
struct slice filter_type_name(const struct filter_level *level, int64_t key);
/** Whether a reference parameter can lead to a type. */
bool filter_may_lead_to(const struct fhir_search_param *param, struct slice type);
/** Sets filters->address. */
bool filter_address(struct filters *filters, struct error *err) MUST_USE;
bool filter_read(struct filters *filters, const struct filter_level *level, const struct store_filter *given, size_t count,
		 struct clause **out, struct error *err) MUST_USE;
/** A type of the level that has the parameter, and its index in that type's plan. ERROR_UNSUPPORTED when none has it. */
bool filter_find_param(const struct filter_level *level, const struct fhir_search_param *param, struct store_type **type,
		       size_t *index, struct error *err) MUST_USE;
/** Appends " IN (…)": the types of the level. */
void filter_add_types(struct filters *filters, const struct filter_level *level);
/** Appends " AND …": the row of the level is a resource of its types, there at the moment; `is_driven`: found by a set. */
void filter_add_level(struct filters *filters, const struct filter_level *level, bool is_driven);
/** Appends the version that was current at the moment, of the row with that number; another of its columns. */
void filter_add_change(struct filters *filters, unsigned depth);
void filter_add_updated(struct filters *filters, unsigned depth);
/** Appends " AND …": the row i<n> is a reference by the parameter `scope`, and leads to the row a<n>, an address. */
void filter_add_meeting(struct filters *filters, int64_t scope, unsigned n);
/** Appends " AND …" for each. */
bool filter_add_tests(struct filters *filters, unsigned depth, const struct clause *clauses, size_t count,
		      struct error *err) MUST_USE;
bool filter_has_set(const struct filters *filters, const struct clause *clause);
/** Appends the SELECT. */
bool filter_add_set(struct filters *filters, const struct filter_level *level, const struct clause *clause,
		    struct error *err) MUST_USE;

#endif
