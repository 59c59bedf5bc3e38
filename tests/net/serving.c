/* SPDX-License-Identifier: Apache-2.0 */
#include "client.h"

/* ---- requests and replies
 * ------------------------------------------------------------------------------------------------------- */

static void keep_alive(bool plain)
{
	struct live live;
	struct client client;
	struct answer answer;

	open_both(&live, &client, plain);
	for (unsigned i = 0; i < 3; i++) {
		client_send(&client, REQUEST("/loop"));
		client_answer(&client, &answer, true);
		assert_int_equal(answer.status, 200);
		assert_slice(answer.body, "from the loop");
		assert_non_null(strstr(answer.copy, "\r\nContent-Length: 13"));
		assert_non_null(strstr(answer.copy, "\r\nContent-Type: text/plain"));
		assert_non_null(strstr(answer.copy, " GMT\r\n"));
		assert_null(strstr(answer.copy, "Connection"));
	}
	wait_for(&live.done, 3);
	assert_int_equal(atomic_load(&live.last_status), 200);
	assert_int_equal(atomic_load(&live.last_bytes), client.taken);
	close_both(&live, &client);
}

static void a_connection_serves_one_request_after_another_over_tls(void **state)
{
	(void)state;
	keep_alive(false);
}

static void a_connection_serves_one_request_after_another_in_plain_text_on_loopback(void **state)
{
	(void)state;
	keep_alive(true);
}

static void pipelined_requests_are_answered_in_order_by_loop_and_workers(void **state)
{
	struct live live;
	struct client client;

	(void)state;
	open_both(&live, &client, false);
	client_send(&client, REQUEST("/loop") REQUEST("/a")
				 REQUEST("/b") "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello" REQUEST("/loop")
				     REQUEST("/c"));
	client_assert_answer(&client, 200, "from the loop");
	client_assert_answer(&client, 200, "worker saw /a");
	client_assert_answer(&client, 200, "worker saw /b");
	client_assert_answer(&client, 200, "hello");
	client_assert_answer(&client, 200, "from the loop");
	client_assert_answer(&client, 200, "worker saw /c");
	close_both(&live, &client);
}

/** More replies than fit ahead of a peer that reads late. */
static void a_flood_of_pipelined_requests_waits_for_a_peer_that_reads_late(void **state)
{
	enum { COUNT = 4000 };
	struct live live;
	struct client client;

	(void)state;
	open_both(&live, &client, false);
	for (unsigned i = 0; i < COUNT / 40; i++) {
		char batch[40 * sizeof(REQUEST("/loop"))] = "";
		for (unsigned k = 0; k < 40; k++)
			memcpy(batch + k * (sizeof(REQUEST("/loop")) - 1), REQUEST("/loop"), sizeof(REQUEST("/loop")));
		client_send(&client, batch);
	}
	for (unsigned i = 0; i < COUNT; i++)
		client_assert_answer(&client, 200, "from the loop");
	wait_for(&live.done, COUNT);
	close_both(&live, &client);
}

static void a_request_in_single_bytes_is_read_whole(void **state)
{
	static const char text[] =
	    "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
	struct live live;
	struct client client;

	(void)state;
	open_both(&live, &client, false);
	for (size_t i = 0; text[i]; i++)
		assert_true(client_try_send(&client, (struct slice){ text + i, 1 }));
	client_assert_answer(&client, 200, "abcde");
	close_both(&live, &client);
}

static void head_204_and_304_have_no_body_and_the_connection_goes_on(void **state)
{
	struct live live;
	struct client client;
	struct answer answer;

	(void)state;
	open_both(&live, &client, false);
	client_send(&client, "HEAD /loop HTTP/1.1\r\nHost: h\r\n\r\n" REQUEST("/unchanged") REQUEST("/nothing") REQUEST("/loop"));
	client_answer(&client, &answer, false);
	assert_int_equal(answer.status, 200);
	assert_int_equal(length_in(&answer), 13);
	client_answer(&client, &answer, false);
	assert_int_equal(answer.status, 304);
	assert_null(strstr(answer.copy, "Content-Length"));
	client_answer(&client, &answer, false);
	assert_int_equal(answer.status, 204);
	assert_null(strstr(answer.copy, "Content-Length"));
	client_assert_answer(&client, 200, "from the loop");
	close_both(&live, &client);
}

