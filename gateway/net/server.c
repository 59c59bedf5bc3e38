/* SPDX-License-Identifier: Apache-2.0 */
#include "net/server.h"

#include "net/listeners.h"
#include "net/loop.h"
#include "net/tls.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/** Descriptors beside those of connections: listeners, stores, logs. */
#define OTHER_DESCRIPTORS 256

/* ---- new ---- */

static void take_options(struct net_server *server, const struct net_options *options)
{
	unsigned cores = uv_available_parallelism();

	server->options = *options;
	if (server->options.max_bodies_bytes < options->max_body_bytes) /* one must fit */
		server->options.max_bodies_bytes = options->max_body_bytes;
	server->loop_count = options->loops ? (unsigned)options->loops : cores;
	server->worker_count = options->workers ? (unsigned)options->workers : cores * 2 < 4 ? 4 : cores * 2;
	server->http1_limits = (struct http1_limits){
		.max_header_bytes = options->max_header_bytes,
		.max_headers = options->max_headers,
		.max_target_bytes = options->max_target_bytes,
		.max_body_bytes = options->max_body_bytes,
	};
}

/** A soft limit is a default that may be raised; what stays too low is said once, not at the ten-thousandth client. */
static void raise_descriptor_limit(uint64_t connections)
{
	struct rlimit limit;
	rlim_t wanted = connections + OTHER_DESCRIPTORS;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur < wanted)
		log_write(LOG_WARN, "max_connections is %llu, but this process may open only %llu files (ulimit -n)",
			  (unsigned long long)connections, (unsigned long long)limit.rlim_cur);
}

static void on_stop(uv_async_t *stop);

static bool open_control(struct net_server *server, struct error *err)
{
	int failure = uv_loop_init(&server->control);

	if (failure)
		return error_errno(err, -failure, "", "prepare an event loop");
	server->has_control = true;
	server->control.data = server;
	failure = uv_async_init(&server->control, &server->stop, on_stop);
	for (size_t i = 0; i < ARRAY_SIZE(server->signals) && !failure; i++)
		failure = uv_signal_init(&server->control, &server->signals[i]);
	return failure ? error_errno(err, -failure, "", "prepare an event loop") : true;
}

static bool load_tls(struct net_server *server, const struct net_options *options, struct error *err)
{
	enum tls_asking asks[LISTEN_ADDRESSES_MAX];

	listeners_asks(server, options, asks);
	if (!tls_context_load(&server->tls, options, asks, err))
		return false;
	for (unsigned i = 0; i < server->listener_count; i++)
		server->listeners[i].asks = asks[i];
	return true;
}

static bool open_tls(struct net_server *server, const struct net_options *options, struct error *err)
{
	return !server->has_tls || (tls_context_init(&server->tls, options, err) && load_tls(server, options, err));
}

bool net_server_new(const struct net_options *options, const struct net_handler *handler, struct net_server **out,
		    struct error *err)
{
	struct net_server *server = calloc(1, sizeof(*server));

	if (!server)
		return error_memory(err);
	take_options(server, options);
	server->handler = *handler;
	raise_descriptor_limit(options->max_connections);
	server->addresses = address_counts_new(options->max_connections, options->max_connections_per_address);
	bool ok = (server->addresses || error_memory(err)) && listeners_open(server, options, err) &&
		  open_tls(server, options, err) && open_control(server, err);
	if (!ok) {
		net_server_free(server);
		return false;
	}
	*out = server;
	return true;
}

unsigned net_server_port(const struct net_server *server)
{
	for (unsigned i = 0; i < server->listener_count; i++)
		if (server->listeners[i].port)
			return server->listeners[i].port;
	return 0;
}

bool net_server_listening(const struct net_server *server, unsigned number, struct net_listening *out)
{
	if (number >= server->listener_count)
		return false;
	const struct server_listener *listener = &server->listeners[number];
	*out = (struct net_listening){ &listener->options, listener->port, listener->is_local };
	return true;
}

