/* SPDX-License-Identifier: Apache-2.0 */
/* A connection of which nothing was asked for a while keeps less, and goes on as if nothing had been. The loop turns in this
 * thread. */
#include "live.h"

#include "net/conn.h"
#include "net/listeners.h"

#include <sys/socket.h>

#define CLIENTS 30u
#define HELLO "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"

static struct live live;
static struct loop loop;
static int ends[CLIENTS];

static int open_loop(void **state)
{
	struct error err = { 0 };

	(void)state;
	files_make(&files);
	live_init(&live, true);
	assert_ok(net_server_new(&live.options, &live.handler, &live.server, &err), &err);
	assert_ok(loop_open(&loop, live.server, 0, live.server->sockets, &err), &err);
	for (unsigned i = 0; i < live.server->address_count; i++)
		live.server->sockets[i] = -1; /* the loop's now */
	loop.wait_ms[WAIT_LULL] = 1;
	return 0;
}

static int end_loop(void **state)
{
	(void)state;
	loop_stop(&loop, true);
	loop_join(&loop);
	net_server_free(live.server);
	live_forget(&live);
	files_remove(&files);
	return 0;
}

/** Does not wait: a timer may have done all that there was to do. */
static void turn_once(void)
{
	static uint64_t first_ns;

	first_ns = first_ns ? first_ns : uv_hrtime();
	assert_true(uv_hrtime() - first_ns < PATIENCE_S * UINT64_C(1000000000));
	uv_run(&loop.uv, UV_RUN_NOWAIT);
}

/** A connection that speaks HTTP/2 from its first byte, as after a TLS handshake. */
static void dial(int *end)
{
	struct sockaddr_storage peer = { .ss_family = AF_UNIX };
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	assert_true(conn_open(&loop, pair[0], &peer, &live.server->listeners[0]));
	loop.connections++;
	struct conn *conn = loop.waiting[WAIT_HEADER].last;
	conn->protocol->closed(conn);
	conn->protocol = &http2_protocol;
	conn->protocol->open(conn);
	*end = pair[1];
	assert_int_equal(send(*end, HELLO, sizeof(HELLO) - 1, 0), sizeof(HELLO) - 1);
}

static void ask(int end, unsigned stream)
{
	char request[] = "\x00\x00\x0c\x01\x05\x00\x00\x00\x00\x82\x87\x04\x05/loop\x01\x01h";
	char got[4096];
	size_t length = 0;

	request[8] = (char)stream;
	assert_int_equal(send(end, request, sizeof(request) - 1, 0), sizeof(request) - 1);
	for (got[0] = '\0'; length < 13 || memcmp(got + length - 13, "from the loop", 13) != 0;) {
		turn_once();
		ssize_t received = recv(end, got + length, sizeof(got) - length, 0);
		length += received > 0 ? (size_t)received : 0;
	}
}

/** Every connection; false while one of them has what it keeps unpacked. */
static bool all_rest(void)
{
	unsigned resting = 0;

	for (struct conn *conn = loop.waiting[WAIT_IDLE].first; conn; conn = conn->later)
		resting += conn->as.http2->memory.region.packed != NULL;
	return resting == CLIENTS;
}

static void connections_rest_when_their_lull_is_over_and_wake_when_they_are_asked(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CLIENTS; i++)
		dial(&ends[i]);
	for (unsigned stream = 1; stream < 8; stream += 2) {
		for (unsigned i = 0; i < CLIENTS; i++)
			ask(ends[i], stream);
		while (!all_rest())
			turn_once();
		assert_null(loop.waiting[WAIT_LULL].first);
	}
	for (unsigned i = 0; i < CLIENTS; i++)
		close(ends[i]); /* of connections that rest */
	while (loop.connections)
		turn_once();
}

static void a_lull_is_a_part_of_the_idle_time(void **state)
{
	(void)state;
	assert_int_equal(loop.wait_ms[WAIT_IDLE] + 5000, live.options.idle_ms);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(connections_rest_when_their_lull_is_over_and_wake_when_they_are_asked),
		cmocka_unit_test(a_lull_is_a_part_of_the_idle_time),
	};

	return cmocka_run_group_tests(tests, open_loop, end_loop);
}
