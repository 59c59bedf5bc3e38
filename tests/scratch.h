/* SPDX-License-Identifier: Apache-2.0 */
/* A directory of a test's own, and an arena. */
#ifndef CANNULA_SCRATCH_H
#define CANNULA_SCRATCH_H

#include "testing.h"

#include <unistd.h>

struct scratch {
	char dir[64];
	struct arena *arena;
};

/** `bytes` of zeroed state that begin with a struct scratch. */
static inline int scratch_make(void **state, size_t bytes)
{
	struct scratch *scratch = test_calloc(1, bytes);

	snprintf(scratch->dir, sizeof(scratch->dir), "/tmp/cannula-test-XXXXXX");
	scratch->arena = arena_new(1u << 20);
	*state = scratch;
	return scratch->arena && mkdtemp(scratch->dir) ? 0 : -1;
}

static inline int scratch_remove(void **state)
{
	struct scratch *scratch = *state;
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", scratch->dir);
	int status = system(command);
	arena_free(scratch->arena);
	test_free(scratch);
	return status;
}

static inline const char *scratch_path(struct scratch *scratch, const char *name)
{
	return arena_printf(scratch->arena, "%s/%s", scratch->dir, name).ptr;
}

#endif
