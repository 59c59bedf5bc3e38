/* SPDX-License-Identifier: Apache-2.0 */
/** principal: somebody known, in one piece of memory, so that they can be kept or handed out. */
#ifndef CANNULA_ACCESS_PRINCIPAL_H
#define CANNULA_ACCESS_PRINCIPAL_H

#include "cannula/access.h"

/** How much principal_write needs. */
size_t principal_bytes(const struct access_principal *from);
/** Copies `from` with all it points to into `memory`, which is aligned for it. */
const struct access_principal *principal_write(void *memory, const struct access_principal *from);
/** NULL: the arena is full. */
const struct access_principal *principal_copy(struct arena *arena, const struct access_principal *from) MUST_USE;

#endif
