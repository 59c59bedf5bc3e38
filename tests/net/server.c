/* SPDX-License-Identifier: Apache-2.0 */
#include "client.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

/** Expects that no server comes of these options, for that reason, with a hint. */
static void assert_refused(struct live *live, enum error_code code, const char *place)
{
	struct error err = { 0 };
	struct net_server *server = NULL;

	if (net_server_new(&live->options, &live->handler, &server, &err))
		fail_msg("this was accepted, and should not be: %s", place);
	assert_null(server);
	if (err.code != code)
		fail_msg("%s: %s, expected %s", err.message, error_code_name(err.code), error_code_name(code));
	if (!strstr(err.place, place))
		fail_msg("place \"%s\" does not name %s", err.place, place);
	assert_true(err.message[0] && err.hint[0]);
}

static void the_defaults_are_within_their_own_bounds(void **state)
{
	struct arena *arena = arena_new(1u << 20);
	struct net_options options = { 0 };
	struct option_errors errors = { 0 };

	(void)state;
	assert_true(options_default(arena, &net_option_table, &options, &errors));
	assert_slice(options.listen, "localhost:8443");
	assert_false(options.plain);
	assert_int_equal(options.max_header_bytes, 32768);
	assert_int_equal(options.max_body_bytes, 16777216);
	assert_int_equal(options.header_ms, 10000);
	for (size_t i = 0; i < net_option_table.count; i++) {
		size_t length = strlen(net_option_table.options[i].sentence);
		assert_true(length > 10 && net_option_table.options[i].sentence[length - 1] == '.');
	}
	arena_free(arena);
}

static void options_are_read_with_their_units(void **state)
{
	struct arena *arena = arena_new(1u << 20);
	struct net_options options = { 0 };
	struct option_errors errors = { 0 };

	(void)state;
	assert_true(options_read(arena, &net_option_table, "c.yaml",
				 SLICE("listen: \"[::1]:1\"\nmax_body: 2 MiB\nidle_timeout: 2 min\n"), &options, &errors));
	assert_slice(options.listen, "[::1]:1");
	assert_int_equal(options.max_body_bytes, 2097152);
	assert_int_equal(options.idle_ms, 120000);
	assert_false(options_read(arena, &net_option_table, "c.yaml", SLICE("max_headers: 0\n"), &options, &errors));
	assert_string_equal(errors.items[0].place, "c.yaml:1:14");
	arena_free(arena);
}

static void a_port_in_use_is_told_even_when_the_other_would_share_it(void **state)
{
	struct live first, second;
	char listen[32];

	(void)state;
	live_init(&first, false);
	live_start(&first);
	snprintf(listen, sizeof(listen), "127.0.0.1:%u", net_server_port(first.server));
	live_init(&second, false);
	second.options.listen = slice_of(listen);
	assert_refused(&second, ERROR_BUSY, listen);
	live_end(&first);
	struct error err = { 0 };
	assert_ok(net_server_new(&second.options, &second.handler, &second.server, &err), &err); /* free again at once */
	net_server_free(second.server);
	live_forget(&second);
}

static void an_address_that_is_none_is_told(void **state)
{
	static const char *const bad[] = { "",         "localhost", "8443", "localhost:", "localhost:x", "localhost:65536",
					   "::1:8443", "a:b:1" };
	struct live live;

	(void)state;
	live_init(&live, false);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		live.options.listen = slice_of(bad[i]);
		assert_refused(&live, ERROR_USAGE, "listen");
	}
	live.options.listen = SLICE("no..host:1");
	assert_refused(&live, ERROR_NETWORK, "listen");
	live.options.listen = SLICE("192.0.2.1:0"); /* RFC 5737: nobody's */
	assert_refused(&live, ERROR_IO, "192.0.2.1");
	live_forget(&live);
}

static void plain_http_is_refused_on_an_address_that_others_can_reach(void **state)
{
	static const char *const public[] = { "0.0.0.0:0", "*:0", ":0", "[::]:0", "192.0.2.1:0" };
	struct live live;
	struct error err = { 0 };

	(void)state;
	live_init(&live, true);
	for (size_t i = 0; i < ARRAY_SIZE(public); i++) {
		live.options.listen = slice_of(public[i]);
		assert_refused(&live, ERROR_USAGE, "plain");
	}
	live.options.listen = SLICE("localhost:0");
	assert_ok(net_server_new(&live.options, &live.handler, &live.server, &err), &err);
	assert_true(net_server_port(live.server) > 0);
	net_server_free(live.server);
	live_forget(&live);
}

