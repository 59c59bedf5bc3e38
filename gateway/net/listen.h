/* SPDX-License-Identifier: Apache-2.0 */
/** listen: from "host:port" to listening sockets. */
#ifndef CANNULA_NET_LISTEN_H
#define CANNULA_NET_LISTEN_H

#include "cannula/base.h"

#include <sys/socket.h>

/** Of all listeners of a server together; a host name may stand for several. */
#define LISTEN_ADDRESSES_MAX 16u

struct listen_addresses {
	struct sockaddr_storage items[8];
	socklen_t lengths[8];
	unsigned count;
};

/** Resolves "host:port", "[v6]:port", ":port" and "*:port" (all addresses), and "unix:/path". ERROR_USAGE when the text is not
 * that; ERROR_NETWORK for unknown names. */
bool listen_resolve(struct slice text, struct listen_addresses *out, struct error *err) MUST_USE;
/** 0 for a unix socket. */
unsigned listen_port(const struct sockaddr_storage *address);
/** Nobody outside this machine reaches any of them. */
bool listen_is_loopback(const struct listen_addresses *addresses);
/** Opens `copies` sockets for each address into `out[copy * stride + address]`, by SO_REUSEPORT, or copies of one for a unix
 * socket; when the port is 0 all get one that each has free. An address family that this machine lacks is left out of
 * `addresses`. ERROR_BUSY when another socket listens there. */
bool listen_open(struct listen_addresses *addresses, unsigned copies, unsigned stride, int *out, struct error *err) MUST_USE;

#endif
