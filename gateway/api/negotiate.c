/* SPDX-License-Identifier: Apache-2.0 */
#include "api/negotiate.h"

#define CONTENT_TYPE(media_type) media_type "; charset=utf-8"

/* What a name asks for. */
static const struct format {
	const char *name;         /**< of _format, or a media type */
	const char *content_type; /**< NULL: known, and not written here */
	enum answer_form form;
} formats[] = {
	{ "application/fhir+json", CONTENT_TYPE("application/fhir+json"), FORM_JSON },
	{ "application/json", CONTENT_TYPE("application/json"), FORM_JSON },
	{ "text/json", CONTENT_TYPE("text/json"), FORM_JSON },
	{ "json", CONTENT_TYPE("application/fhir+json"), FORM_JSON },
	{ "*/*", CONTENT_TYPE("application/fhir+json"), FORM_JSON },
	{ "application/*", CONTENT_TYPE("application/fhir+json"), FORM_JSON },
	{ "text/*", CONTENT_TYPE("text/json"), FORM_JSON },
	{ "application/json+fhir", CONTENT_TYPE("application/fhir+json"),
	  FORM_JSON }, /* DSTU2's name, still sent by old clients */
	{ "application/fhir+xml", CONTENT_TYPE("application/fhir+xml"), FORM_XML },
	{ "application/xml", CONTENT_TYPE("application/xml"), FORM_XML },
	{ "text/xml", CONTENT_TYPE("text/xml"), FORM_XML },
	{ "xml", CONTENT_TYPE("application/fhir+xml"), FORM_XML },
	{ "application/xml+fhir", CONTENT_TYPE("application/fhir+xml"), FORM_XML },
	{ "text/html", CONTENT_TYPE("text/html"), FORM_PAGE },
	{ "html", CONTENT_TYPE("text/html"), FORM_PAGE },
	{ "application/fhir+turtle", NULL, FORM_JSON },
	{ "text/turtle", NULL, FORM_JSON },
	{ "ttl", NULL, FORM_JSON },
};

static const struct format *format_find(struct slice name)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (slice_equal_nocase(name, slice_of(formats[i].name)))
			return &formats[i];
	return NULL;
}

/** "0.5" in thousandths (RFC 9110 section 12.4.2); what is not a weight counts as 1. */
static unsigned weight_parse(struct slice text)
{
	unsigned weight = 0, scale = 1000;

	if (text.len == 0 || (text.ptr[0] != '0' && text.ptr[0] != '1'))
		return 1000;
	for (size_t i = 0; i < text.len && scale; i++) {
		if (i == 1)
			continue;
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return 1000;
		weight += (unsigned)(text.ptr[i] - '0') * scale;
		scale /= 10;
	}
	return weight > 1000 ? 1000 : weight;
}

static struct slice unquoted(struct slice text)
{
	if (text.len >= 2 && text.ptr[0] == '"' && text.ptr[text.len - 1] == '"')
		return (struct slice){ text.ptr + 1, text.len - 2 };
	return text;
}

bool negotiate_version_agrees(struct slice text, enum fhir_version version)
{
	struct slice number = slice_of(fhir_version_number(version));

	return slice_equal(text, number) || (text.len == 3 && slice_starts(number, text));
}

/** One media range with its parameters. */
struct range {
	struct slice name, fhir_version;
	unsigned weight;
};

struct slice negotiate_media_parameter(struct slice media, const char *name)
{
	slice_cut(&media, ';');
	while (media.ptr) {
		struct slice value = slice_cut(&media, ';');
		if (slice_equal_nocase(slice_trim(slice_cut(&value, '=')), slice_of(name)))
			return unquoted(slice_trim(value));
	}
	return SLICE_NONE;
}

static struct range range_parse(struct slice text)
{
	struct slice weight = negotiate_media_parameter(text, "q");
	struct range range = { .weight = weight.ptr ? weight_parse(weight) : 1000 };

	range.fhir_version = negotiate_media_parameter(text, "fhirVersion");
	range.name = slice_trim(slice_cut(&text, ';'));
	return range;
}

