/* SPDX-License-Identifier: Apache-2.0 */
/* fetch against a server that misbehaves: a thread that plays one prepared answer for each connection. */
#include "../testing.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cannula/fetch.h"

#define REQUEST_MAX 8192
#define ANSWERS_MAX 8

/** How one connection goes: `text`, then `repeat` as often as the peer takes it. */
struct answer {
	struct slice text;
	struct slice repeat;
};

static struct {
	int listener;
	unsigned port;
	pthread_t thread;
	const struct answer *answers;
	size_t answer_count;
	char requests[ANSWERS_MAX][REQUEST_MAX];
	size_t served;
} server;

static struct arena *arena;
static struct fetch_options options;

static bool send_all(int peer, struct slice bytes)
{
	while (bytes.len > 0) {
		ssize_t sent = send(peer, bytes.ptr, bytes.len, MSG_NOSIGNAL);
		if (sent <= 0)
			return false;
		bytes = slice_from(bytes, (size_t)sent);
	}
	return true;
}

static void read_request(int peer, char out[REQUEST_MAX])
{
	size_t length = 0;

	for (;;) {
		ssize_t got = recv(peer, out + length, REQUEST_MAX - 1 - length, 0);
		if (got <= 0)
			break;
		length += (size_t)got;
		out[length] = '\0';
		if (strstr(out, "\r\n\r\n"))
			break;
	}
	out[length] = '\0';
}

static void *serve(void *context)
{
	(void)context;
	for (server.served = 0; server.served < server.answer_count; server.served++) {
		const struct answer *answer = &server.answers[server.served];
		int peer = accept(server.listener, NULL, NULL);
		if (peer < 0)
			break;
		read_request(peer, server.requests[server.served]);
		bool open = send_all(peer, answer->text);
		while (open && answer->repeat.len > 0)
			open = send_all(peer, answer->repeat);
		shutdown(peer, SHUT_WR);
		close(peer);
	}
	return NULL;
}

static void server_start(const struct answer *answers, size_t count)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t length = sizeof(address);

	assert_true(count <= ANSWERS_MAX);
	server.answers = answers;
	server.answer_count = count;
	memset(server.requests, 0, sizeof(server.requests));
	server.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(server.listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(server.listener, 8), 0);
	assert_int_equal(getsockname(server.listener, (struct sockaddr *)&address, &length), 0);
	server.port = ntohs(address.sin_port);
	assert_int_equal(pthread_create(&server.thread, NULL, serve, NULL), 0);
}

static void server_stop(void)
{
	shutdown(server.listener, SHUT_RDWR); /* wakes an accept that nobody came for */
	pthread_join(server.thread, NULL);
	close(server.listener);
}

