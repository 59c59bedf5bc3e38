/* SPDX-License-Identifier: Apache-2.0 */
#include "api/relink.h"

#include "api/answer.h"
#include "api/links.h"
#include "api/match.h"
#include "api/uuid.h"

#include <stdlib.h>

#define NO_MEMORY SLICE("No memory is left for the Bundle")

/* ---- targets ---- */

static bool refuse(struct entries *entries, struct entry *entry, struct entry **refused, unsigned status, const char *code,
		   struct slice text)
{
	entry_refuse(entries, entry, status, code, text);
	*refused = entry;
	return false;
}

static bool refuse_memory(struct entries *entries, struct entry **refused)
{
	return refuse(entries, &entries->items[0], refused, 503, "too-costly", NO_MEMORY);
}

/** What `criteria` match in `type`, by a call of its own whose refusal is the entry's. */
static bool match_one(struct entries *entries, struct entry *entry, struct slice type, struct slice criteria, struct slice *id)
{
	struct net_reply reply = { 0 };
	struct api_call call = *entries->call;
	const struct served_type *served = served_type_find(call.base, type);
	const struct store_resource *match = NULL;

	*id = SLICE_NONE;
	call.reply = &reply;
	call.format = (struct negotiated){ 0 };
	if (!served) {
		entry_refuse(entries, entry, 400, "not-supported",
			     arena_printf(entries->arena, "This gateway does not serve '%.*s'", SLICE_ARG(type)));
		return false;
	}
	arena_reset(call.worker->scratch);
	if (!match_find_one(&call, served, criteria, &match)) {
		entry->is_refused = true;
		entry->status = reply.status;
		entry->body = arena_copy(entries->arena, reply.body);
		if (reply.release)
			reply.release(reply.pinned);
		return false;
	}
	if (match)
		*id = arena_copy(entries->arena, match->id);
	return true;
}

static struct slice new_target(struct entries *entries, struct slice type)
{
	char id[UUID_SIZE];

	uuid_make(id);
	return arena_printf(entries->arena, "%.*s/%s", SLICE_ARG(type), id);
}

static struct slice header_of(const struct entry *entry, const char *name)
{
	for (size_t i = 0; i < entry->header_count; i++)
		if (slice_equal(entry->headers[i].name, slice_of(name)))
			return entry->headers[i].value;
	return SLICE_NONE;
}

/** Entries that create by criteria, those with the same ones beside each other, in the order of the Bundle. */
struct creates {
	struct entry **sorted;
	size_t count;
};

static int compare_criteria(const void *a, const void *b)
{
	const struct entry *const *left = a, *const *right = b;
	int order = slice_compare((*left)->path, (*right)->path);

	order = order ? order : slice_compare(header_of(*left, "If-None-Exist"), header_of(*right, "If-None-Exist"));
	return order ? order : (*left > *right) - (*left < *right);
}

static bool creates_by_criteria(const struct entry *entry)
{
	return entry->method == NET_POST && header_of(entry, "If-None-Exist").ptr;
}

static bool creates_sort(struct entries *entries, struct creates *out)
{
	*out = (struct creates){ .sorted = arena_new_array(entries->arena, struct entry *, entries->count + 1) };
	for (size_t i = 0; out->sorted && i < entries->count; i++)
		if (creates_by_criteria(&entries->items[i]))
			out->sorted[out->count++] = &entries->items[i];
	if (out->sorted)
		qsort(out->sorted, out->count, sizeof(struct entry *), compare_criteria);
	return out->sorted;
}

/** An earlier entry that is about the same by the same criteria, and has its target. */
static const struct entry *same_criteria(const struct creates *creates, const struct entry *entry)
{
	struct entry **at = bsearch(&entry, creates->sorted, creates->count, sizeof(struct entry *), compare_criteria);
	const struct entry *before = at && at > creates->sorted ? at[-1] : NULL;

	if (!before || !slice_equal(before->path, entry->path) ||
	    !slice_equal(header_of(before, "If-None-Exist"), header_of(entry, "If-None-Exist")))
		return NULL;
	return before;
}

static bool target_by_criteria(struct entries *entries, const struct creates *creates, struct entry *entry, struct slice criteria)
{
	const struct entry *same = creates_by_criteria(entry) ? same_criteria(creates, entry) : NULL;
	struct slice id, own = entry->resource ? fhir_node_text(entry->resource, SLICE("id")) : SLICE_NONE;

	if (same) {
		entry->target = same->target;
		return true;
	}
	if (!match_one(entries, entry, entry->path, criteria, &id))
		return false;
	if (!id.len && entry->method == NET_PUT)
		id = own;
	entry->target = id.len ? arena_printf(entries->arena, "%.*s/%.*s", SLICE_ARG(entry->path), SLICE_ARG(id))
			       : new_target(entries, entry->path);
	return true;
}

