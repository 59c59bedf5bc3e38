/* SPDX-License-Identifier: Apache-2.0 */
/* A kind of search parameter: how its values become rows, and how a value in a query becomes a condition on them. One file per
 * kind ends in the descriptor; kinds.c lists them. Which modifiers a kind takes stands in modifiers.c.
 *
 * Source: FHIR R4 and R5, "Search", sections on the parameter types. */
#ifndef STORE_KIND_H
#define STORE_KIND_H

#include "cannula/fhirpath.h"
#include "store/condition.h"
#include "store/conn.h"

/* Keys of systems that are no URI. */
#define SYSTEM_NONE 0    /**< the value has no system */
#define SYSTEM_IMPLIED 1 /**< a `code` element whose binding does not tell which system: every one matches */
/* A `code` element whose binding tells has that system's key, negative: it has no system that a query could ask to be absent. */

#define INDEX_COLUMNS_MAX 5

/** Where the rows of one parameter of one version go. */
struct index_writer {
	struct store_conn *conn;
	struct arena *arena;
	struct store_type *type;
	size_t index; /**< of the parameter in the type's plan */
	const struct index_kind *kind;
	int64_t resource, change, param, item;
};

struct index_kind {
	const char *table;  /**< NULL: the column stands in the resource's own row, or of kind_text in a row of its own */
	const char *insert; /**< resource, version, parameter and item first */
	/** Columns that an ascending and a descending order look at, each at the head of an index of values. */
	const char *low, *high;
	/** Columns that tell the rows of one parameter of one version apart. */
	const char *columns[INDEX_COLUMNS_MAX + 1];
	/** Adds the rows of one value of the expression. */
	bool (*add)(struct index_writer *writer, const struct fhirpath_item *item, struct error *err);
	/** Appends the condition that a value of a query stands for. */
	bool (*match)(struct condition *condition, const struct store_filter *filter, const struct store_value *value,
		      struct error *err);
};

extern const struct index_kind kind_token, kind_string, kind_uri, kind_date, kind_reference, kind_number, kind_quantity, kind_id,
    kind_updated, kind_text;

/** What stands before `param` where rows of one version are asked for: a unary plus when values have two indexes, of which the
 * engine would take the second for a shorter way than the version's few rows; else nothing. */
const char *kind_plus(const struct index_kind *kind);
/** The kind of a parameter; NULL when it is of one that is not indexed. */
const struct index_kind *kind_find(const struct fhir_search_param *definition);
/** ERROR_UNSUPPORTED, naming parameter and modifier. */
bool kind_refuse_modifier(const struct store_filter *filter, struct error *err);
/** ERROR_SYNTAX: the value is not one of that parameter. */
bool kind_refuse_value(const struct store_filter *filter, const struct store_value *value, const char *form, struct error *err);

/** Opens the kind's insert and binds the first four. */
bool writer_open(struct index_writer *writer, struct db_query *query, struct error *err) MUST_USE;
/** The key of a system, made when new; absent: SYSTEM_NONE. */
bool writer_system(struct index_writer *writer, struct slice uri, int64_t *out, struct error *err) MUST_USE;
/** A text beside a token or a reference (`text`, `display`), which :text searches; absent: none. */
bool writer_text(const struct index_writer *writer, struct slice text, struct error *err) MUST_USE;
/** The rows that an Identifier gives to a token parameter, under the same key. */
bool writer_identifier(const struct index_writer *writer, const struct fhir_node *identifier, struct error *err) MUST_USE;
/** The rows under which references find a resource: Type/id, and its canonical URL where it has one. */
bool writer_address(struct index_writer *writer, const struct fhir_node *resource, struct error *err) MUST_USE;

/** Appends "version is that one", or begins with its parts: 1 is the beginning of 1.0 and 1.0.2, not of 10. */
bool kind_match_version(struct condition *condition, struct slice version, bool with_later, struct error *err) MUST_USE;
/** Whether a reference is a canonical, and not Type/id. */
bool kind_is_canonical(const struct condition *condition, struct slice text);
/** A reference to what is held here by its absolute URL, as Type/id; any other as it stands. */
struct slice kind_without_own(const struct condition *condition, struct slice text);
/** Appends "target is that of resources of a type here": as Type, or as URL. */
void kind_match_type(struct condition *condition, struct slice type);
/** Appends "COLUMN begins with text", "COLUMN ends with text". */
bool kind_match_start(struct condition *condition, const char *column, struct slice text, struct error *err) MUST_USE;

bool kind_match_end(struct condition *condition, const char *column, struct slice text);

/** FHIR "Prefixes": of numbers, dates and quantities. */
enum prefix { PREFIX_EQ, PREFIX_NE, PREFIX_GT, PREFIX_LT, PREFIX_GE, PREFIX_LE, PREFIX_SA, PREFIX_EB, PREFIX_AP };
/** Cuts the prefix off `text`; PREFIX_EQ when there is none. */
enum prefix kind_cut_prefix(struct slice *text);

#endif
