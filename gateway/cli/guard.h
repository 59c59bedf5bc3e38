/* SPDX-License-Identifier: Apache-2.0 */
/* Who may ask the server what: `access`, with a way to the issuer's keys. */
#ifndef CLI_GUARD_H
#define CLI_GUARD_H

#include "cannula/access.h"
#include "cli/config.h"

#include <pthread.h>

struct guard {
	struct access *access;
	struct fetcher *fetcher; /**< NULL: no keys to look up */
	pthread_mutex_t lock;    /**< over the fetcher: while keys are reloaded, the former ones may be looked up too */
	struct fetch_options fetch;
};

/** `config` outlives it. */
bool guard_open(struct guard *guard, const struct config *config, struct error *err) MUST_USE;
void guard_close(struct guard *guard);
/** Refuses to serve everybody everything by accident, at any listener; says it loudly when that is wanted. */
bool guard_check_open(const struct guard *guard, const struct net_server *server, struct error *err) MUST_USE;

#endif
