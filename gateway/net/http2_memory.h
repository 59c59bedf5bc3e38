/* SPDX-License-Identifier: Apache-2.0 */
/**
 * http2_memory: what libnghttp2 allocates. Each of its sessions wants 16 KiB for the frame that is sent next, and between two
 * frames nothing is in them. So the sessions of a loop share one such frame buffer. A session that stopped in the middle of a
 * frame, since its peer does not read, has the buffer's content put aside when another needs it.
 */
#ifndef CANNULA_NET_HTTP2_MEMORY_H
#define CANNULA_NET_HTTP2_MEMORY_H

#include "net/http2_region.h"

#include <nghttp2/nghttp2.h>

struct http2_memory;

/** Of a loop; all zero until a session is opened. */
struct http2_shared {
	char *frame;               /**< the frame buffer; NULL: there was no memory */
	struct http2_memory *user; /**< who is in the middle of a frame; NULL: nobody */
	struct http2_packer packer;
};

/** Of a session. */
struct http2_memory {
	struct http2_shared *shared;
	struct http2_region region;
	bool is_opening; /**< the session is made now: the frame buffer is asked for */
	char *aside;     /**< what was in it; NULL: nothing */
};

/** The session must be opened with `out`, and then http2_memory_opened called. */
void http2_memory_open(struct http2_memory *memory, struct http2_shared *shared, nghttp2_mem *out);
void http2_memory_opened(struct http2_memory *memory);
/** After the session was deleted. */
void http2_memory_close(struct http2_memory *memory);

/** The session is about to send. False: no memory for what another one has in the buffer. */
bool http2_memory_take(struct http2_memory *memory) MUST_USE;
/** It has sent, and may be in the middle of a frame. */
void http2_memory_give(struct http2_memory *memory, bool is_between_frames);

/** The session is idle, and will not be looked at before http2_memory_wake. */
void http2_memory_rest(struct http2_memory *memory);
void http2_memory_wake(struct http2_memory *memory);

void http2_shared_free(struct http2_shared *shared);

#endif
