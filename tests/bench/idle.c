/* SPDX-License-Identifier: Apache-2.0 */
/* Opens TLS connections to a server, asks one thing over each, and leaves them idle.
 *   idle PORT COUNT PATH [h2]
 * Prints "opened N" when all are open, waits for the end of its standard input, and prints "alive N": how many the server has
 * kept. Of each connection only the socket stays, so that many cost this program nothing. They come from many addresses of the
 * loopback network, as from many clients. */
#include "cannula/base.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define FROM_ONE_ADDRESS 500u
#define ANSWER_BYTES 65536

static struct sockaddr_in address_of(unsigned host, unsigned port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + host);
	return address;
}

/** A socket from the address that is the turn of connection `number`; -1 when the server does not take it. */
static int dial(unsigned port, unsigned number)
{
	struct sockaddr_in from = address_of(number / FROM_ONE_ADDRESS, 0), to = address_of(0, port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && bind(fd, (struct sockaddr *)&from, sizeof(from)) == 0 &&
	    connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/** The answer must fit into one read. */
static bool ask_http1(SSL *ssl, const char *path)
{
	static char answer[ANSWER_BYTES];
	char request[512];
	int length = snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path);

	return SSL_write(ssl, request, length) == length && SSL_read(ssl, answer, sizeof(answer)) > 12 &&
	       memcmp(answer, "HTTP/1.1 200", 12) == 0;
}

/** False at the end. */
static bool read_whole(SSL *ssl, unsigned char *out, size_t bytes)
{
	size_t got = 0;

	for (size_t at = 0; at < bytes; at += got)
		if (SSL_read_ex(ssl, out + at, bytes - at, &got) != 1)
			return false;
	return true;
}

/** `:status 200` is the first field of a head, in one byte (RFC 7541, 6.1); a size of the table may come before it (6.3). */
static bool says_200(const unsigned char *head)
{
	if ((*head & 0xe0) == 0x20)
		for (bool goes_on = (*head++ & 0x1f) == 0x1f; goes_on;)
			goes_on = *head++ & 0x80;
	return *head == 0x88;
}

/** Reads frames up to the one that ends stream 1. */
static bool read_http2_answer(SSL *ssl)
{
	static unsigned char payload[(1u << 24) + 16];
	unsigned char head[9];
	bool is_good = false;

	for (;;) {
		if (!read_whole(ssl, head, sizeof(head)) ||
		    !read_whole(ssl, payload, (size_t)head[0] << 16 | (size_t)head[1] << 8 | head[2]))
			return false;
		is_good |= head[3] == 1 && says_200(payload);
		if (head[3] <= 1 && (head[4] & 1))
			return is_good;
	}
}

/** Preface, settings (none), the acknowledgement of the server's, and a GET without compression (RFC 7541, 6.2.2). */
static bool ask_http2(SSL *ssl, const char *path)
{
	static const char hello[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0\0\0\0\4\1\0\0\0\0";
	char frame[9 + 256] = { 0, 0, 0, 1, 5, 0, 0, 0, 1 };
	int length = snprintf(frame + 9, sizeof(frame) - 9, "\x82\x87\x04%c%s\x01\x09localhost", (int)strlen(path), path);

	if (strlen(path) > 126)
		return false;
	frame[2] = (char)length;
	return SSL_write(ssl, hello, sizeof(hello) - 1) > 0 && SSL_write(ssl, frame, 9 + length) > 0 && read_http2_answer(ssl);
}

/** One request and its answer. What TLS keeps for the connection is given back; the socket stays. */
static bool ask(SSL_CTX *context, int fd, const char *path, bool is_http2)
{
	SSL *ssl = SSL_new(context);

	bool ok = ssl && SSL_set_fd(ssl, fd) == 1 &&
		  (!is_http2 || SSL_set_alpn_protos(ssl, (const unsigned char *)"\2h2", 3) == 0) && SSL_connect(ssl) == 1 &&
		  (is_http2 ? ask_http2(ssl, path) : ask_http1(ssl, path));
	if (ssl)
		SSL_set_quiet_shutdown(ssl, 1);
	SSL_free(ssl);
	return ok;
}

/** How many of the sockets have neither an end nor an error to tell. */
static unsigned count_alive(const int *fds, unsigned count)
{
	unsigned alive = 0;
	char rest[4096];

	for (unsigned i = 0; i < count; i++) {
		ssize_t got = recv(fds[i], rest, sizeof(rest), MSG_DONTWAIT);
		alive += got > 0 || (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK));
	}
	return alive;
}

static void allow_sockets(unsigned count)
{
	struct rlimit limit;

	ASSERT(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	if (limit.rlim_cur < count + 64 && limit.rlim_max >= count + 64) {
		limit.rlim_cur = count + 64;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int main(int argc, char **argv)
{
	uint64_t port, count;
	unsigned opened = 0;
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	bool is_http2 = argc == 5 && strcmp(argv[4], "h2") == 0;

	if ((argc != 4 && !is_http2) || !context || !slice_to_u64(slice_of(argv[1]), 65535, &port) ||
	    !slice_to_u64(slice_of(argv[2]), 100000, &count)) {
		fprintf(stderr, "usage: idle PORT COUNT PATH [h2]\n");
		return 2;
	}
	int *fds = calloc(count ? count : 1, sizeof(*fds));
	ASSERT(fds);
	allow_sockets((unsigned)count);
	while (opened < count && (fds[opened] = dial((unsigned)port, opened)) >= 0) {
		if (!ask(context, fds[opened], argv[3], is_http2))
			break;
		opened++;
	}
	printf("opened %u\n", opened);
	fflush(stdout);
	while (getchar() != EOF)
		;
	printf("alive %u\n", count_alive(fds, opened));
	SSL_CTX_free(context);
	free(fds);
	return opened == count ? 0 : 1;
}
