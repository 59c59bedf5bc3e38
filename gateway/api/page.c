/* SPDX-License-Identifier: Apache-2.0 */
/* What is answered from memory alone: the page for people, health, the capability statement. */
#include "api/answer.h"
#include "api/render.h"

bool api_home(struct api_call *call)
{
	net_reply_header(call->reply, "Content-Security-Policy", SLICE("default-src 'none'; style-src 'unsafe-inline'"));
	answer_body(call->reply, 200, SLICE("text/html; charset=utf-8"), call->api->home);
	return true;
}

bool api_health(struct api_call *call)
{
	bool ok = atomic_load(&call->api->store_answers);
	struct slice body = arena_printf(
	    call->request->arena, "{\"status\":\"%s\",\"version\":\"%s\",\"store\":{\"status\":\"%s\",\"sequence\":%llu}}\n",
	    ok ? "pass" : "fail", PACKAGE_VERSION, ok ? "pass" : "fail", (unsigned long long)atomic_load(&call->api->sequence));

	net_reply_header(call->reply, "Cache-Control", SLICE("no-store"));
	answer_body(call->reply, ok ? 200 : 503, SLICE("application/json"), body.ptr ? body : SLICE("{}\n"));
	return true;
}

void api_capabilities(struct api_call *call)
{
	const struct query_parameter *mode = query_find(&call->query, SLICE("mode"));
	bool is_terminology = mode && slice_equal(mode->value, SLICE("terminology"));
	const struct capability *statements = is_terminology ? call->api->terminologies : call->api->capabilities[api_mode(call)];
	struct buf body;

	buf_init(&body, api_answer_max_bytes(call->api));
	capability_write(&body, &statements[call->route.version], api_base_url(call));
	net_reply_header(call->reply, "Vary", SLICE("Accept"));
	answer_buf(call, 200, &body);
}

/** Other forms than the one it is kept in are work for a pool thread. */
bool api_capabilities_hot(struct api_call *call)
{
	if (!render_is_plain(call))
		return false;
	api_capabilities(call);
	return true;
}
