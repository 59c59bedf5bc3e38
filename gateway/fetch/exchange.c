/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/exchange.h"

#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fetch/guard.h"

#define HEADERS_MAX_BYTES 65536u

/* ---- what curl calls ---- */

static bool over(struct exchange *exchange, const char *limit, uint64_t value)
{
	exchange->limit = limit;
	exchange->limit_value = value;
	return true;
}

/** Decoded bytes arrive here. curl's own CURLOPT_MAXFILESIZE does not see them, nor a body of unknown length. */
static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
	struct exchange *exchange = context;
	size_t length = size * count;

	if (exchange->body.len + length > exchange->options->max_decoded_bytes) {
		over(exchange, "that max_decoded allows", exchange->options->max_decoded_bytes);
		return 0;
	}
	buf_append(&exchange->body, (struct slice){ bytes, length });
	return exchange->body.failed ? 0 : length;
}

/** Bytes as they came over the wire, even those that decode to nothing. */
static int on_progress(void *context, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up_now)
{
	struct exchange *exchange = context;

	(void)total, (void)up_total, (void)up_now;
	return (uint64_t)now > exchange->options->max_wire_bytes &&
	       over(exchange, "that max_wire allows", exchange->options->max_wire_bytes);
}

/** The value of header `name` when `line` is that header. */
static bool header_value(struct slice line, struct slice name, char *out, size_t size)
{
	struct slice rest = line, key = slice_cut(&rest, ':');

	if (!rest.ptr || !slice_equal_nocase(key, name))
		return false;
	rest = slice_trim(rest);
	if (rest.len >= size)
		return true; /* an absurd validator is one we do not keep */
	memcpy(out, rest.ptr, rest.len);
	out[rest.len] = '\0';
	return true;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *context)
{
	struct exchange *exchange = context;
	struct slice line = { bytes, size * count };

	exchange->header_bytes += line.len;
	if (exchange->header_bytes > HEADERS_MAX_BYTES) {
		over(exchange, "that all headers together may have", HEADERS_MAX_BYTES);
		return 0;
	}
	if (slice_starts(line, SLICE("HTTP/"))) /* a new answer, after 100 or 103 */
		exchange->etag[0] = exchange->last_modified[0] = exchange->content_type[0] = exchange->cache_control[0] = '\0';
	(void)(header_value(line, SLICE("etag"), exchange->etag, sizeof(exchange->etag)) ||
	       header_value(line, SLICE("last-modified"), exchange->last_modified, sizeof(exchange->last_modified)) ||
	       header_value(line, SLICE("content-type"), exchange->content_type, sizeof(exchange->content_type)) ||
	       header_value(line, SLICE("cache-control"), exchange->cache_control, sizeof(exchange->cache_control)));
	return line.len;
}

/** The guard: sees the address after name resolution, for every connection. */
static curl_socket_t on_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct exchange *exchange = context;
	char service[8];

	(void)purpose;
	if (exchange->options->allow_private || guard_address_public(&address->addr, address->addrlen))
		return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	if (getnameinfo(&address->addr, address->addrlen, exchange->refused_address, sizeof(exchange->refused_address), service,
			sizeof(service), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		snprintf(exchange->refused_address, sizeof(exchange->refused_address), "of an unknown kind");
	return CURL_SOCKET_BAD;
}

/** CURLOPT_CAINFO would replace the system's roots; these come beside them. */
static CURLcode on_tls(CURL *curl, void *tls, void *context)
{
	struct exchange *exchange = context;

	(void)curl;
	ERR_clear_error();
	return SSL_CTX_load_verify_locations(tls, exchange->options->ca_file.ptr, NULL) == 1 ? CURLE_OK
											     : CURLE_SSL_CACERT_BADFILE;
}

/* ---- setting up ---- */

static bool set_limits(CURL *curl, const struct fetch_options *options)
{
	return curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)options->connect_ms) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)options->total_ms) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)((options->stall_ms + 999) / 1000)) == CURLE_OK;
}

/** No redirects (the fetcher judges each), no proxy from the environment (the guard must see the real address), no other
 * protocol. */
static bool set_manners(CURL *curl, const struct fetch_options *options)
{
	return curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_PROXY, "") == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "gzip, deflate") == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_USERAGENT, options->user_agent.ptr ? options->user_agent.ptr : "cannula") ==
		   CURLE_OK;
}

static bool set_callbacks(struct exchange *exchange)
{
	CURL *curl = exchange->curl;

	return curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_WRITEDATA, exchange) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_HEADERDATA, exchange) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_XFERINFODATA, exchange) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, on_socket) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, exchange) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, exchange->detail) == CURLE_OK;
}

bool exchange_init(struct exchange *exchange, const struct fetch_options *options, struct error *err)
{
	memset(exchange, 0, sizeof(*exchange));
	exchange->options = options;
	buf_init(&exchange->body, options->max_decoded_bytes);
	exchange->curl = curl_easy_init();
	if (!exchange->curl)
		return error_memory(err);
	if (!set_limits(exchange->curl, options) || !set_manners(exchange->curl, options) || !set_callbacks(exchange))
		return error_set(err, ERROR_UNSUPPORTED, "libcurl", "refuses an option that fetching stands on");
	if (options->ca_file.ptr && (curl_easy_setopt(exchange->curl, CURLOPT_SSL_CTX_FUNCTION, on_tls) != CURLE_OK ||
				     curl_easy_setopt(exchange->curl, CURLOPT_SSL_CTX_DATA, exchange) != CURLE_OK))
		return error_set(err, ERROR_UNSUPPORTED, "libcurl", "was built without OpenSSL, so ca_file has no effect");
	return true;
}

