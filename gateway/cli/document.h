/* SPDX-License-Identifier: Apache-2.0 */
/* A resource in a file, in either format. */
#ifndef CLI_DOCUMENT_H
#define CLI_DOCUMENT_H

#include "cannula/fhir.h"

/** XML when the first character that is neither white space nor a byte order mark is <, else JSON. `type` NULL: the root says. */
bool document_read(struct arena *arena, const struct fhir_schema *schema, const struct fhir_type *type, bool lenient,
		   struct slice text, struct issues *issues, struct fhir_node **out) MUST_USE;

#endif
