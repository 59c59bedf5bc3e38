/* SPDX-License-Identifier: Apache-2.0 */
/** http1_conn: HTTP/1.1 on a connection: one request after the other, pipelined or not. */
#ifndef CANNULA_NET_HTTP1_CONN_H
#define CANNULA_NET_HTTP1_CONN_H

#include "net/http1.h"

struct exchange;

/** What HTTP/1.1 keeps for a connection. */
struct http1_conn {
	struct http1_reader reader;
	struct exchange *exchange; /**< from a complete head to the end of its reply, but while a worker has it */
	uint64_t requests;
	bool closes; /**< after the present reply */
};

#endif
