/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a value set has a code. An answer that would need what is not held is none. */
#include "terminology/asking.h"

#define CONTAINS_DEPTH_MAX 64u

static enum fhirpath_answer answer_of(bool yes)
{
	return yes ? FHIRPATH_YES : FHIRPATH_NO;
}

static bool same_system(const struct asking *asking, struct slice canonical)
{
	return !asking->system.ptr || slice_equal(asking->system, slice_cut(&canonical, '|'));
}

static bool same_code(const struct asking *asking, struct slice code)
{
	return slice_equal(code, asking->code);
}

/* ---- the tables ---- */

static bool rows_have(const struct asking *asking, const struct terms_rows *set)
{
	struct slice rows = set->rows, system, codes;

	while (rows_next(&rows, &system, &codes)) {
		bool is_asked = same_system(asking, system);

		while (is_asked && codes.len)
			if (same_code(asking, slice_cut(&codes, '|')))
				return true;
	}
	return false;
}

/** A code system of the specification, of which the tables have all codes. */
static enum fhirpath_answer in_tables(struct asking *asking, struct slice url, const struct fhir_node *filter)
{
	const struct terms_rows *whole = tables_system(asking->source->tables, url);
	const struct concept concept = { .code = asking->code };

	if (!whole)
		return asking_refuse(asking, "the code system %.*s is not held here", SLICE_ARG(url));
	if (!rows_have(asking, whole))
		return FHIRPATH_NO;
	return filters_pass(asking, NULL, &concept, filter);
}

/* ---- rules ---- */

static bool is_listed(struct asking *asking, const struct fhir_node *concept)
{
	for (; concept; concept = fhir_node_again(concept)) {
		asking->steps++;
		if (same_code(asking, fhir_node_text(concept, SLICE("code"))))
			return true;
	}
	return false;
}

/** Of a fragment, a code that is not there may be missing, and so may what lies between two concepts. */
static enum fhirpath_answer in_held(struct asking *asking, const struct terms_system *system, struct slice url,
				    const struct fhir_node *filter)
{
	const struct concept *concept = system_concept(system, asking->code);

	if (!concept && system->is_complete)
		return FHIRPATH_NO;
	if (concept && (system->is_complete || !filter))
		return filters_pass(asking, system, concept, filter);
	if (concept && filters_pass(asking, system, concept, filter) == FHIRPATH_NO)
		return FHIRPATH_NO;
	return asking_refuse(asking, "of the code system %.*s not all is held here", SLICE_ARG(url));
}

static enum fhirpath_answer in_system(struct asking *asking, const struct fhir_node *rule)
{
	const struct fhir_node *concept = fhir_node_child(rule, SLICE("concept"));
	const struct fhir_node *filter = fhir_node_child(rule, SLICE("filter"));
	struct slice version, url = named_system(rule, &version);

	if (!url.ptr)
		return FHIRPATH_YES;
	if (!same_system(asking, url))
		return FHIRPATH_NO;
	if (concept)
		return answer_of(is_listed(asking, concept));
	const struct terms_system *system = asking_system(asking, url, version);
	/* Only where case does not count are all concepts looked at. */
	if (!asking_spend(asking, system && system->ignores_case ? system->count : 1))
		return FHIRPATH_NOT_HELD;
	return system ? in_held(asking, system, url, filter) : in_tables(asking, url, filter);
}

/** Of a rule the system and all value sets have to have the code. */
static enum fhirpath_answer in_rule(struct asking *asking, const struct fhir_node *rule)
{
	const struct fhir_node *import = fhir_node_child(rule, SLICE("valueSet"));
	enum fhirpath_answer all = rule_is_sound(asking, rule) ? in_system(asking, rule) : FHIRPATH_NOT_HELD;

	for (; import && all != FHIRPATH_NO; import = fhir_node_again(import)) {
		enum fhirpath_answer one = asking_has(asking, import->value);

		if (one != FHIRPATH_YES)
			all = one;
	}
	return all;
}

enum fhirpath_answer asking_any(struct asking *asking, const struct fhir_node *rule)
{
	const struct fhir_node *outer = asking->rule;
	enum fhirpath_answer any = FHIRPATH_NO;

