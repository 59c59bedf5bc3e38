/* SPDX-License-Identifier: Apache-2.0 */
/* history of a resource, of a type, of all: pages of versions, newest first. */
#include "api/answer.h"
#include "api/bundle.h"

/** Beside a version's own bytes in its entry. */
#define ENTRY_MARGIN_BYTES 512u

/** What is asked for. */
struct history {
	struct api_call *call;
	uint64_t count;
	bool count_only;
	struct slice since, at, cursor;
	struct store_place place; /**< where the page begins */
};

/* ---- what is asked ---- */

static struct slice value_of(const struct api_call *call, const char *name)
{
	const struct query_parameter *parameter = query_find(&call->query, slice_of(name));

	return parameter ? parameter->value : SLICE_NONE;
}

/** The path and filters: what a cursor belongs to. */
static struct slice identity(const struct history *history)
{
	const struct route *route = &history->call->route;

	return arena_printf(history->call->request->arena, "%s/%.*s/%.*s/_history?_since=%.*s&_at=%.*s",
			    fhir_version_name(route->version), SLICE_ARG(route->type), SLICE_ARG(route->id),
			    SLICE_ARG(history->since), SLICE_ARG(history->at));
}

static bool refuse(struct history *history, struct slice text, struct slice hint)
{
	answer_error(history->call, 400, "value", text, hint);
	return false;
}

static bool count_read(struct history *history)
{
	const struct api_options *options = &history->call->api->options;
	struct slice text = value_of(history->call, "_count");

	history->count = options->page_count;
	if (text.ptr && !slice_to_u64(text, INT32_MAX, &history->count))
		return refuse(history,
			      arena_printf(history->call->request->arena, "_count='%.*s' is not a number", SLICE_ARG(text)),
			      SLICE("_count is how many versions a page has at most."));
	history->count_only = history->count == 0 || history->call->projection.summary == SUMMARY_COUNT;
	if (history->count > options->max_page_count)
		history->count = options->max_page_count;
	return true;
}

static bool read(struct history *history)
{
	struct api_call *call = history->call;

	if (!count_read(history))
		return false;
	history->since = value_of(call, "_since");
	history->at = value_of(call, "_at");
	history->cursor = value_of(call, "_cursor");
	if (!history->cursor.ptr ||
	    cursor_parse(call->request->arena, &call->api->cursor_key, identity(history), history->cursor, &history->place))
		return true;
	return refuse(history, SLICE("_cursor does not belong to this history"),
		      SLICE("Use the next link of a Bundle as it stands; leave _cursor out to start from the newest version."));
}

/* ---- the answer ---- */

static void parameter_add(struct buf *url, const char *name, struct slice value)
{
	if (!value.ptr)
		return;
	buf_printf(url, "&%s=", name);
	query_encode(url, value);
}

static struct slice link_url(const struct history *history, struct slice cursor)
{
	static const char *const carried[] = { "_since", "_at", "_format", "_pretty", "_summary", "_elements" };
	const struct api_call *call = history->call;
	const struct route *route = &call->route;
	struct slice base = api_base_url(call);
	struct buf url;

	buf_init(&url, 4 * QUERY_MAX_BYTES);
	buf_append(&url, base);
	if (route->type.ptr)
		buf_printf(&url, "/%.*s", SLICE_ARG(route->type));
	if (route->id.ptr)
		buf_printf(&url, "/%.*s", SLICE_ARG(route->id));
	buf_printf(&url, "/_history?_count=%llu", (unsigned long long)history->count);
	for (size_t i = 0; i < ARRAY_SIZE(carried); i++)
		parameter_add(&url, carried[i], value_of(call, carried[i]));
	parameter_add(&url, "_cursor", cursor);
	struct slice text = url.failed ? SLICE_NONE : arena_copy(call->request->arena, buf_slice(&url));
	buf_free(&url);
	return text;
}

