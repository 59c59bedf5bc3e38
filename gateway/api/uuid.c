/* SPDX-License-Identifier: Apache-2.0 */
#include "api/uuid.h"

#include <openssl/rand.h>

void uuid_make(char out[UUID_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t raw[16];
	size_t used = 0;

	ASSERT(RAND_bytes(raw, sizeof(raw)) == 1);
	raw[6] = (uint8_t)((raw[6] & 0x0f) | 0x40);
	raw[8] = (uint8_t)((raw[8] & 0x3f) | 0x80);
	for (size_t i = 0; i < sizeof(raw); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			out[used++] = '-';
		out[used++] = digits[raw[i] >> 4];
		out[used++] = digits[raw[i] & 15];
	}
	out[used] = '\0';
}
