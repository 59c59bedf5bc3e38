/* SPDX-License-Identifier: Apache-2.0 */
/* FHIR, "Bundle", sections "Resource URL & Uniqueness rules" and "Resolving references in Bundles". */
#include "validate/run.h"

/** Without "/_history/1". */
static struct slice without_version(struct slice reference)
{
	size_t history = slice_find(reference, SLICE("/_history/"));

	if (history != SIZE_MAX)
		reference.len = history;
	return reference;
}

/** "http://server/base/" of "http://server/base/Type/id"; absent when it is no such URL. */
static struct slice base_of(struct slice url)
{
	size_t slashes = 0;

	if (!slice_starts(url, SLICE("http")))
		return SLICE_NONE;
	while (url.len && slashes < 2)
		slashes += url.ptr[--url.len] == '/';
	url.len += slashes == 2;
	return url;
}

static bool leads_to(struct slice full, struct slice base, struct slice reference)
{
	if (uri_is_absolute(reference))
		return slice_equal(full, reference);
	return base.len && full.len == base.len + reference.len && slice_starts(full, base) && slice_ends(full, reference);
}

const struct fhir_node *bundle_find(const struct fhir_node *bundle, struct slice from, struct slice reference)
{
	struct slice base = base_of(from);

	reference = without_version(reference);
	for (const struct fhir_node *entry = fhir_node_child(bundle, SLICE("entry")); entry; entry = fhir_node_again(entry)) {
		struct slice full = fhir_node_text(entry, SLICE("fullUrl"));

		if (full.ptr && leads_to(full, base, reference))
			return fhir_node_child(entry, SLICE("resource"));
	}
	return NULL;
}

/** "…/Type/id" must be the type and id of the resource. */
static bool names_resource(struct run *run, struct slice url, const struct fhir_node *resource)
{
	struct slice id = fhir_node_text(resource, SLICE("id"));
	struct slice end = arena_printf(run->scratch, "/%.*s/%.*s", SLICE_ARG(resource->type->name), SLICE_ARG(id));

	return !id.ptr || !end.ptr || slice_ends(url, end);
}

/** Whether the last part but one names a type: then it is the URL of a RESTful server. */
static bool is_restful(const struct run *run, struct slice url)
{
	struct slice base = base_of(url), rest = base.len ? slice_from(url, base.len) : SLICE_NONE;
	const struct fhir_type *type = rest.len ? fhir_type_find(run->validator->schema, slice_cut(&rest, '/')) : NULL;

	return type && type->kind == FHIR_KIND_RESOURCE;
}

/** Resources that a server is still to name have no URL yet; the answer to a batch may be about nothing that has one. */
static bool needs_url(const struct fhir_node *bundle, const struct fhir_node *entry)
{
	static const char *const kinds[] = { "document", "message", "searchset", "history", "collection" };
	struct slice type = fhir_node_text(bundle, SLICE("type"));

	if (fhir_node_child(entry, SLICE("request")))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (slice_equal(type, slice_of(kinds[i])))
			return true;
	return false;
}

static void check_entry(struct run *run, const struct fhir_node *entry)
{
	const struct fhir_node *url = fhir_node_child(entry, SLICE("fullUrl"));
	const struct fhir_node *resource = fhir_node_child(entry, SLICE("resource"));

	if (resource && !url && needs_url(entry->parent, entry))
		run_issue(run, entry, ISSUE_ERROR, "required", SLICE_NONE,
			  "an entry with a resource needs a fullUrl in this kind of Bundle");
	if (!url || !url->value.ptr)
		return;
	if (!uri_is_absolute(url->value)) {
		run_issue(run, url, ISSUE_ERROR, "invalid", SLICE_NONE, "fullUrl must be absolute, not \"%.*s\"",
			  SLICE_ARG(url->value));
		return;
	}
	if (resource && is_restful(run, url->value) && !names_resource(run, url->value, resource))
		run_issue(run, url, ISSUE_ERROR, "invalid", SLICE_NONE,
			  "fullUrl \"%.*s\" does not end with type and id of its resource", SLICE_ARG(url->value));
}

void bundle_check(struct run *run, const struct fhir_node *bundle)
{
	for (const struct fhir_node *entry = fhir_node_child(bundle, SLICE("entry")); entry; entry = fhir_node_again(entry))
		check_entry(run, entry);
}
