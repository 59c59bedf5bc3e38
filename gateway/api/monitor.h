/* SPDX-License-Identifier: Apache-2.0 */
/** monitor: what machines that watch the gateway ask it: /metrics, /health/live, /health/ready. */
#ifndef CANNULA_API_MONITOR_H
#define CANNULA_API_MONITOR_H

#include "api/call.h"

/** Counts a request whose reply has left. */
void monitor_count(struct api *api, const struct net_request *request, const struct net_reply *reply, uint64_t bytes,
		   uint64_t duration_us);

#endif