static int setup(void **state)
{
	struct option_errors errors = { 0 };

	(void)state;
	arena = arena_new(16u << 20);
	memset(&options, 0, sizeof(options));
	if (!arena || !options_default(arena, &fetch_option_table, &options, &errors))
		return -1;
	options.allow_private = true;
	options.retries = 2;
	options.retry_base_ms = 1;
	options.retry_max_ms = 2000;
	options.host_interval_ms = 0;
	options.total_ms = 5000;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

/** One GET of `path` at the server, which has `count` answers prepared. */
static bool get(const struct answer *answers, size_t count, const char *path, const struct fetch_validators *known,
		struct fetch_result *result, struct error *err)
{
	struct fetcher *fetcher;
	bool done;

	server_start(answers, count);
	assert_ok(fetcher_new(&options, &fetcher, err), err);
	done = fetch_get(fetcher, arena, arena_printf(arena, "http://127.0.0.1:%u%s", server.port, path), known, result, err);
	fetcher_free(fetcher);
	server_stop();
	return done;
}

#define ANSWER(literal)                                                                                                          \
	{                                                                                                                        \
		.text = SLICE(literal)                                                                                           \
	}
#define CLOSE "Connection: close\r\n"

static void a_page_arrives_with_its_type_and_validators(void **state)
{
	static const struct answer answers[] = { ANSWER("HTTP/1.1 200 OK\r\n" CLOSE
							"Content-Type: Text/HTML; Charset=\"ISO-8859-1\"\r\n"
							"ETag: W/\"a,b\"\r\nLast-Modified: Mon, 23 Nov 2026 20:48:00 GMT\r\n"
							"Content-Length: 5\r\n\r\nhello") };
	struct fetch_result result;
	struct error err = { 0 };

	(void)state;
	assert_ok(get(answers, 1, "/x?y=1", NULL, &result, &err), &err);
	assert_int_equal(result.status, 200);
	assert_slice(result.body, "hello");
	assert_slice(result.content_type, "text/html");
	assert_slice(result.charset, "iso-8859-1");
	assert_slice(result.validators.etag, "W/\"a,b\"");
	assert_slice(result.validators.last_modified, "Mon, 23 Nov 2026 20:48:00 GMT");
	assert_int_equal(result.wire_bytes, 5);
	assert_int_equal(result.tries, 1);
	assert_non_null(strstr(server.requests[0], "GET /x?y=1 HTTP/1.1\r\n"));
	assert_null(strstr(server.requests[0], "If-None-Match"));
}

static void known_validators_go_back_as_they_came_and_304_has_no_body(void **state)
{
	static const struct answer answers[] = { ANSWER("HTTP/1.1 304 Not Modified\r\n" CLOSE "ETag: \"new\"\r\n\r\n") };
	struct fetch_validators known = { SLICE("W/\"a,b\""), SLICE("Mon, 23 Nov 2026 20:48:00 GMT") };
	struct fetch_result result;
	struct error err = { 0 };

	(void)state;
	assert_ok(get(answers, 1, "/", &known, &result, &err), &err);
	assert_int_equal(result.status, 304);
	assert_null(result.body.ptr);
	assert_slice(result.validators.etag, "\"new\"");
	assert_slice(result.validators.last_modified, "Mon, 23 Nov 2026 20:48:00 GMT");
	assert_non_null(strstr(server.requests[0], "If-None-Match: W/\"a,b\"\r\n"));
	assert_non_null(strstr(server.requests[0], "If-Modified-Since: Mon, 23 Nov 2026 20:48:00 GMT\r\n"));
}

static void a_validator_that_would_break_the_request_is_not_sent(void **state)
{
	static const struct answer answers[] = { ANSWER("HTTP/1.1 200 OK\r\n" CLOSE "Content-Length: 0\r\n\r\n") };
	struct fetch_validators known = { SLICE("\"a\"\r\nX-Evil: 1"), SLICE_NONE };
	struct fetch_result result;
	struct error err = { 0 };

	(void)state;
	assert_ok(get(answers, 1, "/", &known, &result, &err), &err);
	assert_null(strstr(server.requests[0], "X-Evil"));
	assert_int_equal(result.body.len, 0);
	assert_non_null(result.body.ptr);
}

static void a_server_that_fails_once_is_asked_again(void **state)
{
	static const struct answer answers[] = {
		ANSWER("HTTP/1.1 500 Internal Server Error\r\n" CLOSE "Content-Length: 4\r\n\r\noops"),
		ANSWER("HTTP/1.1 200 OK\r\n" CLOSE "Content-Length: 4\r\n\r\nfine"),
	};
	struct fetch_result result;
	struct error err = { 0 };

	(void)state;
	assert_ok(get(answers, 2, "/", NULL, &result, &err), &err);
	assert_int_equal(result.status, 200);
	assert_int_equal(result.tries, 2);
	assert_slice(result.body, "fine");
}

static void a_broken_connection_is_tried_again_and_then_told(void **state)
{
	static const struct answer answers[] = { ANSWER(""), ANSWER(""), ANSWER("") };
	struct fetch_result result;
	struct error err = { 0 };

	(void)state;
	assert_false(get(answers, 3, "/secret?token=1", NULL, &result, &err));
	assert_int_equal(err.code, ERROR_NETWORK);
	assert_int_equal(server.served, 3);
	assert_null(strstr(err.place, "token"));
}

static void what_will_not_pass_is_not_asked_again(void **state)
{
	static const struct answer answers[] = { ANSWER("HTTP/1.1 404 Not Found\r\n" CLOSE "Content-Length: 0\r\n\r\n"),
						 ANSWER("HTTP/1.1 403 Forbidden\r\n" CLOSE "Content-Length: 0\r\n\r\n"),
						 ANSWER("HTTP/1.1 401 Unauthorized\r\n" CLOSE "Content-Length: 0\r\n\r\n") };
	static const unsigned statuses[] = { 404, 403, 401 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		struct fetch_result result;
		struct error err = { 0 };
		assert_ok(get(&answers[i], 1, "/", NULL, &result, &err), &err);
		assert_int_equal(result.status, statuses[i]);
		assert_int_equal(result.tries, 1);
	}
}

static void retry_after_is_a_floor(void **state)
{
	static const struct answer answers[] = {
		ANSWER("HTTP/1.1 429 Too Many Requests\r\n" CLOSE "Retry-After: 1\r\nContent-Length: 0\r\n\r\n"),
		ANSWER("HTTP/1.1 200 OK\r\n" CLOSE "Content-Length: 0\r\n\r\n"),
	};
	uint64_t started_us = time_monotonic_us();
	struct fetch_result result;
	struct error err = { 0 };

	(void)state;
	assert_ok(get(answers, 2, "/", NULL, &result, &err), &err);
	assert_int_equal(result.status, 200);
	assert_true(time_monotonic_us() - started_us >= 1000000);
}

static void a_server_that_asks_for_an_hour_is_left_alone(void **state)
{
	static const struct answer answers[] = {
		ANSWER("HTTP/1.1 503 Service Unavailable\r\n" CLOSE "Retry-After: 3600\r\nContent-Length: 0\r\n\r\n"),
	};
	struct fetch_result result;
	struct error err = { 0 };

	(void)state;
	assert_ok(get(answers, 1, "/", NULL, &result, &err), &err);
	assert_int_equal(result.status, 503);
	assert_int_equal(result.tries, 1);
}

static void requests_to_one_host_keep_their_distance(void **state)
{
	static const struct answer answers[] = {
		ANSWER("HTTP/1.1 500 No\r\n" CLOSE "Content-Length: 0\r\n\r\n"),
		ANSWER("HTTP/1.1 200 OK\r\n" CLOSE "Content-Length: 0\r\n\r\n"),
	};
	uint64_t started_us = time_monotonic_us();
	struct fetch_result result;
	struct error err = { 0 };

	(void)state;
	options.host_interval_ms = 300;
	assert_ok(get(answers, 2, "/", NULL, &result, &err), &err);
	assert_int_equal(result.tries, 2);
	assert_true(time_monotonic_us() - started_us >= 300000);
}

static void how_long_an_answer_is_fresh_is_told(void **state)
{
	static const struct {
		struct answer answer;
		bool is_told;
		uint64_t seconds;
	} rows[] = {
		{ ANSWER("HTTP/1.1 200 OK\r\nCache-Control: public, Max-Age=300\r\nContent-Length: 0\r\n" CLOSE "\r\n"), true,
		  300 },
		{ ANSWER("HTTP/1.1 200 OK\r\nCache-Control: max-age=300, no-cache\r\nContent-Length: 0\r\n" CLOSE "\r\n"), true,
		  0 },
		{ ANSWER("HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nContent-Length: 0\r\n" CLOSE "\r\n"), true, 0 },
		{ ANSWER("HTTP/1.1 200 OK\r\nCache-Control: s-maxage=300\r\nContent-Length: 0\r\n" CLOSE "\r\n"), false, 0 },
		{ ANSWER("HTTP/1.1 200 OK\r\nCache-Control: max-age=-1\r\nContent-Length: 0\r\n" CLOSE "\r\n"), false, 0 },
		{ ANSWER("HTTP/1.1 200 OK\r\nCache-Control: max-age=5s\r\nContent-Length: 0\r\n" CLOSE "\r\n"), false, 0 },
		{ ANSWER("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" CLOSE "\r\n"), false, 0 },
	};
	struct error err = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fetch_result result;
		assert_ok(get(&rows[i].answer, 1, "/keys", NULL, &result, &err), &err);
		assert_int_equal(result.has_max_age, rows[i].is_told);
		if (rows[i].is_told)
			assert_int_equal(result.max_age_s, rows[i].seconds);
	}
}

