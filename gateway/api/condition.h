/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Conditional requests (RFC 9110 section 13) on a resource version.
 */
#ifndef CANNULA_API_CONDITION_H
#define CANNULA_API_CONDITION_H

#include "cannula/net.h"

enum condition { CONDITION_HOLDS, CONDITION_NOT_MODIFIED, CONDITION_FAILED };

/** In the order of section 13.2.2. FHIR's ETags are weak and compared by their opaque part also for If-Match
 * (http.html#concurrency). Dates that are no HTTP dates are ignored, as the RFC asks. */
enum condition condition_check(const struct net_request *request, struct slice etag, int64_t last_updated_ms);
/** Seconds since 1970 of any of the three forms of section 5.6.7. */
bool condition_date_parse(struct slice text, int64_t *seconds) MUST_USE;

#endif
