/* SPDX-License-Identifier: Apache-2.0 */
/* Several listeners, unix sockets, sockets that are handed over. */
#include "client.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>

static struct slice unix_text(struct live *live, char path[100])
{
	snprintf(path, 100, "%s/socket", files.directory);
	return arena_printf(live->arena, "unix:%s", path);
}

/** A connection to the unix socket; -1 when nobody listens. */
static int unix_connect(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct timeval patience = { .tv_sec = PATIENCE_S };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

static void assert_serves_plain(int fd)
{
	char reply[4096];
	size_t len = 0;

	assert_true(fd >= 0);
	assert_true(send(fd, REQUEST("/loop"), sizeof(REQUEST("/loop")) - 1, 0) > 0);
	while (len < sizeof(reply) - 1) {
		ssize_t got = recv(fd, reply + len, sizeof(reply) - 1 - len, 0);
		assert_true(got > 0);
		len += (size_t)got;
		reply[len] = '\0';
		if (strstr(reply, "from the loop"))
			break;
	}
	assert_true(strncmp(reply, "HTTP/1.1 200 ", 13) == 0);
	close(fd);
}

static void assert_refused(struct live *live, enum error_code code, const char *words)
{
	struct error err = { 0 };

	assert_false(net_server_new(&live->options, &live->handler, &live->server, &err));
	if (err.code != code || !(strstr(err.message, words) || strstr(err.place, words)))
		fail_msg("%s: %s", err.place, err.message);
	assert_true(err.hint[0]);
}

static void a_unix_socket_serves_and_goes_with_the_server(void **state)
{
	struct live live;
	char path[100];
	struct stat status;

	(void)state;
	live_init(&live, true);
	live.options.listen = unix_text(&live, path);
	live.options.loops = 2;
	live_start(&live);
	assert_int_equal(net_server_port(live.server), 0);
	struct net_listening listening;
	assert_true(net_server_listening(live.server, 0, &listening) && listening.is_local && !listening.port);
	assert_false(net_server_listening(live.server, 1, &listening));
	for (unsigned i = 0; i < 8; i++)
		assert_serves_plain(unix_connect(path));
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0660);
	live_end(&live);
	assert_int_not_equal(stat(path, &status), 0);
}

static void a_socket_file_that_nobody_listens_on_is_replaced_and_another_is_not(void **state)
{
	struct live first, second;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char path[100];

	(void)state;
	live_init(&first, true);
	first.options.listen = unix_text(&first, path);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	int stale = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(stale, (struct sockaddr *)&address, sizeof(address)), 0);
	close(stale);
	live_start(&first);
	live_init(&second, true);
	second.options.listen = unix_text(&second, path);
	assert_refused(&second, ERROR_BUSY, path);
	assert_serves_plain(unix_connect(path));
	live_forget(&second);
	live_end(&first);
}

static void a_path_that_is_none_is_told(void **state)
{
	char path[200];
	struct live live;

	(void)state;
	live_init(&live, true);
	live.options.listen = SLICE("unix:relative");
	assert_refused(&live, ERROR_USAGE, "relative");
	snprintf(path, sizeof(path), "unix:/%0150d", 0);
	live.options.listen = slice_of(path);
	assert_refused(&live, ERROR_USAGE, "is not the path of a unix socket");
	live.options.listen = SLICE("unix:/nonexistent/directory/socket");
	assert_refused(&live, ERROR_NOT_FOUND, "/nonexistent/directory/socket");
	live_forget(&live);
}

static void tls_and_plain_listeners_stand_side_by_side(void **state)
{
	struct net_listener more[1];
	struct live live;
	struct client client;
	struct answer answer;
	char path[100];

	(void)state;
	live_init(&live, false);
	more[0] = (struct net_listener){ .listen = unix_text(&live, path), .plain = true };
	live.options.listeners = (struct option_rows){ more, 1 };
	live_start(&live);
	client_open(&client, &live);
	client_send(&client, REQUEST("/echo"));
	client_answer(&client, &answer, true);
	assert_int_equal(answer.status, 200);
	client_close(&client);
	int fd = unix_connect(path);
	char reply[512];
	assert_true(send(fd, REQUEST("/big"), sizeof(REQUEST("/big")) - 1, 0) > 0 && recv(fd, reply, sizeof(reply), 0) > 12);
	assert_memory_equal(reply, "HTTP/1.1 200", 12);
	close(fd);
	live_end(&live);
}

static void a_further_listener_may_not_be_plain_for_others_either(void **state)
{
	struct net_listener more[] = { { .listen = SLICE("0.0.0.0:0"), .plain = true } };
	struct net_listening listening;
	struct live live;

	(void)state;
	live_init(&live, false);
	live.options.listeners = (struct option_rows){ more, 1 };
	assert_refused(&live, ERROR_USAGE, "0.0.0.0:0");
	more[0] = (struct net_listener){ .listen = SLICE("0.0.0.0:0") };
	struct error err = { 0 };
	assert_ok(net_server_new(&live.options, &live.handler, &live.server, &err), &err);
	assert_true(net_server_listening(live.server, 0, &listening) && listening.is_local);
	assert_true(net_server_listening(live.server, 1, &listening) && !listening.is_local);
	net_server_free(live.server);
	live_forget(&live);
}

