/* SPDX-License-Identifier: Apache-2.0 */
/**
 * http2_memory: what libnghttp2 allocates. Each of its sessions wants 16 KiB for the frame that is sent next, and between two
 * frames nothing is in them. So the sessions of a loop share one such frame buffer. A session that stopped in the middle of a
 * frame, since its peer does not read, has the buffer's content put aside when another needs it.
 */
#ifndef CANNULA_NET_HTTP2_MEMORY_H
#define CANNULA_NET_HTTP2_MEMORY_H

#include "cannula/base.h"

#include <nghttp2/nghttp2.h>

struct http2_memory;

/** Of a loop. */
struct http2_frame_buffer {
	char *bytes;               /**< NULL: no session was opened yet */
	struct http2_memory *user; /**< who is in the middle of a frame; NULL: nobody */
};

/** Of a session. */
struct http2_memory {
	struct http2_frame_buffer *frame;
	bool is_opening; /**< the session is made now: the buffer is asked for */
	char *aside;     /**< what was in it; NULL: nothing */
};

/** The session must be opened with `out`, and then http2_memory_opened called. */
void http2_memory_open(struct http2_memory *memory, struct http2_frame_buffer *frame, nghttp2_mem *out);
void http2_memory_opened(struct http2_memory *memory);
/** After the session was deleted. */
void http2_memory_close(struct http2_memory *memory);

/** The session is about to send. False: no memory for what another one has in the buffer. */
bool http2_memory_take(struct http2_memory *memory) MUST_USE;
/** It has sent, and may be in the middle of a frame. */
void http2_memory_give(struct http2_memory *memory, bool is_between_frames);

void http2_frame_buffer_free(struct http2_frame_buffer *frame);

#endif
