/* SPDX-License-Identifier: Apache-2.0 */
/* Text as a string search compares it. */
#ifndef STORE_FOLD_H
#define STORE_FOLD_H

#include "cannula/base.h"

/** Without case, accents, punctuation and the amount of white space: letters of ASCII, Latin-1, Latin Extended-A, Greek and
 * Cyrillic become small and lose their accents, combining marks vanish, runs of white space and punctuation become one space and
 * none at the ends. All other characters stay. Absent when the arena is full. */
struct slice fold_text(struct arena *arena, struct slice text) MUST_USE;
/** Tokens: only ASCII case is taken away. */
struct slice fold_token(struct arena *arena, struct slice text) MUST_USE;

#endif
