/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/narrative_text.h"

void narrative_escape(struct buf *buf, struct slice text)
{
	while (text.len) {
		markup_append(buf, slice_cut(&text, '\n'));
		if (text.ptr)
			buf_append(buf, SLICE("<br/>")); /* a line end at the end too */
	}
}

/* ---- paths ---- */

#define EXTENSION_STEP SLICE("extension:")

/** `NAME` or `extension:URL` of a path. */
struct step {
	struct slice name, url;
};

static struct step cut_step(struct slice *path)
{
	struct slice name = slice_cut(path, '.'), url = SLICE_NONE;

	if (slice_starts(name, EXTENSION_STEP)) {
		url = slice_from(name, EXTENSION_STEP.len);
		name.len = EXTENSION_STEP.len - 1;
	}
	return (struct step){ name, url };
}

static const struct fhir_node *step_takes(const struct step *step, const struct fhir_node *child)
{
	for (; child && step->url.len; child = fhir_node_again(child)) {
		struct slice url = fhir_node_text(child, SLICE("url"));
		size_t rest = url.len - step->url.len;

		if (slice_ends(url, step->url) && (rest == 0 || url.ptr[rest - 1] == '/'))
			break;
	}
	return child;
}

static const struct fhir_node *step_first(const struct step *step, const struct fhir_node *from)
{
	return step_takes(step, fhir_node_child(from, step->name));
}

static const struct fhir_node *step_next(const struct step *step, const struct fhir_node *child)
{
	return step_takes(step, fhir_node_again(child));
}

void narrative_each(const struct fhir_node *from, struct slice path, void (*each)(void *context, const struct fhir_node *node),
		    void *context)
{
	if (!path.len) {
		each(context, from);
		return;
	}
	struct step step = cut_step(&path);

	for (const struct fhir_node *child = step_first(&step, from); child; child = step_next(&step, child))
		narrative_each(child, path, each, context);
}

const struct fhir_node *narrative_find(const struct fhir_node *from, struct slice path)
{
	if (!path.len)
		return from;
	struct step step = cut_step(&path);

	for (const struct fhir_node *child = step_first(&step, from); child; child = step_next(&step, child)) {
		const struct fhir_node *found = narrative_find(child, path);

		if (found)
			return found;
	}
	return NULL;
}

/* ---- values ---- */

/** The first of the named children that says something. */
static void first_of(struct buf *buf, const struct fhir_node *node, const char *const *names)
{
	size_t before = buf->len;

	for (; *names && buf->len == before; names++) {
		const struct fhir_node *child = narrative_find(node, slice_of(*names));

		if (child)
			narrative_value(buf, child);
	}
}

static void write_quantity(struct buf *buf, const struct fhir_node *node)
{
	static const char *const units[] = { "unit", "code", NULL };

	narrative_escape(buf, fhir_node_text(node, SLICE("value")));
	buf_append_char(buf, ' ');
	first_of(buf, node, units);
}

/** "1–2 h" when both ends have one unit, "≤ 2 h", "≥ 1 h". */
static void write_range(struct buf *buf, const struct fhir_node *node)
{
	const struct fhir_node *low = fhir_node_child(node, SLICE("low")), *high = fhir_node_child(node, SLICE("high"));

	if (!low && !high)
		return;
	if (!low || !high) {
		buf_append(buf, low ? SLICE("≥ ") : SLICE("≤ "));
		write_quantity(buf, low ? low : high);
		return;
	}
	struct slice from = fhir_node_text(low, SLICE("value"));
	bool same_unit = slice_equal(fhir_node_text(low, SLICE("code")), fhir_node_text(high, SLICE("code")));

	if (same_unit && slice_equal(from, fhir_node_text(high, SLICE("value")))) {
		write_quantity(buf, high);
		return;
	}
	if (same_unit)
		narrative_escape(buf, from);
	if (!same_unit)
		write_quantity(buf, low);
	buf_append(buf, SLICE("–"));
	write_quantity(buf, high);
}

static void write_period(struct buf *buf, const struct fhir_node *node)
{
	static const char *const start[] = { "start", NULL }, *const end[] = { "end", NULL };

	first_of(buf, node, start);
	buf_append(buf, SLICE(" – "));
	first_of(buf, node, end);
}

static bool is_moment(const struct fhir_node *node)
{
	return (slice_equal(node->type->name, SLICE("dateTime")) || slice_equal(node->type->name, SLICE("instant"))) &&
	       slice_find(node->value, SLICE("T")) != SIZE_MAX;
}

