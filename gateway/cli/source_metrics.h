/* SPDX-License-Identifier: Apache-2.0 */
/* What /metrics tells of payer sources: only `sync` reads their notes, and only the server is asked. */
#ifndef CLI_SOURCE_METRICS_H
#define CLI_SOURCE_METRICS_H

#include "cannula/store.h"

/** Fit for api_more_metrics; `context` is the directory of the store, a struct slice. */
void source_metrics_write(void *context, struct store_conn *conn, struct arena *arena, struct buf *out);

#endif