static bool refuse(const struct net_request *request, struct slice asked, struct slice *reason)
{
	*reason = arena_printf(request->arena, "This gateway answers in JSON, XML or a page (text/html), not in '%.*s'",
			       SLICE_ARG(asked));
	return false;
}

static bool refuse_version(const struct net_request *request, struct slice asked, enum fhir_version version, struct slice *reason)
{
	*reason = arena_printf(request->arena, "This base is FHIR %s, not fhirVersion=%.*s", fhir_version_number(version),
			       SLICE_ARG(asked));
	return false;
}

static void format_take(const struct format *format, struct negotiated *out)
{
	out->content_type = slice_of(format->content_type);
	out->form = format->form;
}

/** The best of the acceptable ranges; of equals the first. */
static bool accept_header(const struct net_request *request, struct slice accept, enum fhir_version version,
			  struct negotiated *out, struct slice *reason)
{
	struct slice rest = accept, other_version = SLICE_NONE;
	unsigned best = 0;

	while (rest.ptr) {
		struct range range = range_parse(slice_cut(&rest, ','));
		const struct format *format = format_find(range.name);
		if (!format || !format->content_type || range.weight <= best)
			continue;
		if (range.fhir_version.ptr && !negotiate_version_agrees(range.fhir_version, version)) {
			other_version = range.fhir_version;
			continue;
		}
		best = range.weight;
		format_take(format, out);
	}
	if (best)
		return true;
	if (other_version.ptr)
		return refuse_version(request, other_version, version, reason);
	return refuse(request, accept, reason);
}

/** A '+' of "application/fhir+json" that a client did not encode reads as a space: it is taken as it was meant. */
static struct slice plus_restored(struct arena *arena, struct slice text)
{
	char *copy = arena_cstr(arena, text);

	for (size_t i = 0; copy && i < text.len; i++)
		copy[i] = copy[i] == ' ' ? '+' : copy[i];
	return (struct slice){ copy, copy ? text.len : 0 };
}

static bool format_parameter(const struct net_request *request, struct slice value, enum fhir_version version,
			     struct negotiated *out, struct slice *reason)
{
	struct slice rest = value;
	struct range range = range_parse(plus_restored(request->arena, slice_trim(slice_cut(&rest, ';'))));
	struct range parameters = range_parse(value);
	const struct format *format = format_find(range.name);

	if (!format || !format->content_type)
		return refuse(request, value, reason);
	if (parameters.fhir_version.ptr && !negotiate_version_agrees(parameters.fhir_version, version))
		return refuse_version(request, parameters.fhir_version, version, reason);
	format_take(format, out);
	return true;
}

bool negotiate(const struct net_request *request, const struct query *query, enum fhir_version version, struct negotiated *out,
	       struct slice *reason)
{
	struct slice accept = net_request_header(request, "accept");
	const struct query_parameter *format = query_find(query, SLICE("_format"));
	const struct query_parameter *pretty = query_find(query, SLICE("_pretty"));

	*out = (struct negotiated){ .content_type = slice_of(formats[0].content_type) };
	out->pretty = pretty && slice_equal(pretty->value, SLICE("true"));
	if (format)
		return format_parameter(request, format->value, version, out, reason);
	if (slice_trim(accept).len == 0)
		return true;
	return accept_header(request, accept, version, out, reason);
}

struct slice negotiate_preference(const struct net_request *request, const char *wanted)
{
	struct slice prefer = net_request_header(request, "prefer");

	while (prefer.ptr) {
		struct slice preference = slice_cut(&prefer, ',');
		struct slice first = slice_cut(&preference, ';');
		struct slice name = slice_cut(&first, '=');
		if (slice_equal_nocase(slice_trim(name), slice_of(wanted)))
			return unquoted(slice_trim(first));
	}
	return SLICE_NONE;
}

bool negotiate_is_lenient(const struct net_request *request)
{
	return slice_equal_nocase(negotiate_preference(request, "handling"), SLICE("lenient"));
}
