/* SPDX-License-Identifier: Apache-2.0 */
/* Which lines are headings, labels or the site's furniture. */
#ifndef RECORD_HEADING_H
#define RECORD_HEADING_H

#include "record/lines.h"

struct record_heading {
	const struct record_section *section;
	const struct record_label *label; /**< NULL: the section's own heading */
	struct slice value;               /**< what follows the label on its line; may be empty */
	uint32_t value_column;            /**< of `value`, in characters from 1 */
};

/** A known heading. `here` is the section that the line stands in (NULL: none): its labels come first, and a list item can only
 * be one of them, with a label separator. */
bool record_heading_find(const struct record_rules *rules, const struct record_section *here, const struct record_text_line *line,
			 struct record_heading *out);
/** A line that has the looks of a heading and none of the words. `next` is the line after it, or NULL. `fresh`: right below a
 * heading. */
bool record_heading_looks(const struct record_rules *rules, const struct record_text_line *line,
			  const struct record_text_line *next, bool fresh);
/** A line "Label: value" whose label could be a heading of that kind: among lines of labels with values it begins something of
 * its own. */
bool record_label_looks(const struct record_rules *rules, const struct record_text_line *line);
bool record_is_furniture(const struct record_rules *rules, const struct record_text_line *line);

/** The code system that a line like "CPT code" or "CPT code: 12345" names; NULL when it names none. `*words` is its part that
 * does, `*value` what follows; may be empty. */
const struct fhir_code_system *record_code_label_find(const struct record_rules *rules, struct slice text, struct slice *words,
						      struct slice *value);
/** Without the characters that dress a heading up. */
struct slice record_undecorated(const struct record_rules *rules, struct slice text);

/** Whether `text` ends as a sentence does. */
bool record_is_sentence(const struct record_rules *rules, struct slice text);

#endif
