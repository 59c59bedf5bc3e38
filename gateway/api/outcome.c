/* SPDX-License-Identifier: Apache-2.0 */
#include "api/outcome.h"

#include "cannula/fhir.h"

#define OUTCOME_MAX_BYTES (256u << 10)

static const struct slice content_type = { "application/fhir+json; charset=utf-8", 36 };

static void issue_write(struct buf *buf, const struct outcome_issue *issue)
{
	buf_printf(buf, "{\"severity\":\"%s\",\"code\":\"%s\",\"details\":{\"text\":", issue->severity, issue->code);
	fhir_json_write_string(buf, issue->text);
	buf_append_char(buf, '}');
	if (issue->diagnostics.len) {
		buf_append(buf, SLICE(",\"diagnostics\":"));
		fhir_json_write_string(buf, issue->diagnostics);
	}
	buf_append_char(buf, '}');
}

void outcome_write(struct buf *buf, const struct outcome_issue *issues, size_t count)
{
	buf_append(buf, SLICE("{\"resourceType\":\"OperationOutcome\",\"issue\":["));
	for (size_t i = 0; i < count; i++) {
		if (i)
			buf_append_char(buf, ',');
		issue_write(buf, &issues[i]);
	}
	buf_append(buf, SLICE("]}"));
}

void outcome_reply(struct arena *arena, struct net_reply *reply, unsigned status, const struct outcome_issue *issues,
		   size_t count)
{
	struct buf buf;

	buf_init(&buf, OUTCOME_MAX_BYTES);
	outcome_write(&buf, issues, count);
	reply->body = buf.failed ? SLICE_NONE : arena_copy(arena, buf_slice(&buf));
	buf_free(&buf);
	if (!reply->body.ptr)
		reply->body =
		    SLICE("{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"severity\":\"error\",\"code\":\"too-long\","
			  "\"details\":{\"text\":\"The request used up its memory\"}}]}");
	reply->status = status;
	net_reply_header(reply, "Content-Type", content_type);
}

void outcome_reply_error(struct arena *arena, struct net_reply *reply, unsigned status, const char *code, struct slice text,
			 struct slice diagnostics)
{
	struct outcome_issue issue = { "error", code, text.ptr ? text : SLICE("The request used up its memory"), diagnostics };

	outcome_reply(arena, reply, status, &issue, 1);
}

/** What kind of answer an error of the store or of the system is. */
static const struct meaning {
	unsigned status;
	const char *code;
	const char *text; /**< NULL: the error's own message, which is about the client's input */
	const char *diagnostics;
} meanings[] = {
	[ERROR_NONE] = { 500, "exception", "The gateway failed and does not know why", NULL },
	[ERROR_USAGE] = { 400, "value", NULL, NULL },
	[ERROR_SYNTAX] = { 400, "value", NULL, NULL },
	[ERROR_UNSUPPORTED] = { 400, "not-supported", NULL, NULL },
	[ERROR_LIMIT] = { 400, "too-costly", NULL, NULL },
	[ERROR_NOT_FOUND] = { 500, "no-store", "The gateway's store is not there", NULL },
	[ERROR_ACCESS] = { 500, "no-store", "The gateway may not read its store", NULL },
	[ERROR_IO] = { 500, "no-store", "The gateway cannot read its store", NULL },
	[ERROR_FULL] = { 507, "no-store", "The gateway's disk is full", NULL },
	[ERROR_BUSY] = { 503, "lock-error", "The store is busy", "Try again in a moment." },
	[ERROR_CORRUPT] = { 500, "no-store", "The gateway's store is damaged", NULL },
	[ERROR_CONFLICT] = { 409, "conflict", NULL, NULL },
	[ERROR_NETWORK] = { 502, "transient", "A connection behind the gateway failed", "Try again in a moment." },
	[ERROR_TIME] = { 503, "too-costly", "The search took longer than it may",
			 "Ask for something narrower, or less at once." },
	[ERROR_MEMORY] = { 503, "too-costly", "The answer does not fit into the memory of one request",
			   "Ask for less at once, for example with a smaller _count." },
};

void outcome_reply_failure(const struct net_request *request, struct net_reply *reply, const struct error *err)
{
	const struct meaning *meaning = &meanings[err->code];
	struct slice text = meaning->text ? slice_of(meaning->text) : arena_copy(request->arena, slice_of(err->message));
	struct slice diagnostics = slice_of(meaning->diagnostics);

	if (meaning->status >= 500)
		log_write(meaning->status == 503 ? LOG_WARN : LOG_ERROR, "request %llu: %s: %s (%s)",
			  (unsigned long long)request->id, err->place, err->message, err->hint);
	if (meaning->status >= 500 && !diagnostics.ptr)
		diagnostics = arena_printf(request->arena, "The operator finds the reason in the log under request %llu.",
					   (unsigned long long)request->id);
	if (!meaning->text && err->hint[0])
		diagnostics = arena_copy(request->arena, slice_of(err->hint));
	if (meaning->status == 503)
		net_reply_header(reply, "Retry-After", SLICE("1"));
	outcome_reply_error(request->arena, reply, meaning->status, meaning->code, text, diagnostics);
}