static bool writes(const struct entry *entry)
{
	return entry->method == NET_POST || entry->method == NET_PUT || entry->method == NET_PATCH || entry->method == NET_DELETE;
}

static size_t slashes(struct slice path)
{
	size_t count = 0;

	for (size_t i = 0; i < path.len; i++)
		count += path.ptr[i] == '/';
	return count;
}

static bool target_find(struct entries *entries, const struct creates *creates, struct entry *entry)
{
	struct slice criteria = entry->method == NET_POST ? header_of(entry, "If-None-Exist") : entry->query;

	/* An operation has no target. */
	if (!writes(entry) || slice_find(entry->path, SLICE("$")) != SIZE_MAX)
		return true;
	if (slashes(entry->path) == 0 && criteria.len)
		return target_by_criteria(entries, creates, entry, criteria);
	if (entry->method != NET_POST)
		entry->target = entry->path;
	else if (slashes(entry->path) == 0)
		entry->target = new_target(entries, entry->path);
	return true;
}

static int compare_targets(const void *a, const void *b)
{
	const struct entry *const *left = a, *const *right = b;
	int order = slice_compare((*left)->target, (*right)->target);

	return order ? order : (*left > *right) - (*left < *right);
}

/** http.html#trules: a resource is changed at most once. A create by criteria that finds one changes nothing. */
static bool duplicates_check(struct entries *entries, struct entry **refused)
{
	struct entry **sorted = arena_new_array(entries->arena, struct entry *, entries->count + 1);
	size_t count = 0;

	for (size_t i = 0; sorted && i < entries->count; i++)
		if (entries->items[i].target.len && !header_of(&entries->items[i], "If-None-Exist").ptr)
			sorted[count++] = &entries->items[i];
	if (!sorted)
		return refuse_memory(entries, refused);
	qsort(sorted, count, sizeof(struct entry *), compare_targets);
	for (size_t i = 1; i < count; i++)
		if (slice_equal(sorted[i]->target, sorted[i - 1]->target))
			return refuse(entries, sorted[i], refused, 400, "duplicate",
				      arena_printf(entries->arena, "%.*s is in two entries", SLICE_ARG(sorted[i]->target)));
	return true;
}

bool relink_targets(struct entries *entries, struct entry **refused)
{
	struct creates creates;

	if (!creates_sort(entries, &creates))
		return refuse_memory(entries, refused);
	for (size_t i = 0; i < entries->count; i++) {
		struct entry *entry = &entries->items[i];
		if (entry->is_refused || !target_find(entries, &creates, entry)) {
			*refused = entry;
			return false;
		}
	}
	return duplicates_check(entries, refused);
}

/* ---- references ---- */

/** What stands where: fullUrls in order, and the entry that a reference is in. */
struct relinking {
	struct entries *entries;
	const struct entry **by_url;
	size_t count;
	struct entry *entry;
};

static int compare_urls(const void *a, const void *b)
{
	const struct entry *const *left = a, *const *right = b;

	return slice_compare((*left)->full_url, (*right)->full_url);
}

static bool urls_sort(struct relinking *relinking, struct entry **refused)
{
	struct entries *entries = relinking->entries;

	relinking->by_url = arena_new_array(entries->arena, const struct entry *, entries->count + 1);
	if (!relinking->by_url)
		return refuse_memory(entries, refused);
	for (size_t i = 0; i < entries->count; i++)
		if (entries->items[i].full_url.len)
			relinking->by_url[relinking->count++] = &entries->items[i];
	qsort(relinking->by_url, relinking->count, sizeof(struct entry *), compare_urls);
	for (size_t i = 1; i < relinking->count; i++)
		if (slice_equal(relinking->by_url[i]->full_url, relinking->by_url[i - 1]->full_url))
			return refuse(entries, &entries->items[relinking->by_url[i] - entries->items], refused, 400, "duplicate",
				      arena_printf(entries->arena, "Two entries have the fullUrl %.*s",
						   SLICE_ARG(relinking->by_url[i]->full_url)));
	return true;
}

static const struct entry *entry_by_url(const struct relinking *relinking, struct slice url)
{
	const struct entry key = { .full_url = url }, *wanted = &key;
	const struct entry **found = bsearch(&wanted, relinking->by_url, relinking->count, sizeof(struct entry *), compare_urls);

	return found ? *found : NULL;
}

