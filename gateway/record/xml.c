/* SPDX-License-Identifier: Apache-2.0 */
/* XML of any kind whose names are those of a model. libxml2 reads; nothing is loaded from elsewhere. */
#include "record/file.h"

#include <libxml/parser.h>
#include <string.h>

#define DEPTH_MAX 64u

static struct slice name_of(const xmlChar *name)
{
	return slice_of((const char *)name);
}

static bool fail(struct record_file *file, const xmlNode *at, const char *what)
{
	return record_file_fail(file, (uint32_t)xmlGetLineNo(at), 1, "%s: %.200s", what, (const char *)at->name);
}

static struct fhir_node *add_child(struct record_file *file, struct fhir_node *parent, const xmlNode *at)
{
	const struct fhir_type *choice;
	struct slice name = name_of(at->name);
	const struct fhir_element *element = fhir_element_find(parent->type, name, &choice);
	struct fhir_node *node = NULL;

	if (!element) {
		record_file_unknown(file, (uint32_t)xmlGetLineNo(at), 1, parent->type, name);
		return NULL;
	}
	if (!choice && element->type_count != 1)
		(void)fail(file, at, "this element can have several types: name one, as valueString for value");
	else if (element->max == 1 && fhir_node_child(parent, element->name))
		(void)fail(file, at, "this element stands once only");
	else if (!(node = fhir_node_add(file->arena, parent, name, NULL)))
		error_memory(file->err);
	if (node)
		node->line = (uint32_t)xmlGetLineNo(at);
	return node;
}

/** Text of an element or attribute, white space around it left out. */
static bool set_text(struct record_file *file, struct fhir_node *node, const xmlNode *at)
{
	xmlChar *text = xmlNodeListGetString(at->doc, at->children, 1);
	struct slice value = slice_trim(name_of(text));
	bool set = value.len == 0 || record_file_set(file, node, value);

	xmlFree(text);
	return set;
}

static bool read_attributes(struct record_file *file, struct fhir_node *node, const xmlNode *at)
{
	for (const xmlAttr *attribute = at->properties; attribute; attribute = attribute->next) {
		const xmlNode *as_node = (const xmlNode *)attribute;
		bool is_value = node->type->kind == FHIR_KIND_PRIMITIVE && slice_equal(name_of(attribute->name), SLICE("value"));
		struct fhir_node *child = is_value ? node : add_child(file, node, as_node);

		if (!child || !set_text(file, child, as_node))
			return false;
	}
	return true;
}

static bool read_element(struct record_file *file, struct fhir_node *node, const xmlNode *at, unsigned depth)
{
	bool has_elements = false;

	if (depth > DEPTH_MAX)
		return fail(file, at, "elements are nested too deeply");
	if (!read_attributes(file, node, at))
		return false;
	for (const xmlNode *part = at->children; part; part = part->next) {
		if (part->type == XML_ENTITY_REF_NODE)
			return fail(file, part, "entities are refused");
		if (part->type != XML_ELEMENT_NODE)
			continue;
		struct fhir_node *child = add_child(file, node, part);

		has_elements = true;
		if (!child || !read_element(file, child, part, depth + 1))
			return false;
	}
	if (!has_elements)
		return node->value.ptr || set_text(file, node, at);
	for (const xmlNode *part = at->children; part; part = part->next)
		if ((part->type == XML_TEXT_NODE || part->type == XML_CDATA_SECTION_NODE) && !xmlIsBlankNode(part))
			return fail(file, at, "text stands between elements of");
	return true;
}

static bool read_record(struct record_file *file, const xmlNode *at)
{
	struct fhir_node *record = fhir_node_new(file->arena, file->type);

	if (!record)
		return error_memory(file->err);
	record->line = (uint32_t)xmlGetLineNo(at);
	return read_element(file, record, at, 0) && record_file_add(file, record);
}

/** Elements named as the form says, wherever they stand; without such a name the root. */
static bool find_records(struct record_file *file, const xmlNode *at, unsigned depth)
{
	if (!file->form.row.len || slice_equal(name_of(at->name), file->form.row))
		return read_record(file, at);
	if (depth > DEPTH_MAX)
		return fail(file, at, "elements are nested too deeply");
	for (const xmlNode *part = at->children; part; part = part->next)
		if (part->type == XML_ELEMENT_NODE && !find_records(file, part, depth + 1))
			return false;
	return true;
}

bool record_read_xml(struct record_file *file)
{
	xmlParserCtxt *parser = file->bytes.len < INT32_MAX ? xmlNewParserCtxt() : NULL;
	xmlDoc *document;
	bool read = false;

	if (!parser)
		return error_memory(file->err);
	document = xmlCtxtReadMemory(parser, file->bytes.ptr, (int)file->bytes.len, NULL, NULL,
				     XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA);
	const xmlError *wrong = xmlCtxtGetLastError(parser);
	if (!document)
		record_file_fail(file, wrong ? (uint32_t)wrong->line : 1, wrong ? (uint32_t)wrong->int2 : 1, "%.*s",
				 SLICE_ARG(slice_trim(slice_of(wrong && wrong->message ? wrong->message : "not XML"))));
	else if (document->intSubset)
		record_file_fail(file, 1, 1, "a document type declaration is refused");
	else
		read = find_records(file, xmlDocGetRootElement(document), 0);
	xmlFreeDoc(document);
	xmlFreeParserCtxt(parser);
	return read;
}
