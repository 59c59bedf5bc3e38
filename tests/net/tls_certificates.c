/* SPDX-License-Identifier: Apache-2.0 */
/* Which certificate a client sees, and who a client is by its own. */
#include "certificates.h"

static struct issued authority, stranger, first, first_rsa, second, second_rsa, wild, client, forged;

static int issue_all(void **state)
{
	(void)state;
	files_make(&files);
	issue(&authority, NULL, files.directory, "authority", NULL);
	issue(&stranger, NULL, files.directory, "stranger", NULL);
	issue(&first, &authority, files.directory, "first", "DNS:first.example");
	issue(&second, &authority, files.directory, "second", "DNS:second.example");
	issue_for(&first_rsa, EVP_RSA_gen(2048), &authority, files.directory, "first-rsa", "DNS:first.example");
	issue_for(&second_rsa, EVP_RSA_gen(2048), &authority, files.directory, "second-rsa", "DNS:second.example");
	issue(&wild, &authority, files.directory, "wild", "DNS:*.wild.example");
	issue(&client, &authority, files.directory, "ehr", "DNS:ehr.example, URI:https://ehr.example/fhir, email:it@ehr.example");
	issue(&forged, &stranger, files.directory, "forged", "DNS:ehr.example");
	return 0;
}

static int forget_all(void **state)
{
	struct issued *all[] = { &authority, &stranger, &first, &first_rsa, &second, &second_rsa, &wild, &client, &forged };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		issued_free(all[i]);
	files_remove(&files);
	return 0;
}

/** A client that asks for `name` and shows `own` (NULL: nothing). */
struct visit {
	SSL_CTX *context;
	SSL *ssl;
	int fd;
	char reply[4096];
};

static void visit_open_at(struct visit *visit, unsigned port, const char *name, const struct issued *own, SSL_SESSION *session)
{
	memset(visit, 0, sizeof(*visit));
	visit->context = SSL_CTX_new(TLS_client_method());
	visit->fd = client_socket(port);
	visit->ssl = SSL_new(visit->context);
	SSL_set_fd(visit->ssl, visit->fd);
	if (name)
		SSL_set_tlsext_host_name(visit->ssl, name);
	if (own) {
		assert_int_equal(SSL_use_certificate(visit->ssl, own->certificate), 1);
		assert_int_equal(SSL_use_PrivateKey(visit->ssl, own->key), 1);
	}
	if (session)
		assert_int_equal(SSL_set_session(visit->ssl, session), 1);
}

static void visit_open(struct visit *visit, const struct live *live, const char *name, const struct issued *own,
		       SSL_SESSION *session)
{
	visit_open_at(visit, net_server_port(live->server), name, own, session);
}

/** What /who says; NULL when the server turned the client away. */
static const char *visit_ask(struct visit *visit)
{
	static const char request[] = REQUEST("/who");

	if (!SSL_is_init_finished(visit->ssl) && SSL_connect(visit->ssl) != 1)
		return NULL;
	SSL_write(visit->ssl, request, sizeof(request) - 1);
	int got = SSL_read(visit->ssl, visit->reply, sizeof(visit->reply) - 1);
	if (got <= 0)
		return NULL;
	visit->reply[got] = '\0';
	const char *body = strstr(visit->reply, "\r\n\r\n");
	return body ? body + 4 : NULL;
}

static void visit_close(struct visit *visit)
{
	SSL_free(visit->ssl);
	SSL_CTX_free(visit->context);
	close(visit->fd);
}

static void assert_sees(const struct live *live, const char *name, const struct issued *expected)
{
	struct visit visit;

	visit_open(&visit, live, name, NULL, NULL);
	assert_string_equal(visit_ask(&visit), "nobody");
	if (X509_cmp(SSL_get0_peer_certificate(visit.ssl), expected->certificate) != 0)
		fail_msg("%s: not the certificate in %s", name ? name : "(no name)", expected->certificate_path);
	visit_close(&visit);
}

static void use(struct live *live, const struct issued *issued)
{
	live->options.certificate = slice_of(issued->certificate_path);
	live->options.private_key = slice_of(issued->key_path);
}

