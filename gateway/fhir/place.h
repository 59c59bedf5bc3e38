/* SPDX-License-Identifier: Apache-2.0 */
/** Lines and columns of offsets in a document. Newlines are counted once: offsets are asked for in growing order. */
#ifndef CANNULA_FHIR_PLACE_H
#define CANNULA_FHIR_PLACE_H

#include "cannula/base.h"

struct place {
	struct slice text;
	size_t counted, line_start;
	uint32_t line; /**< from 1 */
};

#define PLACE_START(document) ((struct place){ .text = (document), .line = 1 })

/** Moves forward to `offset`. */
void place_move(struct place *place, size_t offset);
/** The column of `offset`, from 1, in the line that the last place_move has reached. */
uint32_t place_column(const struct place *place, size_t offset);

#endif
