/* SPDX-License-Identifier: Apache-2.0 */
/* A client of a live server, that shows its bytes. */
#ifndef CANNULA_TESTS_NET_CLIENT_H
#define CANNULA_TESTS_NET_CLIENT_H

#include "live.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>

struct client {
	int fd;
	SSL_CTX *context;
	SSL *ssl;
	char *text;   /**< what was received and not yet dropped */
	size_t len, taken; /**< the last answer's bytes are dropped when the next is read */
};

static inline int client_socket(unsigned port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	struct timeval patience = { .tv_sec = PATIENCE_S };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

/** `alpn` in the form of RFC 7301, "" for none. */
static inline void client_open_as(struct client *client, const struct live *live, const char *alpn)
{
	*client = (struct client){ .fd = client_socket(net_server_port(live->server)) };
	assert_true(client->fd >= 0);
	client->text = malloc(BIG_BYTES + 65536);
	assert_non_null(client->text);
	if (live->options.plain)
		return;
	client->context = SSL_CTX_new(TLS_client_method());
	assert_int_equal(SSL_CTX_load_verify_locations(client->context, live->options.certificate.ptr, NULL), 1);
	SSL_CTX_set_verify(client->context, SSL_VERIFY_PEER, NULL);
	client->ssl = SSL_new(client->context);
	SSL_set_fd(client->ssl, client->fd);
	SSL_set1_host(client->ssl, "localhost");
	assert_int_equal(SSL_set_alpn_protos(client->ssl, (const unsigned char *)alpn, (unsigned)strlen(alpn)), 0);
	assert_int_equal(SSL_connect(client->ssl), 1);
}

static inline void client_open(struct client *client, const struct live *live)
{
	client_open_as(client, live, "");
}

static inline void client_close(struct client *client)
{
	SSL_free(client->ssl);
	SSL_CTX_free(client->context);
	close(client->fd);
	free(client->text);
}

/** False when the server no longer takes it. */
static inline bool client_try_send(struct client *client, struct slice bytes)
{
	if (client->ssl)
		return SSL_write(client->ssl, bytes.ptr, (int)bytes.len) == (int)bytes.len;
	return send(client->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL) == (ssize_t)bytes.len;
}

static inline void client_send(struct client *client, const char *text)
{
	assert_true(client_try_send(client, slice_of(text)));
}

/** Receives some; false at the end of the connection, whether polite or not. */
static inline bool client_receive(struct client *client)
{
	char *at = client->text + client->len;
	int room = (int)(BIG_BYTES + 65536 - client->len - 1);
	int got = client->ssl ? SSL_read(client->ssl, at, room) : (int)recv(client->fd, at, (size_t)room, 0);

	if (got <= 0)
		assert_true(errno != EAGAIN && errno != EWOULDBLOCK); /* patience is over */
	client->len += got > 0 ? (size_t)got : 0;
	client->text[client->len] = '\0';
	return got > 0;
}

/** One reply. `head` ends before the empty line; both slices live until the next call. */
struct answer {
	unsigned status;
	struct slice head, body;
	char copy[4096]; /**< of the head, as a C string */
};

static inline size_t length_in(const struct answer *answer)
{
	const char *field = strstr(answer->copy, "Content-Length: ");

	return field ? strtoul(field + sizeof("Content-Length: ") - 1, NULL, 10) : 0;
}

static inline void client_drop(struct client *client)
{
	client->len -= client->taken;
	memmove(client->text, client->text + client->taken, client->len);
	client->text[client->len] = '\0';
	client->taken = 0;
}

/** Reads one reply. */
static inline void client_answer(struct client *client, struct answer *answer, bool has_body)
{
	size_t end;

	client_drop(client);
	errno = 0;
	while ((end = slice_find((struct slice){ client->text, client->len }, SLICE("\r\n\r\n"))) == SIZE_MAX)
		assert_true(client_receive(client));
	assert_true(end < sizeof(answer->copy));
	snprintf(answer->copy, sizeof(answer->copy), "%.*s", (int)end, client->text);
	assert_int_equal(sscanf(answer->copy, "HTTP/1.1 %u ", &answer->status), 1);
	size_t length = has_body ? length_in(answer) : 0;
	while (client->len < end + 4 + length)
		assert_true(client_receive(client));
	answer->head = (struct slice){ client->text, end };
	answer->body = (struct slice){ client->text + end + 4, length };
	client->taken = end + 4 + length;
}

static inline void client_assert_answer(struct client *client, unsigned status, const char *body)
{
	struct answer answer;

	client_answer(client, &answer, true);
	assert_int_equal(answer.status, status);
	assert_slice(answer.body, body);
}

/** The server says nothing more and closes. */
static inline void client_expects_end(struct client *client)
{
	client_drop(client);
	errno = 0;
	while (client_receive(client))
		;
	assert_int_equal(client->len, 0);
}

/* ---- the usual: a server, and one client ---- */

static inline void open_both(struct live *live, struct client *client, bool plain)
{
	live_init(live, plain);
	live_start(live);
	client_open(client, live);
}

static inline void close_both(struct live *live, struct client *client)
{
	client_close(client);
	live_end(live);
}

#define REQUEST(path) "GET " path " HTTP/1.1\r\nHost: localhost\r\n\r\n"

#endif
