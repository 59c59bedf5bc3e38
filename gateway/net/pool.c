/* SPDX-License-Identifier: Apache-2.0 */
#include "net/pool.h"

#include "net/exchange.h"
#include "net/loop.h"

#include <stdlib.h>

struct worker {
	struct pool *pool;
	unsigned number;
	uv_thread_t thread;
};

struct pool {
	uv_mutex_t mutex;
	uv_cond_t has_work;
	struct exchange *first, **last;
	bool is_stopping;
	unsigned idle; /**< workers that wait and that nobody has woken; waking is a system call */
	size_t queued;
	unsigned count;
	struct worker workers[];
};

/** The next exchange; NULL when the pool ends. */
static struct exchange *take(struct pool *pool)
{
	uv_mutex_lock(&pool->mutex);
	while (!pool->first && !pool->is_stopping) {
		pool->idle++;
		uv_cond_wait(&pool->has_work, &pool->mutex);
	}
	struct exchange *exchange = pool->first;
	if (exchange) {
		pool->first = exchange->next;
		pool->queued--;
		if (!pool->first)
			pool->last = &pool->first;
	}
	uv_mutex_unlock(&pool->mutex);
	return exchange;
}

static void work(void *argument)
{
	struct worker *worker = argument;
	struct exchange *exchange;

	while ((exchange = take(worker->pool))) {
		exchange_work(exchange, worker->number);
		loop_hand_back(exchange->loop, exchange);
	}
}

bool pool_new(unsigned workers, struct pool **out, struct error *err)
{
	struct pool *pool = calloc(1, sizeof(*pool) + workers * sizeof(pool->workers[0]));

	if (!pool)
		return error_memory(err);
	pool->last = &pool->first;
	if (uv_mutex_init(&pool->mutex) != 0 || uv_cond_init(&pool->has_work) != 0) {
		free(pool);
		return error_memory(err);
	}
	for (; pool->count < workers; pool->count++) {
		struct worker *worker = &pool->workers[pool->count];
		worker->pool = pool;
		worker->number = pool->count;
		int failure = uv_thread_create(&worker->thread, work, worker);
		if (failure) {
			pool_free(pool);
			return error_errno(err, -failure, "", "start a worker thread");
		}
	}
	*out = pool;
	return true;
}

void pool_submit(struct pool *pool, struct exchange *exchange)
{
	exchange->next = NULL;
	uv_mutex_lock(&pool->mutex);
	*pool->last = exchange;
	pool->last = &exchange->next;
	pool->queued++;
	bool wake = pool->idle > 0;
	pool->idle -= wake;
	uv_mutex_unlock(&pool->mutex);
	if (wake)
		uv_cond_signal(&pool->has_work);
}

void pool_figures(struct pool *pool, struct net_figures *out)
{
	uv_mutex_lock(&pool->mutex);
	out->pool_threads = pool->count;
	out->pool_idle = pool->idle;
	out->pool_queue = pool->queued;
	uv_mutex_unlock(&pool->mutex);
}

void pool_free(struct pool *pool)
{
	if (!pool)
		return;
	uv_mutex_lock(&pool->mutex);
	pool->is_stopping = true;
	uv_cond_broadcast(&pool->has_work);
	uv_mutex_unlock(&pool->mutex);
	for (unsigned i = 0; i < pool->count; i++)
		uv_thread_join(&pool->workers[i].thread);
	uv_cond_destroy(&pool->has_work);
	uv_mutex_destroy(&pool->mutex);
	free(pool);
}
