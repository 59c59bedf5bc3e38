/* SPDX-License-Identifier: Apache-2.0 */
/** JSON as values, before any FHIR meaning: what yajl finds, checked against the limits, with exact positions. */
#ifndef CANNULA_FHIR_JSON_H
#define CANNULA_FHIR_JSON_H

#include "cannula/fhir.h"

enum json_kind { JSON_NULL, JSON_TRUE, JSON_FALSE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json_value {
	struct slice key;  /**< absent outside objects */
	struct slice text; /**< strings (decoded), numbers and booleans as they stand */
	struct json_value *first, *next;
	uint32_t line, column; /**< of the key, else of the value; column in bytes from 1 */
	uint32_t count;        /**< children */
	enum json_kind kind;
};

/** Values live in `arena`, decoded strings in `text_arena`, plain ones in `json` itself. False: an issue tells. */
bool json_parse(struct arena *arena, struct arena *text_arena, struct slice json, const struct fhir_json_limits *limits,
		struct issues *issues, struct json_value **out) MUST_USE;
/** An arena for json_parse: enough for any document of that size that is not built to exhaust memory. */
struct arena *json_scratch_new(size_t json_bytes) MUST_USE;
/** The second half of fhir_json_read: values, whose texts must live as long as the tree, become elements. */
bool json_read_values(struct arena *arena, const struct fhir_schema *schema, const struct fhir_type *type,
		      const struct json_value *root, struct issues *issues, struct fhir_node **out) MUST_USE;
/** The values that a tree would be as JSON, without ids and extensions of primitives; NULL: no memory. */
struct json_value *json_from_tree(struct arena *arena, const struct fhir_node *root) MUST_USE;
/** The member of that name, or NULL. */
const struct json_value *json_member(const struct json_value *object, struct slice key);
/** The text of a string member; absent otherwise. */
struct slice json_text(const struct json_value *object, struct slice key);
/** At most 64 bytes of `text`, whole characters: for messages. */
struct slice json_clip(struct slice text);

#endif
