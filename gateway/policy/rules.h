/* SPDX-License-Identifier: Apache-2.0 */
/* profiles/policies/rules.yaml as loaded: words, compiled expressions, code systems. */
#ifndef CANNULA_POLICY_RULES_H
#define CANNULA_POLICY_RULES_H

#include <regex.h>

#include "cannula/policy.h"

enum field_kind { FIELD_TEXT, FIELD_DATE, FIELD_STAGE, FIELD_LIST };

struct rule_field {
	struct slice field, kind_name;
	struct option_texts labels;
	bool in_history;
	enum field_kind kind;
};

struct rule_stage {
	struct slice stage, status;
	struct option_texts words;
};

struct rule_section {
	struct slice kind;
	struct option_texts words;
};

/** A set of code systems: bit i is systems[i]. */
typedef uint32_t system_set;
#define RULE_SYSTEMS_MAX 32

struct rule_system {
	struct slice name, role;
	bool expand;
	uint64_t max_span;
	struct slice url, pattern_text; /* absent: those of `code_system` */
	regex_t pattern;
	const struct fhir_code_system *code_system; /* NULL: the row's own */
};

struct rule_cue {
	struct option_texts words, system_names;
	bool is_inline;
	system_set systems;
};

struct rule_look_alike {
	struct slice name, before_text, after_text;
	bool exact_case;
	regex_t before, after; /* compiled when their text is present */
};

struct rule_position {
	struct slice kind;
	bool negative, refers;
	struct option_texts pattern_texts;
	regex_t *patterns;
};

struct policy_rules {
	struct option_rows field_rows, stage_rows, section_rows, system_rows, cue_rows, look_alike_rows, position_rows;
	struct option_texts none, months, no_codes_in, statements_in, bare_cues, fillers, range_words, report_uncued_names, yes;
	struct option_texts json_ignored, display_columns, furniture_elements, furniture_names, main_elements, gate_texts;
	bool month_first;
	struct slice add_on_text, paired_text, rest_text;
	/* made from the above: */
	system_set all_systems, report_uncued;
	regex_t add_on_after, paired, rest;
	regex_t *gates;
	char digest[DIGEST_HEX_SIZE];
};

#define RULE_ROWS(rules, name, type) ((const struct type *)(rules)->name##_rows.items)

/** Whole, without case, white space and punctuation around it. */
bool rule_is_one_of(struct slice text, const struct option_texts *words);
/** Whether one of `words` stands in `text` as whole words. */
bool rule_has_one_of(struct slice text, const struct option_texts *words);
/** Without white space, colons, dots and dashes around it. */
struct slice rule_bare(struct slice text);
/** Whether the compiled `pattern` is found in the first RULE_TEXT_MAX bytes of `text`; `end` (may be NULL) is where the match
 * ends. */
bool rule_matches(const regex_t *pattern, struct slice text, size_t *end);
#define RULE_TEXT_MAX 4000u

/** Whether `code`, as written, is one of that system by its form. Codes have digits and no lower case letters. */
bool rule_code_valid(const struct rule_system *system, struct slice code);

/** The systems that a heading, caption or column title opens; 0: none. */
system_set rule_cued_systems(const struct policy_rules *rules, struct slice title);
const struct rule_position *rule_position_find(const struct policy_rules *rules, struct slice sentence);
const struct rule_field *rule_field_find(const struct policy_rules *rules, struct slice label);
/** "other" when no word matches. */
struct slice rule_section_kind(const struct policy_rules *rules, struct slice heading);
const struct rule_stage *rule_stage_find(const struct policy_rules *rules, struct slice text);

#endif
