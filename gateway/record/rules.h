/* SPDX-License-Identifier: Apache-2.0 */
/* The reading rules as profiles/records/page.yaml states them, resolved: names are pointers, words and patterns are folded. */
#ifndef RECORD_RULES_H
#define RECORD_RULES_H

#include "cannula/record.h"

/** Codes for what a text names. */
struct record_kind {
	struct slice code;
	struct option_texts words;
};

struct record_target;

/** Folded patterns of record_glob, and the bits (record_begin_bit) of what may have one of these forms. */
struct record_forms {
	struct option_texts patterns;
	uint64_t begins;
};

struct record_route {
	struct record_forms lines;
	struct slice target_name;
	const struct record_target *target;
	uint32_t yaml_line;
};

/** Where a text goes in the model, and what is taken out of it. Child names are absent when the part is not wanted. */
struct record_target {
	struct slice name, element;
	struct slice text;
	struct slice set, to;
	struct slice quantity;
	struct option_texts near_words;
	bool no_upper; /**< an upper bound alone is no stated time */
	struct slice role, condition;
	struct slice name_child, link, line;
	struct slice sequence, title, detail, plain_name;
	const struct record_target *plain;
	struct slice kinds_element;
	struct option_rows kinds;  /**< struct record_kind */
	struct option_rows routes; /**< struct record_route */
	uint32_t yaml_line;
};

/** A heading below a section. */
struct record_label {
	struct record_forms headings;
	struct slice target_name;
	const struct record_target *target; /**< NULL: its lines are notes */
	bool here_only;
	uint32_t yaml_line;
};

struct record_section {
	struct record_forms headings;
	struct slice target_name, remark_name;
	const struct record_target *target, *remark; /**< NULL: notes */
	struct option_rows labels;                   /**< struct record_label */
	uint32_t yaml_line;
};

struct record_unit {
	struct slice code;
	uint64_t seconds; /**< 0: not exactly convertible */
	struct option_texts words;
};

struct record_number_word {
	struct option_texts words;
	struct slice value;
	bool article; /**< a number only after one of the rules' `article_leads` */
};

struct record_range_form {
	struct slice between, lead;
};

/** Characters that count as others when words are compared. */
struct record_letters {
	struct slice from, to;
};

struct record_letter {
	uint32_t code_point;
	struct slice to;
};

/** Words by which a page names a code system. */
struct record_code_label {
	struct slice words;
	const struct fhir_code_system *system;
};

struct record_rules {
	struct slice model;
	struct option_texts bullets, numbers, label_separators;
	struct record_forms furniture;
	struct slice decoration, final_marks;
	uint64_t wrap_min_chars, heading_max_chars, heading_max_words;
	struct option_rows targets; /**< struct record_target */
	struct slice title_name, code_label_name, note_name, opening_name;
	const struct record_target *title, *code_label, *note, *opening;
	struct slice code_element, name_element, computable_name_element, computable_prefix, id_prefix;
	struct option_rows sections; /**< struct record_section */
	struct option_texts condition_words, negation_words, name_ends, title_ends, link_prefixes;
	uint64_t title_max_chars;
	struct slice unit_system;
	struct option_rows units;        /**< struct record_unit */
	struct option_rows number_words; /**< struct record_number_word */
	struct option_rows ranges;       /**< struct record_range_form */
	struct option_texts article_leads, compounds, approximations, at_least, at_most;
	struct slice file_name_separators;
	struct option_rows letters;               /**< struct record_letters */
	const struct record_letter *letter_table; /**< by code point */
	size_t letter_count;
	const struct record_letter *ascii_letters[128]; /**< the same for ASCII; NULL: stands for itself */
	char ascii_folded[128];                         /**< what stands for itself, folded; NUL: has a letter */
	const struct record_code_label *code_labels;    /**< of all known code systems */
	size_t code_label_count;
};

#define RECORD_ROWS(rows, type) ((const type *)(rows).items)

#endif
