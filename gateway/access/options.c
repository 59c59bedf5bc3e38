/* SPDX-License-Identifier: Apache-2.0 */
#include "cannula/access.h"

#include <string.h>

#include "access/modes.h"
#include "access/scope.h"

#define SECOND_MS 1000u
#define MINUTE_MS (60u * SECOND_MS)
#define DAY_MS (24u * 60 * MINUTE_MS)

#define ROW(of, key, member, option_kind, default_value, low, high, text)                                                        \
	{                                                                                                                        \
		.name = key, .kind = option_kind, .offset = offsetof(struct of, member), .sentence = text,                       \
		.default_text = default_value, .min = low, .max = high                                                           \
	}

static const struct option identity_rows[] = {
	ROW(access_identity, "subject", subject, OPTION_TEXT, NULL, 0, 0,
	    "Subject of the certificate as RFC 2253 writes it ('CN=ehr,O=Clinic'); or else san, or fingerprint."),
	ROW(access_identity, "san", san, OPTION_TEXT, NULL, 0, 0,
	    "One of its subject alternative names, as 'dns:host', 'uri:…' or 'email:…'."),
	ROW(access_identity, "fingerprint", fingerprint, OPTION_TEXT, NULL, 0, 0,
	    "SHA-256 of the certificate in hexadecimal, with or without colons (openssl x509 -fingerprint -sha256)."),
	ROW(access_identity, "name", name, OPTION_TEXT, NULL, 0, 0, "How the log calls them; absent: as the certificate does."),
	ROW(access_identity, "scopes", scopes, OPTION_TEXTS, NULL, 0, 0,
	    "What they may do, as SMART system scopes: system/PlanDefinition.rs, system/*.cruds."),
};
static const struct option_table identity_table = { identity_rows, ARRAY_SIZE(identity_rows), sizeof(struct access_identity),
						    offsetof(struct access_identity, line) };

static const struct option token_rows[] = {
	ROW(access_token_options, "issuer", issuer, OPTION_TEXT, NULL, 0, 0, "Who issues the tokens: their iss, exactly."),
	ROW(access_token_options, "audience", audience, OPTION_TEXTS, NULL, 0, 0,
	    "Names of this gateway, one of which must stand in a token's aud; usually the URLs of both bases."),
	ROW(access_token_options, "keys", keys, OPTION_TEXT, NULL, 0, 0,
	    "The issuer's keys, a JWK set: https URL, or file:PATH relative to this file."),
	ROW(access_token_options, "token_endpoint", token_endpoint, OPTION_TEXT, NULL, 0, 0,
	    "Where clients get tokens; told in .well-known/smart-configuration."),
	ROW(access_token_options, "algorithms", algorithms, OPTION_TEXTS, NULL, 0, 0,
	    "Signatures that are accepted: of RS384, ES384, RS256, ES256; absent: RS384 and ES384."),
	ROW(access_token_options, "skew", skew_ms, OPTION_MS, "60 s", 0, 10 * MINUTE_MS,
	    "How far the issuer's clock and ours may differ."),
	ROW(access_token_options, "max_token", max_token_bytes, OPTION_BYTES, "8 KiB", 512, 64 * 1024, "The longest token."),
	ROW(access_token_options, "min_key_age", min_key_age_ms, OPTION_MS, "1 min", SECOND_MS, DAY_MS,
	    "Keys are used at least this long, whatever the Cache-Control of their server says."),
	ROW(access_token_options, "max_key_age", max_key_age_ms, OPTION_MS, "1 h", SECOND_MS, 7 * DAY_MS,
	    "Keys are looked up again after this long, whatever the Cache-Control of their server says."),
	ROW(access_token_options, "key_retry", key_retry_ms, OPTION_MS, "30 s", SECOND_MS, DAY_MS,
	    "The shortest time between two looks at the keys: after a failure, and for tokens signed by an unknown key."),
	ROW(access_token_options, "max_cached_tokens", max_cached_tokens, OPTION_COUNT, "4096", 64, 1u << 20,
	    "How many verified tokens are remembered until they expire."),
};
static const struct option_table token_table = { token_rows, ARRAY_SIZE(token_rows), sizeof(struct access_token_options), 0 };

