/* SPDX-License-Identifier: Apache-2.0 */
/* Code groups: codes that a heading, a table or a sentence puts together, and what the policy says about them. */
#ifndef CANNULA_POLICY_GROUPS_H
#define CANNULA_POLICY_GROUPS_H

#include "policy/codes.h"
#include "policy/reading.h"

struct indication {
	struct slice text;
	struct indication *next;
};

/** A sentence or heading that says something about coverage. */
struct statement {
	const struct rule_position *position;
	struct slice text, anchor;
	struct indication *first, *last; /* the list below it */
	bool is_rest;                    /* about what other statements leave over */
	struct statement *next;
};

struct group_code {
	size_t system;
	struct slice code, display, from_range;
	bool add_on;
	struct group_code *next;
	const struct group *group;
	struct group_code *next_in_bucket;
};

struct group {
	const void *owner;                  /* the heading, caption or row that makes the group; NULL: a sentence of its own */
	const struct rule_position *answer; /* what a yes/no column says of its rows; NULL: none */
	struct slice title, anchor;
	struct indication *first_rule, *last_rule; /* sentences that say how its codes go together */
	size_t rules_bytes;                        /* with a line break after each */
	struct group_code *first, *last;
	size_t code_count;
	struct statement *own; /* by its title, column or sentence */
	struct group *next;
};

#define GROUP_CODES_MAX 20000u
#define GROUP_CODE_BUCKETS 4096u
#define GROUPS_MAX 2000u

struct groups {
	struct reading *reading;
	struct group *first, *last;
	size_t group_count, code_count;
	struct group_code *buckets[GROUP_CODE_BUCKETS]; /* the codes of all groups, to find one without a walk */
	struct statement *first_statement, *last_statement;
};

/** The group of `owner` and `answer`, made when it is the first time. NULL when the arena is full. */
struct group *group_get(struct groups *groups, const void *owner, const struct rule_position *answer, struct slice title,
			struct slice anchor);
/** The taken codes among `hits`, ranges expanded; each code once. */
void group_add_hits(struct groups *groups, struct group *group, const struct code_hits *hits, struct slice display);
/** Tells what was not taken: in the record and as issues. */
void groups_tell(struct groups *groups, const struct code_hits *hits, const struct group *group, uint32_t line,
		 const char *because);
/** A sentence that says something about the group's codes. */
void group_add_rule(struct groups *groups, struct group *group, struct slice sentence);
/** True when `hits` holds something that belongs into a group. */
bool groups_taken(const struct code_hits *hits);

struct statement *statement_new(struct groups *groups, const struct rule_position *position, struct slice text,
				struct slice anchor);
/** Keeps it as one about the whole policy. */
void statement_keep(struct groups *groups, struct statement *statement);
void statement_add_indication(struct groups *groups, struct statement *statement, struct slice text);

/** A table: what its columns are, then its rows. `systems`: what the headings above vouch for. */
void table_read(struct groups *groups, const struct text_block *block, const struct text_block *heading, system_set systems);

/** Elements of the record. */
void groups_put(struct groups *groups);

#endif
