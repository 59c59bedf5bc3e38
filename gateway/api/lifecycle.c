/* SPDX-License-Identifier: Apache-2.0 */
#include "api/lifecycle.h"

#include "api/answer.h"
#include "api/write.h"

#define ASSET "api/lifecycle.yaml"
#define SAME_MAX 16u     /* others under the same url|version that are compared */
#define EARLIER_MAX 256u /* versions of its own that are looked at */
#define VERSION_MAX_BYTES 4096u

struct never {
	struct slice from;
	struct option_texts to;
};

struct lifecycle {
	struct slice url, version, status;
	struct option_rows never;
	struct option_texts open, free;
};

static const struct option never_options[] = {
	{ .name = "from",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct never, from),
	  .required = true,
	  .sentence = "A status." },
	{ .name = "to",
	  .kind = OPTION_TEXTS,
	  .offset = offsetof(struct never, to),
	  .required = true,
	  .sentence = "Those that never follow it." },
};
static const struct option_table never_table = { never_options, ARRAY_SIZE(never_options), sizeof(struct never), 0 };

#define ELEMENT(member, says)                                                                                                    \
	{                                                                                                                        \
		.name = #member, .kind = OPTION_TEXT, .offset = offsetof(struct lifecycle, member), .required = true,            \
		.sentence = says                                                                                                 \
	}
static const struct option file_options[] = {
	ELEMENT(url, "The element that holds the canonical URL."),
	ELEMENT(version, "The element that holds the business version."),
	ELEMENT(status, "The element that holds the status."),
	{ .name = "never",
	  .kind = OPTION_ROWS,
	  .offset = offsetof(struct lifecycle, never),
	  .table = &never_table,
	  .sentence = "What never follows what." },
	{ .name = "open",
	  .kind = OPTION_TEXTS,
	  .offset = offsetof(struct lifecycle, open),
	  .sentence = "A status under which the content may change within a version." },
	{ .name = "free",
	  .kind = OPTION_TEXTS,
	  .offset = offsetof(struct lifecycle, free),
	  .sentence = "Elements that may change within a version." },
};
static const struct option_table file_table = { file_options, ARRAY_SIZE(file_options), sizeof(struct lifecycle), 0 };

bool lifecycle_load(struct arena *arena, const struct lifecycle **out, struct error *err)
{
	struct lifecycle *rules = arena_new_of(arena, struct lifecycle);

	*out = rules;
	return rules ? options_read_asset(arena, &file_table, ASSET, rules, err) : error_memory(err);
}

/* ---- what there is to compare ---- */

static bool texts_have(const struct option_texts *texts, struct slice text)
{
	for (size_t i = 0; i < texts->count; i++)
		if (slice_equal(texts->items[i], text))
			return true;
	return false;
}

static bool is_canonical(const struct lifecycle *rules, const struct fhir_type *type)
{
	return fhir_element_find(type, rules->url, NULL) && fhir_element_find(type, rules->version, NULL) &&
	       fhir_element_find(type, rules->status, NULL);
}

static bool stored_read(struct write *write, const struct store_resource *stored, struct fhir_node **out)
{
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct issues issues;

	issues_init(&issues, write->arena, 1);
	limits.max_bytes = stored->bytes.len;
	return fhir_json_read(write->arena, write->call->base->schema, NULL, stored->bytes, &limits, &issues, out);
}

/** The name of the top-level element that a change is in. */
static struct slice top_name(const struct fhir_change *change)
{
	const struct fhir_node *node = change->after ? change->after : change->before;

	while (node->parent && node->parent->parent)
		node = node->parent;
	return node->element ? node->element->name : SLICE_NONE;
}

/** The first element that differs and may not; absent when there is none. */
static bool content_differs(struct write *write, const struct fhir_node *before, struct slice *name, struct error *err)
{
	const struct lifecycle *rules = write->call->api->lifecycle;
	struct fhir_changes changes;

	*name = SLICE_NONE;
	if (!fhir_node_diff(write->arena, before, write->resource, &changes, err))
		return false;
	for (const struct fhir_change *change = changes.first; change && !name->ptr; change = change->next)
		if (!texts_have(&rules->free, top_name(change)))
			*name = top_name(change);
	return true;
}

/* ---- status ---- */

static bool refuse_status(struct write *write, struct slice before, struct slice after)
{
	struct arena *arena = write->call->request->arena;

	answer_error(write->call, 422, "business-rule",
		     arena_printf(arena, "%.*s/%.*s is %.*s and cannot become %.*s again", SLICE_ARG(write->call->route.type),
				  SLICE_ARG(write->id), SLICE_ARG(before), SLICE_ARG(after)),
		     SLICE("Those who rely on it keep relying on it: publish a new one under another url or version."));
	return false;
}

static bool status_check(struct write *write, const struct fhir_node *before)
{
	const struct lifecycle *rules = write->call->api->lifecycle;
	struct slice old = fhir_node_text(before, rules->status), new = fhir_node_text(write->resource, rules->status);
	const struct never *never = rules->never.items;

	for (size_t i = 0; i < rules->never.count; i++)
		if (slice_equal(never[i].from, old) && texts_have(&never[i].to, new))
			return refuse_status(write, old, new);
	return true;
}

/* ---- url|version ---- */