static const struct option rows[] = {
	{ .name = "mode",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct access_options, mode),
	  .default_text = "open",
	  .choices = mode_words,
	  .sentence = "How clients show who they are: open (they do not; on a loopback address only), mtls (by a certificate), "
		      "token (by a JWT from an issuer). Listeners may say another (net.listeners: access)." },
	ROW(access_options, "open_anywhere", open_anywhere, OPTION_BOOL, "no", 0, 0,
	    "Serve in mode open on other than loopback addresses too: everybody who reaches such a listener may do everything."),
	ROW(access_options, "loopback_metrics", loopback_metrics, OPTION_BOOL, "no", 0, 0,
	    "Give /metrics to clients on this machine without asking who they are."),
	{ .name = "identities",
	  .kind = OPTION_ROWS,
	  .offset = offsetof(struct access_options, identities),
	  .table = &identity_table,
	  .sentence = "For mtls: whose certificate may do what. The first row that fits counts." },
	{ .name = "token",
	  .kind = OPTION_GROUP,
	  .offset = offsetof(struct access_options, token),
	  .table = &token_table,
	  .sentence = "For token: whose tokens are accepted." },
};
const struct option_table access_option_table = { rows, ARRAY_SIZE(rows), sizeof(struct access_options), 0 };

/* ---- what the rows cannot say ---- */

struct check {
	struct arena *arena;
	const char *file;
	struct option_errors *errors;
	bool is_good;
};

PRINTF_LIKE(4, 5) static void wrong(struct check *check, uint32_t line, const char *hint, const char *format, ...)
{
	struct option_errors *errors = check->errors;
	char place[sizeof(((struct error *)0)->place)], message[sizeof(((struct error *)0)->message)];
	va_list arguments;

	check->is_good = false;
	if (!errors->items)
		errors->items = arena_new_array(check->arena, struct error, OPTION_ERRORS_MAX);
	if (!errors->items || errors->count == OPTION_ERRORS_MAX) {
		errors->dropped++;
		return;
	}
	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	snprintf(place, sizeof(place), line ? "%.200s:%u" : "%.200s", check->file, line);
	error_set(&errors->items[errors->count], ERROR_USAGE, place, "%s", message);
	error_hint(&errors->items[errors->count++], "%s", hint);
}

static void check_scopes(struct check *check, const struct access_identity *identity)
{
	struct access_grant grant;
	const char *why = "it is no FHIR scope";

	if (identity->scopes.count == 0)
		wrong(check, identity->line, "write scopes: [system/*.rs] to allow reading and searching",
		      "access.identities: this identity has no scopes, so it may do nothing");
	if (identity->scopes.count > SCOPE_GRANTS_MAX)
		wrong(check, identity->line, "use system/*.…", "access.identities: more than %d scopes", SCOPE_GRANTS_MAX);
	for (size_t i = 0; i < identity->scopes.count; i++)
		if (scope_parse(identity->scopes.items[i], &grant, &why) != SCOPE_GRANT)
			wrong(check, identity->line, "write it as system/PlanDefinition.rs or system/*.cruds",
			      "access.identities: scope '%.*s': %s", SLICE_ARG(identity->scopes.items[i]), why);
}

static bool san_valid(struct slice san)
{
	return slice_starts(san, SLICE("dns:")) || slice_starts(san, SLICE("uri:")) || slice_starts(san, SLICE("email:"));
}

static bool fingerprint_valid(struct slice text)
{
	size_t digits = 0;

	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] != ':' && (!text.ptr[i] || !strchr("0123456789abcdefABCDEF", text.ptr[i]) || ++digits > 64))
			return false;
	return digits == 64;
}

static void check_identity(struct check *check, const struct access_identity *identity)
{
	int given = (identity->subject.len > 0) + (identity->san.len > 0) + (identity->fingerprint.len > 0);

	if (given != 1)
		wrong(check, identity->line, "split it into rows with one of them each",
		      "access.identities: an identity has one of subject, san and fingerprint, not %s",
		      given ? "several" : "none");
	if (identity->san.len && !san_valid(identity->san))
		wrong(check, identity->line, "write it as dns:host, uri:… or email:…",
		      "access.identities: san '%.*s' does not say what kind of name it is", SLICE_ARG(identity->san));
	if (identity->fingerprint.len && !fingerprint_valid(identity->fingerprint))
		wrong(check, identity->line, "take it from: openssl x509 -noout -fingerprint -sha256 -in FILE",
		      "access.identities: '%.*s' is not a SHA-256 in hexadecimal", SLICE_ARG(identity->fingerprint));
	check_scopes(check, identity);
}

static bool algorithm_known(struct slice name)
{
	return slice_equal(name, SLICE("RS384")) || slice_equal(name, SLICE("ES384")) || slice_equal(name, SLICE("RS256")) ||
	       slice_equal(name, SLICE("ES256"));
}

