/* SPDX-License-Identifier: Apache-2.0 */
#include "api/write.h"

#include "api/answer.h"
#include "api/condition.h"
#include "api/gate.h"
#include "api/lifecycle.h"
#include "api/validation.h"

#define WRITE_MAX_ISSUES 200u

void write_init(struct write *write, struct api_call *call)
{
	*write = (struct write){ .call = call, .arena = call->worker->scratch, .id = call->route.id };
	issues_init(&write->issues, write->arena, WRITE_MAX_ISSUES);
}

bool write_body(struct write *write)
{
	struct body body;

	if (!body_read_as(write->call, write->arena, write->call->route.type, &body))
		return false;
	write->resource = body.resource;
	write->issues = body.issues;
	return true;
}

bool write_validate(struct write *write)
{
	struct api_call *call = write->call;
	struct error err = { 0 };

	if (!validation_run(call->api, call->base->version, write->resource, &write->issues, &err)) {
		answer_failure(call, &err);
		return false;
	}
	if (write->issues.error_count == 0)
		return true;
	answer_issues(call, 422, &write->issues);
	return false;
}

/* ---- the store's transaction ---- */

bool write_begin(struct write *write)
{
	struct error err = { 0 };

	if (write->call->is_in_transaction || store_begin(write->call->worker->conn, &err))
		return true;
	answer_failure(write->call, &err);
	return false;
}

bool write_commit(struct api_call *call)
{
	struct error err = { 0 };
	uint64_t sequence;

	if (call->is_in_transaction)
		return true;
	if (!store_commit(call->worker->conn, &err)) {
		answer_failure(call, &err);
		return false;
	}
	/* Whoever has the answer must not read what was before. When the count cannot be read the watch will tell it. */
	if (store_sequence(call->worker->conn, &sequence, &err))
		api_sequence_seen(call->api, sequence);
	return true;
}

void write_end(struct write *write, bool ok)
{
	if (!ok && !write->call->is_in_transaction)
		store_rollback(write->call->worker->conn);
}

bool write_find(struct write *write)
{
	struct api_call *call = write->call;
	struct error err = { 0 };

	if (store_get(call->worker->conn, write->arena, call->base->store_base, call->route.type, write->id, 0, &write->current,
		      &write->found, &err))
		return true;
	answer_failure(call, &err);
	return false;
}

/* ---- conditions ---- */

static struct slice etag_of(struct arena *arena, uint64_t version)
{
	return arena_printf(arena, "W/\"%llu\"", (unsigned long long)version);
}

static bool refuse_condition(struct write *write)
{
	struct arena *arena = write->call->request->arena;
	bool exists = write->found && !write->current.is_deleted;

	answer_error(write->call, 412, "conflict",
		     exists
			 ? arena_printf(arena, "%.*s/%.*s is at version %llu", SLICE_ARG(write->call->route.type),
					SLICE_ARG(write->id), (unsigned long long)write->current.version)
			 : arena_printf(arena, "There is no %.*s/%.*s", SLICE_ARG(write->call->route.type), SLICE_ARG(write->id)),
		     SLICE("The request's condition (If-Match, If-None-Match, If-Unmodified-Since) speaks of another state: read "
			   "the resource again and decide anew."));
	return false;
}

static bool refuse_unconditional(struct write *write)
{
	answer_error(write->call, 428, "required",
		     arena_printf(write->call->request->arena, "%s needs If-Match here", write->call->interaction->code),
		     SLICE("Send If-Match with the ETag of the version that was read, so that nobody's change is lost."));
	return false;
}

bool write_conditions(struct write *write)
{
	const struct net_request *request = write->call->request;
	bool exists = write->found && !write->current.is_deleted;
	bool has_match = net_request_header(request, "if-match").ptr;

	if (!exists)
		return !has_match || refuse_condition(write);
	if (!has_match && write->call->api->options.require_if_match && write->call->route.id.ptr)
		return refuse_unconditional(write);
	struct slice etag = etag_of(request->arena, write->current.version);
	return condition_check(request, etag, write->current.last_updated_ms) == CONDITION_HOLDS || refuse_condition(write);
}

