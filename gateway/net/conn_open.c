/* SPDX-License-Identifier: Apache-2.0 */
/* From a socket to a connection. */
#include "net/conn.h"

#include "net/tls.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

static void write_peer(struct conn *conn, const struct sockaddr_storage *peer)
{
	char host[INET6_ADDRSTRLEN] = "";

	if (peer->ss_family == AF_UNIX) {
		conn->peer = SLICE("unix");
		return;
	}
	bool is_v6 = peer->ss_family == AF_INET6;
	const void *address = is_v6 ? (const void *)&((const struct sockaddr_in6 *)peer)->sin6_addr
				    : (const void *)&((const struct sockaddr_in *)peer)->sin_addr;
	unsigned port =
	    ntohs(is_v6 ? ((const struct sockaddr_in6 *)peer)->sin6_port : ((const struct sockaddr_in *)peer)->sin_port);

	inet_ntop(peer->ss_family, address, host, sizeof(host));
	int length = snprintf(conn->peer_text, sizeof(conn->peer_text), is_v6 ? "[%s]:%u" : "%s:%u", host, port);
	conn->peer = (struct slice){ conn->peer_text, (size_t)length };
}

/** The connection's own record is the one long-lived thing here that needs malloc: a block of an arena would be ten times its
 * size. */
static struct conn *conn_new(struct loop *loop, int fd, const struct sockaddr_storage *peer,
			     const struct server_listener *listener, unsigned bucket)
{
	struct conn *conn = calloc(1, sizeof(*conn));

	if (!conn)
		return NULL;
	conn->loop = loop;
	conn->fd = fd;
	conn->listener = listener;
	conn->bucket = bucket;
	conn->is_local = address_is_local(peer);
	conn->wait = WAIT_HANDSHAKE;
	write_peer(conn, peer);
	return conn;
}

static struct conn *admit(struct loop *loop, int fd, const struct sockaddr_storage *peer, const struct server_listener *listener)
{
	struct address_counts *addresses = loop->server->addresses;
	unsigned bucket = address_bucket(addresses, peer);

	if (address_enter(addresses, bucket) != ADDRESS_ADMITTED)
		return NULL;
	struct conn *conn = conn_new(loop, fd, peer, listener, bucket);
	if (conn && (listener->options.plain || tls_open(conn)) && uv_poll_init_socket(&loop->uv, &conn->poll, fd) == 0) {
		conn->poll.data = conn;
		return conn;
	}
	address_leave(addresses, bucket);
	if (conn)
		SSL_free(conn->ssl);
	free(conn);
	return NULL;
}

bool conn_open(struct loop *loop, int fd, const struct sockaddr_storage *peer, const struct server_listener *listener)
{
	struct conn *conn = admit(loop, fd, peer, listener);
	int on = 1;

	if (!conn) {
		atomic_fetch_add_explicit(&loop->server->counters.refused, 1, memory_order_relaxed);
		close(fd);
		return false;
	}
	atomic_fetch_add_explicit(&loop->server->counters.accepted, 1, memory_order_relaxed);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (!conn->ssl) {
		conn->protocol = &http1_protocol;
		conn->protocol->open(conn);
	}
	conn_begin(conn);
	return true;
}
