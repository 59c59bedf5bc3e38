/* SPDX-License-Identifier: Apache-2.0 */
#include "net/loop.h"

#include "net/conn.h"
#include "net/exchange.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ACCEPTS_A_TURN 64
#define ACCEPT_PAUSE_MS 100
/** What is kept between uses: more would be memory that one big request left behind. */
#define SPARE_BUF_BYTES_MAX (256u << 10)
#define LINGER_MS 1000
#define HOLD_MS 20
/** How long a connection stays as it is after its last request. Packing what it keeps takes as long as ten requests. */
#define LULL_MS 5000
/** Connections whose lull ends in one turn; more would keep the others waiting. */
#define LULLS_A_TURN 8

/* ---- lending ---- */

void loop_lend_buf(struct loop *loop, struct buf *out)
{
	if (loop->spare_buf_count)
		*out = loop->spare_bufs[--loop->spare_buf_count];
	else
		buf_init(out, CONN_BUF_BYTES_MAX(loop->server));
}

void loop_return_buf(struct loop *loop, struct buf *buf)
{
	buf_reset(buf);
	if (loop->spare_buf_count < LOOP_SPARES_MAX && buf->capacity && buf->capacity <= SPARE_BUF_BYTES_MAX)
		loop->spare_bufs[loop->spare_buf_count++] = *buf;
	else
		buf_free(buf);
	*buf = (struct buf){ 0 };
}

struct arena *loop_lend_arena(struct loop *loop)
{
	if (loop->spare_arena_count)
		return loop->spare_arenas[--loop->spare_arena_count];
	return arena_new(loop->server->options.request_arena_bytes);
}

void loop_return_arena(struct loop *loop, struct arena *arena)
{
	if (loop->spare_arena_count == LOOP_SPARES_MAX) {
		arena_free(arena);
		return;
	}
	arena_reset(arena);
	loop->spare_arenas[loop->spare_arena_count++] = arena;
}

struct slice loop_date(struct loop *loop)
{
	int64_t now_ms = time_now_ms();

	if (now_ms / 1000 != loop->date_second) {
		loop->date_second = now_ms / 1000;
		time_format_http(now_ms, loop->date);
	}
	return (struct slice){ loop->date, sizeof(loop->date) - 1 };
}

/** Unique without a shared counter: the loop's number stands in the upper bits. */
uint64_t loop_next_id(struct loop *loop)
{
	return ((uint64_t)loop->number << 48) | ++loop->requests;
}

/* ---- deadlines ---- */

static void on_deadline(uv_timer_t *timer);

static void arm(struct loop *loop, uint64_t deadline_ms)
{
	uint64_t now = uv_now(&loop->uv);
	bool is_active = uv_is_active((uv_handle_t *)&loop->deadline_timer);

	if (loop->is_ending || (is_active && loop->armed_for_ms <= deadline_ms))
		return;
	loop->armed_for_ms = deadline_ms;
	uv_timer_start(&loop->deadline_timer, on_deadline, deadline_ms > now ? deadline_ms - now : 0, 0);
}

void loop_forget(struct loop *loop, struct conn *conn)
{
	struct wait_list *list = &loop->waiting[conn->wait];

	if (conn->earlier)
		conn->earlier->later = conn->later;
	else
		list->first = conn->later;
	if (conn->later)
		conn->later->earlier = conn->earlier;
	else
		list->last = conn->earlier;
	conn->earlier = conn->later = NULL;
}

/** Appends; the list stays in order because all in it wait equally long. */
static void stand_in_line(struct loop *loop, struct conn *conn, enum loop_wait wait)
{
	struct wait_list *list = &loop->waiting[wait];

	conn->wait = wait;
	conn->later = NULL;
	conn->earlier = list->last;
	if (list->last)
		list->last->later = conn;
	else
		list->first = conn;
	list->last = conn;
}

void loop_wait(struct loop *loop, struct conn *conn, enum loop_wait wait)
{
	if (conn->is_waiting)
		loop_forget(loop, conn);
	conn->is_waiting = true;
	conn->deadline_ms = uv_now(&loop->uv) + loop->wait_ms[wait];
	stand_in_line(loop, conn, wait);
	if (wait != WAIT_FOREVER)
		arm(loop, conn->deadline_ms);
}

static void on_deadline(uv_timer_t *timer)
{
	struct loop *loop = timer->data;
	uint64_t now = uv_now(&loop->uv);

	for (unsigned wait = 0; wait < WAIT_FOREVER; wait++) {
		struct wait_list *list = &loop->waiting[wait];
		unsigned left = wait == WAIT_LULL ? LULLS_A_TURN : UINT_MAX;
		while (list->first && list->first->deadline_ms <= now && left--) {
			struct conn *conn = list->first;
			conn_expire(conn);
			ASSERT(list->first != conn || conn->deadline_ms > now);
		}
		if (list->first)
			arm(loop, list->first->deadline_ms > now ? list->first->deadline_ms : now + 1);
	}
}

/* ---- accepting ---- */

static void on_listener(uv_poll_t *poll, int status, int events);

