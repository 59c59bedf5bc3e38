/* SPDX-License-Identifier: Apache-2.0 */
#include "api/answer.h"

#include "api/outcome.h"
#include "api/browse.h"
#include "api/render.h"

#define ID_DIGITS 20 /* of the largest uint64_t */
#define CORS_EXPOSED                                                                                                             \
	SLICE(                                                                                                                   \
	    "ETag, Last-Modified, Location, Content-Location, Link, Allow, Preference-Applied, Retry-After, WWW-Authenticate, "  \
	    "X-Request-Id")

/** By hand: this stands on the path of every request, where printf would be a third of the work. */
static struct slice decimal(struct arena *arena, uint64_t number)
{
	char *text = arena_alloc(arena, ID_DIGITS);
	size_t at = ID_DIGITS;

	if (!text)
		return SLICE_NONE;
	do
		text[--at] = (char)('0' + number % 10);
	while (number /= 10);
	return (struct slice){ text + at, ID_DIGITS - at };
}

void answer_begin(struct api *api, struct arena *arena, uint64_t request_id, struct net_reply *reply)
{
	struct slice id = request_id ? decimal(arena, request_id) : SLICE_NONE;

	if (id.ptr)
		net_reply_header(reply, "X-Request-Id", id);
	net_reply_header(reply, "X-Content-Type-Options", SLICE("nosniff"));
	if (!api->options.allow_origin.len)
		return;
	net_reply_header(reply, "Access-Control-Allow-Origin", api->options.allow_origin);
	net_reply_header(reply, "Access-Control-Expose-Headers", CORS_EXPOSED);
}

void answer_body(struct net_reply *reply, unsigned status, struct slice content_type, struct slice body)
{
	reply->status = status;
	net_reply_header(reply, "Content-Type", content_type);
	reply->body = body;
}

/** A body, and what the reply pinned before: its fields may stand there. */
struct pinned_body {
	struct buf buf;
	void (*release)(void *pinned);
	void *pinned;
};

static void body_release(void *pinned)
{
	struct pinned_body *body = pinned;

	buf_free(&body->buf);
	if (body->release)
		body->release(body->pinned);
}

/** The buffer's bytes as the body, in the form that was asked for; the buffer is taken over. False: it did not fit or cannot be
 * written so. */
static bool body_pin(struct api_call *call, struct buf *buf, struct error *err)
{
	struct pinned_body *body = arena_new_of(call->request->arena, struct pinned_body);
	struct net_reply *reply = call->reply;

	if (!body || !render(call, buf, err) || buf->failed) {
		buf_free(buf);
		return error_memory(err);
	}
	*body = (struct pinned_body){ *buf, reply->release, reply->pinned };
	*buf = (struct buf){ 0 };
	reply->body = buf_slice(&body->buf);
	reply->release = body_release;
	reply->pinned = body;
	if (call->format.form == FORM_PAGE)
		net_reply_header(call->reply, "Content-Security-Policy", BROWSE_POLICY);
	return true;
}

void answer_buf(struct api_call *call, unsigned status, struct buf *buf)
{
	struct error err = { 0 };

	if (!body_pin(call, buf, &err)) {
		answer_failure(call, &err);
		return;
	}
	answer_body(call->reply, status, call->format.content_type, call->reply->body);
}

void answer_tree(struct api_call *call, unsigned status, const struct fhir_node *resource)
{
	struct buf buf;

	buf_init(&buf, api_answer_max_bytes(call->api));
	fhir_json_write(&buf, resource, FHIR_JSON_COMPACT);
	answer_buf(call, status, &buf);
}

void answer_issues(struct api_call *call, unsigned status, const struct issues *issues)
{
	struct fhir_node *outcome = issues_outcome(call->worker->scratch, call->base->schema, issues);
	struct error err = { 0 };

	if (outcome) {
		answer_tree(call, status, outcome);
		return;
	}
	error_memory(&err);
	answer_failure(call, &err);
}

/** An outcome is made as JSON; where another form was asked for and is known already, it takes that. What cannot stays JSON. */
static void outcome_render(struct api_call *call)
{
	struct net_reply plain = *call->reply;
	struct error err = { 0 };
	struct buf buf;

	if (render_is_plain(call) || !call->base)
		return;
	buf_init(&buf, api_answer_max_bytes(call->api));
	buf_append(&buf, plain.body);
	call->reply->header_count--; /* Content-Type is the last one set */
	if (body_pin(call, &buf, &err))
		answer_body(call->reply, plain.status, call->format.content_type, call->reply->body);
	else
		*call->reply = plain;
}

void answer_outcome(struct api_call *call, unsigned status, const struct outcome_issue *issues, size_t count)
{
	outcome_reply(call->request->arena, call->reply, status, issues, count);
	outcome_render(call);
}

void answer_error(struct api_call *call, unsigned status, const char *code, struct slice text, struct slice diagnostics)
{
	outcome_reply_error(call->request->arena, call->reply, status, code, text, diagnostics);
	outcome_render(call);
}

void answer_failure(struct api_call *call, const struct error *err)
{
	outcome_reply_failure(call->request, call->reply, err);
	outcome_render(call);
}
