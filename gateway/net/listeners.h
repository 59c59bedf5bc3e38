/* SPDX-License-Identifier: Apache-2.0 */
/** listeners: all sockets that a server accepts from: those of its options, or those that systemd hands over (sd_listen_fds(3)).
 */
#ifndef CANNULA_NET_LISTENERS_H
#define CANNULA_NET_LISTENERS_H

#include "net/server.h"

/** Fills server->listeners and server->sockets. ERROR_USAGE: plain HTTP where others can reach it. */
bool listeners_open(struct net_server *server, const struct net_options *options, struct error *err) MUST_USE;
/** What `options` say that the clients of each listener are asked for. */
void listeners_asks(const struct net_server *server, const struct net_options *options,
		    enum tls_asking out[LISTEN_ADDRESSES_MAX]);
/** Closes those that no loop took over, and removes unix sockets. */
void listeners_close(struct net_server *server);

#endif
