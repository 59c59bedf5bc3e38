/* SPDX-License-Identifier: Apache-2.0 */
/**
 * http2_past: what a peer did with its last streams, in two bits each. libnghttp2 forgets a stream that is closed and then
 * ignores what still comes on it, since it may be that only we closed it and the peer could not know. What the peer itself ended
 * or left out is another matter (RFC 9113 sections 5.1 and 5.1.1).
 */
#ifndef CANNULA_NET_HTTP2_PAST_H
#define CANNULA_NET_HTTP2_PAST_H

#include "net/http2_heads.h"

/** How many streams are remembered: those that the peer opened last. */
#define HTTP2_PAST_STREAMS 256u

struct http2_past {
	int32_t newest; /**< the last stream that the peer opened; 0: none */
	bool is_in_block;
	uint32_t opened[HTTP2_PAST_STREAMS / 32], ended[HTTP2_PAST_STREAMS / 32];
};

/** Takes note of a frame that begins, and says what is wrong with it: an error that ends the connection, or NGHTTP2_NO_ERROR,
 * which leaves all else to libnghttp2. */
uint32_t http2_past_note(struct http2_past *past, const struct http2_head *head);

#endif
