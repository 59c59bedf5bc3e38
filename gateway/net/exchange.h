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
	size_t body_charged;         /**< of what the bodies of all connections may take */
	bool is_packed;              /**< the body waits for a worker to unpack it */
	bool reply_waits;            /**< the reply waits for a worker to pack it */
	unsigned refused_status;     /**< noticed by a worker; 0: not */
	struct slice refused_reason;
	uint64_t start_us;
	size_t reply_sent;   /**< of the reply's body */
	uint64_t bytes_sent; /**< head and body, before TLS */
};

/** A new exchange on that connection. NULL: no memory. */
struct exchange *exchange_new(struct conn *conn) MUST_USE;
/** Nothing was asked after all: gives the memory back and tells nobody. */
void exchange_drop(struct exchange *exchange);
/** The head is there and announces a body. True: it may come. False: the reply is there instead. */
bool exchange_admit(struct exchange *exchange) MUST_USE;
/** Another piece of the request's body; `body` turns failed when it is too long. */
void exchange_take_body(struct exchange *exchange, struct slice piece);
/** Has the program answer. True: the reply is there. False: a worker does it, and protocol->replied follows. */
bool exchange_dispatch(struct exchange *exchange) MUST_USE;
/** A worker gave it back. True: the reply is there. False: it went to a worker again. */
bool exchange_resume(struct exchange *exchange) MUST_USE;
/** On a pool thread: what this exchange waits for. */
void exchange_work(struct exchange *exchange, unsigned worker);
/** Whether the reply depends on Accept-Encoding; says so in its Vary field. */
bool exchange_reply_varies(struct exchange *exchange);
/** The reply goes out packed if its packed form is known. True: it is not, but it is wanted. */
bool exchange_reply_wants_packing(struct exchange *exchange) MUST_USE;
/** The request cannot be answered as asked: the reply says why. */
void exchange_refuse(struct exchange *exchange, unsigned status, struct slice reason);
/** The reply left, or never will: releases what it pinned, tells the program when there was one, frees. */
void exchange_finish(struct exchange *exchange);

/** The body as it will be sent: none for HEAD, 204 and 304 (RFC 9110 section 6.4.1). */
struct slice exchange_reply_body(const struct exchange *exchange);

#endif
