/* SPDX-License-Identifier: Apache-2.0 */
/* A page as lines: numbered, trimmed, with their indentation and list marker. */
#ifndef RECORD_LINES_H
#define RECORD_LINES_H

#include "record/rules.h"

enum record_marker { RECORD_MARKER_NONE, RECORD_MARKER_BULLET, RECORD_MARKER_NUMBER };

struct record_text_line {
	uint32_t line;   /**< from 1 */
	uint32_t column; /**< of `body`, in characters from 1 */
	uint32_t indent; /**< columns before the text; a tab goes to the next multiple of eight */
	bool blank_before;
	enum record_marker marker;
	uint32_t number;   /**< of a numbered item */
	struct slice text; /**< without white space at both ends */
	struct slice body; /**< without the marker as well; may be empty */
};

struct record_text_lines {
	struct record_text_line *items; /**< blank ones left out */
	size_t count;
};

/** Refuses what is not text: `name` is for places. */
bool record_lines_split(struct arena *arena, const struct record_rules *rules, const char *name, struct slice bytes,
			struct record_text_lines *out, struct error *err) MUST_USE;

#endif
