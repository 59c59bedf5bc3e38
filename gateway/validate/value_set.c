/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a value set has a code: FHIR, "ValueSet", sections "Composition Rules" and "Value Set Expansion". An answer that would
 * need what is not held is none. */
#include "validate/code_system.h"

#include <stdlib.h>

#define IMPORTS_MAX 8u
#define INCLUDES_MAX 10000u

/** A question, and what it may cost. */
struct question {
	const struct validator *validator;
	struct slice system, code; /**< `system` absent: any */
	unsigned depth, includes;
	uint64_t looked_at; /**< concepts */
};

static enum fhirpath_answer answer_of(bool yes)
{
	return yes ? FHIRPATH_YES : FHIRPATH_NO;
}

static bool same_system(const struct question *question, struct slice canonical)
{
	return !question->system.ptr || slice_equal(question->system, slice_cut(&canonical, '|'));
}

/* ---- value sets of the tables ---- */

static int by_url(const void *key, const void *row)
{
	return slice_compare(*(const struct slice *)key, ((const struct value_set *)row)->url);
}

static const struct value_set *find_table(const struct value_set *tables, size_t count, struct slice canonical)
{
	struct slice url = slice_cut(&canonical, '|');

	return count ? bsearch(&url, tables, count, sizeof(*tables), by_url) : NULL;
}

/** Whether |a|b|c| has `code`. */
static bool row_has(struct slice row, struct slice code)
{
	(void)slice_cut(&row, '|');
	while (row.len)
		if (slice_equal(slice_cut(&row, '|'), code))
			return true;
	return false;
}

/** A row is TAB system TAB |a|b|c|, maybe with = before the system. */
static bool table_has(const struct question *question, const struct value_set *set)
{
	struct slice rows = set->rows;

	while (rows.len) {
		struct slice row = slice_cut(&rows, '\n');

		(void)slice_cut(&row, '\t');
		struct slice system = slice_cut(&row, '\t');
		if (slice_starts(system, SLICE("=")))
			system = slice_from(system, 1);
		if (same_system(question, system) && row_has(row, question->code))
			return true;
	}
	return false;
}

/* ---- value sets that are resources ---- */

static enum fhirpath_answer ask(struct question *question, struct slice canonical);

static bool is_concept(struct question *question, const struct fhir_node *concept)
{
	for (; concept; concept = fhir_node_again(concept)) {
		question->looked_at++;
		if (slice_equal(fhir_node_text(concept, SLICE("code")), question->code))
			return true;
	}
	return false;
}

/** All filters have to pass. */
static enum fhirpath_answer filtered(const struct question *question, const struct code_system *system,
				     const struct fhir_node *filter)
{
	const struct concept *concept = code_system_concept(system, question->code);
	enum fhirpath_answer all = FHIRPATH_YES;

	if (!concept)
		return system->is_complete ? FHIRPATH_NO : FHIRPATH_NOT_HELD;
	for (; filter; filter = fhir_node_again(filter)) {
		enum fhirpath_answer one = code_filter_passes(system, concept, filter);

		if (one == FHIRPATH_NO)
			return FHIRPATH_NO;
		if (one == FHIRPATH_NOT_HELD)
			all = FHIRPATH_NOT_HELD;
	}
	/* Of a fragment, what lies between two concepts may be missing. */
	return system->is_complete ? all : FHIRPATH_NOT_HELD;
}

/** A code system of the specification, of which the tables have all codes. */
static enum fhirpath_answer in_whole_system(const struct question *question, struct slice url)
{
	const struct validator *validator = question->validator;
	const struct value_set *whole = find_table(validator->whole_systems, validator->whole_system_count, url);

	return whole ? answer_of(table_has(question, whole)) : FHIRPATH_NOT_HELD;
}

static enum fhirpath_answer in_system(struct question *question, const struct fhir_node *include)
{
	const struct fhir_node *concept = fhir_node_child(include, SLICE("concept"));
	const struct fhir_node *filter = fhir_node_child(include, SLICE("filter"));
	struct slice url = fhir_node_text(include, SLICE("system"));

	if (!url.ptr)
		return FHIRPATH_YES;
	if (!same_system(question, url))
		return FHIRPATH_NO;
	if (concept)
		return answer_of(is_concept(question, concept));
	const struct code_system *system = code_system_find(question->validator, url);
	/* Only where case does not count are all concepts looked at. */
	question->looked_at += system && system->ignores_case ? system->count : 1;
	if (!system)
		return filter ? FHIRPATH_NOT_HELD : in_whole_system(question, url);
	return filter ? filtered(question, system, filter) : code_system_has(system, question->code);
}

