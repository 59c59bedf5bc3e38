/* SPDX-License-Identifier: Apache-2.0 */
#include "store/explain.h"

#define LINE_MAX_BYTES 512

bool explain_line(struct arena *arena, struct store_plan *plan, struct error *err, const char *format, ...)
{
	struct slice *lines = (struct slice *)plan->lines;
	char text[LINE_MAX_BYTES];
	va_list args;

	if (!lines && !(lines = arena_new_array(arena, struct slice, EXPLAIN_LINES_MAX)))
		return error_memory(err);
	plan->lines = lines;
	if (plan->count == EXPLAIN_LINES_MAX)
		return true;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	lines[plan->count] = arena_copy(arena, slice_of(text));
	return lines[plan->count++].ptr || error_memory(err);
}

bool explain_engine(struct condition *condition, struct arena *arena, struct store_plan *plan, struct error *err)
{
	struct condition asked = *condition;
	struct db_query query;
	bool has_row = true, done = true;

	/* Rows: id, parent, unused, detail. */
	buf_init(&asked.sql, CONDITION_SQL_MAX_BYTES + 64);
	buf_append(&asked.sql, SLICE("EXPLAIN QUERY PLAN "));
	buf_append(&asked.sql, buf_slice(&condition->sql));
	if (condition_open(&asked, &query, err)) {
		while (done && (done = db_next(&query, &has_row, err)) && has_row)
			done = explain_line(arena, plan, err, "engine: %.*s", SLICE_ARG(db_text(&query, 3)));
		db_query_close(&query);
	} else {
		done = false;
	}
	buf_free(&asked.sql);
	return done;
}
