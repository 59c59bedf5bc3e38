/* SPDX-License-Identifier: Apache-2.0 */
/* What all connections of a server share: certificates, whose clients are trusted, rules. Made anew when the files change;
 * connections keep the one that they began with. */
#include "net/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/** TLS 1.2: ECDHE and an AEAD only (RFC 9325 section 4.2). TLS 1.3 has no others. */
#define TLS12_CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20"
#define GROUPS "X25519:P-256:P-384"
#define SIGNATURES                                                                                                               \
	"ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384:ecdsa_secp521r1_sha512:ed25519:rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:"  \
	"rsa_pss_rsae_sha512:rsa_pkcs1_sha256:rsa_pkcs1_sha384:rsa_pkcs1_sha512"
#define CLIENT_CHAIN_MAX 5
#define CLIENT_CA_MAX_BYTES (1u << 20)

/* ---- files ---- */

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

static bool load_pair(SSL_CTX *context, const struct net_certificate *pair, struct error *err)
{
	if (!can_read(pair->certificate, "certificate", err) || !can_read(pair->private_key, "private_key", err))
		return false;
	ERR_clear_error();
	if (SSL_CTX_use_certificate_chain_file(context, pair->certificate.ptr) != 1)
		return not_pem(err, pair->certificate, "certificate");
	if (SSL_CTX_use_PrivateKey_file(context, pair->private_key.ptr, SSL_FILETYPE_PEM) == 1)
		return true;
	if (ERR_GET_REASON(ERR_peek_last_error()) != X509_R_KEY_VALUES_MISMATCH)
		return not_pem(err, pair->private_key, "private key");
	error_set(err, ERROR_USAGE, pair->private_key.ptr, "this key does not belong to the certificate in %s",
		  pair->certificate.ptr);
	return error_hint(err, "name the key that the certificate was requested with");
}

/* ---- client certificates ---- */

static const char *const asking_words[] = { [TLS_ASKS_NOTHING] = "none", [TLS_ASKS] = "optional", [TLS_INSISTS] = "required" };

enum tls_asking tls_asking_of(struct slice word)
{
	for (enum tls_asking asking = TLS_ASKS; asking < TLS_ASKINGS; asking++)
		if (slice_equal(word, slice_of(asking_words[asking])))
			return asking;
	return TLS_ASKS_NOTHING;
}

/** Sessions of clients that other authorities vouched for, or nobody, must not resume: the authorities and what was asked are
 * part of what a session belongs to, as the keys that seal sessions are those of all listeners. */
static bool bind_sessions(const struct net_options *options, uint8_t out[TLS_ASKINGS][DIGEST_BYTES], struct error *err)
{
	struct arena *arena = arena_new((1 + TLS_ASKINGS) * CLIENT_CA_MAX_BYTES);
	struct slice authorities = SLICE("");

	if (!arena)
		return error_memory(err);
	bool ok = !options->client_ca.ptr || file_read(arena, options->client_ca.ptr, CLIENT_CA_MAX_BYTES, &authorities, err);
	for (enum tls_asking asking = 0; asking < TLS_ASKINGS && ok; asking++) {
		struct slice all = arena_printf(arena, "%s\n%.*s", asking_words[asking], SLICE_ARG(authorities));
		digest_sha256(all, out[asking]);
		ok = all.ptr || error_memory(err);
	}
	arena_free(arena);
	return ok;
}

static bool asks_anybody(const enum tls_asking asks[LISTEN_ADDRESSES_MAX])
{
	for (size_t i = 0; i < LISTEN_ADDRESSES_MAX; i++)
		if (asks[i] != TLS_ASKS_NOTHING)
			return true;
	return false;
}

/** Who is asked is set for each connection. */
static bool trust_clients(SSL_CTX *context, const struct net_options *options, struct error *err)
{
	if (!can_read(options->client_ca, "client_ca", err))
		return false;
	ERR_clear_error();
	STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(options->client_ca.ptr);
	if (!names || SSL_CTX_load_verify_file(context, options->client_ca.ptr) != 1) {
		sk_X509_NAME_pop_free(names, X509_NAME_free);
		return not_pem(err, options->client_ca, "certificate");
	}
	SSL_CTX_set_client_CA_list(context, names);
	SSL_CTX_set_verify_depth(context, CLIENT_CHAIN_MAX);
	return true;
}

/* ---- one context for each certificate ---- */

/** Beside the first certificate; owned by its context. */
struct tls_others {
	size_t count;
	SSL_CTX *items[];
};

static int others_index;

static void others_free(void *parent, void *pointer, CRYPTO_EX_DATA *data, int index, long number, void *argument)
{
	struct tls_others *others = pointer;

	(void)parent;
	(void)data;
	(void)index;
	(void)number;
	(void)argument;
	for (size_t i = 0; others && i < others->count; i++)
		SSL_CTX_free(others->items[i]);
	free(others);
}