static void ask_for_certificates(struct live *live, const char *mode, const struct issued *of)
{
	live->options.client_certificates = slice_of(mode);
	live->options.client_ca = slice_of(of->certificate_path);
}

/* ---- the server's ---- */

static void a_client_gets_the_certificate_of_the_name_that_it_asks_for(void **state)
{
	struct net_certificate others[] = {
		{ slice_of(second.certificate_path), slice_of(second.key_path) },
		{ slice_of(wild.certificate_path), slice_of(wild.key_path) },
	};
	struct live live;

	(void)state;
	live_init(&live, false);
	use(&live, &first);
	live.options.certificates = (struct option_rows){ others, ARRAY_SIZE(others) };
	live_start(&live);
	assert_sees(&live, NULL, &first);
	assert_sees(&live, "first.example", &first);
	assert_sees(&live, "second.example", &second);
	assert_sees(&live, "SECOND.example", &second);
	assert_sees(&live, "a.wild.example", &wild);
	assert_sees(&live, "a.b.wild.example", &first); /* RFC 6125 section 6.4.3: one label */
	assert_sees(&live, "nobody.example", &first);
	live_end(&live);
}

/** To a client that can verify only such keys. */
static void assert_sees_with(const struct live *live, const char *name, const char *signatures, int version,
			     const struct issued *expected)
{
	struct visit visit;

	visit_open(&visit, live, name, NULL, NULL);
	assert_int_equal(SSL_set1_sigalgs_list(visit.ssl, signatures), 1);
	assert_int_equal(SSL_set_max_proto_version(visit.ssl, version), 1);
	assert_string_equal(visit_ask(&visit), "nobody");
	if (X509_cmp(SSL_get0_peer_certificate(visit.ssl), expected->certificate) != 0)
		fail_msg("%s, %s: not the certificate in %s", name ? name : "(no name)", signatures, expected->certificate_path);
	visit_close(&visit);
}

static void a_name_may_have_certificates_of_several_kinds(void **state)
{
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
	struct net_certificate others[] = {
		{ slice_of(second_rsa.certificate_path), slice_of(second_rsa.key_path) },
		{ slice_of(first_rsa.certificate_path), slice_of(first_rsa.key_path) },
		{ slice_of(wild.certificate_path), slice_of(wild.key_path) },
		{ slice_of(second.certificate_path), slice_of(second.key_path) },
	};
	struct live live;

	(void)state;
	live_init(&live, false);
	use(&live, &first);
	live.options.certificates = (struct option_rows){ others, ARRAY_SIZE(others) };
	live_start(&live);
	assert_sees(&live, NULL, &first);
	assert_sees(&live, "second.example", &second);
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		assert_sees_with(&live, NULL, "rsa_pss_rsae_sha256", versions[i], &first_rsa);
		assert_sees_with(&live, "first.example", "rsa_pss_rsae_sha256", versions[i], &first_rsa);
		assert_sees_with(&live, "second.example", "rsa_pss_rsae_sha256", versions[i], &second_rsa);
		assert_sees_with(&live, "second.example", "ecdsa_secp256r1_sha256", versions[i], &second);
	}
	assert_sees(&live, "a.wild.example", &wild);
	live_end(&live);
}

/** The first one stays: there is no reason to prefer the other. */
static void of_two_certificates_of_one_kind_the_first_is_served(void **state)
{
	struct net_certificate others[2] = { { slice_of(second.certificate_path), slice_of(second.key_path) } };
	struct issued again;
	struct live live;

	(void)state;
	issue(&again, &authority, files.directory, "again", "DNS:second.example");
	others[1] = (struct net_certificate){ slice_of(again.certificate_path), slice_of(again.key_path) };
	live_init(&live, false);
	use(&live, &first);
	live.options.certificates = (struct option_rows){ others, ARRAY_SIZE(others) };
	live_start(&live);
	assert_sees(&live, "second.example", &second);
	live_end(&live);
	issued_free(&again);
}

