/* SPDX-License-Identifier: Apache-2.0 */
#include "cannula/fhir.h"

#define TEXT_MAX_BYTES 1024

static const char *const severities[] = {
	[ISSUE_INFORMATION] = "information",
	[ISSUE_WARNING] = "warning",
	[ISSUE_ERROR] = "error",
	[ISSUE_FATAL] = "fatal",
};

void issues_init(struct issues *issues, struct arena *arena, size_t max_count)
{
	*issues = (struct issues){ .arena = arena, .max_count = max_count };
}

const char *issue_severity_name(enum issue_severity severity)
{
	return severities[severity];
}

/** Cut text may end inside a character: what is left of that goes too. */
static struct slice whole_characters(struct slice text)
{
	size_t invalid = slice_utf8_invalid(text);

	if (invalid != SIZE_MAX && text.len - invalid < 4)
		text.len = invalid;
	return text;
}

static struct slice format_text(struct arena *arena, const char *format, va_list arguments)
{
	char text[TEXT_MAX_BYTES];
	int length = vsnprintf(text, sizeof(text), format, arguments);

	if (length < 0)
		return SLICE_NONE;
	if ((size_t)length >= sizeof(text))
		return arena_copy(arena, whole_characters((struct slice){ text, sizeof(text) - 1 }));
	return arena_copy(arena, (struct slice){ text, (size_t)length });
}

struct issue *issue_add(struct issues *issues, enum issue_severity severity, const char *code, struct slice expression,
			uint32_t line, uint32_t column, const char *format, ...)
{
	va_list arguments;

	issues->error_count += severity >= ISSUE_ERROR;
	if (issues->count++ >= issues->max_count)
		return NULL;
	struct issue *issue = arena_new_of(issues->arena, struct issue);
	if (!issue)
		return NULL;
	issue->severity = severity;
	issue->code = code;
	issue->line = line;
	issue->column = column;
	issue->expression = expression.ptr ? arena_copy(issues->arena, expression) : SLICE_NONE;
	va_start(arguments, format);
	issue->text = format_text(issues->arena, format, arguments);
	va_end(arguments);
	*(issues->last ? &issues->last->next : &issues->first) = issue;
	issues->last = issue;
	return issue;
}

void issue_repeat(struct issues *issues, const struct issue *issue)
{
	struct issue *added = issue_add(issues, issue->severity, issue->code, issue->expression, issue->line, issue->column,
					"%.*s", SLICE_ARG(issue->text));

	if (added && issue->key.ptr)
		added->key = arena_copy(issues->arena, issue->key);
}

/** details.text is for people. */
static bool add_text(struct arena *arena, struct fhir_node *row, const struct issue *issue)
{
	struct fhir_node *details = fhir_node_add(arena, row, SLICE("details"), NULL);
	struct slice text = issue->text.ptr ? issue->text : SLICE("(no room for the text)");

	if (issue->key.len)
		text = arena_printf(arena, "%.*s: %.*s", SLICE_ARG(issue->key), SLICE_ARG(text));
	return details && text.ptr && fhir_node_add_value(arena, details, SLICE("text"), text);
}

/** Where in the text that was read; absent when that is not known. */
static bool add_place(struct arena *arena, struct fhir_node *row, const struct issue *issue)
{
	struct slice place = arena_printf(arena, "Line %u, column %u.", issue->line, issue->column);

	return !issue->line || (place.ptr && fhir_node_add_value(arena, row, SLICE("diagnostics"), place));
}

static bool add_row(struct arena *arena, struct fhir_node *outcome, const struct issue *issue)
{
	struct fhir_node *row = fhir_node_add(arena, outcome, SLICE("issue"), NULL);

	return row && fhir_node_add_value(arena, row, SLICE("severity"), slice_of(severities[issue->severity])) &&
	       fhir_node_add_value(arena, row, SLICE("code"), slice_of(issue->code)) && add_text(arena, row, issue) &&
	       add_place(arena, row, issue) &&
	       (!issue->expression.len || fhir_node_add_value(arena, row, SLICE("expression"), issue->expression));
}

struct fhir_node *issues_outcome(struct arena *arena, const struct fhir_schema *schema, const struct issues *issues)
{
	static const struct issue none = { .severity = ISSUE_INFORMATION, .code = "informational", .text = { "No issues", 9 } };
	const struct fhir_type *type = fhir_type_find(schema, SLICE("OperationOutcome"));
	struct fhir_node *outcome = fhir_node_new(arena, type);

	if (!outcome)
		return NULL;
	/* OperationOutcome.issue is 1..*: an outcome without any says so. */
	if (!issues->first && !add_row(arena, outcome, &none))
		return NULL;
	for (const struct issue *issue = issues->first; issue; issue = issue->next)
		if (!add_row(arena, outcome, issue))
			return NULL;
	return outcome;
}
