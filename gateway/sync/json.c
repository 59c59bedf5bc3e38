/* SPDX-License-Identifier: Apache-2.0 */
/* A JSON list of policies. */
#include "sync/run.h"

/* When the configuration names no members, they are called as the fields are. */
static const struct policy_member same_names[] = {
	{ SLICE("url"), SLICE("url") },           { SLICE("number"), SLICE("number") },
	{ SLICE("version"), SLICE("version") },   { SLICE("title"), SLICE("title") },
	{ SLICE("status"), SLICE("status") },     { SLICE("effective_date"), SLICE("effective_date") },
	{ SLICE("end_date"), SLICE("end_date") },
};

static bool read(struct arena *arena, const struct policy_rules *rules, const struct sync_source *source, struct slice bytes,
		 struct slice charset, struct issues *issues, struct policy_listing *out, struct error *err)
{
	const struct sync_field *fields = source->fields.items;
	size_t count = source->fields.count;
	struct policy_member *members = arena_new_array(arena, struct policy_member, count ? count : 1);

	(void)charset; /* JSON is UTF-8 (RFC 8259, section 8.1) */
	if (!members)
		return error_memory(err);
	for (size_t i = 0; i < count; i++)
		members[i] = (struct policy_member){ fields[i].field, fields[i].member };
	return policy_list_read(arena, rules, bytes, source->items, count ? members : same_names,
				count ? count : ARRAY_SIZE(same_names), issues, out, err);
}

const struct sync_kind sync_kind_json = { .name = "json", .read = read };