static void a_reload_serves_new_certificates_and_keeps_connections(void **state)
{
	struct live live;
	struct visit old;
	struct error err = { 0 };

	(void)state;
	live_init(&live, false);
	use(&live, &first);
	live_start(&live);
	visit_open(&old, &live, NULL, NULL, NULL);
	assert_non_null(visit_ask(&old));
	use(&live, &second);
	assert_ok(net_server_reload(live.server, &live.options, &err), &err);
	assert_sees(&live, NULL, &second);
	assert_string_equal(visit_ask(&old), "nobody");
	visit_close(&old);
	live_end(&live);
}

static void a_reload_of_files_that_are_wrong_leaves_the_old_ones(void **state)
{
	struct live live;
	struct error err = { 0 };

	(void)state;
	live_init(&live, false);
	use(&live, &first);
	live_start(&live);
	live.options.private_key = slice_of(second.key_path);
	assert_false(net_server_reload(live.server, &live.options, &err));
	assert_int_equal(err.code, ERROR_USAGE);
	assert_string_equal(err.place, second.key_path);
	assert_sees(&live, NULL, &first);
	live_end(&live);
}

/* ---- the client's ---- */

static void assert_is_ehr(const char *who)
{
	char expected[512], hex[DIGEST_HEX_SIZE];
	uint8_t digest[DIGEST_BYTES];
	unsigned length = sizeof(digest);

	assert_int_equal(X509_digest(client.certificate, EVP_sha256(), digest, &length), 1);
	digest_hex(digest, hex);
	snprintf(expected, sizeof(expected),
		 "CN=ehr,O=Klinik\\, Süd %s DNS:ehr.example URI:https://ehr.example/fhir EMAIL:it@ehr.example", hex);
	assert_non_null(who);
	assert_string_equal(who, expected);
}

static void a_trusted_client_certificate_says_who_the_client_is(void **state)
{
	static const char *const modes[] = { "optional", "required" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		struct live live;
		struct visit visit, again;
		live_init(&live, false);
		ask_for_certificates(&live, modes[i], &authority);
		live_start(&live);
		visit_open(&visit, &live, NULL, &client, NULL);
		assert_is_ehr(visit_ask(&visit));
		SSL_SESSION *session = SSL_get1_session(visit.ssl);
		visit_open(&again, &live, NULL, &client, session);
		assert_is_ehr(visit_ask(&again));
		assert_true(SSL_session_reused(again.ssl));
		SSL_SESSION_free(session);
		visit_close(&again);
		visit_close(&visit);
		live_end(&live);
	}
}

static void a_client_without_certificate_is_nobody_or_turned_away(void **state)
{
	struct live live;
	struct visit visit;

	(void)state;
	live_init(&live, false);
	ask_for_certificates(&live, "optional", &authority);
	live_start(&live);
	visit_open(&visit, &live, NULL, NULL, NULL);
	assert_string_equal(visit_ask(&visit), "nobody");
	visit_close(&visit);
	live_end(&live);
	live_init(&live, false);
	ask_for_certificates(&live, "required", &authority);
	live_start(&live);
	visit_open(&visit, &live, NULL, NULL, NULL);
	assert_null(visit_ask(&visit));
	visit_close(&visit);
	live_end(&live);
}

static void a_client_that_somebody_else_vouches_for_is_turned_away(void **state)
{
	static const char *const modes[] = { "optional", "required" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		struct live live;
		struct visit visit;
		live_init(&live, false);
		ask_for_certificates(&live, modes[i], &authority);
		live_start(&live);
		visit_open(&visit, &live, NULL, &forged, NULL);
		assert_null(visit_ask(&visit));
		visit_close(&visit);
		live_end(&live);
	}
}

static void a_certificate_that_nobody_asked_for_is_not_read(void **state)
{
	struct live live;
	struct visit visit;

	(void)state;
	live_init(&live, false);
	live_start(&live);
	visit_open(&visit, &live, NULL, &client, NULL);
	assert_string_equal(visit_ask(&visit), "nobody");
	visit_close(&visit);
	live_end(&live);
}

