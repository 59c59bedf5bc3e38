/* SPDX-License-Identifier: Apache-2.0 */
/* What the checks of one resource share. */
#ifndef VALIDATE_RUN_H
#define VALIDATE_RUN_H

#include "cannula/fhirpath.h"
#include "cannula/validate.h"

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

/** A value set and the rows of its code systems, as they stand in the table. */
struct value_set {
	struct slice url, rows;
};

struct validator {
	struct arena *arena;
	const struct fhir_schema *schema;
	struct rule *rules; /**< by path */
	size_t rule_count, left_out;
	struct format formats[FORMATS_MAX];
	size_t format_count;
	struct value_set *value_sets; /**< by canonical */
	size_t value_set_count;
};

struct run {
	const struct validator *validator;
	struct arena *scratch; /**< emptied after each element */
	struct issues *issues;
	const struct fhir_node *resource;  /**< the one the element belongs to */
	const struct fhir_node *container; /**< the resource that contains it; else itself */
	const struct fhir_node *bundle;    /**< around both, or NULL */
	struct error *err;
};

/** rules.c: reads the tables. */
bool rules_load(struct validator *validator, struct error *err) MUST_USE;
/** The first of `*count` rules that stand under `path`. */
const struct rule *rules_of(const struct validator *validator, struct slice path, size_t *count);

/** An issue at `node`; `key` may be absent. */
void run_issue(struct run *run, const struct fhir_node *node, enum issue_severity severity, const char *code, struct slice key,
	       const char *format, ...) PRINTF_LIKE(6, 7);

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

/** invariant.c */
bool invariants_check(struct run *run, const struct fhir_node *node) MUST_USE;

/** reference.c: a Reference and what it may point to. */
void reference_check(struct run *run, const struct fhir_node *node);

/** bundle.c: full URLs of a Bundle, and whether what has to be inside is. */
void bundle_check(struct run *run, const struct fhir_node *bundle);
/** The resource of the entry that `reference`, said in the entry whose full URL is `from`, leads to; NULL: none. */
const struct fhir_node *bundle_find(const struct fhir_node *bundle, struct slice from, struct slice reference);

/** narrative.c: the XHTML of Narrative.div. */
void narrative_check(struct run *run, const struct fhir_node *div);

/** element.c: one element and all below it. */
bool element_check(struct run *run, const struct fhir_node *node) MUST_USE;

#endif
