/* SPDX-License-Identifier: Apache-2.0 */
#include "api/answer.h"
#include "api/dispatch.h"
#include "api/lifecycle.h"
#include "api/line_writer.h"
#include "api/metrics.h"
#include "api/monitor.h"
#include "api/outcome.h"
#include "api/related.h"
#include "cannula/apply.h"
#include "api/smart.h"
#include "api/validation.h"

#include <string.h>
#include <unistd.h>

/** Long-lived memory: tables, capability statements, the cache's index. */
#define API_ARENA_BYTES (64u << 20)
/** A resource that the codec takes, and some room beside it. */
#define RESOURCE_MAX_BYTES (FHIR_JSON_LIMITS_DEFAULT.max_bytes + (2u << 20))
#define STARTUP_NOTE_BYTES (64u << 10)

static const char *const conditional_delete_words[] = { "single", "multiple", NULL };

static const struct option options[] = {
	{ .name = "base_url",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct api_options, base_url),
	  .sentence =
	      "How clients reach the gateway, as 'https://host:port' without path; absent: as each request's Host says." },
	{ .name = "page_count",
	  .kind = OPTION_COUNT,
	  .offset = offsetof(struct api_options, page_count),
	  .default_text = "20",
	  .min = 1,
	  .max = 10000,
	  .sentence = "Resources on a search page when the client does not say _count." },
	{ .name = "max_page_count",
	  .kind = OPTION_COUNT,
	  .offset = offsetof(struct api_options, max_page_count),
	  .default_text = "1000",
	  .min = 1,
	  .max = 10000,
	  .sentence = "The largest _count; more is answered with this many." },
	{ .name = "max_included",
	  .kind = OPTION_COUNT,
	  .offset = offsetof(struct api_options, max_included),
	  .default_text = "1000",
	  .min = 1,
	  .max = 10000,
	  .sentence = "The most resources that _include and _revinclude bring along with a page; that there are more is told." },
	{ .name = "search_time",
	  .kind = OPTION_MS,
	  .offset = offsetof(struct api_options, search_ms),
	  .default_text = "10 s",
	  .max = 3600000,
	  .sentence = "The longest that one search may take; 0 sets no limit." },
	{ .name = "max_bundle",
	  .kind = OPTION_BYTES,
	  .offset = offsetof(struct api_options, max_bundle_bytes),
	  .default_text = "32 MiB",
	  .min = 1u << 16,
	  .max = 1u << 30,
	  .sentence = "The largest search page; what does not fit goes to the next one." },
	{ .name = "max_bundle_entries",
	  .kind = OPTION_COUNT,
	  .offset = offsetof(struct api_options, max_bundle_entries),
	  .default_text = "10000",
	  .min = 1,
	  .max = 1000000,
	  .sentence = "The most entries of a batch or transaction; while a transaction is written, other writers wait." },
	{ .name = "hot_cache",
	  .kind = OPTION_BYTES,
	  .offset = offsetof(struct api_options, hot_cache_bytes),
	  .default_text = "64 MiB",
	  .max = (uint64_t)1 << 40,
	  .sentence = "Memory for resources that were read lately; 0 keeps none." },
	{ .name = "watch",
	  .kind = OPTION_MS,
	  .offset = offsetof(struct api_options, watch_ms),
	  .default_text = "100 ms",
	  .min = 1,
	  .max = 250,
	  .sentence = "How often to look whether another program has written to the store." },
	{ .name = "allow_origin",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct api_options, allow_origin),
	  .default_text = "*",
	  .sentence = "Which web pages may call the gateway from a browser (Access-Control-Allow-Origin); empty: none." },
	{ .name = "validation",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct api_options, validation),
	  .default_text = "full",
	  .choices = validation_words,
	  .sentence =
	      "How what clients write is checked: by all rules of its FHIR version (full), only that each element is there "
	      "as often as it must be (structure), or only that it can be read (off)." },
	{ .name = "require_if_match",
	  .kind = OPTION_BOOL,
	  .offset = offsetof(struct api_options, require_if_match),
	  .default_text = "false",
	  .sentence = "Refuse to change or delete a resource unless the client says by If-Match which version it has read." },
	{ .name = "conditional_delete",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct api_options, conditional_delete),
	  .default_text = "single",
	  .choices = conditional_delete_words,
	  .sentence = "Whether a delete by criteria may delete several resources (multiple) or only one that matches alone." },
	{ .name = "access_log",
	  .kind = OPTION_BOOL,
	  .offset = offsetof(struct api_options, access_log),
	  .default_text = "true",
	  .sentence = "Write one line for each request to the log." },
};
const struct option_table api_option_table = { options, ARRAY_SIZE(options), sizeof(struct api_options), 0 };