/** A ticket is not a way around the authorities. */
static void a_session_does_not_outlive_a_change_of_authorities(void **state)
{
	struct live live;
	struct visit visit, again;
	struct error err = { 0 };

	(void)state;
	live_init(&live, false);
	ask_for_certificates(&live, "required", &authority);
	live_start(&live);
	visit_open(&visit, &live, NULL, &client, NULL);
	assert_is_ehr(visit_ask(&visit));
	SSL_SESSION *session = SSL_get1_session(visit.ssl);
	ask_for_certificates(&live, "required", &stranger);
	assert_ok(net_server_reload(live.server, &live.options, &err), &err);
	visit_open(&again, &live, NULL, &client, session);
	assert_null(visit_ask(&again));
	SSL_SESSION_free(session);
	visit_close(&again);
	visit_close(&visit);
	live_end(&live);
}

/* ---- of each listener ---- */

/** "nobody", "turned away", or "known". */
static const char *ask_at(const struct live *live, unsigned listener, const char *name, const struct issued *own)
{
	struct visit visit;

	visit_open_at(&visit, live_port(live, listener), name, own, NULL);
	const char *who = visit_ask(&visit);
	const char *result = !who ? "turned away" : strcmp(who, "nobody") == 0 ? "nobody" : "known";
	visit_close(&visit);
	return result;
}

static struct net_listener asking[] = { { .listen = { "127.0.0.1:0", 11 }, .client_certificates = { "required", 8 } },
					{ .listen = { "[127.0.0.1]:0", 13 }, .client_certificates = { "optional", 8 } },
					{ .listen = { "127.0.0.1:0", 11 }, .client_certificates = { "none", 4 } },
					{ .listen = { "127.0.0.1:0", 11 } } };

/** With a further certificate, that the client's name may choose. */
static void start_asking(struct live *live, struct net_certificate *other)
{
	*other = (struct net_certificate){ slice_of(second.certificate_path), slice_of(second.key_path) };
	live_init(live, false);
	use(live, &first);
	live->options.certificates = (struct option_rows){ other, 1 };
	live->options.client_ca = slice_of(authority.certificate_path);
	live->options.listeners = (struct option_rows){ asking, ARRAY_SIZE(asking) };
	live_start(live);
}

static void each_listener_asks_for_certificates_or_does_not(void **state)
{
	static const char *const names[] = { NULL, "second.example" };
	struct net_certificate other;
	struct live live;

	(void)state;
	start_asking(&live, &other);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		assert_string_equal(ask_at(&live, 0, names[i], &client), "nobody");
		assert_string_equal(ask_at(&live, 1, names[i], &client), "known");
		assert_string_equal(ask_at(&live, 1, names[i], NULL), "turned away");
		assert_string_equal(ask_at(&live, 1, names[i], &forged), "turned away");
		assert_string_equal(ask_at(&live, 2, names[i], &client), "known");
		assert_string_equal(ask_at(&live, 2, names[i], NULL), "nobody");
		assert_string_equal(ask_at(&live, 2, names[i], &forged), "turned away");
		assert_string_equal(ask_at(&live, 3, names[i], &client), "nobody");
		assert_string_equal(ask_at(&live, 4, names[i], &client), "nobody");
	}
	live_end(&live);
}

