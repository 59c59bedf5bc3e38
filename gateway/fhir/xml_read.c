/* SPDX-License-Identifier: Apache-2.0 */
/* FHIR, "XML Representation of Resources": elements become a tree by the tables. */
#include "fhir/json.h"
#include "fhir/node.h"
#include "fhir/schema.h"
#include "fhir/xml.h"

#include <string.h>

#define SCRATCH_BYTES (1u << 20)

/** An open element. One that holds a resource (contained) is a level in XML and none in the tree: it has no node of its own. */
struct frame {
	struct fhir_node *node;              /**< the element's; of the parent for one that holds a resource */
	const struct fhir_element *holds;    /**< set: waiting for a resource of this element */
	const struct fhir_element *previous; /**< of the last child */
	uint32_t repetitions;                /**< of `previous` so far */
	uint32_t line, column;
	bool has_resource, has_text, has_skipped;
};

struct reader {
	struct arena *arena;
	const struct fhir_schema *schema;
	const struct fhir_type *asked;
	const struct fhir_xml_limits *limits;
	struct issues *issues;
	struct slice xml;
	struct fhir_node *root;
	struct frame *frames;
	uint32_t depth;
	uint32_t skipped;      /**< open elements of a part that is left out */
	struct fhir_node *div; /**< the narrative being read */
	size_t div_start;
	uint32_t div_depth;
};

/* ---- telling ---- */

static void tell(struct reader *reader, enum issue_severity severity, const struct fhir_node *node, const struct xml_tag *tag,
		 const char *code, struct slice name, const char *what)
{
	struct slice path = SLICE_NONE;

	if (node && reader->issues->count < reader->issues->max_count)
		path = fhir_node_path(reader->issues->arena, node);
	name = json_clip(name);
	issue_add(reader->issues, severity, code, path, tag->line, tag->column, "%s%.*s%s%s", name.ptr ? "\"" : "",
		  SLICE_ARG(name), name.ptr ? "\": " : "", what);
}

static void wrong(struct reader *reader, const struct fhir_node *node, const struct xml_tag *tag, const char *code,
		  const char *what)
{
	tell(reader, ISSUE_ERROR, node, tag, code, tag->name, what);
}

/** Told as a warning when the reader is lenient; else an error. Returns whether reading goes on as if it were right. */
static bool forgive(struct reader *reader, const struct fhir_node *node, const struct xml_tag *tag, struct slice name,
		    const char *what)
{
	tell(reader, reader->limits->lenient ? ISSUE_WARNING : ISSUE_ERROR, node, tag, "structure", name, what);
	return reader->limits->lenient;
}

static bool out_of_memory(struct reader *reader, const struct xml_tag *tag)
{
	tell(reader, ISSUE_FATAL, NULL, tag, "too-costly", SLICE_NONE, "no memory is left for the resource");
	return false;
}

/** Leaves an element out with all below it: told already. */
static bool skip(struct reader *reader)
{
	reader->skipped = 1;
	reader->frames[reader->depth - 1].has_skipped = true;
	return true;
}

static void push(struct reader *reader, struct fhir_node *node, const struct fhir_element *holds, const struct xml_tag *tag)
{
	reader->frames[reader->depth++] =
	    (struct frame){ .node = node, .holds = holds, .line = tag->line, .column = tag->column };
}

/* ---- attributes ---- */

static bool set_value(struct reader *reader, struct fhir_node *node, const struct xml_tag *tag, struct slice value)
{
	static const char *const wanted[] = { "must be text", "must be a number as in JSON", "must be true or false" };

	if (value.len == 0) {
		wrong(reader, node, tag, "value", "must not be empty");
		return true;
	}
	if (!value_has_form(value, node->type->json_form))
		wrong(reader, node, tag, "value", wanted[node->type->json_form]);
	node->value = arena_copy(reader->arena, value);
	return node->value.ptr || out_of_memory(reader, tag);
}

