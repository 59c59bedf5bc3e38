/* SPDX-License-Identifier: Apache-2.0 */
/**
 * net: event loops (libuv), TLS (OpenSSL 3), a strict HTTP/1.1 reader, HTTP/2 (libnghttp2), limits, timers. One loop per core,
 * each with its own SO_REUSEPORT listener. It hands requests over and never blocks: what memory can answer is answered on the
 * loop, everything else runs on a pool thread.
 *
 * Sources: RFC 9110 (HTTP semantics), RFC 9112 (HTTP/1.1), RFC 9113 (HTTP/2), RFC 8446 and 5246 (TLS).
 */
#ifndef CANNULA_NET_H
#define CANNULA_NET_H

#include "cannula/base.h"

/** A certificate chain and its key, PEM files. */
struct net_certificate {
	struct slice certificate, private_key;
};

struct net_listener {
	struct slice listen; /**< "host:port", "[::1]:8443", "*:8443", "unix:/path"; port 0: any free one */
	bool plain;          /**< HTTP without TLS: on this machine only, said loudly */
	struct slice
	    access; /**< how clients show who they are: a word of the program's, which net only carries; absent: as usual */
	struct slice client_certificates; /**< absent: as net_options has it */
	uint32_t line;                    /**< in the configuration file; 0: none */
};

struct net_options {
	struct slice listen;              /**< the first listener */
	struct option_rows listeners;     /**< struct net_listener: further ones */
	struct slice certificate;         /**< PEM chain file */
	struct slice private_key;         /**< PEM file */
	struct option_rows certificates;  /**< struct net_certificate: further ones, chosen by the name that a client asks for */
	struct slice client_certificates; /**< "none", "optional", "required" */
	struct slice client_ca;           /**< PEM file: who vouches for clients */
	uint64_t ticket_lifetime_ms;
	bool plain;       /**< of the first listener, and of sockets that are handed over */
	uint64_t loops;   /**< 0: one per core */
	uint64_t workers; /**< pool threads; 0: two per core, at least 4 */
	uint64_t max_header_bytes, max_headers, max_body_bytes, max_target_bytes;
	uint64_t max_bodies_bytes;                /**< of requests, in all connections together; unpacked */
	uint64_t max_body_ratio;                  /**< unpacked to packed */
	uint64_t min_compress_bytes;              /**< 0: no reply is packed */
	uint64_t max_streams, max_control_frames; /**< HTTP/2, of a connection */
	uint64_t max_connections, max_connections_per_address;
	uint64_t handshake_ms, header_ms, body_ms, idle_ms, write_ms, drain_ms;
	uint64_t max_requests_per_connection;
	uint64_t request_arena_bytes;
};
extern const struct option_table net_option_table;

enum net_method { NET_GET, NET_HEAD, NET_POST, NET_PUT, NET_PATCH, NET_DELETE, NET_OPTIONS, NET_METHOD_OTHER };

enum net_version { NET_HTTP_1_0, NET_HTTP_1_1, NET_HTTP_2 };

struct net_header {
	struct slice name, value;
};

enum net_name_kind { NET_NAME_DNS, NET_NAME_URI, NET_NAME_EMAIL };
struct net_name {
	enum net_name_kind kind;
	struct slice value;
};

/** Who a verified client certificate says the client is. Lives as long as the request. */
struct net_identity {
	struct slice subject;         /**< distinguished name as RFC 2253 writes it: "CN=ehr,O=Clinic" */
	struct slice fingerprint;     /**< SHA-256 of the certificate, 64 hexadecimal digits in lower case */
	const struct net_name *names; /**< of subjectAltName, in its order (RFC 5280 section 4.2.1.6) */
	size_t name_count;
};

/** One request, whole. Everything in it lives in `arena` until the reply is sent. */
struct net_request {
	struct arena *arena;
	enum net_method method;
	struct slice method_text;
	struct slice path;      /**< as sent, percent-encoded, begins with '/'; "*" for OPTIONS alone */
	struct slice query;     /**< after '?'; absent when there is none */
	struct slice authority; /**< Host, or :authority */
	enum net_version version;
	bool is_tls;
	bool is_local;                       /**< the peer is on this machine: a loopback address or a unix socket */
	const struct net_listener *listener; /**< that it came by; lives as long as the server */
	const struct net_identity *identity; /**< NULL: no client certificate */
	const struct net_header *headers;
	size_t header_count;
	struct slice body; /**< unpacked when Content-Encoding was gzip */
	struct slice peer; /**< "127.0.0.1:40000" */
	uint64_t id;       /**< unique in the process, for logs */
};
/** First header of that name (any case); absent when there is none. */
struct slice net_request_header(const struct net_request *request, const char *name);

#define NET_REPLY_HEADERS_MAX 16
/** What to send. net adds Date, Content-Length, Connection; for HEAD, 204 and 304 it leaves the body out. Slices must live in the
 * request's arena, be static, or be pinned: `release(pinned)` is called once, when the last byte was encrypted and stands in the
 * connection's output, or the peer went away. A field with a line break in it is left out and logged. */
