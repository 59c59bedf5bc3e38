/* SPDX-License-Identifier: Apache-2.0 */
/**
 * policy: a fetched payer document → text → codes with their context → positions → one PolicyRecord tree (logical model in profiles/).
 * A five-digit token counts only with a positive cue; ranges are expanded only when both ends have one pattern and the span is sane.
 */
#ifndef CANNULA_POLICY_H
#define CANNULA_POLICY_H

#include "cannula/fhir.h"

/** The YAML files under profiles/policies: labels of fields, headings of code groups, words of positions, look-alikes to refuse. */
struct policy_rules;
bool policy_rules_load(struct arena *arena, struct policy_rules **out, struct error *err) MUST_USE;

/** What the listing or the configuration already knows. Absent slices are unknown. */
struct policy_source {
	struct slice payer_id, payer_name; /**< from the source's configuration */
	struct slice line_of_business, jurisdiction;
	struct slice url;          /**< where the document was fetched */
	struct slice content_type; /**< "text/html", "application/json", "text/plain" */
	struct slice charset;
	struct slice number, version, title, status, effective_date; /**< from the listing; override what the document says */
	int64_t fetched_ms;
};

#define POLICY_DOCUMENT_MAX_BYTES (32u << 20)

/** Reads one document. `schema` is the FHIR_MODEL one. The record's id and version are stable: same content, same record. Issues name line
 *  and text of every code-like token that was refused or range not expanded. False: not a document that can be read. */
bool policy_read(struct arena *arena, const struct fhir_schema *schema, const struct policy_rules *rules,
		 const struct policy_source *source, struct slice bytes, struct issues *issues, struct fhir_node **out,
		 struct error *err) MUST_USE;

#endif
