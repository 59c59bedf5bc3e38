/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CANNULA_FETCH_URL_H
#define CANNULA_FETCH_URL_H

#include "cannula/fetch.h"

bool url_is_file(struct slice url);
bool url_is_https(struct slice url);
/** "host:port", lower case, for places and the per-host interval; absent when `url` is none. */
struct slice url_host(struct arena *arena, struct slice url);
/** The path that a `file:` URL names. False with a reason when it names another machine, a query, or climbs by encoded dots. */
bool url_file_path(struct arena *arena, struct slice url, const char **out, struct error *err) MUST_USE;

/** Reads a `file:` URL as fetch_get does. */
bool file_get(struct arena *arena, struct slice url, const struct fetch_validators *known, uint64_t max_bytes,
	      struct fetch_result *out, struct error *err) MUST_USE;

#endif
