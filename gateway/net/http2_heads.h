/* SPDX-License-Identifier: Apache-2.0 */
/**
 * http2_heads: the heads of the frames that a peer sends (RFC 9113 section 4.1), however its bytes are cut. libnghttp2 reads the
 * same bytes, but tells of some frames late and of others not at all.
 */
#ifndef CANNULA_NET_HTTP2_HEADS_H
#define CANNULA_NET_HTTP2_HEADS_H

#include "cannula/base.h"

#include <nghttp2/nghttp2.h>

#define HTTP2_FRAME_HEAD 9u
/** What a PRIORITY frame begins with: the stream that its own depends on (RFC 7540 section 6.3). */
#define HTTP2_DEPENDENCY 4u

struct http2_head {
	nghttp2_frame_hd frame;
	int32_t dependency; /**< of PRIORITY; 0: of no stream */
};

struct http2_heads {
	size_t skip; /**< bytes before the next head: of the preface, of a payload */
	uint8_t filled, bytes[HTTP2_FRAME_HEAD + HTTP2_DEPENDENCY];
};

void http2_heads_init(struct http2_heads *heads);
/** Moves `rest` behind the next head. False, and `rest` is empty, when that has not come yet. */
bool http2_heads_next(struct http2_heads *heads, struct slice *rest, struct http2_head *head);

#endif
