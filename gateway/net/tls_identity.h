/* SPDX-License-Identifier: Apache-2.0 */
/** tls_identity: who a verified client certificate says the client is. */
#ifndef CANNULA_NET_TLS_IDENTITY_H
#define CANNULA_NET_TLS_IDENTITY_H

#include "cannula/net.h"

#include <openssl/ssl.h>

/** In one block, for tls_identity_free. False: no memory, or a certificate that cannot be read. NULL in `*out`: the client has
 * none. */
bool tls_identity_read(SSL *ssl, struct net_identity **out) MUST_USE;
void tls_identity_free(struct net_identity *identity);

#endif
