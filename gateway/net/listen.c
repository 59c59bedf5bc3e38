/* SPDX-License-Identifier: Apache-2.0 */
#include "net/listen.h"

#include "net/address.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 1024
#define HOST_MAX 256
/** Of finding a port that all addresses of a name have free. */
#define ANY_PORT_TRIES 16

/** "host:port" apart; the port is what follows the last colon. */
static bool split(struct slice text, char host[HOST_MAX], uint64_t *port, struct error *err)
{
	size_t colon = text.len;

	while (colon > 0 && text.ptr[colon - 1] != ':')
		colon--;
	struct slice name = { text.ptr, colon ? colon - 1 : 0 };
	bool in_brackets = name.len > 1 && name.ptr[0] == '[' && name.ptr[name.len - 1] == ']';
	if (in_brackets)
		name = (struct slice){ name.ptr + 1, name.len - 2 };
	bool ok = colon && name.len < HOST_MAX && slice_to_u64(slice_from(text, colon), 65535, port) &&
		  (in_brackets || !memchr(name.ptr, ':', name.len));
	if (!ok) {
		error_set(err, ERROR_USAGE, "listen", "\"%.*s\" is not an address and a port", SLICE_ARG(text));
		return error_hint(err, "write host:port or [::1]:port, for example localhost:8443");
	}
	snprintf(host, HOST_MAX, "%.*s", SLICE_ARG(name));
	return true;
}

static bool resolve_unix(struct slice path, struct listen_addresses *out, struct error *err)
{
	struct sockaddr_un *address = (struct sockaddr_un *)&out->items[0];

	*out = (struct listen_addresses){ .lengths = { sizeof(*address) }, .count = 1 };
	address->sun_family = AF_UNIX;
	if (path.len && path.ptr[0] == '/' && path.len < sizeof(address->sun_path)) {
		memcpy(address->sun_path, path.ptr, path.len);
		return true;
	}
	error_set(err, ERROR_USAGE, "listen", "\"%.*s\" is not the path of a unix socket", SLICE_ARG(path));
	return error_hint(err, "write unix: and an absolute path of at most %zu bytes", sizeof(address->sun_path) - 1);
}

bool listen_resolve(struct slice text, struct listen_addresses *out, struct error *err)
{
	char host[HOST_MAX], service[8];
	uint64_t port;

	if (slice_starts(text, SLICE("unix:")))
		return resolve_unix(slice_from(text, sizeof("unix:") - 1), out, err);
	if (!split(text, host, &port, err))
		return false;
	bool is_any = !host[0] || strcmp(host, "*") == 0;
	/* RFC 6761 section 6.3: this name needs nobody who knows it. Without a name and AI_PASSIVE, the loopback addresses come.
	 */
	bool is_localhost = strcasecmp(host, "localhost") == 0;
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | (is_localhost ? 0 : AI_PASSIVE) };
	struct addrinfo *found;
	snprintf(service, sizeof(service), "%u", (unsigned)port);
	int failure = getaddrinfo(is_any || is_localhost ? NULL : host, service, &hints, &found);
	if (failure) {
		error_set(err, ERROR_NETWORK, "listen", "cannot find the address of \"%s\": %s", host, gai_strerror(failure));
		return error_hint(err, "write an IP address, or a name that this machine knows");
	}
	out->count = 0;
	for (struct addrinfo *at = found; at && out->count < ARRAY_SIZE(out->items); at = at->ai_next) {
		memcpy(&out->items[out->count], at->ai_addr, at->ai_addrlen);
		out->lengths[out->count++] = at->ai_addrlen;
	}
	freeaddrinfo(found);
	return true;
}

bool listen_is_loopback(const struct listen_addresses *addresses)
{
	for (unsigned i = 0; i < addresses->count; i++)
		if (!address_is_local(&addresses->items[i]))
			return false;
	return true;
}

unsigned listen_port(const struct sockaddr_storage *address)
{
	if (address->ss_family == AF_UNIX)
		return 0;
	return ntohs(address->ss_family == AF_INET ? ((const struct sockaddr_in *)address)->sin_port
						   : ((const struct sockaddr_in6 *)address)->sin6_port);
}

static void set_port(struct sockaddr_storage *address, unsigned port)
{
	if (address->ss_family == AF_INET)
		((struct sockaddr_in *)address)->sin_port = htons((uint16_t)port);
	else
		((struct sockaddr_in6 *)address)->sin6_port = htons((uint16_t)port);
}

/** A bound socket, or -1 with errno. */
static int bind_one(const struct sockaddr_storage *address, socklen_t length, bool shares_port)
{
	int fd = socket(address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;

	if (fd < 0)
		return -1;
	bool ok = setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
		  (!shares_port || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) == 0) &&
		  (address->ss_family != AF_INET6 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) == 0) &&
		  bind(fd, (const struct sockaddr *)address, length) == 0;
	if (ok)
		return fd;
	int number = errno;
	close(fd);
	errno = number;
	return -1;
}

