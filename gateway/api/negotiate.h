/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Which form the answer takes: `_format` before `Accept`, with quality values and FHIR's `fhirVersion` parameter.
 *
 * Sources: RFC 9110 section 12; FHIR http.html, "Content Types and encodings", "FHIR Version Parameter".
 */
#ifndef CANNULA_API_NEGOTIATE_H
#define CANNULA_API_NEGOTIATE_H

#include "api/query.h"
#include "cannula/fhir.h"
#include "cannula/net.h"

enum answer_form { FORM_JSON, FORM_XML, FORM_PAGE };

struct negotiated {
	struct slice content_type; /**< of the answer; static */
	enum answer_form form;
	bool pretty;
};

/** What the request asks of an answer from a base of `version`. False: 406, and `reason` says what was asked and what there is;
 * `out` is then JSON. */
bool negotiate(const struct net_request *request, const struct query *query, enum fhir_version version, struct negotiated *out,
	       struct slice *reason) MUST_USE;

/** The value of a parameter of a media type or media range ("charset", "fhirVersion"), without quotes; absent when there is none.
 */
struct slice negotiate_media_parameter(struct slice media, const char *name);
/** "4.0" names 4.0.1: major and minor number (http.html#version-parameter); the full number is understood too. */
bool negotiate_version_agrees(struct slice text, enum fhir_version version);

/** The value of a preference in `Prefer` (RFC 7240), without quotes: "return", "handling". Absent when there is none. */
struct slice negotiate_preference(const struct net_request *request, const char *name);
/** `Prefer: handling=lenient`. */
bool negotiate_is_lenient(const struct net_request *request);

#endif
