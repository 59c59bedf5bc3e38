/* SPDX-License-Identifier: Apache-2.0 */
/** XML as events, before any FHIR meaning: what libxml2 finds, within limits, with exact positions, without DTDs. */
#ifndef CANNULA_FHIR_XML_H
#define CANNULA_FHIR_XML_H

#include "cannula/fhir.h"

#define XML_NAMESPACE_FHIR SLICE("http://hl7.org/fhir")
#define XML_NAMESPACE_XHTML SLICE("http://www.w3.org/1999/xhtml")
#define XML_NAMESPACE_XSI SLICE("http://www.w3.org/2001/XMLSchema-instance")

/** A start tag. Texts live until the call returns. */
struct xml_tag {
	struct slice name, prefix, space; /**< local name; prefix and namespace, absent when there is none */
	size_t start;                     /**< offset of its < */
	uint32_t line, column;            /**< of its < */
	uint32_t attribute_count;
	const unsigned char *const *attributes; /**< as libxml2 has them: xml_attribute reads them */
};

struct xml_attribute {
	struct slice name, space, value; /**< `space` absent: none */
};

struct xml_attribute xml_attribute(const struct xml_tag *tag, uint32_t index);

/** Why reading stopped. */
struct xml_refusal {
	const char *code; /**< FHIR issue-type */
	char text[192];
	uint32_t line, column;
};

/** Called in document order; false stops. `end` is the offset behind an element's last >. */
struct xml_events {
	bool (*on_start)(void *context, const struct xml_tag *tag);
	bool (*on_end)(void *context, size_t end);
	bool (*on_text)(void *context, struct slice text, uint32_t line, uint32_t column); /**< white space too; in pieces */
};

/** False: stopped; by an event when `refusal->code` is NULL. `scratch` is for what the limits ask to be counted. */
bool xml_parse(struct arena *scratch, struct slice xml, const struct fhir_xml_limits *limits, const struct xml_events *events,
	       void *context, struct xml_refusal *refusal) MUST_USE;

/** What a text that claims to be a narrative is by itself. */
enum xml_div {
	XML_DIV_GOOD,     /**< one div in the namespace of XHTML */
	XML_DIV_NO_SPACE, /**< one div in no namespace: it needs the declaration */
	XML_DIV_WRONG,    /**< `refusal` tells */
};
enum xml_div xml_div_check(struct slice div, struct xml_refusal *refusal) MUST_USE;
/** Appends a div, with the declaration when it needs one. */
void xml_div_append(struct buf *buf, struct slice div, enum xml_div kind);

#endif