static void listen_again(uv_timer_t *timer)
{
	struct loop *loop = timer->data;

	for (unsigned i = 0; i < loop->server->address_count && !loop->is_draining; i++)
		uv_poll_start(&loop->sockets[i], UV_READABLE, on_listener);
}

/** Out of descriptors or memory: the listener would report readiness without end. */
static void pause_accepting(struct loop *loop, int number)
{
	log_write(LOG_ERROR, "cannot accept connections: %s; trying again (see ulimit -n and max_connections)", strerror(number));
	for (unsigned i = 0; i < loop->server->address_count; i++)
		uv_poll_stop(&loop->sockets[i]);
	uv_timer_start(&loop->accept_timer, listen_again, ACCEPT_PAUSE_MS, 0);
}

static void on_listener(uv_poll_t *poll, int status, int events)
{
	struct loop *loop = poll->loop->data;
	const struct net_server *server = loop->server;
	const struct server_listener *listener = &server->listeners[server->listener_of[poll - loop->sockets]];
	uv_os_fd_t socket;

	(void)status;
	(void)events;
	if (uv_fileno((uv_handle_t *)poll, &socket) != 0)
		return;
	for (unsigned i = 0; i < ACCEPTS_A_TURN; i++) {
		struct sockaddr_storage peer;
		socklen_t length = sizeof(peer);
		int fd = accept4(socket, (struct sockaddr *)&peer, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0)
			loop->connections += conn_open(loop, fd, &peer, listener);
		else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
			return pause_accepting(loop, errno);
		else if (errno == EAGAIN)
			return;
	}
}

/* ---- end ---- */

static void close_listener(uv_handle_t *handle)
{
	uv_os_fd_t fd;

	if (uv_fileno(handle, &fd) != 0)
		return;
	uv_close(handle, NULL);
	close(fd);
}

/** When nothing is open or away, closing the last handles lets uv_run return. */
static void end_when_empty(struct loop *loop)
{
	if (!loop->is_draining || loop->is_ending || loop->connections || loop->exchanges_away)
		return;
	loop->is_ending = true;
	uv_close((uv_handle_t *)&loop->deadline_timer, NULL);
	uv_close((uv_handle_t *)&loop->accept_timer, NULL);
	uv_close((uv_handle_t *)&loop->drain_timer, NULL);
	uv_close((uv_handle_t *)&loop->hold_timer, NULL);
	uv_close((uv_handle_t *)&loop->wake, NULL);
}

void loop_conn_freed(struct loop *loop)
{
	loop->connections--;
	atomic_fetch_add_explicit(&loop->server->counters.freed, 1, memory_order_relaxed);
	end_when_empty(loop);
}

static void each_conn(struct loop *loop, void (*act)(struct conn *conn))
{
	for (unsigned wait = 0; wait < WAIT_COUNT; wait++)
		for (struct conn *conn = loop->waiting[wait].first, *later; conn; conn = later) {
			later = conn->later;
			act(conn);
		}
}

/** Bodies of other loops count too, so nobody tells this one when there is room again. */
static void on_hold(uv_timer_t *timer)
{
	struct loop *loop = timer->data;
	const struct net_server *server = loop->server;

	if (atomic_load(&server->body_bytes) >= server->options.max_bodies_bytes)
		return;
	uv_timer_stop(timer);
	each_conn(loop, conn_let_go);
}

void loop_hold(struct loop *loop)
{
	if (!loop->is_ending && !uv_is_active((uv_handle_t *)&loop->hold_timer))
		uv_timer_start(&loop->hold_timer, on_hold, HOLD_MS, HOLD_MS);
}

static void on_drained(uv_timer_t *timer)
{
	struct loop *loop = timer->data;

	if (loop->connections)
		log_write(LOG_WARN, "stopping: %zu connections were cut", loop->connections);
	each_conn(loop, conn_close);
}

static void drain(struct loop *loop)
{
	loop->is_draining = true;
	for (unsigned i = 0; i < loop->server->address_count; i++)
		close_listener((uv_handle_t *)&loop->sockets[i]);
	uv_timer_start(&loop->drain_timer, on_drained, loop->server->options.drain_ms, 0);
	each_conn(loop, conn_drain);
}

/* ---- other threads ---- */

void loop_stop(struct loop *loop, bool now)
{
	uv_mutex_lock(&loop->mutex);
	loop->stop_asked = true;
	loop->stop_now_asked |= now;
	uv_async_send(&loop->wake);
	uv_mutex_unlock(&loop->mutex);
}

void loop_exchange_leaves(struct loop *loop)
{
	loop->exchanges_away++;
}

/** The wake-up stands inside the lock: the loop ends, and closes `wake`, only after it took this exchange. */
void loop_hand_back(struct loop *loop, struct exchange *exchange)
{
	uv_mutex_lock(&loop->mutex);
	bool is_first = !loop->handed_back;
	exchange->next = loop->handed_back;
	loop->handed_back = exchange;
	if (is_first)
		uv_async_send(&loop->wake);
	uv_mutex_unlock(&loop->mutex);
}

