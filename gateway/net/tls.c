/* SPDX-License-Identifier: Apache-2.0 */
#include "net/tls.h"

#include "net/conn.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** TLS 1.2: ECDHE and an AEAD only (RFC 9325 section 4.2). TLS 1.3 has no others. */
#define TLS12_CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20"
#define GROUPS "X25519:P-256:P-384"

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
	SSL *ssl = SSL_new(conn->loop->server->tls);
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

enum tls_result tls_handshake(struct conn *conn)
{
	ERR_clear_error();
	return result_of(conn, SSL_do_handshake(conn->ssl));
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

/* ---- the context ---- */

static bool offers(const unsigned char *list, unsigned size, struct slice name)
{
	for (unsigned at = 0; at < size; at += list[at] + 1u)
		if (at + 1 + list[at] <= size && slice_equal((struct slice){ (const char *)list + at + 1, list[at] }, name))
			return true;
	return false;
}

/** RFC 7301 section 3.2: when nothing offered is known here, that is fatal. */
static int select_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_length, const unsigned char *in,
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

/** OpenSSL would ask on the terminal. */
static int no_passphrase(char *out, int size, int is_writing, void *context)
{
	(void)out;
	(void)size;
	(void)is_writing;
	(void)context;
	return 0;
}

/** OpenSSL's own messages do not tell a missing file from a forbidden one. */
static bool can_read(struct slice path, const char *option, struct error *err)
{
	struct stat status = { 0 };

	if (!path.len) {
		error_set(err, ERROR_USAGE, option, "no %s is given", option);
		return error_hint(err, "name a PEM file, or serve plain HTTP on a loopback address");
	}
	int fd = open(path.ptr, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &status) != 0) {
		error_errno(err, errno, path.ptr, "read");
		if (fd >= 0)
			close(fd);
		return false;
	}
	close(fd);
	if (S_ISREG(status.st_mode))
		return true;
	error_set(err, ERROR_USAGE, path.ptr, "this is not a file");
	return error_hint(err, "%s must name a PEM file", option);
}

static bool not_pem(struct error *err, struct slice path, const char *expected)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	error_set(err, ERROR_SYNTAX, path.ptr, "this file has no %s that OpenSSL can use (%s)", expected,
		  reason ? reason : "no reason given");
	return error_hint(err, "it must be PEM, begin with -----BEGIN, and not be encrypted");
}

static bool load_files(SSL_CTX *context, const struct net_options *options, struct error *err)
{
	if (!can_read(options->certificate, "certificate", err) || !can_read(options->private_key, "private_key", err))
		return false;
	ERR_clear_error();
	if (SSL_CTX_use_certificate_chain_file(context, options->certificate.ptr) != 1)
		return not_pem(err, options->certificate, "certificate");
	if (SSL_CTX_use_PrivateKey_file(context, options->private_key.ptr, SSL_FILETYPE_PEM) == 1)
		return true;
	if (ERR_GET_REASON(ERR_peek_last_error()) != X509_R_KEY_VALUES_MISMATCH)
		return not_pem(err, options->private_key, "private key");
	error_set(err, ERROR_USAGE, options->private_key.ptr, "this key does not belong to the certificate in %s",
		  options->certificate.ptr);
	return error_hint(err, "name the key that the certificate was requested with");
}

static bool set_rules(SSL_CTX *context)
{
	SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
					 SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF); /* tickets resume; they need no memory here */
	SSL_CTX_set_read_ahead(context, 1);
	SSL_CTX_set_alpn_select_cb(context, select_protocol, NULL);
	SSL_CTX_set_default_passwd_cb(context, no_passphrase);
	return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
	       SSL_CTX_set_cipher_list(context, TLS12_CIPHERS) == 1 && SSL_CTX_set1_groups_list(context, GROUPS) == 1 &&
	       SSL_CTX_set_session_id_context(context, (const unsigned char *)"cannula", sizeof("cannula") - 1) == 1;
}

bool tls_context_new(const struct net_options *options, SSL_CTX **out, struct error *err)
{
	static uv_once_t once = UV_ONCE_INIT;

	uv_once(&once, make_bio_method);
	SSL_CTX *context = bio_method ? SSL_CTX_new(TLS_server_method()) : NULL;
	if (!context || !set_rules(context)) {
		SSL_CTX_free(context);
		return error_memory(err);
	}
	if (!load_files(context, options, err)) {
		SSL_CTX_free(context);
		return false;
	}
	*out = context;
	return true;
}
