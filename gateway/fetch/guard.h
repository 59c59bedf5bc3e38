/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CANNULA_FETCH_GUARD_H
#define CANNULA_FETCH_GUARD_H

#include <stdbool.h>
#include <sys/socket.h>

/** Whether `address` is one that the public Internet routes: not private, loopback, link-local, shared (CGNAT), multicast,
 * reserved or for documentation, also when wrapped in IPv6. Source: the IANA special-purpose address registries (RFC 6890). */
bool guard_address_public(const struct sockaddr *address, socklen_t length);

#endif
