/* SPDX-License-Identifier: Apache-2.0 */
/**
 * http1: reads HTTP/1.1 requests from bytes that an attacker chose. It knows no socket: whoever holds the bytes feeds it, in
 * pieces of any size, and the answer does not depend on how they were cut.
 *
 * Strict where leniency lets two readers see two requests in the same bytes (RFC 9112 section 11.2): bare LF, obs-fold, white
 * space before a colon, repeated or malformed lengths, lengths beside transfer codings, and bytes that no URI may contain are
 * refused.
 *
 * Source: RFC 9112 (HTTP/1.1), RFC 9110 (HTTP semantics), RFC 3986 (URI).
 */
#ifndef CANNULA_NET_HTTP1_H
#define CANNULA_NET_HTTP1_H

#include "cannula/net.h"

struct http1_limits {
	size_t max_header_bytes; /**< request line and fields; the trailer fields again */
	size_t max_headers;      /**< fields; trailer fields again */
	size_t max_target_bytes;
	uint64_t max_body_bytes; /**< decoded */
};

enum http1_step {
	HTTP1_AT_HEAD,
	HTTP1_AT_LENGTH, /**< in a body of known length */
	HTTP1_AT_CHUNK_SIZE,
	HTTP1_AT_CHUNK_DATA,
	HTTP1_AT_CHUNK_END,
	HTTP1_AT_TRAILERS,
	HTTP1_AT_END,
};

struct http1_reader {
	const struct http1_limits *limits;
	enum http1_step step;
	size_t line_start;   /**< in the head: what stands before it was looked at */
	uint64_t left;       /**< of the body or of the chunk */
	uint64_t body_bytes; /**< decoded so far, or promised by chunk sizes */
	size_t trailer_bytes, trailer_count;
	unsigned minor; /**< HTTP/1.minor */
	bool keep_alive;
	bool expects_continue;
	bool has_body;       /**< Content-Length over 0, or chunked */
	unsigned status;     /**< when refused */
	struct slice reason; /**< when refused: a sentence for people; static */
};

enum http1_progress {
	HTTP1_MORE, /**< call again when there is more input */
	HTTP1_DATA, /**< a piece of the body; call again with the input that follows */
	HTTP1_DONE,
	HTTP1_REFUSED, /**< answer with `status` and close: where the next request starts is not known */
};

void http1_reader_init(struct http1_reader *reader, const struct http1_limits *limits);

/** Reads the head once `input` holds all of it. DONE: `request` is filled but for its body and peer, `*consumed` bytes belong to
 * the head; what `request` points to was copied to `arena`. MORE: call again with the same bytes and some more behind them. */
enum http1_progress http1_read_head(struct http1_reader *reader, struct arena *arena, struct slice input,
				    struct net_request *request, size_t *consumed);

/** Reads on in the body; `input` starts after what was consumed. DATA: `data` is the next piece, inside `input`. Trailer fields
 * are checked and then ignored (RFC 9110 section 6.5.1 allows no other use without knowing their definition). */
enum http1_progress http1_read_body(struct http1_reader *reader, struct slice input, struct slice *data, size_t *consumed);

#endif
