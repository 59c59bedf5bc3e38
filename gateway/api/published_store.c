/* SPDX-License-Identifier: Apache-2.0 */
/* The published definitions are kept in a store of their own beside the data, so that they are read and searched as everything
 * else is. It is made when one of its types is first asked for, and again when what it is made of has changed. */
#include "api/call.h"
#include "api/published.h"
#include "api/validation.h"

#include <string.h>

#define DIRECTORY "published"
#define NOTES SLICE("published")
#define DIGEST SLICE("digest")
#define SCRATCH_BYTES (16u << 20)
#define OLD_MAX 1000u /* looked at in one go */

struct filling {
	struct store_conn *conn;
	struct arena *scratch;
	enum store_base base;
	const struct fhir_schema *schema;
};

/** What an earlier program published goes first, so that nothing stays that this one does not have. */
static bool clear_type(struct filling *filling, const struct served_type *type, struct error *err)
{
	struct store_query query = { .base = filling->base, .type = type->type->name, .max_count = OLD_MAX };
	struct store_page page = { .count = OLD_MAX };
	bool found;

	while (page.count == OLD_MAX) {
		arena_reset(filling->scratch);
		if (!store_search(filling->conn, filling->scratch, &query, &page, err))
			return false;
		for (size_t i = 0; i < page.count; i++)
			if (!store_delete(filling->conn, filling->base, page.resources[i].type, page.resources[i].id, &found,
					  err))
				return false;
	}
	return true;
}

static bool clear(struct filling *filling, const struct served_base *base, struct error *err)
{
	for (size_t i = 0; i < base->type_count; i++)
		if (base->types[i].is_published && !clear_type(filling, &base->types[i], err))
			return false;
	return true;
}

static bool put(void *context, struct fhir_node *resource, struct error *err)
{
	struct filling *filling = context;
	struct store_put_result result;

	arena_reset(filling->scratch);
	if (!fhir_narrative_generate(filling->scratch, filling->schema, resource, err))
		return false;
	return store_put(filling->conn, filling->scratch, filling->base, resource, 0, &result, err);
}

/** A copy goes in: the store stamps what it puts, and threads share the trees. */
static bool put_copy(struct filling *filling, const struct fhir_node *resource, struct error *err)
{
	struct store_put_result result;

	arena_reset(filling->scratch);
	struct fhir_node *copy = fhir_node_copy(filling->scratch, resource, NULL);
	if (!copy)
		return error_memory(err);
	if (!fhir_node_child(copy, SLICE("text")) && !fhir_narrative_generate(filling->scratch, filling->schema, copy, err))
		return false;
	return store_put(filling->conn, filling->scratch, filling->base, copy, 0, &result, err);
}

static bool fill_base(struct filling *filling, const struct served_base *base, const struct published_base *published,
		      struct error *err)
{
	for (size_t i = 0; i < published->count; i++)
		if (!put_copy(filling, published->resources[i], err))
			return false;
	return published_params_each(base, put, filling, err);
}

/* ---- whether it is made ---- */

static bool digest_add(void *context, const char *name, struct slice bytes)
{
	struct buf *names = context;
	uint8_t digest[DIGEST_BYTES];
	char hex[DIGEST_HEX_SIZE];

	digest_sha256(bytes, digest);
	digest_hex(digest, hex);
	buf_printf(names, "%s %s\n", name, hex);
	return true;
}

/** Which types are served, and how many parameters each takes. */
static void digest_add_served(struct buf *names, const struct served_base *base)
{
	for (size_t i = 0; i < base->type_count; i++)
		buf_printf(names, "%s %zu\n", base->type_names[i], base->types[i].param_count);
}

/** Of all that the definitions are made of. */
static bool digest_make(const struct api *api, char out[DIGEST_HEX_SIZE], struct error *err)
{
	static const char *const sources[] = { "extensions/",   "narrative/", "operations/", "r4/operations", "r4/search",
					       "r5/operations", "r5/search",  "search-",     "structures/" };
	uint8_t digest[DIGEST_BYTES];
	struct buf names;

	buf_init(&names, 64u << 10);
	buf_printf(&names, "%s\n", PACKAGE_VERSION);
	for (size_t version = 0; version < FHIR_VERSION_COUNT; version++)
		digest_add_served(&names, &api->bases[version]);
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++)
		asset_each(sources[i], digest_add, &names);
	bool ok = !names.failed || error_memory(err);
	digest_sha256(buf_slice(&names), digest);
	digest_hex(digest, out);
	buf_free(&names);
	return ok;
}

