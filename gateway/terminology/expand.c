/* SPDX-License-Identifier: Apache-2.0 */
/* All codes that a value set has: the candidates of each rule, kept when the rest of the rule and the exclusions let them pass,
 * which member.c tells. A system that is taken as a whole stays one item, so that its codes need not be held; only where some of
 * them have to go it is told apart. */
#include "terminology/asking.h"

#include <stdlib.h>
#include <string.h>

#define CAPACITY_FIRST 64u
#define CODES_MAX 100000u
#define CAPACITY_STEPS 16u /* memory is work too: of value sets in value sets each has a list */
#define CONTAINS_DEPTH_MAX 64u

/** A rule whose candidates are looked at. */
struct including {
	struct collecting *collecting;
	const struct fhir_node *exclude; /**< the first exclusion of the value set, or NULL */
	bool drops_inactive;
	const struct fhir_node *import; /**< the value sets of the rule that are left to ask, or NULL */
};

/* ---- the list ---- */

bool collecting_add(struct collecting *collecting, struct slice system, struct slice code)
{
	if (collecting->count == collecting->capacity) {
		size_t capacity = collecting->capacity ? 2 * collecting->capacity : CAPACITY_FIRST;
		struct terms_code *codes;

		if (collecting->count >= CODES_MAX) {
			asking_refuse(collecting->asking, "it has more than %u codes", CODES_MAX);
			return false;
		}
		if (!asking_spend(collecting->asking, CAPACITY_STEPS * capacity))
			return false;
		if (!(codes = arena_new_array(collecting->arena, struct terms_code, capacity))) {
			collecting->asking->has_failed = true;
			return error_memory(&collecting->asking->err);
		}
		if (collecting->count)
			memcpy(codes, collecting->codes, collecting->count * sizeof(*codes));
		collecting->codes = codes;
		collecting->capacity = capacity;
	}
	collecting->codes[collecting->count++] = (struct terms_code){ system, code };
	return true;
}

static int compare_codes(const void *left, const void *right)
{
	const struct terms_code *a = left, *b = right;
	int order = slice_compare(a->system, b->system);

	if (order == 0 && (!a->code.ptr || !b->code.ptr))
		return (a->code.ptr != NULL) - (b->code.ptr != NULL);
	return order ? order : slice_compare(a->code, b->code);
}

/** Each once; and none of a system that is there as a whole, which sorts first. */
static void sort_out(struct collecting *collecting)
{
	size_t kept = 0, whole = SIZE_MAX;

	if (collecting->count)
		qsort(collecting->codes, collecting->count, sizeof(*collecting->codes), compare_codes);
	for (size_t i = 0; i < collecting->count; i++) {
		const struct terms_code *code = &collecting->codes[i];

		if (whole != SIZE_MAX && slice_equal(collecting->codes[whole].system, code->system))
			continue;
		if (kept > 0 && compare_codes(&collecting->codes[kept - 1], code) == 0)
			continue;
		if (!code->code.ptr)
			whole = kept;
		collecting->codes[kept++] = *code;
	}
	collecting->count = kept;
}

bool collecting_finish(struct collecting *collecting, bool done, size_t max, struct slice name, struct terms_codes *out,
		       struct error *err)
{
	struct asking *asking = collecting->asking;

	asking_close(asking);
	if (asking->has_failed) {
		*err = asking->err;
		return false;
	}
	if (!done || asking->steps > TERMS_STEPS_MAX) {
		error_set(err, ERROR_UNSUPPORTED, "", "%s", asking->reason);
		return error_hint(
		    err, "store what is missing (a code system whole, with content \"complete\"), or the value set with its "
			 "expansion");
	}
	sort_out(collecting);
	if (collecting->count > max) {
		error_set(err, ERROR_LIMIT, "", "%.*s stands for %zu codes, and %zu are the most", SLICE_ARG(name),
			  collecting->count, max);
		return error_hint(err, "ask for something narrower");
	}
	*out = (struct terms_codes){ collecting->codes, collecting->count };
	return true;
}

/* ---- candidates ---- */

