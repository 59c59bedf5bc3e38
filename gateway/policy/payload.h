/* SPDX-License-Identifier: Apache-2.0 */
/* Any JSON as a tree, for documents and listings that payers publish: bounded, and numbers keep their text. */
#ifndef CANNULA_POLICY_PAYLOAD_H
#define CANNULA_POLICY_PAYLOAD_H

#include "cannula/base.h"

enum payload_kind { PAYLOAD_NULL, PAYLOAD_BOOLEAN, PAYLOAD_NUMBER, PAYLOAD_STRING, PAYLOAD_ARRAY, PAYLOAD_OBJECT };

struct payload_value {
	enum payload_kind kind;
	struct slice name; /* of a member; absent in an array */
	struct slice text; /* scalars as text: "true", "12.50"; absent for null */
	struct payload_value *parent, *first, *last, *next;
	size_t count; /* of children */
	uint32_t line;
};

#define PAYLOAD_DEPTH_MAX 64u
#define PAYLOAD_VALUES_MAX 1000000u

bool payload_read(struct arena *arena, struct slice bytes, struct payload_value **out, struct error *err) MUST_USE;
/** The member of that name; NULL when `value` has none, or is no object. */
const struct payload_value *payload_member(const struct payload_value *value, struct slice name);
/** A dotted path of members; absent or empty: `value` itself. */
const struct payload_value *payload_path(const struct payload_value *value, struct slice path);
/** How often texts are escaped for HTML in payloads that are met. */
#define PAYLOAD_ESCAPES_MAX 2u
/** Undoes one level of HTML escaping, of markup characters only. Absent when the arena is full. */
struct slice payload_unescape(struct arena *arena, struct slice text);
static inline bool payload_is_scalar(const struct payload_value *value)
{
	return value->kind < PAYLOAD_ARRAY;
}

#endif
