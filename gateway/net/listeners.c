/* SPDX-License-Identifier: Apache-2.0 */
#include "net/listeners.h"

#include "net/address.h"
#include "net/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/un.h>
#include <unistd.h>

/** The first of the descriptors that systemd hands over. */
#define INHERITED_FIRST 3
/** "[" address "]:" port, or a path. */
#define PLACE_BYTES 128

static bool may_listen(const struct listen_addresses *addresses, const char *place, bool is_plain, struct error *err)
{
	if (!is_plain)
		return true;
	if (listen_is_loopback(addresses)) {
		log_write(LOG_WARN, "%s: serving plain HTTP, without TLS: for this machine only", place);
		return true;
	}
	error_set(err, ERROR_USAGE, "plain", "%s: HTTP without TLS is refused on an address that others can reach", place);
	return error_hint(err, "listen on localhost, or name a certificate and a private key");
}

static bool has_room(const struct net_server *server, unsigned count, struct error *err)
{
	if (server->address_count + count <= LISTEN_ADDRESSES_MAX)
		return true;
	error_set(err, ERROR_LIMIT, "listeners", "there are more than %u addresses to listen on", LISTEN_ADDRESSES_MAX);
	return error_hint(err, "name fewer, or *:port for all of this machine's");
}

static struct net_listener first_listener(const struct net_options *options)
{
	return (struct net_listener){ .listen = options->listen, .plain = options->plain };
}

/** Its addresses follow. */
static void add_listener(struct net_server *server, struct net_listener listener)
{
	server->listeners[server->listener_count++] = (struct server_listener){ .options = listener, .is_local = true };
}

/** Of the last listener; their sockets stand in server->sockets now. */
static void note(struct net_server *server, const struct listen_addresses *addresses)
{
	struct server_listener *listener = &server->listeners[server->listener_count - 1];

	for (unsigned i = 0; i < addresses->count; i++)
		server->listener_of[server->address_count++] = server->listener_count - 1;
	server->has_tls |= !listener->options.plain;
	listener->is_local &= listen_is_loopback(addresses);
	if (!listener->port)
		listener->port = listen_port(&addresses->items[0]);
}

/** The last listener's. */
static bool open_addresses(struct net_server *server, struct error *err)
{
	const struct net_listener *listener = &server->listeners[server->listener_count - 1].options;
	struct listen_addresses addresses;
	char place[PLACE_BYTES];

	snprintf(place, sizeof(place), "%.*s", SLICE_ARG(listener->listen));
	if (!listen_resolve(listener->listen, &addresses, err) || !may_listen(&addresses, place, listener->plain, err) ||
	    !has_room(server, addresses.count, err))
		return false;
	int *out = server->sockets + server->address_count;
	if (!listen_open(&addresses, server->loop_count, LISTEN_ADDRESSES_MAX, out, err))
		return false;
	if (addresses.items[0].ss_family == AF_UNIX)
		server->unix_addresses[server->unix_count++] = addresses.items[0];
	note(server, &addresses);
	return true;
}

static bool open_configured(struct net_server *server, const struct net_options *options, struct error *err)
{
	const struct net_listener *more = options->listeners.items;

	if (!open_addresses(server, err))
		return false;
	for (size_t i = 0; i < options->listeners.count; i++) {
		if (!has_room(server, 1, err))
			return false;
		add_listener(server, more[i]);
		if (!open_addresses(server, err))
			return false;
	}
	return true;
}

/* ---- what their clients are asked ---- */

/** The row that says what the listener of that number listens on; that in its place, if it does. NULL: it is gone. */
static const struct net_listener *row_of(const struct net_server *server, unsigned number, const struct net_options *options)
{
	const struct net_listener *rows = options->listeners.items;
	size_t count = options->listeners.count, place = number - 1;
	struct slice listen = server->listeners[number].options.listen;

	if (place < count && slice_equal(rows[place].listen, listen))
		return &rows[place];
	for (size_t i = 0; i < count; i++)
		if (slice_equal(rows[i].listen, listen))
			return &rows[i];
	return NULL;
}

