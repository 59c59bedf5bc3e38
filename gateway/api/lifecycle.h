/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The life of canonical resources by profiles/api/lifecycle.yaml: which status never follows which, and that one url|version
 * never has two contents.
 */
#ifndef CANNULA_API_LIFECYCLE_H
#define CANNULA_API_LIFECYCLE_H

#include "cannula/fhir.h"

struct write;
struct lifecycle;

/** Reads the rules; they live in `arena`. */
bool lifecycle_load(struct arena *arena, const struct lifecycle **out, struct error *err) MUST_USE;
/** Whether the write's resource may follow what is current, within the store's transaction. False: answered with 422 (a status)
 * or 409 (a content). Types without the elements that the rules name have no such life. */
bool lifecycle_check(struct write *write) MUST_USE;

#endif
