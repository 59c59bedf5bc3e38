/* SPDX-License-Identifier: Apache-2.0 */
/* read and vread. A current version goes out of the hot cache, pinned; a worker fetches what is not in there. */
#include "api/answer.h"
#include "api/condition.h"
#include "api/render.h"

static struct cache_key key_of(const struct api_call *call)
{
	return (struct cache_key){ call->route.version, call->route.type, call->route.id };
}

static void validators(struct api_call *call, struct slice etag, struct slice last_modified)
{
	net_reply_header(call->reply, "ETag", etag);
	net_reply_header(call->reply, "Last-Modified", last_modified);
	net_reply_header(call->reply, "Cache-Control", SLICE("no-cache"));
	net_reply_header(call->reply, "Vary", SLICE("Accept"));
}

static void answer_changed(struct api_call *call, const struct cache_entry *entry)
{
	answer_error(call, 412, "conflict",
		     arena_printf(call->request->arena, "%.*s/%.*s is at version %llu", SLICE_ARG(call->route.type),
				  SLICE_ARG(call->route.id), (unsigned long long)entry->version),
		     SLICE("If-Match or If-Unmodified-Since asks for another version."));
}

static void answer_projected(struct api_call *call, const struct cache_entry *entry)
{
	struct slice bytes = entry->bytes;
	struct error err = { 0 };
	struct buf body;

	if (!projection_apply(call->worker->scratch, call->base->schema, &call->projection, &bytes, &err)) {
		answer_failure(call, &err);
		return;
	}
	buf_init(&body, api_answer_max_bytes(call->api));
	buf_append(&body, bytes);
	answer_buf(call, 200, &body);
}

/** As they stand, or packed as they were packed before. */
static void answer_bytes(struct api_call *call, const struct cache_entry *entry)
{
	answer_body(call->reply, 200, call->format.content_type, entry->bytes);
	call->reply->packed = cache_entry_packed(entry);
	call->reply->keep_packed = cache_entry_keep_packed;
}

/** Answers with an entry, which the reply pins: the caller's reference is given up. */
static void answer_entry(struct api_call *call, struct cache_entry *entry)
{
	enum condition condition = condition_check(call->request, entry->etag, entry->last_updated_ms);

	call->last_updated_ms = entry->last_updated_ms;
	call->reply->release = cache_entry_release;
	call->reply->pinned = entry;
	validators(call, entry->etag, entry->last_modified);
	if (condition == CONDITION_FAILED)
		answer_changed(call, entry);
	else if (condition == CONDITION_NOT_MODIFIED)
		call->reply->status = 304;
	else if (render_is_plain(call))
		answer_bytes(call, entry);
	else
		answer_projected(call, entry);
}

bool api_read_hot(struct api_call *call)
{
	struct cache_key key = key_of(call);
	struct api *api = call->api;

	if (!render_is_plain(call) || !atomic_load_explicit(&api->store_answers, memory_order_relaxed))
		return false;
	struct cache_entry *entry = cache_find(api->cache, &key, atomic_load_explicit(&api->sequence, memory_order_acquire));
	if (!entry)
		return false;
	answer_entry(call, entry);
	return true;
}

static void answer_unknown(struct api_call *call)
{
	struct arena *arena = call->request->arena;
	struct slice type = call->route.type, base = api_base_url(call);

	answer_error(call, 404, "not-found",
		     arena_printf(arena, "There is no %.*s/%.*s", SLICE_ARG(type), SLICE_ARG(call->route.id)),
		     arena_printf(arena, "GET %.*s/%.*s lists what there is.", SLICE_ARG(base), SLICE_ARG(type)));
}

static void answer_deleted(struct api_call *call, const struct store_resource *resource)
{
	struct arena *arena = call->request->arena;
	char date[TIME_HTTP_SIZE], instant[TIME_INSTANT_SIZE];

	time_format_http(resource->last_updated_ms, date);
	time_format_instant(resource->last_updated_ms, instant);
	struct slice etag = arena_printf(arena, "W/\"%llu\"", (unsigned long long)resource->version);
	struct slice last_modified = arena_copy(arena, slice_of(date));
	if (etag.ptr && last_modified.ptr)
		validators(call, etag, last_modified);
	answer_error(
	    call, 410, "deleted",
	    arena_printf(arena, "%.*s/%.*s was deleted at %s", SLICE_ARG(call->route.type), SLICE_ARG(call->route.id), instant),
	    arena_printf(arena, "Versions before %llu can be read by their version ids.", (unsigned long long)resource->version));
}

/** The entry of what the store gave; NULL after answering when there is no memory. */
static struct cache_entry *entry_of(struct api_call *call, const struct store_resource *resource)
{
	struct cache_key key = key_of(call);
	struct cache_entry *entry = cache_entry_new(&key, resource->version, resource->last_updated_ms, resource->bytes);
	struct error err = { 0 };

	if (!entry) {
		error_memory(&err);
		answer_failure(call, &err);
	}
	return entry;
}

void api_read(struct api_call *call)
{
	struct api *api = call->api;
	struct store_resource resource;
	struct error err = { 0 };
	uint64_t sequence;
	bool found;

	/* The sequence first: what is read after it is at least as new, so an entry is never marked newer than it is. */
	if (!store_sequence(call->worker->conn, &sequence, &err) ||
	    !store_get(call->conn, call->worker->scratch, call->base->store_base, call->route.type, call->route.id, 0, &resource,
		       &found, &err)) {
		answer_failure(call, &err);
		return;
	}
	api_sequence_seen(api, sequence);
	if (!found) {
		answer_unknown(call);
		return;
	}
	if (resource.is_deleted) {
		answer_deleted(call, &resource);
		return;
	}
	struct cache_entry *entry = entry_of(call, &resource);
	if (!entry)
		return;
	cache_put(api->cache, entry, sequence);
	answer_entry(call, entry);
}

/** No such version: says which there are. */
static void answer_unknown_version(struct api_call *call)
{
	struct arena *arena = call->request->arena;
	struct store_resource current;
	struct error err = { 0 };
	bool found;

	if (!store_get(call->conn, call->worker->scratch, call->base->store_base, call->route.type, call->route.id, 0, &current,
		       &found, &err)) {
		answer_failure(call, &err);
		return;
	}
	if (!found) {
		answer_unknown(call);
		return;
	}
	answer_error(call, 404, "not-found",
		     arena_printf(arena, "%.*s/%.*s has no version '%.*s'", SLICE_ARG(call->route.type),
				  SLICE_ARG(call->route.id), SLICE_ARG(call->route.version_id)),
		     arena_printf(arena, "Its versions are 1 to %llu.", (unsigned long long)current.version));
}

void api_vread(struct api_call *call)
{
	struct store_resource resource;
	struct error err = { 0 };
	uint64_t version;
	bool found;

	if (!slice_to_u64(call->route.version_id, INT64_MAX, &version) || version == 0) {
		answer_unknown_version(call);
		return;
	}
	if (!store_get(call->conn, call->worker->scratch, call->base->store_base, call->route.type, call->route.id, version,
		       &resource, &found, &err)) {
		answer_failure(call, &err);
		return;
	}
	if (!found) {
		answer_unknown_version(call);
		return;
	}
	if (resource.is_deleted) {
		answer_deleted(call, &resource);
		return;
	}
	struct cache_entry *entry = entry_of(call, &resource);
	if (entry)
		answer_entry(call, entry);
}
