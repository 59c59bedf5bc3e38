/* SPDX-License-Identifier: Apache-2.0 */
#include "cannula/base.h"

#include <openssl/evp.h>

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
