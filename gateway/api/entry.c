/* SPDX-License-Identifier: Apache-2.0 */
#include "api/entry.h"

#include <string.h>
#include <time.h>

#include "api/answer.h"
#include "api/dispatch.h"
#include "api/published.h"

/* ---- reading ---- */

static const struct {
	const char *text;
	enum net_method method;
} methods[] = {
	{ "GET", NET_GET }, { "HEAD", NET_HEAD },   { "POST", NET_POST },
	{ "PUT", NET_PUT }, { "PATCH", NET_PATCH }, { "DELETE", NET_DELETE },
};

struct slice entry_place(const struct entries *entries, const struct entry *entry)
{
	return arena_printf(entries->arena, "Bundle.entry[%zu]", (size_t)(entry - entries->items));
}

void entry_refuse(struct entries *entries, struct entry *entry, unsigned status, const char *code, struct slice text)
{
	struct outcome_issue issue = { "error", code, text, entry_place(entries, entry) };
	struct buf buf;

	buf_init(&buf, 1u << 16);
	outcome_write(&buf, &issue, 1);
	entry->is_refused = true;
	entry->status = status;
	entry->body = buf.failed ? SLICE_NONE : arena_copy(entries->arena, buf_slice(&buf));
	buf_free(&buf);
}

static void header_add(struct entry *entry, const char *name, struct slice value)
{
	if (value.len && entry->header_count < ENTRY_HEADERS_MAX)
		entry->headers[entry->header_count++] = (struct net_header){ slice_of(name), value };
}

/** Search criteria may come as a whole URL: what counts stands behind its question mark. */
static struct slice criteria_of(struct slice text)
{
	struct slice rest = text;

	slice_cut(&rest, '?');
	return rest.ptr ? rest : text;
}

/** request.ifModifiedSince is an instant, the header a date of HTTP. Absent when it is no instant. */
static struct slice http_date(struct arena *arena, struct slice instant)
{
	struct tm date = { 0 }, zone = { 0 };
	const char *at = arena_cstr(arena, instant);
	char *out = arena_alloc(arena, TIME_HTTP_SIZE);

	at = at ? strptime(at, "%Y-%m-%dT%H:%M:%S", &date) : NULL;
	if (at && *at == '.')
		at += 1 + strspn(at + 1, "0123456789");
	at = at ? strptime(at, "%z", &zone) : NULL;
	if (!at || *at || !out)
		return SLICE_NONE;
	time_format_http(((int64_t)timegm(&date) - zone.tm_gmtoff) * 1000, out);
	return slice_of(out);
}

static void headers_read(const struct api_call *call, const struct fhir_node *request, struct entry *entry)
{
	struct slice prefer = net_request_header(call->request, "prefer");

	header_add(entry, "If-Match", fhir_node_text(request, SLICE("ifMatch")));
	header_add(entry, "If-None-Match", fhir_node_text(request, SLICE("ifNoneMatch")));
	header_add(entry, "If-Modified-Since",
		   http_date(call->request->arena, fhir_node_text(request, SLICE("ifModifiedSince"))));
	header_add(entry, "If-None-Exist", criteria_of(fhir_node_text(request, SLICE("ifNoneExist"))));
	/* What was written is told by its location unless somebody asks to see it. */
	header_add(entry, "Prefer",
		   negotiate_preference(call->request, "return").ptr
		       ? prefer
		       : arena_printf(call->request->arena, "return=minimal%s%.*s", prefer.len ? ", " : "", SLICE_ARG(prefer)));
}

/** request.url is relative to the base; a whole URL of this base is understood too. */
static void url_read(struct entries *entries, struct slice url, struct entry *entry)
{
	struct slice base = api_base_url(entries->call);

	if (slice_starts(url, base))
		url = slice_from(url, base.len);
	while (slice_starts(url, SLICE("/")))
		url = slice_from(url, 1);
	entry->query = url;
	entry->path = slice_cut(&entry->query, '?');
	if (slice_find(url, SLICE(":")) != SIZE_MAX && slice_find(entry->path, SLICE("://")) != SIZE_MAX)
		entry_refuse(entries, entry, 400, "value", SLICE("request.url is not below this base"));
	else if (entry->path.len == 0 && entry->method == NET_POST)
		entry_refuse(entries, entry, 400, "not-supported", SLICE("A Bundle does not contain Bundles to carry out"));
}