void api_sequence_seen(struct api *api, uint64_t sequence)
{
	uint64_t known = atomic_load_explicit(&api->sequence, memory_order_relaxed);

	while (known < sequence && !atomic_compare_exchange_weak_explicit(&api->sequence, &known, sequence, memory_order_release,
									  memory_order_relaxed))
		;
}

size_t api_answer_max_bytes(const struct api *api)
{
	return (size_t)api->options.max_bundle_bytes + RESOURCE_MAX_BYTES;
}

/* ---- making ---- */

static bool base_url_take(struct api *api, struct error *err)
{
	struct slice url = api->options.base_url;

	while (slice_ends(url, SLICE("/")))
		url.len--;
	if (url.len && !slice_starts(url, SLICE("http://")) && !slice_starts(url, SLICE("https://"))) {
		error_set(err, ERROR_USAGE, "base_url", "'%.*s' is not an http or https URL", SLICE_ARG(url));
		return error_hint(err, "write it as https://host:port");
	}
	api->options.base_url = url;
	return true;
}

static bool tables_make(struct api *api, const struct fhir_schema *const schemas[FHIR_VERSION_COUNT], struct error *err)
{
	bool has_text = store_options_of(api->store)->full_text;

	for (size_t version = 0; version < FHIR_VERSION_COUNT; version++) {
		struct served_base *base = &api->bases[version];
		ASSERT(fhir_schema_version(schemas[version]) == (enum fhir_version)version);
		if (!served_base_load(api->arena, schemas[version], has_text, base, err) ||
		    !published_load(api->arena, base, &api->published[version], err) ||
		    !apply_rules_load(api->arena, schemas[version], &api->apply_rules[version], err))
			return false;
	}
	return lifecycle_load(api->arena, &api->lifecycle, err) &&
	       related_rules_load(api->arena, api->bases, &api->related_rules, err) &&
	       asset_get("api/home.html", &api->home, err);
}

static bool workers_open(struct api *api, struct error *err)
{
	for (unsigned i = 0; i < api->worker_count; i++) {
		api->workers[i].scratch = arena_new(api_answer_max_bytes(api));
		if (!api->workers[i].scratch)
			return error_memory(err);
		if (!store_conn_open(api->store, &api->workers[i].conn, err))
			return false;
	}
	return true;
}

/** What needs the store: the cursor key and the first look at its sequence. */
static bool store_ask(struct api *api, struct error *err)
{
	struct arena *scratch = arena_new(STARTUP_NOTE_BYTES);
	uint64_t sequence = 0;

	if (!scratch)
		return error_memory(err);
	bool ok = cursor_key_load(api->workers[0].conn, scratch, &api->cursor_key, err) &&
		  store_sequence(api->workers[0].conn, &sequence, err);
	arena_free(scratch);
	api_sequence_seen(api, sequence);
	atomic_store(&api->store_answers, ok);
	return ok;
}

static struct api *api_alloc(const struct api_options *given, struct store *store, unsigned workers)
{
	struct arena *arena = arena_new(API_ARENA_BYTES);
	struct api *api = arena ? arena_new_of(arena, struct api) : NULL;

	if (!api) {
		arena_free(arena);
		return NULL;
	}
	*api = (struct api){ .arena = arena, .options = *given, .store = store, .worker_count = workers };
	pthread_mutex_init(&api->validators_lock, NULL);
	pthread_mutex_init(&api->published_lock, NULL);
	api->workers = arena_new_array(arena, struct api_worker, workers);
	api->cache = cache_new(arena, given->hot_cache_bytes);
	api->metrics = metrics_new();
	if (api->workers && api->cache && api->metrics)
		return api;
	metrics_free(api->metrics);
	arena_free(arena);
	return NULL;
}

bool api_new(const struct api_options *given, const struct fhir_schema *const schemas[FHIR_VERSION_COUNT], struct store *store,
	     unsigned workers, struct api **out, struct error *err)
{
	ASSERT(workers > 0);
	struct api *api = api_alloc(given, store, workers);

	*out = NULL;
	if (!api)
		return error_memory(err);
	if (!base_url_take(api, err) || !tables_make(api, schemas, err) || !workers_open(api, err) || !store_ask(api, err) ||
	    !line_writer_new(STDERR_FILENO, &api->log, err) || !api_watch_start(api, err)) {
		api_free(api);
		return false;
	}
	validation_consult(api, store);
	*out = api;
	return true;
}

