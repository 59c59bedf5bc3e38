/* SPDX-License-Identifier: Apache-2.0 */
/* Times as people write them: "about 1-2 hours", "30 to 45 minutes", "up to an hour and a half". */
#ifndef RECORD_QUANTITY_H
#define RECORD_QUANTITY_H

#include "record/rules.h"

/** A number (decimal text) of a unit; `value` absent: no such bound. */
struct record_quantity {
	struct slice value;
	struct slice word; /**< the unit as written, folded */
	const struct record_unit *unit;
};

struct record_time {
	struct record_quantity low, high;
};

/** The first time that folded `text` states; one number is both bounds. False when there is none, or none that can be stated
 * exactly
 *  ("a few days", "6 weeks to 3 months"). */
bool record_time_find(struct arena *arena, const struct record_rules *rules, struct slice text, struct record_time *out);

#endif
