/* SPDX-License-Identifier: Apache-2.0 */
/** listeners: all sockets that a server accepts from: those of its options, or those that systemd hands over (sd_listen_fds(3)).
 */
#ifndef CANNULA_NET_LISTENERS_H
#define CANNULA_NET_LISTENERS_H

#include "net/server.h"

/** Fills server->listeners and what belongs to it. ERROR_USAGE: plain HTTP where others can reach it. */
bool listeners_open(struct net_server *server, const struct net_options *options, struct error *err) MUST_USE;
/** Closes those that no loop took over, and removes unix sockets. */
void listeners_close(struct net_server *server);

#endif
