/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http2_guard.h"

void http2_guard_init(struct http2_guard *guard, uint64_t max_tokens, uint64_t now_ms)
{
	*guard = (struct http2_guard){ .tokens = max_tokens, .max_tokens = max_tokens, .counted_ms = now_ms };
}

/** WINDOW_UPDATE is not among them: an honest peer sends one for each few kilobytes it read. */
static bool costs_a_token(const nghttp2_frame_hd *frame)
{
	switch (frame->type) {
	case NGHTTP2_DATA:
		return frame->length == 0 && !(frame->flags & NGHTTP2_FLAG_END_STREAM);
	case NGHTTP2_PING:
	case NGHTTP2_SETTINGS:
		return !(frame->flags & NGHTTP2_FLAG_ACK);
	case NGHTTP2_HEADERS:
	case NGHTTP2_WINDOW_UPDATE:
		return false;
	default:
		return true;
	}
}

/** Whole tokens only; the rest of the time is kept. */
static void give_back(struct http2_guard *guard, uint64_t now_ms)
{
	uint64_t token_ms = guard->max_tokens >= 10000 ? 1 : 10000 / guard->max_tokens;
	uint64_t tokens = (now_ms - guard->counted_ms) / token_ms;

	guard->counted_ms += tokens * token_ms;
	guard->tokens = guard->max_tokens - guard->tokens < tokens ? guard->max_tokens : guard->tokens + tokens;
}

bool http2_guard_admit(struct http2_guard *guard, const nghttp2_frame_hd *frame, uint64_t now_ms)
{
	if (!costs_a_token(frame))
		return true;
	give_back(guard, now_ms);
	if (!guard->tokens)
		return false;
	guard->tokens--;
	return true;
}
