/* SPDX-License-Identifier: Apache-2.0 */
/** JSON Pointer (RFC 6901) on values, and the changes at a place that JSON Patch is made of. */
#ifndef CANNULA_FHIR_JSON_POINTER_H
#define CANNULA_FHIR_JSON_POINTER_H

#include "fhir/json.h"

/** Where a pointer leads: a value, or the place in its container where one can be added. */
struct json_place {
	struct json_value *container; /**< NULL: the whole document */
	struct json_value **link;     /**< what holds the value; for a place without one, where it would hang */
	struct slice key;             /**< of a member */
	uint32_t depth;               /**< containers around the value */
	bool exists;
};

/** Follows `pointer` from `*root`. A last token that names no member, the index behind the last item, or "-" is a place without
 * a value. `*work` counts down by what is walked over. False: `*why` tells. */
bool json_pointer_follow(struct arena *arena, struct json_value **root, struct slice pointer, uint64_t *work,
			 struct json_place *out, const char **why) MUST_USE;
/** Hangs `value` there: before the item, in place of the member or document, or as a new one. */
void json_place_add(const struct json_place *place, struct json_value *value);
/** Puts `value` where another stands. */
void json_place_replace(const struct json_place *place, struct json_value *value);
/** Takes the value out; the whole document cannot be. */
struct json_value *json_place_take(const struct json_place *place);

/** Equal as RFC 6902 section 4.6 has it: members in any order, numbers by what they are worth. */
bool json_equal(const struct json_value *a, const struct json_value *b, uint64_t *work);

#endif
