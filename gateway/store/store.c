/* SPDX-License-Identifier: Apache-2.0 */
#include "cannula/store.h"

#include <stdlib.h>
#include <string.h>

#include "store/conn.h"
#include "store/index.h"
#include "store/layout.h"

static const struct option options[] = {
	{ .name = "path",
	  .kind = OPTION_PATH,
	  .offset = offsetof(struct store_options, path),
	  .sentence = "The data directory; created when missing." },
	{ .name = "busy_timeout",
	  .kind = OPTION_MS,
	  .offset = offsetof(struct store_options, busy_timeout_ms),
	  .sentence = "How long to wait while another process writes.",
	  .default_text = "10 s",
	  .max = 3600000 },
	{ .name = "snapshot",
	  .kind = OPTION_MS,
	  .offset = offsetof(struct store_options, snapshot_ms),
	  .sentence = "How long the pages of a search can go on as of the moment of the first, while others write.",
	  .default_text = "1 h",
	  .max = 7 * 86400000ull },
	{ .name = "full_text",
	  .kind = OPTION_BOOL,
	  .offset = offsetof(struct store_options, full_text),
	  .sentence =
	      "Whether words are indexed, for searches by _text and _content. Without, loading is faster and the store smaller;"
	      " a change indexes all again.",
	  .default_text = "true" },
	{ .name = "cache",
	  .kind = OPTION_BYTES,
	  .offset = offsetof(struct store_options, cache_bytes),
	  .sentence = "Memory for database pages, per connection.",
	  .default_text = "8 MiB",
	  .min = 64 << 10,
	  .max = (uint64_t)16 << 30 },
};

const struct option_table store_option_table = { .options = options,
						 .count = ARRAY_SIZE(options),
						 .size = sizeof(struct store_options) };

/** One connection for the moment: creates the database or updates its layout and its index. */
static bool prepare(struct store *store, struct error *err)
{
	struct store_conn *conn;

	if (!store_conn_open(store, &conn, err))
		return false;
	bool done = layout_update(conn->db, store->path, err) && index_refresh(conn, err);
	store_conn_close(conn);
	return done;
}

static bool make_store(struct store *store, const struct store_options *given, struct error *err)
{
	if (!given->path.ptr || given->path.len == 0) {
		error_set(err, ERROR_USAGE, "store.path", "no data directory is given");
		return error_hint(err, "name one by --data DIR or by store.path in the configuration");
	}
	store->path = strndup(given->path.ptr, given->path.len);
	store->plans_arena = arena_new(STORE_PLANS_MAX_BYTES);
	if (!store->path || !store->plans_arena)
		return error_memory(err);
	store->options = *given;
	store->options.path = slice_of(store->path);
	return file_make_dir(store->path, 0700, err) && prepare(store, err);
}

bool store_open(const struct store_options *given, const struct fhir_schema *const schemas[FHIR_VERSION_COUNT],
		struct store **out, struct error *err)
{
	struct store *store = calloc(1, sizeof(*store));

	if (!store)
		return error_memory(err);
	pthread_mutex_init(&store->writer_lock, NULL);
	pthread_mutex_init(&store->plans_lock, NULL);
	for (size_t i = 0; i < FHIR_VERSION_COUNT; i++)
		store->schemas[i] = schemas[i];
	if (!make_store(store, given, err)) {
		store_close(store);
		return false;
	}
	*out = store;
	return true;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	db_close(store->writer);
	pthread_mutex_destroy(&store->writer_lock);
	pthread_mutex_destroy(&store->plans_lock);
	arena_free(store->plans_arena);
	free(store->path);
	free(store);
}

const struct store_options *store_options_of(const struct store *store)
{
	return &store->options;
}
