/* SPDX-License-Identifier: Apache-2.0 */
/** pool: threads, numbered from 0, that may block. An exchange goes in from a loop and is handed back to that loop. */
#ifndef CANNULA_NET_POOL_H
#define CANNULA_NET_POOL_H

#include "cannula/net.h"

struct exchange;
struct pool;

/** Starts `workers` threads. */
bool pool_new(unsigned workers, struct pool **out, struct error *err) MUST_USE;
/** First come, first served. There is at most one exchange for each connection or stream, so the queue is bounded by their
 * limits. */
void pool_submit(struct pool *pool, struct exchange *exchange);
/** Fills the pool_ members. */
void pool_figures(struct pool *pool, struct net_figures *out);
/** Waits for what was submitted, ends the threads. NULL is allowed. */
void pool_free(struct pool *pool);

#endif