static bool method_read(struct slice text, enum net_method *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++)
		if (slice_equal(text, slice_of(methods[i].text))) {
			*out = methods[i].method;
			return true;
		}
	return false;
}

static void entry_read(struct entries *entries, struct fhir_node *node, struct entry *entry)
{
	const struct fhir_node *request = fhir_node_child(node, SLICE("request"));

	entry->resource = fhir_node_child(node, SLICE("resource"));
	entry->full_url = fhir_node_text(node, SLICE("fullUrl"));
	if (!request || !method_read(fhir_node_text(request, SLICE("method")), &entry->method)) {
		entry_refuse(entries, entry, 400, "required", SLICE("The entry has no request with a method"));
		return;
	}
	headers_read(entries->call, request, entry);
	url_read(entries, fhir_node_text(request, SLICE("url")), entry);
}

/** A resource within an entry becomes a root of its own: what is written must not hang in the Bundle. */
static void resource_detach(struct fhir_node *resource)
{
	fhir_node_remove(resource);
	resource->element = NULL;
}

/** Each warning to the entry that it is about; what is about none of them, to the first. */
static void warnings_take(struct entries *entries, const struct issues *warnings)
{
	for (const struct issue *issue = warnings->first; issue && entries->count; issue = issue->next) {
		static const char start[] = "Bundle.entry[";
		struct slice rest = issue->expression;
		uint64_t number = 0;
		if (slice_starts(rest, slice_of(start)))
			rest = slice_from(rest, sizeof(start) - 1);
		if (!slice_to_u64(slice_cut(&rest, ']'), entries->count - 1, &number))
			number = 0;
		issue_repeat(&entries->items[number].warnings, issue);
	}
}

/** http.html#transaction names no limit; whoever meets one learns it here. */
static bool count_check(struct entries *entries)
{
	const struct api_call *call = entries->call;
	struct arena *arena = call->request->arena;
	uint64_t most = call->api->options.max_bundle_entries;

	if (entries->count <= most)
		return true;
	answer_error(entries->call, 413, "too-long", arena_printf(arena, "The Bundle has %zu entries", entries->count),
		     arena_printf(arena, "At most %llu are taken at once (api.max_bundle_entries): send several Bundles.",
				  (unsigned long long)most));
	return false;
}

bool entries_read(struct entries *entries, struct fhir_node *bundle, const struct issues *warnings)
{
	struct error err = { 0 };
	size_t at = 0;

	entries->count = 0;
	for (struct fhir_node *node = fhir_node_child(bundle, SLICE("entry")); node; node = fhir_node_again(node))
		entries->count++;
	if (!count_check(entries))
		return false;
	entries->items = arena_new_array(entries->arena, struct entry, entries->count + 1);
	if (!entries->items) {
		error_memory(&err);
		answer_failure(entries->call, &err);
		return false;
	}
	for (struct fhir_node *node = fhir_node_child(bundle, SLICE("entry")); node; node = fhir_node_again(node)) {
		struct entry *entry = &entries->items[at++];
		issues_init(&entry->warnings, entries->arena, warnings->max_count);
		entry_read(entries, node, entry);
		if (entry->resource)
			resource_detach(entry->resource);
	}
	warnings_take(entries, warnings);
	return true;
}

/* ---- running ---- */

static struct slice reply_header(const struct net_reply *reply, const char *name)
{
	for (size_t i = 0; i < reply->header_count; i++)
		if (slice_equal_nocase(reply->headers[i].name, slice_of(name)))
			return reply->headers[i].value;
	return SLICE_NONE;
}

/** Keeps what the entry's reply says; everything else about it ends here. */
static void reply_keep(struct entries *entries, struct entry *entry, struct net_reply *reply)
{
	entry->status = reply->status;
	entry->etag = arena_copy(entries->arena, reply_header(reply, "ETag"));
	entry->location = arena_copy(entries->arena, reply_header(reply, "Location"));
	entry->body = reply->body.len ? arena_copy(entries->arena, reply->body) : SLICE_NONE;
	if (reply->body.len && !entry->body.ptr)
		entry_refuse(entries, entry, 503, "too-costly", SLICE("The Bundle's answer does not fit into memory"));
	if (reply->release)
		reply->release(reply->pinned);
}

