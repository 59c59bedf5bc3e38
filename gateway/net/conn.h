/* SPDX-License-Identifier: Apache-2.0 */
/**
 * conn: the life of one connection, whatever protocol it speaks. It moves bytes between the socket (through TLS) and two buffers,
 * keeps deadlines, and closes in good order; a protocol reads the one buffer, writes the other, and says what step the connection
 * is in.
 */
#ifndef CANNULA_NET_CONN_H
#define CANNULA_NET_CONN_H

#include "net/http1_conn.h"
#include "net/http2_conn.h"
#include "net/loop.h"

#include <netinet/in.h>

enum conn_step {
	CONN_HANDSHAKE, /**< TLS */
	CONN_IDLE,      /**< between requests: nothing of the next one is there */
	CONN_HEAD,      /**< a request head is expected, or partly there */
	CONN_BODY,      /**< a request body is partly there */
	CONN_BUSY,      /**< a worker has the request; nothing is read */
	CONN_STREAMS,   /**< workers have all requests; others may come */
	CONN_REST,      /**< all replies are out; the rest of requests that were refused is dropped */
	CONN_WINDOW,    /**< the peer must let more of the replies come */
	CONN_REPLY,     /**< the reply is longer than the peer took so far; nothing is read */
	CONN_LINGER, /**< all was said; what the peer still sends is dropped until it closes, so that it can read our last words
		      */
	CONN_CLOSED,
};

/** How much a connection reads at once, and how much it writes ahead of the peer. */
#define CONN_READ_BYTES 16384u
#define CONN_OUT_BYTES_MAX (64u << 10)
/** Of one buffer: a head that is not complete, and a read; or what is written ahead, a record, and TLS around it. */
#define CONN_BUF_BYTES_MAX(server) ((server)->http1_limits.max_header_bytes + 2 * CONN_READ_BYTES + 2 * CONN_OUT_BYTES_MAX)
/** A deadline starts anew when this much was moved: slower peers are cut. */
#define CONN_PROGRESS_BYTES 16384u

struct conn;

/** A protocol above TLS; tls.c lists their names. All are called on the loop. */
struct protocol {
	void (*open)(struct conn *conn);
	/** Does what can be done: consumes input, writes output while conn_may_write. */
	void (*advance)(struct conn *conn);
	void (*replied)(struct conn *conn, struct exchange *exchange);
	/** The peer was too slow, and has taken all that was said: say so, or conn_leave. */
	void (*expired)(struct conn *conn);
	/** Nothing was asked for a while: does with less memory until it is called next. NULL: it has none to give back. */
	void (*rest)(struct conn *conn);
	/** The server stops: what runs may end. True when nothing runs. */
	bool (*is_idle)(const struct conn *conn);
	/** The connection is gone: give up exchanges that no worker has. */
	void (*closed)(struct conn *conn);
};
extern const struct protocol http1_protocol, http2_protocol;

struct conn {
	uv_poll_t poll;
	struct loop *loop;
	const struct protocol *protocol;
	const struct server_listener *listener;
	SSL *ssl;                      /**< NULL: plain */
	struct net_identity *identity; /**< NULL: no client certificate */
	int fd;
	int events; /**< polled for */
	enum conn_step step;
	bool is_finishing; /**< when all output was sent, say good-bye */
	bool is_fresh;     /**< the deadline starts anew at the end of this turn */
	bool is_waiting;   /**< stands in a list of its loop */
	bool peer_is_done; /**< its end of the socket was read */
	bool is_local;
	bool is_going; /**< conn_go_on will be called */
	bool is_held;  /**< nothing is read until other connections gave up bodies */
	bool handle_is_closed;
	unsigned exchanges_away; /**< workers point here */
	enum loop_wait wait;
	struct conn *earlier, *later;
	struct conn *next_going; /**< in the list of those that conn_go_on is called for */
	uint64_t deadline_ms;
	size_t progress_bytes;
	size_t dropped_bytes; /**< while it lingers */
	struct buf in, out;   /**< lent by the loop while there is something in them */
	size_t in_start, out_start;
	unsigned bucket;
	struct slice peer;
	char peer_text[INET6_ADDRSTRLEN + sizeof("[]:65535")];
	union {
		struct http1_conn http1;
		struct http2_conn *http2;
	} as;
};

/* ---- for the loop ---- */

/** Takes over a socket; false when it was closed instead (too many, no memory). */
bool conn_open(struct loop *loop, int fd, const struct sockaddr_storage *peer, const struct server_listener *listener);
/** The first turn of one that is filled. */
void conn_begin(struct conn *conn);
/** A worker gave an exchange back; conn_go_on must follow, once for all that came together. True when it is not yet expected. */
bool conn_replied(struct conn *conn, struct exchange *exchange) MUST_USE;
void conn_go_on(struct conn *conn);
void conn_expire(struct conn *conn);
void conn_drain(struct conn *conn);
/** Reads on if it was held. */
void conn_let_go(struct conn *conn);
/** At once. */
void conn_close(struct conn *conn);

/* ---- for protocols ---- */

void conn_enter(struct conn *conn, enum conn_step step);
/** What arrived and was not consumed. */
struct slice conn_input(const struct conn *conn);
void conn_consume(struct conn *conn, size_t bytes);
/** How many bytes there is room for ahead of the peer. */
size_t conn_room(const struct conn *conn);
bool conn_may_write(const struct conn *conn);
/** Bytes for the peer: one TLS record for each 16 KiB. False, and the connection is closed, when that is impossible. */
bool conn_write(struct conn *conn, struct slice bytes) MUST_USE;
/** Closes in good order once all is sent; nothing more is read. */
void conn_finish(struct conn *conn);
/** Closes now with TLS's good-bye: for a connection on which nothing runs. */
void conn_leave(struct conn *conn);
/** The bodies of all connections take as much as they may: reads no more until that has changed. True when held. */
bool conn_hold(struct conn *conn);
/** So many bytes came or went: see CONN_PROGRESS_BYTES. */
void conn_progress(struct conn *conn, size_t bytes);

#endif