/** They were pushed in front; first come, first served. */
static struct exchange *reverse(struct exchange *list)
{
	struct exchange *reversed = NULL;

	while (list) {
		struct exchange *next = list->next;
		list->next = reversed;
		reversed = list;
		list = next;
	}
	return reversed;
}

/** All replies first, so that those of one connection leave together. A connection that closes meanwhile is not freed before the
 * next turn of the loop. */
static void take_back(struct loop *loop, struct exchange *exchange)
{
	struct conn *going = NULL;

	while (exchange) {
		struct exchange *next = exchange->next;
		struct conn *conn = exchange->conn;
		loop->exchanges_away--;
		if (conn_replied(conn, exchange)) {
			conn->next_going = going;
			going = conn;
		}
		exchange = next;
	}
	while (going) {
		struct conn *next = going->next_going;
		conn_go_on(going);
		going = next;
	}
}

static void on_wake(uv_async_t *wake)
{
	struct loop *loop = wake->data;

	uv_mutex_lock(&loop->mutex);
	struct exchange *exchange = reverse(loop->handed_back);
	bool stop = loop->stop_asked, now = loop->stop_now_asked;
	loop->handed_back = NULL;
	uv_mutex_unlock(&loop->mutex);
	take_back(loop, exchange);
	if (stop && !loop->is_draining)
		drain(loop);
	if (now && !loop->is_ending)
		each_conn(loop, conn_close);
	end_when_empty(loop);
}

/* ---- life ---- */

static void set_waits(struct loop *loop, const struct net_options *options)
{
	loop->wait_ms[WAIT_HANDSHAKE] = options->handshake_ms;
	loop->wait_ms[WAIT_HEADER] = options->header_ms;
	loop->wait_ms[WAIT_BODY] = options->body_ms;
	loop->wait_ms[WAIT_LULL] = options->idle_ms < LULL_MS ? options->idle_ms : LULL_MS;
	loop->wait_ms[WAIT_IDLE] = options->idle_ms - loop->wait_ms[WAIT_LULL];
	loop->wait_ms[WAIT_WRITE] = options->write_ms;
	loop->wait_ms[WAIT_LINGER] = LINGER_MS;
}

static void close_handle(uv_handle_t *handle, void *unused)
{
	(void)unused;
	uv_close(handle, NULL);
}

static int init_handles(struct loop *loop, const int *sockets)
{
	int failure = uv_async_init(&loop->uv, &loop->wake, on_wake);

	uv_timer_init(&loop->uv, &loop->deadline_timer);
	uv_timer_init(&loop->uv, &loop->accept_timer);
	uv_timer_init(&loop->uv, &loop->drain_timer);
	uv_timer_init(&loop->uv, &loop->hold_timer);
	loop->wake.data = loop->deadline_timer.data = loop->accept_timer.data = loop->drain_timer.data = loop->hold_timer.data =
	    loop;
	for (unsigned i = 0; i < loop->server->address_count && !failure; i++)
		failure = uv_poll_init_socket(&loop->uv, &loop->sockets[i], sockets[i]);
	return failure;
}

bool loop_open(struct loop *loop, struct net_server *server, unsigned number, const int *sockets, struct error *err)
{
	loop->server = server;
	loop->number = number;
	set_waits(loop, &server->options);
	buf_init(&loop->scratch, CONN_BUF_BYTES_MAX(server));
	if (uv_mutex_init(&loop->mutex) != 0)
		return error_memory(err);
	int failure = uv_loop_init(&loop->uv);
	if (!failure && (failure = init_handles(loop, sockets)) != 0) {
		uv_walk(&loop->uv, close_handle, NULL);
		uv_run(&loop->uv, UV_RUN_DEFAULT);
		uv_loop_close(&loop->uv);
	}
	loop->uv.data = loop;
	return failure ? error_errno(err, -failure, "", "prepare an event loop") : true;
}

static void run(void *argument)
{
	struct loop *loop = argument;

	uv_run(&loop->uv, UV_RUN_DEFAULT);
	server_loop_ended(loop->server);
}

bool loop_start(struct loop *loop, struct error *err)
{
	listen_again(&loop->accept_timer);
	int failure = uv_thread_create(&loop->thread, run, loop);

	loop->has_thread = !failure;
	return failure ? error_errno(err, -failure, "", "start a thread") : true;
}

void loop_join(struct loop *loop)
{
	if (loop->has_thread)
		uv_thread_join(&loop->thread);
	else
		uv_run(&loop->uv, UV_RUN_DEFAULT); /* it never ran: closes its handles */
	ASSERT(uv_loop_close(&loop->uv) == 0);
	uv_mutex_destroy(&loop->mutex);
	while (loop->spare_buf_count)
		buf_free(&loop->spare_bufs[--loop->spare_buf_count]);
	while (loop->spare_arena_count)
		arena_free(loop->spare_arenas[--loop->spare_arena_count]);
	http2_shared_free(&loop->http2);
	buf_free(&loop->scratch);
}
