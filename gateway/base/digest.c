/* SPDX-License-Identifier: Apache-2.0 */
#include "cannula/base.h"

#include <openssl/evp.h>
#include <string.h>

void digest_sha256(struct slice bytes, uint8_t out[DIGEST_BYTES])
{
	unsigned length = DIGEST_BYTES;
	int done = EVP_Digest(bytes.len ? bytes.ptr : "", bytes.len, out, &length, EVP_sha256(), NULL);

	ASSERT(done == 1 && length == DIGEST_BYTES);
}

void digest_hex(const uint8_t digest[DIGEST_BYTES], char out[DIGEST_HEX_SIZE])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < DIGEST_BYTES; i++) {
		out[2 * i] = digits[digest[i] >> 4];
		out[2 * i + 1] = digits[digest[i] & 15];
	}
	out[DIGEST_HEX_SIZE - 1] = '\0';
}

void digest_uuid(const uint8_t digest[DIGEST_BYTES], char out[DIGEST_UUID_SIZE])
{
	uint8_t marked[DIGEST_BYTES];
	char hex[DIGEST_HEX_SIZE];

	memcpy(marked, digest, DIGEST_BYTES);
	marked[6] = (uint8_t)(0x80 | (marked[6] & 0x0f));
	marked[8] = (uint8_t)(0x80 | (marked[8] & 0x3f));
	digest_hex(marked, hex);
	snprintf(out, DIGEST_UUID_SIZE, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}
