/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Profiles, security labels and tags: sets in a resource's meta, and the answer of the operations on them.
 *
 * Source: FHIR R4 and R5, resource.html, "Meta"; resource-operation-meta-add.html: "The identity of a tag or security label is
 * the system+code. When matching existing tags during adding, version and display are ignored."
 */
#ifndef CANNULA_API_META_H
#define CANNULA_API_META_H

#include "api/call.h"

/** Adds to `meta` what `more` (NULL: nothing) has and it has not. False: the arena is full. */
bool meta_join(struct arena *arena, struct fhir_node *meta, const struct fhir_node *more) MUST_USE;
/** Takes from `meta` what `less` has. */
void meta_part(struct fhir_node *meta, const struct fhir_node *less);
/** Answers with Parameters whose `return` is `meta`; NULL: one without content. */
void meta_answer(struct api_call *call, const struct fhir_node *meta);

#endif