struct net_reply {
	unsigned status;
	struct net_header headers[NET_REPLY_HEADERS_MAX];
	size_t header_count;
	struct slice body;
	void (*release)(void *pinned);
	void *pinned;
	/** Of a body that is sent again and again, its packed form (gzip): empty when packing does not pay, absent when it was
	 * not made yet. Then `keep_packed` is called on a pool thread with what net makes of it, or with what is empty, and
	 * returns where it keeps that for as long as `pinned` is; absent when it does not. NULL: nobody keeps it. */
	struct slice packed;
	struct slice (*keep_packed)(void *pinned, struct slice packed);
	void *note; /**< the program's own, in the request's arena: what on_head and on_loop leave here those that follow find
		       again */
};
void net_reply_header(struct net_reply *reply, const char *name, struct slice value);

/** The program's side. `on_loop` runs on an event loop and must not block, lock for long or touch the disk: it fills the reply
 * and returns true, or returns false to have `on_worker` do it on a pool thread, `worker` being that thread's number from 0.
 *
 * A body is read as it comes, under flow control, and held back while those of all connections take max_bodies_bytes; it is
 * admitted at its head (`on_head`), before the client is invited to send it; and it is handed over whole, since whoever reads a
 * resource keeps its texts where they stand in the body's bytes, which are copied once. */
struct net_handler {
	/** The head of a request that announces a body; request->body is absent. On a loop, as on_loop. True: the body may come,
	 * and of the reply only `note` is kept, for what follows. False: the reply is there, and nothing of the body is kept. May
	 * be NULL. */
	bool (*on_head)(void *context, const struct net_request *request, struct net_reply *reply);
	bool (*on_loop)(void *context, const struct net_request *request, struct net_reply *reply);
	void (*on_worker)(void *context, unsigned worker, const struct net_request *request, struct net_reply *reply);
	/** A request that the reader itself refused (400, 408, 413, 414, 431, 501, 505 …): the body for it, and what is noted
	 * stays. May be NULL. */
	void (*on_refused)(void *context, struct arena *arena, unsigned status, struct slice reason, struct net_reply *reply);
	/** After the reply left (or the peer went away): for the access log. May be NULL. Of a request that was refused, method,
	 * path and fields may be absent. Runs on the loop, as on_loop and on_refused do. What the reply pinned is released. */
	void (*on_done)(void *context, const struct net_request *request, const struct net_reply *reply, uint64_t bytes_sent,
			uint64_t duration_us);
	void *context;
};

struct net_server;

/** Binds, or takes the sockets that systemd hands over (LISTEN_FDS), and reads the certificate; nothing is served yet. What the
 * options say of listeners outlives the server. Errors:
 * ERROR_BUSY (port in use), ERROR_ACCESS, ERROR_NOT_FOUND (certificate), ERROR_USAGE (plain on a public address); each with a
 * hint. */
bool net_server_new(const struct net_options *options, const struct net_handler *handler, struct net_server **out,
		    struct error *err) MUST_USE;
/** Of the first listener that has one; 0: all are unix sockets. */
unsigned net_server_port(const struct net_server *server);
struct net_listening {
	const struct net_listener *listener;
	unsigned port; /**< 0: a unix socket */
	bool is_local; /**< only clients on this machine can reach it */
};
/** Its listeners, counted from 0: that of `listen`, then `listeners`; sockets that were handed over are one, the only one. False:
 * there are no more. */
bool net_server_listening(const struct net_server *server, unsigned number, struct net_listening *out);
/** What it did so far, and what it does now. From any thread while it runs. */
struct net_figures {
	uint64_t accepted, refused; /**< connections; refused: over a limit */
	uint64_t open;
	uint64_t handshakes_full, handshakes_resumed, handshakes_failed;
	unsigned pool_threads, pool_idle;
	int64_t certificate_not_after_s; /**< when the first certificate to end does, since 1970; 0: there are none */
	size_t pool_queue;               /**< requests that wait for a pool thread */
	bool is_draining;
};
void net_server_figures(struct net_server *server, struct net_figures *out);
unsigned net_server_workers(const struct net_server *server);
/** Serves until net_server_stop, then drains at most drain_ms; what workers have begun is waited for. Once for each server. */
bool net_server_run(struct net_server *server, struct error *err) MUST_USE;
/** From any thread; idempotent. net_server_run installs SIGINT and SIGTERM for it; a second signal cuts what still runs. */
void net_server_stop(struct net_server *server);
/** What happens to a server, told on the thread of net_server_run. */
struct net_events {
	void (*reload)(void *context);   /**< SIGHUP */
	void (*stopping)(void *context); /**< once */
	void *context;
};
void net_server_watch(struct net_server *server, const struct net_events *events);
/** Takes certificates, keys, client_ca and client_certificates (those of listeners by what they listen on) from `options`, for
 * connections that come; the others stay as they are. When something is wrong with them, the old ones stay. One thread reloads.
 */
bool net_server_reload(struct net_server *server, const struct net_options *options, struct error *err) MUST_USE;
void net_server_free(struct net_server *server);

/** Writes a self-signed development certificate for localhost, 127.0.0.1 and ::1 (EC P-256, 397 days) with its key (mode 0600).
 */
bool net_certificate_make(const char *certificate_path, const char *key_path, struct error *err) MUST_USE;

#endif