/** Keys decide who is let in: they come from a file or over TLS. Plain HTTP is for this machine. */
static bool keys_url_valid(struct slice url)
{
	static const char *const starts[] = { "https://", "file:", "http://127.0.0.1:", "http://[::1]:", "http://localhost:" };

	for (size_t i = 0; i < ARRAY_SIZE(starts); i++)
		if (slice_starts(url, slice_of(starts[i])))
			return true;
	return false;
}

static void check_token(struct check *check, const struct access_token_options *token)
{
	const struct {
		const char *name;
		bool is_given;
	} needed[] = { { "issuer", token->issuer.len },
		       { "audience", token->audience.count },
		       { "keys", token->keys.len },
		       { "token_endpoint", token->token_endpoint.len } };

	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		if (!needed[i].is_given)
			wrong(check, 0, "cannula check-config --example shows what it is",
			      "access.token.%s is missing; mode token needs it", needed[i].name);
	if (token->keys.len && !keys_url_valid(token->keys))
		wrong(check, 0, "write https://… or file:PATH", "access.token.keys: '%.*s' is no https or file URL",
		      SLICE_ARG(token->keys));
	for (size_t i = 0; i < token->algorithms.count; i++)
		if (!algorithm_known(token->algorithms.items[i]))
			wrong(check, 0, "RS384, ES384, RS256 and ES256 are",
			      "access.token.algorithms: '%.*s' is not accepted in any configuration",
			      SLICE_ARG(token->algorithms.items[i]));
	if (token->min_key_age_ms > token->max_key_age_ms)
		wrong(check, 0, "make max_key_age the larger one", "access.token.min_key_age is more than max_key_age");
}

/** A listener's mode, certificates and TLS must fit together. */
static void check_certificates(struct check *check, const struct net_listener *listener, enum access_mode mode,
			       struct slice certificates)
{
	const char *names[] = { listener->line ? "net.listeners: access" : "access.mode",
				listener->line ? "client_certificates" : "net.client_certificates",
				listener->line ? "plain" : "net.plain" };

	if (mode != ACCESS_MTLS)
		return;
	if (listener->plain)
		wrong(check, listener->line, "serve TLS there, or choose another mode",
		      "%s is mtls, and %s is yes: without TLS there are no certificates", names[0], names[2]);
	else if (slice_equal(certificates, SLICE("none")))
		wrong(check, listener->line, "set it to optional or required, and name net.client_ca",
		      "%s is mtls, and %s is none: no client is asked for one", names[0], names[1]);
}

static void check_listener(struct check *check, const struct access_options *options, const struct net_options *net,
			   const struct net_listener *listener)
{
	struct slice certificates = listener->client_certificates.len ? listener->client_certificates : net->client_certificates;
	enum access_mode mode;

	if (!listener->access.len || mode_parse(listener->access, &mode)) {
		check_certificates(check, listener, mode_at(options, listener), certificates);
		return;
	}
	const char *near = nearest_name(listener->access, mode_words, ACCESS_MODES);
	struct slice hint = near ? arena_printf(check->arena, "did you mean %s?", near) : SLICE("open, mtls and token are");
	wrong(check, listener->line, hint.ptr, "net.listeners: access: \"%.*s\" is not one of its values",
	      SLICE_ARG(listener->access));
}

/** The first listener has no row of its own. */
static void check_listeners(struct check *check, const struct access_options *options, const struct net_options *net)
{
	const struct net_listener *more = net->listeners.items, first = { .plain = net->plain };

	check_listener(check, options, net, &first);
	for (size_t i = 0; i < net->listeners.count; i++)
		check_listener(check, options, net, &more[i]);
}

bool access_options_check(struct arena *arena, const char *file, const struct access_options *options,
			  const struct net_options *net, struct option_errors *errors)
{
	struct check check = { arena, file, errors, true };
	const struct access_identity *identities = options->identities.items;

	unsigned modes = modes_used(options, net);

	check_listeners(&check, options, net);
	for (size_t i = 0; i < options->identities.count; i++)
		check_identity(&check, &identities[i]);
	if (modes_have(modes, ACCESS_MTLS) && options->identities.count == 0)
		wrong(&check, 0, "add rows to access.identities", "mode mtls is used, and nobody is in access.identities");
	if (modes_have(modes, ACCESS_TOKEN))
		check_token(&check, &options->token);
	return check.is_good;
}