static bool refuse_content(struct write *write, const struct store_resource *other, struct slice element)
{
	const struct lifecycle *rules = write->call->api->lifecycle;
	struct arena *arena = write->call->request->arena;

	answer_error(write->call, 409, "conflict",
		     arena_printf(arena, "%.*s|%.*s is %.*s/%.*s already, with another content (%.*s)",
				  SLICE_ARG(fhir_node_text(write->resource, rules->url)),
				  SLICE_ARG(fhir_node_text(write->resource, rules->version)), SLICE_ARG(write->call->route.type),
				  SLICE_ARG(other->id), SLICE_ARG(element)),
		     SLICE("Give the changed resource another version."));
	return false;
}

static bool compare(struct write *write, const struct store_resource *other, const struct fhir_node *before)
{
	struct error err = { 0 };
	struct slice element;

	if (!content_differs(write, before, &element, &err)) {
		answer_failure(write->call, &err);
		return false;
	}
	return !element.ptr || refuse_content(write, other, element);
}

/** Without url or version a resource has no name that could stand for two contents. */
static bool names_same(const struct lifecycle *rules, const struct fhir_node *a, const struct fhir_node *b)
{
	struct slice url = fhir_node_text(a, rules->url), version = fhir_node_text(a, rules->version);

	return url.len && version.len && slice_equal(url, fhir_node_text(b, rules->url)) &&
	       slice_equal(version, fhir_node_text(b, rules->version));
}

/** Against the resource as it is: a draft is still being written. */
static bool own_check(struct write *write, const struct fhir_node *before)
{
	const struct lifecycle *rules = write->call->api->lifecycle;

	if (!names_same(rules, before, write->resource) || texts_have(&rules->open, fhir_node_text(before, rules->status)))
		return true;
	return compare(write, &write->current, before);
}

/** How a version that names `version` begins to say so: spares reading all the others. */
static struct slice version_mark(struct write *write, struct slice version)
{
	struct buf buf;

	buf_init(&buf, VERSION_MAX_BYTES);
	buf_printf(&buf, "\"%.*s\":", SLICE_ARG(write->call->api->lifecycle->version));
	fhir_json_write_string(&buf, version);
	struct slice mark = buf.failed ? SLICE_NONE : arena_copy(write->arena, buf_slice(&buf));
	buf_free(&buf);
	return mark;
}

static bool version_check(struct write *write, const struct store_resource *earlier, struct slice mark)
{
	const struct lifecycle *rules = write->call->api->lifecycle;
	struct fhir_node *before;

	if (earlier->is_deleted || slice_find(earlier->bytes, mark) == SIZE_MAX || !stored_read(write, earlier, &before) ||
	    !names_same(rules, before, write->resource) || texts_have(&rules->open, fhir_node_text(before, rules->status)))
		return true;
	return compare(write, earlier, before);
}

/** Against what it was: a version that was published once is not given to another content later. */
static bool earlier_check(struct write *write)
{
	struct slice version = fhir_node_text(write->resource, write->call->api->lifecycle->version);
	struct slice mark = version.len ? version_mark(write, version) : SLICE_NONE;
	struct store_history_query query = {
		.base = write->call->base->store_base, .type = write->call->route.type, .id = write->id, .max_count = EARLIER_MAX
	};
	struct store_history history;
	struct error err = { 0 };

	if (!mark.len || !write->found)
		return true;
	if (!store_history(write->call->worker->conn, write->arena, &query, &history, &err)) {
		answer_failure(write->call, &err);
		return false;
	}
	for (size_t i = 0; i < history.count; i++)
		if (!version_check(write, &history.versions[i], mark))
			return false;
	return true;
}

/** Others under the same url|version. */
static bool find_same(struct write *write, struct slice url, struct slice version, struct store_page *out)
{
	const struct lifecycle *rules = write->call->api->lifecycle;
	const struct served_type *type = write->call->type;
	struct store_value values[] = { { .text = url }, { .text = version } };
	struct store_filter filters[] = {
		{ .param = served_param_find(type, rules->url), .values = &values[0], .value_count = 1 },
		{ .param = served_param_find(type, rules->version), .values = &values[1], .value_count = 1 },
	};
	struct store_query query = { .base = write->call->base->store_base,
				     .type = type->type->name,
				     .filters = filters,
				     .filter_count = ARRAY_SIZE(filters),
				     .max_count = SAME_MAX };
	struct error err = { 0 };

	*out = (struct store_page){ 0 };
	if (!filters[0].param || !filters[1].param)
		return true;
	if (store_search(write->call->worker->conn, write->arena, &query, out, &err))
		return true;
	answer_failure(write->call, &err);
	return false;
}

static bool others_check(struct write *write)
{
	const struct lifecycle *rules = write->call->api->lifecycle;
	struct slice url = fhir_node_text(write->resource, rules->url);
	struct slice version = fhir_node_text(write->resource, rules->version);
	struct fhir_node *other;
	struct store_page page;

	if (!url.len || !version.len)
		return true;
	if (!find_same(write, url, version, &page))
		return false;
	for (size_t i = 0; i < page.count; i++) {
		if (slice_equal(page.resources[i].id, write->id) || !stored_read(write, &page.resources[i], &other) ||
		    !names_same(rules, other, write->resource))
			continue;
		if (!compare(write, &page.resources[i], other))
			return false;
	}
	return true;
}

bool lifecycle_check(struct write *write)
{
	const struct lifecycle *rules = write->call->api->lifecycle;
	struct fhir_node *before;

	if (!is_canonical(rules, write->resource->type))
		return true;
	if (write->found && !write->current.is_deleted && stored_read(write, &write->current, &before)) {
		if (!status_check(write, before) || !own_check(write, before))
			return false;
		if (names_same(rules, before, write->resource))
			return others_check(write);
	}
	return earlier_check(write) && others_check(write);
}
