/* SPDX-License-Identifier: Apache-2.0 */
/** Elements from the parts of a Parameters resource. */
#ifndef CANNULA_PATCH_BUILD_H
#define CANNULA_PATCH_BUILD_H

#include "cannula/fhir.h"

/** A new repetition of `name` under `parent`, behind those there are, with what `part` holds: value[x], a resource, or for a type
 * without a name a part for each element. NULL: `*why` tells. */
struct fhir_node *patch_build(struct arena *arena, struct fhir_node *parent, struct slice name, const struct fhir_node *part,
			      const char **why) MUST_USE;

#endif
