/* SPDX-License-Identifier: Apache-2.0 */
#include "../testing.h"

#include "net/http1.h"

static const struct http1_limits limits = {
	.max_header_bytes = 1024, .max_headers = 8, .max_target_bytes = 128, .max_body_bytes = 64
};

struct reading {
	struct arena *arena;
	struct http1_reader reader;
	struct net_request request;
	char body[256];
	size_t body_len, used;
};

static void reading_free(struct reading *reading)
{
	arena_free(reading->arena);
}

static enum http1_progress read_one(struct reading *reading, struct slice input)
{
	enum http1_progress progress;
	struct slice data;
	size_t consumed = 0;

	memset(reading, 0, sizeof(*reading));
	reading->arena = arena_new(1 << 16);
	assert_non_null(reading->arena);
	http1_reader_init(&reading->reader, &limits);
	progress = http1_read_head(&reading->reader, reading->arena, input, &reading->request, &consumed);
	if (progress != HTTP1_DONE)
		return progress;
	reading->used = consumed;
	do {
		progress = http1_read_body(&reading->reader, slice_from(input, reading->used), &data, &consumed);
		reading->used += consumed;
		assert_true(reading->body_len + data.len <= sizeof(reading->body));
		if (data.len)
			memcpy(reading->body + reading->body_len, data.ptr, data.len);
		reading->body_len += data.len;
	} while (progress == HTTP1_DATA);
	return progress;
}

/* ---- what must be refused ---- */

#define GET "GET / HTTP/1.1\r\n"
#define POST "POST / HTTP/1.1\r\nHost: h\r\n"
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"
#define BYTES(literal)                                                                                                           \
	{                                                                                                                        \
		literal, sizeof(literal) - 1                                                                                     \
	}