/** How many versions fit into a Bundle: at least one. */
static size_t page_fit(const struct store_history *page, size_t max_bytes)
{
	size_t bytes = 0, fits = 0;

	while (fits < page->count && (fits == 0 || bytes + page->versions[fits].bytes.len <= max_bytes))
		bytes += page->versions[fits++].bytes.len + ENTRY_MARGIN_BYTES;
	return fits;
}

static struct bundle_head head_of(const struct history *history, const struct store_history *page, size_t fits, bool has_total)
{
	bool has_more = fits && (page->has_more || fits < page->count);
	struct bundle_head head = { .type = "history", .self = link_url(history, history->cursor) };
	struct store_place place = { .position = has_more ? page->positions[fits - 1] : 0 };
	struct slice cursor =
	    has_more ? cursor_format(history->call->request->arena, &history->call->api->cursor_key, identity(history), &place)
		     : SLICE_NONE;

	head.has_total = has_total || (!has_more && !history->cursor.ptr);
	head.total = has_total ? page->total : page->count;
	if (history->cursor.ptr)
		head.first = link_url(history, SLICE_NONE);
	if (cursor.ptr)
		head.next = link_url(history, cursor);
	return head;
}

static bool entries_write(struct api_call *call, const struct store_history *page, size_t fits, struct bundle *bundle,
			  struct error *err)
{
	struct slice base = api_base_url(call);

	for (size_t i = 0; i < fits; i++) {
		struct store_resource version = page->versions[i];
		if (!version.is_deleted &&
		    !projection_apply(call->worker->scratch, call->base->schema, &call->projection, &version.bytes, err))
			return false;
		bundle_version(bundle, base, &version);
	}
	return true;
}

static void answer_page(struct history *history, const struct store_history *page, bool has_total)
{
	struct api_call *call = history->call;
	size_t fits = page_fit(page, call->api->options.max_bundle_bytes);
	struct bundle_head head = head_of(history, page, fits, has_total);
	struct error err = { 0 };
	struct bundle bundle;

	bundle_begin(&bundle, api_answer_max_bytes(call->api), &head);
	if (!entries_write(call, page, fits, &bundle, &err)) {
		buf_free(&bundle.buf);
		answer_failure(call, &err);
		return;
	}
	bundle_end(&bundle);
	net_reply_header(call->reply, "Cache-Control", SLICE("no-cache"));
	net_reply_header(call->reply, "Vary", SLICE("Accept"));
	answer_buf(call, 200, &bundle.buf);
}

/** A resource that never was has no history. */
static bool exists(struct api_call *call)
{
	struct store_resource current;
	struct error err = { 0 };
	bool found;

	if (!call->route.id.ptr)
		return true;
	if (!store_get(call->worker->conn, call->worker->scratch, call->base->store_base, call->route.type, call->route.id, 0,
		       &current, &found, &err)) {
		answer_failure(call, &err);
		return false;
	}
	if (!found)
		answer_error(call, 404, "not-found",
			     arena_printf(call->request->arena, "%.*s/%.*s does not exist", SLICE_ARG(call->route.type),
					  SLICE_ARG(call->route.id)),
			     SLICE("There is no history of what never was."));
	return found;
}

void api_history(struct api_call *call)
{
	struct history history = { .call = call };
	struct error err = { 0 };
	struct store_history page;

	if (!read(&history) || !exists(call))
		return;
	/* Counting all versions of a base costs; those of one resource are few. */
	bool has_total = history.count_only || call->route.id.ptr;
	struct store_history_query query = { .base = call->base->store_base,
					     .type = call->route.type,
					     .id = call->route.id,
					     .since = history.since,
					     .at = history.at,
					     .before = history.place.position,
					     .max_count = history.count_only ? 0 : history.count,
					     .want_total = has_total };
	if (store_history(call->worker->conn, call->worker->scratch, &query, &page, &err))
		answer_page(&history, &page, has_total);
	else
		answer_failure(call, &err);
}