static bool cannot_bind(const struct sockaddr_storage *address, struct error *err)
{
	int number = errno;
	char host[INET6_ADDRSTRLEN], place[INET6_ADDRSTRLEN + 16];
	bool is_v6 = address->ss_family == AF_INET6;
	socklen_t length = is_v6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);

	if (getnameinfo((const struct sockaddr *)address, length, host, sizeof(host), NULL, 0, NI_NUMERICHOST) != 0)
		snprintf(host, sizeof(host), "?");
	snprintf(place, sizeof(place), is_v6 ? "[%s]:%u" : "%s:%u", host, listen_port(address));
	error_errno(err, number, place, "listen");
	if (number == EADDRNOTAVAIL)
		error_hint(err, "that address does not belong to this machine");
	return false;
}

/** With SO_REUSEPORT another process of the same user could listen beside us unnoticed; without it the kernel tells. Also finds
 * the port that 0 stands for, and leaves out families that the machine does not have. */
static bool probe(struct listen_addresses *addresses, struct error *err)
{
	unsigned kept = 0, port = 0;

	for (unsigned i = 0; i < addresses->count; i++) {
		struct sockaddr_storage address = addresses->items[i];
		socklen_t length = addresses->lengths[i];
		if (!listen_port(&address))
			set_port(&address, port);
		int fd = bind_one(&address, length, false);
		bool is_missing = fd < 0 && (errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT);
		if (is_missing && (kept || i + 1 < addresses->count))
			continue;
		if (fd < 0 || getsockname(fd, (struct sockaddr *)&address, &length) != 0)
			return cannot_bind(&address, err);
		close(fd);
		port = listen_port(&address);
		addresses->items[kept] = address;
		addresses->lengths[kept++] = length;
	}
	addresses->count = kept;
	return true;
}

/* ---- unix sockets ---- */

/** Who listened there before is gone: the file alone is left. */
static bool is_stale(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool refused = fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0 && errno == ECONNREFUSED;

	if (fd >= 0)
		close(fd);
	return refused;
}

/** For this user and group: who may connect is decided by the file. */
static int bind_unix(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (is_stale(address))
		unlink(address->sun_path);
	if (bind(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 && chmod(address->sun_path, 0660) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return fd;
	int number = errno;
	close(fd);
	errno = number;
	return -1;
}

static bool open_unix(const struct sockaddr_un *address, unsigned copies, unsigned stride, int *out, struct error *err)
{
	out[0] = bind_unix(address);
	if (out[0] < 0)
		return error_errno(err, errno, address->sun_path, "listen");
	for (unsigned i = 1; i < copies; i++) {
		out[i * stride] = fcntl(out[0], F_DUPFD_CLOEXEC, 0);
		if (out[i * stride] < 0)
			return error_errno(err, errno, address->sun_path, "share a socket");
	}
	return true;
}

/* ---- all ---- */

static bool open_sockets(struct listen_addresses *addresses, unsigned copies, unsigned stride, int *out, struct error *err)
{
	if (!probe(addresses, err))
		return false;
	for (unsigned i = 0; i < copies * addresses->count; i++) {
		unsigned which = i % addresses->count;
		int *fd = &out[i / addresses->count * stride + which];
		const struct sockaddr_storage *address = &addresses->items[which];
		*fd = bind_one(address, addresses->lengths[which], true);
		if (*fd < 0 || listen(*fd, BACKLOG) != 0)
			return cannot_bind(address, err);
	}
	return true;
}

static void close_sockets(unsigned count, unsigned copies, unsigned stride, int *out)
{
	for (unsigned i = 0; i < copies * count; i++) {
		int *fd = &out[i / count * stride + i % count];
		if (*fd >= 0)
			close(*fd);
		*fd = -1;
	}
}

/** A port that is free on one address may be taken on another, or while it is let go for a moment: then another one is free. */
bool listen_open(struct listen_addresses *addresses, unsigned copies, unsigned stride, int *out, struct error *err)
{
	const struct listen_addresses asked = *addresses;

	if (asked.items[0].ss_family == AF_UNIX)
		return open_unix((const struct sockaddr_un *)&asked.items[0], copies, stride, out, err);
	for (unsigned tries = listen_port(&asked.items[0]) ? 1 : ANY_PORT_TRIES; tries > 1; tries--) {
		if (open_sockets(addresses, copies, stride, out, err))
			return true;
		if (err->code != ERROR_BUSY)
			return false;
		close_sockets(addresses->count, copies, stride, out);
		*addresses = asked;
	}
	return open_sockets(addresses, copies, stride, out, err);
}
