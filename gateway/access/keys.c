/* SPDX-License-Identifier: Apache-2.0 */
#include "access/keys.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LOOK_ARENA_BYTES (4u << 20)
#define LOOK_WAIT_MS 3000u

struct keys {
	const struct access_token_options *options;
	struct access_source source;
	pthread_t thread;
	bool has_thread;
	pthread_mutex_t lock; /* over what follows */
	pthread_cond_t changed;
	bool stop, look_asked, is_failing;
	uint64_t looks;            /* done so far */
	uint64_t next_ms, last_ms; /* monotonic: when to look, when we looked */
	struct jwk_set *set;
	uint8_t digest[DIGEST_BYTES]; /* of the set's document */
	_Atomic uint64_t generation;
};

static uint64_t now_ms(void)
{
	return time_monotonic_us() / 1000;
}

/* ---- looking ---- */

/** What a look brought: `set` NULL when it failed. */
struct look {
	struct jwk_set *set;
	uint8_t digest[DIGEST_BYTES];
	uint64_t age_ms;
	struct error err;
};

static uint64_t age_within(const struct access_token_options *options, const struct access_document *document)
{
	uint64_t age = document->has_max_age ? document->max_age_ms : options->max_key_age_ms;

	if (age < options->min_key_age_ms)
		return options->min_key_age_ms;
	return age > options->max_key_age_ms ? options->max_key_age_ms : age;
}

static void look(struct keys *keys, struct look *out)
{
	struct arena *arena = arena_new(LOOK_ARENA_BYTES);
	struct access_document document = { 0 };
	size_t left_out = 0;

	*out = (struct look){ 0 };
	if (!arena) {
		error_memory(&out->err);
		return;
	}
	if (keys->source.get(keys->source.context, arena, keys->options->keys, &document, &out->err)) {
		out->set = jwk_set_new(document.body, &left_out, &out->err);
		out->age_ms = age_within(keys->options, &document);
		digest_sha256(document.body, out->digest);
	}
	if (!out->set && !out->err.place[0])
		snprintf(out->err.place, sizeof(out->err.place), "%.*s", SLICE_ARG(keys->options->keys));
	if (left_out)
		log_write(LOG_WARN, "access: %zu keys of %.*s cannot verify tokens and are left out", left_out,
			  SLICE_ARG(keys->options->keys));
	arena_free(arena);
}

/** Under the lock. Says what changed, once. */
static void take(struct keys *keys, struct look *found)
{
	keys->looks++;
	keys->last_ms = now_ms();
	keys->next_ms = keys->last_ms + (found->set ? found->age_ms : keys->options->key_retry_ms);
	if (!found->set && !keys->is_failing)
		log_write(LOG_WARN, "access: the issuer's keys cannot be had: %s: %s (%s); %s", found->err.place,
			  found->err.message, found->err.hint,
			  keys->set ? "the last good ones are used" : "nobody is let in until they can");
	if (found->set && keys->is_failing)
		log_write(LOG_INFO, "access: the keys at %.*s are there again", SLICE_ARG(keys->options->keys));
	keys->is_failing = !found->set;
	if (!found->set)
		return;
	if (keys->set && memcmp(keys->digest, found->digest, DIGEST_BYTES) == 0) {
		jwk_set_unref(found->set);
		return;
	}
	jwk_set_unref(keys->set);
	keys->set = found->set;
	memcpy(keys->digest, found->digest, DIGEST_BYTES);
	atomic_fetch_add(&keys->generation, 1);
	log_write(LOG_INFO, "access: %zu keys from %.*s", jwk_set_count(found->set), SLICE_ARG(keys->options->keys));
}

/* ---- the thread ---- */

static struct timespec at_ms(uint64_t ms)
{
	return (struct timespec){ (time_t)(ms / 1000), (long)(ms % 1000) * 1000000 };
}

