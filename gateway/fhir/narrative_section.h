/* SPDX-License-Identifier: Apache-2.0 */
/** One section of a narrative: what a template says, and its XHTML. */
#ifndef FHIR_NARRATIVE_SECTION_H
#define FHIR_NARRATIVE_SECTION_H

#include "cannula/fhir.h"

/** Words with a heading: a section's own, or a column of its table. */
struct narrative_cell {
	struct slice heading, line;
	struct option_texts link;
};

struct narrative_section {
	struct narrative_cell cell;
	struct slice each, nested, numbered_by, style;
	struct option_rows columns; /**< struct narrative_cell */
};

extern const struct option_table narrative_section_table;

/** Appends the section with its heading; nothing when it would show nothing. */
void narrative_section_write(struct buf *buf, const struct narrative_section *section, const struct fhir_node *resource);

#endif