void api_free(struct api *api)
{
	if (!api)
		return;
	api_watch_stop(api);
	store_consult(api->store, (struct store_terms){ 0 });
	for (unsigned i = 0; i < api->worker_count; i++) {
		if (api->workers[i].conn)
			store_conn_close(api->workers[i].conn);
		arena_free(api->workers[i].scratch);
	}
	for (size_t i = 0; i < FHIR_VERSION_COUNT; i++)
		validator_free(api->validators[i]);
	pthread_mutex_destroy(&api->validators_lock);
	published_close(api);
	cache_free(api->cache);
	line_writer_free(api->log);
	metrics_free(api->metrics);
	arena_free(api->arena);
}

/* ---- answering ---- */

/** A body that would be refused whatever is in it need not come. Who cannot be told here is let in until a worker can. */
static bool on_head(void *context, const struct net_request *request, struct net_reply *reply)
{
	struct api_call call = { .api = context, .request = request, .reply = reply, .is_head = true };

	*reply = (struct net_reply){ 0 };
	return dispatch_prepare(&call) || call.is_deferred;
}

static bool on_loop(void *context, const struct net_request *request, struct net_reply *reply)
{
	struct api_call call = { .api = context, .request = request, .reply = reply };
	const struct api_note *note = reply->note;

	if (note && note->interaction && !note->interaction->on_loop) /* its head was looked at */
		return false;
	*reply = (struct net_reply){ .note = reply->note };
	if (!dispatch_prepare(&call))
		return !call.is_deferred;
	return call.interaction->on_loop && call.interaction->on_loop(&call);
}

static void on_worker(void *context, unsigned worker, const struct net_request *request, struct net_reply *reply)
{
	struct error err = { 0 };
	struct api *api = context;
	struct api_call call = { .api = api, .request = request, .reply = reply };

	ASSERT(worker < api->worker_count);
	call.worker = &api->workers[worker];
	arena_reset(call.worker->scratch);
	*reply = (struct net_reply){ .note = reply->note };
	if (!dispatch_prepare(&call))
		return;
	if (!published_connect(&call, &err)) {
		answer_failure(&call, &err);
		return;
	}
	ASSERT(call.interaction->on_worker);
	call.interaction->on_worker(&call);
}

/** Refusals of the HTTP reader itself: the same kind of answer as all others. */
static void on_refused(void *context, struct arena *arena, unsigned status, struct slice reason, struct net_reply *reply)
{
	static const struct {
		unsigned status;
		const char *code;
	} codes[] = {
		{ 408, "timeout" },  { 413, "too-long" },      { 414, "too-long" },  { 429, "throttled" },
		{ 431, "too-long" }, { 501, "not-supported" }, { 503, "transient" }, { 505, "not-supported" },
	};
	const char *code = "structure";

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		if (codes[i].status == status)
			code = codes[i].code;
	*reply = (struct net_reply){ .note = reply->note };
	answer_begin(context, arena, 0, reply);
	outcome_reply_error(arena, reply, status, code, reason, SLICE_NONE);
}

static void on_done(void *context, const struct net_request *request, const struct net_reply *reply, uint64_t bytes_sent,
		    uint64_t duration_us)
{
	monitor_count(context, request, reply, bytes_sent, duration_us);
	api_access_log(context, request, reply, bytes_sent, duration_us);
}

/** They say how clients show who they are, which listeners may differ in. */
static bool statements_make_of(struct api *api, enum fhir_version version, struct error *err)
{
	struct capability_facts facts = {
		.base = &api->bases[version],
		.conditional_delete = api->options.conditional_delete,
		.date_ms = time_now_ms(),
	};

	for (facts.mode = 0; facts.mode < ACCESS_MODES; facts.mode++)
		if (access_uses(api->access, facts.mode) &&
		    !capability_make(api->arena, &facts, &api->capabilities[facts.mode][version], err))
			return false;
	return capability_make_terminology(api->arena, &facts, &api->terminologies[version], err);
}

static bool statements_make(struct api *api, struct error *err)
{
	for (size_t version = 0; version < FHIR_VERSION_COUNT; version++)
		if (!statements_make_of(api, version, err))
			return false;
	return true;
}

enum access_mode api_mode(const struct api_call *call)
{
	return access_mode_at(call->api->access, call->request->listener);
}

bool api_guard(struct api *api, struct access *access, struct error *err)
{
	api->access = access;
	return statements_make(api, err) && smart_configuration_make(api, &api->smart, err);
}

void api_observe(struct api *api, struct net_server *server)
{
	api->server = server;
}

void api_more_metrics(struct api *api,
		      void (*write)(void *context, struct store_conn *conn, struct arena *arena, struct buf *out), void *context)
{
	api->more_metrics = write;
	api->more_context = context;
}

struct net_handler api_handler(struct api *api)
{
	ASSERT(api->access);
	return (struct net_handler){ on_head, on_loop, on_worker, on_refused, on_done, api };
}
