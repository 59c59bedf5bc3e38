/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/source_metrics.h"

#include "cannula/sync.h"
#include "cli/source_mark.h"

struct writing {
	struct arena *arena;
	struct slice data;
	struct buf *out;
};

/* Names of sources and states are words of letters, digits and hyphens: nothing in a label needs an escape. */

static bool write_fresh(void *context, const struct sync_status *status)
{
	const struct writing *writing = context;

	buf_printf(writing->out, "cannula_sync_fresh{source=\"%.*s\"} %d\n", SLICE_ARG(status->source),
		   slice_equal(status->state, SLICE("fresh")));
	return true;
}

static bool write_since(void *context, const struct sync_status *status)
{
	const struct writing *writing = context;

	buf_printf(writing->out, "cannula_sync_state_since_seconds{source=\"%.*s\",state=\"%.*s\"} %llu\n",
		   SLICE_ARG(status->source), SLICE_ARG(status->state), (unsigned long long)status->since_ms / 1000);
	return true;
}

static bool write_listed(void *context, const struct sync_status *status)
{
	const struct writing *writing = context;

	buf_printf(writing->out, "cannula_sync_listed{source=\"%.*s\"} %llu\n", SLICE_ARG(status->source),
		   (unsigned long long)status->listed);
	return true;
}

static bool write_success(void *context, const struct sync_status *status)
{
	const struct writing *writing = context;
	uint64_t at = source_mark_time(writing->arena, writing->data, status->source);

	if (at)
		buf_printf(writing->out, "cannula_sync_last_success_seconds{source=\"%.*s\"} %llu\n", SLICE_ARG(status->source),
			   (unsigned long long)at);
	return true;
}

static const struct {
	const char *head;
	bool (*write)(void *context, const struct sync_status *status);
} families[] = {
	{ "# HELP cannula_sync_fresh Whether the last run at a payer source found nothing wrong.\n# TYPE cannula_sync_fresh "
	  "gauge\n",
	  write_fresh },
	{ "# HELP cannula_sync_state_since_seconds Since when a source is in its state, since 1970.\n"
	  "# TYPE cannula_sync_state_since_seconds gauge\n",
	  write_since },
	{ "# HELP cannula_sync_listed Policies in a source's last good listing.\n# TYPE cannula_sync_listed gauge\n",
	  write_listed },
	{ "# HELP cannula_sync_last_success_seconds When a run at a source last found nothing wrong, since 1970.\n"
	  "# TYPE cannula_sync_last_success_seconds gauge\n",
	  write_success },
};

void source_metrics_write(void *context, struct store_conn *conn, struct arena *arena, struct buf *out)
{
	const struct slice *data = context;
	struct writing writing = { arena, *data, out };
	struct error err = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(families) && err.code == ERROR_NONE; i++) {
		buf_append(out, slice_of(families[i].head));
		if (!sync_status_each(conn, arena, families[i].write, &writing, &err))
			log_write(LOG_WARN, "the state of sources cannot be read for /metrics: %s", err.message);
	}
}
