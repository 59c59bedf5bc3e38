/* SPDX-License-Identifier: Apache-2.0 */
/* search-type: one page of a search as a Bundle. */
#include "api/search.h"

#include "api/answer.h"
#include "api/bundle.h"

/** Beside a resource's own bytes in its entry. */
#define ENTRY_MARGIN_BYTES 512u

/** The text that a cursor is bound to. */
static struct slice search_identity(const struct api_call *call, const struct search *search)
{
	return arena_printf(call->request->arena, "%s/%.*s?%.*s", fhir_version_name(call->route.version),
			    SLICE_ARG(call->route.type), SLICE_ARG(search->filter_text));
}

/** A link to a page of this search; without `cursor`, to the first. */
static struct slice link_url(const struct api_call *call, const struct search *search, struct slice cursor)
{
	struct slice base = api_base_url(call);

	return arena_printf(call->request->arena, "%.*s/%.*s?%.*s%s_count=%llu%s%.*s", SLICE_ARG(base),
			    SLICE_ARG(call->route.type), SLICE_ARG(search->used_text), search->used_text.len ? "&" : "",
			    (unsigned long long)search->count, cursor.ptr ? "&_cursor=" : "", SLICE_ARG(cursor));
}

/** How many resources of the page a Bundle can hold: the rest comes on the next page. The first always fits. */
static size_t page_fit(const struct store_page *page, size_t max_bytes)
{
	size_t bytes = 0, fits = 0;

	while (fits < page->count) {
		bytes += page->resources[fits].bytes.len + ENTRY_MARGIN_BYTES;
		if (fits && bytes > max_bytes)
			break;
		fits++;
	}
	return fits;
}

static struct bundle_head head_of(const struct api_call *call, const struct search *search, const struct store_page *page,
				  size_t fits)
{
	bool has_more = !search->count_only && (page->has_next || fits < page->count);
	struct bundle_head head = { .self = link_url(call, search, search->cursor) };

	/* Counting costs; a first page that holds everything is counted already. */
	head.has_total = search->want_total || search->count_only || (!has_more && !search->cursor.ptr);
	head.total = search->want_total || search->count_only ? page->total : page->count;
	if (search->cursor.ptr)
		head.first = link_url(call, search, SLICE_NONE);
	if (has_more)
		head.next = link_url(call, search,
				     cursor_format(call->request->arena, &call->api->cursor_key, search_identity(call, search),
						   &page->places[fits - 1], 0));
	return head;
}

/** Writes the page's entries; false when a part of a resource cannot be made. */
static bool entries_write(struct api_call *call, const struct store_page *page, size_t fits, struct bundle *bundle,
			  struct error *err)
{
	struct slice base = api_base_url(call);

	for (size_t i = 0; i < fits; i++) {
		struct store_resource resource = page->resources[i];
		if (!projection_apply(call->worker->scratch, call->base->schema, &call->projection, &resource.bytes, err))
			return false;
		bundle_match(bundle, base, &resource);
	}
	return true;
}

static void answer_page(struct api_call *call, const struct search *search, const struct store_page *page)
{
	size_t fits = search->count_only ? 0 : page_fit(page, call->api->options.max_bundle_bytes);
	struct bundle_head head = head_of(call, search, page, fits);
	struct error err = { 0 };
	struct bundle bundle;

	bundle_begin(&bundle, api_answer_max_bytes(call->api), &head);
	if (!entries_write(call, page, fits, &bundle, &err)) {
		buf_free(&bundle.buf);
		answer_failure(call, &err);
		return;
	}
	if (search->issue_count)
		bundle_outcome(&bundle, search->issues, search->issue_count);
	bundle_end(&bundle);
	net_reply_header(call->reply, "Cache-Control", SLICE("no-cache"));
	net_reply_header(call->reply, "Vary", SLICE("Accept, Prefer"));
	answer_buf(call, 200, &bundle.buf);
}

/** A page that does not fit into the worker's memory is asked for again with half the count. */
static bool search_run(struct api_call *call, struct store_query *query, struct store_page *out, struct error *err)
{
	while (!store_search(call->conn, call->worker->scratch, query, out, err)) {
		if (err->code != ERROR_MEMORY || query->max_count <= 1)
			return false;
		query->max_count /= 2;
		arena_reset(call->worker->scratch);
		*err = (struct error){ 0 };
	}
	return true;
}

static void search_answer(struct api_call *call, const struct search *search, const struct store_place *place)
{
	struct store_query query = {
		.base = call->base->store_base,
		.type = call->route.type,
		.filters = search->filters,
		.filter_count = search->filter_count,
		.place = *place,
		.max_count = search->count_only ? 1 : search->count,
		.want_total = search->want_total || search->count_only,
	};
	struct store_page page = { 0 };
	struct error err = { 0 };

	if (search_run(call, &query, &page, &err))
		answer_page(call, search, &page);
	else
		answer_failure(call, &err);
}

void api_search(struct api_call *call)
{
	struct search search;
	struct error err = { 0 };
	struct store_place place = { 0 };

	if (!search_read(call, &search)) {
		error_memory(&err);
		answer_failure(call, &err);
		return;
	}
	if (search.refused) {
		answer_outcome(call, 400, search.issues, search.issue_count);
		return;
	}
	if (search.cursor.ptr && !cursor_parse(call->request->arena, &call->api->cursor_key, search_identity(call, &search),
					       search.cursor, 0, &place)) {
		answer_error(
		    call, 400, "value", SLICE("_cursor does not belong to this search"),
		    SLICE("Use the next link of a Bundle as it stands; leave _cursor out to start from the first page."));
		return;
	}
	search_answer(call, &search, &place);
}
