/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CANNULA_FETCH_EXCHANGE_H
#define CANNULA_FETCH_EXCHANGE_H

#include <curl/curl.h>

#include "cannula/fetch.h"

/** One request and its answer, redirects not followed. Kept by the fetcher and used again for the next. */
struct exchange {
	const struct fetch_options *options;
	CURL *curl;
	struct buf body;
	char etag[1024], last_modified[128], content_type[256],
	    cache_control[256]; /* of the latest answer; empty when not sent */
	size_t header_bytes;
	const char *limit; /* the cap that ended the transfer; NULL: none */
	uint64_t limit_value;
	char refused_address[64]; /* that the guard did not connect to; empty: none */
	char detail[CURL_ERROR_SIZE];
};

enum exchange_end {
	EXCHANGE_ANSWERED, /* `out` is filled, whatever the status */
	EXCHANGE_BROKEN,   /* transport: may pass */
	EXCHANGE_REFUSED,  /* a limit, the guard, an untrusted certificate: will not pass by itself */
};

bool exchange_init(struct exchange *exchange, const struct fetch_options *options, struct error *err) MUST_USE;
void exchange_fini(struct exchange *exchange);

struct exchange_answer {
	unsigned status;
	struct slice redirect;   /* absolute, in the arena; absent when this is none */
	uint64_t retry_after_ms; /* 0: not said */
	uint64_t wire_bytes;
};

/** `url` is a C string. Sets `err` unless answered. */
enum exchange_end exchange_run(struct exchange *exchange, struct arena *arena, const char *url,
			       const struct fetch_validators *known, struct exchange_answer *out, struct error *err) MUST_USE;

#endif
