/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/xml.h"

#include "fhir/place.h"

#include <libxml/parser.h>
#include <string.h>

/* How libxml2 hands over one attribute: local name, prefix, namespace, value, end of value. */
#define ATTRIBUTE_FIELDS 5
#define DIV_SCRATCH_BYTES (64u << 10)

#if LIBXML_VERSION >= 21200
#define LIBXML_ERROR const xmlError
#else
#define LIBXML_ERROR xmlError
#endif

struct parse {
	struct slice xml;
	const struct fhir_xml_limits *limits;
	const struct xml_events *events;
	void *context;
	struct xml_refusal *refusal;
	xmlParserCtxtPtr libxml;
	struct place place;
	uint32_t *children; /**< of each open element */
	uint32_t depth;
	bool stopped;
};

struct xml_attribute xml_attribute(const struct xml_tag *tag, uint32_t index)
{
	const unsigned char *const *fields = tag->attributes + (size_t)index * ATTRIBUTE_FIELDS;

	return (struct xml_attribute){
		.name = slice_of((const char *)fields[0]),
		.space = slice_of((const char *)fields[2]),
		.value = { (const char *)fields[3], (size_t)(fields[4] - fields[3]) },
	};
}

/* ---- stopping ---- */

static void stop(struct parse *parse)
{
	parse->stopped = true;
	if (parse->libxml)
		xmlStopParser(parse->libxml);
}

static bool refuse(struct parse *parse, const char *code, size_t offset, const char *what)
{
	if (!parse->stopped) {
		place_move(&parse->place, offset);
		parse->refusal->code = code;
		parse->refusal->line = parse->place.line;
		parse->refusal->column = place_column(&parse->place, offset);
		snprintf(parse->refusal->text, sizeof(parse->refusal->text), "%s", what);
		stop(parse);
	}
	return false;
}

/* ---- where libxml2 stands ---- */

static size_t offset_now(const struct parse *parse)
{
	const xmlParserInput *input = parse->libxml->input;
	size_t offset = input ? input->consumed + (size_t)(input->cur - input->base) : 0;

	return offset < parse->xml.len ? offset : parse->xml.len;
}

/** libxml2 tells of a tag when it has read its attributes; a < cannot stand in these. */
static size_t tag_start(const struct parse *parse)
{
	const char *bracket = memrchr(parse->xml.ptr, '<', offset_now(parse));

	return bracket ? (size_t)(bracket - parse->xml.ptr) : 0;
}

/* ---- libxml2's callbacks ---- */

static void on_start_document(void *context)
{
	struct parse *parse = context;
	const xmlParserCtxt *libxml = parse->libxml;
	/* libxml2 notes it here when it need not convert, and there when it does. */
	const xmlChar *noted = libxml->encoding || !libxml->input ? libxml->encoding : libxml->input->encoding;
	const char *declared = (const char *)noted;

	if (declared && !slice_equal_nocase(slice_of(declared), SLICE("utf-8")))
		refuse(parse, "structure", 0, "FHIR documents are UTF-8; this one declares another encoding");
}

static void on_dtd(void *context, const xmlChar *name, const xmlChar *public_id, const xmlChar *system_id)
{
	struct parse *parse = context;

	(void)name, (void)public_id, (void)system_id;
	refuse(parse, "security", tag_start(parse), "a document type declaration is not allowed");
}

static bool count_element(struct parse *parse, size_t start)
{
	if (parse->depth == parse->limits->max_depth)
		return refuse(parse, "too-costly", start, "elements are nested too deeply");
	if (parse->depth && parse->children[parse->depth - 1]++ == parse->limits->max_children)
		return refuse(parse, "too-costly", start, "too many elements in one element");
	parse->children[parse->depth++] = 0;
	return true;
}

static void on_start_element(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *space, int space_count,
			     const xmlChar **spaces, int attribute_count, int default_count, const xmlChar **attributes)
{
	struct parse *parse = context;
	size_t start;

	(void)space_count, (void)spaces, (void)default_count;
	if (parse->stopped)
		return;
	start = tag_start(parse);
	if (!count_element(parse, start))
		return;
	place_move(&parse->place, start);
	struct xml_tag tag = {
		.name = slice_of((const char *)name),
		.prefix = slice_of((const char *)prefix),
		.space = slice_of((const char *)space),
		.start = start,
		.line = parse->place.line,
		.column = place_column(&parse->place, start),
		.attribute_count = (uint32_t)attribute_count,
		.attributes = attributes,
	};
	if (!parse->events->on_start(parse->context, &tag))
		stop(parse);
}

