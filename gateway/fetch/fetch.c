/* SPDX-License-Identifier: Apache-2.0 */
/* One GET, patiently: redirects one by one, retries with growing waits, and never two requests to a host in quick succession. */
#include "cannula/fetch.h"

#include <ctype.h>
#include <errno.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fetch/exchange.h"
#include "fetch/url.h"

#define HOSTS_MAX 64u
#define HOST_NAME_MAX_BYTES 272u

/** When a host may be asked again; the oldest place is taken over. */
struct host {
	char name[HOST_NAME_MAX_BYTES];
	uint64_t asked_us;
};

struct fetcher {
	struct fetch_options options;
	struct exchange exchange;
	struct host hosts[HOSTS_MAX];
};

static void curl_start(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

bool fetcher_new(const struct fetch_options *options, struct fetcher **out, struct error *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct fetcher *fetcher = calloc(1, sizeof(*fetcher));

	if (!fetcher)
		return error_memory(err);
	pthread_once(&once, curl_start);
	fetcher->options = *options;
	if (!exchange_init(&fetcher->exchange, &fetcher->options, err)) {
		fetcher_free(fetcher);
		return false;
	}
	*out = fetcher;
	return true;
}

void fetcher_free(struct fetcher *fetcher)
{
	if (!fetcher)
		return;
	exchange_fini(&fetcher->exchange);
	free(fetcher);
}

/* ---- waiting ---- */

static void sleep_us(uint64_t us)
{
	struct timespec left = { .tv_sec = (time_t)(us / 1000000), .tv_nsec = (long)(us % 1000000) * 1000 };

	while (nanosleep(&left, &left) != 0 && errno == EINTR)
		;
}

static struct host *host_find(struct fetcher *fetcher, const char *name)
{
	struct host *oldest = &fetcher->hosts[0];

	for (size_t i = 0; i < HOSTS_MAX; i++) {
		struct host *host = &fetcher->hosts[i];
		if (strcmp(host->name, name) == 0)
			return host;
		if (host->asked_us < oldest->asked_us)
			oldest = host;
	}
	snprintf(oldest->name, sizeof(oldest->name), "%s", name);
	oldest->asked_us = 0;
	return oldest;
}

static void wait_for_host(struct fetcher *fetcher, struct slice name)
{
	struct host *host = host_find(fetcher, name.ptr);
	uint64_t now_us = time_monotonic_us(), due_us = host->asked_us + fetcher->options.host_interval_ms * 1000;

	if (host->asked_us && due_us > now_us)
		sleep_us(due_us - now_us);
	host->asked_us = time_monotonic_us();
}

/** Exponential, capped, and somewhere in its upper half, so that many gateways do not return in step. */
static uint64_t backoff_ms(const struct fetch_options *options, unsigned tries)
{
	uint64_t wait = options->retry_base_ms;
	uint16_t dice = 0;

	for (unsigned i = 1; i < tries && wait < options->retry_max_ms; i++)
		wait *= 2;
	if (wait > options->retry_max_ms)
		wait = options->retry_max_ms;
	if (RAND_bytes((unsigned char *)&dice, sizeof(dice)) != 1)
		dice = UINT16_MAX;
	return wait / 2 + wait * dice / (2 * (uint64_t)UINT16_MAX);
}

static bool status_may_pass(unsigned status)
{
	return status == 408 || status == 429 || status >= 500;
}

/* ---- one URL, several tries ---- */

/** The URL without its query, which may carry what logs must not. */
static void place_of(struct slice url, char out[sizeof(((struct error *)0)->place)])
{
	struct slice plain = slice_cut(&url, '?');

	snprintf(out, sizeof(((struct error *)0)->place), "%.*s", SLICE_ARG(plain));
}

/** True: try again, after a wait. Retry-After is a floor; a server that asks for more than retry_max is left alone until the next
 * run. */
static bool wait_for_retry(const struct fetcher *fetcher, enum exchange_end end, const struct exchange_answer *answer,
			   unsigned tries)
{
	uint64_t wait_ms;

	if (tries > fetcher->options.retries || end == EXCHANGE_REFUSED)
		return false;
	if (end == EXCHANGE_ANSWERED &&
	    (!status_may_pass(answer->status) || answer->retry_after_ms > fetcher->options.retry_max_ms))
		return false;
	wait_ms = backoff_ms(&fetcher->options, tries);
	if (end == EXCHANGE_ANSWERED && answer->retry_after_ms > wait_ms)
		wait_ms = answer->retry_after_ms;
	sleep_us(wait_ms * 1000);
	return true;
}

static bool try_url(struct fetcher *fetcher, struct arena *arena, struct slice url, const struct fetch_validators *known,
		    struct exchange_answer *answer, unsigned *tries, struct error *err)
{
	struct slice host = url_host(arena, url);
	char *text = arena_cstr(arena, url);

	if (!host.ptr || host.len == 0 || !text)
		return error_set(err, ERROR_USAGE, text ? text : "", "not an http(s) URL");
	for (;;) {
		struct error failure = { 0 };
		wait_for_host(fetcher, host);
		++*tries;
		enum exchange_end end = exchange_run(&fetcher->exchange, arena, text, known, answer, &failure);
		if (wait_for_retry(fetcher, end, answer, *tries))
			continue;
		if (end == EXCHANGE_ANSWERED)
			return true;
		place_of(url, failure.place);
		if (err && err->code == ERROR_NONE)
			*err = failure;
		return false;
	}
}

/* ---- redirects ---- */

/** Only to https; a redirect out of https or into this machine's files would be a downgrade that nobody asked for. */
static bool redirect_allowed(struct arena *arena, struct slice from, struct slice to, struct slice *out, struct error *err)
{
	char place[sizeof(err->place)], target[sizeof(err->place)];

	place_of(from, place);
	*out = fetch_url_resolve(arena, from, to); /* drops credentials, too */
	if (out->ptr && url_is_https(*out))
		return true;
	place_of(out->ptr ? *out : SLICE("something that is no http(s) URL"), target);
	error_set(err, ERROR_ACCESS, place, "redirects to %.200s, and only https is followed", target);
	return error_hint(err, "when the source has moved, change its url in the configuration");
}

static bool follow(struct fetcher *fetcher, struct arena *arena, struct slice *url, const struct fetch_validators *known,
		   struct exchange_answer *answer, unsigned *tries, struct error *err)
{
	char place[sizeof(err->place)];

	for (uint64_t hops = 0;; hops++) {
		if (!try_url(fetcher, arena, *url, known, answer, tries, err))
			return false;
		if (!answer->redirect.ptr)
			return true;
		place_of(*url, place);
		if (hops == fetcher->options.max_redirects)
			return error_set(err, ERROR_LIMIT, place, "more than %llu redirects",
					 (unsigned long long)fetcher->options.max_redirects);
		if (!redirect_allowed(arena, *url, answer->redirect, url, err))
			return false;
	}
}

/* ---- the answer ---- */

static struct slice header_copy(struct arena *arena, const char *text)
{
	return text[0] ? arena_copy(arena, slice_of(text)) : SLICE_NONE;
}

static struct slice lower(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		((char *)s.ptr)[i] = (char)tolower((unsigned char)s.ptr[i]);
	return s;
}

/** `type/subtype; charset="…"` (RFC 9110, section 8.3). */
static void read_content_type(struct arena *arena, const char *text, struct fetch_result *out)
{
	struct slice rest = lower(header_copy(arena, text)), charset = SLICE("charset=");

	if (!rest.ptr)
		return;
	out->content_type = slice_trim(slice_cut(&rest, ';'));
	while (rest.ptr) {
		struct slice parameter = slice_trim(slice_cut(&rest, ';'));
		if (!slice_starts(parameter, charset))
			continue;
		out->charset = slice_from(parameter, charset.len);
		if (out->charset.len >= 2 && out->charset.ptr[0] == '"' && out->charset.ptr[out->charset.len - 1] == '"')
			out->charset = (struct slice){ out->charset.ptr + 1, out->charset.len - 2 };
	}
}

/** RFC 9111 section 5.2: directives with commas between them. */
static void read_cache_control(struct arena *arena, const char *text, struct fetch_result *out)
{
	struct slice rest = lower(header_copy(arena, text)), max_age = SLICE("max-age=");

	while (rest.ptr) {
		struct slice directive = slice_trim(slice_cut(&rest, ','));
		if (slice_equal(directive, SLICE("no-cache")) || slice_equal(directive, SLICE("no-store"))) {
			out->has_max_age = true;
			out->max_age_s = 0;
			return;
		}
		if (slice_starts(directive, max_age))
			out->has_max_age = slice_to_u64(slice_from(directive, max_age.len), UINT32_MAX, &out->max_age_s);
	}
}

/** A 304 may repeat or renew validators; what it leaves out stays as it was known (RFC 9111, section 4.3.4). */
static void read_validators(struct arena *arena, const struct exchange *exchange, const struct fetch_validators *known,
			    struct fetch_result *out)
{
	out->validators.etag = header_copy(arena, exchange->etag);
	out->validators.last_modified = header_copy(arena, exchange->last_modified);
	if (out->status != 304 || !known)
		return;
	if (!out->validators.etag.ptr)
		out->validators.etag = known->etag;
	if (!out->validators.last_modified.ptr)
		out->validators.last_modified = known->last_modified;
}

bool fetch_get(struct fetcher *fetcher, struct arena *arena, struct slice url, const struct fetch_validators *known,
	       struct fetch_result *out, struct error *err)
{
	struct exchange_answer answer = { 0 };

	if (url_is_file(url))
		return file_get(arena, url, known, fetcher->options.max_decoded_bytes, out, err);
	memset(out, 0, sizeof(*out));
	out->effective_url = url;
	if (!follow(fetcher, arena, &out->effective_url, known, &answer, &out->tries, err))
		return false;
	out->status = answer.status;
	out->wire_bytes = answer.wire_bytes;
	read_content_type(arena, fetcher->exchange.content_type, out);
	read_cache_control(arena, fetcher->exchange.cache_control, out);
	read_validators(arena, &fetcher->exchange, known, out);
	if (out->status == 304)
		return true;
	out->body = fetcher->exchange.body.len ? arena_copy(arena, buf_slice(&fetcher->exchange.body)) : SLICE("");
	return out->body.ptr || error_memory(err);
}
