/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/run.h"

/* A new kind of source is a row here. */
const struct sync_kind *const sync_kinds[] = { &sync_kind_index, &sync_kind_json };
const char *const sync_kind_names[] = { "index", "json", NULL };

const struct sync_kind *sync_kind_find(struct slice name)
{
	for (size_t i = 0; i < ARRAY_SIZE(sync_kinds); i++)
		if (slice_equal(name, slice_of(sync_kinds[i]->name)))
			return sync_kinds[i];
	return NULL;
}
