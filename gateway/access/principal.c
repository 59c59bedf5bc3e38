/* SPDX-License-Identifier: Apache-2.0 */
#include "access/principal.h"

#include <string.h>

size_t principal_bytes(const struct access_principal *from)
{
	size_t bytes = sizeof(*from) + from->grant_count * sizeof(from->grants[0]) + from->name.len;

	for (size_t i = 0; i < from->grant_count; i++)
		bytes += from->grants[i].type.len;
	return bytes;
}

static struct slice text_move(char **at, struct slice text)
{
	struct slice moved = { *at, text.len };

	memcpy(*at, text.ptr, text.len);
	*at += text.len;
	return moved;
}

const struct access_principal *principal_write(void *memory, const struct access_principal *from)
{
	struct access_principal *to = memory;
	struct access_grant *grants = (struct access_grant *)(to + 1);
	char *texts = (char *)(grants + from->grant_count);

	to->name = text_move(&texts, from->name);
	to->grants = grants;
	to->grant_count = from->grant_count;
	for (size_t i = 0; i < from->grant_count; i++)
		grants[i] = (struct access_grant){ text_move(&texts, from->grants[i].type), from->grants[i].permissions };
	return to;
}

const struct access_principal *principal_copy(struct arena *arena, const struct access_principal *from)
{
	void *memory = arena_alloc(arena, principal_bytes(from));

	return memory ? principal_write(memory, from) : NULL;
}
