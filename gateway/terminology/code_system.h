/* SPDX-License-Identifier: Apache-2.0 */
/* Code systems that are held: their concepts by code, and which stands under which. */
#ifndef TERMINOLOGY_CODE_SYSTEM_H
#define TERMINOLOGY_CODE_SYSTEM_H

#include "cannula/terminology.h"

/** Concepts that one concept may stand under, in all. */
#define ANCESTORS_MAX 1000u

struct concept {
	struct slice code;
	const struct fhir_node *node; /**< CodeSystem.concept, at any depth; NULL: only the code is known */
	bool has_children;
};

/** By their place in the list of concepts. */
struct concept_link {
	uint32_t child, parent;
};

/** What a property of concepts tells. */
enum property_role { PROPERTY_PLAIN, PROPERTY_PARENT, PROPERTY_CHILD };

#define LINKING_PROPERTIES_MAX 8u
struct linking_property {
	struct slice code;
	enum property_role role;
};

#define PROPERTIES_MAX 64u

struct terms_system {
	const struct fhir_node *resource;
	struct concept *concepts; /**< by code */
	size_t count;
	struct concept_link *links; /**< by child */
	size_t link_count;
	struct linking_property roles[LINKING_PROPERTIES_MAX]; /**< as the system itself names them */
	size_t role_count;
	struct slice properties[PROPERTIES_MAX]; /**< that it defines or uses; when full, there may be others */
	size_t property_count;
	bool is_complete;
	bool ignores_case;
};

/** NULL: there is none. */
const struct concept *system_concept(const struct terms_system *system, struct slice code);
/** Whether the system has the code, as far as is known. */
enum fhirpath_answer system_has(const struct terms_system *system, struct slice code);
/** The links of one concept to what it stands under. */
const struct concept_link *system_parents(const struct terms_system *system, const struct concept *concept, size_t *count);
/** Concepts above `concept`, itself not among them. Returns how many; SIZE_MAX: too many. */
size_t system_ancestors(const struct terms_system *system, const struct concept *concept, uint32_t out[ANCESTORS_MAX]);
/** Whether `concept` stands anywhere under `ancestor`; FHIRPATH_NOT_HELD: under too many. What it took is added to `steps`. */
enum fhirpath_answer system_is_below(const struct terms_system *system, const struct concept *concept,
				     const struct concept *ancestor, uint64_t *steps);

bool system_has_property(const struct terms_system *system, struct slice property);
enum property_role system_property_role(const struct terms_system *system, struct slice code);

#endif