static void assert_came_by(unsigned port, const char *expected)
{
	struct client client = { .fd = client_socket(port), .text = malloc(BIG_BYTES + 65536) };
	struct answer answer;

	assert_true(client.fd >= 0);
	client_send(&client, REQUEST("/listener"));
	client_answer(&client, &answer, true);
	assert_slice(answer.body, expected);
	client_close(&client);
}

static void a_request_tells_the_listener_that_it_came_by(void **state)
{
	struct net_listener more[] = { { .listen = SLICE("[127.0.0.1]:0"), .plain = true, .access = SLICE("some word") },
				       { .listen = SLICE("127.0.0.1:0"), .plain = true, .access = SLICE("another") } };
	struct net_listening listening;
	struct live live;

	(void)state;
	live_init(&live, true);
	live.options.loops = 2;
	live.options.listeners = (struct option_rows){ more, ARRAY_SIZE(more) };
	live_start(&live);
	assert_came_by(live_port(&live, 0), "127.0.0.1:0 ");
	assert_came_by(live_port(&live, 1), "[127.0.0.1]:0 some word");
	assert_came_by(live_port(&live, 2), "127.0.0.1:0 another");
	assert_false(net_server_listening(live.server, 3, &listening));
	live_end(&live);
}

/* ---- systemd's protocol ---- */

/** Descriptor 3 must be the socket; no server runs that could have it. */
static void hand_over(struct live *live, int fd, bool is_served)
{
	char pid[32];

	snprintf(pid, sizeof(pid), "%d", getpid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "1", 1);
	assert_int_equal(dup2(fd, 3), 3);
	if (fd != 3)
		close(fd);
	if (is_served)
		live_start(live);
	else
		assert_refused(live, ERROR_USAGE, "not a listening stream socket");
	assert_null(getenv("LISTEN_FDS"));
}

static void a_socket_that_is_handed_over_is_served_by_all_loops(void **state)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t length = sizeof(address);
	struct live live;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)state;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 16), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	live_init(&live, true);
	live.options.loops = 2;
	live.options.listen = SLICE("192.0.2.1:1"); /* not used */
	hand_over(&live, fd, true);
	assert_int_equal(net_server_port(live.server), ntohs(address.sin_port));
	for (unsigned i = 0; i < 8; i++)
		assert_serves_plain(client_socket(net_server_port(live.server)));
	assert_came_by(net_server_port(live.server), "LISTEN_FDS ");
	live_end(&live);
}

static void a_descriptor_that_is_no_listener_is_refused(void **state)
{
	struct live live;

	(void)state;
	live_init(&live, true);
	hand_over(&live, socket(AF_INET, SOCK_STREAM, 0), false);
	live_forget(&live);
}

static void sockets_for_another_process_are_left_alone(void **state)
{
	struct live live;

	(void)state;
	live_init(&live, true);
	setenv("LISTEN_PID", "1", 1);
	setenv("LISTEN_FDS", "1", 1);
	live_start(&live);
	assert_serves_plain(client_socket(net_server_port(live.server)));
	live_end(&live);
}

/* Ports of each loopback address that others have: so many that one in ten is among them. */
enum { TAKEN = 1500, OPENED = 40 };

static int take_port(int family)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const void *address = family == AF_INET6 ? (const void *)&v6 : &v4;
	socklen_t length = family == AF_INET6 ? sizeof(v6) : sizeof(v4);
	int fd = socket(family, SOCK_STREAM, 0);

	if (fd >= 0 && bind(fd, address, length) == 0)
		return fd;
	close(fd);
	return -1;
}

/** How many are taken now; less than all: this machine has no ::1, or lets nobody have so many sockets. */
static size_t take_ports(int sockets[static 2 * TAKEN])
{
	struct rlimit limit;
	size_t count = 0;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 0;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 0;
	while (count < 2 * TAKEN && (sockets[count] = take_port(count % 2 ? AF_INET : AF_INET6)) >= 0)
		count++;
	return count;
}

static void any_port_is_one_that_all_addresses_have_free(void **state)
{
	static int taken[2 * TAKEN];
	size_t count = take_ports(taken);
	struct live live;
	struct error err = { 0 };

	(void)state;
	live_init(&live, true);
	live.options.listen = SLICE("localhost:0");
	for (int i = 0; count == 2 * TAKEN && i < OPENED; i++) {
		assert_ok(net_server_new(&live.options, &live.handler, &live.server, &err), &err);
		net_server_free(live.server);
	}
	for (size_t i = 0; i < count; i++)
		close(taken[i]);
	live_forget(&live);
	if (count < 2 * TAKEN)
		skip();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_unix_socket_serves_and_goes_with_the_server),
		cmocka_unit_test(a_socket_file_that_nobody_listens_on_is_replaced_and_another_is_not),
		cmocka_unit_test(a_path_that_is_none_is_told),
		cmocka_unit_test(tls_and_plain_listeners_stand_side_by_side),
		cmocka_unit_test(a_further_listener_may_not_be_plain_for_others_either),
		cmocka_unit_test(a_request_tells_the_listener_that_it_came_by),
		cmocka_unit_test(a_socket_that_is_handed_over_is_served_by_all_loops),
		cmocka_unit_test(a_descriptor_that_is_no_listener_is_refused),
		cmocka_unit_test(sockets_for_another_process_are_left_alone),
		cmocka_unit_test(any_port_is_one_that_all_addresses_have_free),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
