/* SPDX-License-Identifier: Apache-2.0 */
/* FHIR, "Narrative": txt-1 (the elements and attributes of HTML that may stand in it) and txt-2 (there must be something to
 * read). libxml2 parses; entities of a DTD are never loaded. */
#include "validate/run.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <string.h>

#define XHTML "http://www.w3.org/1999/xhtml"
#define DEPTH_MAX 200u
#define WORD_BYTES 40

static const char elements[] =
    " a abbr acronym address area b bdo big blockquote br caption cite code col colgroup dd del dfn div dl dt "
    "em h1 h2 h3 h4 h5 h6 hr i img ins kbd li map ol p pre q s samp small span strong sub sup table tbody td "
    "tfoot th thead tr tt u ul var ";

/** Of any element, or "element.attribute". */
static const char attributes[] =
    " abbr accesskey align axis char charoff class colspan dir headers id lang rowspan scope span style tabindex title valign "
    "width "
    "a.charset a.coords a.href a.hreflang a.name a.rel a.rev a.shape a.type area.alt area.coords area.href area.nohref "
    "area.shape "
    "blockquote.cite col.span del.cite del.datetime div.xmlns img.alt img.border img.height img.ismap img.longdesc img.src "
    "img.usemap "
    "ins.cite ins.datetime li.value map.name ol.start ol.type pre.space q.cite table.bgcolor table.border table.cellpadding "
    "table.cellspacing table.frame table.rules table.summary td.bgcolor td.height td.nowrap th.nowrap tr.bgcolor tr.height ";

struct reading {
	struct run *run;
	const struct fhir_node *div;
	bool has_content;
};

static bool is_word(const char *list, const char *word)
{
	char spaced[WORD_BYTES];
	int length = snprintf(spaced, sizeof(spaced), " %s ", word);

	return length > 0 && (size_t)length < sizeof(spaced) && strstr(list, spaced) != NULL;
}

static void wrong(struct reading *reading, const char *what, const char *name)
{
	run_issue(reading->run, reading->div, ISSUE_ERROR, "invariant", SLICE("txt-1"),
		  "%s \"%.60s\" cannot stand in a narrative", what, name);
}

static void check_attributes(struct reading *reading, const xmlNode *element)
{
	char both[WORD_BYTES * 2];

	for (const xmlAttr *attribute = element->properties; attribute; attribute = attribute->next) {
		const char *name = (const char *)attribute->name;

		snprintf(both, sizeof(both), "%s.%s", (const char *)element->name, name);
		if (!is_word(attributes, name) && !is_word(attributes, both))
			wrong(reading, "the attribute", both);
	}
}

static void check_text(struct reading *reading, const xmlNode *text)
{
	struct slice content = slice_of((const char *)text->content);

	if (slice_trim(content).len)
		reading->has_content = true;
}

static void check_nodes(struct reading *reading, const xmlNode *node, unsigned depth)
{
	if (depth > DEPTH_MAX)
		wrong(reading, "nesting as deep as this", "");
	for (; node && depth <= DEPTH_MAX; node = node->next) {
		if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE || node->type == XML_ENTITY_REF_NODE)
			check_text(reading, node);
		if (node->type != XML_ELEMENT_NODE)
			continue;
		const char *name = (const char *)node->name;
		if (!is_word(elements, name))
			wrong(reading, "the element", name);
		reading->has_content |= strcmp(name, "img") == 0;
		check_attributes(reading, node);
		check_nodes(reading, node->children, depth + 1);
	}
}

static void check_document(struct reading *reading, const xmlDoc *document)
{
	const xmlNode *root = xmlDocGetRootElement(document);
	bool is_div = root && strcmp((const char *)root->name, "div") == 0;

	if (document->intSubset)
		wrong(reading, "a declaration", "DOCTYPE");
	if (!is_div || !root->ns || strcmp((const char *)root->ns->href, XHTML) != 0) {
		run_issue(reading->run, reading->div, ISSUE_ERROR, "invalid", SLICE_NONE,
			  "a narrative is a <div xmlns=\"" XHTML "\">");
		return;
	}
	check_attributes(reading, root);
	check_nodes(reading, root->children, 1);
	if (!reading->has_content)
		run_issue(reading->run, reading->div, ISSUE_ERROR, "invariant", SLICE("txt-2"),
			  "the narrative has nothing to read");
}

void narrative_check(struct run *run, const struct fhir_node *div)
{
	struct reading reading = { .run = run, .div = div };
	xmlParserCtxt *parser = xmlNewParserCtxt();

	if (!div->value.ptr || !parser) {
		xmlFreeParserCtxt(parser);
		return;
	}
	xmlDoc *document = xmlCtxtReadMemory(parser, div->value.ptr, (int)div->value.len, NULL, "UTF-8",
					     XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA);
	if (document)
		check_document(&reading, document);
	else
		run_issue(run, div, ISSUE_ERROR, "invalid", SLICE_NONE, "the narrative is no well-formed XHTML: %.200s",
			  parser->lastError.message ? parser->lastError.message : "");
	xmlFreeDoc(document);
	xmlFreeParserCtxt(parser);
}
