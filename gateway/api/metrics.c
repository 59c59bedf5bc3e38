/* SPDX-License-Identifier: Apache-2.0 */
#include "api/metrics.h"

#include <pthread.h>
#include <stdlib.h>

const uint64_t metrics_bounds_us[METRICS_BUCKETS - 1] = {
	100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000, 10000000,
};

struct cell {
	_Atomic uint64_t buckets[METRICS_BUCKETS], sum_us, in_bytes, out_bytes;
};

/** The counters of one thread; nobody else writes them. */
struct shard {
	struct shard *next;
	struct cell cells[METRICS_ROWS_MAX][METRICS_CLASSES];
};

struct metrics {
	uint64_t serial; /* a thread's shard is that of one `struct metrics` only */
	pthread_mutex_t lock;
	_Atomic(struct shard *) shards; /* added under the lock, never removed */
	struct shard spill;             /* of threads for which there was no memory: may lose counts */
};

static _Thread_local struct {
	uint64_t serial;
	struct shard *shard;
} mine;

struct metrics *metrics_new(void)
{
	static _Atomic uint64_t last_serial;
	struct metrics *metrics = calloc(1, sizeof(*metrics));

	if (!metrics)
		return NULL;
	metrics->serial = atomic_fetch_add(&last_serial, 1) + 1;
	pthread_mutex_init(&metrics->lock, NULL);
	atomic_init(&metrics->shards, &metrics->spill);
	return metrics;
}

void metrics_free(struct metrics *metrics)
{
	if (!metrics)
		return;
	for (struct shard *shard = atomic_load(&metrics->shards), *next; shard != &metrics->spill; shard = next) {
		next = shard->next;
		free(shard);
	}
	pthread_mutex_destroy(&metrics->lock);
	free(metrics);
}

/** A thread's first count. */
static struct shard *shard_add(struct metrics *metrics)
{
	struct shard *shard = calloc(1, sizeof(*shard));

	if (!shard)
		return &metrics->spill;
	pthread_mutex_lock(&metrics->lock);
	shard->next = atomic_load(&metrics->shards);
	atomic_store(&metrics->shards, shard);
	pthread_mutex_unlock(&metrics->lock);
	mine.serial = metrics->serial;
	mine.shard = shard;
	return shard;
}

/** One writer: a load and a store will do. */
static void add(_Atomic uint64_t *counter, uint64_t amount)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + amount, memory_order_relaxed);
}

void metrics_count(struct metrics *metrics, size_t row, unsigned status, uint64_t duration_us, uint64_t in_bytes,
		   uint64_t out_bytes)
{
	ASSERT(row < METRICS_ROWS_MAX && status >= 100 && status <= 599);
	struct shard *shard = mine.serial == metrics->serial ? mine.shard : shard_add(metrics);
	struct cell *cell = &shard->cells[row][status / 100 - 1];
	size_t bucket = 0;

	while (bucket < METRICS_BUCKETS - 1 && duration_us > metrics_bounds_us[bucket])
		bucket++;
	add(&cell->buckets[bucket], 1);
	add(&cell->sum_us, duration_us);
	add(&cell->in_bytes, in_bytes);
	add(&cell->out_bytes, out_bytes);
}

static uint64_t read_counter(_Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

void metrics_sum(struct metrics *metrics, size_t row, size_t hundred, struct metrics_cell *out)
{
	ASSERT(row < METRICS_ROWS_MAX && hundred < METRICS_CLASSES);
	for (struct shard *shard = atomic_load(&metrics->shards); shard; shard = shard->next) {
		struct cell *cell = &shard->cells[row][hundred];
		for (size_t i = 0; i < METRICS_BUCKETS; i++)
			out->buckets[i] += read_counter(&cell->buckets[i]);
		out->sum_us += read_counter(&cell->sum_us);
		out->in_bytes += read_counter(&cell->in_bytes);
		out->out_bytes += read_counter(&cell->out_bytes);
	}
}