static bool is_made(struct store_conn *conn, struct arena *scratch, const char *digest, bool *out, struct error *err)
{
	struct slice kept;

	if (!store_note_get(conn, scratch, NOTES, DIGEST, &kept, err))
		return false;
	*out = slice_equal(kept, slice_of(digest));
	return true;
}

static bool fill(struct api *api, struct filling *filling, struct error *err)
{
	for (size_t version = 0; version < FHIR_VERSION_COUNT; version++) {
		const struct served_base *base = &api->bases[version];
		filling->base = base->store_base;
		filling->schema = base->schema;
		if (!clear(filling, base, err) || !fill_base(filling, base, &api->published[version], err))
			return false;
	}
	return true;
}

/** Another process may have made it while we waited for the writer's place. */
static bool make(struct api *api, struct store_conn *conn, struct arena *scratch, const char *digest, struct error *err)
{
	struct filling filling = { .conn = conn, .scratch = scratch };
	bool made = false;

	if (!store_begin(conn, err))
		return false;
	bool ok = is_made(conn, scratch, digest, &made, err) &&
		  (made || (fill(api, &filling, err) && store_note_put(conn, NOTES, DIGEST, slice_of(digest), err))) &&
		  store_commit(conn, err);
	if (!ok)
		store_rollback(conn);
	return ok;
}

static bool make_unless_made(struct api *api, struct error *err)
{
	struct arena *scratch = arena_new(SCRATCH_BYTES);
	struct store_conn *conn = NULL;
	char digest[DIGEST_HEX_SIZE];
	bool made = false;

	if (!scratch)
		return error_memory(err);
	bool ok = digest_make(api, digest, err) && store_conn_open(api->published_store, &conn, err) &&
		  is_made(conn, scratch, digest, &made, err) && (made || make(api, conn, scratch, digest, err));
	if (conn)
		store_conn_close(conn);
	arena_free(scratch);
	return ok;
}

/* ---- opening ---- */

static bool store_make(struct api *api, struct error *err)
{
	const struct fhir_schema *schemas[FHIR_VERSION_COUNT];
	struct store_options options = *store_options_of(api->store);
	struct slice path = options.path;
	struct store *store;
	bool ok;

	for (size_t version = 0; version < FHIR_VERSION_COUNT; version++)
		schemas[version] = api->bases[version].schema;
	struct arena *scratch = arena_new(SCRATCH_BYTES);
	options.path = scratch ? arena_printf(scratch, "%.*s/" DIRECTORY, SLICE_ARG(path)) : SLICE_NONE;
	ok = (options.path.ptr || error_memory(err)) && store_open(&options, schemas, &store, err);
	arena_free(scratch);
	if (!ok)
		return false;
	validation_consult(api, store);
	api->published_store = store;
	if (make_unless_made(api, err))
		return true;
	store_close(store);
	api->published_store = NULL;
	return false;
}

bool published_connect(struct api_call *call, struct error *err)
{
	struct api *api = call->api;
	bool ok = true;

	call->conn = call->worker->conn;
	if (!call->type || !call->type->is_published)
		return true;
	pthread_mutex_lock(&api->published_lock);
	if (!api->published_store)
		ok = store_make(api, err);
	if (ok && !call->worker->published_conn)
		ok = store_conn_open(api->published_store, &call->worker->published_conn, err);
	pthread_mutex_unlock(&api->published_lock);
	call->conn = call->worker->published_conn;
	return ok;
}

void published_close(struct api *api)
{
	for (unsigned i = 0; i < api->worker_count; i++)
		if (api->workers[i].published_conn)
			store_conn_close(api->workers[i].published_conn);
	if (api->published_store)
		store_close(api->published_store);
	pthread_mutex_destroy(&api->published_lock);
}
