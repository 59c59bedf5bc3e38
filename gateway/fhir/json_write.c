/* SPDX-License-Identifier: Apache-2.0 */
/* FHIR, "JSON Representation of Resources". */
#include "fhir/node.h"

#include <string.h>

struct writer {
	struct buf *buf;
	bool pretty;
	unsigned depth;
};

/* ---- JSON itself (RFC 8259) ---- */

static void escape_append(struct buf *buf, char c)
{
	static const char letters[] = { ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r' };

	buf_append_char(buf, '\\');
	if (c == '"' || c == '\\')
		buf_append_char(buf, c);
	else if ((size_t)c < sizeof(letters) && letters[(size_t)c])
		buf_append_char(buf, letters[(size_t)c]);
	else
		buf_printf(buf, "u%04x", (unsigned)c);
}

static bool is_escaped(char c)
{
	return (unsigned char)c < 0x20 || c == '"' || c == '\\';
}

#define EACH_BYTE(c) (0x0101010101010101u * (unsigned char)(c))

/** Whether none of eight bytes needs an escape: most of a text is passed so, a word at a time. With 0x02 turned over in them,
 * control characters and the quote are those below 0x21, which borrow from their high bit when that is subtracted, as a backslash
 * does when it is made zero. A byte above such a one may borrow too; that costs a second look only. */
static bool eight_stand(const char *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	uint64_t quotes = (word ^ EACH_BYTE(2)) - EACH_BYTE('"' - 1), backslashes = (word ^ EACH_BYTE('\\')) - EACH_BYTE(1);
	return !((quotes | backslashes) & ~word & EACH_BYTE(0x80));
}

void fhir_json_write_string(struct buf *buf, struct slice text)
{
	size_t start = 0;

	buf_append_char(buf, '"');
	for (size_t i = 0; i < text.len; i++) {
		while (text.len - i >= 8 && eight_stand(text.ptr + i))
			i += 8;
		if (text.len >= 8 && text.len - i < 8 && eight_stand(text.ptr + text.len - 8))
			break; /* the end, with some bytes that were looked at before */
		if (!is_escaped(text.ptr[i]))
			continue;
		buf_append(buf, (struct slice){ text.ptr + start, i - start });
		escape_append(buf, text.ptr[i]);
		start = i + 1;
	}
	buf_append(buf, slice_from(text, start));
	buf_append_char(buf, '"');
}

static void line_start(const struct writer *writer)
{
	if (!writer->pretty)
		return;
	buf_append_char(writer->buf, '\n');
	for (unsigned i = 0; i < writer->depth; i++)
		buf_append(writer->buf, SLICE("  "));
}

/** The comma between members or items, and the line they begin on. */
static void next_item(const struct writer *writer, bool *first)
{
	if (!*first)
		buf_append_char(writer->buf, ',');
	*first = false;
	line_start(writer);
}

static void open(struct writer *writer, char bracket)
{
	buf_append_char(writer->buf, bracket);
	writer->depth++;
}

static void close(struct writer *writer, char bracket, bool empty)
{
	writer->depth--;
	if (!empty)
		line_start(writer);
	buf_append_char(writer->buf, bracket);
}

/* ---- elements ---- */

static void write_object(struct writer *writer, const struct fhir_node *node);

/** A value that is not what its type promises stays readable as a string: it must not break the document. */
static void write_value(const struct writer *writer, const struct fhir_node *node)
{
	struct slice value = node->value;
	enum fhir_json_form form = node->type->json_form;

	if (form != FHIR_JSON_STRING && value_has_form(value, form)) {
		buf_append(writer->buf, value);
		return;
	}
	fhir_json_write_string(writer->buf, value);
}

/** The three things a repetition can show under a key. */
enum part { PART_VALUE, PART_COMPANION, PART_OBJECT };

static bool has_part(const struct fhir_node *node, enum part part)
{
	if (part == PART_VALUE)
		return node->value.ptr != NULL;
	if (part == PART_OBJECT)
		return node_has_content(node);
	for (const struct fhir_node *child = node->first; child; child = child->next)
		if (node_has_content(child))
			return true;
	return false;
}

static void write_part(struct writer *writer, const struct fhir_node *node, enum part part)
{
	if (!has_part(node, part)) {
		buf_append(writer->buf, SLICE("null"));
		return;
	}
	if (part == PART_VALUE) {
		write_value(writer, node);
		return;
	}
	write_object(writer, node);
}

static void write_key(const struct writer *writer, const struct fhir_node *node, enum part part)
{
	buf_append_char(writer->buf, '"');
	if (part == PART_COMPANION)
		buf_append_char(writer->buf, '_');
	element_name_append(writer->buf, node->element, node->type);
	buf_append(writer->buf, writer->pretty ? SLICE("\": ") : SLICE("\":"));
}

/** All repetitions from `node` to before `end` under one key. */
static void write_member(struct writer *writer, const struct fhir_node *node, const struct fhir_node *end, enum part part)
{
	bool first = true;

	write_key(writer, node, part);
	if (node->element->max == 1) {
		write_part(writer, node, part);
		return;
	}
	open(writer, '[');
	for (; node != end; node = node->next) {
		if (!node_has_content(node))
			continue;
		next_item(writer, &first);
		write_part(writer, node, part);
	}
	close(writer, ']', first);
}

static bool any_part(const struct fhir_node *node, const struct fhir_node *end, enum part part)
{
	for (; node != end; node = node->next)
		if (has_part(node, part))
			return true;
	return false;
}

/** "Objects are never empty": an element without value and children is not written. */
static void write_object(struct writer *writer, const struct fhir_node *node)
{
	bool first = true;

	open(writer, '{');
	if (node->type->kind == FHIR_KIND_RESOURCE) {
		next_item(writer, &first);
		buf_append(writer->buf, writer->pretty ? SLICE("\"resourceType\": ") : SLICE("\"resourceType\":"));
		fhir_json_write_string(writer->buf, node->type->name);
	}
	for (const struct fhir_node *child = node->first, *end; child; child = end) {
		bool primitive = child->type->kind == FHIR_KIND_PRIMITIVE;
		for (end = child->next; end && end->element == child->element; end = end->next)
			;
		for (int part = primitive ? PART_VALUE : PART_OBJECT; part <= (primitive ? PART_COMPANION : PART_OBJECT);
		     part++) {
			if (!any_part(child, end, (enum part)part))
				continue;
			next_item(writer, &first);
			write_member(writer, child, end, (enum part)part);
		}
	}
	close(writer, '}', first);
}

void fhir_json_write(struct buf *buf, const struct fhir_node *node, enum fhir_json_style style)
{
	struct writer writer = { buf, style == FHIR_JSON_PRETTY, 0 };

	if (node->type->kind == FHIR_KIND_PRIMITIVE && node->value.ptr)
		write_value(&writer, node);
	else
		write_object(&writer, node);
	if (writer.pretty)
		buf_append_char(buf, '\n');
}
