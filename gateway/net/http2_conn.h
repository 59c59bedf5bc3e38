/* SPDX-License-Identifier: Apache-2.0 */
/**
 * http2_conn: HTTP/2 on a connection (RFC 9113), by libnghttp2: many requests at a time, each with its exchange. nghttp2 checks
 * frames, header compression, the order of streams and what a message must not hold; here stand the limits, the clocks and the
 * way to the program.
 */
#ifndef CANNULA_NET_HTTP2_CONN_H
#define CANNULA_NET_HTTP2_CONN_H

#include "net/http2_guard.h"
#include "net/http2_memory.h"
#include "net/http2_past.h"

#include "cannula/net.h"

struct conn;
struct exchange;

enum http2_stage {
	HTTP2_AT_HEAD,  /**< the header block is partly there */
	HTTP2_AT_BODY,  /**< the end of the request is awaited */
	HTTP2_AT_WORK,  /**< a worker has the exchange */
	HTTP2_AT_REPLY, /**< the reply is with nghttp2 */
	HTTP2_AT_REST,  /**< it left before the request ended; what still comes of that is dropped */
	HTTP2_STAGES,
};

/** A request on its way; lives in the arena of its exchange. */
struct http2_stream {
	struct http2_conn *http2;
	struct exchange *exchange;
	int32_t id;
	enum http2_stage stage;
	bool is_ended; /**< the peer sends no more */
	struct http2_stream *earlier, *later;
	struct net_header *fields; /**< as they arrive */
	size_t field_count, field_room, header_bytes;
	struct slice path, scheme;
	unsigned refused_status; /**< noticed while the head was read; 0: not */
	const char *refused_reason;
	uint64_t touched_ms; /**< when its stage began, or its last CONN_PROGRESS_BYTES moved */
	size_t progress_bytes;
};

struct http2_conn {
	struct conn *conn;
	nghttp2_session *session;
	struct http2_stream *first, *last; /**< of those that are open */
	unsigned staged[HTTP2_STAGES];     /**< how many are at each stage */
	struct http2_heads heads;
	struct http2_past past;
	struct http2_guard guard;
	struct http2_memory memory;
	size_t room; /**< what may be written in this turn */
	uint64_t requests, looked_ms;
	bool has_begun;  /**< the peer's preface is there */
	bool is_flooded; /**< by frames that only make work */
	bool is_broken;  /**< nothing more is read: a connection error */
	enum { HTTP2_STAYS, HTTP2_WARNED, HTTP2_LEFT } leaving;
};

/** Registers what turns frames into requests, and replies into frames. */
void http2_request_callbacks(nghttp2_session_callbacks *callbacks);
void http2_reply_callbacks(nghttp2_session_callbacks *callbacks);

void http2_stream_enter(struct http2_stream *stream, enum http2_stage stage);
/** So many bytes of its body came or went. */
void http2_stream_progress(struct http2_stream *stream, size_t bytes);
/** It is no longer open: gives up its exchange, unless a worker has that. */
void http2_stream_end(struct http2_stream *stream);
/** Answers without the program. */
void http2_stream_refuse(struct http2_stream *stream, unsigned status, struct slice reason);
/** The exchange has its reply: hands it to nghttp2. */
void http2_stream_reply(struct http2_stream *stream);

/** Asks the peer to go elsewhere with what comes next (RFC 9113 section 6.8). */
void http2_leave(struct http2_conn *http2);
/** The peer has seen the warning: what it sends from now on is not read. */
void http2_leave_now(struct http2_conn *http2);

#endif
