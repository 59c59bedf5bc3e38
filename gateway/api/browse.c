/* SPDX-License-Identifier: Apache-2.0 */
#include "api/browse.h"

#include "api/pretty.h"

#define TEMPLATE "api/browse.html"
#define PAGE_MAX_GROWTH 8u /* of escaping, links and white space, over the JSON's own length */
#define PAGE_MARGIN_BYTES (64u << 10)

/** A page being written. */
struct page {
	const struct api_call *call;
	struct slice json; /**< compact */
	struct buf *out;
};

static void link_write(struct buf *out, struct slice url, struct slice text)
{
	buf_append(out, SLICE("<a href=\""));
	markup_append(out, url);
	buf_append(out, SLICE("\">"));
	markup_append(out, text);
	buf_append(out, SLICE("</a>"));
}

/* ---- the parts ---- */

static void title_write(struct page *page)
{
	const struct route *route = &page->call->route;
	const char *version = fhir_version_number(page->call->base->version);

	markup_append(page->out, route->type.ptr ? route->type : slice_of("FHIR"));
	if (route->id.ptr) {
		buf_append_char(page->out, '/');
		markup_append(page->out, route->id);
	}
	buf_printf(page->out, " (FHIR %s)", version);
}

static void nav_write(struct page *page, const char *path, const char *text)
{
	const struct api_call *call = page->call;

	link_write(page->out, arena_printf(call->request->arena, "%.*s%s", SLICE_ARG(call->request->path), path), slice_of(text));
	buf_append_char(page->out, ' ');
}

static void links_write(struct page *page)
{
	const struct api_call *call = page->call;

	nav_write(page, "?_format=json&_pretty=true", "JSON");
	nav_write(page, "?_format=xml&_pretty=true", "XML");
	if (call->route.place == ROUTE_INSTANCE)
		nav_write(page, "/_history", "history");
	link_write(page->out, arena_printf(call->request->arena, "/fhir/%s/metadata", fhir_version_name(call->route.version)),
		   SLICE("metadata"));
}

/** The narrative's markup came with the resource, from anybody: a frame without any permission shows it. */
static void frame_write(struct page *page, const struct fhir_node *resource)
{
	const struct fhir_node *text = fhir_node_child(resource, SLICE("text"));
	struct slice div = text ? fhir_node_text(text, SLICE("div")) : SLICE_NONE;

	if (!div.len)
		return;
	buf_append(page->out, SLICE("<iframe sandbox title=\"narrative\" srcdoc=\""));
	markup_append(page->out, div);
	buf_append(page->out, SLICE("\"></iframe>"));
}

static void narrative_write(struct page *page)
{
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct arena *arena = arena_new(limits.max_bytes);
	struct fhir_node *resource;
	struct issues issues;

	if (!arena)
		return;
	issues_init(&issues, arena, 1);
	/* A resource that is too large for it comes without. */
	if (fhir_json_read(arena, page->call->base->schema, NULL, page->json, &limits, &issues, &resource))
		frame_write(page, resource);
	arena_free(arena);
}

/** Where a string leads when it is an address or a relative reference; absent when it is neither. */
static struct slice target_of(const struct page *page, struct slice text, bool is_reference)
{
	if (slice_find(text, SLICE("\\")) != SIZE_MAX || slice_find(text, SLICE(" ")) != SIZE_MAX)
		return SLICE_NONE;
	if (slice_starts(text, SLICE("https://")) || slice_starts(text, SLICE("http://")))
		return text;
	if (!is_reference || slice_find(text, SLICE("/")) == SIZE_MAX || slice_find(text, SLICE(":")) != SIZE_MAX)
		return SLICE_NONE;
	return arena_printf(page->call->request->arena, "/fhir/%s/%.*s", fhir_version_name(page->call->route.version),
			    SLICE_ARG(text));
}

static size_t string_end(struct slice json, size_t at)
{
	for (at++; at < json.len && json.ptr[at] != '"'; at++)
		at += json.ptr[at] == '\\';
	return at < json.len ? at : json.len;
}

static void json_write(struct page *page)
{
	struct slice last = SLICE("");
	struct buf pretty;

	buf_init(&pretty, page->out->max_bytes);
	pretty_json(&pretty, page->json);
	struct slice json = buf_slice(&pretty);
	for (size_t i = 0; i < json.len; i++) {
		size_t end = json.ptr[i] == '"' ? string_end(json, i) : i;
		struct slice text = { json.ptr + i + 1, end > i ? end - i - 1 : 0 };
		struct slice target = target_of(page, text, slice_equal(last, SLICE("reference")));
		if (end == i || !target.ptr) {
			markup_append(page->out, (struct slice){ json.ptr + i, (end < json.len ? end + 1 : end) - i });
		} else {
			buf_append(page->out, SLICE("&quot;"));
			link_write(page->out, target, text);
			buf_append(page->out, SLICE("&quot;"));
		}
		last = end > i ? text : last;
		i = end;
	}
	page->out->failed |= pretty.failed;
	buf_free(&pretty);
}

/* ---- the whole ---- */

static const struct {
	const char *mark;
	void (*write)(struct page *page);
} parts[] = {
	{ "title", title_write },
	{ "links", links_write },
	{ "narrative", narrative_write },
	{ "json", json_write },
};

static void part_write(struct page *page, struct slice mark)
{
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (slice_equal(mark, slice_of(parts[i].mark)))
			parts[i].write(page);
}

static void template_fill(struct page *page, struct slice text)
{
	for (;;) {
		size_t start = slice_find(text, SLICE("{{"));
		size_t end = start == SIZE_MAX ? SIZE_MAX : slice_find(slice_from(text, start), SLICE("}}"));
		if (end == SIZE_MAX)
			break;
		buf_append(page->out, (struct slice){ text.ptr, start });
		part_write(page, (struct slice){ text.ptr + start + 2, end - 2 });
		text = slice_from(text, start + end + 2);
	}
	buf_append(page->out, text);
}

bool browse_page(const struct api_call *call, struct buf *json, struct error *err)
{
	struct buf out;
	struct page page = { call, buf_slice(json), &out };
	struct slice template;

	if (!asset_get(TEMPLATE, &template, err))
		return false;
	buf_init(&out, PAGE_MARGIN_BYTES + PAGE_MAX_GROWTH * json->len);
	template_fill(&page, template);
	buf_free(json);
	*json = out;
	return true;
}