static bool add_attribute(struct reader *reader, struct fhir_node *node, const struct xml_tag *tag,
			  const struct fhir_element *element, struct slice value)
{
	struct fhir_node *child = node_make(reader->arena, element->types[0], element);

	if (!child)
		return out_of_memory(reader, tag);
	child->line = tag->line;
	child->column = tag->column;
	node_insert(node, node_place(node, element), child);
	return set_value(reader, child, tag, value);
}

static bool read_attribute(struct reader *reader, struct fhir_node *node, const struct xml_tag *tag,
			   const struct xml_attribute *attribute)
{
	const struct fhir_element *element = NULL;

	if (slice_equal(attribute->space, XML_NAMESPACE_XSI) && slice_equal(attribute->name, SLICE("schemaLocation")) &&
	    node->type->kind != FHIR_KIND_PRIMITIVE)
		return true;
	if (!attribute->space.ptr && node->type->kind == FHIR_KIND_PRIMITIVE && slice_equal(attribute->name, SLICE("value")))
		return set_value(reader, node, tag, attribute->value);
	if (!attribute->space.ptr)
		element = fhir_element_find(node->type, attribute->name, NULL);
	if (element && element->is_attribute)
		return add_attribute(reader, node, tag, element, attribute->value);
	forgive(reader, node, tag, attribute->name, "no such attribute");
	return true;
}

static bool read_attributes(struct reader *reader, struct fhir_node *node, const struct xml_tag *tag)
{
	for (uint32_t i = 0; i < tag->attribute_count; i++) {
		struct xml_attribute attribute = xml_attribute(tag, i);
		if (!read_attribute(reader, node, tag, &attribute))
			return false;
	}
	return true;
}

/* ---- resources ---- */

static const struct fhir_type *resource_type(struct reader *reader, const struct xml_tag *tag)
{
	const struct fhir_type *type = fhir_type_find(reader->schema, tag->name);

	if (type && type->kind == FHIR_KIND_RESOURCE && !type->is_abstract && slice_equal(type->name, tag->name))
		return type;
	tell(reader, ISSUE_ERROR, NULL, tag, "structure", tag->name,
	     fhir_schema_version(reader->schema) == FHIR_R4 ? "no such resource type in FHIR 4.0.1"
							    : "no such resource type in FHIR 5.0.0");
	return NULL;
}

static bool start_root(struct reader *reader, const struct xml_tag *tag)
{
	const struct fhir_type *type = reader->asked;

	if (type && !slice_equal(type->name, tag->name)) {
		wrong(reader, NULL, tag, "structure", "another type was expected");
		return false;
	}
	if (!type && !(type = resource_type(reader, tag)))
		return false;
	reader->root = fhir_node_new(reader->arena, type);
	if (!reader->root)
		return out_of_memory(reader, tag);
	reader->root->line = tag->line;
	reader->root->column = tag->column;
	push(reader, reader->root, NULL, tag);
	return read_attributes(reader, reader->root, tag);
}

static bool start_node(struct reader *reader, struct fhir_node *parent, const struct fhir_element *element,
		       const struct fhir_type *type, const struct xml_tag *tag)
{
	struct fhir_node *node = node_make(reader->arena, type, element);

	if (!node)
		return out_of_memory(reader, tag);
	node->line = tag->line;
	node->column = tag->column;
	node_insert(parent, node_place(parent, element), node);
	push(reader, node, NULL, tag);
	return read_attributes(reader, node, tag);
}

static bool start_held(struct reader *reader, struct frame *frame, const struct xml_tag *tag)
{
	const struct fhir_type *type;

	if (frame->has_resource) {
		wrong(reader, frame->node, tag, "structure", "only one resource can stand here");
		return skip(reader);
	}
	frame->has_resource = true;
	type = resource_type(reader, tag);
	return type ? start_node(reader, frame->node, frame->holds, type, tag) : skip(reader);
}

/* ---- elements ---- */

