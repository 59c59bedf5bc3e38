/* SPDX-License-Identifier: Apache-2.0 */
/* A partial date as the span of time it covers. */
#ifndef STORE_SPAN_H
#define STORE_SPAN_H

#include "cannula/base.h"

/** Milliseconds since 1970 UTC, from `low` to before `high`. */
struct span {
	int64_t low, high;
};

#define SPAN_LOWEST INT64_MIN
#define SPAN_HIGHEST INT64_MAX

/** Reads FHIR date, dateTime or instant of any precision (2026, 2026-11, 2026-11-23T20:48Z …). Without a zone it is read as UTC.
 */
bool span_read(struct slice text, struct span *out) MUST_USE;

#endif
