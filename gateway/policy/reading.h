/* SPDX-License-Identifier: Apache-2.0 */
/* One document while it is read into a PolicyRecord. */
#ifndef CANNULA_POLICY_READING_H
#define CANNULA_POLICY_READING_H

#include "policy/text.h"

struct reading {
	struct arena *arena;
	const struct policy_rules *rules;
	const struct policy_source *source;
	struct issues *issues;
	struct text_document document;
	struct fhir_node *record;
	size_t told; /* refused tokens in the record */
	bool full;   /* the arena is */
};

#define READING_TOLD_MAX 500u /* further ones are only counted among the issues */

/** Adds an element (absent values are left out); a full arena is noted. */
struct fhir_node *reading_put(struct reading *reading, struct fhir_node *parent, const char *name, struct slice value);
struct fhir_node *reading_add(struct reading *reading, struct fhir_node *parent, const char *name);

/** Facts of the page into the record; their blocks are marked. What the listing knows comes first. */
void fields_read(struct reading *reading);
/** Stage and status, by the facts and by today's date against the effective period. */
void fields_finish(struct reading *reading);

/** Code groups with their positions, and what was not taken. */
void groups_read(struct reading *reading);

/** The fetched copy: sizes, digests, times. */
void rendition_put(struct reading *reading, struct slice bytes);

#endif
