/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Profiles as trees of what they constrain: only the elements that a profile speaks of, each with its slices. The tree of a
 * profile with a snapshot is made from it; else from the differential laid over the tree of the base, if that is a profile too.
 * What the tables say already is checked by them.
 *
 * Source: FHIR, "ElementDefinition", "Profiling FHIR".
 */
#ifndef VALIDATE_PROFILE_H
#define VALIDATE_PROFILE_H

#include "validate/knowledge.h"
#include "validate/run.h"

/** A type that an element may have, and the profiles that it then, or what a reference leads to, must conform to one of. */
struct narrowed_type {
	struct slice name;
	const struct slice *profiles, *targets;
	size_t profile_count, target_count;
};

/** An invariant of a profile; `wrong` says why it has no program. */
struct constraint {
	struct rule rule;
	struct slice wrong;
	struct constraint *next;
};

enum discriminator_kind { BY_VALUE, BY_EXISTS, BY_TYPE, BY_PROFILE, BY_POSITION };

struct discriminator {
	enum discriminator_kind kind;
	struct slice path;
	const struct fhirpath_program *program; /**< of `path` */
};

enum slicing_rules { SLICING_OPEN, SLICING_CLOSED, SLICING_OPEN_AT_END };

struct slicing {
	enum slicing_rules rules;
	bool ordered;
	const struct discriminator *discriminators;
	size_t discriminator_count;
};

/** What a profile says of an element, or of a slice of it. */
struct definition {
	struct slice name;            /**< of the element, a choice without [x]; of the root, the type */
	struct slice slice_name;      /**< absent: the element itself */
	const struct fhir_type *type; /**< NULL: not known before the resource is */
	uint32_t min, max;
	const struct narrowed_type *types; /**< none: as the tables say */
	size_t type_count;
	const struct fhir_node *fixed, *pattern;
	enum fhir_binding binding;
	struct slice value_set;
	struct constraint *constraints;
	struct slice content; /**< id of the element whose content this one has; may be absent */
	const struct slicing *slicing;
	struct definition *parent, *children, *slices, *next;
};

struct profile {
	const struct held *held;
	const struct fhir_type *type;
	struct definition *root;
};

/** profile.c: makes every profile that is held. */
bool profiles_make(struct validator *validator, struct error *err) MUST_USE;

/** definition.c: the child of that name, or the slice of that name; NULL: the profile says nothing of it. */
struct definition *definition_child(const struct definition *definition, struct slice name);
struct definition *definition_slice(const struct definition *definition, struct slice name);
/** The one that an id ("Questionnaire.item", "Patient.identifier:mrn.system") names; NULL: none. */
struct definition *definition_at(struct definition *root, struct slice id);
/** The same, made where it is missing. NULL: refused in `err`. */
struct definition *definition_make(struct validator *validator, const struct profile *profile, const struct fhir_node *element,
				   struct slice id, struct error *err) MUST_USE;
/** A copy of all below, for a profile that is based on another. */
struct definition *definition_copy(struct arena *arena, const struct definition *from) MUST_USE;

/** definition_read.c: lays what an ElementDefinition says over `definition`. */
bool definition_read(struct validator *validator, const struct profile *profile, struct definition *definition,
		     const struct fhir_node *element, struct error *err) MUST_USE;

/* ---- checking ---- */

/** A profile being checked on a resource or an element. */
struct conforming {
	struct run *run;
	const struct profile *profile;
};

/** conform.c: false: no memory. */
bool profile_check(struct run *run, const struct profile *profile, const struct fhir_node *node) MUST_USE;
/** Whether `node` conforms, saying nothing. */
bool profile_fits(struct run *run, const struct profile *profile, const struct fhir_node *node);
/** One element, or the elements of one name, by what the profile says of them. */
bool definition_check(struct conforming *conforming, const struct fhir_node *node, const struct definition *definition) MUST_USE;
bool group_check(struct conforming *conforming, const struct fhir_node *parent, const struct definition *definition,
		 const struct fhir_node *const *nodes, size_t count) MUST_USE;
/** An issue that names the profile. */
void conforming_issue(const struct conforming *conforming, const struct fhir_node *node, enum issue_severity severity,
		      const char *code, struct slice key, const char *format, ...) PRINTF_LIKE(6, 7);

/** slicing.c: the slices of `definition` among the elements of its name. */
bool slices_check(struct conforming *conforming, const struct fhir_node *parent, const struct definition *definition,
		  const struct fhir_node *const *nodes, size_t count) MUST_USE;

/** discriminator.c: whether `node` belongs to a slice. */
enum fhirpath_answer slice_matches(struct conforming *conforming, const struct definition *sliced, const struct definition *slice,
				   const struct fhir_node *node);

/** pattern.c: FHIR, "ElementDefinition", fixed[x] (the same in all) and pattern[x] (at least that). */
bool value_is_fixed(const struct fhir_node *node, const struct fhir_node *fixed);
bool value_has_pattern(const struct fhir_node *node, const struct fhir_node *pattern);

#endif
