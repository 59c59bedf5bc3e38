/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir/place.h"

#include <string.h>

void place_move(struct place *place, size_t offset)
{
	while (place->counted < offset) {
		const char *newline = memchr(place->text.ptr + place->counted, '\n', offset - place->counted);
		if (!newline)
			break;
		place->line++;
		place->line_start = place->counted = (size_t)(newline - place->text.ptr) + 1;
	}
	if (place->counted < offset)
		place->counted = offset;
}

uint32_t place_column(const struct place *place, size_t offset)
{
	return offset < place->line_start ? 1 : (uint32_t)(offset - place->line_start + 1);
}
