/* SPDX-License-Identifier: Apache-2.0 */
#include "api/answer.h"

#include "api/outcome.h"
#include "api/pretty.h"

#define ID_DIGITS 20 /* of the largest uint64_t */
#define CORS_EXPOSED SLICE("ETag, Last-Modified, Location, Content-Location, X-Request-Id")

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

static void buf_release(void *pinned)
{
	buf_free(pinned);
}

static void prettify(struct buf *buf)
{
	struct buf pretty;

	buf_init(&pretty, buf->max_bytes);
	pretty_json(&pretty, buf_slice(buf));
	buf_free(buf);
	*buf = pretty;
}

void answer_buf(struct api_call *call, unsigned status, struct buf *buf)
{
	struct buf *pinned = arena_new_of(call->request->arena, struct buf);

	if (call->format.pretty && !buf->failed)
		prettify(buf);
	if (buf->failed || !pinned) {
		struct error err = { 0 };
		error_memory(&err);
		buf_free(buf);
		answer_failure(call, &err);
		return;
	}
	*pinned = *buf;
	*buf = (struct buf){ 0 };
	answer_body(call->reply, status, call->format.content_type, buf_slice(pinned));
	call->reply->release = buf_release;
	call->reply->pinned = pinned;
}

void answer_error(struct api_call *call, unsigned status, const char *code, struct slice text, struct slice diagnostics)
{
	outcome_reply_error(call->request->arena, call->reply, status, code, text, diagnostics);
}

void answer_failure(struct api_call *call, const struct error *err)
{
	outcome_reply_failure(call->request, call->reply, err);
}