static void redirects_lead_only_to_https(void **state)
{
	static const struct answer answers[] = {
		ANSWER("HTTP/1.1 302 Found\r\n" CLOSE
		       "Location: http://user:secret@127.0.0.1:1/there?token=secret\r\nContent-Length: 0\r\n\r\n"),
		ANSWER("HTTP/1.1 301 Moved\r\n" CLOSE "Location: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n"),
		ANSWER("HTTP/1.1 308 Moved\r\n" CLOSE "Location: ftp://127.0.0.1/\r\nContent-Length: 0\r\n\r\n"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		struct fetch_result result;
		struct error err = { 0 };
		assert_false(get(&answers[i], 1, "/", NULL, &result, &err));
		assert_int_equal(err.code, ERROR_ACCESS);
		assert_null(strstr(err.message, "secret"));
	}
}

static void a_redirect_to_https_is_followed_without_credentials(void **state)
{
	/* Nobody listens with TLS there: that it is tried, and failed, proves that the redirect was followed. */
	static const struct answer answers[] = {
		ANSWER("HTTP/1.1 307 Go\r\n" CLOSE
		       "Location: https://user:secret@127.0.0.1:9/there\r\nContent-Length: 0\r\n\r\n"),
	};
	struct fetch_result result;
	struct error err = { 0 };

	(void)state;
	options.retries = 0;
	assert_false(get(answers, 1, "/", NULL, &result, &err));
	assert_int_equal(err.code, ERROR_NETWORK);
	assert_string_equal(err.place, "https://127.0.0.1:9/there");
}

static void private_addresses_are_not_connected_to(void **state)
{
	static const struct answer answers[] = { ANSWER("HTTP/1.1 200 OK\r\n" CLOSE "Content-Length: 0\r\n\r\n") };
	struct fetch_result result;
	struct error err = { 0 };

	(void)state;
	options.allow_private = false;
	assert_false(get(answers, 1, "/", NULL, &result, &err));
	assert_int_equal(err.code, ERROR_ACCESS);
	assert_non_null(strstr(err.message, "127.0.0.1"));
	assert_non_null(strstr(err.hint, "allow_private"));
	assert_int_equal(server.served, 0);
}

static void names_are_judged_by_the_address_behind_them(void **state)
{
	struct fetcher *fetcher;
	struct fetch_result result;
	struct error err = { 0 };

	(void)state;
	options.allow_private = false;
	assert_ok(fetcher_new(&options, &fetcher, &err), &err);
	assert_false(fetch_get(fetcher, arena, SLICE("http://localhost:9/"), NULL, &result, &err));
	assert_int_equal(err.code, ERROR_ACCESS);
	fetcher_free(fetcher);
}

static void an_endless_body_ends_at_the_cap(void **state)
{
	static const struct answer answers[] = { { .text = SLICE("HTTP/1.1 200 OK\r\n" CLOSE "\r\n"),
						   .repeat = SLICE("0123456789abcdef") } };
	struct fetch_result result;
	struct error err = { 0 };

	(void)state;
	options.max_wire_bytes = 1u << 20;
	options.max_decoded_bytes = 8u << 20;
	assert_false(get(answers, 1, "/", NULL, &result, &err));
	assert_int_equal(err.code, ERROR_LIMIT);
	assert_non_null(strstr(err.message, "max_wire"));
	assert_int_equal(server.served, 1);
}

static void endless_headers_end_at_the_cap(void **state)
{
	static const struct answer answers[] = { { .text = SLICE("HTTP/1.1 200 OK\r\n"),
						   .repeat = SLICE("X-More: of the same\r\n") } };
	struct fetch_result result;
	struct error err = { 0 };

	(void)state;
	assert_false(get(answers, 1, "/", NULL, &result, &err));
	assert_int_equal(err.code, ERROR_LIMIT);
}

static void a_body_shorter_than_announced_is_no_answer(void **state)
{
	static const struct answer answers[] = { ANSWER("HTTP/1.1 200 OK\r\n" CLOSE "Content-Length: 50\r\n\r\nshort") };
	struct fetch_result result;
	struct error err = { 0 };

	(void)state;
	options.retries = 0;
	assert_false(get(answers, 1, "/", NULL, &result, &err));
	assert_int_equal(err.code, ERROR_NETWORK);
}

/* 256 KiB of zeros, packed by gzip. */
static const unsigned char bomb[] = {
	0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xed, 0xc1, 0x31, 0x01, 0x00, 0x00, 0x00, 0xc2, 0xa0, 0xf5,
	0x4f, 0xed, 0x6d, 0x07, 0xa0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xde,
	0x00, 0x22, 0xea, 0x0e, 0xe2, 0x00, 0x00, 0x04, 0x00,
};

static void a_gzip_bomb_ends_at_the_decoded_cap(void **state)
{
	struct slice head = arena_printf(
	    arena, "HTTP/1.1 200 OK\r\n" CLOSE "Content-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n", sizeof(bomb));
	struct slice text = { arena_alloc(arena, head.len + sizeof(bomb)), head.len + sizeof(bomb) };
	struct answer answer = { .text = text };
	struct fetch_result result;
	struct error err = { 0 };

	(void)state;
	assert_non_null(text.ptr);
	memcpy((char *)text.ptr, head.ptr, head.len);
	memcpy((char *)text.ptr + head.len, bomb, sizeof(bomb));
	options.max_decoded_bytes = 100000;
	assert_false(get(&answer, 1, "/", NULL, &result, &err));
	assert_int_equal(err.code, ERROR_LIMIT);
	assert_non_null(strstr(err.message, "max_decoded"));
	options.max_decoded_bytes = 256 * 1024;
	assert_ok(get(&answer, 1, "/", NULL, &result, (err = (struct error){ 0 }, &err)), &err);
	assert_int_equal(result.body.len, 256 * 1024);
	assert_int_equal(result.wire_bytes, sizeof(bomb));
}

static void a_transfer_that_stands_still_is_given_up(void **state)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t length = sizeof(address);
	struct fetcher *fetcher;
	struct fetch_result result;
	struct error err = { 0 };
	int silent = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	assert_int_equal(bind(silent, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(silent, 8), 0);
	assert_int_equal(getsockname(silent, (struct sockaddr *)&address, &length), 0);
	options.retries = 0;
	options.total_ms = 200;
	assert_ok(fetcher_new(&options, &fetcher, &err), &err);
	assert_false(
	    fetch_get(fetcher, arena, arena_printf(arena, "http://127.0.0.1:%u/", ntohs(address.sin_port)), NULL, &result, &err));
	assert_int_equal(err.code, ERROR_NETWORK);
	fetcher_free(fetcher);
	close(silent);
}

static void what_is_no_http_is_no_answer(void **state)
{
	static const struct answer answers[] = { ANSWER("SSH-2.0-OpenSSH_9.2\r\n"),
						 ANSWER("HTTP/1.1 999 Odd\r\n" CLOSE "Content-Length: 0\r\n\r\n") };

	(void)state;
	options.retries = 0;
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		struct fetch_result result;
		struct error err = { 0 };
		assert_false(get(&answers[i], 1, "/", NULL, &result, &err));
		assert_int_equal(err.code, ERROR_NETWORK);
	}
}

