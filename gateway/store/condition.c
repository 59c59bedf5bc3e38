/* SPDX-License-Identifier: Apache-2.0 */
#include "store/condition.h"

#include <string.h>

#define BINDS_AT_FIRST 64

bool condition_init(struct condition *condition, struct store_conn *conn, struct arena *arena, struct error *err)
{
	*condition = (struct condition){ .conn = conn, .arena = arena };
	buf_init(&condition->sql, CONDITION_SQL_MAX_BYTES);
	condition->capacity = BINDS_AT_FIRST;
	condition->binds = arena_new_array(arena, struct condition_bind, BINDS_AT_FIRST);
	return condition->binds ? true : error_memory(err);
}

void condition_fini(struct condition *condition)
{
	buf_free(&condition->sql);
}

bool condition_set_own(struct condition *condition, struct slice url, struct error *err)
{
	if (url.len == 0)
		return true;
	condition->own = arena_printf(condition->arena, "%.*s/", SLICE_ARG(url));
	return condition->own.ptr || error_memory(err);
}

void condition_reset(struct condition *condition)
{
	buf_reset(&condition->sql);
	condition->count = 0;
}

void condition_add(struct condition *condition, const char *sql)
{
	buf_append(&condition->sql, slice_of(sql));
}

/** When there is no room the condition fails as it is opened. */
static void grow(struct condition *condition)
{
	size_t capacity = 2 * condition->capacity;
	struct condition_bind *binds =
	    capacity <= CONDITION_BINDS_MAX ? arena_new_array(condition->arena, struct condition_bind, capacity) : NULL;

	if (!binds)
		return;
	memcpy(binds, condition->binds, condition->count * sizeof(*binds));
	condition->binds = binds;
	condition->capacity = capacity;
}

static void bind(struct condition *condition, struct condition_bind value)
{
	if (condition->count == condition->capacity)
		grow(condition);
	if (condition->count < condition->capacity)
		condition->binds[condition->count++] = value;
	else
		condition->sql.failed = true;
}

void condition_add_int(struct condition *condition, const char *sql, int64_t value)
{
	condition_add(condition, sql);
	bind(condition, (struct condition_bind){ .number = value });
}

void condition_add_text(struct condition *condition, const char *sql, struct slice value)
{
	condition_add(condition, sql);
	bind(condition, (struct condition_bind){ .is_text = true, .text = value });
}

void condition_add_terms(struct condition *condition, const struct condition_term *terms, const struct condition_bind *bounds)
{
	for (size_t i = 0; i < CONDITION_TERMS_MAX && terms[i].sql; i++) {
		condition_add(condition, terms[i].sql);
		bind(condition, bounds[terms[i].bound]);
	}
}

bool condition_open(struct condition *condition, struct db_query *out, struct error *err)
{
	if (condition->sql.failed) {
		error_set(err, ERROR_LIMIT, "", "the search has too many values");
		return error_hint(err, "ask with fewer alternatives, in several searches");
	}
	if (!db_query_open(condition->conn->db, buf_slice(&condition->sql), out, err))
		return false;
	for (size_t i = 0; i < condition->count; i++) {
		const struct condition_bind *value = &condition->binds[i];
		if (value->is_text)
			db_bind_text(out, value->text);
		if (!value->is_text)
			db_bind_int(out, value->number);
	}
	return true;
}
