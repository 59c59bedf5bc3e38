/* SPDX-License-Identifier: Apache-2.0 */
#include "store/chain.h"

/* A reference and an address meet in index_reference: row i<n> is what a resource refers to by the parameter, row a<n> an address
 * of the resource that it names. A chain's outer end is i, that of _has is a; the row r<n> is the resource at the inner end. */
struct ends {
	char outer, inner;
};

static struct ends ends_of(const struct clause *clause)
{
	return clause->filter->kind == STORE_FILTER_CHAIN ? (struct ends){ 'i', 'a' } : (struct ends){ 'a', 'i' };
}

/* A reference names a version of its target, or any; an address has one, or is that of the resource whatever its version. A
 * reference to what is held here may be written as an absolute URL.
 *
 * Source: FHIR R4 and R5 search.html, "reference". */
void filter_add_meeting(struct filters *filters, int64_t scope, unsigned n)
{
	struct condition *condition = filters->condition;
	struct buf *sql = &condition->sql;

	buf_printf(sql, " AND i%u.param = ", n);
	condition_add_int(condition, "?", scope);
	buf_printf(sql, " AND a%u.param = ", n);
	condition_add_int(condition, "?", filters->address);
	buf_printf(sql, " AND a%u.id = i%u.id AND (i%u.target = a%u.target", n, n, n, n);
	if (condition->own.len) {
		buf_printf(sql, " OR i%u.target = ", n);
		condition_add_text(condition, "? || ", condition->own);
		buf_printf(sql, "a%u.target", n);
	}
	buf_printf(sql, ") AND (i%u.version = '' OR a%u.version = '' OR i%u.version = a%u.version)", n, n, n, n);
}

/** What the resource at the inner end must be. */
static bool add_inner(struct filters *filters, const struct clause *clause, struct error *err)
{
	filter_add_level(filters, &clause->level, true);
	return filter_add_tests(filters, clause->level.depth, clause->inner, clause->inner_count, err);
}

/** The order of the cross joins is that of the loops: from the row outwards to the inner end. */
bool chain_add_test(struct filters *filters, unsigned depth, const struct clause *clause, struct error *err)
{
	struct buf *sql = &filters->condition->sql;
	struct ends ends = ends_of(clause);
	unsigned n = clause->level.depth;

	buf_printf(sql,
		   "EXISTS (SELECT 1 FROM index_reference %c%u CROSS JOIN index_reference %c%u CROSS JOIN resource r%u"
		   " WHERE %c%u.change = ",
		   ends.outer, n, ends.inner, n, n, ends.outer, n);
	filter_add_change(filters, depth);
	filter_add_meeting(filters, clause->scope, n);
	buf_printf(sql, " AND r%u.position = %c%u.resource AND %c%u.change = ", n, ends.inner, n, ends.inner, n);
	filter_add_change(filters, n);
	if (!add_inner(filters, clause, err))
		return false;
	buf_append(sql, SLICE(")"));
	return true;
}

/** From the inner end outwards. */
bool chain_add_set(struct filters *filters, const struct clause *clause, const struct clause *inner, struct error *err)
{
	struct buf *sql = &filters->condition->sql;
	struct ends ends = ends_of(clause);
	unsigned n = clause->level.depth;

	buf_printf(sql,
		   "SELECT %c%u.resource AS position FROM resource r%u CROSS JOIN index_reference %c%u CROSS JOIN"
		   " index_reference %c%u WHERE r%u.position IN (",
		   ends.outer, n, n, ends.inner, n, ends.outer, n, n);
	if (!filter_add_set(filters, &clause->level, inner, err))
		return false;
	buf_printf(sql, ") AND %c%u.change = ", ends.inner, n);
	filter_add_change(filters, n);
	filter_add_meeting(filters, clause->scope, n);
	return add_inner(filters, clause, err);
}
