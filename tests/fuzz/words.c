/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of _text (first byte odd) or _content: any text is refused, or becomes a query that the engine takes. */
#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

#include "store/kind.h"

#define ARENA_BYTES (4u << 20)
#define INPUT_MAX_BYTES (16u << 10)

/** An index of one row, as the layout makes it. */
static sqlite3_stmt *engine(void)
{
	static sqlite3_stmt *statement;
	sqlite3 *handle;

	if (statement)
		return statement;
	ASSERT(sqlite3_open(":memory:", &handle) == SQLITE_OK);
	ASSERT(sqlite3_exec(handle,
			    "CREATE VIRTUAL TABLE index_text USING fts5(narrative, content, tokenize = 'ascii', columnsize = 0);"
			    "INSERT INTO index_text VALUES ('knee pain', 'hip')",
			    NULL, NULL, NULL) == SQLITE_OK);
	ASSERT(sqlite3_prepare_v2(handle, "SELECT count(*) FROM index_text WHERE index_text MATCH ?", -1, &statement, NULL) ==
	       SQLITE_OK);
	return statement;
}

static void ask(struct slice text)
{
	sqlite3_stmt *statement = engine();

	sqlite3_bind_text(statement, 1, text.ptr, (int)text.len, SQLITE_STATIC);
	ASSERT(sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_int(statement, 0) <= 1);
	sqlite3_reset(statement);
}

static void match_words(struct arena *arena, bool is_narrative, struct slice text)
{
	struct fhir_search_param param = { .code = is_narrative ? SLICE("_text") : SLICE("_content") };
	struct store_filter filter = { .param = &param };
	struct store_value value = { .text = text };
	struct condition condition;
	struct error err = { 0 };

	if (!condition_init(&condition, NULL, arena, &err))
		return;
	if (kind_text.match(&condition, &filter, &value, &err)) {
		ASSERT(condition.count == 1 && condition.binds[0].is_text);
		ask(condition.binds[0].text);
	}
	condition_fini(&condition);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(ARENA_BYTES);

	if (arena && size > 0 && size <= INPUT_MAX_BYTES)
		match_words(arena, data[0] & 1, (struct slice){ (const char *)data + 1, size - 1 });
	arena_free(arena);
	return 0;
}
