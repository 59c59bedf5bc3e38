/* SPDX-License-Identifier: Apache-2.0 */
#include "api/negotiate.h"

/* What a name asks for. Writers for more forms make rows here. */
static const struct format {
	const char *name;         /**< of _format, or a media type */
	const char *content_type; /**< NULL: known, and not written here */
} formats[] = {
	{ "application/fhir+json", "application/fhir+json; charset=utf-8" },
	{ "application/json", "application/json; charset=utf-8" },
	{ "text/json", "text/json; charset=utf-8" },
	{ "json", "application/fhir+json; charset=utf-8" },
	{ "*/*", "application/fhir+json; charset=utf-8" },
	{ "application/*", "application/fhir+json; charset=utf-8" },
	{ "text/*", "text/json; charset=utf-8" },
	{ "application/json+fhir", "application/fhir+json; charset=utf-8" }, /* DSTU2's name, still sent by old clients */
	{ "application/fhir+xml", NULL },
	{ "application/xml", NULL },
	{ "text/xml", NULL },
	{ "xml", NULL },
	{ "application/fhir+turtle", NULL },
	{ "text/turtle", NULL },
	{ "ttl", NULL },
	{ "text/html", NULL },
	{ "html", NULL },
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

/** "4.0" names 4.0.1: major and minor number (http.html#version-parameter); the full number is understood too. */
static bool version_agrees(struct slice text, enum fhir_version version)
{
	struct slice number = slice_of(fhir_version_number(version));

	return slice_equal(text, number) || (text.len == 3 && slice_starts(number, text));
}

/** One media range with its parameters. */
struct range {
	struct slice name, fhir_version;
	unsigned weight;
};

static struct range range_parse(struct slice text)
{
	struct range range = { .weight = 1000 };

	range.name = slice_trim(slice_cut(&text, ';'));
	while (text.ptr) {
		struct slice value = slice_cut(&text, ';');
		struct slice name = slice_trim(slice_cut(&value, '='));
		value = unquoted(slice_trim(value));
		if (slice_equal_nocase(name, SLICE("q")))
			range.weight = weight_parse(value);
		if (slice_equal_nocase(name, SLICE("fhirVersion")))
			range.fhir_version = value;
	}
	return range;
}

static bool refuse(const struct net_request *request, struct slice asked, struct slice *reason)
{
	*reason = arena_printf(request->arena, "This gateway answers in JSON, not in '%.*s'", SLICE_ARG(asked));
	return false;
}

static bool refuse_version(const struct net_request *request, struct slice asked, enum fhir_version version, struct slice *reason)
{
	*reason = arena_printf(request->arena, "This base is FHIR %s, not fhirVersion=%.*s", fhir_version_number(version),
			       SLICE_ARG(asked));
	return false;
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
		if (range.fhir_version.ptr && !version_agrees(range.fhir_version, version)) {
			other_version = range.fhir_version;
			continue;
		}
		best = range.weight;
		out->content_type = slice_of(format->content_type);
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
	if (parameters.fhir_version.ptr && !version_agrees(parameters.fhir_version, version))
		return refuse_version(request, parameters.fhir_version, version, reason);
	out->content_type = slice_of(format->content_type);
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

bool negotiate_is_lenient(const struct net_request *request)
{
	struct slice prefer = net_request_header(request, "prefer");

	while (prefer.ptr) {
		struct slice preference = slice_cut(&prefer, ',');
		struct slice first = slice_trim(slice_cut(&preference, ';'));
		struct slice name = slice_cut(&first, '=');
		if (slice_equal_nocase(slice_trim(name), SLICE("handling")))
			return slice_equal_nocase(unquoted(slice_trim(first)), SLICE("lenient"));
	}
	return false;
}