	for (; rule && any != FHIRPATH_YES; rule = fhir_node_again(rule)) {
		asking->rule = rule;
		enum fhirpath_answer one = asking_spend(asking, 1) ? in_rule(asking, rule) : FHIRPATH_NOT_HELD;
		if (one != FHIRPATH_NO)
			any = one;
	}
	asking->rule = outer;
	return any;
}

static enum fhirpath_answer in_compose(struct asking *asking, const struct fhir_node *compose)
{
	enum fhirpath_answer included = asking_any(asking, fhir_node_child(compose, SLICE("include")));

	if (included == FHIRPATH_NO)
		return FHIRPATH_NO;
	if (compose_drops_inactive(compose) && asking_is_inactive(asking, asking->system, asking->code))
		return FHIRPATH_NO;
	switch (asking_any(asking, fhir_node_child(compose, SLICE("exclude")))) {
	case FHIRPATH_YES:
		return FHIRPATH_NO;
	case FHIRPATH_NO:
		return included;
	default:
		return FHIRPATH_NOT_HELD;
	}
}

/* ---- expansions ---- */

static bool is_contained(struct asking *asking, const struct fhir_node *contains, unsigned depth)
{
	for (; contains && depth < CONTAINS_DEPTH_MAX; contains = fhir_node_again(contains)) {
		bool usable = !slice_equal(fhir_node_text(contains, SLICE("abstract")), SLICE("true"));

		asking->steps++;
		if (usable && same_system(asking, fhir_node_text(contains, SLICE("system"))) &&
		    same_code(asking, fhir_node_text(contains, SLICE("code"))))
			return true;
		if (is_contained(asking, fhir_node_child(contains, SLICE("contains")), depth + 1))
			return true;
	}
	return false;
}

static enum fhirpath_answer in_resource(struct asking *asking, const struct fhir_node *set)
{
	const struct fhir_node *expansion = fhir_node_child(set, SLICE("expansion"));
	const struct fhir_node *compose = fhir_node_child(set, SLICE("compose"));

	if (expansion && is_contained(asking, fhir_node_child(expansion, SLICE("contains")), 0))
		return FHIRPATH_YES;
	if (expansion && expansion_is_whole(expansion))
		return FHIRPATH_NO;
	if (compose)
		return in_compose(asking, compose);
	return asking_refuse(asking, "it has no rules and no whole expansion");
}

/* ---- the whole ---- */

static enum fhirpath_answer ask(struct asking *asking, struct slice canonical)
{
	const struct fhir_node *set = asking_value_set(asking, canonical);
	const struct terms_rows *rows = set ? NULL : tables_value_set(asking->source->tables, canonical);

	if (set)
		return in_resource(asking, set);
	if (rows)
		return answer_of(rows_have(asking, rows));
	return asking_refuse(asking, "it is not held here");
}

enum fhirpath_answer asking_has(struct asking *asking, struct slice canonical)
{
	struct slice outer = asking->value_set;
	const struct fhir_node *rule = asking->rule;

	if (asking->depth == TERMS_DEPTH_MAX)
		return asking_refuse(asking, "value sets within value sets are more than %u deep", TERMS_DEPTH_MAX);
	asking->depth++;
	asking->value_set = canonical;
	asking->rule = NULL;
	enum fhirpath_answer answer = asking_spend(asking, 1) ? ask(asking, canonical) : FHIRPATH_NOT_HELD;
	asking->depth--;
	asking->value_set = outer;
	asking->rule = rule;
	return answer;
}

enum fhirpath_answer terms_has(const struct terms_source *source, struct slice value_set, struct slice system, struct slice code,
			       uint64_t *steps)
{
	struct asking asking = { .source = source, .system = system, .code = code };
	enum fhirpath_answer answer = asking_has(&asking, value_set);

	asking_close(&asking);
	if (steps)
		*steps += asking.steps;
	return asking.has_failed || asking.steps > TERMS_STEPS_MAX ? FHIRPATH_NOT_HELD : answer;
}
