/* SPDX-License-Identifier: Apache-2.0 */
#include "api/line_writer.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* How long the thread lets lines gather before it writes them. */
#define GATHER_NS 20000000

struct line_writer {
	int fd;
	pthread_t thread;
	bool has_thread;
	pthread_mutex_t lock; /* over what follows */
	pthread_cond_t wake, written;
	bool stop, is_hurried;
	struct buf waiting;
	uint64_t lost;
	uint64_t added_bytes, written_bytes;
	struct buf leaving; /* the thread's own */
};

/** All of it, as far as the reader lives. */
static void write_out(int fd, struct slice bytes)
{
	while (bytes.len) {
		ssize_t written = write(fd, bytes.ptr, bytes.len);
		if (written < 0 && errno == EAGAIN) {
			struct pollfd one = { .fd = fd, .events = POLLOUT };
			poll(&one, 1, -1);
			continue;
		}
		if (written < 0 && errno != EINTR)
			return;
		if (written > 0)
			bytes = slice_from(bytes, (size_t)written);
	}
}

/** Takes what waits, without the lock while it writes. */
static void write_waiting(struct line_writer *writer)
{
	struct buf full = writer->waiting;
	uint64_t lost = writer->lost, upto = writer->added_bytes;

	writer->waiting = writer->leaving;
	writer->leaving = full;
	writer->lost = 0;
	pthread_mutex_unlock(&writer->lock);
	write_out(writer->fd, buf_slice(&writer->leaving));
	buf_reset(&writer->leaving);
	if (lost)
		log_write(LOG_WARN, "%llu lines of the access log are lost: who reads it does not keep up",
			  (unsigned long long)lost);
	pthread_mutex_lock(&writer->lock);
	writer->written_bytes = upto;
	pthread_cond_broadcast(&writer->written);
}

/** Under the lock: gives others a moment to add theirs. */
static void gather(struct line_writer *writer)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += GATHER_NS;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	while (!writer->stop && !writer->is_hurried && pthread_cond_timedwait(&writer->wake, &writer->lock, &until) != ETIMEDOUT)
		;
	writer->is_hurried = false;
}

static void *run(void *context)
{
	struct line_writer *writer = context;

	pthread_mutex_lock(&writer->lock);
	for (;;) {
		while (!writer->waiting.len && !writer->lost && !writer->stop)
			pthread_cond_wait(&writer->wake, &writer->lock);
		if (!writer->waiting.len && !writer->lost)
			break;
		gather(writer);
		write_waiting(writer);
	}
	pthread_mutex_unlock(&writer->lock);
	return NULL;
}

bool line_writer_new(int fd, struct line_writer **out, struct error *err)
{
	struct line_writer *writer = calloc(1, sizeof(*writer));
	pthread_condattr_t monotonic;

	if (!writer)
		return error_memory(err);
	writer->fd = fd;
	buf_init(&writer->waiting, LINE_WRITER_MAX_BYTES);
	buf_init(&writer->leaving, LINE_WRITER_MAX_BYTES);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_mutex_init(&writer->lock, NULL);
	pthread_cond_init(&writer->wake, &monotonic);
	pthread_cond_init(&writer->written, &monotonic);
	pthread_condattr_destroy(&monotonic);
	int failed = pthread_create(&writer->thread, NULL, run, writer);
	writer->has_thread = !failed;
	if (failed) {
		line_writer_free(writer);
		return error_errno(err, failed, "", "start a thread");
	}
	*out = writer;
	return true;
}

void line_writer_free(struct line_writer *writer)
{
	if (!writer)
		return;
	pthread_mutex_lock(&writer->lock);
	writer->stop = true;
	pthread_cond_signal(&writer->wake);
	pthread_mutex_unlock(&writer->lock);
	if (writer->has_thread)
		pthread_join(writer->thread, NULL);
	buf_free(&writer->waiting);
	buf_free(&writer->leaving);
	pthread_cond_destroy(&writer->wake);
	pthread_cond_destroy(&writer->written);
	pthread_mutex_destroy(&writer->lock);
	free(writer);
}

void line_writer_add(struct line_writer *writer, struct slice line)
{
	pthread_mutex_lock(&writer->lock);
	bool was_empty = writer->waiting.len == 0;
	if (writer->waiting.len + line.len > LINE_WRITER_MAX_BYTES) {
		writer->lost++;
	} else {
		buf_append(&writer->waiting, line);
		writer->added_bytes += line.len;
	}
	pthread_mutex_unlock(&writer->lock);
	if (was_empty)
		pthread_cond_signal(&writer->wake);
}

void line_writer_flush(struct line_writer *writer)
{
	pthread_mutex_lock(&writer->lock);
	uint64_t upto = writer->added_bytes;
	while (writer->written_bytes < upto) {
		writer->is_hurried = true;
		pthread_cond_signal(&writer->wake);
		pthread_cond_wait(&writer->written, &writer->lock);
	}
	pthread_mutex_unlock(&writer->lock);
}
