/* SPDX-License-Identifier: Apache-2.0 */
#include "net/tls_identity.h"

#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX_BYTES (16u << 10)
#define NAMES_MAX 64
/** RFC 2253, in UTF-8. */
#define SUBJECT_FORM ((XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) | ASN1_STRFLGS_UTF8_CONVERT)

/** As it is gathered: texts one behind the other, by offset since `text` may move. */
struct gathered {
	struct buf text;
	size_t subject_len;
	struct {
		enum net_name_kind kind;
		size_t start, len;
	} names[NAMES_MAX];
	size_t name_count;
};

static bool gather_subject(struct gathered *gathered, X509 *certificate)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;

	if (!bio || X509_NAME_print_ex(bio, X509_get_subject_name(certificate), 0, SUBJECT_FORM) < 0) {
		BIO_free(bio);
		return false;
	}
	long len = BIO_get_mem_data(bio, &text);
	buf_append(&gathered->text, (struct slice){ text, (size_t)len });
	gathered->subject_len = gathered->text.len;
	BIO_free(bio);
	return !gathered->text.failed;
}

static bool name_kind(const GENERAL_NAME *name, enum net_name_kind *kind)
{
	switch (name->type) {
	case GEN_DNS:
		*kind = NET_NAME_DNS;
		return true;
	case GEN_URI:
		*kind = NET_NAME_URI;
		return true;
	case GEN_EMAIL:
		*kind = NET_NAME_EMAIL;
		return true;
	default:
		return false;
	}
}

/** A NUL or another control character would let a name look like another one: such names are nobody's. */
static bool is_plain(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.ptr[i] <= ' ' || (unsigned char)text.ptr[i] >= 0x7f)
			return false;
	return text.len > 0;
}

static void gather_names(struct gathered *gathered, X509 *certificate)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);

	for (int i = 0; i < sk_GENERAL_NAME_num(names) && gathered->name_count < NAMES_MAX; i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
		enum net_name_kind kind;
		if (!name_kind(name, &kind))
			continue;
		struct slice text = { (const char *)ASN1_STRING_get0_data(name->d.ia5), (size_t)ASN1_STRING_length(name->d.ia5) };
		if (!is_plain(text))
			continue;
		gathered->names[gathered->name_count].kind = kind;
		gathered->names[gathered->name_count].start = gathered->text.len;
		gathered->names[gathered->name_count++].len = text.len;
		buf_append(&gathered->text, text);
	}
	GENERAL_NAMES_free(names);
}

static struct net_identity *put_together(const struct gathered *gathered, const char *fingerprint)
{
	size_t names_bytes = gathered->name_count * sizeof(struct net_name), digits = DIGEST_HEX_SIZE - 1;
	struct net_identity *identity = malloc(sizeof(*identity) + names_bytes + digits + gathered->text.len);

	if (!identity)
		return NULL;
	struct net_name *names = (struct net_name *)(identity + 1);
	char *hex = (char *)names + names_bytes, *text = hex + digits;
	memcpy(hex, fingerprint, digits);
	memcpy(text, gathered->text.ptr, gathered->text.len);
	for (size_t i = 0; i < gathered->name_count; i++)
		names[i] =
		    (struct net_name){ gathered->names[i].kind, { text + gathered->names[i].start, gathered->names[i].len } };
	*identity = (struct net_identity){ { text, gathered->subject_len }, { hex, digits }, names, gathered->name_count };
	return identity;
}

bool tls_identity_read(SSL *ssl, struct net_identity **out)
{
	X509 *certificate = SSL_get0_peer_certificate(ssl);
	struct gathered gathered = { .name_count = 0 };
	uint8_t digest[DIGEST_BYTES];
	unsigned length = sizeof(digest);
	char fingerprint[DIGEST_HEX_SIZE];

	*out = NULL;
	if (!certificate)
		return true;
	if (SSL_get_verify_result(ssl) != X509_V_OK || X509_digest(certificate, EVP_sha256(), digest, &length) != 1)
		return false;
	digest_hex(digest, fingerprint);
	buf_init(&gathered.text, TEXT_MAX_BYTES);
	if (gather_subject(&gathered, certificate)) {
		gather_names(&gathered, certificate);
		if (!gathered.text.failed)
			*out = put_together(&gathered, fingerprint);
	}
	buf_free(&gathered.text);
	return *out;
}

void tls_identity_free(struct net_identity *identity)
{
	free(identity);
}