/** Takes the code unless a value set of the rule lacks it or an exclusion has it. */
static bool offer(const struct including *including, struct slice system, struct slice code)
{
	struct collecting *collecting = including->collecting;
	struct asking *asking = collecting->asking;
	enum fhirpath_answer answer = asking_spend(asking, 1) ? FHIRPATH_YES : FHIRPATH_NOT_HELD;

	asking->system = system.ptr ? system : SLICE("");
	asking->code = code;
	for (const struct fhir_node *import = including->import; import && answer == FHIRPATH_YES;
	     import = fhir_node_again(import))
		answer = asking_has(asking, import->value);
	if (answer != FHIRPATH_YES)
		return answer == FHIRPATH_NO;
	answer = asking_any(asking, including->exclude);
	if (answer != FHIRPATH_NO)
		return answer == FHIRPATH_YES;
	if (including->drops_inactive && asking_is_inactive(asking, system, code))
		return true;
	return collecting_add(collecting, system, code);
}

static bool offer_listed(const struct including *including, struct slice system, const struct fhir_node *concept)
{
	for (; concept; concept = fhir_node_again(concept))
		if (!offer(including, system, fhir_node_text(concept, SLICE("code"))))
			return false;
	return true;
}

/** A concept of the system, when the filters let it pass. */
static bool offer_concept(const struct including *including, const struct terms_system *system, struct slice url,
			  const struct concept *concept, const struct fhir_node *filter)
{
	enum fhirpath_answer answer = filters_pass(including->collecting->asking, system, concept, filter);

	if (answer != FHIRPATH_YES)
		return answer == FHIRPATH_NO;
	return offer(including, url, concept->code);
}

static bool offer_rows(const struct including *including, const struct terms_rows *whole, struct slice url,
		       const struct fhir_node *filter)
{
	struct slice rows = whole->rows, system, codes;

	if (!rows_next(&rows, &system, &codes))
		return true;
	while (codes.len) {
		const struct concept concept = { .code = slice_cut(&codes, '|') };

		if (!offer_concept(including, NULL, url, &concept, filter))
			return false;
	}
	return true;
}

/** Every code of a system, one by one. */
static bool offer_system(const struct including *including, struct slice url, struct slice version,
			 const struct fhir_node *filter)
{
	struct asking *asking = including->collecting->asking;
	const struct terms_system *system = asking_system(asking, url, version);
	const struct terms_rows *whole = system ? NULL : tables_system(asking->source->tables, url);

	if (whole)
		return offer_rows(including, whole, url, filter);
	if (!system || !system->is_complete) {
		asking_refuse(asking,
			      system ? "of the code system %.*s not all is held here" : "the code system %.*s is not held here",
			      SLICE_ARG(url));
		return false;
	}
	for (size_t i = 0; i < system->count; i++)
		if (!offer_concept(including, system, url, &system->concepts[i], filter))
			return false;
	return true;
}

/** Whether a system may lose codes to an exclusion. */
static bool may_lose(const struct including *including, struct slice system)
{
	for (const struct fhir_node *rule = including->exclude; rule; rule = fhir_node_again(rule)) {
		struct slice version, excluded = named_system(rule, &version);

		if (!excluded.ptr || slice_equal(excluded, system))
			return true;
	}
	return false;
}

static bool is_enumerable(struct asking *asking, struct slice url, struct slice version)
{
	const struct terms_system *system = asking_system(asking, url, version);

	return system ? system->is_complete : tables_system(asking->source->tables, url) != NULL;
}

static bool offer_whole(const struct including *including, struct slice url, struct slice version)
{
	bool has_inactive = including->drops_inactive && is_enumerable(including->collecting->asking, url, version);

	if (including->import || has_inactive || may_lose(including, url))
		return offer_system(including, url, version, NULL);
	return collecting_add(including->collecting, url, SLICE_NONE);
}

/* ---- value sets ---- */

static bool collect_set(struct collecting *collecting, struct slice canonical);

/** The codes of the rule's first value set; `system` absent: of any system. */
static bool offer_import(struct including including, struct slice canonical, struct slice system)
{
	struct collecting inner = { .asking = including.collecting->asking, .arena = including.collecting->arena };

	including.import = fhir_node_again(including.import);
	if (!collect_set(&inner, canonical))
		return false;
	for (size_t i = 0; i < inner.count; i++) {
		const struct terms_code *code = &inner.codes[i];

		if (system.ptr && !slice_equal(system, code->system))
			continue;
		if (code->code.ptr ? !offer(&including, code->system, code->code)
				   : !offer_whole(&including, code->system, SLICE_NONE))
			return false;
	}
	return true;
}