static void on_end_element(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *space)
{
	struct parse *parse = context;

	(void)name, (void)prefix, (void)space;
	if (parse->stopped)
		return;
	parse->depth--;
	if (!parse->events->on_end(parse->context, offset_now(parse)))
		stop(parse);
}

static void on_characters(void *context, const xmlChar *text, int len)
{
	struct parse *parse = context;
	size_t offset;

	if (parse->stopped || !parse->events->on_text)
		return;
	offset = offset_now(parse);
	place_move(&parse->place, offset);
	if (!parse->events->on_text(parse->context, (struct slice){ (const char *)text, (size_t)len }, parse->place.line,
				    place_column(&parse->place, offset)))
		stop(parse);
}

/** Namespace errors are only errors to libxml2, not fatal: here nothing wrong goes by. */
static void on_error(void *context, LIBXML_ERROR *error)
{
	struct parse *parse = context;
	char what[160];

	if (error->level < XML_ERR_ERROR)
		return;
	snprintf(what, sizeof(what), "not XML: %.120s", error->message ? error->message : "unknown reason");
	what[strcspn(what, "\n")] = '\0';
	what[slice_utf8_invalid(slice_of(what)) == SIZE_MAX ? strlen(what) : slice_utf8_invalid(slice_of(what))] = '\0';
	refuse(parse, "structure", offset_now(parse), what);
}

static const xmlSAXHandler handler = {
	.initialized = XML_SAX2_MAGIC,
	.startDocument = on_start_document,
	.internalSubset = on_dtd,
	.startElementNs = on_start_element,
	.endElementNs = on_end_element,
	.characters = on_characters,
	.ignorableWhitespace = on_characters,
	.serror = on_error,
};

/* ---- before libxml2 sees it ---- */

/** Skips what starts with `opening` and ends with `closing`. */
static bool skips(struct slice xml, size_t *at, struct slice opening, struct slice closing)
{
	struct slice rest = slice_from(xml, *at);

	if (!slice_starts(rest, opening))
		return false;
	size_t end = slice_find(slice_from(rest, opening.len), closing);
	*at = end == SIZE_MAX ? xml.len : *at + opening.len + end + closing.len;
	return true;
}

/** Past the tag at `at`; counts the values in it. */
static uint32_t count_values(struct slice xml, size_t *at)
{
	uint32_t count = 0;

	for (; *at < xml.len && xml.ptr[*at] != '>'; (*at)++) {
		if (xml.ptr[*at] != '"' && xml.ptr[*at] != '\'')
			continue;
		const char *quote = memchr(xml.ptr + *at + 1, xml.ptr[*at], xml.len - *at - 1);
		if (!quote) {
			*at = xml.len;
			break;
		}
		*at = (size_t)(quote - xml.ptr);
		count++;
	}
	return count;
}

/** libxml2 compares each attribute of an element with each: their number is limited before it begins. */
static bool check_attributes(struct parse *parse)
{
	struct slice xml = parse->xml;
	const char *bracket;
	size_t at = 0;

	while (at < xml.len && (bracket = memchr(xml.ptr + at, '<', xml.len - at))) {
		size_t start = at = (size_t)(bracket - xml.ptr);
		if (skips(xml, &at, SLICE("<!--"), SLICE("-->")) || skips(xml, &at, SLICE("<![CDATA["), SLICE("]]>")) ||
		    skips(xml, &at, SLICE("<?"), SLICE("?>")))
			continue;
		if (count_values(xml, &at) > parse->limits->max_attributes)
			return refuse(parse, "too-costly", start, "too many attributes in one element");
	}
	return true;
}