void exchange_fini(struct exchange *exchange)
{
	curl_easy_cleanup(exchange->curl);
	buf_free(&exchange->body);
}

/* ---- running ---- */

/** Adds a header line; what a server sent as validator goes back as it came, unless it could break the line. */
static bool add_header(struct curl_slist **list, const char *name, struct slice value)
{
	char line[1280];
	struct curl_slist *longer;

	if (!value.ptr || value.len == 0)
		return true;
	for (size_t i = 0; i < value.len; i++)
		if ((unsigned char)value.ptr[i] < ' ')
			return true;
	if (snprintf(line, sizeof(line), "%s: %.*s", name, SLICE_ARG(value)) >= (int)sizeof(line))
		return true;
	longer = curl_slist_append(*list, line);
	if (longer)
		*list = longer;
	return longer != NULL;
}

static bool set_request(struct exchange *exchange, const char *url, const struct fetch_validators *known,
			struct curl_slist **headers)
{
	if (known && (!add_header(headers, "If-None-Match", known->etag) ||
		      !add_header(headers, "If-Modified-Since", known->last_modified)))
		return false;
	return curl_easy_setopt(exchange->curl, CURLOPT_URL, url) == CURLE_OK &&
	       curl_easy_setopt(exchange->curl, CURLOPT_HTTPHEADER, *headers) == CURLE_OK;
}

static void start(struct exchange *exchange)
{
	buf_reset(&exchange->body);
	exchange->etag[0] = exchange->last_modified[0] = exchange->content_type[0] = exchange->cache_control[0] = '\0';
	exchange->header_bytes = 0;
	exchange->limit = NULL;
	exchange->refused_address[0] = exchange->detail[0] = '\0';
}

/** What a transport failure means for who reads of it. */
static enum exchange_end failed(const struct exchange *exchange, CURLcode code, const char *url, struct error *err)
{
	const char *detail = exchange->detail[0] ? exchange->detail : curl_easy_strerror(code);

	if (exchange->refused_address[0]) {
		error_set(err, ERROR_ACCESS, url, "leads to the address %s, which is not public", exchange->refused_address);
		error_hint(err, "a source on your own network needs `allow_private: yes` in the fetch section");
		return EXCHANGE_REFUSED;
	}
	if (exchange->limit) {
		error_set(err, ERROR_LIMIT, url, "more than the %llu bytes %s", (unsigned long long)exchange->limit_value,
			  exchange->limit);
		return EXCHANGE_REFUSED;
	}
	if (code == CURLE_OUT_OF_MEMORY || exchange->body.failed) {
		error_memory(err);
		return EXCHANGE_REFUSED;
	}
	error_set(err, ERROR_NETWORK, url, "%s", detail);
	switch (code) {
	case CURLE_PEER_FAILED_VERIFICATION:
		error_hint(err, "when this certificate is to be trusted, name its issuer's file as ca_file in the fetch section");
		return EXCHANGE_REFUSED;
	case CURLE_SSL_CACERT_BADFILE:
		error_hint(err, "ca_file in the fetch section must be a readable PEM file: %.120s",
			   exchange->options->ca_file.ptr);
		return EXCHANGE_REFUSED;
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
		return EXCHANGE_REFUSED;
	case CURLE_COULDNT_RESOLVE_HOST:
		error_hint(err, "check the name, and that this machine can resolve names");
		return EXCHANGE_BROKEN;
	default:
		return EXCHANGE_BROKEN;
	}
}

static bool is_redirect(long status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static bool read_answer(struct exchange *exchange, struct arena *arena, struct exchange_answer *out)
{
	CURL *curl = exchange->curl;
	curl_off_t retry_after_s = 0, wire = 0;
	char *redirect = NULL;
	long status = 0;

	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &retry_after_s);
	curl_easy_getinfo(curl, CURLINFO_SIZE_DOWNLOAD_T, &wire);
	curl_easy_getinfo(curl, CURLINFO_REDIRECT_URL, &redirect);
	*out = (struct exchange_answer){ .status = (unsigned)status, .wire_bytes = (uint64_t)wire };
	out->retry_after_ms = retry_after_s > 0 ? (uint64_t)retry_after_s * 1000 : 0;
	if (is_redirect(status) && redirect)
		out->redirect = arena_copy(arena, slice_of(redirect));
	return !is_redirect(status) || !redirect || out->redirect.ptr;
}

enum exchange_end exchange_run(struct exchange *exchange, struct arena *arena, const char *url,
			       const struct fetch_validators *known, struct exchange_answer *out, struct error *err)
{
	struct curl_slist *headers = NULL;
	CURLcode code = CURLE_OUT_OF_MEMORY;

	start(exchange);
	if (set_request(exchange, url, known, &headers))
		code = curl_easy_perform(exchange->curl);
	curl_easy_setopt(exchange->curl, CURLOPT_HTTPHEADER, NULL);
	curl_slist_free_all(headers);
	if (code != CURLE_OK)
		return failed(exchange, code, url, err);
	if (!read_answer(exchange, arena, out)) {
		error_memory(err);
		return EXCHANGE_REFUSED;
	}
	if (out->status < 200 || out->status > 599) {
		error_set(err, ERROR_NETWORK, url, "answered with status %u, which HTTP does not know", out->status);
		return EXCHANGE_BROKEN;
	}
	return EXCHANGE_ANSWERED;
}
