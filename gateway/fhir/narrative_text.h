/* SPDX-License-Identifier: Apache-2.0 */
/** Elements as words for people, in XHTML. */
#ifndef FHIR_NARRATIVE_TEXT_H
#define FHIR_NARRATIVE_TEXT_H

#include "cannula/fhir.h"

/** Appends `text` escaped; line ends become <br/>. */
void narrative_escape(struct buf *buf, struct slice text);
/** Appends what a person reads of an element: a primitive's value, a concept's text, a quantity with its unit. Nothing for a type
 * without such words. */
void narrative_value(struct buf *buf, const struct fhir_node *node);

/** A primitive that people read in other words: a moment, a code system's URI. */
bool narrative_is_reworded(const struct fhir_node *node);

/** The first element below `from` that a dotted path leads to, or NULL. An empty path is `from` itself. A step
 * `extension:NAME` is the extension whose url is NAME or ends in /NAME. */
const struct fhir_node *narrative_find(const struct fhir_node *from, struct slice path);
/** Calls `each` for every element a dotted path leads to, in document order. */
void narrative_each(const struct fhir_node *from, struct slice path, void (*each)(void *context, const struct fhir_node *node),
		    void *context);

/** Appends a line template filled from `node`: `{path}` stands for the values at a path, `{one|other}` for the first path that
 * has any, and
 *  `[…]` is left out unless each path in it has a value. A colon at the end is dropped. */
void narrative_line(struct buf *buf, struct slice line, const struct fhir_node *node);

#endif
