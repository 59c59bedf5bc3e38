/* SPDX-License-Identifier: Apache-2.0 */
/* Definitions that a command line gives beside those of profiles/. */
#ifndef CLI_DEFINITIONS_H
#define CLI_DEFINITIONS_H

#include "cli/command.h"

#include "cannula/validate.h"

/** The flag that definitions_open() reads. */
#define FLAG_DEFINITION                                                                                                          \
	{                                                                                                                        \
		"definition", "FILE...", "a StructureDefinition, ValueSet or CodeSystem more, or a Bundle of them"               \
	}

/** The tables of a version and a validator on them; trees of the files live in `arena`. A StructureDefinition of a new type
 * (JSON) goes into the tables, any other definition to the validator, which is to be freed. */
bool definitions_open(struct arena *arena, const struct arguments *arguments, enum fhir_version version,
		      const struct fhir_schema **schema, struct validator **validator, struct error *err) MUST_USE;

#endif
