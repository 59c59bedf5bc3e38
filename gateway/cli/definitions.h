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

/** Zeroed before it is opened. */
struct definitions {
	const struct fhir_schema *schema;
	struct validator *built_in;
	struct validator *validator; /**< knows the given ones too */
};

/** The tables of a version and a validator on them; trees of the files live in `arena`. A StructureDefinition of a new type
 * (JSON) goes into the tables, any other definition to the validator. To be closed even when it fails. */
bool definitions_open(struct definitions *definitions, struct arena *arena, const struct arguments *arguments,
		      enum fhir_version version, struct error *err) MUST_USE;
void definitions_close(struct definitions *definitions);

#endif
