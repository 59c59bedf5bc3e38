/* SPDX-License-Identifier: Apache-2.0 */
/* Which policies cover a procedure's code, and where each names it. */
#include <stdlib.h>

#include "publish/publisher.h"

#define LIBRARY_ISSUES_MAX 4

/** One policy to link to. */
struct link {
	struct slice canonical; /**< with |version when it has one */
	struct slice title, url, fragment;
	struct link *next;
};

struct linking {
	const struct publisher *publisher;
	struct store_conn *conn;
	struct arena *arena;
	enum fhir_version version;
	struct store_value code;
	struct link *first;
	size_t count;
};

/** The order of two FHIR dates as far as both are precise. */
static int compare_dates(struct slice a, struct slice b)
{
	size_t length = a.len < b.len ? a.len : b.len;

	return slice_compare((struct slice){ a.ptr, length }, (struct slice){ b.ptr, length });
}

/** A retired policy governs nothing any more, a draft or a future one nothing yet. */
static bool is_in_force(const struct fhir_node *library)
{
	struct slice status = fhir_node_text(library, SLICE("status"));
	const struct fhir_node *period = fhir_node_child(library, SLICE("effectivePeriod"));
	char now[TIME_INSTANT_SIZE];

	if (!slice_equal(status, SLICE("active")) && !slice_equal(status, SLICE("unknown")))
		return false;
	if (!period)
		return true;
	time_format_instant(time_now_ms(), now);
	struct slice start = fhir_node_text(period, SLICE("start")), end = fhir_node_text(period, SLICE("end"));
	struct slice today = { now, sizeof("2026-11-23") - 1 };
	return compare_dates(start, today) <= 0 && (!end.len || compare_dates(end, today) >= 0);
}

static bool group_names(const struct fhir_node *group, const struct store_value *wanted)
{
	const struct fhir_node *set = fhir_node_child(group, SLICE("set"));

	for (; set; set = fhir_node_again(set)) {
		const struct fhir_node *code = fhir_node_child(set, SLICE("code"));

		if (!slice_equal(fhir_node_text(set, SLICE("system")), wanted->system))
			continue;
		for (; code; code = fhir_node_again(code))
			if (slice_equal(fhir_node_text(code, SLICE("code")), wanted->text))
				return true;
	}
	return false;
}

/** Where the policy's own page stands and which part of it names the code, when the policy is one that we read. */
static bool add_place(const struct linking *linking, struct slice id, struct link *link, struct error *err)
{
	struct fhir_node *policy;

	if (!publish_get_source(linking->publisher, linking->conn, linking->arena, SLICE("PolicyRecord"), id, &policy, err))
		return false;
	if (!policy)
		return true;
	link->url = fhir_node_text(policy, SLICE("url"));
	const struct fhir_node *group = fhir_node_child(policy, SLICE("group"));

	while (group && !group_names(group, &linking->code))
		group = fhir_node_again(group);
	if (group)
		link->fragment = fhir_node_text(group, SLICE("anchor"));
	return true;
}

static bool read_library(const struct linking *linking, const struct store_resource *stored, struct fhir_node **out,
			 struct error *err)
{
	const struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct issues issues;

	issues_init(&issues, linking->arena, LIBRARY_ISSUES_MAX);
	if (fhir_json_read(linking->arena, linking->publisher->schemas[linking->version], NULL, stored->bytes, &limits, &issues,
			   out))
		return true;
	return error_set(err, ERROR_CORRUPT, "", "the stored Library/%.*s cannot be read", SLICE_ARG(stored->id));
}

static bool add_link(void *context, const struct store_resource *stored, struct error *err)
{
	struct linking *linking = context;
	struct link *link = arena_new_of(linking->arena, struct link);
	struct fhir_node *library;

	if (!link)
		return error_memory(err);
	if (!read_library(linking, stored, &library, err))
		return false;
	struct slice url = fhir_node_text(library, SLICE("url")), version = fhir_node_text(library, SLICE("version"));

	if (!url.len || !is_in_force(library))
		return true;
	link->title = fhir_node_text(library, SLICE("title"));
	link->canonical = version.len ? arena_printf(linking->arena, "%.*s|%.*s", SLICE_ARG(url), SLICE_ARG(version)) : url;
	if (!link->canonical.ptr)
		return error_memory(err);
	if (!add_place(linking, stored->id, link, err))
		return false;
	link->next = linking->first;
	linking->first = link;
	linking->count++;
	return true;
}

static int compare_links(const void *a, const void *b)
{
	const struct link *const *left = a, *const *right = b;

	return slice_compare((*left)->canonical, (*right)->canonical);
}

static bool write_text(struct arena *arena, struct fhir_node *policy, struct slice name, struct slice text)
{
	return !text.len || fhir_node_add_value(arena, policy, name, text);
}

static bool write_link(struct arena *arena, struct fhir_node *gateway, const struct link *link)
{
	struct fhir_node *policy = fhir_node_add(arena, gateway, SLICE("policy"), NULL);

	return policy && write_text(arena, policy, SLICE("canonical"), link->canonical) &&
	       write_text(arena, policy, SLICE("title"), link->title) && write_text(arena, policy, SLICE("url"), link->url) &&
	       write_text(arena, policy, SLICE("fragment"), link->fragment);
}

/** The links below `gateway`, in the order of their canonicals. */
static bool write_links(const struct linking *linking, struct fhir_node *gateway)
{
	struct link **sorted = arena_new_array(linking->arena, struct link *, linking->count + 1);
	size_t count = 0;

	if (!sorted)
		return false;
	for (struct link *link = linking->first; link; link = link->next)
		sorted[count++] = link;
	qsort(sorted, count, sizeof(struct link *), compare_links);
	for (size_t i = 0; i < count; i++)
		if (!write_link(linking->arena, gateway, sorted[i]))
			return false;
	return true;
}

bool publish_link(const struct publisher *publisher, struct store_conn *conn, struct arena *arena, enum fhir_version version,
		  struct fhir_node *record, struct error *err)
{
	const struct fhir_node *code = fhir_node_child(record, SLICE("code"));
	struct linking linking = { .publisher = publisher, .conn = conn, .arena = arena, .version = version };

	publish_gateway_remove(record);
	if (!code || !fhir_element_find(record->type, SLICE("gateway"), NULL))
		return true;
	linking.code =
	    (struct store_value){ .text = fhir_node_text(code, SLICE("code")), .system = fhir_node_text(code, SLICE("system")) };
	if (!publish_each_with_code(publisher, conn, arena, version, SLICE("Library"), &linking.code, 1, add_link, &linking, err))
		return false;
	struct fhir_node *gateway = publish_gateway(arena, record);

	return (gateway && write_links(&linking, gateway)) || error_memory(err);
}
