/* SPDX-License-Identifier: Apache-2.0 */
/**
 * tls_tickets: the keys that session tickets are sealed with (RFC 5077, RFC 8446 section 4.6.1). All loops share them, so any
 * resumes what another began, and nothing is kept for a session. Each key seals for one lifetime and opens for one more; what a
 * key sealed cannot be read once it is gone. They never leave the memory of the process.
 */
#ifndef CANNULA_NET_TLS_TICKETS_H
#define CANNULA_NET_TLS_TICKETS_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#define TICKET_NAME_BYTES 16

struct ticket_key {
	unsigned char name[TICKET_NAME_BYTES], cipher[32], mac[32];
	uint64_t made_ms; /**< 0: none */
};

struct tls_tickets {
	uv_mutex_t mutex;
	bool is_open;
	uint64_t lifetime_ms;
	struct ticket_key keys[2]; /**< the one that seals, the one before */
};

bool tls_tickets_init(struct tls_tickets *tickets, uint64_t lifetime_ms);
void tls_tickets_fini(struct tls_tickets *tickets);
/** Has `context` seal and open with these keys, which outlive it and its connections. */
void tls_tickets_serve(struct tls_tickets *tickets, SSL_CTX *context);

#endif
