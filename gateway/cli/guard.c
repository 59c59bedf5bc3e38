/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/guard.h"

#define KEYS_MAX_BYTES (256u << 10)
#define KEYS_TOTAL_MS 5000u

/** The key server is the operator's choice, so it may stand in a private network; it may not send us elsewhere. */
static struct fetch_options keys_fetch_options(const struct fetch_options *configured)
{
	struct fetch_options options = *configured;

	options.total_ms = options.connect_ms = KEYS_TOTAL_MS;
	options.max_wire_bytes = options.max_decoded_bytes = KEYS_MAX_BYTES;
	options.max_redirects = options.retries = options.host_interval_ms = 0;
	options.allow_private = true;
	return options;
}

static bool keys_get(void *context, struct arena *arena, struct slice url, struct access_document *out, struct error *err)
{
	struct guard *guard = context;
	struct fetch_result result;

	pthread_mutex_lock(&guard->lock);
	bool done = fetch_get(guard->fetcher, arena, url, NULL, &result, err);
	pthread_mutex_unlock(&guard->lock);
	if (!done)
		return false;
	if (result.status != 200)
		return error_set(err, ERROR_NETWORK, arena_cstr(arena, url), "the server answers %u", result.status);
	*out = (struct access_document){ .body = result.body,
					 .has_max_age = result.has_max_age,
					 .max_age_ms = result.max_age_s * 1000 };
	return true;
}

bool guard_open(struct guard *guard, const struct config *config, struct error *err)
{
	struct access_source source = { keys_get, guard };

	*guard = (struct guard){ .fetch = keys_fetch_options(&config->fetch), .lock = PTHREAD_MUTEX_INITIALIZER };
	if (config->access.token.keys.ptr && !fetcher_new(&guard->fetch, &guard->fetcher, err))
		return false;
	return access_new(&config->access, &config->net, &source, &guard->access, err);
}

void guard_close(struct guard *guard)
{
	access_free(guard->access);
	if (guard->fetcher)
		fetcher_free(guard->fetcher);
}

static bool may_be_open(const struct access_options *options, const struct net_listening *listening, struct error *err)
{
	struct slice place = listening->listener->listen;

	if (listening->is_local)
		return true;
	if (options->open_anywhere) {
		log_write(LOG_WARN,
			  "access is open: everybody who reaches %.*s may read and write everything (access.open_anywhere)",
			  SLICE_ARG(place));
		return true;
	}
	error_set(
	    err, ERROR_USAGE, "net.listen",
	    "others than this machine could reach the gateway at %.*s, and access is open there: nobody is asked who they are",
	    SLICE_ARG(place));
	return error_hint(err, "set access.mode, or the listener's access, to mtls or token, or listen on localhost, or set "
			       "access.open_anywhere: yes");
}

bool guard_check_open(const struct guard *guard, const struct net_server *server, struct error *err)
{
	struct net_listening listening;

	for (unsigned i = 0; net_server_listening(server, i, &listening); i++)
		if (access_mode_at(guard->access, listening.listener) == ACCESS_OPEN &&
		    !may_be_open(access_options_of(guard->access), &listening, err))
			return false;
	return true;
}
