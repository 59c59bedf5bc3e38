/* SPDX-License-Identifier: Apache-2.0 */
/* An HTML page that links to policies. */
#include "sync/run.h"

static bool read(struct arena *arena, const struct policy_rules *rules, const struct sync_source *source, struct slice bytes,
		 struct slice charset, struct issues *issues, struct policy_listing *out, struct error *err)
{
	(void)source;
	return policy_links_read(arena, rules, bytes, charset, issues, out, err);
}

const struct sync_kind sync_kind_index = { .name = "index", .read = read, .folder_only = true };
