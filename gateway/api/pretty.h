/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CANNULA_API_PRETTY_H
#define CANNULA_API_PRETTY_H

#include "cannula/base.h"

/** Appends `json`, which is valid JSON without white space between tokens, with a line for each member and two spaces a level. */
void pretty_json(struct buf *buf, struct slice json);

#endif
