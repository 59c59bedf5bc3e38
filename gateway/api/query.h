/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Query strings: split at & and =, percent-decoded, within limits. Hostile input is normal.
 *
 * Source: WHATWG URL, application/x-www-form-urlencoded; FHIR search.html, "Escaping Search Parameters".
 */
#ifndef CANNULA_API_QUERY_H
#define CANNULA_API_QUERY_H

#include "cannula/base.h"

/** Limits on what one request may ask. */
#define QUERY_MAX_PARAMETERS 256u
#define QUERY_MAX_BYTES (1u << 20) /* a body may carry a query too; a target is limited by net */
#define QUERY_MAX_VALUES 1024u     /* or-ed alternatives of one parameter */

struct query_parameter {
	struct slice name;     /**< without its modifier */
	struct slice modifier; /**< after the colon; absent when there is none */
	struct slice value;    /**< decoded; empty when there is none */
};

struct query {
	const struct query_parameter *items;
	size_t count;
};

/** Percent-decodes `s`, '+' as a space when `plus_is_space`. Refuses cut or non-hexadecimal escapes, NUL, and what is not UTF-8
 *  (ERROR_SYNTAX). */
bool query_decode(struct arena *arena, struct slice s, bool plus_is_space, struct slice *out, struct error *err) MUST_USE;
/** Splits and decodes. Parameters without a name are refused; empty pieces ("&&") are not parameters. ERROR_SYNTAX, ERROR_LIMIT.
 */
bool query_parse(struct arena *arena, struct slice text, struct query *out, struct error *err) MUST_USE;
/** Appends `text` percent-encoded as a query component (RFC 3986: everything but unreserved and a few harmless characters). */
void query_encode(struct buf *buf, struct slice text);
/** The first parameter of that name without modifier, or NULL. */
const struct query_parameter *query_find(const struct query *query, struct slice name);

/** The next alternative of a search value: cuts at an unescaped comma, leaves the escapes in. */
struct slice query_next_value(struct slice *rest);
/** The offset of the first unescaped `c`, or SIZE_MAX. */
size_t query_find_unescaped(struct slice s, char c);
/** Takes the escapes \, \| \$ \\ out. Absent when the arena is full. */
struct slice query_unescape(struct arena *arena, struct slice s) MUST_USE;

#endif
