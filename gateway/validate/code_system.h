/* SPDX-License-Identifier: Apache-2.0 */
/* CodeSystem resources that are held: their concepts by code, and what the concepts say. */
#ifndef VALIDATE_CODE_SYSTEM_H
#define VALIDATE_CODE_SYSTEM_H

#include "validate/knowledge.h"
#include "validate/run.h"

struct concept {
	struct slice code;
	const struct fhir_node *node; /**< CodeSystem.concept, at any depth */
};

struct code_system {
	struct concept *concepts; /**< by code */
	size_t count;
	bool is_complete;
	bool ignores_case;
};

/** Makes every code system that is held. */
bool code_systems_make(struct validator *validator, struct error *err) MUST_USE;
/** NULL: not held. */
const struct code_system *code_system_find(const struct validator *validator, struct slice canonical);
const struct concept *code_system_concept(const struct code_system *system, struct slice code);
/** Whether the system has the code, as far as is known. */
enum fhirpath_answer code_system_has(const struct code_system *system, struct slice code);
/** FHIR, "ValueSet", section "Filters": whether `concept` passes `filter` (ValueSet.compose.include.filter). */
enum fhirpath_answer code_filter_passes(const struct code_system *system, const struct concept *concept,
					const struct fhir_node *filter);

#endif
