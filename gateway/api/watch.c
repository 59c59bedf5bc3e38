/* SPDX-License-Identifier: Apache-2.0 */
/* Commits of other processes (`cannula load` beside a running server) reach the loops by a number: this thread asks the store for
 * its sequence and publishes it. Loops only compare. */
#include "api/call.h"

#include <errno.h>
#include <time.h>

struct api_watch {
	struct api *api;
	struct store_conn *conn;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop;
};

static void look(struct api_watch *watch)
{
	struct error err = { 0 };
	uint64_t sequence;
	bool ok = store_sequence(watch->conn, &sequence, &err);

	if (ok)
		api_sequence_seen(watch->api, sequence);
	if (atomic_exchange(&watch->api->store_answers, ok) == ok)
		return;
	if (ok)
		log_write(LOG_WARN, "the store answers again");
	else
		log_write(LOG_ERROR, "the store does not answer: %s (%s)", err.message, err.hint);
}

/** True when it is time to look again, false to stop. */
static bool pause_or_stop(struct api_watch *watch)
{
	struct timespec until;
	uint64_t ms = watch->api->options.watch_ms;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	until.tv_sec += (time_t)(ms / 1000) + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&watch->lock);
	while (!watch->stop && pthread_cond_timedwait(&watch->wake, &watch->lock, &until) != ETIMEDOUT)
		;
	bool go_on = !watch->stop;
	pthread_mutex_unlock(&watch->lock);
	return go_on;
}

static void *run(void *context)
{
	while (pause_or_stop(context))
		look(context);
	return NULL;
}

bool api_watch_start(struct api *api, struct error *err)
{
	struct api_watch *watch = arena_new_of(api->arena, struct api_watch);
	pthread_condattr_t monotonic;

	if (!watch)
		return error_memory(err);
	watch->api = api;
	if (!store_conn_open(api->store, &watch->conn, err))
		return false;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_mutex_init(&watch->lock, NULL);
	pthread_cond_init(&watch->wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	int failed = pthread_create(&watch->thread, NULL, run, watch);
	if (failed) {
		store_conn_close(watch->conn);
		return error_errno(err, failed, "", "start a thread");
	}
	api->watch = watch;
	return true;
}

void api_watch_stop(struct api *api)
{
	struct api_watch *watch = api->watch;

	if (!watch)
		return;
	pthread_mutex_lock(&watch->lock);
	watch->stop = true;
	pthread_cond_signal(&watch->wake);
	pthread_mutex_unlock(&watch->lock);
	pthread_join(watch->thread, NULL);
	store_conn_close(watch->conn);
	pthread_cond_destroy(&watch->wake);
	pthread_mutex_destroy(&watch->lock);
	api->watch = NULL;
}