static bool check_bytes(struct parse *parse)
{
	const char *nul = parse->xml.len ? memchr(parse->xml.ptr, '\0', parse->xml.len) : NULL;
	size_t invalid;

	if (parse->xml.len > parse->limits->max_bytes || parse->xml.len >= INT32_MAX)
		return refuse(parse, "too-long", 0, "the document is larger than allowed");
	if (parse->xml.len == 0)
		return refuse(parse, "structure", 0, "the document is empty");
	invalid = slice_utf8_invalid(parse->xml);
	if (invalid != SIZE_MAX)
		return refuse(parse, "structure", invalid, "not valid UTF-8");
	if (nul)
		return refuse(parse, "structure", (size_t)(nul - parse->xml.ptr), "the document contains the character U+0000");
	return check_attributes(parse);
}

/* ---- the document ---- */

static void run(struct parse *parse)
{
	/* HUGE lifts limits that have no name here: ours apply. NOENT is libxml2's word for replacing &amp; and the like. */
	int options = XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_NOENT;

	*parse->libxml->sax = handler;
	parse->libxml->userData = parse;
	xmlDocPtr document = xmlCtxtReadMemory(parse->libxml, parse->xml.ptr, (int)parse->xml.len, NULL, NULL, options);
	if (document)
		xmlFreeDoc(document);
	if (!parse->libxml->wellFormed)
		refuse(parse, "structure", offset_now(parse), "not XML");
}

bool xml_parse(struct arena *scratch, struct slice xml, const struct fhir_xml_limits *limits, const struct xml_events *events,
	       void *context, struct xml_refusal *refusal)
{
	struct parse parse = {
		.xml = xml, .limits = limits, .events = events, .context = context, .refusal = refusal, .place = PLACE_START(xml)
	};

	*refusal = (struct xml_refusal){ 0 };
	if (!check_bytes(&parse))
		return false;
	parse.children = arena_new_array(scratch, uint32_t, limits->max_depth);
	parse.libxml = parse.children ? xmlNewParserCtxt() : NULL;
	if (!parse.libxml)
		return refuse(&parse, "too-costly", 0, "no memory for reading the document");
	run(&parse);
	xmlFreeParserCtxt(parse.libxml);
	return !parse.stopped;
}

/* ---- narratives by themselves ---- */

struct div {
	size_t len;
	unsigned depth;
	enum xml_div kind;
	bool is_whole; /**< nothing stands before or behind it: a comment there would get lost inside another document */
};

static bool on_div_start(void *context, const struct xml_tag *tag)
{
	struct div *div = context;

	if (div->depth++)
		return true;
	div->kind = tag->space.ptr ? XML_DIV_GOOD : XML_DIV_NO_SPACE;
	return tag->start == 0 && slice_equal(tag->name, SLICE("div")) &&
	       (!tag->space.ptr || slice_equal(tag->space, XML_NAMESPACE_XHTML));
}

static bool on_div_end(void *context, size_t end)
{
	struct div *div = context;

	if (--div->depth == 0)
		div->is_whole = end == div->len;
	return true;
}

enum xml_div xml_div_check(struct slice text, struct xml_refusal *refusal)
{
	static const struct xml_events events = { .on_start = on_div_start, .on_end = on_div_end };
	struct fhir_xml_limits limits = FHIR_XML_LIMITS_DEFAULT;
	struct div div = { .len = text.len };
	struct arena *scratch = arena_new(DIV_SCRATCH_BYTES);
	bool parsed;

	if (!scratch) {
		*refusal = (struct xml_refusal){ .code = "too-costly", .text = "no memory for reading the narrative" };
		return XML_DIV_WRONG;
	}
	limits.max_bytes = SIZE_MAX;
	parsed = xml_parse(scratch, text, &limits, &events, &div, refusal);
	arena_free(scratch);
	if (parsed && div.is_whole)
		return div.kind;
	if (!refusal->code)
		*refusal =
		    (struct xml_refusal){ .code = "structure", .text = "a narrative must be one div in the namespace of XHTML" };
	return XML_DIV_WRONG;
}

void xml_div_append(struct buf *buf, struct slice div, enum xml_div kind)
{
	struct slice opening = SLICE("<div");

	if (kind == XML_DIV_NO_SPACE) {
		buf_append(buf, opening);
		buf_printf(buf, " xmlns=\"%.*s\"", SLICE_ARG(XML_NAMESPACE_XHTML));
		div = slice_from(div, opening.len);
	}
	buf_append(buf, div);
}