static void a_file_is_answered_like_a_page(void **state)
{
	char path[] = "/tmp/cannula-fetch-XXXXXX";
	int fd = mkstemp(path);
	struct fetcher *fetcher;
	struct fetch_result first, second, third;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(write(fd, "one", 3), 3);
	assert_ok(fetcher_new(&options, &fetcher, &err), &err);
	struct slice url = arena_printf(arena, "file://%s", path);
	assert_ok(fetch_get(fetcher, arena, url, NULL, &first, &err), &err);
	assert_int_equal(first.status, 200);
	assert_slice(first.body, "one");
	assert_ok(fetch_get(fetcher, arena, url, &first.validators, &second, &err), &err);
	assert_int_equal(second.status, 304);
	assert_null(second.body.ptr);
	assert_int_equal(write(fd, "!", 1), 1);
	assert_ok(fetch_get(fetcher, arena, url, &first.validators, &third, &err), &err);
	assert_int_equal(third.status, 200);
	assert_slice(third.body, "one!");
	close(fd);
	unlink(path);
	assert_ok(fetch_get(fetcher, arena, url, NULL, &third, &err), &err);
	assert_int_equal(third.status, 404);
	fetcher_free(fetcher);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_page_arrives_with_its_type_and_validators),
		TEST(known_validators_go_back_as_they_came_and_304_has_no_body),
		TEST(a_validator_that_would_break_the_request_is_not_sent),
		TEST(a_server_that_fails_once_is_asked_again),
		TEST(a_broken_connection_is_tried_again_and_then_told),
		TEST(what_will_not_pass_is_not_asked_again),
		TEST(retry_after_is_a_floor),
		TEST(a_server_that_asks_for_an_hour_is_left_alone),
		TEST(requests_to_one_host_keep_their_distance),
		TEST(how_long_an_answer_is_fresh_is_told),
		TEST(redirects_lead_only_to_https),
		TEST(a_redirect_to_https_is_followed_without_credentials),
		TEST(private_addresses_are_not_connected_to),
		TEST(names_are_judged_by_the_address_behind_them),
		TEST(an_endless_body_ends_at_the_cap),
		TEST(endless_headers_end_at_the_cap),
		TEST(a_body_shorter_than_announced_is_no_answer),
		TEST(a_gzip_bomb_ends_at_the_decoded_cap),
		TEST(a_transfer_that_stands_still_is_given_up),
		TEST(what_is_no_http_is_no_answer),
		TEST(a_file_is_answered_like_a_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
