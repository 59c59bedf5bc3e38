/* SPDX-License-Identifier: Apache-2.0 */
#include "client.h"

#include "net/server.h"

#include <openssl/err.h>

/** A client with its own wishes. */
struct caller {
	SSL_CTX *context;
	SSL *ssl;
	int fd;
};

static void caller_init(struct caller *caller, const struct live *live, int min_version, int max_version)
{
	caller->context = SSL_CTX_new(TLS_client_method());
	assert_int_equal(SSL_CTX_set_cipher_list(caller->context, "ALL:@SECLEVEL=0"), 1); /* old versions need it */
	assert_int_equal(SSL_CTX_set_min_proto_version(caller->context, min_version), 1);
	assert_int_equal(SSL_CTX_set_max_proto_version(caller->context, max_version), 1);
	caller->fd = client_socket(net_server_port(live->server));
	assert_true(caller->fd >= 0);
	caller->ssl = SSL_new(caller->context);
	SSL_set_fd(caller->ssl, caller->fd);
}

static void caller_free(struct caller *caller)
{
	SSL_free(caller->ssl);
	SSL_CTX_free(caller->context);
	close(caller->fd);
}

static void tls_1_0_and_1_1_are_refused(void **state)
{
	static const int versions[] = { TLS1_VERSION, TLS1_1_VERSION };
	struct live live;
	struct caller caller;

	(void)state;
	live_init(&live, false);
	live_start(&live);
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		caller_init(&caller, &live, versions[i], versions[i]);
		assert_int_not_equal(SSL_connect(caller.ssl), 1);
		caller_free(&caller);
	}
	live_end(&live);
}

static void tls_1_2_and_1_3_are_spoken_with_forward_secrecy(void **state)
{
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
	struct live live;
	struct caller caller;

	(void)state;
	live_init(&live, false);
	live_start(&live);
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		caller_init(&caller, &live, versions[i], versions[i]);
		assert_int_equal(SSL_connect(caller.ssl), 1);
		assert_int_equal(SSL_version(caller.ssl), versions[i]);
		assert_true(SSL_CIPHER_is_aead(SSL_get_current_cipher(caller.ssl)));
		assert_int_not_equal(SSL_CIPHER_get_kx_nid(SSL_get_current_cipher(caller.ssl)), NID_kx_rsa);
		caller_free(&caller);
	}
	live_end(&live);
}

static void ciphers_without_forward_secrecy_are_refused(void **state)
{
	static const char *const lists[] = { "AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA",
					     "aNULL:eNULL" };
	struct live live;
	struct caller caller;

	(void)state;
	live_init(&live, false);
	live_start(&live);
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		caller_init(&caller, &live, TLS1_2_VERSION, TLS1_2_VERSION);
		SSL_set_security_level(caller.ssl, 0);
		assert_int_equal(SSL_set_cipher_list(caller.ssl, lists[i]), 1);
		assert_int_not_equal(SSL_connect(caller.ssl), 1);
		caller_free(&caller);
	}
	live_end(&live);
}

