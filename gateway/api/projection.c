/* SPDX-License-Identifier: Apache-2.0 */
#include "api/projection.h"

#include <string.h>

#define SUBSETTED_SYSTEM SLICE("http://terminology.hl7.org/CodeSystem/v3-ObservationValue")
#define SUBSETTED_CODE SLICE("SUBSETTED")
#define TREE_BYTES_PER_BYTE 32u
#define TREE_MIN_BYTES (1u << 20)
#define TAG_MAX_BYTES 512u
#define NAMES_MAX 256u

static const char *const summaries[] = {
	[SUMMARY_FALSE] = "false", [SUMMARY_TRUE] = "true",   [SUMMARY_TEXT] = "text",
	[SUMMARY_DATA] = "data",   [SUMMARY_COUNT] = "count",
};

/* ---- what is asked ---- */

static bool read_summary(struct arena *arena, struct slice value, struct projection *out, struct slice *reason,
			 struct slice *hint)
{
	for (size_t i = 0; i < ARRAY_SIZE(summaries); i++)
		if (slice_equal(value, slice_of(summaries[i]))) {
			out->summary = (enum summary)i;
			return true;
		}
	*reason = arena_printf(arena, "_summary='%.*s' is none that FHIR defines", SLICE_ARG(value));
	*hint = SLICE("_summary is one of true, text, data, count, false.");
	return false;
}

/** "title" and "PlanDefinition.title" are the same. */
static struct slice bare_name(struct slice name)
{
	struct slice rest = slice_trim(name), first = slice_cut(&rest, '.');

	return rest.ptr ? rest : first;
}

static const char *nearest_element(struct arena *arena, const struct fhir_type *type, struct slice name)
{
	const char *names[NAMES_MAX] = { NULL };
	size_t count = 0;

	for (size_t i = 0; i < type->element_count && count < NAMES_MAX; i++)
		if ((names[count] = arena_cstr(arena, type->elements[i].name)))
			count++;
	return nearest_name(name, names, count);
}

static bool read_elements(struct arena *arena, struct slice value, const struct fhir_type *type, struct projection *out,
			  struct slice *reason, struct slice *hint)
{
	struct slice rest = value;

	out->elements = value;
	while (type && rest.ptr) {
		struct slice name = bare_name(slice_cut(&rest, ','));
		/* In JSON the type stands among the elements, and some clients name it so; it is never left out. */
		if (fhir_element_find(type, name, NULL) || slice_equal(name, SLICE("resourceType")))
			continue;
		const char *nearest = nearest_element(arena, type, name);
		*reason = arena_printf(arena, "%.*s has no element '%.*s'", SLICE_ARG(type->name), SLICE_ARG(name));
		*hint = arena_printf(arena, "%s%s%s_elements takes names of top-level elements, joined by commas.",
				     nearest ? "Did you mean '" : "", nearest ? nearest : "", nearest ? "'? " : "");
		return false;
	}
	return true;
}

bool projection_read(struct arena *arena, const struct query *query, const struct fhir_type *type, struct projection *out,
		     struct slice *reason, struct slice *hint)
{
	const struct query_parameter *summary = query_find(query, SLICE("_summary"));
	const struct query_parameter *elements = query_find(query, SLICE("_elements"));

	*out = (struct projection){ 0 };
	if (summary && !read_summary(arena, summary->value, out, reason, hint))
		return false;
	if (!elements)
		return true;
	if (summary && out->summary != SUMMARY_FALSE) {
		*reason = SLICE("_summary and _elements are given together");
		*hint = SLICE("Use one of them.");
		return false;
	}
	return read_elements(arena, elements->value, type, out, reason, hint);
}

bool projection_is_whole(const struct projection *projection)
{
	return !projection->elements.ptr && (projection->summary == SUMMARY_FALSE || projection->summary == SUMMARY_COUNT);
}

/* ---- the part ---- */

/** What no resource can do without: who it is, what must be there, and what changes the meaning of the rest. */
static bool is_needed(const struct fhir_node *node)
{
	const struct fhir_element *element = node->element;

	return element->min > 0 || element->is_modifier || slice_equal(element->name, SLICE("id")) ||
	       slice_equal(element->name, SLICE("meta"));
}

static bool is_named(struct slice names, const struct fhir_node *node)
{
	while (names.ptr)
		if (slice_equal(bare_name(slice_cut(&names, ',')), node->element->name))
			return true;
	return false;
}

static bool is_kept(const struct projection *projection, const struct fhir_node *node)
{
	bool is_text = slice_equal(node->element->name, SLICE("text"));

	if (projection->elements.ptr)
		return is_needed(node) || is_named(projection->elements, node);
	if (projection->summary == SUMMARY_DATA)
		return !is_text;
	return is_needed(node) || (projection->summary == SUMMARY_TEXT ? is_text : node->element->is_summary);
}

/** A backbone element is marked child by child; a data type goes whole. */
static void strip(const struct projection *projection, struct fhir_node *parent)
{
	for (struct fhir_node *node = parent->first, *next; node; node = next) {
		next = node->next;
		if (!is_kept(projection, node))
			fhir_node_remove(node);
		else if (projection->summary == SUMMARY_TRUE && node->type->kind == FHIR_KIND_BACKBONE)
			strip(projection, node);
	}
}

static bool tag_add(struct arena *arena, struct fhir_node *resource)
{
	struct fhir_node *meta = fhir_node_child(resource, SLICE("meta"));

	if (!meta && fhir_element_find(resource->type, SLICE("meta"), NULL))
		meta = fhir_node_add(arena, resource, SLICE("meta"), NULL);
	struct fhir_node *tag = meta ? fhir_node_add(arena, meta, SLICE("tag"), NULL) : NULL;
	return tag && fhir_node_add_value(arena, tag, SLICE("system"), SUBSETTED_SYSTEM) &&
	       fhir_node_add_value(arena, tag, SLICE("code"), SUBSETTED_CODE);
}

static bool apply(struct arena *work, const struct fhir_schema *schema, const struct projection *projection, struct slice json,
		  struct buf *out)
{
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct fhir_node *resource;
	struct issues issues;

	limits.max_bytes = json.len;
	issues_init(&issues, work, 1);
	if (!fhir_json_read(work, schema, NULL, json, &limits, &issues, &resource))
		return false;
	strip(projection, resource);
	if (!tag_add(work, resource))
		return false;
	fhir_json_write(out, resource, FHIR_JSON_COMPACT);
	return !out->failed;
}

bool projection_apply(struct arena *arena, const struct fhir_schema *schema, const struct projection *projection,
		      struct slice *json, struct error *err)
{
	if (projection_is_whole(projection))
		return true;
	struct arena *work = arena_new(TREE_MIN_BYTES + TREE_BYTES_PER_BYTE * json->len);
	struct buf out;
	buf_init(&out, json->len + TAG_MAX_BYTES);
	bool ok = work && apply(work, schema, projection, *json, &out);
	if (ok)
		*json = arena_copy(arena, buf_slice(&out));
	buf_free(&out);
	arena_free(work);
	return (ok && json->ptr) || error_memory(err);
}
