/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Validation of what clients write, as far as the configuration asks. A validator is made on a version's first write and kept.
 */
#ifndef CANNULA_API_VALIDATION_H
#define CANNULA_API_VALIDATION_H

#include "api/call.h"

extern const char *const validation_words[]; /**< choices of the option, NULL-terminated: full, structure, off */

/** The validator of a version, shared. */
bool validation_validator(struct api *api, enum fhir_version version, const struct validator **out, struct error *err) MUST_USE;
/** What searches of a store ask for value sets and code systems that are not stored: the validator's. */
void validation_consult(struct api *api, struct store *store);
/** Adds what is wrong with `resource` to `issues`. False: no memory. */
bool validation_run(struct api *api, enum fhir_version version, const struct fhir_node *resource, struct issues *issues,
		    struct error *err) MUST_USE;

#endif