/** A narrative is kept as it stands: from here to its end the events only show where that is. */
static bool start_div(struct reader *reader, struct fhir_node *parent, const struct fhir_element *element,
		      const struct xml_tag *tag)
{
	struct fhir_node *node = node_make(reader->arena, element->types[0], element);

	if (!node)
		return out_of_memory(reader, tag);
	node->line = tag->line;
	node->column = tag->column;
	node_insert(parent, node_place(parent, element), node);
	reader->div = node;
	reader->div_start = tag->start;
	reader->div_depth = 1;
	return true;
}

static uint32_t count_of(const struct fhir_node *parent, const struct fhir_element *element)
{
	uint32_t count = 0;

	for (const struct fhir_node *child = parent->first; child; child = child->next)
		count += child->element == element;
	return count;
}

/** Order and number of repetitions. False: told. */
static bool check_place(struct reader *reader, struct frame *frame, const struct fhir_element *element, const struct xml_tag *tag)
{
	bool disordered = frame->previous && frame->previous->order > element->order;

	if (disordered && !forgive(reader, frame->node, tag, tag->name, "stands behind elements that it must precede"))
		return false;
	frame->repetitions = frame->previous == element ? frame->repetitions + 1 : 1;
	if (disordered || reader->limits->lenient)
		frame->repetitions = count_of(frame->node, element) + 1;
	frame->previous = element;
	if (element->max == FHIR_UNBOUNDED || frame->repetitions <= element->max)
		return true;
	wrong(reader, frame->node, tag, "structure",
	      element->is_choice && element->max == 1 ? "only one type of a choice can be given, and once"
						      : "has more repetitions than allowed");
	return false;
}

/** What the tag means below the frame's node; NULL: told why not. */
static const struct fhir_element *find_element(struct reader *reader, const struct frame *frame, const struct xml_tag *tag,
					       const struct fhir_type **type)
{
	const struct fhir_element *element = fhir_element_find(frame->node->type, tag->name, type);
	bool is_div =
	    element && element->types[0]->kind == FHIR_KIND_PRIMITIVE && slice_equal(element->types[0]->name, SLICE("xhtml"));

	if (element && element->is_choice && !*type) {
		wrong(reader, frame->node, tag, "structure", "the name of this element ends with its type, as in valueString");
		return NULL;
	}
	if (element && element->is_attribute) {
		wrong(reader, frame->node, tag, "structure", "is an attribute in XML");
		return NULL;
	}
	if (element && element->max && slice_equal(tag->space, is_div ? XML_NAMESPACE_XHTML : XML_NAMESPACE_FHIR)) {
		if (!*type)
			*type = element->types[0];
		return element;
	}
	forgive(reader, frame->node, tag, tag->name,
		element && element->max ? "not in the namespace that this element has" : "no such element");
	return NULL;
}

static bool start_child(struct reader *reader, struct frame *frame, const struct xml_tag *tag)
{
	const struct fhir_type *type;
	const struct fhir_element *element = find_element(reader, frame, tag, &type);

	if (!element || !check_place(reader, frame, element, tag))
		return skip(reader);
	if (slice_equal(type->name, SLICE("xhtml")))
		return start_div(reader, frame->node, element, tag);
	if (!element_holds_resource(element))
		return start_node(reader, frame->node, element, type, tag);
	if (tag->attribute_count > 0)
		wrong(reader, frame->node, tag, "structure", "has no attributes");
	push(reader, frame->node, element, tag);
	return true;
}

static bool on_start(void *context, const struct xml_tag *tag)
{
	struct reader *reader = context;
	struct frame *frame = reader->depth ? &reader->frames[reader->depth - 1] : NULL;

	if (reader->skipped) {
		reader->skipped++;
		return true;
	}
	if (reader->div) {
		reader->div_depth++;
		return true;
	}
	if ((!frame || frame->holds) && !slice_equal(tag->space, XML_NAMESPACE_FHIR)) {
		wrong(reader, frame ? frame->node : NULL, tag, "structure", "a resource is in the namespace http://hl7.org/fhir");
		return frame ? skip(reader) : false;
	}
	if (!frame)
		return start_root(reader, tag);
	return frame->holds ? start_held(reader, frame, tag) : start_child(reader, frame, tag);
}

/* ---- ends ---- */

