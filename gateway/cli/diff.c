/* SPDX-License-Identifier: Apache-2.0 */
/* cannula diff: what differs between two resources, element by element. */
#include "cli/command.h"
#include "cli/context.h"
#include "cli/report.h"

#include <string.h>

#define DIFF_ARENA_BYTES (768u << 20)
#define OUTPUT_MAX_BYTES (256u << 20)
#define ISSUES_MAX 200

struct diff_job {
	struct context context;
	struct arena *arena;
	enum fhir_version version;
	const char *paths[2];
	bool as_json;
	struct fhir_node *resources[2];
	struct fhir_changes changes;
};

static bool read_resource(struct diff_job *job, int side, struct error *err)
{
	struct issues issues;
	struct slice text;

	issues_init(&issues, job->arena, ISSUES_MAX);
	if (!file_read(job->arena, job->paths[side], FHIR_JSON_LIMITS_DEFAULT.max_bytes, &text, err))
		return false;
	bool done = fhir_read(job->arena, job->context.schemas[job->version], NULL, false, text, &issues, &job->resources[side]);
	report_issues(job->paths[side], &issues);
	return done || error_set(err, ERROR_SYNTAX, job->paths[side], "is not a resource that can be compared");
}

/* ---- printing ---- */

static void print_value(struct buf *out, const char *before, const struct fhir_node *node)
{
	if (!node)
		return;
	buf_append(out, slice_of(before));
	if (node->type->kind == FHIR_KIND_PRIMITIVE && !node->value.ptr && !node->first)
		buf_append(out, SLICE("null"));
	else
		fhir_json_write(out, node, FHIR_JSON_COMPACT);
}

/** `{"change":"changed","path":"Patient.gender","before":"male","after":"female"}`; `from`: where a moved element stood. */
static void print_json(const struct diff_job *job, struct buf *out, const struct fhir_change *change)
{
	buf_printf(out, "{\"change\":\"%s\",\"path\":", fhir_change_name(change->kind));
	fhir_json_write_string(out, fhir_node_path(job->arena, change->after ? change->after : change->before));
	if (change->kind == FHIR_CHANGE_MOVED) {
		buf_append(out, SLICE(",\"from\":"));
		fhir_json_write_string(out, fhir_node_path(job->arena, change->before));
	} else {
		print_value(out, ",\"before\":", change->before);
		print_value(out, ",\"after\":", change->after);
	}
	buf_append(out, SLICE("}\n"));
}

static void print_text(const struct diff_job *job, struct buf *out, const struct fhir_change *change)
{
	struct slice path = fhir_node_path(job->arena, change->after ? change->after : change->before);

	buf_printf(out, "%-8s%.*s", fhir_change_name(change->kind), SLICE_ARG(path));
	if (change->kind == FHIR_CHANGE_MOVED) {
		buf_printf(out, ": was %.*s\n", SLICE_ARG(fhir_node_path(job->arena, change->before)));
		return;
	}
	print_value(out, ": ", change->before);
	print_value(out, change->before ? " -> " : ": ", change->after);
	buf_append_char(out, '\n');
}

static bool print_changes(const struct diff_job *job, struct error *err)
{
	struct buf out;

	buf_init(&out, OUTPUT_MAX_BYTES);
	for (const struct fhir_change *change = job->changes.first; change; change = change->next)
		(job->as_json ? print_json : print_text)(job, &out, change);
	bool done = !out.failed && fwrite(out.ptr ? out.ptr : "", 1, out.len, stdout) == out.len && fflush(stdout) == 0;
	buf_free(&out);
	return done || error_set(err, ERROR_IO, "standard output", "cannot write");
}

/* ---- the command ---- */

static bool run_job(struct diff_job *job, struct error *err)
{
	return context_open_schemas(&job->context, err) && read_resource(job, 0, err) && read_resource(job, 1, err) &&
	       fhir_node_diff(job->arena, job->resources[0], job->resources[1], &job->changes, err) && print_changes(job, err);
}

static bool read_arguments(struct diff_job *job, const struct arguments *arguments)
{
	job->paths[0] = arguments->operands[0];
	job->paths[1] = arguments->operands[1];
	if (strcmp(job->paths[0], "-") == 0 && strcmp(job->paths[1], "-") == 0) {
		fputs("cannula diff: only one of the two can be standard input\n", stderr);
		return false;
	}
	return argument_version(arguments, "version", &job->version) &&
	       argument_choice(arguments, "format", "text", "json", &job->as_json);
}

static int run(const struct arguments *arguments)
{
	struct diff_job job = { 0 };
	struct error err = { 0 };
	int exit_code;

	if (!read_arguments(&job, arguments))
		return EXIT_USAGE;
	if (!context_open(&job.context, argument_get(arguments, "config"), NULL, &exit_code))
		return exit_code;
	job.arena = arena_new(DIFF_ARENA_BYTES);
	bool done = job.arena ? run_job(&job, &err) : error_memory(&err);
	exit_code = !done ? report_error(&err) : job.changes.count ? EXIT_REFUSED : EXIT_DONE;
	arena_free(job.arena);
	context_close(&job.context);
	return exit_code;
}

static const struct flag flags[] = {
	FLAG_CONFIG,
	{ "version", "r4|r5", "the FHIR version of both (default: r4)" },
	{ "format", "text|json", "a line for people, or a JSON object, for each change (default: text)" },
};

const struct command command_diff = {
	.name = "diff",
	.operands = "A B",
	.min_operands = 2,
	.max_operands = 2,
	.summary = "list what differs between two resources",
	.description =
	    "Compares two resources, in JSON or XML (- for standard input), element by element and lists what was added,\n"
	    "removed, changed and moved from A to B, each with its path. The order of keys and white space do not count.\n"
	    "Repetitions are matched by what is in them and by their keys (diff.yaml among the profiles), so that an insertion "
	    "into a list is one change.\n"
	    "\n"
	    "Exit codes: 0 equal, 1 different, 2 wrong usage, 3 when the two could not be compared.",
	.example = "cannula diff --format json old.json new.json",
	.flags = flags,
	.flag_count = ARRAY_SIZE(flags),
	.run = run,
};
