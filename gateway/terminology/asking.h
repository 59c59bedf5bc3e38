/* SPDX-License-Identifier: Apache-2.0 */
/* A question about a value set, on its way through the rules. */
#ifndef TERMINOLOGY_ASKING_H
#define TERMINOLOGY_ASKING_H

#include "terminology/code_system.h"

/** A value set and the rows of its code systems, as they stand in the table; or a code system and the one row that has all of it.
 */
struct terms_rows {
	struct slice url, rows;
};

struct terms_tables {
	struct terms_rows *value_sets; /**< by canonical */
	size_t value_set_count;
	struct terms_rows *systems; /**< by canonical */
	size_t system_count;
	struct terms_rows *unlisted; /**< value sets of which only the system is known, as `rows` */
	size_t unlisted_count;
};

/** NULL: the tables do not have it. */
const struct terms_rows *tables_value_set(const struct terms_tables *tables, struct slice canonical);
const struct terms_rows *tables_system(const struct terms_tables *tables, struct slice canonical);
/** The next row of `rest`: its system, and its codes as a|b|c|. False: there is none. */
bool rows_next(struct slice *rest, struct slice *system, struct slice *codes);

#define REASON_MAX 450u
#define REASON_NAME_MAX 200u

struct asking {
	const struct terms_source *source;
	struct slice system, code; /**< `system` absent: any */
	unsigned depth;
	uint64_t steps;
	/* For the reason: the value set (absent: none) and the rule (ValueSet.compose.include or exclude) that is being read. */
	struct slice value_set;
	const struct fhir_node *rule;
	bool wants_reason;
	char reason[REASON_MAX]; /**< why the last FHIRPATH_NOT_HELD */
	bool has_failed;         /**< something could not be looked up: `err` says why */
	struct error err;
	/* The last pattern that was compiled, and whose it is. */
	const struct fhir_node *regex_filter;
	void *regex;
};

void asking_close(struct asking *asking);
/** FHIRPATH_NOT_HELD, with a reason. */
enum fhirpath_answer asking_refuse(struct asking *asking, const char *format, ...) PRINTF_LIKE(2, 3);
/** False, with a reason: the question has become too large. */
bool asking_spend(struct asking *asking, uint64_t steps) MUST_USE;

/** NULL: not held. */
const struct fhir_node *asking_value_set(struct asking *asking, struct slice canonical);
/** A code system in the version that a rule asks for; `version` may be absent. NULL: not held. */
const struct terms_system *asking_system(struct asking *asking, struct slice url, struct slice version);
/** Whether the code is, as far as its system is held, no longer in use. */
bool asking_is_inactive(struct asking *asking, struct slice system, struct slice code);
/** Whether a value set's rules leave such codes out (ValueSet.compose.inactive). */
bool compose_drops_inactive(const struct fhir_node *compose);
/** Whether the expansion is all of it, not a page. */
bool expansion_is_whole(const struct fhir_node *expansion);

/** The code system of a rule, or of a code in an expansion, and the version that is asked; both may be absent. */
struct slice named_system(const struct fhir_node *node, struct slice *version);
/** Whether a rule says of which codes it is; else that is the reason. */
bool rule_is_sound(struct asking *asking, const struct fhir_node *rule);

/** member.c: whether the value set, or one of the rules from `rule` on, has asking's code. */
enum fhirpath_answer asking_has(struct asking *asking, struct slice canonical);
enum fhirpath_answer asking_any(struct asking *asking, const struct fhir_node *rule);

/** filter.c: whether `concept` passes all filters from `filter` on; `system` NULL: only codes are known. */
enum fhirpath_answer filters_pass(struct asking *asking, const struct terms_system *system, const struct concept *concept,
				  const struct fhir_node *filter);
/** filter_regex.c: whether all of `text` has the form that the filter's value says. */
enum fhirpath_answer filter_matches(struct asking *asking, const struct fhir_node *filter, struct slice text);
void filter_regex_free(struct asking *asking);

/** expand.c: a list of codes that grows. */
struct collecting {
	struct asking *asking;
	struct arena *arena;
	struct terms_code *codes;
	size_t count, capacity;
};
/** False: no memory, or too many; asking says which. */
bool collecting_add(struct collecting *collecting, struct slice system, struct slice code) MUST_USE;
/** What was collected, each once; or the error that asking ended with. */
bool collecting_finish(struct collecting *collecting, bool done, size_t max, struct slice name, struct terms_codes *out,
		       struct error *err) MUST_USE;

#endif
