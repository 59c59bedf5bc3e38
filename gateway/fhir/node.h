/* SPDX-License-Identifier: Apache-2.0 */
/** What the codecs need beyond the public tree: building with a known place, without searching. */
#ifndef CANNULA_FHIR_NODE_H
#define CANNULA_FHIR_NODE_H

#include "cannula/fhir.h"

/** A node that hangs nowhere yet. NULL when the arena is full. */
struct fhir_node *node_make(struct arena *arena, const struct fhir_type *type, const struct fhir_element *element) MUST_USE;
/** The last child that stands before or at `element`; NULL: `element` comes first. */
struct fhir_node *node_place(const struct fhir_node *parent, const struct fhir_element *element);
/** Hangs `node` under `parent` behind `after` (NULL: first). */
void node_insert(struct fhir_node *parent, struct fhir_node *after, struct fhir_node *node);
/** Whether there is anything to write: a value, or a child that has something. A resource always has (its type). */
bool node_has_content(const struct fhir_node *node);
/** An element that holds whole resources: contained, Bundle.entry.resource. */
bool element_holds_resource(const struct fhir_element *element);
/** The name in JSON and XML: of a choice with its type, "valueQuantity". */
void element_name_append(struct buf *buf, const struct fhir_element *element, const struct fhir_type *type);
/** Whether `value` can stand in JSON in that form: a number of RFC 8259 section 6, true or false, any string. */
bool value_has_form(struct slice value, enum fhir_json_form form);

#endif
