/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/report.h"

#include "cli/command.h"

#include <stdlib.h>
#include <unistd.h>

#define BAR_WIDTH 30
#define REDRAW_US 50000

static bool on_terminal(void)
{
	return isatty(STDERR_FILENO) && !getenv("NO_COLOR");
}

static const char *colour(const char *sequence)
{
	return on_terminal() ? sequence : "";
}

#define RED "\033[31m"
#define YELLOW "\033[33m"
#define GREEN "\033[32m"
#define PLAIN "\033[0m"

int report_error(const struct error *err)
{
	fprintf(stderr, "%scannula:%s %s%s%s\n", colour(RED), colour(PLAIN), err->place, err->place[0] ? ": " : "", err->message);
	if (err->hint[0])
		fprintf(stderr, "  %s\n", err->hint);
	return err->code == ERROR_USAGE ? EXIT_USAGE : EXIT_COULD_NOT;
}

void report_issue(const char *file, const struct issue *issue)
{
	const char *paint = issue->severity >= ISSUE_ERROR ? RED : issue->severity == ISSUE_WARNING ? YELLOW : "";
	char place[64] = "";

	if (issue->line && issue->column)
		snprintf(place, sizeof(place), ":%u:%u", issue->line, issue->column);
	else if (issue->line)
		snprintf(place, sizeof(place), ":%u", issue->line);
	fprintf(stderr, "%s%s: %s%s%s: %.*s%s%.*s%s%.*s%s\n", file, place, colour(paint), issue_severity_name(issue->severity),
		colour(PLAIN), SLICE_ARG(issue->key), issue->key.len ? ": " : "", SLICE_ARG(issue->text),
		issue->expression.len ? " (" : "", SLICE_ARG(issue->expression), issue->expression.len ? ")" : "");
}

void report_issues(const char *file, const struct issues *issues)
{
	for (const struct issue *issue = issues->first; issue; issue = issue->next)
		report_issue(file, issue);
	if (issues->count > issues->max_count)
		fprintf(stderr, "%s: %zu more of these\n", file, issues->count - issues->max_count);
}

void report_done(const char *format, ...)
{
	va_list arguments;

	fputs(colour(GREEN), stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "%s\n", colour(PLAIN));
}

void report_progress(const char *what, uint64_t done, uint64_t total)
{
	static const char filled[] = "##############################", empty[] = "..............................";
	static uint64_t drawn_us;
	uint64_t now_us = time_monotonic_us();

	if (!isatty(STDERR_FILENO) || total == 0 || (done < total && now_us - drawn_us < REDRAW_US))
		return;
	drawn_us = now_us;
	int full = (int)(done * BAR_WIDTH / total);
	fprintf(stderr, "\r%-12.40s [%.*s%.*s] %llu/%llu%s", what, full, filled, BAR_WIDTH - full, empty,
		(unsigned long long)done, (unsigned long long)total, done >= total ? "\n" : "");
}