/* ---- answers ---- */

static bool prefers(const struct api_call *call, const char *what)
{
	return slice_equal_nocase(negotiate_preference(call->request, "return"), slice_of(what));
}

static void location_header(struct write *write, uint64_t version)
{
	struct slice base = api_base_url(write->call);

	net_reply_header(write->call->reply, "Location",
			 arena_printf(write->call->request->arena, "%.*s/%.*s/%.*s/_history/%llu", SLICE_ARG(base),
				      SLICE_ARG(write->call->route.type), SLICE_ARG(write->id), (unsigned long long)version));
}

static void version_headers(struct write *write, uint64_t version, int64_t updated_ms)
{
	struct arena *arena = write->call->request->arena;
	char *date = arena_alloc(arena, TIME_HTTP_SIZE);

	write->call->last_updated_ms = updated_ms;
	net_reply_header(write->call->reply, "ETag", etag_of(arena, version));
	if (!date)
		return;
	time_format_http(updated_ms, date);
	net_reply_header(write->call->reply, "Last-Modified", slice_of(date));
}

static void answer_told(struct write *write, unsigned status, struct slice text)
{
	issue_add(&write->issues, ISSUE_INFORMATION, "informational", SLICE_NONE, 0, 0, "%.*s", SLICE_ARG(text));
	answer_issues(write->call, status, &write->issues);
}

/** A patch comes out as what its client may not have known: who may not read is told that it was done. */
static bool may_see(const struct write *write)
{
	return !(write->put_flags & STORE_PUT_PATCH) || gate_allows(write->call, write->call->route.type, ACCESS_READ);
}

static void answer_written(struct write *write, unsigned status, uint64_t version)
{
	static const char *const words[] = { [0] = "Updated", [1] = "Created" };
	struct api_call *call = write->call;

	if (prefers(call, "minimal") || !may_see(write)) {
		call->reply->status = status;
		return;
	}
	if (!prefers(call, "OperationOutcome")) {
		answer_tree(call, status, write->resource);
		return;
	}
	answer_told(write, status,
		    arena_printf(write->arena, "%s %.*s/%.*s, version %llu", words[status == 201], SLICE_ARG(call->route.type),
				 SLICE_ARG(write->id), (unsigned long long)version));
}

void write_answer_existing(struct write *write)
{
	struct api_call *call = write->call;
	struct buf body;

	version_headers(write, write->current.version, write->current.last_updated_ms);
	location_header(write, write->current.version);
	if (prefers(call, "minimal")) {
		call->reply->status = 200;
		return;
	}
	buf_init(&body, api_answer_max_bytes(call->api));
	buf_append(&body, write->current.bytes);
	answer_buf(call, 200, &body);
}

void write_answer_deleted(struct write *write, uint64_t version, struct slice text)
{
	if (version)
		net_reply_header(write->call->reply, "ETag", etag_of(write->call->request->arena, version));
	write->call->reply->status = 204;
	if (prefers(write->call, "OperationOutcome"))
		answer_told(write, 200, text);
}

/* ---- put ---- */

static bool put(struct write *write)
{
	struct api_call *call = write->call;
	struct error err = { 0 };

	if (!fhir_node_set_value(write->arena, write->resource, SLICE("id"), write->id))
		error_memory(&err);
	else if (store_put(call->worker->conn, write->arena, call->base->store_base, write->resource, write->put_flags,
			   &write->result, &err))
		return true;
	answer_failure(call, &err);
	return false;
}

bool write_store(struct write *write)
{
	if (!lifecycle_check(write) || !put(write) || !write_commit(write->call))
		return false;
	version_headers(write, write->result.version, write->result.last_updated_ms);
	return true;
}

bool write_put(struct write *write)
{
	if (!write_store(write))
		return false;
	location_header(write, write->result.version);
	answer_written(write, write->result.outcome == STORE_CREATED ? 201 : 200, write->result.version);
	return true;
}
