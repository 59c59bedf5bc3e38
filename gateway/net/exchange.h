/* SPDX-License-Identifier: Apache-2.0 */
/**
 * exchange: one request and its reply, whichever protocol carries them. It lives in its own arena and belongs to its loop, but
 * while a worker answers it. Its connection outlives it.
 */
#ifndef CANNULA_NET_EXCHANGE_H
#define CANNULA_NET_EXCHANGE_H

#include "cannula/net.h"

struct conn;
struct loop;
struct http2_stream;

struct exchange {
	struct net_request request;
	struct net_reply reply;
	struct conn *conn;
	struct loop *loop;
	struct http2_stream *stream; /**< HTTP/2: where the reply goes; NULL: nowhere, the stream is gone */
	struct exchange *next;       /**< in the pool's queue, or on the way back */
	struct buf body;             /**< of the request, as it arrives */
	uint64_t start_us;
	size_t reply_sent;   /**< of the reply's body */
	uint64_t bytes_sent; /**< head and body, before TLS */
};

/** A new exchange on that connection. NULL: no memory. */
struct exchange *exchange_new(struct conn *conn) MUST_USE;
/** Nothing was asked after all: gives the memory back and tells nobody. */
void exchange_drop(struct exchange *exchange);
/** Has the program answer. True: the reply is there. False: a worker does it, and protocol->replied follows. */
bool exchange_dispatch(struct exchange *exchange) MUST_USE;
/** The request cannot be answered as asked: the reply says why. */
void exchange_refuse(struct exchange *exchange, unsigned status, struct slice reason);
/** The reply left, or never will: releases what it pinned, tells the program, frees. */
void exchange_finish(struct exchange *exchange);

/** The body as it will be sent: none for HEAD, 204 and 304 (RFC 9110 section 6.4.1). */
struct slice exchange_reply_body(const struct exchange *exchange);

#endif