/** bundle.html#references: a relative reference is looked for beside the fullUrl of the entry it is in. */
static const struct entry *entry_beside(const struct relinking *relinking, struct slice reference)
{
	struct slice url = relinking->entry->full_url;
	size_t cut = 0;

	for (size_t i = url.len; i > 0 && cut < 2; i--)
		if (url.ptr[i - 1] == '/' && ++cut == 2)
			url.len = i;
	if (cut < 2 || !slice_starts(url, SLICE("http")))
		return NULL;
	return entry_by_url(relinking, arena_printf(relinking->entries->work, "%.*s%.*s", SLICE_ARG(url), SLICE_ARG(reference)));
}

static const struct entry *entry_meant(const struct relinking *relinking, struct slice reference)
{
	const struct entry *entry = entry_by_url(relinking, reference);

	if (entry || slice_find(reference, SLICE(":")) != SIZE_MAX)
		return entry;
	return entry_beside(relinking, reference);
}

/** "Type?criteria" */
static bool is_conditional(struct slice reference)
{
	struct slice rest = reference, type = slice_cut(&rest, '?');

	return rest.ptr && type.len && slice_find(type, SLICE("/")) == SIZE_MAX && slice_find(type, SLICE(":")) == SIZE_MAX;
}

static bool resolve_conditional(struct relinking *relinking, struct fhir_node *node)
{
	struct entries *entries = relinking->entries;
	struct slice criteria = node->value, type = slice_cut(&criteria, '?'), id;

	if (!match_one(entries, relinking->entry, type, criteria, &id))
		return false;
	if (!id.len) {
		entry_refuse(entries, relinking->entry, 412, "not-found",
			     arena_printf(entries->arena, "Nothing matches the reference '%.*s'", SLICE_ARG(node->value)));
		return false;
	}
	node->value = arena_printf(entries->arena, "%.*s/%.*s", SLICE_ARG(type), SLICE_ARG(id));
	return true;
}

/** URIs that name an entry outright. A canonical URL is a name, not an address: it stays, as does any other name. */
static bool is_address(const struct fhir_node *node)
{
	return slice_starts(node->value, SLICE("urn:")) && fhir_type_is(node->type, SLICE("uri")) &&
	       !fhir_type_is(node->type, SLICE("canonical"));
}

/** http.html#trules: links of a narrative that name an entry become what it will be. */
static bool relink_narrative(struct relinking *relinking, struct fhir_node *node)
{
	struct links links = { .rest = node->value };
	const char *kept = node->value.ptr;
	struct slice link;
	struct buf out;

	buf_init(&out, api_answer_max_bytes(relinking->entries->call->api));
	while ((link = links_next(&links)).ptr) {
		const struct entry *meant = entry_by_url(relinking, link);
		if (!meant || !meant->target.len)
			continue;
		buf_append(&out, (struct slice){ kept, (size_t)(link.ptr - kept) });
		buf_append(&out, meant->target);
		kept = link.ptr + link.len;
	}
	buf_append(&out, (struct slice){ kept, (size_t)(node->value.ptr + node->value.len - kept) });
	node->value = out.failed ? SLICE_NONE : arena_copy(relinking->entries->arena, buf_slice(&out));
	buf_free(&out);
	if (!node->value.ptr)
		entry_refuse(relinking->entries, relinking->entry, 503, "too-costly", NO_MEMORY);
	return node->value.ptr;
}

static bool relink_node(struct relinking *relinking, struct fhir_node *node)
{
	bool is_reference = node->parent && slice_equal(node->parent->type->name, SLICE("Reference")) &&
			    slice_equal(node->element->name, SLICE("reference"));

	if (slice_equal(node->type->name, SLICE("xhtml")))
		return relink_narrative(relinking, node);
	if (!is_reference && !is_address(node))
		return true;
	const struct entry *meant = entry_meant(relinking, node->value);
	if (meant && meant->target.len) {
		node->value = meant->target;
		return true;
	}
	return !is_reference || !is_conditional(node->value) || resolve_conditional(relinking, node);
}

static bool relink_tree(struct relinking *relinking, struct fhir_node *parent)
{
	for (struct fhir_node *node = parent->first; node; node = node->next) {
		if (node->value.len && !relink_node(relinking, node))
			return false;
		if (!relink_tree(relinking, node))
			return false;
	}
	return true;
}

bool relink_references(struct entries *entries, struct entry **refused)
{
	struct relinking relinking = { .entries = entries };

	if (!urls_sort(&relinking, refused))
		return false;
	for (size_t i = 0; i < entries->count; i++) {
		relinking.entry = &entries->items[i];
		arena_reset(entries->work);
		if (relinking.entry->resource && !relink_tree(&relinking, relinking.entry->resource)) {
			*refused = relinking.entry;
			return false;
		}
	}
	return true;
}
