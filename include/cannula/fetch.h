/* SPDX-License-Identifier: Apache-2.0 */
/**
 * fetch: the only user of libcurl. Conditional requests, retries, politeness, limits, and a guard against addresses that a public
 * source has no business to point to.
 *
 * Source: RFC 9110 (conditional requests, Retry-After), RFC 9309 (robots.txt; later).
 */
#ifndef CANNULA_FETCH_H
#define CANNULA_FETCH_H

#include "cannula/base.h"

struct fetch_options {
	uint64_t connect_ms, total_ms, stall_ms;
	uint64_t max_wire_bytes, max_decoded_bytes;
	uint64_t max_redirects;
	uint64_t retries; /**< after the first try; only 408, 429, 5xx and transport errors */
	uint64_t retry_base_ms, retry_max_ms;
	uint64_t host_interval_ms; /**< between two requests to one host */
	bool allow_private;        /**< private, loopback and link-local addresses may be connected to */
	struct slice ca_file;      /**< further trusted roots, PEM */
	struct slice user_agent;
};
extern const struct option_table fetch_option_table;

/** Validators as the server sent them, opaque. */
struct fetch_validators {
	struct slice etag, last_modified;
};

struct fetch_result {
	unsigned status; /**< 200, 304, 4xx, 5xx; 0 never */
	struct slice effective_url;
	struct slice content_type; /**< without parameters, lower case */
	struct slice charset;      /**< from the header; absent when not given */
	struct fetch_validators validators;
	struct slice body; /**< in the arena; absent on 304 */
	bool has_max_age;
	uint64_t max_age_s; /**< of Cache-Control (RFC 9111 section 5.2.2.1); no-cache and no-store count as 0 */
	uint64_t wire_bytes;
	unsigned tries;
};

struct fetcher;

bool fetcher_new(const struct fetch_options *options, struct fetcher **out, struct error *err) MUST_USE;
void fetcher_free(struct fetcher *fetcher);
/** One GET. `known` (may be NULL) makes it conditional. A `file:` URL is read from disk with the digest as its ETag, so that a
 * source can be a folder; only URLs given by configuration may be `file:`, never redirects or links from the network. True
 * whenever a server answered, with whatever status; false: transport, limit or guard, with the reason. */
bool fetch_get(struct fetcher *fetcher, struct arena *arena, struct slice url, const struct fetch_validators *known,
	       struct fetch_result *out, struct error *err) MUST_USE;
/** `reference` against `base` (RFC 3986), without fragment and user information; absent when it is no http(s) or file URL. A
 * `file:` base gives only files in its own folder or below; an http(s) base never gives a `file:` URL. */
struct slice fetch_url_resolve(struct arena *arena, struct slice base, struct slice reference);
/** A URL as written in the configuration file `file`: what follows `file:` may be a path relative to that file. Absent when it is
 * no http(s) or file URL. */
struct slice fetch_url_configured(struct arena *arena, const char *file, struct slice url);
/** Whether both have the same scheme, host and port. All files are of one origin. */
bool fetch_url_same_origin(struct slice a, struct slice b);

#endif
