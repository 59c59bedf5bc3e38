/* SPDX-License-Identifier: Apache-2.0 */
/**
 * jose: the JSON of tokens and keys: a small document from a stranger, as values. Stricter than RFC 8259 where leniency is an
 * attack: a name that stands twice in one object is refused (RFC 7515 section 4, RFC 7519 section 4), so are U+0000 in strings,
 * depth and size beyond any need.
 */
#ifndef CANNULA_ACCESS_JOSE_H
#define CANNULA_ACCESS_JOSE_H

#include "cannula/base.h"

enum jose_kind { JOSE_OTHER, JOSE_NUMBER, JOSE_STRING, JOSE_ARRAY, JOSE_OBJECT };

struct jose_value {
	enum jose_kind kind;
	struct slice name;               /**< of a member */
	struct slice text;               /**< strings decoded, numbers as they stand */
	struct jose_value *first, *next; /**< members or items */
};

/** The object that `text` is, in `arena`. NULL: it is none, or breaks a limit. */
const struct jose_value *jose_read(struct arena *arena, struct slice text) MUST_USE;
/** The member of that name; NULL when there is none. */
const struct jose_value *jose_member(const struct jose_value *object, const char *name);
/** The text of a string member; absent when there is none, or it is no string. */
struct slice jose_text(const struct jose_value *object, const char *name);

#endif