/** "2026-11-23T20:00:00.000Z" as "2026-11-23 20:00:00 UTC". */
static void write_moment(struct buf *buf, struct slice value)
{
	struct slice date = slice_cut(&value, 'T');
	size_t end = 0, zone;

	while (end < value.len && (value.ptr[end] == ':' || (value.ptr[end] >= '0' && value.ptr[end] <= '9')))
		end++;
	for (zone = end; zone < value.len && (value.ptr[zone] == '.' || (value.ptr[zone] >= '0' && value.ptr[zone] <= '9'));)
		zone++;
	narrative_escape(buf, date);
	buf_append_char(buf, ' ');
	narrative_escape(buf, (struct slice){ value.ptr, end });
	if (zone == value.len)
		return;
	buf_append(buf, SLICE(" UTC"));
	if (value.ptr[zone] != 'Z')
		narrative_escape(buf, slice_from(value, zone));
}

/** A system of codes by its title. */
static struct slice system_title(const struct fhir_node *node)
{
	const struct fhir_code_system *system =
	    slice_equal(node->type->name, SLICE("uri")) ? fhir_code_system_find(node->value) : NULL;

	return system ? system->title : SLICE_NONE;
}

bool narrative_is_reworded(const struct fhir_node *node)
{
	return is_moment(node) || system_title(node).ptr;
}

static void write_primitive(struct buf *buf, const struct fhir_node *node)
{
	struct slice title = system_title(node);

	if (is_moment(node))
		write_moment(buf, node->value);
	else
		narrative_escape(buf, title.ptr ? title : node->value);
}

/** How a data type without a value of its own is read: by a function, or by the first of some children. */
static const struct reading {
	const char *type;
	void (*write)(struct buf *buf, const struct fhir_node *node);
	const char *names[5];
} readings[] = {
	{ "Attachment", NULL, { "title", "url" } },
	{ "CodeableConcept", NULL, { "text", "coding" } },
	{ "CodeableReference", NULL, { "concept", "reference" } },
	{ "Coding", NULL, { "display", "code" } },
	{ "ContactDetail", NULL, { "name" } },
	{ "Identifier", NULL, { "value" } },
	{ "Period", write_period, { NULL } },
	{ "Quantity", write_quantity, { NULL } },
	{ "Range", write_range, { NULL } },
	{ "Reference", NULL, { "display", "reference", "identifier" } },
	{ "RelatedArtifact", NULL, { "display", "citation", "resource" } },
	{ "UsageContext", NULL, { "value" } },
};

void narrative_value(struct buf *buf, const struct fhir_node *node)
{
	if (node->type->kind == FHIR_KIND_PRIMITIVE) {
		write_primitive(buf, node);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(readings); i++) {
		if (!fhir_type_is(node->type, slice_of(readings[i].type)))
			continue;
		if (readings[i].write)
			readings[i].write(buf, node);
		else
			first_of(buf, node, readings[i].names);
		return;
	}
}

/* ---- lines ---- */

struct joined {
	struct buf *buf;
	size_t start;
};

static void join_value(void *context, const struct fhir_node *node)
{
	struct joined *joined = context;
	size_t before = joined->buf->len;

	if (before != joined->start)
		buf_append(joined->buf, SLICE(", "));
	size_t text = joined->buf->len;

	narrative_value(joined->buf, node);
	if (joined->buf->len == text)
		joined->buf->len = before;
}

/** The values at the first of the `|`-separated paths that has any. */
static bool fill(struct buf *buf, struct slice paths, const struct fhir_node *node)
{
	struct joined joined = { buf, buf->len };

	while (paths.len && buf->len == joined.start)
		narrative_each(node, slice_cut(&paths, '|'), join_value, &joined);
	return buf->len != joined.start;
}

/** Appends `line` without optional parts; false when a path in it has no value. */
static bool fill_all(struct buf *buf, struct slice line, const struct fhir_node *node)
{
	bool complete = true;

	while (line.len) {
		struct slice literal = slice_cut(&line, '{');

		narrative_escape(buf, literal);
		if (line.len && !fill(buf, slice_cut(&line, '}'), node))
			complete = false;
	}
	return complete;
}

/** A separator that nothing follows is not shown. */
static void drop_separator(struct buf *buf, size_t start)
{
	while (buf->len > start && (buf->ptr[buf->len - 1] == ' ' || buf->ptr[buf->len - 1] == ':') && !buf->failed)
		buf->len--;
}

void narrative_line(struct buf *buf, struct slice line, const struct fhir_node *node)
{
	size_t start = buf->len;

	while (line.len) {
		fill_all(buf, slice_cut(&line, '['), node);
		if (!line.len)
			break;
		size_t before = buf->len;

		if (!fill_all(buf, slice_cut(&line, ']'), node) && !buf->failed)
			buf->len = before;
	}
	drop_separator(buf, start);
}