static void make_index(void)
{
	others_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, others_free);
}

static bool names_host(SSL_CTX *context, const char *name)
{
	return X509_check_host(SSL_CTX_get0_certificate(context), name, strlen(name), 0, NULL) == 1;
}

/** RFC 6066 section 3. A name that no certificate has gets the first one: the client decides whether that will do. */
static int choose_certificate(SSL *ssl, int *alert, void *unused)
{
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	SSL_CTX *first = SSL_get_SSL_CTX(ssl);
	const struct tls_others *others = SSL_CTX_get_ex_data(first, others_index);

	(void)alert;
	(void)unused;
	if (!name || !others || names_host(first, name))
		return SSL_TLSEXT_ERR_OK;
	for (size_t i = 0; i < others->count; i++)
		if (names_host(others->items[i], name)) {
			SSL_set_SSL_CTX(ssl, others->items[i]);
			break;
		}
	return SSL_TLSEXT_ERR_OK;
}

static bool set_rules(SSL_CTX *context, struct tls_tickets *tickets)
{
	SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
					 SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF); /* tickets resume; they need no memory here */
	SSL_CTX_set_num_tickets(context, 1);
	SSL_CTX_set_read_ahead(context, 1);
	SSL_CTX_set_alpn_select_cb(context, tls_select_protocol, NULL);
	SSL_CTX_set_default_passwd_cb(context, no_passphrase);
	tls_tickets_serve(tickets, context);
	return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
	       SSL_CTX_set_cipher_list(context, TLS12_CIPHERS) == 1 && SSL_CTX_set1_groups_list(context, GROUPS) == 1 &&
	       SSL_CTX_set1_sigalgs_list(context, SIGNATURES) == 1;
}

/** What contexts are made from. */
struct making {
	const struct net_options *options;
	bool asks_clients;
	struct tls_tickets *tickets;
};

static SSL_CTX *context_new(const struct making *making, const struct net_certificate *pair, struct error *err)
{
	SSL_CTX *context = tls_prepare() ? SSL_CTX_new(TLS_server_method()) : NULL;

	if (!context || !set_rules(context, making->tickets)) {
		SSL_CTX_free(context);
		error_memory(err);
		return NULL;
	}
	if (load_pair(context, pair, err) && (!making->asks_clients || trust_clients(context, making->options, err)))
		return context;
	SSL_CTX_free(context);
	return NULL;
}

/** As OpenSSL has it: X509_check_host takes the common name where there are none. */
static const ASN1_OCTET_STRING *names_of(X509 *certificate)
{
	int place = X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1);

	return place < 0 ? NULL : X509_EXTENSION_get_data(X509_get_ext(certificate, place));
}

/** Whether `other` says the same names as all certificates of `context`, and has another kind of key: OpenSSL keeps one of each
 * kind and chooses by what a client can verify. */
static bool is_alternative(SSL_CTX *context, SSL_CTX *other)
{
	X509 *certificate = SSL_CTX_get0_certificate(other);
	const ASN1_OCTET_STRING *names = names_of(certificate);
	bool is_one = names;

	for (long more = SSL_CTX_set_current_cert(context, SSL_CERT_SET_FIRST); more == 1 && is_one;
	     more = SSL_CTX_set_current_cert(context, SSL_CERT_SET_NEXT)) {
		X509 *own = SSL_CTX_get0_certificate(context);
		const ASN1_OCTET_STRING *own_names = names_of(own);
		is_one = own_names && ASN1_OCTET_STRING_cmp(own_names, names) == 0 &&
			 EVP_PKEY_get_base_id(X509_get0_pubkey(own)) != EVP_PKEY_get_base_id(X509_get0_pubkey(certificate));
	}
	return is_one;
}

static SSL_CTX *find_partner(SSL_CTX *first, const struct tls_others *others, SSL_CTX *other)
{
	if (is_alternative(first, other))
		return first;
	for (size_t i = 0; i < others->count; i++)
		if (is_alternative(others->items[i], other))
			return others->items[i];
	return NULL;
}

/** A context of its own, or, for names that have one already, a further key in that. */
static bool add_other(SSL_CTX *first, struct tls_others *others, const struct making *making, const struct net_certificate *pair,
		      struct error *err)
{
	SSL_CTX *made = context_new(making, pair, err);
	SSL_CTX *partner = made ? find_partner(first, others, made) : NULL;

	if (!made)
		return false;
	if (!partner) {
		others->items[others->count++] = made;
		return true;
	}
	SSL_CTX_free(made);
	return load_pair(partner, pair, err);
}