/** What a front end and a back end might read differently, or what is no request at all. */
static const struct {
	unsigned status;
	const char *why;
	struct slice bytes;
} refused[] = {
	/* where the body ends */
	{ 400, "length beside chunked", BYTES(POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") },
	{ 400, "chunked beside length", BYTES(POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n") },
	{ 400, "two lengths that differ", BYTES(POST "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello") },
	{ 400, "two lengths that agree", BYTES(POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello") },
	{ 400, "a list of lengths", BYTES(POST "Content-Length: 5, 5\r\n\r\nhello") },
	{ 400, "a signed length", BYTES(POST "Content-Length: +5\r\n\r\nhello") },
	{ 400, "a negative length", BYTES(POST "Content-Length: -1\r\n\r\n") },
	{ 400, "a hexadecimal length", BYTES(POST "Content-Length: 0x5\r\n\r\nhello") },
	{ 400, "a length with a fraction", BYTES(POST "Content-Length: 5.0\r\n\r\nhello") },
	{ 400, "a length with a space inside", BYTES(POST "Content-Length: 1 0\r\n\r\nhello") },
	{ 400, "an empty length", BYTES(POST "Content-Length:\r\n\r\n") },
	{ 413, "a length beyond 64 bits", BYTES(POST "Content-Length: 18446744073709551621\r\n\r\nhello") },
	{ 413, "a length over the limit", BYTES(POST "Content-Length: 65\r\n\r\n") },
	{ 400, "two transfer codings in two fields",
	  BYTES(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") },
	{ 400, "chunked, then identity, in two fields",
	  BYTES(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n") },
	{ 400, "chunked twice", BYTES(POST "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n") },
	{ 400, "chunked not last", BYTES(POST "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n") },
	{ 400, "identity", BYTES(POST "Transfer-Encoding: identity\r\n\r\n") },
	{ 400, "a coding that almost is chunked", BYTES(POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n") },
	{ 400, "chunked in quotes", BYTES(POST "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n") },
	{ 400, "chunked with a parameter", BYTES(POST "Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n") },
	{ 400, "an empty coding", BYTES(POST "Transfer-Encoding:\r\n\r\n0\r\n\r\n") },
	{ 400, "chunked after a vertical tab", BYTES(POST "Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n") },
	{ 400, "a space before the colon of Transfer-Encoding", BYTES(POST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n") },
	{ 400, "a tab before the colon of Content-Length", BYTES(POST "Content-Length\t: 5\r\n\r\nhello") },
	{ 400, "a folded Transfer-Encoding", BYTES(POST "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n") },
	{ 400, "a space before the field name", BYTES(GET " Host: h\r\n\r\n") },
	{ 400, "chunked in HTTP/1.0", BYTES("POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") },
	{ 501, "a coding before chunked", BYTES(POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n") },
	/* line ends and bytes */
	{ 400, "a bare LF after the request line", BYTES("GET / HTTP/1.1\nHost: h\r\n\r\n") },
	{ 400, "a bare LF after a field", BYTES(GET "Host: h\nX: 1\r\n\r\n") },
	{ 400, "bare LFs only", BYTES("GET / HTTP/1.1\nHost: h\n\n") },
	{ 400, "an empty line of LF alone", BYTES(GET "Host: h\r\n\n") },
	{ 400, "a bare CR inside a value", BYTES(GET "Host: h\r\nX: a\rTransfer-Encoding: chunked\r\n\r\n") },
	{ 400, "CR CR LF", BYTES(GET "Host: h\r\r\n\r\n") },
	{ 400, "a NUL inside a value", BYTES(GET "Host: h\r\nX: a\0b\r\n\r\n") },
	{ 400, "a NUL inside a name", BYTES(GET "Host: h\r\nX\0Y: a\r\n\r\n") },
	{ 400, "an escape character inside a value", BYTES(GET "Host: h\r\nX: \033[2J\r\n\r\n") },
	{ 400, "a field without colon", BYTES(GET "Host: h\r\nNonsense\r\n\r\n") },
	{ 400, "a field without name", BYTES(GET "Host: h\r\n: value\r\n\r\n") },
	{ 400, "a field name in UTF-8", BYTES(GET "Host: h\r\n\xc3\xa9: value\r\n\r\n") },
	{ 400, "a field name with a bracket", BYTES(GET "Host: h\r\nX[1]: value\r\n\r\n") },
	/* host */
	{ 400, "no Host", BYTES(GET "X: 1\r\n\r\n") },
	{ 400, "no fields at all", BYTES(GET "\r\n") },
	{ 400, "two Hosts", BYTES(GET "Host: a\r\nHost: b\r\n\r\n") },
	{ 400, "two Hosts that agree", BYTES(GET "Host: a\r\nHost: a\r\n\r\n") },
	{ 400, "an empty Host", BYTES(GET "Host:\r\n\r\n") },
	{ 400, "a Host with user information", BYTES(GET "Host: me@h\r\n\r\n") },
	{ 400, "a Host with a path", BYTES(GET "Host: h/x\r\n\r\n") },
	{ 400, "a Host with a comma", BYTES(GET "Host: a,b\r\n\r\n") },
	{ 400, "a Host with a port that is none", BYTES(GET "Host: h:80x\r\n\r\n") },
	{ 400, "a Host with a port too high", BYTES(GET "Host: h:65536\r\n\r\n") },
	{ 400, "a Host with an open bracket", BYTES(GET "Host: [::1\r\n\r\n") },
	/* request line */
	{ 400, "HTTP/0.9", BYTES("GET /\r\n\r\n") },
	{ 400, "no target", BYTES("GET HTTP/1.1\r\nHost: h\r\n\r\n") },
	{ 400, "two spaces before the target", BYTES("GET  / HTTP/1.1\r\nHost: h\r\n\r\n") },
	{ 400, "two spaces before the version", BYTES("GET /  HTTP/1.1\r\nHost: h\r\n\r\n") },
	{ 400, "a space after the version", BYTES("GET / HTTP/1.1 \r\nHost: h\r\n\r\n") },
	{ 400, "a tab for a space", BYTES("GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n") },
	{ 400, "a space inside the target", BYTES("GET /a b HTTP/1.1\r\nHost: h\r\n\r\n") },
	{ 400, "a method that is no token", BYTES("G@T / HTTP/1.1\r\nHost: h\r\n\r\n") },
	{ 400, "a leading space", BYTES(" GET / HTTP/1.1\r\nHost: h\r\n\r\n") },
	{ 400, "two empty lines before", BYTES("\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n") },
	{ 400, "a lower-case protocol", BYTES("GET / http/1.1\r\nHost: h\r\n\r\n") },
	{ 400, "a version of one digit", BYTES("GET / HTTP/1\r\nHost: h\r\n\r\n") },
	{ 400, "a version of three digits", BYTES("GET / HTTP/1.10\r\nHost: h\r\n\r\n") },
	{ 505, "HTTP/1.2", BYTES("GET / HTTP/1.2\r\nHost: h\r\n\r\n") },
	{ 505, "the HTTP/2 preface", BYTES("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") },
	{ 400, "a TLS hello", BYTES("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03") },
	{ 501, "CONNECT", BYTES("CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n") },
	{ 501, "a method longer than any", BYTES("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGH / HTTP/1.1\r\nHost: h\r\n\r\n") },
	/* target */
	{ 400, "a fragment", BYTES("GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n") },
	{ 400, "a relative target", BYTES("GET a HTTP/1.1\r\nHost: h\r\n\r\n") },
	{ 400, "an asterisk for GET", BYTES("GET * HTTP/1.1\r\nHost: h\r\n\r\n") },
	{ 400, "another scheme", BYTES("GET ftp://h/ HTTP/1.1\r\nHost: h\r\n\r\n") },
	{ 400, "an absolute target without host", BYTES("GET http:///x HTTP/1.1\r\nHost: h\r\n\r\n") },
	{ 400, "an absolute target with user information", BYTES("GET http://a@h/x HTTP/1.1\r\nHost: h\r\n\r\n") },
	{ 400, "half an escape", BYTES("GET /%4 HTTP/1.1\r\nHost: h\r\n\r\n") },
	{ 400, "an escape without digits", BYTES("GET /?a=%zz HTTP/1.1\r\nHost: h\r\n\r\n") },
	{ 400, "an escaped NUL", BYTES("GET /a%00b HTTP/1.1\r\nHost: h\r\n\r\n") },
	{ 400, "a quote in the query", BYTES("GET /?a=\"b\" HTTP/1.1\r\nHost: h\r\n\r\n") },
	{ 400, "a target in raw UTF-8", BYTES("GET /\xc3\xa9 HTTP/1.1\r\nHost: h\r\n\r\n") },
	{ 400, "a backslash in the path", BYTES("GET /a\\b HTTP/1.1\r\nHost: h\r\n\r\n") },
	/* chunks */
	{ 400, "a chunk size with a sign", BYTES(CHUNKED "+5\r\nhello\r\n0\r\n\r\n") },
	{ 400, "a chunk size with a prefix", BYTES(CHUNKED "0x5\r\nhello\r\n0\r\n\r\n") },
	{ 400, "a chunk size with a space behind", BYTES(CHUNKED "5 \r\nhello\r\n0\r\n\r\n") },
	{ 400, "a chunk size with a space before", BYTES(CHUNKED " 5\r\nhello\r\n0\r\n\r\n") },
	{ 400, "no chunk size", BYTES(CHUNKED "\r\nhello\r\n0\r\n\r\n") },
	{ 400, "a chunk size that wraps at 64 bits", BYTES(CHUNKED "10000000000000005\r\nhello\r\n0\r\n\r\n") },
	{ 413, "a chunk size over the limit", BYTES(CHUNKED "41\r\n") },
	{ 413, "chunks over the limit together", BYTES(CHUNKED "20\r\n01234567890123456789012345678901\r\n21\r\n") },
	{ 400, "a chunk line that ends in LF", BYTES(CHUNKED "5\nhello\r\n0\r\n\r\n") },
	{ 400, "a chunk extension with a bare LF", BYTES(CHUNKED "5;a\nhello\r\n0\r\n\r\n") },
	{ 400, "a chunk extension with a bare CR", BYTES(CHUNKED "5;a\rb\r\nhello\r\n0\r\n\r\n") },
	{ 400, "a chunk longer than its size", BYTES(CHUNKED "4\r\nhello\r\n0\r\n\r\n") },
	{ 400, "a chunk that ends in LF", BYTES(CHUNKED "5\r\nhello\n0\r\n\r\n") },
	{ 400, "a chunk that ends in CR and something", BYTES(CHUNKED "5\r\nhello\rX0\r\n\r\n") },
	{ 400, "a trailer without colon", BYTES(CHUNKED "0\r\nNonsense\r\n\r\n") },
	{ 400, "a folded trailer", BYTES(CHUNKED "0\r\nA: b\r\n c\r\n\r\n") },
	{ 400, "a trailer that ends in LF", BYTES(CHUNKED "0\r\nA: b\n\r\n") },
	{ 431, "more trailers than allowed",
	  BYTES(CHUNKED "0\r\na:1\r\na:2\r\na:3\r\na:4\r\na:5\r\na:6\r\na:7\r\na:8\r\na:9\r\n\r\n") },
	/* counts and expectations */
	{ 431, "more fields than allowed", BYTES(GET "Host:h\r\na:2\r\na:3\r\na:4\r\na:5\r\na:6\r\na:7\r\na:8\r\na:9\r\n\r\n") },
	{ 417, "an unknown expectation", BYTES(POST "Expect: 200-ok\r\nContent-Length: 5\r\n\r\n") },
};

static void a_request_that_two_readers_could_read_differently_is_refused(void **state)
{
	(void)state;
	assert_true(ARRAY_SIZE(refused) >= 60);
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		struct reading reading;
		enum http1_progress progress = read_one(&reading, refused[i].bytes);
		if (progress != HTTP1_REFUSED || reading.reader.status != refused[i].status)
			fail_msg("%s: progress %d, status %u, expected %u", refused[i].why, (int)progress, reading.reader.status,
				 refused[i].status);
		assert_true(reading.reader.reason.len > 0);
		reading_free(&reading);
	}
}

/** The same verdict when the bytes come one by one: an attacker chooses how they are cut. */
static void the_verdict_does_not_depend_on_how_the_bytes_are_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		struct reading reading;
		enum http1_progress progress = HTTP1_MORE;
		for (size_t len = 1; len <= refused[i].bytes.len && progress == HTTP1_MORE; len++) {
			progress = read_one(&reading, (struct slice){ refused[i].bytes.ptr, len });
			if (progress == HTTP1_REFUSED && reading.reader.status != refused[i].status)
				fail_msg("%s: status %u after %zu bytes", refused[i].why, reading.reader.status, len);
			reading_free(&reading);
		}
		if (progress != HTTP1_REFUSED)
			fail_msg("%s: progress %d", refused[i].why, (int)progress);
	}
}

/* ---- what must be accepted ---- */

static const struct {
	const char *why;
	struct slice bytes;
	const char *path, *query, *authority, *body;
	bool keep_alive;
} accepted[] = {
	{ "a plain GET", BYTES("GET /fhir HTTP/1.1\r\nHost: h:8443\r\n\r\n"), "/fhir", NULL, "h:8443", "", true },
	{ "an empty query", BYTES("GET /a? HTTP/1.1\r\nHost: h\r\n\r\n"), "/a", "", "h", "", true },
	{ "a bar in a query", BYTES("GET /a?url=http://x/y|1.0 HTTP/1.1\r\nHost: h\r\n\r\n"), "/a", "url=http://x/y|1.0", "h", "",
	  true },
	{ "escapes stay as sent", BYTES("GET /%41%2f?%7C HTTP/1.1\r\nHost: h\r\n\r\n"), "/%41%2f", "%7C", "h", "", true },
	{ "an absolute target wins over Host", BYTES("GET https://a:1/x?y HTTP/1.1\r\nHost: b\r\n\r\n"), "/x", "y", "a:1", "",
	  true },
	{ "an absolute target without path", BYTES("GET HTTP://a?y HTTP/1.1\r\nHost: b\r\n\r\n"), "/", "y", "a", "", true },
	{ "OPTIONS *", BYTES("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n"), "*", NULL, "h", "", true },
	{ "an IPv6 Host", BYTES(GET "Host: [::1]:8443\r\n\r\n"), "/", NULL, "[::1]:8443", "", true },
	{ "one empty line before", BYTES("\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"), "/", NULL, "h", "", true },
	{ "HTTP/1.0 closes", BYTES("GET / HTTP/1.0\r\n\r\n"), "/", NULL, "", "", false },
	{ "HTTP/1.0 with keep-alive", BYTES("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"), "/", NULL, "", "", true },
	{ "close among other options", BYTES(GET "Host: h\r\nConnection: te , Close\r\n\r\n"), "/", NULL, "h", "", false },
	{ "a body of known length", BYTES(POST "Content-Length: 5\r\n\r\nhello"), "/", NULL, "h", "hello", true },
	{ "a length with leading zeros", BYTES(POST "Content-Length: 0005\r\n\r\nhello"), "/", NULL, "h", "hello", true },
	{ "an empty body", BYTES(POST "Content-Length: 0\r\n\r\n"), "/", NULL, "h", "", true },
	{ "a chunked body", BYTES(CHUNKED "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"), "/", NULL, "h", "hello world", true },
	{ "chunk sizes in any case", BYTES(CHUNKED "a\r\n0123456789\r\n00B\r\n0123456789x\r\n000\r\n\r\n"), "/", NULL, "h",
	  "01234567890123456789x", true },
	{ "chunk extensions", BYTES(CHUNKED "5;a=\"b c\"\r\nhello\r\n0;x\r\n\r\n"), "/", NULL, "h", "hello", true },
	{ "trailers", BYTES(CHUNKED "5\r\nhello\r\n0\r\nExpires: never\r\nX:\r\n\r\n"), "/", NULL, "h", "hello", true },
	{ "the name chunked in capitals", BYTES(POST "TRANSFER-ENCODING:  CHUNKED \r\n\r\n0\r\n\r\n"), "/", NULL, "h", "", true },
};

static void a_proper_request_is_read_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(accepted); i++) {
		struct reading reading;
		enum http1_progress progress = read_one(&reading, accepted[i].bytes);
		if (progress != HTTP1_DONE)
			fail_msg("%s: progress %d, status %u: %.*s", accepted[i].why, (int)progress, reading.reader.status,
				 SLICE_ARG(reading.reader.reason));
		assert_int_equal(reading.used, accepted[i].bytes.len);
		assert_slice(reading.request.path, accepted[i].path);
		assert_int_equal(reading.request.query.ptr != NULL, accepted[i].query != NULL);
		assert_slice(reading.request.query, accepted[i].query ? accepted[i].query : "");
		assert_slice(reading.request.authority, accepted[i].authority);
		assert_slice((struct slice){ reading.body, reading.body_len }, accepted[i].body);
		assert_int_equal(reading.reader.keep_alive, accepted[i].keep_alive);
		reading_free(&reading);
	}
}

static void every_shorter_beginning_of_a_proper_request_asks_for_more(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(accepted); i++)
		for (size_t len = 0; len < accepted[i].bytes.len; len++) {
			struct reading reading;
			enum http1_progress progress = read_one(&reading, (struct slice){ accepted[i].bytes.ptr, len });
			if (progress != HTTP1_MORE)
				fail_msg("%s: progress %d after %zu bytes", accepted[i].why, (int)progress, len);
			reading_free(&reading);
		}
}

static void what_follows_a_request_is_left_alone(void **state)
{
	static const struct slice two = BYTES(POST "Content-Length: 2\r\n\r\nhiGET /next HTTP/1.1\r\nHost: h\r\n\r\n");
	struct reading reading;

	(void)state;
	assert_int_equal(read_one(&reading, two), HTTP1_DONE);
	assert_slice((struct slice){ reading.body, reading.body_len }, "hi");
	struct slice rest = slice_from(two, reading.used);
	reading_free(&reading);
	assert_int_equal(read_one(&reading, rest), HTTP1_DONE);
	assert_slice(reading.request.path, "/next");
	reading_free(&reading);
}

static void fields_keep_their_order_and_lose_the_white_space_around(void **state)
{
	struct reading reading;

	(void)state;
	assert_int_equal(read_one(&reading, slice_of(GET "Host: h\r\nAccept: \t a, b \t\r\nX-Empty:\r\naccept:c\r\n\r\n")),
			 HTTP1_DONE);
	assert_int_equal(reading.request.header_count, 4);
	assert_slice(reading.request.headers[1].name, "Accept");
	assert_slice(reading.request.headers[3].value, "c");
	assert_slice(net_request_header(&reading.request, "ACCEPT"), "a, b");
	assert_slice(net_request_header(&reading.request, "x-empty"), "");
	assert_non_null(net_request_header(&reading.request, "x-empty").ptr);
	assert_null(net_request_header(&reading.request, "If-Match").ptr);
	reading_free(&reading);
}

static void methods_are_known_by_their_exact_name(void **state)
{
	static const struct {
		const char *line;
		enum net_method method;
	} rows[] = {
		{ "GET", NET_GET },         { "HEAD", NET_HEAD },        { "POST", NET_POST },
		{ "PUT", NET_PUT },         { "PATCH", NET_PATCH },      { "DELETE", NET_DELETE },
		{ "OPTIONS", NET_OPTIONS }, { "get", NET_METHOD_OTHER }, { "TRACE", NET_METHOD_OTHER },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[64];
		struct reading reading;
		snprintf(text, sizeof(text), "%s / HTTP/1.1\r\nHost: h\r\n\r\n", rows[i].line);
		assert_int_equal(read_one(&reading, slice_of(text)), HTTP1_DONE);
		assert_int_equal(reading.request.version, NET_HTTP_1_1);
		assert_int_equal(reading.request.method, rows[i].method);
		assert_slice(reading.request.method_text, rows[i].line);
		reading_free(&reading);
	}
}

static void an_expectation_is_noted_but_not_for_http_1_0(void **state)
{
	struct reading reading;

	(void)state;
	assert_int_equal(read_one(&reading, slice_of(POST "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\nx")), HTTP1_DONE);
	assert_true(reading.reader.expects_continue);
	reading_free(&reading);
	assert_int_equal(read_one(&reading, slice_of("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx")),
			 HTTP1_DONE);
	assert_false(reading.reader.expects_continue);
	reading_free(&reading);
}

/* ---- limits
 * -------------------------------------------------------------------------------------------------------------------- */

/** "GET /aaa… HTTP/1.1" with a target of that length, and a field of that length. */
static unsigned status_for(size_t target, size_t value)
{
	char text[4096];
	struct reading reading;
	int len =
	    snprintf(text, sizeof(text), "GET /%0*d HTTP/1.1\r\nHost: h\r\nX: %0*d\r\n\r\n", (int)target - 1, 0, (int)value, 0);

	assert_true(len > 0 && (size_t)len < sizeof(text));
	enum http1_progress progress = read_one(&reading, slice_of(text));
	assert_true(progress == HTTP1_DONE || progress == HTTP1_REFUSED);
	unsigned status = reading.reader.status;
	reading_free(&reading);
	return status;
}

static void each_limit_lets_its_value_pass_and_refuses_one_more(void **state)
{
	/* "GET  HTTP/1.1\r\n" 15, "Host: h\r\n" 9, "X: \r\n" 5, "\r\n" 2: 31 bytes beside target and value */
	(void)state;
	assert_int_equal(status_for(128, 1), 0);
	assert_int_equal(status_for(129, 1), 414);
	assert_int_equal(status_for(2000, 1), 414);
	assert_int_equal(status_for(10, 1024 - 31 - 10), 0);
	assert_int_equal(status_for(10, 1024 - 31 - 10 + 1), 431);
}

static void a_head_without_end_is_refused_at_its_limit(void **state)
{
	char text[1100];
	struct reading reading;

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text, GET "X: ", sizeof(GET "X: ") - 1);
	assert_int_equal(read_one(&reading, (struct slice){ text, 1023 }), HTTP1_MORE);
	reading_free(&reading);
	assert_int_equal(read_one(&reading, (struct slice){ text, 1024 }), HTTP1_REFUSED);
	assert_int_equal(reading.reader.status, 431);
	reading_free(&reading);
	memset(text, 'a', sizeof(text));
	assert_int_equal(read_one(&reading, (struct slice){ text, 1000 }), HTTP1_REFUSED);
	assert_int_equal(reading.reader.status, 414);
	reading_free(&reading);
}

static void an_arena_that_is_too_small_refuses_the_request(void **state)
{
	struct arena *arena = arena_new(64);
	struct net_request request = { .arena = arena };
	struct http1_reader reader;
	size_t consumed;

	(void)state;
	http1_reader_init(&reader, &limits);
	assert_int_equal(http1_read_head(&reader, arena,
					 slice_of(GET "Host: h\r\nX: 0123456789012345678901234567890123456789\r\n\r\n"), &request,
					 &consumed),
			 HTTP1_REFUSED);
	assert_int_equal(reader.status, 431);
	arena_free(arena);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_that_two_readers_could_read_differently_is_refused),
		cmocka_unit_test(the_verdict_does_not_depend_on_how_the_bytes_are_cut),
		cmocka_unit_test(a_proper_request_is_read_whole),
		cmocka_unit_test(every_shorter_beginning_of_a_proper_request_asks_for_more),
		cmocka_unit_test(what_follows_a_request_is_left_alone),
		cmocka_unit_test(fields_keep_their_order_and_lose_the_white_space_around),
		cmocka_unit_test(methods_are_known_by_their_exact_name),
		cmocka_unit_test(an_expectation_is_noted_but_not_for_http_1_0),
		cmocka_unit_test(each_limit_lets_its_value_pass_and_refuses_one_more),
		cmocka_unit_test(a_head_without_end_is_refused_at_its_limit),
		cmocka_unit_test(an_arena_that_is_too_small_refuses_the_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
