/* SPDX-License-Identifier: Apache-2.0 */
/* The address itself is judged, after name resolution and for every connection: names and redirects can lie, the address cannot.
 */
#include "fetch/guard.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "cannula/base.h"

struct range {
	uint8_t bytes[16];
	unsigned bits;
};

static const struct range special_v4[] = {
	{ { 0 }, 8 },
	{ { 10 }, 8 },
	{ { 100, 64 }, 10 },
	{ { 127 }, 8 },
	{ { 169, 254 }, 16 },
	{ { 172, 16 }, 12 },
	{ { 192, 0, 0 }, 24 },
	{ { 192, 0, 2 }, 24 },
	{ { 192, 88, 99 }, 24 },
	{ { 192, 168 }, 16 },
	{ { 198, 18 }, 15 },
	{ { 198, 51, 100 }, 24 },
	{ { 203, 0, 113 }, 24 },
	{ { 224 }, 4 },
	{ { 240 }, 4 },
};

/* Of 2000::/3, the only block that is routed. */
static const struct range global_v6 = { { 0x20 }, 3 };
static const struct range special_v6[] = {
	{ { 0x20, 0x01 }, 23 },
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 },
	{ { 0x3f, 0xff }, 20 },
};

/* IPv6 that stands for an IPv4 address, which stands at `offset`. */
static const struct {
	struct range range;
	size_t offset;
} wrapped_v4[] = {
	{ { { [10] = 0xff, [11] = 0xff }, 96 }, 12 }, /* mapped */
	{ { { 0x00, 0x64, 0xff, 0x9b }, 96 }, 12 },   /* NAT64 */
	{ { { 0x20, 0x02 }, 16 }, 2 },                /* 6to4 */
};

static bool range_holds(const struct range *range, const uint8_t *address)
{
	size_t whole = range->bits / 8;
	unsigned rest = range->bits % 8;
	uint8_t mask = (uint8_t)(0xff << (8 - rest));

	return memcmp(range->bytes, address, whole) == 0 && (rest == 0 || ((range->bytes[whole] ^ address[whole]) & mask) == 0);
}

static bool public_v4(const uint8_t *address)
{
	for (size_t i = 0; i < ARRAY_SIZE(special_v4); i++)
		if (range_holds(&special_v4[i], address))
			return false;
	return true;
}

static bool public_v6(const uint8_t *address)
{
	for (size_t i = 0; i < ARRAY_SIZE(wrapped_v4); i++)
		if (range_holds(&wrapped_v4[i].range, address))
			return public_v4(address + wrapped_v4[i].offset);
	for (size_t i = 0; i < ARRAY_SIZE(special_v6); i++)
		if (range_holds(&special_v6[i], address))
			return false;
	return range_holds(&global_v6, address);
}

bool guard_address_public(const struct sockaddr *address, socklen_t length)
{
	if (address->sa_family == AF_INET && length >= sizeof(struct sockaddr_in)) {
		struct sockaddr_in v4;
		memcpy(&v4, address, sizeof(v4));
		return public_v4((const uint8_t *)&v4.sin_addr);
	}
	if (address->sa_family == AF_INET6 && length >= sizeof(struct sockaddr_in6)) {
		struct sockaddr_in6 v6;
		memcpy(&v6, address, sizeof(v6));
		return public_v6((const uint8_t *)&v6.sin6_addr);
	}
	return false;
}
