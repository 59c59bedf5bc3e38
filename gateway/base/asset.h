/* SPDX-License-Identifier: Apache-2.0 */
/* The table that profiles/embed.sh makes: name, first byte, one past the last (a NUL stands there). */
#ifndef BASE_ASSET_H
#define BASE_ASSET_H

#include <stddef.h>

struct asset {
	const char *name, *start, *end;
};

extern const struct asset asset_embedded[];
extern const size_t asset_embedded_count;

#endif
