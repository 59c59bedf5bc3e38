/* SPDX-License-Identifier: Apache-2.0 */
/* What the checks of one resource share. */
#ifndef VALIDATE_RUN_H
#define VALIDATE_RUN_H

#include "validate/knowledge.h"

/** An invariant of the specification. */
struct rule {
	struct slice path; /**< type, or type.element */
	struct slice key, expression, text;
	enum issue_severity severity;
	const struct fhirpath_program *program; /**< NULL: checked in narrative.c, or not at all */
};

/** A primitive type's format; `code` is a pcre2_code. */
struct format {
	struct slice type;
	void *code;
};

#define FORMATS_MAX 40

struct validator {
	struct arena *arena;
	const struct fhir_schema *schema;
	const struct validator *base; /**< whose rules, formats and value sets these are; NULL: its own */
	struct rule *rules;           /**< by path */
	size_t rule_count, left_out;
	struct format formats[FORMATS_MAX];
	size_t format_count;
	struct knowledge knowledge;
	struct terms_source terms; /**< how `knowledge` and the tables of codes are asked */
};

/** What profiles may cost together on one resource: they may be anybody's. */
struct spending {
	uint64_t steps; /**< of FHIRPath, and one for each element looked at */
	bool is_over;
};
#define SPENDING_STEPS_MAX (16u << 20)

struct run {
	const struct validator *validator;
	struct arena *scratch; /**< emptied after each element */
	struct arena *work;    /**< of the profiles on one element */
	struct issues *issues;
	const struct fhir_node *resource;  /**< the one the element belongs to */
	const struct fhir_node *container; /**< the resource that contains it; else itself */
	const struct fhir_node *bundle;    /**< around both, or NULL */
	struct spending *spending;
	unsigned nested;    /**< profiles within profiles */
	bool is_profile;    /**< what is done is charged */
	bool is_silent;     /**< only whether there is an error is asked */
	unsigned inquiries; /**< conformsTo() within conformsTo() */
	struct fhirpath_item root_item;
	struct fhirpath_variable root;
	struct error *err;
};

/** rules.c: reads the tables. */
bool rules_load(struct validator *validator, struct error *err) MUST_USE;
/** The first of `*count` rules that stand under `path`. */
const struct rule *rules_of(const struct validator *validator, struct slice path, size_t *count);

/** An issue at `node`; `key` may be absent. */
void run_issue(struct run *run, const struct fhir_node *node, enum issue_severity severity, const char *code, struct slice key,
	       const char *format, ...) PRINTF_LIKE(6, 7);

/** What %resource and %rootResource are below `node`. */
struct run run_enter(const struct run *run, const struct fhir_node *node);
/** What an expression sees; it points into `run`. */
struct fhirpath_context run_context(struct run *run);
/** Charges `steps` to the profiles; false: nothing is left, and what remains is not checked. */
bool run_spend(struct run *run, uint64_t steps) MUST_USE;
/** Nothing is left from now on. Returns true, as the run goes on without profiles. */
bool run_exhaust(struct run *run);

/** Memory of the run; what was opened is closed, even after a failure. */
bool run_open(struct run *run) MUST_USE;
void run_close(struct run *run);

/** inquiry.c: what expressions ask a run. */
enum fhirpath_answer inquiry_member_of(void *knowledge, const struct fhirpath_item *item, struct slice value_set);
enum fhirpath_answer inquiry_conforms_to(void *knowledge, const struct fhirpath_item *item, struct slice profile);

/** format.c */
bool format_add(struct validator *validator, struct slice type, struct slice pattern, struct error *err) MUST_USE;
void format_free(struct validator *validator);
void format_check(struct run *run, const struct fhir_node *node);
/** Whether `text` has the form of that primitive type. */
bool format_fits(const struct run *run, struct slice type, struct slice text);

/** uri.c */
bool uri_is_absolute(struct slice uri);
void uri_check(struct run *run, const struct fhir_node *node);
void identifier_check(struct run *run, const struct fhir_node *node);
void coding_check(struct run *run, const struct fhir_node *node);

/** codes.c: codes of required bindings. */
void codes_check(struct run *run, const struct fhir_node *node);
/** Whether a value set has the code, or one of the codings, of `node`; `*code` is what to tell, absent where there is none. */
enum fhirpath_answer codes_fit(struct run *run, const struct fhir_node *node, struct slice value_set, struct slice *code);

/** value_set.c: makes what is held answer. */
bool value_sets_make(struct validator *validator, struct error *err) MUST_USE;
/** `system` absent: that of the value set counts. */
enum fhirpath_answer value_set_has(struct run *run, struct slice canonical, struct slice system, struct slice code);

/** invariant.c: those of the specification, and any. False: no memory. */
bool invariants_check(struct run *run, const struct fhir_node *node) MUST_USE;
bool rule_check(struct run *run, const struct rule *rule, const struct fhir_node *node) MUST_USE;

/** reference.c: a Reference and what it may point to. */
void reference_check(struct run *run, const struct fhir_node *node);
/** What it leads to inside the document; NULL: it leads out of it. */
const struct fhir_node *reference_target(const struct run *run, const struct fhir_node *node);
/** The type in "Type/id", "http://server/base/Type/id", each maybe with "/_history/1"; NULL: the reference does not tell. */
const struct fhir_type *reference_told_type(const struct run *run, const struct fhir_node *node);

/** extension.c */
bool extension_check(struct run *run, const struct fhir_node *node) MUST_USE;

/** claims.c: the profiles that a resource claims, and the definition of an extension. */
bool profiles_check(struct run *run, const struct fhir_node *node) MUST_USE;
/** Against a profile by its canonical; what is not held is told with `missing`. */
bool profile_ask(struct run *run, const struct fhir_node *node, const struct fhir_node *place, struct slice canonical,
		 enum issue_severity missing) MUST_USE;
void profile_missing(struct run *run, const struct fhir_node *place, struct slice canonical, enum issue_severity severity);

/** bundle.c: full URLs of a Bundle, and whether what has to be inside is. */
void bundle_check(struct run *run, const struct fhir_node *bundle);
/** The resource of the entry that `reference`, said in the entry whose full URL is `from`, leads to; NULL: none. */
const struct fhir_node *bundle_find(const struct fhir_node *bundle, struct slice from, struct slice reference);

/** narrative.c: the XHTML of Narrative.div. */
void narrative_check(struct run *run, const struct fhir_node *div);

/** element.c: one element and all below it. */
bool element_check(struct run *run, const struct fhir_node *node) MUST_USE;

#endif
