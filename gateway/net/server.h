/* SPDX-License-Identifier: Apache-2.0 */
/** server: what all loops share. Read-only once they run, but for the counters. */
#ifndef CANNULA_NET_SERVER_H
#define CANNULA_NET_SERVER_H

#include "net/address.h"
#include "net/http1.h"
#include "net/pool.h"
#include "net/tls.h"

#include <stdatomic.h>
#include <uv.h>

struct loop;

/** Counted by the loops as things happen, which is seldom compared with requests. */
struct net_counters {
	_Atomic uint64_t accepted, refused, freed, handshakes_full, handshakes_resumed, handshakes_failed;
};

/** What the clients that come by an address have in common. */
struct server_listener {
	struct net_listener options;
	enum tls_asking asks;
	unsigned port; /**< of its first address; 0: a unix socket */
	bool is_local; /**< nobody outside this machine reaches it */
};

struct net_server {
	struct net_options options; /**< its texts are not kept, but for those of listeners */
	struct http1_limits http1_limits;
	struct net_handler handler;
	unsigned loop_count, worker_count;
	struct loop *loops; /**< loop_count of them while net_server_run runs */
	int *sockets;       /**< loop_count × LISTEN_ADDRESSES_MAX descriptors, a loop's together; -1: none */
	unsigned address_count, listener_count;
	struct server_listener listeners[LISTEN_ADDRESSES_MAX]; /**< as net_server_listening counts them */
	unsigned listener_of[LISTEN_ADDRESSES_MAX];             /**< of each address */
	struct sockaddr_storage unix_addresses[LISTEN_ADDRESSES_MAX];
	unsigned unix_count;
	struct tls_context tls; /**< empty when all is plain */
	struct address_counts *addresses;
	struct net_counters counters;
	struct pool *pool;
	atomic_size_t body_bytes; /**< of requests, in all connections */
	uv_loop_t control;        /**< of the thread in net_server_run: signals, stop */
	uv_async_t stop;
	uv_signal_t signals[3];
	struct net_events events;
	bool has_control, is_stopping, has_tls;
	unsigned loops_open;
	atomic_bool stop_asked;
	atomic_uint loops_running;
};

/** For a loop's thread, as its last words. */
void server_loop_ended(struct net_server *server);

#endif