/** The narrative must also be one by itself: names bound to namespaces outside of it would get lost. */
static bool end_div(struct reader *reader, size_t end)
{
	struct slice text = { reader->xml.ptr + reader->div_start, end - reader->div_start };
	struct xml_tag tag = { .name = SLICE("div"), .line = reader->div->line, .column = reader->div->column };
	struct fhir_node *node = reader->div;
	struct xml_refusal refusal;
	enum xml_div kind = xml_div_check(text, &refusal);
	struct buf buf;

	reader->div = NULL;
	if (kind == XML_DIV_WRONG) {
		wrong(reader, node, &tag, refusal.code, refusal.text);
		return true;
	}
	buf_init(&buf, reader->limits->max_bytes + 64);
	xml_div_append(&buf, text, kind);
	node->value = buf.failed ? SLICE_NONE : arena_copy(reader->arena, buf_slice(&buf));
	buf_free(&buf);
	return node->value.ptr || out_of_memory(reader, &tag);
}

/** "FHIR elements are never empty". */
static void check_content(struct reader *reader, const struct frame *frame)
{
	struct xml_tag tag = { .line = frame->line, .column = frame->column };

	if (frame->has_skipped)
		return;
	if (frame->holds && !frame->has_resource)
		tell(reader, ISSUE_ERROR, frame->node, &tag, "structure", frame->holds->name, "holds no resource");
	if (frame->holds || frame->node->type->kind == FHIR_KIND_RESOURCE)
		return;
	if (!frame->node->value.ptr && !frame->node->first)
		tell(reader, ISSUE_ERROR, frame->node, &tag, "structure", SLICE_NONE, "an element must not be empty");
}

static bool on_end(void *context, size_t end)
{
	struct reader *reader = context;

	if (reader->skipped) {
		reader->skipped--;
		return true;
	}
	if (reader->div)
		return --reader->div_depth > 0 || end_div(reader, end);
	check_content(reader, &reader->frames[--reader->depth]);
	return true;
}

static bool on_text(void *context, struct slice text, uint32_t line, uint32_t column)
{
	struct reader *reader = context;
	struct frame *frame = reader->depth ? &reader->frames[reader->depth - 1] : NULL;
	struct xml_tag tag = { .line = line, .column = column };

	if (reader->skipped || reader->div || !frame || frame->has_text || slice_trim(text).len == 0)
		return true;
	frame->has_text = true;
	tell(reader, ISSUE_ERROR, frame->node, &tag, "structure", SLICE_NONE, "text cannot stand here: values are attributes");
	return true;
}

/* ---- the document ---- */

static bool read_all(struct reader *reader, struct arena *scratch)
{
	static const struct xml_events events = { .on_start = on_start, .on_end = on_end, .on_text = on_text };
	size_t errors = reader->issues->error_count;
	struct xml_refusal refusal;

	reader->frames = arena_new_array(scratch, struct frame, reader->limits->max_depth);
	if (!reader->frames)
		return out_of_memory(reader, &(struct xml_tag){ 0 });
	if (!xml_parse(scratch, reader->xml, reader->limits, &events, reader, &refusal) && refusal.code)
		issue_add(reader->issues, ISSUE_FATAL, refusal.code, SLICE_NONE, refusal.line, refusal.column, "%s",
			  refusal.text);
	return reader->issues->error_count == errors;
}

bool fhir_xml_read(struct arena *arena, const struct fhir_schema *schema, const struct fhir_type *type, struct slice xml,
		   const struct fhir_xml_limits *limits, struct issues *issues, struct fhir_node **out)
{
	struct reader reader = {
		.arena = arena, .schema = schema, .asked = type, .limits = limits, .issues = issues, .xml = xml
	};
	struct arena *scratch = arena_new(SCRATCH_BYTES);

	*out = NULL;
	if (!scratch)
		return out_of_memory(&reader, &(struct xml_tag){ 0 });
	if (read_all(&reader, scratch))
		*out = reader.root;
	arena_free(scratch);
	return *out != NULL;
}
