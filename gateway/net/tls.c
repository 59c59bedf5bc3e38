/* SPDX-License-Identifier: Apache-2.0 */
#include "net/tls.h"

#include "net/conn.h"

#include <errno.h>
#include <openssl/err.h>
#include <string.h>

/** What may be agreed on in the handshake (RFC 7301), in the order we prefer. */
static const struct {
	const char *alpn;
	const struct protocol *protocol;
} protocols[] = {
	{ "h2", &http2_protocol },
	{ "http/1.1", &http1_protocol },
	{ "http/1.0", &http1_protocol },
};

/* ---- the socket as OpenSSL sees it ---- */

static int bio_read(BIO *bio, char *out, int size)
{
	struct conn *conn = BIO_get_data(bio);
	ssize_t got = recv(conn->fd, out, (size_t)size, 0);

	BIO_clear_retry_flags(bio);
	conn->peer_is_done |= got == 0;
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		BIO_set_retry_read(bio);
	return (int)got;
}

/** Always takes everything: how far to write ahead is decided above, by conn_may_write. */
static int bio_write(BIO *bio, const char *bytes, int size)
{
	struct conn *conn = BIO_get_data(bio);

	buf_append(&conn->out, (struct slice){ bytes, (size_t)size });
	return conn->out.failed ? -1 : size;
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
	const struct conn *conn = BIO_get_data(bio);

	(void)number;
	(void)pointer;
	if (command == BIO_CTRL_EOF)
		return conn->peer_is_done;
	return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *bio_method;

static void make_bio_method(void)
{
	bio_method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "cannula connection");
	if (!bio_method)
		return;
	BIO_meth_set_read(bio_method, bio_read);
	BIO_meth_set_write(bio_method, bio_write);
	BIO_meth_set_ctrl(bio_method, bio_ctrl);
}

/* ---- a connection ---- */

bool tls_open(struct conn *conn)
{
	struct net_server *server = conn->loop->server;
	SSL *ssl = tls_context_open(&server->tls, (unsigned)(conn->listener - server->listeners));
	BIO *bio = ssl ? BIO_new(bio_method) : NULL;

	if (!bio) {
		SSL_free(ssl);
		return false;
	}
	BIO_set_data(bio, conn);
	BIO_set_init(bio, 1);
	SSL_set_bio(ssl, bio, bio);
	SSL_set_accept_state(ssl);
	conn->ssl = ssl;
	return true;
}

/** What OpenSSL's answer means. Its error queue belongs to the thread and is emptied before each call. */
static enum tls_result result_of(struct conn *conn, int returned)
{
	switch (SSL_get_error(conn->ssl, returned)) {
	case SSL_ERROR_NONE:
		return TLS_DONE;
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return TLS_AGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return TLS_ENDED;
	default:
		log_write(LOG_DEBUG, "%s: TLS: %s", conn->peer_text, ERR_reason_error_string(ERR_peek_error()));
		return TLS_FAILED;
	}
}

static void count_handshake(struct conn *conn, enum tls_result result)
{
	struct net_counters *counters = &conn->loop->server->counters;
	_Atomic uint64_t *counter = SSL_session_reused(conn->ssl) ? &counters->handshakes_resumed : &counters->handshakes_full;

	if (result != TLS_AGAIN)
		atomic_fetch_add_explicit(result == TLS_DONE ? counter : &counters->handshakes_failed, 1, memory_order_relaxed);
}

enum tls_result tls_handshake(struct conn *conn)
{
	ERR_clear_error();
	enum tls_result result = result_of(conn, SSL_do_handshake(conn->ssl));
	count_handshake(conn, result);
	return result;
}

enum tls_result tls_read(struct conn *conn, size_t max, size_t *got)
{
	ERR_clear_error();
	*got = 0;
	if (!conn->out.ptr) /* a KeyUpdate may have to be answered */
		loop_lend_buf(conn->loop, &conn->out);
	return result_of(conn, SSL_read_ex(conn->ssl, conn->in.ptr + conn->in.len, max, got));
}

bool tls_write(struct conn *conn, struct slice bytes)
{
	size_t written;

	ERR_clear_error();
	return !bytes.len || SSL_write_ex(conn->ssl, bytes.ptr, bytes.len, &written) == 1;
}

bool tls_good_bye(struct conn *conn)
{
	ERR_clear_error();
	if (!conn->out.ptr)
		loop_lend_buf(conn->loop, &conn->out);
	return SSL_shutdown(conn->ssl) >= 0;
}

const struct protocol *tls_protocol(const struct conn *conn)
{
	const unsigned char *name;
	unsigned length;

	SSL_get0_alpn_selected(conn->ssl, &name, &length);
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
		if (slice_equal((struct slice){ (const char *)name, length }, slice_of(protocols[i].alpn)))
			return protocols[i].protocol;
	return &http1_protocol; /* the client did not ask */
}

/* ---- once for each process ---- */

bool tls_prepare(void)
{
	static uv_once_t once = UV_ONCE_INIT;

	uv_once(&once, make_bio_method);
	return bio_method;
}

static bool offers(const unsigned char *list, unsigned size, struct slice name)
{
	for (unsigned at = 0; at < size; at += list[at] + 1u)
		if (at + 1 + list[at] <= size && slice_equal((struct slice){ (const char *)list + at + 1, list[at] }, name))
			return true;
	return false;
}

/** RFC 7301 section 3.2: when nothing offered is known here, that is fatal. */
int tls_select_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_length, const unsigned char *in,
			unsigned in_length, void *context)
{
	(void)ssl;
	(void)context;
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
		if (offers(in, in_length, slice_of(protocols[i].alpn))) {
			*out = (const unsigned char *)protocols[i].alpn;
			*out_length = (unsigned char)strlen(protocols[i].alpn);
			return SSL_TLSEXT_ERR_OK;
		}
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}
