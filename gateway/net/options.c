/* SPDX-License-Identifier: Apache-2.0 */
#include "cannula/net.h"

#define ROW(key, member, option_kind, default_value, low, high, text)                                                            \
	{                                                                                                                        \
		.name = key, .kind = option_kind, .offset = offsetof(struct net_options, member), .sentence = text,              \
		.default_text = default_value, .min = low, .max = high                                                           \
	}

#define KIB 1024u
#define MIB (1024u * 1024u)
#define DAY_MS (24u * 3600 * 1000)

static const struct option certificate_rows[] = {
	{ .name = "certificate",
	  .kind = OPTION_PATH,
	  .offset = offsetof(struct net_certificate, certificate),
	  .required = true,
	  .sentence = "PEM file with the certificate and the chain up to its root." },
	{ .name = "private_key",
	  .kind = OPTION_PATH,
	  .offset = offsetof(struct net_certificate, private_key),
	  .required = true,
	  .sentence = "PEM file with its private key, not encrypted." },
};
static const struct option_table certificate_table = { certificate_rows, ARRAY_SIZE(certificate_rows),
						       sizeof(struct net_certificate), 0 };

static const char *const client_certificate_words[] = { "none", "optional", "required", NULL };

static const struct option listener_rows[] = {
	{ .name = "listen",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct net_listener, listen),
	  .required = true,
	  .sentence = "Address to serve on: host:port, [::1]:port, *:port, or unix:/path." },
	{ .name = "plain",
	  .kind = OPTION_BOOL,
	  .offset = offsetof(struct net_listener, plain),
	  .default_text = "no",
	  .sentence = "Serve HTTP without TLS there; refused on anything but a loopback address or a unix socket." },
	{ .name = "access",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct net_listener, access),
	  .sentence = "How clients show who they are there, in the words of access.mode; absent: as access.mode says." },
	{ .name = "client_certificates",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct net_listener, client_certificates),
	  .choices = client_certificate_words,
	  .sentence =
	      "Whether clients are asked for a certificate there, and whether those without one are turned away; absent: as "
	      "net.client_certificates says." },
};
static const struct option_table listener_table = { listener_rows, ARRAY_SIZE(listener_rows), sizeof(struct net_listener),
						    offsetof(struct net_listener, line) };