/** Of an include the system and all value sets have to have the code. */
static enum fhirpath_answer in_include(struct question *question, const struct fhir_node *include)
{
	const struct fhir_node *import = fhir_node_child(include, SLICE("valueSet"));
	enum fhirpath_answer all = in_system(question, include);

	for (; import && all != FHIRPATH_NO; import = fhir_node_again(import)) {
		enum fhirpath_answer one = ask(question, import->value);

		if (one != FHIRPATH_YES)
			all = one;
	}
	return all;
}

static enum fhirpath_answer in_any(struct question *question, const struct fhir_node *include)
{
	enum fhirpath_answer any = FHIRPATH_NO;

	for (; include && any != FHIRPATH_YES; include = fhir_node_again(include)) {
		enum fhirpath_answer one =
		    question->includes++ < INCLUDES_MAX ? in_include(question, include) : FHIRPATH_NOT_HELD;
		if (one != FHIRPATH_NO)
			any = one;
	}
	return any;
}

static bool in_contains(struct question *question, const struct fhir_node *contains)
{
	for (; contains; contains = fhir_node_again(contains)) {
		bool usable = !slice_equal(fhir_node_text(contains, SLICE("abstract")), SLICE("true"));

		question->looked_at++;
		if (usable && same_system(question, fhir_node_text(contains, SLICE("system"))) &&
		    slice_equal(fhir_node_text(contains, SLICE("code")), question->code))
			return true;
		if (in_contains(question, fhir_node_child(contains, SLICE("contains"))))
			return true;
	}
	return false;
}

/** A page of an expansion is not all of it. */
static bool is_whole(const struct fhir_node *expansion)
{
	struct slice total = fhir_node_text(expansion, SLICE("total"));
	const struct fhir_node *contains = fhir_node_child(expansion, SLICE("contains"));
	uint64_t wanted, count = 0;

	for (; contains; contains = fhir_node_again(contains))
		count++;
	return !fhir_node_child(expansion, SLICE("offset")) &&
	       (!total.ptr || (slice_to_u64(total, UINT32_MAX, &wanted) && count >= wanted));
}

static enum fhirpath_answer in_compose(struct question *question, const struct fhir_node *compose)
{
	enum fhirpath_answer included = in_any(question, fhir_node_child(compose, SLICE("include")));

	if (included == FHIRPATH_NO)
		return FHIRPATH_NO;
	switch (in_any(question, fhir_node_child(compose, SLICE("exclude")))) {
	case FHIRPATH_YES:
		return FHIRPATH_NO;
	case FHIRPATH_NO:
		return included;
	default:
		return FHIRPATH_NOT_HELD;
	}
}

static enum fhirpath_answer in_resource(struct question *question, const struct fhir_node *set)
{
	const struct fhir_node *expansion = fhir_node_child(set, SLICE("expansion"));
	const struct fhir_node *compose = fhir_node_child(set, SLICE("compose"));

	if (expansion && in_contains(question, fhir_node_child(expansion, SLICE("contains"))))
		return FHIRPATH_YES;
	if (expansion && is_whole(expansion))
		return FHIRPATH_NO;
	return compose ? in_compose(question, compose) : FHIRPATH_NOT_HELD;
}

static enum fhirpath_answer ask(struct question *question, struct slice canonical)
{
	const struct validator *validator = question->validator;
	const struct held *held = catalogue_find(&validator->knowledge.value_sets, canonical);
	enum fhirpath_answer answer = FHIRPATH_NOT_HELD;

	if (question->depth == IMPORTS_MAX)
		return FHIRPATH_NOT_HELD;
	question->depth++;
	const struct value_set *table = held ? NULL : find_table(validator->value_sets, validator->value_set_count, canonical);
	if (held)
		answer = in_resource(question, held->resource);
	if (table)
		answer = answer_of(table_has(question, table));
	question->depth--;
	return answer;
}

enum fhirpath_answer value_set_has(struct run *run, struct slice canonical, struct slice system, struct slice code)
{
	struct question question = { .validator = run->validator, .system = system, .code = code };
	enum fhirpath_answer answer = ask(&question, canonical);

	if (run->is_profile && !run_spend(run, question.looked_at))
		return FHIRPATH_NOT_HELD;
	return answer;
}
