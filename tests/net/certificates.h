/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates for tests, with the names that a test wants. */
#ifndef CANNULA_TESTS_NET_CERTIFICATES_H
#define CANNULA_TESTS_NET_CERTIFICATES_H

#include "client.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

struct issued {
	EVP_PKEY *key;
	X509 *certificate;
	char certificate_path[128], key_path[128];
};

static inline void issued_write(struct issued *issued, const char *directory, const char *name)
{
	snprintf(issued->certificate_path, sizeof(issued->certificate_path), "%s/%s.pem", directory, name);
	snprintf(issued->key_path, sizeof(issued->key_path), "%s/%s.key", directory, name);
	FILE *file = fopen(issued->certificate_path, "w");
	assert_true(file && PEM_write_X509(file, issued->certificate) == 1 && fclose(file) == 0);
	file = fopen(issued->key_path, "w");
	assert_true(file && PEM_write_PrivateKey(file, issued->key, NULL, NULL, 0, NULL, NULL) == 1 && fclose(file) == 0);
}

static inline void add_extension(X509 *certificate, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert_non_null(extension);
	assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

/** For `key`, which becomes its own. `name` is file and common name; `alternatives` as in openssl.cnf, or NULL for an authority; issued by itself when `issuer` is NULL. */
static inline void issue_for(struct issued *issued, EVP_PKEY *key, const struct issued *issuer, const char *directory,
			     const char *name, const char *alternatives)
{
	static long serial = 1;
	X509 *certificate = X509_new();

	memset(issued, 0, sizeof(*issued));
	issued->key = key;
	issued->certificate = certificate;
	assert_true(issued->key && certificate);
	X509_set_version(certificate, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
	X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
	X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
	X509_NAME *subject = X509_get_subject_name(certificate);
	X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_UTF8, (const unsigned char *)"Klinik, Süd", -1, -1, 0);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(certificate, issuer ? X509_get_subject_name(issuer->certificate) : subject);
	X509_set_pubkey(certificate, issued->key);
	add_extension(certificate, NID_basic_constraints, alternatives ? "critical,CA:FALSE" : "critical,CA:TRUE");
	if (alternatives)
		add_extension(certificate, NID_subject_alt_name, alternatives);
	assert_true(X509_sign(certificate, issuer ? issuer->key : issued->key, EVP_sha256()) > 0);
	issued_write(issued, directory, name);
}

static inline void issue(struct issued *issued, const struct issued *issuer, const char *directory, const char *name,
			 const char *alternatives)
{
	issue_for(issued, EVP_EC_gen("P-256"), issuer, directory, name, alternatives);
}

static inline void issued_free(struct issued *issued)
{
	unlink(issued->certificate_path);
	unlink(issued->key_path);
	X509_free(issued->certificate);
	EVP_PKEY_free(issued->key);
}

#endif
