/* SPDX-License-Identifier: Apache-2.0 */
/* search-type and search-system: one page of a search as a Bundle. */
#include "api/search.h"

#include "api/answer.h"
#include "api/bundle.h"
#include "api/gate.h"

/** Beside a resource's own bytes in its entry. */
#define ENTRY_MARGIN_BYTES 512u

/** What is to be answered. */
struct answering {
	struct api_call *call;
	struct search *search;
	struct store_page page;
	struct store_included included;
	size_t fits;  /**< of the page's resources: the rest comes on the next page */
	size_t bytes; /**< of those, about */
};

/** The text that a cursor is bound to. */
static struct slice search_identity(const struct api_call *call, const struct search *search)
{
	return arena_printf(call->request->arena, "%s/%.*s?%.*s", fhir_version_name(call->route.version),
			    SLICE_ARG(call->route.type), SLICE_ARG(search->filter_text));
}

/* ---- links ---- */

/** A link to a page of this search; without `cursor`, to the first. */
static struct slice link_url(const struct api_call *call, const struct search *search, struct slice cursor)
{
	struct slice base = api_base_url(call), type = call->route.type;

	return arena_printf(call->request->arena, "%.*s%s%.*s?%.*s%s_count=%llu%s%.*s", SLICE_ARG(base), type.len ? "/" : "",
			    SLICE_ARG(type), SLICE_ARG(search->used_text), search->used_text.len ? "&" : "",
			    (unsigned long long)search->count, cursor.ptr ? "&_cursor=" : "", SLICE_ARG(cursor));
}

static struct slice link_to(const struct answering *answering, struct store_place place, bool is_backwards)
{
	const struct api_call *call = answering->call;
	const struct search *search = answering->search;

	place.is_backwards = is_backwards;
	return link_url(call, search,
			cursor_format(call->request->arena, &call->api->cursor_key, search_identity(call, search), &place));
}

/** How many resources of the page a Bundle can hold: the rest comes on the next page. The first always fits. */
static void page_fit(struct answering *answering, size_t max_bytes)
{
	const struct store_page *page = &answering->page;

	while (answering->fits < page->count) {
		size_t bytes = page->resources[answering->fits].bytes.len + ENTRY_MARGIN_BYTES;
		if (answering->fits && answering->bytes + bytes > max_bytes)
			break;
		answering->bytes += bytes;
		answering->fits++;
	}
}

static struct bundle_head head_of(const struct answering *answering)
{
	const struct search *search = answering->search;
	const struct store_page *page = &answering->page;
	bool has_more = !search->count_only && (page->has_next || answering->fits < page->count);
	struct bundle_head head = { .self = link_url(answering->call, search, search->cursor), .bytes = answering->bytes };

	/* Counting costs; a first page that holds everything is counted already. */
	head.has_total = search->want_total || search->count_only || (!has_more && !search->cursor.ptr);
	head.total = search->want_total || search->count_only ? page->total : page->count;
	if (search->cursor.ptr)
		head.first = link_url(answering->call, search, SLICE_NONE);
	if (has_more && answering->fits)
		head.next = link_to(answering, page->places[answering->fits - 1], false);
	if (page->has_previous && answering->fits)
		head.previous = link_to(answering, page->places[0], true);
	if (has_more || head.previous.ptr)
		head.last = link_to(answering, (struct store_place){ .moment = page->moment }, true);
	return head;
}

/* ---- entries ---- */

static void add_issue(struct search *search, struct outcome_issue issue)
{
	if (search->issue_count < SEARCH_MAX_ISSUES)
		search->issues[search->issue_count++] = issue;
}

static bool entry_write(struct api_call *call, struct bundle *bundle, struct store_resource resource, bool is_match,
			struct error *err)
{
	struct slice base = api_base_url(call);

	if (!projection_apply(call->worker->scratch, call->base->schema, &call->projection, &resource.bytes, err))
		return false;
	if (is_match)
		bundle_match(bundle, base, &resource);
	else
		bundle_include(bundle, base, &resource);
	return true;
}

/** Writes the page's entries; false when a part of a resource cannot be made. */
static bool entries_write(const struct answering *answering, struct bundle *bundle, struct error *err)
{
	struct api_call *call = answering->call;

	for (size_t i = 0; i < answering->fits; i++)
		if (!entry_write(call, bundle, answering->page.resources[i], true, err))
			return false;
	for (size_t i = 0; i < answering->included.count; i++)
		if (!entry_write(call, bundle, answering->included.resources[i], false, err))
			return false;
	return true;
}

/** How the store did it: one line an issue. */
static void explain(const struct answering *answering)
{
	for (size_t i = 0; i < answering->page.plan.count; i++)
		add_issue(answering->search,
			  (struct outcome_issue){ "information", "informational", answering->page.plan.lines[i], SLICE_NONE });
}