static void write_text(const char *path, const char *text)
{
	struct error err = { 0 };

	assert_ok(file_write(path, slice_of(text), 0600, &err), &err);
}

static void each_trouble_with_certificate_and_key_is_told_apart(void **state)
{
	struct live live;
	struct files other;
	char path[128];

	(void)state;
	files_make(&other);
	snprintf(path, sizeof(path), "%s/other", other.directory);
	live_init(&live, false);
	live.options.certificate = slice_of(path);
	assert_refused(&live, ERROR_NOT_FOUND, path);
	live.options.certificate = slice_of(other.directory);
	assert_refused(&live, ERROR_USAGE, other.directory);
	live.options.certificate = SLICE_NONE;
	assert_refused(&live, ERROR_USAGE, "certificate");
	write_text(path, "no certificate at all\n");
	live.options.certificate = slice_of(path);
	assert_refused(&live, ERROR_SYNTAX, path);
	live.options.certificate = slice_of(files.certificate);
	live.options.private_key = slice_of(other.key);
	assert_refused(&live, ERROR_USAGE, other.key);
	live.options.private_key = slice_of(files.certificate);
	assert_refused(&live, ERROR_SYNTAX, files.certificate);
	if (geteuid() != 0) { /* root may read everything */
		chmod(path, 0);
		live.options.private_key = slice_of(path);
		assert_refused(&live, ERROR_ACCESS, path);
	}
	unlink(path);
	files_remove(&other);
	live_forget(&live);
}

static void an_encrypted_key_is_refused_without_asking_on_the_terminal(void **state)
{
	struct live live;
	struct files other;
	EVP_PKEY *key = EVP_EC_gen("P-256");

	(void)state;
	files_make(&other);
	FILE *file = fopen(other.key, "w");
	assert_true(key && file &&
		    PEM_write_PrivateKey(file, key, EVP_aes_128_cbc(), (const unsigned char *)"secret", 6, NULL, NULL));
	fclose(file);
	live_init(&live, false);
	live.options.certificate = slice_of(other.certificate);
	live.options.private_key = slice_of(other.key);
	assert_refused(&live, ERROR_SYNTAX, other.key);
	EVP_PKEY_free(key);
	files_remove(&other);
	live_forget(&live);
}

static void the_development_certificate_names_this_machine_and_its_key_is_private(void **state)
{
	struct stat status;
	int days, seconds;

	(void)state;
	FILE *file = fopen(files.certificate, "r");
	X509 *certificate = PEM_read_X509(file, NULL, NULL, NULL);
	fclose(file);
	assert_non_null(certificate);
	assert_int_equal(X509_check_host(certificate, "localhost", 0, 0, NULL), 1);
	assert_int_equal(X509_check_ip_asc(certificate, "127.0.0.1", 0), 1);
	assert_int_equal(X509_check_ip_asc(certificate, "::1", 0), 1);
	assert_int_equal(X509_check_host(certificate, "example.org", 0, 0, NULL), 0);
	assert_true(ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(certificate), X509_get0_notAfter(certificate)));
	assert_int_equal(days, 397);
	assert_int_equal(X509_check_ca(certificate), 0);
	assert_int_equal(X509_verify(certificate, X509_get0_pubkey(certificate)), 1);
	X509_free(certificate);
	assert_int_equal(stat(files.key, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
}

static void a_certificate_is_not_made_where_nothing_can_be_written(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_false(net_certificate_make("/nonexistent/cert.pem", "/nonexistent/key.pem", &err));
	assert_int_equal(err.code, ERROR_NOT_FOUND);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_defaults_are_within_their_own_bounds),
		cmocka_unit_test(options_are_read_with_their_units),
		cmocka_unit_test(a_port_in_use_is_told_even_when_the_other_would_share_it),
		cmocka_unit_test(an_address_that_is_none_is_told),
		cmocka_unit_test(plain_http_is_refused_on_an_address_that_others_can_reach),
		cmocka_unit_test(each_trouble_with_certificate_and_key_is_told_apart),
		cmocka_unit_test(an_encrypted_key_is_refused_without_asking_on_the_terminal),
		cmocka_unit_test(the_development_certificate_names_this_machine_and_its_key_is_private),
		cmocka_unit_test(a_certificate_is_not_made_where_nothing_can_be_written),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
