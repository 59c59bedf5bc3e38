/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses share a bucket by chance (1 in 65536, with a secret seed): then they also share a limit, which hurts nobody who stays
 * far below it. In exchange there is no table to lock, to grow or to attack. */
#include "net/address.h"

#include <netinet/in.h>
#include <openssl/rand.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS 65536u

struct address_counts {
	uint64_t seed, max_in_all, max_per_address;
	atomic_uint_fast64_t in_all;
	atomic_uint counts[BUCKETS];
};

bool address_is_local(const struct sockaddr_storage *address)
{
	if (address->ss_family == AF_INET)
		return ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr) >> 24 == 127;
	if (address->ss_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)address)->sin6_addr);
	return address->ss_family == AF_UNIX;
}

struct address_counts *address_counts_new(uint64_t max_in_all, uint64_t max_per_address)
{
	struct address_counts *counts = calloc(1, sizeof(*counts));

	if (!counts)
		return NULL;
	counts->max_in_all = max_in_all;
	counts->max_per_address = max_per_address;
	if (RAND_bytes((unsigned char *)&counts->seed, sizeof(counts->seed)) == 1)
		return counts;
	free(counts);
	return NULL;
}

void address_counts_free(struct address_counts *counts)
{
	free(counts);
}

/** The finalizer of splitmix64: every bit of the input moves every bit of the output. */
static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

unsigned address_bucket(const struct address_counts *counts, const struct sockaddr_storage *peer)
{
	uint64_t key = 0;

	if (peer->ss_family == AF_INET)
		key = ((const struct sockaddr_in *)peer)->sin_addr.s_addr;
	else if (peer->ss_family == AF_INET6)
		memcpy(&key, &((const struct sockaddr_in6 *)peer)->sin6_addr, sizeof(key));
	return (unsigned)(mix(mix(key ^ counts->seed) + counts->seed) % BUCKETS);
}

enum address_verdict address_enter(struct address_counts *counts, unsigned bucket)
{
	if (atomic_fetch_add(&counts->in_all, 1) >= counts->max_in_all) {
		atomic_fetch_sub(&counts->in_all, 1);
		return ADDRESS_TOO_MANY_IN_ALL;
	}
	if (atomic_fetch_add(&counts->counts[bucket], 1) >= counts->max_per_address) {
		address_leave(counts, bucket);
		return ADDRESS_TOO_MANY;
	}
	return ADDRESS_ADMITTED;
}

void address_leave(struct address_counts *counts, unsigned bucket)
{
	atomic_fetch_sub(&counts->in_all, 1);
	atomic_fetch_sub(&counts->counts[bucket], 1);
}
