/* SPDX-License-Identifier: Apache-2.0 */
/* Which line of a page went to which elements: the reader's account and the maps' account, joined by line number. */
#ifndef CLI_TRACE_H
#define CLI_TRACE_H

#include "cannula/map.h"
#include "cannula/record.h"

struct trace_pair {
	const struct fhir_node *from, *made;
	struct trace_pair *next;
};

struct trace {
	struct arena *arena;
	struct trace_pair *first, *last;
	bool failed;
};

/** A `struct map_trace` listener with a `struct trace` as its context. */
void trace_made(void *context, const struct fhir_node *from, const struct fhir_node *made);
bool trace_print(FILE *out, const struct trace *trace, const struct record_trace *lines, struct error *err) MUST_USE;

#endif
