/* SPDX-License-Identifier: Apache-2.0 */
#include "net/tls_tickets.h"

#include "cannula/base.h"

#include <openssl/core_names.h>
#include <openssl/rand.h>
#include <string.h>

/** What OpenSSL wants to hear of a ticket (SSL_CTX_set_tlsext_ticket_key_evp_cb). */
enum ticket_verdict { TICKET_ERROR = -1, TICKET_UNKNOWN = 0, TICKET_GOOD = 1, TICKET_RENEW = 2 };

static uint64_t now_ms(void)
{
	return time_monotonic_us() / 1000;
}

static bool make_key(struct ticket_key *key)
{
	key->made_ms = now_ms();
	return RAND_bytes(key->name, sizeof(key->name)) == 1 && RAND_priv_bytes(key->cipher, sizeof(key->cipher)) == 1 &&
	       RAND_priv_bytes(key->mac, sizeof(key->mac)) == 1;
}

bool tls_tickets_init(struct tls_tickets *tickets, uint64_t lifetime_ms)
{
	*tickets = (struct tls_tickets){ .lifetime_ms = lifetime_ms };
	tickets->is_open = uv_mutex_init(&tickets->mutex) == 0;
	return tickets->is_open && make_key(&tickets->keys[0]);
}

void tls_tickets_fini(struct tls_tickets *tickets)
{
	if (!tickets->is_open)
		return;
	OPENSSL_cleanse(tickets->keys, sizeof(tickets->keys));
	uv_mutex_destroy(&tickets->mutex);
}

/** A key older than two lifetimes opens nothing any more, even when nobody came meanwhile. */
static bool rotate(struct tls_tickets *tickets)
{
	struct ticket_key made;
	uint64_t age_ms = now_ms() - tickets->keys[0].made_ms;

	if (age_ms < tickets->lifetime_ms)
		return true;
	if (!make_key(&made))
		return false;
	tickets->keys[1] = tickets->keys[0];
	if (age_ms >= 2 * tickets->lifetime_ms)
		OPENSSL_cleanse(&tickets->keys[1], sizeof(tickets->keys[1]));
	tickets->keys[0] = made;
	OPENSSL_cleanse(&made, sizeof(made));
	return true;
}

static enum ticket_verdict find_key(struct tls_tickets *tickets, unsigned char *name, bool seals, struct ticket_key *out)
{
	enum ticket_verdict verdict = TICKET_UNKNOWN;

	uv_mutex_lock(&tickets->mutex);
	if (!rotate(tickets)) {
		verdict = TICKET_ERROR;
	} else if (seals) {
		*out = tickets->keys[0];
		memcpy(name, out->name, sizeof(out->name));
		verdict = TICKET_GOOD;
	} else {
		for (size_t i = 0; i < ARRAY_SIZE(tickets->keys) && verdict == TICKET_UNKNOWN; i++)
			if (tickets->keys[i].made_ms && CRYPTO_memcmp(name, tickets->keys[i].name, TICKET_NAME_BYTES) == 0) {
				*out = tickets->keys[i];
				verdict = i == 0 ? TICKET_GOOD : TICKET_RENEW;
			}
	}
	uv_mutex_unlock(&tickets->mutex);
	return verdict;
}

static bool use_key(struct ticket_key *key, unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, bool seals)
{
	OSSL_PARAM parameters[] = {
		OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key->mac, sizeof(key->mac)),
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)(uintptr_t) "SHA256", 0),
		OSSL_PARAM_construct_end(),
	};

	if (seals && RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1)
		return false;
	return EVP_MAC_CTX_set_params(mac, parameters) == 1 &&
	       EVP_CipherInit_ex2(cipher, EVP_aes_256_cbc(), key->cipher, iv, seals, NULL) == 1;
}

static int on_ticket(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int seals)
{
	struct tls_tickets *tickets = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	struct ticket_key key;
	enum ticket_verdict verdict = find_key(tickets, name, seals, &key);

	if (verdict > TICKET_UNKNOWN && !use_key(&key, iv, cipher, mac, seals))
		verdict = TICKET_ERROR;
	OPENSSL_cleanse(&key, sizeof(key));
	return verdict;
}

void tls_tickets_serve(struct tls_tickets *tickets, SSL_CTX *context)
{
	SSL_CTX_set_app_data(context, tickets);
	SSL_CTX_set_timeout(context, (long)(tickets->lifetime_ms / 1000));
	SSL_CTX_set_tlsext_ticket_key_evp_cb(context, on_ticket);
}
