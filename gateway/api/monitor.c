/* SPDX-License-Identifier: Apache-2.0 */
#include "api/monitor.h"

#include <string.h>

#include "api/answer.h"
#include "api/exposition.h"
#include "api/metrics.h"
#include "api/process.h"

#define ROW_OF_NONE (METRICS_ROWS_MAX - 1)
#define CONTENT_TYPE SLICE("text/plain; version=0.0.4; charset=utf-8")
#define METRICS_MAX_BYTES (4u << 20)
#define LABELS_MAX_BYTES 160u
/* What nginx logs when the client went away before there was an answer. */
#define STATUS_GONE 499u

/* ---- counting ---- */

void monitor_count(struct api *api, const struct net_request *request, const struct net_reply *reply, uint64_t bytes,
		   uint64_t duration_us)
{
	const struct api_note *note = reply->note;
	size_t row = note && note->interaction ? (size_t)(note->interaction - api_interactions) : ROW_OF_NONE;

	metrics_count(api->metrics, row, reply->status ? reply->status : STATUS_GONE, duration_us, request->body.len, bytes);
}

/* ---- requests ---- */

static const char *row_code(size_t row)
{
	return row < api_interaction_count ? api_interactions[row].code : "none";
}

static bool is_first_of_its_code(size_t row)
{
	for (size_t i = 0; i < row && i < api_interaction_count; i++)
		if (strcmp(api_interactions[i].code, row_code(row)) == 0)
			return false;
	return row < api_interaction_count || row == ROW_OF_NONE;
}

/** All rows of the code of `row`, of one class of status. */
static uint64_t sum_code(struct metrics *metrics, size_t row, size_t hundred, struct metrics_cell *out)
{
	uint64_t count = 0;

	*out = (struct metrics_cell){ 0 };
	if (row == ROW_OF_NONE)
		metrics_sum(metrics, row, hundred, out);
	for (size_t i = row; i < api_interaction_count; i++)
		if (strcmp(api_interactions[i].code, row_code(row)) == 0)
			metrics_sum(metrics, i, hundred, out);
	for (size_t i = 0; i < METRICS_BUCKETS; i++)
		count += out->buckets[i];
	return count;
}

/** Writes the samples of a family for one interaction and class of status. */
typedef void write_cell(struct buf *buf, const char *labels, const struct metrics_cell *cell, uint64_t count);

static void write_family(struct api *api, struct buf *buf, write_cell *write)
{
	struct metrics_cell cell;
	char labels[LABELS_MAX_BYTES];

	for (size_t row = 0; row < METRICS_ROWS_MAX; row++) {
		if (!is_first_of_its_code(row))
			continue;
		for (size_t hundred = 0; hundred < METRICS_CLASSES; hundred++) {
			uint64_t count = sum_code(api->metrics, row, hundred, &cell);
			snprintf(labels, sizeof(labels), "interaction=\"%s\",status=\"%zuxx\"", row_code(row), hundred + 1);
			if (count)
				write(buf, labels, &cell, count);
		}
	}
}

static void write_total(struct buf *buf, const char *labels, const struct metrics_cell *cell, uint64_t count)
{
	(void)cell;
	exposition_count(buf, "cannula_requests_total", labels, count);
}

static void write_in(struct buf *buf, const char *labels, const struct metrics_cell *cell, uint64_t count)
{
	(void)count;
	exposition_count(buf, "cannula_request_bytes_total", labels, cell->in_bytes);
}

static void write_out(struct buf *buf, const char *labels, const struct metrics_cell *cell, uint64_t count)
{
	(void)count;
	exposition_count(buf, "cannula_response_bytes_total", labels, cell->out_bytes);
}

static void write_histogram(struct buf *buf, const char *labels, const struct metrics_cell *cell, uint64_t count)
{
	char with_bound[2 * LABELS_MAX_BYTES];
	uint64_t below = 0;

	for (size_t i = 0; i < METRICS_BUCKETS - 1; i++) {
		below += cell->buckets[i];
		snprintf(with_bound, sizeof(with_bound), "%s,le=\"%.9g\"", labels, (double)metrics_bounds_us[i] / 1e6);
		exposition_count(buf, "cannula_request_duration_seconds_bucket", with_bound, below);
	}
	snprintf(with_bound, sizeof(with_bound), "%s,le=\"+Inf\"", labels);
	exposition_count(buf, "cannula_request_duration_seconds_bucket", with_bound, count);
	exposition_number(buf, "cannula_request_duration_seconds_sum", labels, (double)cell->sum_us / 1e6);
	exposition_count(buf, "cannula_request_duration_seconds_count", labels, count);
}

static void write_requests(struct api *api, struct buf *buf)
{
	exposition_family(buf, "cannula_requests_total", "counter", "Requests answered, by interaction and class of status.");
	write_family(api, buf, write_total);
	exposition_family(buf, "cannula_request_duration_seconds", "histogram",
			  "From a request's first byte until its reply had left.");
	write_family(api, buf, write_histogram);
	exposition_family(buf, "cannula_request_bytes_total", "counter", "Bytes of request bodies.");
	write_family(api, buf, write_in);
	exposition_family(buf, "cannula_response_bytes_total", "counter", "Bytes of replies, heads included, before TLS.");
	write_family(api, buf, write_out);
}

/* ---- the rooms below ---- */

