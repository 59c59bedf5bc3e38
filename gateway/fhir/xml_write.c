/* SPDX-License-Identifier: Apache-2.0 */
/* FHIR, "XML Representation of Resources". */
#include "fhir/node.h"
#include "fhir/xml.h"

#define PATH_ARENA_BYTES (16u << 10)

struct writer {
	struct buf *buf;
	struct error *err;
	bool pretty;
	unsigned depth;
};

static bool refuse(const struct writer *writer, const struct fhir_node *node, const char *what, const char *reason)
{
	struct arena *arena = arena_new(PATH_ARENA_BYTES);
	struct slice path = arena ? fhir_node_path(arena, node) : SLICE_NONE;

	if (path.len >= sizeof(writer->err->place))
		path.len = sizeof(writer->err->place) - 1;
	/* Copied into the error before the arena goes. */
	const char *place = path.ptr ? arena_cstr(arena, path) : NULL;
	error_set(writer->err, ERROR_UNSUPPORTED, place ? place : "", "%s%s", what, reason);
	arena_free(arena);
	return false;
}

/* ---- text ---- */

/** White space other than a space would be read as one (XML 1.0, 3.3.3). */
static void append_character(struct buf *buf, char c)
{
	struct slice reference = markup_reference(c);

	if (c == '\t' || c == '\n' || c == '\r')
		buf_printf(buf, "&#%d;", c);
	else
		buf_append(buf, reference.ptr ? reference : (struct slice){ &c, 1 });
}

static bool write_attribute(const struct writer *writer, const struct fhir_node *node, struct slice name)
{
	struct slice rest = node->value;

	buf_append_char(writer->buf, ' ');
	buf_append(writer->buf, name);
	buf_append(writer->buf, SLICE("=\""));
	while (rest.len > 0) {
		size_t plain = markup_plain(rest);

		buf_append(writer->buf, (struct slice){ rest.ptr, plain });
		rest = slice_from(rest, plain);
		if (rest.len == 0)
			break;
		if (markup_forbidden(rest))
			return refuse(writer, node, "a value has a character that XML cannot hold", "");
		append_character(writer->buf, rest.ptr[0]);
		rest = slice_from(rest, 1);
	}
	buf_append_char(writer->buf, '"');
	return true;
}

static void line_start(const struct writer *writer)
{
	if (!writer->pretty)
		return;
	buf_append_char(writer->buf, '\n');
	for (unsigned i = 0; i < writer->depth; i++)
		buf_append(writer->buf, SLICE("  "));
}

/* ---- elements ---- */

/** By what an element is called: the type's name for a whole resource, else the element's. */
enum named { NAMED_ROOT, NAMED_RESOURCE, NAMED_ELEMENT };

static bool write_element(struct writer *writer, const struct fhir_node *node, enum named named);

static void write_name(const struct writer *writer, const struct fhir_node *node, enum named named)
{
	if (named == NAMED_ELEMENT || (named == NAMED_ROOT && node->element && node->type->kind != FHIR_KIND_RESOURCE))
		element_name_append(writer->buf, node->element, node->type);
	else
		buf_append(writer->buf, node->type->name);
}

static bool write_attributes(const struct writer *writer, const struct fhir_node *node)
{
	if (node->value.ptr && !write_attribute(writer, node, SLICE("value")))
		return false;
	for (const struct fhir_node *child = node->first; child; child = child->next)
		if (child->element->is_attribute && child->value.ptr && !write_attribute(writer, child, child->element->name))
			return false;
	return true;
}

static bool write_div(const struct writer *writer, const struct fhir_node *node)
{
	struct xml_refusal refusal;
	enum xml_div kind = xml_div_check(node->value, &refusal);

	if (node->first)
		return refuse(writer, node, "a narrative cannot have children in XML", "");
	if (kind == XML_DIV_WRONG)
		return refuse(writer, node, "the narrative cannot stand in XML: ", refusal.text);
	line_start(writer);
	xml_div_append(writer->buf, node->value, kind);
	return true;
}

/** An element that holds a resource is a level of its own in XML. */
static bool write_held(struct writer *writer, const struct fhir_node *node)
{
	bool good;

	line_start(writer);
	buf_printf(writer->buf, "<%.*s>", SLICE_ARG(node->element->name));
	writer->depth++;
	line_start(writer);
	good = write_element(writer, node, NAMED_RESOURCE);
	writer->depth--;
	line_start(writer);
	buf_printf(writer->buf, "</%.*s>", SLICE_ARG(node->element->name));
	return good;
}

static bool write_child(struct writer *writer, const struct fhir_node *node)
{
	if (slice_equal(node->type->name, SLICE("xhtml")))
		return write_div(writer, node);
	if (element_holds_resource(node->element))
		return write_held(writer, node);
	line_start(writer);
	return write_element(writer, node, NAMED_ELEMENT);
}

static bool is_written(const struct fhir_node *child)
{
	return !child->element->is_attribute && node_has_content(child);
}

static bool write_children(struct writer *writer, const struct fhir_node *node, bool *any)
{
	*any = false;
	for (const struct fhir_node *child = node->first; child; child = child->next) {
		if (!is_written(child))
			continue;
		if (!*any)
			buf_append_char(writer->buf, '>');
		*any = true;
		if (!write_child(writer, child))
			return false;
	}
	return true;
}

/** From its < to its last >; the line it begins on is the caller's. */
static bool write_element(struct writer *writer, const struct fhir_node *node, enum named named)
{
	bool any, good;

	buf_append_char(writer->buf, '<');
	write_name(writer, node, named);
	if (named == NAMED_ROOT)
		buf_printf(writer->buf, " xmlns=\"%.*s\"", SLICE_ARG(XML_NAMESPACE_FHIR));
	if (!write_attributes(writer, node))
		return false;
	writer->depth++;
	good = write_children(writer, node, &any);
	writer->depth--;
	if (!any) {
		buf_append(writer->buf, SLICE("/>"));
		return good;
	}
	line_start(writer);
	buf_append(writer->buf, SLICE("</"));
	write_name(writer, node, named);
	buf_append_char(writer->buf, '>');
	return good;
}

bool fhir_xml_write(struct buf *buf, const struct fhir_node *node, enum fhir_xml_style style, struct error *err)
{
	struct writer writer = { buf, err, style == FHIR_XML_PRETTY, 0 };

	buf_append(buf, SLICE("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"));
	if (writer.pretty)
		buf_append_char(buf, '\n');
	if (!write_element(&writer, node, NAMED_ROOT))
		return false;
	if (writer.pretty)
		buf_append_char(buf, '\n');
	return true;
}
