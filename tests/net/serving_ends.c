/* SPDX-License-Identifier: Apache-2.0 */
/* How connections over HTTP/1.1 end: left by their peers, cut, or when the server stops. */
#include "client.h"

/* ---- peers that go or do not read ---- */

static void a_big_reply_arrives_whole_and_is_released_once(void **state)
{
	struct live live;
	struct client client;
	struct answer answer;

	(void)state;
	open_both(&live, &client, false);
	client_send(&client, REQUEST("/big") REQUEST("/loop"));
	client_answer(&client, &answer, true);
	assert_int_equal(answer.body.len, BIG_BYTES);
	assert_memory_equal(answer.body.ptr, live.big, BIG_BYTES);
	client_assert_answer(&client, 200, "from the loop");
	wait_for(&live.released, 1);
	close_both(&live, &client);
}

static void a_client_that_leaves_in_the_middle_of_a_reply_releases_it(void **state)
{
	struct live live;
	struct client client;

	(void)state;
	open_both(&live, &client, false);
	client_send(&client, REQUEST("/big"));
	errno = 0;
	assert_true(client_receive(&client));
	client_close(&client);
	wait_for(&live.released, 1);
	wait_for(&live.done, 1);
	assert_true(atomic_load(&live.last_bytes) < BIG_BYTES);
	live_end(&live);
}

static void a_client_that_does_not_read_is_cut(void **state)
{
	struct live live;
	struct client client;

	(void)state;
	live_init(&live, false);
	live.options.write_ms = 80;
	live_start(&live);
	client_open(&client, &live);
	client_send(&client, REQUEST("/big") REQUEST("/big") REQUEST("/big"));
	for (unsigned i = 0; i < PATIENCE_S * 1000 && atomic_load(&live.last_bytes) == 0; i++)
		usleep(1000);
	assert_true(atomic_load(&live.released) >= 1);
	assert_int_equal(atomic_load(&live.released), atomic_load(&live.done));
	close_both(&live, &client);
}

static void a_client_that_leaves_while_a_worker_answers_leaves_no_trace(void **state)
{
	struct live live;
	struct client client;

	(void)state;
	open_both(&live, &client, false);
	client_send(&client, REQUEST("/gate"));
	wait_for(&live.in_worker, 1);
	client_close(&client);
	uv_sem_post(&live.gate);
	wait_for(&live.done, 1);
	live_end(&live);
}

static void many_clients_at_once_are_served_by_loops_and_workers(void **state)
{
	enum { CLIENTS = 24, ROUNDS = 20 };
	struct live live;
	struct client clients[CLIENTS];

	(void)state;
	live_init(&live, false);
	live.options.loops = 2;
	live.options.workers = 3;
	live_start(&live);
	for (unsigned i = 0; i < CLIENTS; i++)
		client_open(&clients[i], &live);
	for (unsigned round = 0; round < ROUNDS; round++) {
		for (unsigned i = 0; i < CLIENTS; i++)
			client_send(&clients[i], i % 2 ? REQUEST("/loop") : REQUEST("/work"));
		for (unsigned i = 0; i < CLIENTS; i++)
			client_assert_answer(&clients[i], 200, i % 2 ? "from the loop" : "worker saw /work");
	}
	wait_for(&live.done, CLIENTS * ROUNDS);
	for (unsigned i = 0; i < CLIENTS; i++)
		client_close(&clients[i]);
	live_end(&live);
}

/* ---- stopping ---- */

static void stopping_finishes_what_runs_and_takes_nothing_new(void **state)
{
	struct live live;
	struct client busy, idle;
	struct answer answer;

	(void)state;
	open_both(&live, &busy, false);
	client_open(&idle, &live);
	client_send(&idle, REQUEST("/loop"));
	client_assert_answer(&idle, 200, "from the loop");
	client_send(&busy, REQUEST("/gate"));
	wait_for(&live.in_worker, 1);
	unsigned port = net_server_port(live.server);
	net_server_stop(live.server);
	net_server_stop(live.server);
	client_expects_end(&idle);
	assert_int_equal(client_socket(port), -1);
	uv_sem_post(&live.gate);
	client_answer(&busy, &answer, true);
	assert_slice(answer.body, "worker saw /gate");
	assert_non_null(strstr(answer.copy, "\r\nConnection: close"));
	client_expects_end(&busy);
	client_close(&idle);
	client_close(&busy);
	live_join(&live);
}

static void stopping_cuts_what_takes_longer_than_the_drain_time(void **state)
{
	struct live live;
	struct client client;

	(void)state;
	live_init(&live, false);
	live.options.drain_ms = 50;
	live_start(&live);
	client_open(&client, &live);
	client_send(&client, REQUEST("/gate"));
	wait_for(&live.in_worker, 1);
	net_server_stop(live.server);
	client_expects_end(&client);
	uv_sem_post(&live.gate);
	client_close(&client);
	live_join(&live);
}

static void the_first_signal_drains_and_the_second_cuts(void **state)
{
	struct live live;
	struct client client;
	unsigned port;

	(void)state;
	open_both(&live, &client, false);
	port = net_server_port(live.server);
	client_send(&client, REQUEST("/gate"));
	wait_for(&live.in_worker, 1);
	kill(getpid(), SIGTERM);
	for (int fd = 0; (fd = client_socket(port)) >= 0; usleep(1000)) /* until it takes nothing new */
		close(fd);
	kill(getpid(), SIGINT);
	client_expects_end(&client);
	uv_sem_post(&live.gate);
	client_close(&client);
	live_join(&live);
	assert_int_equal(atomic_load(&live.done), 1);
}

static void a_server_stopped_before_it_runs_returns(void **state)
{
	struct live live;
	struct error err = { 0 };

	(void)state;
	live_init(&live, true);
	assert_ok(net_server_new(&live.options, &live.handler, &live.server, &err), &err);
	net_server_stop(live.server);
	assert_int_equal(uv_thread_create(&live.thread, live_thread, &live), 0);
	live_join(&live);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_big_reply_arrives_whole_and_is_released_once),
		cmocka_unit_test(a_client_that_leaves_in_the_middle_of_a_reply_releases_it),
		cmocka_unit_test(a_client_that_does_not_read_is_cut),
		cmocka_unit_test(a_client_that_leaves_while_a_worker_answers_leaves_no_trace),
		cmocka_unit_test(many_clients_at_once_are_served_by_loops_and_workers),
		cmocka_unit_test(stopping_finishes_what_runs_and_takes_nothing_new),
		cmocka_unit_test(stopping_cuts_what_takes_longer_than_the_drain_time),
		cmocka_unit_test(the_first_signal_drains_and_the_second_cuts),
		cmocka_unit_test(a_server_stopped_before_it_runs_returns),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