static void a_reload_changes_what_each_listener_asks(void **state)
{
	struct net_listener fewer[] = { { .listen = SLICE("[127.0.0.1]:0"), .client_certificates = SLICE("required") } };
	struct net_certificate other;
	struct live live;
	struct error err = { 0 };

	(void)state;
	start_asking(&live, &other);
	live.options.client_certificates = SLICE("optional");
	assert_ok(net_server_reload(live.server, &live.options, &err), &err);
	assert_string_equal(ask_at(&live, 0, NULL, &client), "known");
	assert_string_equal(ask_at(&live, 1, NULL, NULL), "turned away");
	assert_string_equal(ask_at(&live, 3, NULL, &client), "nobody");
	assert_string_equal(ask_at(&live, 4, NULL, &client), "known"); /* says nothing of its own */
	live.options.client_certificates = SLICE("none");
	live.options.listeners = (struct option_rows){ fewer, 1 };
	assert_ok(net_server_reload(live.server, &live.options, &err), &err);
	assert_string_equal(ask_at(&live, 0, NULL, &client), "nobody");
	assert_string_equal(ask_at(&live, 2, NULL, NULL), "turned away"); /* found by where it listens */
	assert_string_equal(ask_at(&live, 1, NULL, NULL), "turned away"); /* gone from the file: as it was */
	live.options.client_ca = SLICE_NONE;
	assert_false(net_server_reload(live.server, &live.options, &err));
	assert_string_equal(ask_at(&live, 2, NULL, &client), "known");
	live_end(&live);
}

/** The keys that seal sessions are those of all listeners: without a certificate one begins a session here and resumes it there.
 */
static void a_session_of_one_listener_is_no_way_around_another(void **state)
{
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
	struct net_certificate other;
	struct visit visit, again;
	struct live live;

	(void)state;
	start_asking(&live, &other);
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		for (unsigned listener = 0; listener < 5; listener++) {
			visit_open_at(&visit, live_port(&live, 0), NULL, NULL, NULL);
			SSL_set_max_proto_version(visit.ssl, versions[i]);
			assert_string_equal(visit_ask(&visit), "nobody");
			SSL_SESSION *session = SSL_get1_session(visit.ssl);
			visit_open_at(&again, live_port(&live, listener), NULL, NULL, session);
			SSL_set_max_proto_version(again.ssl, versions[i]);
			const char *who = visit_ask(&again);
			assert_true(listener == 1 ? !who : strcmp(who, "nobody") == 0);
			/* what asks for the same takes it */
			assert_int_equal(SSL_session_reused(again.ssl), listener != 1 && listener != 2);
			SSL_SESSION_free(session);
			visit_close(&again);
			visit_close(&visit);
		}
	}
	live_end(&live);
}

static void client_certificates_need_a_file_of_authorities(void **state)
{
	static const struct {
		const char *path;
		enum error_code code;
	} bad[] = { { NULL, ERROR_USAGE }, { "/nonexistent/ca.pem", ERROR_NOT_FOUND }, { first.key_path, ERROR_SYNTAX } };
	struct live live;

	(void)state;
	live_init(&live, false);
	live.options.client_certificates = SLICE("required");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct error err = { 0 };
		live.options.client_ca = slice_of(bad[i].path);
		assert_false(net_server_new(&live.options, &live.handler, &live.server, &err));
		assert_int_equal(err.code, bad[i].code);
		assert_true(err.hint[0]);
	}
	uv_sem_destroy(&live.gate);
	free(live.big);
	arena_free(live.arena);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_client_gets_the_certificate_of_the_name_that_it_asks_for),
		cmocka_unit_test(a_name_may_have_certificates_of_several_kinds),
		cmocka_unit_test(of_two_certificates_of_one_kind_the_first_is_served),
		cmocka_unit_test(a_reload_serves_new_certificates_and_keeps_connections),
		cmocka_unit_test(a_reload_of_files_that_are_wrong_leaves_the_old_ones),
		cmocka_unit_test(a_trusted_client_certificate_says_who_the_client_is),
		cmocka_unit_test(a_client_without_certificate_is_nobody_or_turned_away),
		cmocka_unit_test(a_client_that_somebody_else_vouches_for_is_turned_away),
		cmocka_unit_test(a_certificate_that_nobody_asked_for_is_not_read),
		cmocka_unit_test(a_session_does_not_outlive_a_change_of_authorities),
		cmocka_unit_test(each_listener_asks_for_certificates_or_does_not),
		cmocka_unit_test(a_reload_changes_what_each_listener_asks),
		cmocka_unit_test(a_session_of_one_listener_is_no_way_around_another),
		cmocka_unit_test(client_certificates_need_a_file_of_authorities),
	};

	return cmocka_run_group_tests(tests, issue_all, forget_all);
}