static void http_1_0_closes_unless_asked_to_stay(void **state)
{
	struct live live;
	struct client client;
	struct answer answer;

	(void)state;
	open_both(&live, &client, true);
	client_send(&client, "GET /loop HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	client_answer(&client, &answer, true);
	assert_non_null(strstr(answer.copy, "\r\nConnection: keep-alive"));
	client_send(&client, "GET /loop HTTP/1.0\r\n\r\n");
	client_answer(&client, &answer, true);
	assert_non_null(strstr(answer.copy, "\r\nConnection: close"));
	client_expects_end(&client);
	close_both(&live, &client);
}

static void the_last_allowed_request_of_a_connection_closes_it(void **state)
{
	struct live live;
	struct client client;
	struct answer answer;

	(void)state;
	live_init(&live, false);
	live.options.max_requests_per_connection = 2;
	live_start(&live);
	client_open(&client, &live);
	client_send(&client, REQUEST("/loop") REQUEST("/loop") REQUEST("/loop"));
	client_answer(&client, &answer, true);
	assert_null(strstr(answer.copy, "Connection: close"));
	client_answer(&client, &answer, true);
	assert_non_null(strstr(answer.copy, "\r\nConnection: close"));
	client_expects_end(&client);
	close_both(&live, &client);
}

static void a_value_with_a_line_break_cannot_forge_a_field(void **state)
{
	struct live live;
	struct client client;
	struct answer answer;

	(void)state;
	open_both(&live, &client, true);
	client_send(&client, REQUEST("/split"));
	client_answer(&client, &answer, true);
	assert_null(strstr(answer.copy, "X-Split"));
	assert_null(strstr(answer.copy, "X-Forged"));
	assert_slice(answer.body, "one");
	close_both(&live, &client);
}

static void a_client_that_expects_100_gets_it_before_its_body(void **state)
{
	struct live live;
	struct client client;
	struct answer answer;

	(void)state;
	open_both(&live, &client, false);
	client_send(&client, "POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
	client_answer(&client, &answer, false);
	assert_int_equal(answer.status, 100);
	client_send(&client, "hello");
	client_assert_answer(&client, 200, "hello");
	close_both(&live, &client);
}

/* ---- refusals
 * ------------------------------------------------------------------------------------------------------------------- */

static void a_bad_request_is_told_why_and_the_connection_closed(void **state)
{
	struct live live;
	struct client client;
	struct answer answer;

	(void)state;
	open_both(&live, &client, false);
	client_send(&client, "GET / HTTP/1.1\r\nHost : h\r\n\r\n" REQUEST("/loop"));
	client_answer(&client, &answer, true);
	assert_int_equal(answer.status, 400);
	assert_true(slice_starts(answer.body, SLICE("refused: A header field must be")));
	assert_non_null(strstr(answer.copy, "\r\nConnection: close"));
	client_expects_end(&client);
	wait_for(&live.done, 1);
	assert_int_equal(atomic_load(&live.refused), 1);
	close_both(&live, &client);
}

static void without_a_word_from_the_program_a_refusal_still_says_why(void **state)
{
	struct live live;
	struct client client;

	(void)state;
	live_init(&live, true);
	live.handler.on_refused = NULL;
	live.handler.on_done = NULL;
	live_start(&live);
	client_open(&client, &live);
	client_send(&client, "GET / HTTP/1.1\r\n\r\n");
	client_assert_answer(&client, 400, "The Host field is missing");
	client_expects_end(&client);
	close_both(&live, &client);
}

/** Without lingering, the unread body would reset the connection under the reply. */
static void a_body_over_the_limit_is_answered_413_though_the_client_keeps_sending(void **state)
{
	struct live live;
	struct client client;
	struct answer answer;

	(void)state;
	live_init(&live, false);
	live.options.max_body_bytes = 1000;
	live_start(&live);
	client_open(&client, &live);
	client_send(&client, "POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 1000000\r\n\r\n");
	for (unsigned i = 0; i < 60; i++)
		if (!client_try_send(&client, (struct slice){ live.big, 16384 }))
			break;
	client_answer(&client, &answer, true);
	assert_int_equal(answer.status, 413);
	close_both(&live, &client);
}

static void chunks_over_the_limit_are_answered_413(void **state)
{
	struct live live;
	struct client client;
	struct answer answer;

	(void)state;
	live_init(&live, false);
	live.options.max_body_bytes = 10;
	live_start(&live);
	client_open(&client, &live);
	client_send(&client, "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n01234567\r\n3\r\n");
	client_answer(&client, &answer, true);
	assert_int_equal(answer.status, 413);
	client_expects_end(&client);
	close_both(&live, &client);
}

static void a_head_that_does_not_come_is_answered_408(void **state)
{
	struct live live;
	struct client client;
	struct answer answer;

	(void)state;
	live_init(&live, false);
	live.options.header_ms = 80;
	live_start(&live);
	client_open(&client, &live);
	client_send(&client, "GET /loop HTTP/1.1\r\nHost:");
	client_answer(&client, &answer, true);
	assert_int_equal(answer.status, 408);
	client_expects_end(&client);
	close_both(&live, &client);
}

static void a_body_that_does_not_come_is_answered_408(void **state)
{
	struct live live;
	struct client client;
	struct answer answer;

	(void)state;
	live_init(&live, false);
	live.options.body_ms = 80;
	live_start(&live);
	client_open(&client, &live);
	client_send(&client, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nonly this");
	client_answer(&client, &answer, true);
	assert_int_equal(answer.status, 408);
	client_expects_end(&client);
	wait_for(&live.done, 1);
	close_both(&live, &client);
}

static void a_silent_connection_is_closed_without_words(void **state)
{
	struct live live;
	struct client fresh, used;

	(void)state;
	live_init(&live, false);
	live.options.header_ms = 80;
	live.options.idle_ms = 120;
	live_start(&live);
	client_open(&fresh, &live);
	client_open(&used, &live);
	client_send(&used, REQUEST("/loop"));
	client_assert_answer(&used, 200, "from the loop");
	client_expects_end(&fresh);
	client_expects_end(&used);
	assert_int_equal(atomic_load(&live.done), 1);
	client_close(&fresh);
	close_both(&live, &used);
}

static void connections_beyond_the_limit_of_an_address_are_closed_at_once(void **state)
{
	struct live live;
	struct client first, second;
	char byte;

	(void)state;
	live_init(&live, true);
	live.options.max_connections_per_address = 2;
	live_start(&live);
	client_open(&first, &live);
	client_open(&second, &live);
	client_send(&second, REQUEST("/loop"));
	client_assert_answer(&second, 200, "from the loop");
	int third = client_socket(net_server_port(live.server));
	assert_true(third >= 0 && recv(third, &byte, 1, 0) <= 0);
	close(third);
	client_close(&second);
	for (bool served = false; !served;) { /* its place is free as soon as the server has seen it go */
		int fd = client_socket(net_server_port(live.server));
		served = send(fd, REQUEST("/loop"), sizeof(REQUEST("/loop")) - 1, MSG_NOSIGNAL) > 0 && recv(fd, &byte, 1, 0) == 1;
		close(fd);
	}
	close_both(&live, &first);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_connection_serves_one_request_after_another_over_tls),
		cmocka_unit_test(a_connection_serves_one_request_after_another_in_plain_text_on_loopback),
		cmocka_unit_test(pipelined_requests_are_answered_in_order_by_loop_and_workers),
		cmocka_unit_test(a_flood_of_pipelined_requests_waits_for_a_peer_that_reads_late),
		cmocka_unit_test(a_request_in_single_bytes_is_read_whole),
		cmocka_unit_test(head_204_and_304_have_no_body_and_the_connection_goes_on),
		cmocka_unit_test(http_1_0_closes_unless_asked_to_stay),
		cmocka_unit_test(the_last_allowed_request_of_a_connection_closes_it),
		cmocka_unit_test(a_value_with_a_line_break_cannot_forge_a_field),
		cmocka_unit_test(a_client_that_expects_100_gets_it_before_its_body),
		cmocka_unit_test(a_bad_request_is_told_why_and_the_connection_closed),
		cmocka_unit_test(without_a_word_from_the_program_a_refusal_still_says_why),
		cmocka_unit_test(a_body_over_the_limit_is_answered_413_though_the_client_keeps_sending),
		cmocka_unit_test(chunks_over_the_limit_are_answered_413),
		cmocka_unit_test(a_head_that_does_not_come_is_answered_408),
		cmocka_unit_test(a_body_that_does_not_come_is_answered_408),
		cmocka_unit_test(a_silent_connection_is_closed_without_words),
		cmocka_unit_test(connections_beyond_the_limit_of_an_address_are_closed_at_once),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
