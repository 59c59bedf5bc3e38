/* SPDX-License-Identifier: Apache-2.0 */
/**
 * terminology: which codes a value set has, asked of one code or of all, and which codes stand above and below another. Rules of
 * value sets (include, exclude, filters, imports) are read by one evaluator; where value sets and code systems come from is the
 * caller's: a validator's definitions, or the resources of a store.
 *
 * What would need something that is not held is never guessed.
 *
 * Source: FHIR R4 and R5, "ValueSet" (sections "Composition Rules", "Filters", "Value Set Expansion"), "CodeSystem".
 */
#ifndef CANNULA_TERMINOLOGY_H
#define CANNULA_TERMINOLOGY_H

#include "cannula/fhirpath.h"

/** Work of one question: concepts, codes and steps up a hierarchy that are looked at. */
#define TERMS_STEPS_MAX (8u << 20)
/** Value sets in value sets. */
#define TERMS_DEPTH_MAX 8u

/* ---- what is held ---- */

/** A CodeSystem resource, its concepts by code. Immutable. */
struct terms_system;
/** `resource` must live as long. False: no memory. */
bool terms_system_make(struct arena *arena, const struct fhir_node *resource, const struct terms_system **out,
		       struct error *err) MUST_USE;

/** The codes of the specification's own value sets and code systems, profiles/VERSION/codes.tsv: codes alone, without what a
 * CodeSystem says of them. */
struct terms_tables;
bool terms_tables_load(struct arena *arena, enum fhir_version version, const struct terms_tables **out,
		       struct error *err) MUST_USE;

/** The system that a plain code has by the value set that its element is bound to; absent when the tables do not tell. */
struct slice terms_system_of_code(const struct terms_tables *tables, struct slice value_set, struct slice code);

/** Where value sets and code systems are found, by "url" or "url|version". `*out` NULL: it is not held. False: it could not be
 * looked up. What is found must stay until the question is answered. */
struct terms_source {
	bool (*value_set)(void *context, struct slice canonical, const struct fhir_node **out, struct error *err);
	bool (*code_system)(void *context, struct slice canonical, const struct terms_system **out, struct error *err);
	void *context;
	const struct terms_tables *tables; /**< asked for what the others do not hold; may be NULL */
};

/* ---- questions ---- */

/** Whether the value set has the code; `system` absent: of any system. `steps`: what it took is added; may be NULL.
 * FHIRPATH_NOT_HELD: that cannot be told, or would take more than TERMS_STEPS_MAX. */
enum fhirpath_answer terms_has(const struct terms_source *source, struct slice value_set, struct slice system, struct slice code,
			       uint64_t *steps);

/** A code; `code` absent: every code of the system, whose codes need not be held. */
struct terms_code {
	struct slice system, code;
};

/** Each once, in no order. */
struct terms_codes {
	const struct terms_code *items;
	size_t count;
};

/** The codes that a value set has. ERROR_UNSUPPORTED names the value set, the rule and the reason where they cannot be told;
 * ERROR_LIMIT when there are more than `max`. */
bool terms_expand(struct arena *arena, const struct terms_source *source, struct slice value_set, size_t max,
		  struct terms_codes *out, struct error *err) MUST_USE;

enum terms_direction { TERMS_ABOVE, TERMS_BELOW };
/** The code and all that stand above it, or below it, in its code system. Errors as above. */
bool terms_hierarchy(struct arena *arena, const struct terms_source *source, const struct terms_code *from,
		     enum terms_direction direction, size_t max, struct terms_codes *out, struct error *err) MUST_USE;

#endif
