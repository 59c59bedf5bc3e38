/* SPDX-License-Identifier: Apache-2.0 */
/**
 * tls: OpenSSL between a connection's socket and its buffers. Records are read straight from the socket; what is written is
 * gathered in the connection's `out`, so that many records, and the replies to pipelined requests, leave in one system call.
 */
#ifndef CANNULA_NET_TLS_H
#define CANNULA_NET_TLS_H

#include "net/listen.h"
#include "net/tls_tickets.h"

#include "cannula/net.h"

struct conn;
struct protocol;

enum tls_result { TLS_DONE, TLS_AGAIN, TLS_ENDED, TLS_FAILED };

/** What clients are asked for: the words of client_certificates. */
enum tls_asking { TLS_ASKS_NOTHING, TLS_ASKS, TLS_INSISTS, TLS_ASKINGS };

/** What the connections of a server share. */
struct tls_context {
	bool is_open;
	uv_mutex_t mutex; /**< over what follows */
	SSL_CTX *current;
	enum tls_asking asks[LISTEN_ADDRESSES_MAX];  /**< of each listener */
	uint8_t sessions[TLS_ASKINGS][DIGEST_BYTES]; /**< what a session belongs to that was begun so */
	int64_t not_after_s;
	struct tls_tickets tickets;
};

bool tls_context_init(struct tls_context *tls, const struct net_options *options, struct error *err) MUST_USE;
/** Reads certificates, keys and authorities; new connections use them from now on, and those of each listener are asked what
 * `asks` says. TLS 1.2 and 1.3 with forward secrecy only. What is wrong leaves all as it was: ERROR_NOT_FOUND, ERROR_ACCESS,
 * ERROR_SYNTAX, ERROR_USAGE (key of another certificate). */
bool tls_context_load(struct tls_context *tls, const struct net_options *options,
		      const enum tls_asking asks[LISTEN_ADDRESSES_MAX], struct error *err) MUST_USE;
/** What a word of client_certificates means. */
enum tls_asking tls_asking_of(struct slice word);
void tls_context_fini(struct tls_context *tls);
/** When the first of the certificates to end does, seconds since 1970; 0: there are none. From any thread. */
int64_t tls_context_not_after(struct tls_context *tls);
/** A connection's own, of a client of that listener; NULL: no memory. From any thread. */
SSL *tls_context_open(struct tls_context *tls, unsigned listener) MUST_USE;

/** Once for each process; false: no memory. */
bool tls_prepare(void) MUST_USE;
/** The choice among the protocols that a client offers, as OpenSSL wants it. */
int tls_select_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_length, const unsigned char *in,
			unsigned in_length, void *context);

bool tls_open(struct conn *conn) MUST_USE;
enum tls_result tls_handshake(struct conn *conn);
/** What the handshake agreed on. */
const struct protocol *tls_protocol(const struct conn *conn);
/** At most `max` bytes behind conn->in. */
enum tls_result tls_read(struct conn *conn, size_t max, size_t *got);
/** Into conn->out. */
bool tls_write(struct conn *conn, struct slice bytes) MUST_USE;
/** close_notify, into conn->out. */
bool tls_good_bye(struct conn *conn) MUST_USE;

#endif