static void write_net(const struct net_figures *net, struct buf *buf)
{
	exposition_single(buf, "cannula_connections_open", "gauge", "Connections now open.", (double)net->open);
	exposition_single(buf, "cannula_connections_total", "counter", "Connections accepted.", (double)net->accepted);
	exposition_single(buf, "cannula_connections_refused_total", "counter", "Connections closed at once, over a limit.",
			  (double)net->refused);
	exposition_family(buf, "cannula_tls_handshakes_total", "counter", "TLS handshakes, by how they ended.");
	exposition_count(buf, "cannula_tls_handshakes_total", "result=\"full\"", net->handshakes_full);
	exposition_count(buf, "cannula_tls_handshakes_total", "result=\"resumed\"", net->handshakes_resumed);
	exposition_count(buf, "cannula_tls_handshakes_total", "result=\"failed\"", net->handshakes_failed);
	if (net->certificate_not_after_s)
		exposition_single(buf, "cannula_certificate_not_after_seconds", "gauge",
				  "When the first of the server's certificates to end does, since 1970.",
				  (double)net->certificate_not_after_s);
	exposition_single(buf, "cannula_pool_queue", "gauge", "Requests that wait for a pool thread.", (double)net->pool_queue);
	exposition_single(buf, "cannula_pool_threads", "gauge", "Pool threads.", (double)net->pool_threads);
	exposition_single(buf, "cannula_pool_threads_idle", "gauge", "Pool threads that wait for work.", (double)net->pool_idle);
}

static void write_store(struct api *api, struct buf *buf)
{
	struct store_figures store = store_figures(api->store);

	exposition_single(buf, "cannula_store_up", "gauge", "Whether the store answers.", atomic_load(&api->store_answers));
	exposition_single(buf, "cannula_store_sequence", "gauge", "The newest commit known, of any process.",
			  (double)atomic_load(&api->sequence));
	exposition_single(buf, "cannula_store_commits_total", "counter", "Write transactions committed.", (double)store.commits);
	exposition_single(buf, "cannula_store_rollbacks_total", "counter", "Write transactions given up.",
			  (double)store.rollbacks);
	exposition_single(buf, "cannula_store_busy_total", "counter", "Write transactions that could not begin, as others wrote.",
			  (double)store.busy);
}

static void write_cache(struct api *api, struct buf *buf)
{
	struct cache_figures cache = cache_figures(api->cache);

	exposition_single(buf, "cannula_cache_hits_total", "counter", "Reads answered from memory.", (double)cache.hits);
	exposition_single(buf, "cannula_cache_misses_total", "counter", "Reads that asked the store.", (double)cache.misses);
	exposition_single(buf, "cannula_cache_entries", "gauge", "Resources in memory.", (double)cache.entries);
	exposition_single(buf, "cannula_cache_bytes", "gauge", "Bytes of them.", (double)cache.bytes);
}

static void write_process(struct arena *arena, struct buf *buf)
{
	struct process_figures process;

	if (!process_figures(arena, &process))
		return;
	exposition_single(buf, "process_cpu_seconds_total", "counter", "Processor time, user and system.", process.cpu_seconds);
	exposition_single(buf, "process_resident_memory_bytes", "gauge", "Resident memory.", (double)process.resident_bytes);
	exposition_single(buf, "process_virtual_memory_bytes", "gauge", "Virtual memory.", (double)process.virtual_bytes);
	exposition_single(buf, "process_open_fds", "gauge", "Open file descriptors.", (double)process.open_fds);
	exposition_single(buf, "process_max_fds", "gauge", "The most that may be open.", (double)process.max_fds);
	exposition_single(buf, "process_threads", "gauge", "Threads.", (double)process.threads);
	exposition_single(buf, "process_start_time_seconds", "gauge", "When it started, since 1970.", process.start_seconds);
}

void api_metrics(struct api_call *call)
{
	struct api *api = call->api;
	struct net_figures net;
	struct buf buf;

	buf_init(&buf, METRICS_MAX_BYTES);
	exposition_family(&buf, "cannula_build_info", "gauge", "Which cannula this is.");
	exposition_count(&buf, "cannula_build_info", "version=\"" PACKAGE_VERSION "\"", 1);
	write_requests(api, &buf);
	if (api->server) {
		net_server_figures(api->server, &net);
		write_net(&net, &buf);
	}
	write_store(api, &buf);
	write_cache(api, &buf);
	write_process(call->worker->scratch, &buf);
	if (api->more_metrics)
		api->more_metrics(api->more_context, call->worker->conn, call->worker->scratch, &buf);
	struct slice body = buf.failed ? SLICE_NONE : arena_copy(call->request->arena, buf_slice(&buf));
	buf_free(&buf);
	net_reply_header(call->reply, "Cache-Control", SLICE("no-store"));
	answer_body(call->reply, body.ptr ? 200 : 503, CONTENT_TYPE, body);
}

/* ---- health ---- */

static bool answer_health(struct api_call *call, bool is_good, struct slice body)
{
	net_reply_header(call->reply, "Cache-Control", SLICE("no-store"));
	answer_body(call->reply, is_good ? 200 : 503, SLICE("application/json"), body.ptr ? body : SLICE("{}\n"));
	return true;
}

/** That this is answered is the answer. */
bool api_live(struct api_call *call)
{
	return answer_health(call, true, SLICE("{\"status\":\"pass\"}\n"));
}

/** Whether requests should be sent here. A certificate is loaded or the server would not run. */
bool api_ready(struct api_call *call)
{
	const struct api *api = call->api;
	struct net_figures net = { 0 };

	if (api->server)
		net_server_figures(api->server, &net);
	bool store = atomic_load(&api->store_answers), keys = access_is_ready(api->access), open = !net.is_draining;
	bool is_good = store && keys && open;
	return answer_health(
	    call, is_good,
	    arena_printf(call->request->arena, "{\"status\":\"%s\",\"store\":\"%s\",\"keys\":\"%s\",\"accepting\":\"%s\"}\n",
			 is_good ? "pass" : "fail", store ? "pass" : "fail", keys ? "pass" : "fail", open ? "pass" : "fail"));
}
