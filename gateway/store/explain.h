/* SPDX-License-Identifier: Apache-2.0 */
/* How a search was done, in lines for people. */
#ifndef STORE_EXPLAIN_H
#define STORE_EXPLAIN_H

#include "store/condition.h"

#define EXPLAIN_LINES_MAX 64

/** Appends a line to `plan`, whose lines are in `arena`; past the limit it is left out. */
bool explain_line(struct arena *arena, struct store_plan *plan, struct error *err, const char *format, ...)
    PRINTF_LIKE(4, 5) MUST_USE;
/** Appends what the engine says of the query in `condition`: a line for each table it goes through. */
bool explain_engine(struct condition *condition, struct arena *arena, struct store_plan *plan, struct error *err) MUST_USE;

#endif