/** Said whether or not there was anything to include: that is not for everybody to know either. */
static void tell_left_out(const struct answering *answering)
{
	struct api_call *call = answering->call;
	struct slice types = answering->search->left_out;

	if (types.ptr)
		add_issue(answering->search,
			  (struct outcome_issue){
			      "warning", "suppressed",
			      arena_printf(call->request->arena, "Resources that you may not read are not included: %.*s",
					   SLICE_ARG(types)),
			      SLICE("_include needs the scope system/Type.r of a type, _revinclude system/Type.rs.") });
}

static void answer_page(const struct answering *answering)
{
	struct api_call *call = answering->call;
	struct bundle_head head = head_of(answering);
	struct error err = { 0 };
	struct bundle bundle;

	bundle_begin(&bundle, api_answer_max_bytes(call->api), &head);
	if (!entries_write(answering, &bundle, &err)) {
		buf_free(&bundle.buf);
		answer_failure(call, &err);
		return;
	}
	explain(answering);
	tell_left_out(answering);
	if (answering->search->issue_count)
		bundle_outcome(&bundle, answering->search->issues, answering->search->issue_count);
	bundle_end(&bundle);
	net_reply_header(call->reply, "Cache-Control", SLICE("no-cache"));
	net_reply_header(call->reply, "Vary", SLICE("Accept, Prefer"));
	answer_buf(call, 200, &bundle.buf);
}

/* ---- asking the store ---- */

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

/** The types that may come along, whatever was searched: those that the client may read. */
static struct slice *readable_types(const struct api_call *call, size_t *count)
{
	struct slice *types = arena_new_array(call->request->arena, struct slice, call->base->type_count);

	*count = 0;
	for (size_t i = 0; types && i < call->base->type_count; i++)
		if (gate_allows(call, call->base->types[i].type->name, ACCESS_READ))
			types[(*count)++] = call->base->types[i].type->name;
	return types;
}

static bool include(struct answering *answering, struct error *err)
{
	struct api_call *call = answering->call;
	struct search *search = answering->search;
	struct store_including asked = { .base = call->base->store_base,
					 .own_url = api_base_url(call),
					 .page = &answering->page,
					 .count = answering->fits,
					 .includes = search->includes,
					 .include_count = search->include_count,
					 .max_count = call->api->options.max_included,
					 .max_ms = call->api->options.search_ms };

	if (search->include_count == 0 || answering->fits == 0)
		return true;
	asked.types = readable_types(call, &asked.type_count);
	if (!asked.types)
		return error_memory(err);
	if (!store_include(call->conn, call->worker->scratch, &asked, &answering->included, err))
		return false;
	if (answering->included.is_cut)
		add_issue(search, (struct outcome_issue){
				      "warning", "incomplete",
				      arena_printf(call->request->arena, "More resources would be included: only %zu are",
						   answering->included.count),
				      SLICE("Ask with a smaller _count, or read what is missing by its reference.") });
	return true;
}

static void answer_search_failure(struct api_call *call, const struct error *err)
{
	if (err->code != ERROR_NOT_FOUND) {
		answer_failure(call, err);
		return;
	}
	answer_error(call, 410, "expired", arena_copy(call->request->arena, slice_of(err->message)),
		     SLICE("Start again from the first page: its link has no _cursor."));
}

static void search_answer(struct api_call *call, struct search *search, const struct store_place *place)
{
	struct answering answering = { .call = call, .search = search };
	struct store_query query = {
		.base = call->base->store_base,
		.own_url = api_base_url(call),
		.types = search->types,
		.type_count = search->type_count,
		.filters = search->filters,
		.filter_count = search->filter_count,
		.sort = search->sort,
		.sort_count = search->sort_count,
		.place = *place,
		.max_count = search->count_only ? 1 : search->count,
		.want_total = search->want_total || search->count_only,
		.want_plan = search->want_plan,
		.max_ms = call->api->options.search_ms,
	};
	struct error err = { 0 };

	if (!search_run(call, &query, &answering.page, &err)) {
		answer_search_failure(call, &err);
		return;
	}
	if (!search->count_only)
		page_fit(&answering, call->api->options.max_bundle_bytes);
	if (include(&answering, &err))
		answer_page(&answering);
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
	if (!search_permitted(call, &search))
		return;
	if (search.refused) {
		answer_outcome(call, 400, search.issues, search.issue_count);
		return;
	}
	if (search.cursor.ptr &&
	    !cursor_parse(call->request->arena, &call->api->cursor_key, search_identity(call, &search), search.cursor, &place)) {
		answer_error(
		    call, 400, "value", SLICE("_cursor does not belong to this search"),
		    SLICE("Use the next link of a Bundle as it stands; leave _cursor out to start from the first page."));
		return;
	}
	search_answer(call, &search, &place);
}