static void *run(void *context)
{
	struct keys *keys = context;
	struct look found;

	pthread_mutex_lock(&keys->lock);
	while (!keys->stop) {
		struct timespec until = at_ms(keys->next_ms);
		if (!keys->look_asked && now_ms() < keys->next_ms) {
			pthread_cond_timedwait(&keys->changed, &keys->lock, &until);
			continue;
		}
		keys->look_asked = false;
		pthread_mutex_unlock(&keys->lock);
		look(keys, &found);
		pthread_mutex_lock(&keys->lock);
		take(keys, &found);
		pthread_cond_broadcast(&keys->changed);
	}
	pthread_mutex_unlock(&keys->lock);
	return NULL;
}

static void init_waiting(struct keys *keys)
{
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_mutex_init(&keys->lock, NULL);
	pthread_cond_init(&keys->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

static bool start(struct keys *keys, bool must_have, struct error *err)
{
	struct look found;

	look(keys, &found);
	if (!found.set && (must_have || slice_starts(keys->options->keys, SLICE("file:")))) {
		*err = found.err;
		return error_hint(err, "access.token.keys names it");
	}
	pthread_mutex_lock(&keys->lock);
	take(keys, &found);
	pthread_mutex_unlock(&keys->lock);
	int failed = pthread_create(&keys->thread, NULL, run, keys);
	if (failed)
		return error_errno(err, failed, "", "start a thread");
	keys->has_thread = true;
	return true;
}

bool keys_new(const struct access_token_options *options, const struct access_source *source, bool must_have, struct keys **out,
	      struct error *err)
{
	struct keys *keys = calloc(1, sizeof(*keys));

	if (!keys)
		return error_memory(err);
	keys->options = options;
	keys->source = *source;
	init_waiting(keys);
	if (!start(keys, must_have, err)) {
		keys_free(keys);
		return false;
	}
	*out = keys;
	return true;
}

void keys_free(struct keys *keys)
{
	if (!keys)
		return;
	pthread_mutex_lock(&keys->lock);
	keys->stop = true;
	pthread_cond_broadcast(&keys->changed);
	pthread_mutex_unlock(&keys->lock);
	if (keys->has_thread)
		pthread_join(keys->thread, NULL);
	jwk_set_unref(keys->set);
	pthread_cond_destroy(&keys->changed);
	pthread_mutex_destroy(&keys->lock);
	free(keys);
}

/* ---- asking ---- */

struct jwk_set *keys_get(struct keys *keys, uint64_t *generation)
{
	pthread_mutex_lock(&keys->lock);
	struct jwk_set *set = keys->set ? jwk_set_ref(keys->set) : NULL;
	*generation = atomic_load(&keys->generation);
	pthread_mutex_unlock(&keys->lock);
	return set;
}

uint64_t keys_generation(const struct keys *keys)
{
	return atomic_load_explicit(&keys->generation, memory_order_acquire);
}

void keys_refresh(struct keys *keys)
{
	pthread_mutex_lock(&keys->lock);
	keys->look_asked = true;
	pthread_cond_broadcast(&keys->changed);
	pthread_mutex_unlock(&keys->lock);
}

bool keys_look(struct keys *keys)
{
	uint64_t give_up_ms = now_ms() + LOOK_WAIT_MS;
	struct timespec until = at_ms(give_up_ms);

	pthread_mutex_lock(&keys->lock);
	uint64_t generation = atomic_load(&keys->generation), looks = keys->looks;
	if (!keys->look_asked && now_ms() >= keys->last_ms + keys->options->key_retry_ms) {
		keys->look_asked = true;
		keys->last_ms = now_ms();
		pthread_cond_broadcast(&keys->changed);
		while (keys->looks == looks && !keys->stop && now_ms() < give_up_ms)
			pthread_cond_timedwait(&keys->changed, &keys->lock, &until);
	}
	bool has_changed = atomic_load(&keys->generation) != generation;
	pthread_mutex_unlock(&keys->lock);
	return has_changed;
}