static bool collect_rule(struct including *including, const struct fhir_node *rule)
{
	const struct fhir_node *concept = fhir_node_child(rule, SLICE("concept")),
			       *filter = fhir_node_child(rule, SLICE("filter"));
	struct slice version, url = named_system(rule, &version);

	including->import = fhir_node_child(rule, SLICE("valueSet"));
	if (concept)
		return offer_listed(including, url, concept);
	if (filter)
		return offer_system(including, url, version, filter);
	/* Of a system that is not held, those of its codes that a value set lists are known. */
	if (including->import && (!url.ptr || !is_enumerable(including->collecting->asking, url, version)))
		return offer_import(*including, including->import->value, url);
	return offer_whole(including, url, version);
}

static bool collect_compose(struct collecting *collecting, const struct fhir_node *compose)
{
	struct including including = { .collecting = collecting,
				       .exclude = fhir_node_child(compose, SLICE("exclude")),
				       .drops_inactive = compose_drops_inactive(compose) };
	const struct fhir_node *rule = fhir_node_child(compose, SLICE("include"));
	bool done = true;

	for (; rule && done; rule = fhir_node_again(rule)) {
		collecting->asking->rule = rule;
		done = asking_spend(collecting->asking, 1) && rule_is_sound(collecting->asking, rule) &&
		       collect_rule(&including, rule);
	}
	return done;
}

static bool collect_contains(struct collecting *collecting, const struct fhir_node *contains, unsigned depth)
{
	for (; contains && depth < CONTAINS_DEPTH_MAX; contains = fhir_node_again(contains)) {
		struct slice version, system = named_system(contains, &version), code = fhir_node_text(contains, SLICE("code"));
		bool is_abstract = slice_equal(fhir_node_text(contains, SLICE("abstract")), SLICE("true"));

		if (code.ptr && !is_abstract && !collecting_add(collecting, system, code))
			return false;
		if (!collect_contains(collecting, fhir_node_child(contains, SLICE("contains")), depth + 1))
			return false;
	}
	return true;
}

static bool collect_rows(struct collecting *collecting, const struct terms_rows *set)
{
	struct slice rows = set->rows, system, codes;

	while (rows_next(&rows, &system, &codes))
		while (codes.len)
			if (!collecting_add(collecting, system, slice_cut(&codes, '|')))
				return false;
	return true;
}

static bool collect(struct collecting *collecting, struct slice canonical)
{
	struct asking *asking = collecting->asking;
	const struct fhir_node *set = asking_value_set(asking, canonical);
	const struct terms_rows *rows = set ? NULL : tables_value_set(asking->source->tables, canonical);
	const struct fhir_node *expansion = set ? fhir_node_child(set, SLICE("expansion")) : NULL;
	const struct fhir_node *compose = set ? fhir_node_child(set, SLICE("compose")) : NULL;

	if (rows)
		return collect_rows(collecting, rows);
	if (expansion && expansion_is_whole(expansion))
		return collect_contains(collecting, fhir_node_child(expansion, SLICE("contains")), 0);
	if (compose)
		return collect_compose(collecting, compose);
	asking_refuse(asking, set ? "it has no rules and no whole expansion" : "it is not held here");
	return false;
}

static bool collect_set(struct collecting *collecting, struct slice canonical)
{
	struct asking *asking = collecting->asking;
	struct slice outer = asking->value_set;
	const struct fhir_node *rule = asking->rule;

	if (asking->depth == TERMS_DEPTH_MAX) {
		asking_refuse(asking, "value sets within value sets are more than %u deep", TERMS_DEPTH_MAX);
		return false;
	}
	asking->depth++;
	asking->value_set = canonical;
	asking->rule = NULL;
	bool done = asking_spend(asking, 1) && collect(collecting, canonical);
	asking->depth--;
	asking->value_set = outer;
	asking->rule = rule;
	return done;
}

bool terms_expand(struct arena *arena, const struct terms_source *source, struct slice value_set, size_t max,
		  struct terms_codes *out, struct error *err)
{
	struct asking asking = { .source = source, .wants_reason = true };
	struct collecting collecting = { .asking = &asking, .arena = arena };
	bool done = collect_set(&collecting, value_set);

	return collecting_finish(&collecting, done, max, value_set, out, err);
}
