/* SPDX-License-Identifier: Apache-2.0 */
#include "store/filter.h"

#include "store/chain.h"
#include "store/fold.h"

#define OR_GROUP 64

static void add(struct filters *filters, const char *sql)
{
	condition_add(filters->condition, sql);
}

/** Appends `format` with the numbers of rows in it. */
static void add_rows(struct filters *filters, const char *format, unsigned a, unsigned b, unsigned c) PRINTF_LIKE(2, 0);
static void add_rows(struct filters *filters, const char *format, unsigned a, unsigned b, unsigned c)
{
	buf_printf(&filters->condition->sql, format, a, b, c);
}

/* ---- the moment ---- */

/** Of what has not changed since, the resource's own row tells. */
static void add_as_of(struct filters *filters, unsigned depth, const char *column)
{
	if (filters->is_now && depth == 0) {
		add(filters, "r0.");
		add(filters, column);
		return;
	}
	if (filters->is_now) {
		buf_printf(&filters->condition->sql, "r%u.%s", depth, column);
		return;
	}
	buf_printf(&filters->condition->sql, "CASE WHEN r%u.change <= ", depth);
	condition_add_int(filters->condition, "?", filters->moment);
	buf_printf(&filters->condition->sql, " THEN r%u.%s ELSE (SELECT %s FROM version WHERE resource = r%u.position", depth,
		   column, column, depth);
	condition_add_int(filters->condition, " AND change <= ? ORDER BY version DESC LIMIT 1) END", filters->moment);
}

void filter_add_change(struct filters *filters, unsigned depth)
{
	add_as_of(filters, depth, "change");
}

void filter_add_updated(struct filters *filters, unsigned depth)
{
	add_as_of(filters, depth, "updated_ms");
}

void filter_add_types(struct filters *filters, const struct filter_level *level)
{
	add(filters, " IN (");
	for (size_t i = 0; i < level->count; i++)
		condition_add_int(filters->condition, i > 0 ? ", ?" : "?", level->types[i]->key);
	add(filters, ")");
}

void filter_add_level(struct filters *filters, const struct filter_level *level, bool is_driven)
{
	/* The unary plus keeps the planner from walking a whole type where a set drives, and from sorting where it can walk. */
	if (is_driven || level->count != 1) {
		add_rows(filters, " AND +r%u.type", level->depth, 0, 0);
		filter_add_types(filters, level);
	}
	if (!is_driven && level->count == 1) {
		add_rows(filters, " AND r%u.type", level->depth, 0, 0);
		condition_add_int(filters->condition, " = ?", level->types[0]->key);
	}
	add(filters, " AND ");
	add_as_of(filters, level->depth, "is_deleted");
	add(filters, " = 0");
}

/* ---- tests ---- */

static bool add_test(struct filters *filters, unsigned depth, const struct clause *clause, struct error *err);

bool filter_add_tests(struct filters *filters, unsigned depth, const struct clause *clauses, size_t count, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		add(filters, " AND ");
		if (!add_test(filters, depth, &clauses[i], err))
			return false;
	}
	return true;
}

/** The alternatives, or-ed; in groups, for the engine takes a chain of them as a tree of that depth. */
static bool add_values(struct filters *filters, const struct clause *clause, struct error *err)
{
	const struct store_filter *filter = clause->filter;

	add(filters, "((");
	for (size_t i = 0; i < filter->value_count; i++) {
		if (i > 0)
			add(filters, i % OR_GROUP ? " OR " : ") OR (");
		add(filters, "(");
		if (!clause->kind->match(filters->condition, filter, &filter->values[i], err))
			return false;
		add(filters, ")");
	}
	add(filters, "))");
	return true;
}

/** A column of the row itself. The time of the version that was current at a moment stands with that version. */
static bool add_row_test(struct filters *filters, unsigned depth, const struct clause *clause, struct error *err)
{
	bool by_version = clause->kind == &kind_updated && !filters->is_now;

	if (!by_version)
		add_rows(filters, "EXISTS (SELECT 1 FROM resource WHERE position = r%u.position AND ", depth, 0, 0);
	if (by_version) {
		add(filters, "EXISTS (SELECT 1 FROM version WHERE change = ");
		filter_add_change(filters, depth);
		add(filters, " AND ");
	}
	if (!add_values(filters, clause, err))
		return false;
	add(filters, ")");
	return true;
}

/** The words are looked up once for the whole search, and each version among what has them. */
static bool add_text_test(struct filters *filters, unsigned depth, const struct clause *clause, struct error *err)
{
	const struct store_filter *filter = clause->filter;

	for (size_t i = 0; i < filter->value_count; i++) {
		add(filters, i > 0 ? " OR " : "(");
		filter_add_change(filters, depth);
		add(filters, " IN (SELECT rowid FROM index_text WHERE ");
		if (!clause->kind->match(filters->condition, filter, &filter->values[i], err))
			return false;
		add(filters, ")");
	}
	add(filters, ")");
	return true;
}