/** A listener that the options no longer have goes on as it was. */
void listeners_asks(const struct net_server *server, const struct net_options *options, enum tls_asking out[LISTEN_ADDRESSES_MAX])
{
	out[0] = tls_asking_of(options->client_certificates);
	for (unsigned i = 1; i < LISTEN_ADDRESSES_MAX; i++) {
		const struct net_listener *row = i < server->listener_count ? row_of(server, i, options) : NULL;
		out[i] = server->listeners[i].asks;
		if (row)
			out[i] =
			    tls_asking_of(row->client_certificates.len ? row->client_certificates : options->client_certificates);
	}
}

/* ---- from systemd ---- */

/** How many descriptors are for this process (sd_listen_fds(3)); children must not take them for theirs. */
static unsigned count_inherited(void)
{
	const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
	uint64_t number = 0, process = 0;
	bool ours = pid && count && slice_to_u64(slice_of(pid), UINT32_MAX, &process) && process == (uint64_t)getpid() &&
		    slice_to_u64(slice_of(count), LISTEN_ADDRESSES_MAX, &number);

	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	return ours ? (unsigned)number : 0;
}

static bool is_listening(int fd)
{
	int type = 0, accepts = 0;
	socklen_t length = sizeof(type);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_STREAM &&
	       getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &length) == 0 && accepts;
}

/** All loops accept from the one socket. */
static bool share(struct net_server *server, int fd, struct error *err)
{
	for (unsigned i = 0; i < server->loop_count; i++) {
		int *copy = &server->sockets[i * LISTEN_ADDRESSES_MAX + server->address_count];
		*copy = fcntl(fd, F_DUPFD_CLOEXEC, INHERITED_FIRST);
		if (*copy < 0)
			return error_errno(err, errno, "LISTEN_FDS", "share a socket");
	}
	return true;
}

static bool take_inherited(struct net_server *server, int fd, bool is_plain, struct error *err)
{
	struct listen_addresses addresses = { .lengths = { sizeof(addresses.items[0]) }, .count = 1 };
	char place[PLACE_BYTES];

	snprintf(place, sizeof(place), "LISTEN_FDS, descriptor %d", fd);
	if (!is_listening(fd) || getsockname(fd, (struct sockaddr *)&addresses.items[0], &addresses.lengths[0]) != 0 ||
	    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) != 0) {
		error_set(err, ERROR_USAGE, place, "this is not a listening stream socket");
		return error_hint(err, "the .socket unit needs ListenStream= and Accept=no");
	}
	if (!may_listen(&addresses, place, is_plain, err) || !share(server, fd, err))
		return false;
	close(fd);
	note(server, &addresses);
	return true;
}

bool listeners_open(struct net_server *server, const struct net_options *options, struct error *err)
{
	size_t slots = (size_t)server->loop_count * LISTEN_ADDRESSES_MAX;
	unsigned inherited = count_inherited();

	server->sockets = malloc(slots * sizeof(*server->sockets));
	if (!server->sockets)
		return error_memory(err);
	for (size_t i = 0; i < slots; i++)
		server->sockets[i] = -1;
	add_listener(server, first_listener(options));
	if (!inherited)
		return open_configured(server, options, err);
	log_write(LOG_INFO, "serving on %u sockets that were handed over; listen and listeners are not used", inherited);
	server->listeners[0].options.listen = SLICE("LISTEN_FDS");
	for (unsigned i = 0; i < inherited; i++)
		if (!take_inherited(server, (int)(INHERITED_FIRST + i), options->plain, err))
			return false;
	return true;
}

void listeners_close(struct net_server *server)
{
	for (size_t i = 0; server->sockets && i < (size_t)server->loop_count * LISTEN_ADDRESSES_MAX; i++)
		if (server->sockets[i] >= 0)
			close(server->sockets[i]);
	free(server->sockets);
	for (unsigned i = 0; i < server->unix_count; i++)
		unlink(((const struct sockaddr_un *)&server->unix_addresses[i])->sun_path);
}