static void call_run(struct api_call *call)
{
	struct error err = { 0 };

	if (!dispatch_prepare(call))
		return;
	if (!published_connect(call, &err))
		answer_failure(call, &err);
	else if (call->interaction->on_worker)
		call->interaction->on_worker(call);
	else
		call->interaction->on_loop(call);
}

/** The id that a create is to take. */
static struct slice target_id(const struct entry *entry)
{
	struct slice id = entry->target;

	slice_cut(&id, '/');
	return id;
}

void entry_run(struct entries *entries, struct entry *entry)
{
	const struct api_call *outer = entries->call;
	struct api_note note = { .principal = outer->principal };
	struct net_request request = *outer->request;
	struct net_reply reply = { .note = &note };
	struct api_call call = { .api = outer->api,
				 .request = &request,
				 .reply = &reply,
				 .worker = outer->worker,
				 .is_entry = true,
				 .given = entry->resource,
				 .given_warnings = &entry->warnings,
				 .given_id = target_id(entry),
				 .is_in_transaction = entries->is_transaction };

	if (entry->is_refused)
		return;
	arena_reset(entries->work);
	arena_reset(outer->worker->scratch);
	request.arena = entries->work;
	request.method = entry->method;
	request.path =
	    arena_printf(entries->work, "/fhir/%s/%.*s", fhir_version_name(outer->route.version), SLICE_ARG(entry->path));
	request.query = entry->query;
	request.headers = entry->headers;
	request.header_count = entry->header_count;
	request.body = SLICE_NONE;
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++)
		if (methods[i].method == entry->method)
			request.method_text = slice_of(methods[i].text);
	call_run(&call);
	entry->last_updated_ms = call.last_updated_ms;
	reply_keep(entries, entry, &reply);
}

/* ---- the answer ---- */

static void text_add(struct buf *buf, const char *name, struct slice value)
{
	if (!value.len)
		return;
	buf_printf(buf, ",\"%s\":", name);
	fhir_json_write_string(buf, value);
}

/** The body when it is an outcome, which has the warnings in it; else these alone, which are told nowhere otherwise. */
static void outcome_add(struct buf *buf, const struct entries *entries, const struct entry *entry, bool is_outcome)
{
	struct fhir_node *warnings = NULL;

	if (!is_outcome && entry->warnings.count)
		warnings = issues_outcome(entries->arena, entries->call->base->schema, &entry->warnings);
	if (!is_outcome && !warnings)
		return;
	buf_append(buf, SLICE(",\"outcome\":"));
	if (is_outcome)
		buf_append(buf, entry->body);
	else
		fhir_json_write(buf, warnings, FHIR_JSON_COMPACT);
}

void entry_write(struct buf *buf, const struct entries *entries, const struct entry *entry)
{
	char instant[TIME_INSTANT_SIZE];
	bool is_outcome = slice_starts(entry->body, SLICE("{\"resourceType\":\"OperationOutcome\""));
	struct slice base = api_base_url(entries->call);

	buf_append_char(buf, '{');
	if (entry->target.len && entry->status < 300 && entry->method != NET_DELETE)
		buf_printf(buf, "\"fullUrl\":\"%.*s/%.*s\",", SLICE_ARG(base), SLICE_ARG(entry->target));
	if (entry->body.len && !is_outcome) {
		buf_append(buf, SLICE("\"resource\":"));
		buf_append(buf, entry->body);
		buf_append_char(buf, ',');
	}
	buf_printf(buf, "\"response\":{\"status\":\"%u\"", entry->status);
	text_add(buf, "location", entry->location);
	text_add(buf, "etag", entry->etag);
	if (entry->last_updated_ms && entry->status < 300) {
		time_format_instant(entry->last_updated_ms, instant);
		text_add(buf, "lastModified", slice_of(instant));
	}
	outcome_add(buf, entries, entry, is_outcome);
	buf_append(buf, SLICE("}}"));
}