static void alpn_agrees_on_h2_or_http_1_1_or_1_0_or_fails(void **state)
{
	static const unsigned char old[] = "\x08http/1.0", unknown[] = "\x02h3\x05spdy9";
	static const unsigned char newest[] = "\x08http/1.1\x02h2";
	static const unsigned char both[] = "\x02h3\x08http/1.0\x08http/1.1";
	struct live live;
	struct caller caller;
	const unsigned char *name;
	unsigned length;

	(void)state;
	live_init(&live, false);
	live_start(&live);
	caller_init(&caller, &live, TLS1_2_VERSION, TLS1_3_VERSION);
	assert_int_equal(SSL_set_alpn_protos(caller.ssl, both, sizeof(both) - 1), 0);
	assert_int_equal(SSL_connect(caller.ssl), 1);
	SSL_get0_alpn_selected(caller.ssl, &name, &length);
	assert_slice((struct slice){ (const char *)name, length }, "http/1.1");
	caller_free(&caller);
	caller_init(&caller, &live, TLS1_2_VERSION, TLS1_3_VERSION);
	assert_int_equal(SSL_set_alpn_protos(caller.ssl, newest, sizeof(newest) - 1), 0);
	assert_int_equal(SSL_connect(caller.ssl), 1);
	SSL_get0_alpn_selected(caller.ssl, &name, &length);
	assert_slice((struct slice){ (const char *)name, length }, "h2");
	caller_free(&caller);
	caller_init(&caller, &live, TLS1_2_VERSION, TLS1_3_VERSION);
	assert_int_equal(SSL_set_alpn_protos(caller.ssl, old, sizeof(old) - 1), 0);
	assert_int_equal(SSL_connect(caller.ssl), 1);
	caller_free(&caller);
	caller_init(&caller, &live, TLS1_2_VERSION, TLS1_3_VERSION);
	assert_int_equal(SSL_set_alpn_protos(caller.ssl, unknown, sizeof(unknown) - 1), 0);
	assert_int_not_equal(SSL_connect(caller.ssl), 1);
	caller_free(&caller);
	live_end(&live);
}

/** Reads one small reply, which also brings the session tickets of TLS 1.3. */
static void ask(struct caller *caller)
{
	char reply[1024];

	assert_int_equal(SSL_write(caller->ssl, REQUEST("/loop"), sizeof(REQUEST("/loop")) - 1),
			 (int)sizeof(REQUEST("/loop")) - 1);
	assert_true(SSL_read(caller->ssl, reply, sizeof(reply)) > 0);
}

static void a_session_is_resumed_by_its_ticket(void **state)
{
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
	struct live live;

	(void)state;
	live_init(&live, false);
	live_start(&live);
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		struct caller first, second;
		caller_init(&first, &live, versions[i], versions[i]);
		assert_int_equal(SSL_connect(first.ssl), 1);
		assert_false(SSL_session_reused(first.ssl));
		ask(&first);
		SSL_SESSION *session = SSL_get1_session(first.ssl);
		caller_init(&second, &live, versions[i], versions[i]);
		assert_int_equal(SSL_set_session(second.ssl, session), 1);
		assert_int_equal(SSL_connect(second.ssl), 1);
		assert_true(SSL_session_reused(second.ssl));
		ask(&second);
		SSL_SESSION_free(session);
		caller_free(&second);
		caller_free(&first);
	}
	live_end(&live);
}

/** As if so much time had passed. */
static void age_ticket_keys(struct live *live, uint64_t ms)
{
	struct tls_tickets *tickets = &live->server->tls.tickets;

	uv_mutex_lock(&tickets->mutex);
	tickets->keys[0].made_ms -= ms;
	uv_mutex_unlock(&tickets->mutex);
}

static bool resumes(struct live *live, SSL_SESSION *session)
{
	struct caller caller;
	SSL_SESSION *copy = SSL_SESSION_dup(session); /* the client's library spoils those it has used */

	caller_init(&caller, live, TLS1_3_VERSION, TLS1_3_VERSION);
	assert_int_equal(SSL_set_session(caller.ssl, copy), 1);
	SSL_SESSION_free(copy);
	assert_int_equal(SSL_connect(caller.ssl), 1);
	bool resumed = SSL_session_reused(caller.ssl);
	ask(&caller);
	caller_free(&caller);
	return resumed;
}

static void ticket_keys_change_and_open_old_tickets_for_one_lifetime_more(void **state)
{
	struct live live;
	struct caller first;
	unsigned char before[TICKET_NAME_BYTES];

	(void)state;
	live_init(&live, false);
	live.options.loops = 2; /* any loop resumes what another began */
	live_start(&live);
	caller_init(&first, &live, TLS1_3_VERSION, TLS1_3_VERSION);
	assert_int_equal(SSL_connect(first.ssl), 1);
	ask(&first);
	SSL_SESSION *session = SSL_get1_session(first.ssl);
	memcpy(before, live.server->tls.tickets.keys[0].name, sizeof(before));
	for (unsigned i = 0; i < 8; i++)
		assert_true(resumes(&live, session));
	age_ticket_keys(&live, live.options.ticket_lifetime_ms);
	assert_true(resumes(&live, session));
	assert_memory_not_equal(before, live.server->tls.tickets.keys[0].name, sizeof(before));
	assert_memory_equal(before, live.server->tls.tickets.keys[1].name, sizeof(before));
	age_ticket_keys(&live, live.options.ticket_lifetime_ms);
	assert_false(resumes(&live, session));
	age_ticket_keys(&live, 2 * live.options.ticket_lifetime_ms);
	assert_false(resumes(&live, session));
	assert_int_equal(live.server->tls.tickets.keys[1].made_ms, 0);
	SSL_SESSION_free(session);
	caller_free(&first);
	live_end(&live);
}

