/* SPDX-License-Identifier: Apache-2.0 */
/* FHIR, "Data Types": what stands in uri and canonical, and in an Identifier whose system is "urn:ietf:rfc:3986". */
#include "validate/run.h"

#include <string.h>

#define OID SLICE("urn:oid:")
#define UUID SLICE("urn:uuid:")
#define ANY_URI SLICE("urn:ietf:rfc:3986")

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool uri_is_absolute(struct slice uri)
{
	size_t colon = slice_find(uri, SLICE(":"));

	if (colon == SIZE_MAX || colon == 0 || !is_letter(uri.ptr[0]))
		return false;
	for (size_t i = 0; i < colon; i++)
		if (!is_letter(uri.ptr[i]) && !memchr("0123456789+-.", uri.ptr[i], 13))
			return false;
	return true;
}

/** What is wrong with a URN by the format of the type that it is ("oid", "uuid"). */
static const char *wrong_urn(struct run *run, struct slice uri)
{
	if (slice_starts(uri, OID) && !format_fits(run, SLICE("oid"), uri))
		return "is no valid OID";
	if (slice_starts(uri, UUID) && !format_fits(run, SLICE("uuid"), uri))
		return "is no valid UUID in lower case";
	return NULL;
}

void uri_check(struct run *run, const struct fhir_node *node)
{
	const char *wrong = node->value.ptr ? wrong_urn(run, node->value) : NULL;
	bool canonical = slice_equal(node->type->name, SLICE("canonical"));

	if (!wrong && canonical && node->value.len && node->value.ptr[0] != '#' && !uri_is_absolute(node->value))
		wrong = "is no absolute URL, as a canonical must be";
	if (wrong)
		run_issue(run, node, ISSUE_ERROR, "invalid", SLICE_NONE, "\"%.*s\" %s", SLICE_ARG(node->value), wrong);
}

void identifier_check(struct run *run, const struct fhir_node *node)
{
	struct slice system = fhir_node_text(node, SLICE("system")), value = fhir_node_text(node, SLICE("value"));

	if (value.ptr && slice_equal(system, ANY_URI) && !uri_is_absolute(value))
		run_issue(run, node, ISSUE_ERROR, "value", SLICE_NONE,
			  "with system urn:ietf:rfc:3986 the value must be a full URI, not \"%.*s\"", SLICE_ARG(value));
}

void coding_check(struct run *run, const struct fhir_node *node)
{
	struct slice system = fhir_node_text(node, SLICE("system"));

	if (system.ptr && !uri_is_absolute(system))
		run_issue(run, node, ISSUE_ERROR, "value", SLICE_NONE, "the system of a Coding must be absolute, not \"%.*s\"",
			  SLICE_ARG(system));
}