/** Of a version's rows, those of the parameter. */
static void add_param(struct filters *filters, const struct index_kind *kind, int64_t scope)
{
	buf_printf(&filters->condition->sql, " AND %sparam = ", kind_plus(kind));
	condition_add_int(filters->condition, "? AND ", scope);
}

/** An element whose parts all match: each further part is one of the same version and item. */
static bool add_item_test(struct filters *filters, unsigned depth, const struct clause *clause, const struct store_value *value,
			  struct error *err)
{
	for (size_t i = 0; i < clause->part_count; i++) {
		const struct clause_part *part = &clause->parts[i];
		buf_printf(&filters->condition->sql, "%sEXISTS (SELECT 1 FROM %s p%zu WHERE p%zu.change = ", i ? " AND " : "",
			   part->kind->table, i, i);
		filter_add_change(filters, depth);
		if (i > 0)
			buf_printf(&filters->condition->sql, " AND p%zu.item = p0.item", i);
		add_param(filters, part->kind, part->scope);
		if (!part->kind->match(filters->condition, &part->filter, &value->parts[i], err))
			return false;
	}
	for (size_t i = 0; i < clause->part_count; i++)
		add(filters, ")");
	return true;
}

static bool add_composite_test(struct filters *filters, unsigned depth, const struct clause *clause, struct error *err)
{
	for (size_t i = 0; i < clause->filter->value_count; i++) {
		add(filters, i > 0 ? " OR " : "(");
		if (!add_item_test(filters, depth, clause, &clause->filter->values[i], err))
			return false;
	}
	add(filters, ")");
	return true;
}

/** Of a code that is only a text, and of a reference that is only an identifier or a text, there is a row of that other kind. */
static bool add_missing_test(struct filters *filters, unsigned depth, const struct clause *clause)
{
	static const struct index_kind *const beside[] = { &kind_reference, &kind_token, &kind_string };
	bool has_others = clause->kind == &kind_reference || clause->kind == &kind_token;

	add(filters, clause->wants_missing ? "NOT (1 = 0" : "(1 = 0");
	for (size_t i = 0; i < (has_others ? ARRAY_SIZE(beside) : 1); i++) {
		add(filters, " OR EXISTS (SELECT 1 FROM ");
		add(filters, has_others ? beside[i]->table : clause->kind->table);
		add(filters, " WHERE change = ");
		filter_add_change(filters, depth);
		condition_add_int(filters->condition, " AND param = ?)", clause->scope);
	}
	add(filters, ")");
	return true;
}

static bool add_value_test(struct filters *filters, unsigned depth, const struct clause *clause, struct error *err)
{
	if (clause->is_missing)
		return add_missing_test(filters, depth, clause);
	if (clause->part_count)
		return add_composite_test(filters, depth, clause, err);
	if (clause->kind == &kind_text)
		return add_text_test(filters, depth, clause, err);
	if (clause->is_not)
		add(filters, "NOT ");
	if (!clause->kind->table)
		return add_row_test(filters, depth, clause, err);
	add(filters, "EXISTS (SELECT 1 FROM ");
	add(filters, clause->kind->table);
	add(filters, " WHERE change = ");
	filter_add_change(filters, depth);
	add_param(filters, clause->kind, clause->scope);
	if (!add_values(filters, clause, err))
		return false;
	add(filters, ")");
	return true;
}

static bool add_group_test(struct filters *filters, unsigned depth, const struct clause *clause, struct error *err)
{
	bool any = clause->filter->kind == STORE_FILTER_ANY || clause->filter->kind == STORE_FILTER_NONE;

	add(filters, clause->filter->kind == STORE_FILTER_NONE ? "NOT (" : "(");
	add(filters, any ? "1 = 0" : "1 = 1");
	for (size_t i = 0; i < clause->inner_count; i++) {
		add(filters, any ? " OR " : " AND ");
		if (!add_test(filters, depth, &clause->inner[i], err))
			return false;
	}
	add(filters, ")");
	return true;
}

static bool add_test(struct filters *filters, unsigned depth, const struct clause *clause, struct error *err)
{
	switch (clause->filter->kind) {
	case STORE_FILTER_VALUE:
		return add_value_test(filters, depth, clause, err);
	case STORE_FILTER_CHAIN:
	case STORE_FILTER_HAS:
		return chain_add_test(filters, depth, clause, err);
	default:
		return add_group_test(filters, depth, clause, err);
	}
}

/* ---- sets ---- */