static const struct option rows[] = {
	ROW("listen", listen, OPTION_TEXT, "localhost:8443", 0, 0,
	    "Address to serve on: host:port, [::1]:port, *:port for all, or unix:/path; port 0 takes any free one."),
	{ .name = "listeners",
	  .kind = OPTION_ROWS,
	  .offset = offsetof(struct net_options, listeners),
	  .table = &listener_table,
	  .sentence = "Further addresses to serve on." },
	ROW("certificate", certificate, OPTION_PATH, NULL, 0, 0, "PEM file with the certificate and the chain up to its root."),
	ROW("private_key", private_key, OPTION_PATH, NULL, 0, 0,
	    "PEM file with the private key of the certificate, not encrypted."),
	{ .name = "certificates",
	  .kind = OPTION_ROWS,
	  .offset = offsetof(struct net_options, certificates),
	  .table = &certificate_table,
	  .sentence = "Further certificates: a client that asks for a name gets the first one that has it. One with the same "
		      "names as another and "
		      "a key of another kind (RSA, ECDSA) stands beside that, for clients that cannot verify it." },
	{ .name = "client_certificates",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct net_options, client_certificates),
	  .default_text = "none",
	  .choices = client_certificate_words,
	  .sentence = "Whether clients are asked for a certificate, and whether those without one are turned away." },
	ROW("client_ca", client_ca, OPTION_PATH, NULL, 0, 0,
	    "PEM file with the authorities whose client certificates are trusted; no others are."),
	ROW("ticket_lifetime", ticket_lifetime_ms, OPTION_MS, "6 h", 1000, 7 * DAY_MS,
	    "How long a TLS session may be resumed; the keys that seal sessions are changed as often."),
	ROW("plain", plain, OPTION_BOOL, "no", 0, 0,
	    "Serve HTTP without TLS; refused on anything but a loopback address or a unix socket."),
	ROW("loops", loops, OPTION_COUNT, "0", 0, 256, "Threads with an event loop; 0 means one for each core."),
	ROW("workers", workers, OPTION_COUNT, "0", 0, 1024,
	    "Threads for requests that need the store; 0 means two for each core, at least 4."),
	ROW("max_header", max_header_bytes, OPTION_BYTES, "32 KiB", 512, MIB, "Longest request head."),
	ROW("max_headers", max_headers, OPTION_COUNT, "100", 1, 10000, "Most header fields in a request."),
	ROW("max_target", max_target_bytes, OPTION_BYTES, "8 KiB", 64, MIB, "Longest request target (path and query)."),
	ROW("max_body", max_body_bytes, OPTION_BYTES, "16 MiB", 0, 1024u * MIB, "Longest request body, after chunks are joined."),
	ROW("max_bodies", max_bodies_bytes, OPTION_BYTES, "256 MiB", MIB, 0,
	    "Most memory for request bodies of all connections together, for what gzip bodies unpack to as well; when it is "
	    "full, "
	    "further ones are read later, and what does not fit unpacked is answered 503."),
	ROW("max_body_ratio", max_body_ratio, OPTION_COUNT, "100", 1, 1100,
	    "A gzip body that unpacks to more than 1 MiB and more than so many times itself is refused."),
	ROW("min_compress", min_compress_bytes, OPTION_BYTES, "2 KiB", 0, 0,
	    "Replies from this size on are sent as gzip to clients that accept it; 0: none."),
	ROW("max_streams", max_streams, OPTION_COUNT, "128", 1, 10000, "Most HTTP/2 requests at a time on one connection."),
	ROW("max_control_frames", max_control_frames, OPTION_COUNT, "1000", 10, 1000000,
	    "HTTP/2 frames that only make work (resets, pings, settings, empty data) which a client may send at once; a tenth of "
	    "it "
	    "comes back each second, and a client that sends more is cut."),
	ROW("max_connections", max_connections, OPTION_COUNT, "16384", 1, 1000000,
	    "Most connections at a time; further ones are closed at once."),
	ROW("max_connections_per_address", max_connections_per_address, OPTION_COUNT, "1024", 1, 1000000,
	    "Most connections from one IPv4 address or IPv6 /64 network."),
	ROW("handshake_timeout", handshake_ms, OPTION_MS, "10 s", 10, DAY_MS, "Time for the TLS handshake."),
	ROW("header_timeout", header_ms, OPTION_MS, "10 s", 10, DAY_MS,
	    "Time for a request head, from its first byte to its last."),
	ROW("body_timeout", body_ms, OPTION_MS, "30 s", 10, DAY_MS, "Time for each 16 KiB of a request body."),
	ROW("idle_timeout", idle_ms, OPTION_MS, "75 s", 10, DAY_MS, "How long a connection may stay open between two requests."),
	ROW("write_timeout", write_ms, OPTION_MS, "30 s", 10, DAY_MS, "Time for a peer to take each 16 KiB of a reply."),
	ROW("drain_timeout", drain_ms, OPTION_MS, "10 s", 0, DAY_MS,
	    "How long running requests may take to finish when the server stops."),
	ROW("max_requests_per_connection", max_requests_per_connection, OPTION_COUNT, "100000", 1, 1000000000,
	    "Requests after which a connection is closed in good order."),
	ROW("request_memory", request_arena_bytes, OPTION_BYTES, "64 MiB", 256 * KIB, 0,
	    "Most memory that answering one request may take, beside its body."),
};

const struct option_table net_option_table = { rows, ARRAY_SIZE(rows), sizeof(struct net_options), 0 };