static uint64_t read_counter(_Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

void net_server_figures(struct net_server *server, struct net_figures *out)
{
	struct net_counters *counters = &server->counters;
	uint64_t freed = read_counter(&counters->freed);

	*out = (struct net_figures){ .accepted = read_counter(&counters->accepted),
				     .refused = read_counter(&counters->refused),
				     .handshakes_full = read_counter(&counters->handshakes_full),
				     .handshakes_resumed = read_counter(&counters->handshakes_resumed),
				     .handshakes_failed = read_counter(&counters->handshakes_failed),
				     .certificate_not_after_s = tls_context_not_after(&server->tls),
				     .is_draining = atomic_load(&server->stop_asked) };
	out->open = out->accepted - freed;
	if (server->pool)
		pool_figures(server->pool, out);
}

unsigned net_server_workers(const struct net_server *server)
{
	return server->worker_count;
}

/* ---- run ---- */

static void stop_loops(struct net_server *server, bool now)
{
	for (unsigned i = 0; i < server->loop_count; i++)
		loop_stop(&server->loops[i], now);
}

static void tell_stopping(struct net_server *server)
{
	if (server->events.stopping && !server->is_stopping)
		server->events.stopping(server->events.context);
}

/** Somebody called net_server_stop, or a loop has ended. */
static void on_stop(uv_async_t *stop)
{
	struct net_server *server = stop->loop->data;

	if (atomic_load(&server->stop_asked) && !server->is_stopping) {
		tell_stopping(server);
		server->is_stopping = true;
		stop_loops(server, false);
	}
	if (!atomic_load(&server->loops_running))
		uv_stop(&server->control);
}

/** SIGHUP reloads. Of the others the first lets running requests finish, the second does not. */
static void on_signal(uv_signal_t *handle, int number)
{
	struct net_server *server = handle->loop->data;

	if (number == SIGHUP) {
		if (server->events.reload && !server->is_stopping)
			server->events.reload(server->events.context);
		return;
	}
	log_write(LOG_INFO, "%s: stopping%s", number == SIGINT ? "SIGINT" : "SIGTERM", server->is_stopping ? " now" : "");
	tell_stopping(server);
	stop_loops(server, server->is_stopping);
	server->is_stopping = true;
}

void server_loop_ended(struct net_server *server)
{
	atomic_fetch_sub(&server->loops_running, 1);
	uv_async_send(&server->stop);
}

static bool listen_for_signals(struct net_server *server, struct error *err)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };

	for (size_t i = 0; i < ARRAY_SIZE(server->signals); i++) {
		int failure = uv_signal_start(&server->signals[i], on_signal, numbers[i]);
		if (failure)
			return error_errno(err, -failure, "", "listen for signals");
	}
	return true;
}

static bool open_loops(struct net_server *server, struct error *err)
{
	for (; server->loops_open < server->loop_count; server->loops_open++) {
		int *sockets = server->sockets + server->loops_open * LISTEN_ADDRESSES_MAX;
		if (!loop_open(&server->loops[server->loops_open], server, server->loops_open, sockets, err))
			return false;
		for (unsigned i = 0; i < server->address_count; i++)
			sockets[i] = -1; /* the loop's now */
	}
	return true;
}

static bool start_loops(struct net_server *server, struct error *err)
{
	for (unsigned i = 0; i < server->loop_count; i++) {
		atomic_fetch_add(&server->loops_running, 1);
		if (loop_start(&server->loops[i], err))
			continue;
		atomic_fetch_sub(&server->loops_running, 1);
		return false;
	}
	return true;
}

static void join_loops(struct net_server *server)
{
	for (unsigned i = 0; i < server->loops_open; i++) {
		loop_stop(&server->loops[i], false);
		loop_join(&server->loops[i]);
	}
	server->loops_open = 0;
}

bool net_server_run(struct net_server *server, struct error *err)
{
	ASSERT(!server->loops); /* once */
	server->loops = aligned_alloc(LOOP_ALIGNMENT, server->loop_count * sizeof(*server->loops));
	if (!server->loops)
		return error_memory(err);
	memset(server->loops, 0, server->loop_count * sizeof(*server->loops));
	bool ok = pool_new(server->worker_count, &server->pool, err) && open_loops(server, err) &&
		  listen_for_signals(server, err) && start_loops(server, err);
	if (ok)
		uv_run(&server->control, UV_RUN_DEFAULT);
	join_loops(server);
	pool_free(server->pool);
	server->pool = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(server->signals); i++)
		uv_signal_stop(&server->signals[i]);
	return ok;
}

void net_server_watch(struct net_server *server, const struct net_events *events)
{
	server->events = *events;
}

bool net_server_reload(struct net_server *server, const struct net_options *options, struct error *err)
{
	return !server->tls.is_open || load_tls(server, options, err);
}

void net_server_stop(struct net_server *server)
{
	atomic_store(&server->stop_asked, true);
	uv_async_send(&server->stop);
}

static void close_handle(uv_handle_t *handle, void *unused)
{
	(void)unused;
	uv_close(handle, NULL);
}

void net_server_free(struct net_server *server)
{
	if (!server)
		return;
	if (server->has_control) {
		uv_walk(&server->control, close_handle, NULL);
		uv_run(&server->control, UV_RUN_DEFAULT);
		ASSERT(uv_loop_close(&server->control) == 0);
	}
	listeners_close(server);
	free(server->loops);
	address_counts_free(server->addresses);
	tls_context_fini(&server->tls);
	free(server);
}