static const struct clause *inner_with_set(const struct filters *filters, const struct clause *clause)
{
	for (size_t i = 0; i < clause->inner_count; i++)
		if (filter_has_set(filters, &clause->inner[i]))
			return &clause->inner[i];
	return NULL;
}

/** Several codes, whose systems the test looks at. */
static bool is_code_list(const struct clause *clause)
{
	const struct store_filter *filter = clause->filter;
	bool is_list = clause->kind == &kind_token && clause->part_count == 0 && !filter->modifier.ptr && filter->value_count > 1;

	for (size_t i = 0; is_list && i < filter->value_count; i++)
		is_list = filter->values[i].text.ptr;
	return is_list;
}

bool filter_has_set(const struct filters *filters, const struct clause *clause)
{
	switch (clause->filter->kind) {
	case STORE_FILTER_VALUE:
		/* Of the times that versions had at an earlier moment there is no index. */
		if (clause->is_not || clause->is_missing || (clause->kind == &kind_updated && !filters->is_now))
			return false;
		return clause->filter->value_count <= FILTER_ALTERNATIVES_MAX || is_code_list(clause);
	case STORE_FILTER_CHAIN:
	case STORE_FILTER_HAS:
	case STORE_FILTER_ALL:
		return inner_with_set(filters, clause) != NULL;
	case STORE_FILTER_ANY:
		for (size_t i = 0; i < clause->inner_count; i++)
			if (!filter_has_set(filters, &clause->inner[i]))
				return false;
		return clause->inner_count > 0;
	default:
		return false;
	}
}

static void add_set_head(struct filters *filters, const struct filter_level *level, const struct clause *clause)
{
	if (clause->kind->table) {
		add(filters, "SELECT resource AS position FROM ");
		add(filters, clause->kind->table);
		condition_add_int(filters->condition, " WHERE param = ? AND ", clause->scope);
		return;
	}
	if (clause->kind == &kind_text) {
		add(filters, "SELECT version.resource AS position FROM index_text CROSS JOIN version"
			     " WHERE version.change = index_text.rowid AND ");
		return;
	}
	add(filters, "SELECT position FROM resource WHERE type");
	filter_add_types(filters, level);
	add(filters, clause->kind == &kind_updated ? " AND is_deleted = 0 AND " : " AND ");
}

static bool add_code_list(struct filters *filters, const struct clause *clause, struct error *err)
{
	const struct store_filter *filter = clause->filter;

	condition_add_int(filters->condition, "SELECT resource AS position FROM index_token WHERE param = ? AND code IN",
			  clause->scope);
	for (size_t i = 0; i < filter->value_count; i++) {
		struct slice code = fold_token(filters->arena, filter->values[i].text);
		if (!code.ptr)
			return error_memory(err);
		condition_add_text(filters->condition, i > 0 ? ", ?" : " (?", code);
	}
	add(filters, ")");
	return true;
}

/** A SELECT for each alternative, so that each goes by the index. */
static bool add_value_set(struct filters *filters, const struct filter_level *level, const struct clause *clause,
			  struct error *err)
{
	const struct store_filter *filter = clause->filter;

	if (is_code_list(clause))
		return add_code_list(filters, clause, err);
	for (size_t i = 0; i < filter->value_count; i++) {
		/* Of a composite the first part is looked up; the test looks at the others. */
		const struct store_filter *first = clause->part_count ? &clause->parts[0].filter : filter;
		const struct store_value *value = clause->part_count ? &filter->values[i].parts[0] : &filter->values[i];
		add(filters, i > 0 ? " UNION ALL " : "");
		add_set_head(filters, level, clause);
		if (!clause->kind->match(filters->condition, first, value, err))
			return false;
	}
	return true;
}

static bool add_any_set(struct filters *filters, const struct filter_level *level, const struct clause *clause, struct error *err)
{
	for (size_t i = 0; i < clause->inner_count; i++) {
		add(filters, i > 0 ? " UNION ALL SELECT position FROM (" : "SELECT position FROM (");
		if (!filter_add_set(filters, level, &clause->inner[i], err))
			return false;
		add(filters, ")");
	}
	return true;
}

bool filter_add_set(struct filters *filters, const struct filter_level *level, const struct clause *clause, struct error *err)
{
	switch (clause->filter->kind) {
	case STORE_FILTER_VALUE:
		return add_value_set(filters, level, clause, err);
	case STORE_FILTER_CHAIN:
	case STORE_FILTER_HAS:
		return chain_add_set(filters, clause, inner_with_set(filters, clause), err);
	case STORE_FILTER_ALL:
		return filter_add_set(filters, level, inner_with_set(filters, clause), err);
	default:
		return add_any_set(filters, level, clause, err);
	}
}
