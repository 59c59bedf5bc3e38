/* SPDX-License-Identifier: Apache-2.0 */
/* The certificate for a first try on one's own machine. Nobody else trusts it, and nobody should. */
#include "cannula/net.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

/** The most that browsers accept. */
#define VALID_DAYS 397
#define NAMES "DNS:localhost,IP:127.0.0.1,IP:::1"

static bool add_extension(X509 *certificate, int nid, const char *value)
{
	X509V3_CTX context;

	X509V3_set_ctx_nodb(&context);
	X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	bool ok = extension && X509_add_ext(certificate, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return ok;
}

/** RFC 5280 section 4.1.2.2: positive, at most 20 octets, and not guessed. */
static bool set_serial(X509 *certificate)
{
	unsigned char bytes[16];
	BIGNUM *number = NULL;

	bool ok = RAND_bytes(bytes, sizeof(bytes)) == 1 && (number = BN_bin2bn(bytes, sizeof(bytes), NULL)) &&
		  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
	BN_free(number);
	return ok;
}

static bool set_name(X509 *certificate)
{
	X509_NAME *name = X509_get_subject_name(certificate);

	return X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const unsigned char *)"cannula development", -1, -1, 0) ==
		   1 &&
	       X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)"localhost", -1, -1, 0) == 1 &&
	       X509_set_issuer_name(certificate, name) == 1;
}

static bool fill(X509 *certificate, EVP_PKEY *key)
{
	return X509_set_version(certificate, X509_VERSION_3) == 1 && set_serial(certificate) && set_name(certificate) &&
	       X509_gmtime_adj(X509_getm_notBefore(certificate), 0) &&
	       X509_time_adj_ex(X509_getm_notAfter(certificate), VALID_DAYS, 0, NULL) && X509_set_pubkey(certificate, key) == 1 &&
	       add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
	       add_extension(certificate, NID_key_usage, "critical,digitalSignature") &&
	       add_extension(certificate, NID_ext_key_usage, "serverAuth") &&
	       add_extension(certificate, NID_subject_key_identifier, "hash") &&
	       add_extension(certificate, NID_subject_alt_name, NAMES) && X509_sign(certificate, key, EVP_sha256()) > 0;
}

/** The key first: a certificate without its key would look complete. */
static bool write_files(BIO *certificate, BIO *key, const char *certificate_path, const char *key_path, struct error *err)
{
	struct slice text = SLICE_NONE;
	char *bytes;

	text.len = (size_t)BIO_get_mem_data(key, &bytes);
	text.ptr = bytes;
	if (!file_write(key_path, text, 0600, err))
		return false;
	text.len = (size_t)BIO_get_mem_data(certificate, &bytes);
	text.ptr = bytes;
	return file_write(certificate_path, text, 0644, err);
}

bool net_certificate_make(const char *certificate_path, const char *key_path, struct error *err)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = X509_new();
	BIO *certificate_pem = BIO_new(BIO_s_mem()), *key_pem = BIO_new(BIO_s_secmem());

	bool made = key && certificate && certificate_pem && key_pem && fill(certificate, key) &&
		    PEM_write_bio_X509(certificate_pem, certificate) == 1 &&
		    PEM_write_bio_PrivateKey(key_pem, key, NULL, NULL, 0, NULL, NULL) == 1;
	bool ok = made && write_files(certificate_pem, key_pem, certificate_path, key_path, err);
	if (!made)
		error_set(err, ERROR_UNSUPPORTED, certificate_path, "OpenSSL could not make a certificate: %s",
			  ERR_reason_error_string(ERR_peek_last_error()));
	BIO_free(key_pem);
	BIO_free(certificate_pem);
	X509_free(certificate);
	EVP_PKEY_free(key);
	return ok;
}
