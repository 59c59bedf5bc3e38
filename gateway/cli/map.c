/* SPDX-License-Identifier: Apache-2.0 */
/* cannula map: what a page becomes, without storing it; with --trace, where each of its lines went. */
#include "cli/command.h"
#include "cli/context.h"
#include "cli/map_own.h"
#include "cli/records.h"
#include "cli/report.h"
#include "cli/trace.h"

#include <string.h>

#define RECORD_ARENA_BYTES (128u << 20)
#define OUTPUT_MAX_BYTES (64u << 20)
#define ISSUES_MAX 200

struct map_job {
	struct context context;
	struct arena *arena;
	enum fhir_version version;
	struct slice type; /* absent: every one */
	const char *path;
	struct slice system, code;
	bool wants_trace;
	struct record_list records;
	struct record_trace lines;
	struct publish_resources resources;
};

static bool read_file(struct map_job *job, struct issues *issues, struct error *err)
{
	struct records records = { .schema = job->context.schemas[FHIR_MODEL] };
	const struct input input = { .path = job->path, .system = job->system, .code = job->code };
	struct record_form *forms;

	if (!record_rules_load(job->context.arena, &records.rules, err) || !record_forms_load(job->context.arena, &forms, err))
		return false;
	records.forms = forms;
	return records_read(&records, job->arena, &input, issues, &job->records, &job->lines, err);
}

/** One resource is printed for reading; several as NDJSON, one a line. */
static bool print_resources(const struct map_job *job, size_t *total, struct error *err)
{
	struct buf out;
	size_t printed = 0;

	buf_init(&out, OUTPUT_MAX_BYTES);
	for (size_t i = 0; i < job->resources.count; i++) {
		const struct fhir_node *resource = job->resources.items[i];
		if (job->type.ptr && !slice_equal(resource->type->name, job->type))
			continue;
		fhir_json_write(&out, resource, job->type.ptr ? FHIR_JSON_PRETTY : FHIR_JSON_COMPACT);
		buf_append_char(&out, '\n');
		printed++;
	}
	bool done = !out.failed && fwrite(out.ptr ? out.ptr : "", 1, out.len, stdout) == out.len && fflush(stdout) == 0;
	buf_free(&out);
	if (!done)
		return error_set(err, ERROR_IO, "standard output", "cannot write");
	*total += printed;
	return true;
}

static bool map_records(struct map_job *job, struct issues *issues, struct error *err)
{
	struct trace trace = { .arena = job->arena };
	struct map_trace listener = { trace_made, &trace };
	size_t printed = 0;

	for (size_t i = 0; i < job->records.count; i++) {
		if (!publish_map(job->context.publisher, job->arena, job->version, job->records.items[i],
				 job->wants_trace ? &listener : NULL, issues, &job->resources, err))
			return false;
		if (!job->wants_trace && !print_resources(job, &printed, err))
			return false;
	}
	if (job->wants_trace)
		return trace_print(stdout, &trace, &job->lines, err);
	if (printed > 0)
		return true;
	error_set(err, ERROR_USAGE, "--type", "it becomes no %.*s", SLICE_ARG(job->type.ptr ? job->type : SLICE("resource")));
	return error_hint(err, "see what it becomes: cannula map FILE");
}

static int map_run_job(struct map_job *job)
{
	struct error err = { 0 };
	struct issues issues;

	if (!(job->arena = arena_new(RECORD_ARENA_BYTES))) {
		error_memory(&err);
		return report_error(&err);
	}
	issues_init(&issues, job->arena, ISSUES_MAX);
	bool opened = context_open_publisher(&job->context, &err);
	bool done = opened && read_file(job, &issues, &err) && map_records(job, &issues, &err);
	report_issues(job->path, &issues);
	arena_free(job->arena);
	if (done)
		return EXIT_DONE;
	int exit_code = report_error(&err);
	return opened && exit_code != EXIT_USAGE ? EXIT_REFUSED : exit_code;
}

static bool read_arguments(struct map_job *job, const struct arguments *arguments)
{
	const char *code = argument_get(arguments, "code");

	job->path = arguments->operands[0];
	job->type = slice_of(argument_get(arguments, "type"));
	job->wants_trace = argument_get(arguments, "trace") != NULL;
	return argument_version(arguments, "to", &job->version) && (!code || argument_split_code(code, &job->system, &job->code));
}

static int run(const struct arguments *arguments)
{
	struct map_job job = { 0 };
	int exit_code;

	if (argument_get(arguments, "map") || argument_get(arguments, "check"))
		return map_own(arguments);
	if (!read_arguments(&job, arguments))
		return EXIT_USAGE;
	if (!context_open(&job.context, argument_get(arguments, "config"), NULL, &exit_code))
		return exit_code;
	exit_code = map_run_job(&job);
	context_close(&job.context);
	return exit_code;
}

static const struct flag flags[] = {
	FLAG_CONFIG,
	{ "to", "r4|r5", "the FHIR version to map to (default: r4)" },
	{ "type", "TYPE", "print only that resource, indented" },
	{ "code", "SYSTEM:CODE", "the code of the page, as cpt:22513" },
	{ "trace", NULL, "print where each line of the page went, instead of the resources" },
	{ "map", "FILE", "run that map over FILE, in place of the built-in ones" },
	{ "check", NULL, "only look for mistakes in FILE, which is a map or a StructureMap" },
	{ "from", "r4|r5", "with --map or --check: the FHIR version of what is read (default: r5)" },
	{ "model", "FILE...", "with --map or --check: a StructureDefinition more, JSON or XML" },
	{ "import", "FILE...", "with --map or --check: a map that may be imported" },
	{ "concept-map", "FILE...", "with --map or --check: a ConceptMap to translate by, JSON or XML" },
};

const struct command command_map = {
	.name = "map",
	.operands = "FILE",
	.min_operands = 1,
	.max_operands = 1,
	.summary = "show what a page or record becomes, store nothing",
	.description =
	    "Maps one page (- for standard input) and prints the resources as JSON, one a line; with --type one "
	    "resource, indented.\n"
	    "\n"
	    "With --trace it prints each line of the page with the elements it went to, whether it was recognised as "
	    "a heading or as\n"
	    "page furniture, or was kept as a note.\n"
	    "\n"
	    "With --map it runs a map of your own (FHIR Mapping Language, or a StructureMap as JSON or XML) over FILE: a "
	    "resource "
	    "or an\n"
	    "instance of a logical model, as .json, .ndjson, .csv, .tsv or .xml. --check tells the mistakes of a map, each "
	    "with its line\n"
	    "and column and, where there is one, a hint.",
	.example = "cannula map --to r5 --type PlanDefinition kyphoplasty-22513.txt",
	.flags = flags,
	.flag_count = ARRAY_SIZE(flags),
	.run = run,
};