static void a_handshake_that_does_not_come_is_cut(void **state)
{
	struct live live;
	char byte;

	(void)state;
	live_init(&live, false);
	live.options.handshake_ms = 80;
	live_start(&live);
	int silent = client_socket(net_server_port(live.server)), half = client_socket(net_server_port(live.server));
	assert_int_equal(send(half, "\x16\x03\x01\x02\x00\x01\x00", 7, 0), 7);
	assert_true(recv(silent, &byte, 1, 0) == 0);
	assert_true(recv(half, &byte, 1, 0) <= 0);
	close(silent);
	close(half);
	live_end(&live);
}

static void what_is_not_tls_is_cut_and_the_server_goes_on(void **state)
{
	struct live live;
	struct caller caller;
	char reply[256];

	(void)state;
	live_init(&live, false);
	live_start(&live);
	int fd = client_socket(net_server_port(live.server));
	assert_true(send(fd, REQUEST("/loop"), sizeof(REQUEST("/loop")) - 1, 0) > 0);
	while (recv(fd, reply, sizeof(reply), 0) > 0)
		;
	close(fd);
	caller_init(&caller, &live, TLS1_3_VERSION, TLS1_3_VERSION);
	assert_int_equal(SSL_connect(caller.ssl), 1);
	ask(&caller);
	caller_free(&caller);
	live_end(&live);
}

static void renegotiation_is_refused_and_a_key_update_is_not(void **state)
{
	struct live live;
	struct caller caller;

	(void)state;
	live_init(&live, false);
	live_start(&live);
	caller_init(&caller, &live, TLS1_3_VERSION, TLS1_3_VERSION);
	assert_int_equal(SSL_connect(caller.ssl), 1);
	assert_int_equal(SSL_key_update(caller.ssl, SSL_KEY_UPDATE_REQUESTED), 1);
	ask(&caller);
	ask(&caller);
	caller_free(&caller);
	caller_init(&caller, &live, TLS1_2_VERSION, TLS1_2_VERSION);
	assert_int_equal(SSL_connect(caller.ssl), 1);
	ask(&caller);
	assert_int_equal(SSL_renegotiate(caller.ssl), 1);
	ERR_clear_error();
	char reply[1024];
	int got = SSL_do_handshake(caller.ssl) == 1 ? SSL_read(caller.ssl, reply, sizeof(reply)) : -1;
	assert_true(got <= 0);
	assert_int_equal(ERR_GET_REASON(ERR_peek_error()), SSL_R_NO_RENEGOTIATION);
	caller_free(&caller);
	live_end(&live);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(tls_1_0_and_1_1_are_refused),
		cmocka_unit_test(tls_1_2_and_1_3_are_spoken_with_forward_secrecy),
		cmocka_unit_test(ciphers_without_forward_secrecy_are_refused),
		cmocka_unit_test(alpn_agrees_on_h2_or_http_1_1_or_1_0_or_fails),
		cmocka_unit_test(a_session_is_resumed_by_its_ticket),
		cmocka_unit_test(ticket_keys_change_and_open_old_tickets_for_one_lifetime_more),
		cmocka_unit_test(a_handshake_that_does_not_come_is_cut),
		cmocka_unit_test(what_is_not_tls_is_cut_and_the_server_goes_on),
		cmocka_unit_test(renegotiation_is_refused_and_a_key_update_is_not),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
