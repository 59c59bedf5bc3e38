/* SPDX-License-Identifier: Apache-2.0 */
/**
 * access: who asks, and what they may do. Three modes, of which each listener has one: nobody is asked (open), client
 * certificates whose identities the configuration maps to scopes (mtls), or bearer tokens of one configured issuer (token). It
 * knows scopes, types and permissions, not paths; `api` says which permission an interaction needs.
 *
 * Sources: SMART App Launch 2.2, "Scopes" and "Backend Services"; RFC 6750 (bearer tokens), RFC 7515 (JWS), RFC 7517 (JWK),
 * RFC 7518 (algorithms), RFC 7519 (JWT), RFC 9068 (JWT access tokens).
 */
#ifndef CANNULA_ACCESS_H
#define CANNULA_ACCESS_H

#include "cannula/net.h"

enum access_mode { ACCESS_OPEN, ACCESS_MTLS, ACCESS_TOKEN, ACCESS_MODES };
/** Its word in the configuration. */
const char *access_mode_name(enum access_mode mode);

/** One client certificate, or several with something in common. One of subject, san and fingerprint is given. */
struct access_identity {
	struct slice subject;       /**< distinguished name, RFC 2253 */
	struct slice san;           /**< "dns:host", "uri:…", "email:…" */
	struct slice fingerprint;   /**< SHA-256 of the certificate, hexadecimal; colons are ignored */
	struct slice name;          /**< in the log; absent: what matched */
	struct option_texts scopes; /**< "system/PlanDefinition.rs" */
	uint32_t line;
};

struct access_token_options {
	struct slice issuer;            /**< `iss`, exactly */
	struct option_texts audience;   /**< `aud` has one of them */
	struct slice keys;              /**< JWK set: https URL, or file: URL once the configuration was read */
	struct slice token_endpoint;    /**< for clients' discovery */
	struct option_texts algorithms; /**< RS384, ES384, RS256, ES256 */
	uint64_t skew_ms;               /**< how far clocks may differ */
	uint64_t max_token_bytes;
	uint64_t min_key_age_ms, max_key_age_ms; /**< bounds of what the key server's Cache-Control says */
	uint64_t key_retry_ms;                   /**< the shortest time between two looks at the keys */
	uint64_t max_cached_tokens;
};

struct access_options {
	struct slice mode; /**< of listeners that do not say another (net_listener.access) */
	bool open_anywhere;
	bool loopback_metrics;
	struct option_rows identities; /**< struct access_identity */
	struct access_token_options token;
};
extern const struct option_table access_option_table;

/** What the table cannot say: scopes that parse, what each mode that a listener of `net` has needs of it and of the options.
 * `file` is the configuration file, for places. Adds to `errors`; false when anything was wrong. */
bool access_options_check(struct arena *arena, const char *file, const struct access_options *options,
			  const struct net_options *net, struct option_errors *errors) MUST_USE;

/** SMART's c, r, u, d, s. */
enum access_permission {
	ACCESS_CREATE = 1,
	ACCESS_READ = 2, /**< read, vread, history of an instance */
	ACCESS_UPDATE = 4,
	ACCESS_DELETE = 8,
	ACCESS_SEARCH = 16, /**< search, history of a type or of all */
	ACCESS_ALL = 31,
};

struct access_grant {
	struct slice type; /**< "*": every type */
	unsigned permissions;
};

/** Somebody, known. */
struct access_principal {
	struct slice name; /**< for the log */
	const struct access_grant *grants;
	size_t grant_count;
};

/** Whether `principal` (NULL: nobody) has all of `permissions` on a resource type; "*" asks for every type. */
bool access_allows(const struct access_principal *principal, struct slice type, unsigned permissions);

enum access_verdict {
	ACCESS_KNOWN,
	ACCESS_UNKNOWN, /**< refused: see the refusal */
	ACCESS_LATER,   /**< only a thread that may block can tell */
};

/** Why somebody is not known, or may not: for the client. All texts are static or in the arena. */
struct access_refusal {
	unsigned status;        /**< 400, 401, 403, 503 */
	const char *error;      /**< of RFC 6750 section 3.1; NULL: no credentials were sent */
	struct slice reason;    /**< for people: one sentence without final period, ASCII without quotes */
	struct slice hint;      /**< what to do next */
	struct slice challenge; /**< for WWW-Authenticate; absent: none fits */
};

/** Where JWK sets come from: `access` has no way out of its own. */
struct access_document {
	struct slice body; /**< in the arena */
	bool has_max_age;
	uint64_t max_age_ms; /**< of Cache-Control */
};
struct access_source {
	/** Called on a thread of access's own; may block for some seconds. */
	bool (*get)(void *context, struct arena *arena, struct slice url, struct access_document *out, struct error *err);
	void *context;
};

struct access;

/** `options` were checked and outlive it; listeners beside the first are those of `net` (NULL: there are none). `source` is
 * needed where one has mode token. Keys of a file must be readable; keys by URL that cannot be had yet are waited for, and until
 * then nobody is known by a token. */
bool access_new(const struct access_options *options, const struct net_options *net, const struct access_source *source,
		struct access **out, struct error *err) MUST_USE;
void access_free(struct access *access); /**< NULL is allowed */
/** How clients show who they are at that listener; NULL: at the first. */
enum access_mode access_mode_at(const struct access *access, const struct net_listener *listener);
/** Whether that is so at any listener. */
bool access_uses(const struct access *access, enum access_mode mode);
const struct access_options *access_options_of(const struct access *access); /**< as they were at first */
/** False while tokens cannot be verified, as no key is known. */
bool access_is_ready(struct access *access);

/** What other options say, made ready to be taken: identities, the issuer and its keys. NULL when they say nothing else, or lack
 * a mode that a listener has: modes stay. `options` were checked with `net` and are in `arena`, which the rules take over. Fails
 * when the keys cannot be had. May block for some seconds; one thread reloads. */
struct access_rules;
bool access_rules_new(struct access *access, struct arena *arena, const struct access_options *options,
		      const struct net_options *net, struct access_rules **out, struct error *err) MUST_USE;
void access_rules_free(struct access_rules *rules); /**< those that are not taken; NULL is allowed */
/** From now on `rules` count, which become access's own; waits for whoever is identified by the former ones. */
void access_take(struct access *access, struct access_rules *rules);
/** Looks for the issuer's keys again, soon. */
void access_refresh(struct access *access);

/** Who sends `request`: by its Authorization field or its client certificate, as its listener asks. On an event loop `may_block`
 * is false. What comes out lives as long as the request. */
enum access_verdict access_identify(struct access *access, const struct net_request *request, bool may_block,
				    const struct access_principal **principal, struct access_refusal *refusal);
/** The refusal for somebody known who lacks these, one at least. */
struct access_refusal access_forbid(const struct access *access, const struct net_request *request,
				    const struct access_grant *lacking, size_t count);

#endif
