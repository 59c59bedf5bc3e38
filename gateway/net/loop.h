/* SPDX-License-Identifier: Apache-2.0 */
/**
 * loop: one thread, its listeners, its connections and their deadlines, and the memory they lend each other. Nothing here is
 * touched by another thread but loop_stop and loop_hand_back.
 */
#ifndef CANNULA_NET_LOOP_H
#define CANNULA_NET_LOOP_H

#include "net/http2_memory.h"
#include "net/server.h"

struct conn;
struct exchange;

/** What a connection waits for; each kind has one length, so a list in order of arrival is in order of deadline. */
enum loop_wait {
	WAIT_HANDSHAKE,
	WAIT_HEADER,
	WAIT_BODY,
	WAIT_LULL, /**< idle, but lately used */
	WAIT_IDLE, /**< idle for longer, with less memory */
	WAIT_WRITE,
	WAIT_LINGER,
	WAIT_FOREVER,
	WAIT_COUNT
};

struct wait_list {
	struct conn *first, *last;
};

#define LOOP_SPARES_MAX 64
/** Of a processor's cache: what two threads write must not lie in one. */
#define LOOP_ALIGNMENT 64

struct loop {
	_Alignas(LOOP_ALIGNMENT) struct net_server *server;
	unsigned number;
	uv_loop_t uv;
	uv_thread_t thread;
	bool has_thread;
	uv_poll_t sockets[LISTEN_ADDRESSES_MAX]; /**< that it accepts from */
	uv_async_t wake;
	uv_timer_t deadline_timer, accept_timer, drain_timer, hold_timer;
	uint64_t armed_for_ms; /**< when deadline_timer fires, while it is active */

	struct wait_list waiting[WAIT_COUNT]; /**< every open connection stands in one */
	uint64_t wait_ms[WAIT_COUNT];
	size_t connections;    /**< open, or not yet freed */
	size_t exchanges_away; /**< in the pool, or on the way back */
	uint64_t requests;

	uv_mutex_t mutex; /**< over the three below */
	struct exchange *handed_back;
	bool stop_asked, stop_now_asked;

	bool is_draining, is_ending;
	struct buf spare_bufs[LOOP_SPARES_MAX];
	struct arena *spare_arenas[LOOP_SPARES_MAX];
	unsigned spare_buf_count, spare_arena_count;
	struct http2_shared http2;
	struct buf scratch; /**< a reply's first record; bytes that nobody wants */
	int64_t date_second;
	char date[TIME_HTTP_SIZE];
};

/** Prepares a loop over listening `sockets`, server->address_count of them, which become its own. */
bool loop_open(struct loop *loop, struct net_server *server, unsigned number, const int *sockets, struct error *err) MUST_USE;
bool loop_start(struct loop *loop, struct error *err) MUST_USE;
/** Asks it to drain, or to close everything now. */
void loop_stop(struct loop *loop, bool now);
/** After loop_stop: waits for its end and frees what it has. */
void loop_join(struct loop *loop);
/** For pool threads: the exchange has its reply. */
void loop_hand_back(struct loop *loop, struct exchange *exchange);
void loop_exchange_leaves(struct loop *loop);

/** (Re)starts the deadline of a connection. */
void loop_wait(struct loop *loop, struct conn *conn, enum loop_wait wait);
void loop_forget(struct loop *loop, struct conn *conn);
/** A connection was freed. */
void loop_conn_freed(struct loop *loop);

/** A connection is held: looks again and again whether it may go on. */
void loop_hold(struct loop *loop);

/** An empty buffer, with room from its last use. */
void loop_lend_buf(struct loop *loop, struct buf *out);
void loop_return_buf(struct loop *loop, struct buf *buf);
struct arena *loop_lend_arena(struct loop *loop) MUST_USE;
void loop_return_arena(struct loop *loop, struct arena *arena);

/** The Date field's value, made once a second. */
struct slice loop_date(struct loop *loop);
uint64_t loop_next_id(struct loop *loop);

#endif
