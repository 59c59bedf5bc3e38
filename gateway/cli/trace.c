/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/trace.h"

void trace_made(void *context, const struct fhir_node *from, const struct fhir_node *made)
{
	struct trace *trace = context;
	struct trace_pair *pair = arena_new_of(trace->arena, struct trace_pair);

	if (!pair) {
		trace->failed = true;
		return;
	}
	*pair = (struct trace_pair){ .from = from, .made = made };
	if (trace->last)
		trace->last->next = pair;
	else
		trace->first = pair;
	trace->last = pair;
}

/** Elements removed again because they stayed empty are no destination. */
static bool is_kept(const struct fhir_node *node)
{
	return node->value.ptr || node->first;
}

/** A line that goes on with the one before went where that one began. */
static void print_targets(FILE *out, const struct trace *trace, const struct record_line *line)
{
	uint32_t first = line->node ? line->node->line : line->line;

	for (const struct trace_pair *pair = trace->first; pair; pair = pair->next) {
		if (pair->from->line != first || !is_kept(pair->made) || pair->made->first)
			continue;
		struct slice path = fhir_node_path(trace->arena, pair->made);
		fprintf(out, "        -> %.*s\n", SLICE_ARG(path));
	}
}

bool trace_print(FILE *out, const struct trace *trace, const struct record_trace *lines, struct error *err)
{
	static const char *const fates[] = {
		[RECORD_LINE_ELEMENT] = "",
		[RECORD_LINE_HEADING] = "(heading)",
		[RECORD_LINE_FURNITURE] = "(page furniture)",
		[RECORD_LINE_NOTE] = "(kept as a note)",
	};

	if (trace->failed)
		return error_memory(err);
	for (size_t i = 0; i < lines->count; i++) {
		const struct record_line *line = &lines->lines[i];
		struct slice path = line->node ? fhir_node_path(trace->arena, line->node) : SLICE_NONE;
		fprintf(out, "%5u  %.*s\n        %s%s%.*s\n", line->line, SLICE_ARG(line->text), fates[line->fate],
			fates[line->fate][0] ? " " : "", SLICE_ARG(path));
		if (line->fate == RECORD_LINE_ELEMENT || line->fate == RECORD_LINE_NOTE)
			print_targets(out, trace, line);
	}
	if (fflush(out) != 0)
		return error_set(err, ERROR_IO, "standard output", "cannot write");
	return true;
}
