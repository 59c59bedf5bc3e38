/* SPDX-License-Identifier: Apache-2.0 */
/**
 * metrics: what requests did, counted where they are answered. Each thread has counters of its own, which only it writes, so a
 * request costs a few plain stores; reading sums them.
 */
#ifndef CANNULA_API_METRICS_H
#define CANNULA_API_METRICS_H

#include "cannula/base.h"

#include <stdatomic.h>

struct metrics;

/** Rows of api_interactions, and one for what was no interaction. */
#define METRICS_ROWS_MAX 64u
#define METRICS_CLASSES 5u /**< 1xx to 5xx */
/** Upper bounds in microseconds; a last bucket holds the rest. */
extern const uint64_t metrics_bounds_us[];
#define METRICS_BUCKETS 16u

struct metrics_cell {
	uint64_t buckets[METRICS_BUCKETS]; /**< not cumulative */
	uint64_t sum_us, in_bytes, out_bytes;
};

struct metrics *metrics_new(void) MUST_USE; /**< NULL: no memory */
void metrics_free(struct metrics *metrics); /**< NULL is allowed */
/** One request was answered. `row` below METRICS_ROWS_MAX; `status` 100 to 599. */
void metrics_count(struct metrics *metrics, size_t row, unsigned status, uint64_t duration_us, uint64_t in_bytes,
		   uint64_t out_bytes);
/** Adds all threads' counts of a row and a hundred of status (0: 1xx) to `out`. */
void metrics_sum(struct metrics *metrics, size_t row, size_t hundred, struct metrics_cell *out);

#endif
