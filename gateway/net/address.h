/* SPDX-License-Identifier: Apache-2.0 */
/** address: how many connections there are, in all and from one place. Safe from any thread, without locks. */
#ifndef CANNULA_NET_ADDRESS_H
#define CANNULA_NET_ADDRESS_H

#include "cannula/base.h"

#include <sys/socket.h>

/** On this machine: a loopback address or a unix socket. */
bool address_is_local(const struct sockaddr_storage *address);

struct address_counts;

enum address_verdict { ADDRESS_ADMITTED, ADDRESS_TOO_MANY, ADDRESS_TOO_MANY_IN_ALL };

struct address_counts *address_counts_new(uint64_t max_in_all, uint64_t max_per_address) MUST_USE;
void address_counts_free(struct address_counts *counts);
/** The bucket that counts an IPv4 address or an IPv6 /64 network (one host may have all of it). */
unsigned address_bucket(const struct address_counts *counts, const struct sockaddr_storage *peer);
/** Counts one more unless that is too many; what was admitted is given back by address_leave. */
enum address_verdict address_enter(struct address_counts *counts, unsigned bucket);
void address_leave(struct address_counts *counts, unsigned bucket);

#endif
