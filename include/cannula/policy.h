/* SPDX-License-Identifier: Apache-2.0 */
/**
 * policy: a fetched payer document → text → codes with their context → positions → one PolicyRecord tree (logical model in
 * profiles/). A five-digit token counts only with a positive cue; ranges are expanded only when both ends have one pattern and
 * the span is sane. Listings (a page of links, a JSON list) are read here too: they are the same formats, and only this room
 * knows them.
 */
#ifndef CANNULA_POLICY_H
#define CANNULA_POLICY_H

#include "cannula/fhir.h"

/** profiles/policies/rules.yaml: labels of fields, headings of code groups, words of positions, look-alikes to refuse. Immutable,
 * shared. */
struct policy_rules;
bool policy_rules_load(struct arena *arena, struct policy_rules **out, struct error *err) MUST_USE;
void policy_rules_free(struct policy_rules *rules); /**< the compiled expressions; the rest is the arena's. NULL is allowed */
/** SHA-256 of the rules in hexadecimal: documents are read again when it changes. */
struct slice policy_rules_digest(const struct policy_rules *rules);

/* ---- documents ---- */

/** What the listing or the configuration already knows. Absent slices are unknown. */
struct policy_source {
	struct slice payer_id, payer_name; /**< from the source's configuration */
	struct slice line_of_business, jurisdiction;
	struct slice url;          /**< where the document was fetched */
	struct slice content_type; /**< "text/html", "application/json", "text/plain"; absent: by its bytes */
	struct slice charset;
	struct slice etag, last_modified; /**< of the answer, opaque */
	struct slice number, version, title, status, effective_date,
	    end_date; /**< from the listing; override what the document says */
	int64_t fetched_ms;
};

#define POLICY_DOCUMENT_MAX_BYTES (32u << 20)
#define POLICY_ID_MAX_BYTES 48 /**< leaves room for what is appended to make other ids of it */

/** Reads one document. `schema` is the FHIR_MODEL one. Same content, same record: `id` is made from payer and number (else
 * title), `digest` covers all but what changes from fetch to fetch. Issues name line and text of every code-like token that was
 * refused or range not expanded. False: not a document that can be read (ERROR_SYNTAX: no text; ERROR_ACCESS: a page that asks
 * for consent or blocks; ERROR_UNSUPPORTED; ERROR_LIMIT). */
bool policy_read(struct arena *arena, const struct fhir_schema *schema, const struct policy_rules *rules,
		 const struct policy_source *source, struct slice bytes, struct issues *issues, struct fhir_node **out,
		 struct error *err) MUST_USE;

/** Marks a record as no longer listed by its source since the day of `since_ms`: retired, with a digest of its own. */
bool policy_withdraw(struct arena *arena, const struct policy_rules *rules, struct fhir_node *record, int64_t since_ms,
		     struct error *err) MUST_USE;

/** Lower case letters, digits and single hyphens out of `text`, at most `max_bytes`: for ids. Empty when nothing is left. */
struct slice policy_slug(struct arena *arena, struct slice text, size_t max_bytes) MUST_USE;
/** The day of `text` ("10/03/2024", "20240927124305", "October 3, 2024", "2024-10") as a FHIR date; absent when it is none. */
struct slice policy_date(struct arena *arena, const struct policy_rules *rules, struct slice text) MUST_USE;

/* ---- listings ---- */

#define POLICY_LISTING_MAX_BYTES (8u << 20)
#define POLICY_LISTING_MAX_ITEMS 20000u

/** One policy as a listing names it; absent slices: not said. */
struct policy_listed {
	struct slice url; /**< as written: may be relative */
	struct slice number, version, title, status, effective_date, end_date;
	struct slice words; /**< of the link: often "here" or a date, so no title */
	uint32_t line;
};

struct policy_listing {
	struct policy_listed *items;
	size_t count;
};

/** Every link in the main part of an HTML page, in order: its words ("Title - (0540)" gives a number), and what the titled
 * columns of its table row say. Table rows without a link are issues: a policy may be missing because its row is broken. */
bool policy_links_read(struct arena *arena, const struct policy_rules *rules, struct slice bytes, struct slice charset,
		       struct issues *issues, struct policy_listing *out, struct error *err) MUST_USE;

/** Which member of an item is which field of policy_listed ("number", "url" …). */
struct policy_member {
	struct slice field, member;
};
/** The items of a JSON list. `path` (dotted; absent: the root) leads to the array. Items without url are issues. */
bool policy_list_read(struct arena *arena, const struct policy_rules *rules, struct slice bytes, struct slice path,
		      const struct policy_member *members, size_t member_count, struct issues *issues, struct policy_listing *out,
		      struct error *err) MUST_USE;

#endif
