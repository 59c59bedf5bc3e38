/* SPDX-License-Identifier: Apache-2.0 */
/* When a payer source was last found in order: an empty file beside the store, whose time says it. Not a note in the store, which
 * a run that finds nothing new leaves as it is. */
#ifndef CLI_SOURCE_MARK_H
#define CLI_SOURCE_MARK_H

#include "cannula/base.h"

/** Now it is. `data` is the directory of the store, `source` a configured name. */
bool source_mark_set(struct arena *arena, struct slice data, struct slice source, struct error *err) MUST_USE;
/** Seconds since 1970; 0: never. */
uint64_t source_mark_time(struct arena *arena, struct slice data, struct slice source);

#endif