static bool add_others(SSL_CTX *first, const struct making *making, struct error *err)
{
	static uv_once_t once = UV_ONCE_INIT;
	const struct net_certificate *pairs = making->options->certificates.items;
	size_t count = making->options->certificates.count;

	if (!count)
		return true;
	uv_once(&once, make_index);
	struct tls_others *others = calloc(1, sizeof(*others) + count * sizeof(others->items[0]));
	if (!others || SSL_CTX_set_ex_data(first, others_index, others) != 1) {
		free(others);
		return error_memory(err);
	}
	for (size_t i = 0; i < count; i++)
		if (!add_other(first, others, making, &pairs[i], err))
			return false;
	SSL_CTX_set_tlsext_servername_callback(first, choose_certificate);
	return true;
}

/* ---- when they end ---- */

/** Of those of a context, the first. */
static int64_t certificate_end(SSL_CTX *context)
{
	int64_t end = INT64_MAX;

	for (long more = SSL_CTX_set_current_cert(context, SSL_CERT_SET_FIRST); more == 1;
	     more = SSL_CTX_set_current_cert(context, SSL_CERT_SET_NEXT)) {
		struct tm tm;
		const ASN1_TIME *last = X509_get0_notAfter(SSL_CTX_get0_certificate(context));
		int64_t own = ASN1_TIME_to_tm(last, &tm) == 1 ? timegm(&tm) : 0;
		if (own < end)
			end = own;
	}
	return end;
}

/** Of all certificates, the first to end. */
static int64_t first_end(SSL_CTX *first, const struct net_options *options)
{
	const struct tls_others *others = options->certificates.count ? SSL_CTX_get_ex_data(first, others_index) : NULL;
	int64_t end = certificate_end(first);

	for (size_t i = 0; others && i < others->count; i++)
		if (certificate_end(others->items[i]) < end)
			end = certificate_end(others->items[i]);
	return end;
}

/* ---- the door ---- */

bool tls_context_load(struct tls_context *tls, const struct net_options *options,
		      const enum tls_asking asks[LISTEN_ADDRESSES_MAX], struct error *err)
{
	const struct net_certificate pair = { options->certificate, options->private_key };
	const struct making making = { options, asks_anybody(asks), &tls->tickets };
	uint8_t sessions[TLS_ASKINGS][DIGEST_BYTES];
	SSL_CTX *made = context_new(&making, &pair, err);

	if (!made || !add_others(made, &making, err) || !bind_sessions(options, sessions, err)) {
		SSL_CTX_free(made);
		return false;
	}
	uv_mutex_lock(&tls->mutex);
	SSL_CTX *old = tls->current;
	tls->current = made;
	memcpy(tls->asks, asks, sizeof(tls->asks));
	memcpy(tls->sessions, sessions, sizeof(tls->sessions));
	tls->not_after_s = first_end(made, options);
	uv_mutex_unlock(&tls->mutex);
	SSL_CTX_free(old);
	return true;
}

/** SSL_set_verify(3): before the handshake, for this connection alone. A certificate that the client's name chooses changes
 * neither: of its context SSL_set_SSL_CTX takes over no verification, and no session context where the connection has its own. */
static bool ask_client(SSL *ssl, const struct tls_context *tls, enum tls_asking asking)
{
	static const int modes[] = { [TLS_ASKS_NOTHING] = SSL_VERIFY_NONE,
				     [TLS_ASKS] = SSL_VERIFY_PEER,
				     [TLS_INSISTS] = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT };

	SSL_set_verify(ssl, modes[asking], NULL);
	return SSL_set_session_id_context(ssl, tls->sessions[asking], DIGEST_BYTES) == 1;
}

SSL *tls_context_open(struct tls_context *tls, unsigned listener)
{
	uv_mutex_lock(&tls->mutex);
	SSL *ssl = SSL_new(tls->current);
	if (ssl && !ask_client(ssl, tls, tls->asks[listener])) {
		SSL_free(ssl);
		ssl = NULL;
	}
	uv_mutex_unlock(&tls->mutex);
	return ssl;
}

int64_t tls_context_not_after(struct tls_context *tls)
{
	if (!tls->is_open)
		return 0;
	uv_mutex_lock(&tls->mutex);
	int64_t end = tls->not_after_s;
	uv_mutex_unlock(&tls->mutex);
	return end;
}

bool tls_context_init(struct tls_context *tls, const struct net_options *options, struct error *err)
{
	*tls = (struct tls_context){ 0 };
	if (uv_mutex_init(&tls->mutex) != 0)
		return error_memory(err);
	tls->is_open = true;
	return tls_tickets_init(&tls->tickets, options->ticket_lifetime_ms) || error_memory(err);
}

void tls_context_fini(struct tls_context *tls)
{
	if (!tls->is_open)
		return;
	SSL_CTX_free(tls->current);
	tls_tickets_fini(&tls->tickets);
	uv_mutex_destroy(&tls->mutex);
}
