/* SPDX-License-Identifier: Apache-2.0 */
/**
 * tls: OpenSSL between a connection's socket and its buffers. Records are read straight from the socket; what is written is
 * gathered in the connection's `out`, so that many records, and the replies to pipelined requests, leave in one system call.
 */
#ifndef CANNULA_NET_TLS_H
#define CANNULA_NET_TLS_H

#include "cannula/net.h"

#include <openssl/ssl.h>

struct conn;
struct protocol;

enum tls_result { TLS_DONE, TLS_AGAIN, TLS_ENDED, TLS_FAILED };

/** TLS 1.2 and 1.3 with forward secrecy only. ERROR_NOT_FOUND, ERROR_ACCESS, ERROR_SYNTAX, ERROR_USAGE (key of another
 * certificate). */
bool tls_context_new(const struct net_options *options, SSL_CTX **out, struct error *err) MUST_USE;

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
