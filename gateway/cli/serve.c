/* SPDX-License-Identifier: Apache-2.0 */
/* cannula serve: the store as a FHIR REST API over TLS. */
#include "cli/command.h"
#include "cli/context.h"
#include "cli/guard.h"
#include "cli/notify.h"
#include "cli/reload.h"
#include "cli/report.h"
#include "cli/source_metrics.h"

#include <unistd.h>

/** Two per core: one waits for the disk while the other works. net and api must agree, so it is decided here. */
static uint64_t default_workers(void)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	return cores > 2 ? 2 * (uint64_t)cores : 4;
}

/** Without a configured certificate: a self-signed one in the data directory, made once and said so. */
static bool use_development_certificate(struct context *context, struct error *err)
{
	struct net_options *net = &context->config.net;
	struct slice data = context->config.store.path;

	net->certificate = arena_printf(context->arena, "%.*s/development-certificate.pem", SLICE_ARG(data));
	net->private_key = arena_printf(context->arena, "%.*s/development-key.pem", SLICE_ARG(data));
	if (!net->certificate.ptr || !net->private_key.ptr)
		return error_memory(err);
	if (access(net->certificate.ptr, F_OK) == 0 && access(net->private_key.ptr, F_OK) == 0)
		return true;
	if (!net_certificate_make(net->certificate.ptr, net->private_key.ptr, err))
		return false;
	log_write(LOG_WARN, "made a self-signed development certificate, %s: clients must be told to trust it (curl -k)",
		  net->certificate.ptr);
	return true;
}

/** What serving opens; closed in the reverse order. */
struct serving {
	struct guard guard;
	struct api *api;
	struct net_server *server;
	struct reload reload;
};

static void tell_stopping(void *context)
{
	(void)context;
	notify_send("STOPPING=1");
}

static void tell_listening(const struct access *access, const struct net_listening *listening)
{
	const struct net_listener *listener = listening->listener;
	const char *mode = access_mode_name(access_mode_at(access, listener));

	if (listening->port)
		log_write(LOG_INFO, "serving on port %u: %s://localhost:%u/fhir/r4 and /fhir/r5 (access: %s)", listening->port,
			  listener->plain ? "http" : "https", listening->port, mode);
	else
		log_write(LOG_INFO, "serving on %.*s: /fhir/r4 and /fhir/r5 (access: %s)", SLICE_ARG(listener->listen), mode);
}

static void tell_listeners(const struct serving *serving)
{
	struct net_listening listening;

	for (unsigned i = 0; net_server_listening(serving->server, i, &listening); i++)
		tell_listening(serving->guard.access, &listening);
}

static bool uses_tls(const struct net_options *net)
{
	const struct net_listener *more = net->listeners.items;
	bool uses = !net->plain;

	for (size_t i = 0; i < net->listeners.count; i++)
		uses |= !more[i].plain;
	return uses;
}

static bool serve(struct context *context, struct serving *serving, struct error *err)
{
	struct net_options *net = &context->config.net;

	if (net->workers == 0)
		net->workers = default_workers();
	if (!context_open_store(context, err))
		return false;
	if (uses_tls(net) && !net->certificate.ptr && !use_development_certificate(context, err))
		return false;
	if (!api_new(&context->config.api, context->schemas, context->store, (unsigned)net->workers, &serving->api, err))
		return false;
	if (!guard_open(&serving->guard, &context->config, err) || !api_guard(serving->api, serving->guard.access, err))
		return false;
	api_more_metrics(serving->api, source_metrics_write, &context->config.store.path);
	struct net_handler handler = api_handler(serving->api);
	if (!net_server_new(net, &handler, &serving->server, err) || !guard_check_open(&serving->guard, serving->server, err))
		return false;
	serving->reload.server = serving->server;
	serving->reload.access = serving->guard.access;
	serving->reload.certificate = net->certificate;
	serving->reload.private_key = net->private_key;
	net_server_watch(serving->server, &(struct net_events){ reload_run, tell_stopping, &serving->reload });
	api_observe(serving->api, serving->server);
	tell_listeners(serving);
	notify_send("READY=1");
	return net_server_run(serving->server, err);
}

static int run(const struct arguments *arguments)
{
	struct context context;
	struct serving serving = { 0 };
	struct error err = { 0 };
	int exit_code = EXIT_DONE;

	if (!context_open(&context, argument_get(arguments, "config"), argument_get(arguments, "data"), &exit_code))
		return exit_code;
	serving.reload = (struct reload){ .config_path = argument_get(arguments, "config"),
					  .data_path = argument_get(arguments, "data"),
					  .running = context.config };
	if (argument_get(arguments, "listen"))
		context.config.net.listen = slice_of(argument_get(arguments, "listen"));
	if (!serve(&context, &serving, &err))
		exit_code = report_error(&err);
	if (serving.server)
		net_server_free(serving.server);
	if (serving.api)
		api_free(serving.api);
	guard_close(&serving.guard);
	context_close(&context);
	return exit_code;
}

static const struct flag flags[] = {
	FLAG_CONFIG,
	FLAG_DATA,
	{ "listen", "HOST:PORT", "listen there (default: localhost:8443; port 0: any free one)" },
};

const struct command command_serve = {
	.name = "serve",
	.summary = "serve the store as a FHIR REST API over TLS",
	.description =
	    "Serves /fhir/r4 and /fhir/r5 (FHIR's REST interactions, search, metadata) and /health until SIGINT or SIGTERM; "
	    "requests under way are\n"
	    "finished first. SIGHUP: certificates, keys and configuration are read anew, who may do what included. What another "
	    "cannula process\n"
	    "loads or syncs meanwhile is seen.\n"
	    "\n"
	    "Others than this machine are served when the configuration says who may do what (access.mode; listeners may have\n"
	    "their own, net.listeners: access). /metrics is for Prometheus, /health/live and /health/ready for whoever starts\n"
	    "and routes.\n"
	    "\n"
	    "Without a configured certificate it makes a self-signed one for localhost in the data directory.",
	.example = "cannula serve --data ./data --listen localhost:8443",
	.flags = flags,
	.flag_count = ARRAY_SIZE(flags),
	.run = run,
};
