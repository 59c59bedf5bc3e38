/* SPDX-License-Identifier: Apache-2.0 */
/* Starts a TLS server and measures the time to its first good answer.
 *   first PATH COMMAND [ARGUMENT]...
 * "@PORT@" in an argument becomes a free port of 127.0.0.1. Prints "PORT PID MILLISECONDS"; the server keeps running. */
#include "cannula/base.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <unistd.h>

#define PATIENCE_US (20u * 1000 * 1000)
#define RETRY_US 500
#define MARK "@PORT@"

static struct sockaddr_in loopback(unsigned port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return address;
}

static unsigned free_port(void)
{
	struct sockaddr_in address = loopback(0);
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ASSERT(fd >= 0 && bind(fd, (struct sockaddr *)&address, length) == 0);
	ASSERT(getsockname(fd, (struct sockaddr *)&address, &length) == 0);
	close(fd);
	return ntohs(address.sin_port);
}

static char *with_port(struct arena *arena, const char *argument, unsigned port)
{
	struct slice text = slice_of(argument);
	size_t at = slice_find(text, SLICE(MARK));

	if (at == SIZE_MAX)
		return arena_cstr(arena, text);
	return (char *)arena_printf(arena, "%.*s%u%s", (int)at, argument, port, argument + at + sizeof(MARK) - 1).ptr;
}

/** With nothing on standard output, so that a caller who reads ours does not wait for the server's end. */
static pid_t start(struct arena *arena, char **command, unsigned port)
{
	int null = open("/dev/null", O_RDWR);
	pid_t pid;

	for (char **argument = command; *argument; argument++)
		*argument = with_port(arena, *argument, port);
	pid = fork();
	if (pid != 0)
		return pid;
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	execvp(command[0], command);
	_exit(127);
}

static bool ask(SSL_CTX *context, unsigned port, const char *path)
{
	struct sockaddr_in address = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	SSL *ssl = NULL;
	char text[2048];

	bool ok = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 && (ssl = SSL_new(context)) &&
		  SSL_set_fd(ssl, fd) == 1 && SSL_connect(ssl) == 1;
	if (ok) {
		int length = snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path);
		ok = SSL_write(ssl, text, length) == length && SSL_read(ssl, text, sizeof(text)) > 12 &&
		     memcmp(text, "HTTP/1.1 200", 12) == 0;
	}
	SSL_free(ssl);
	close(fd);
	return ok;
}

int main(int argc, char **argv)
{
	struct arena *arena = arena_new(1u << 20);
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	unsigned port = free_port();
	int status;

	if (argc < 3 || !arena || !context)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	uint64_t began = time_monotonic_us();
	pid_t pid = start(arena, argv + 2, port);
	bool answered = false, gone = false;
	while (!answered && !gone && time_monotonic_us() - began < PATIENCE_US) {
		answered = ask(context, port, argv[1]);
		gone = waitpid(pid, &status, WNOHANG) == pid;
		if (!answered)
			usleep(RETRY_US);
	}
	uint64_t took = time_monotonic_us() - began;
	if (answered)
		printf("%u %d %u.%u\n", port, (int)pid, (unsigned)(took / 1000), (unsigned)(took / 100 % 10));
	else if (!gone)
		kill(pid, SIGTERM);
	SSL_CTX_free(context);
	arena_free(arena);
	return answered ? 0 : 1;
}
