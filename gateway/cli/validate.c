/* SPDX-License-Identifier: Apache-2.0 */
/* cannula validate: what is wrong with resources in files. */
#include "cli/command.h"
#include "cli/context.h"
#include "cli/definitions.h"
#include "cli/report.h"

#include <string.h>

#define FILE_MAX_BYTES (32u << 20)
#define FILE_ARENA_BYTES (512u << 20)
#define OUTPUT_MAX_BYTES (16u << 20)
#define ISSUES_MAX 1000
#define FILE_EXTENSION "http://hl7.org/fhir/StructureDefinition/operationoutcome-file"

struct validate_job {
	struct context context;
	enum fhir_version version;
	bool as_json;
	struct definitions definitions;
	struct slice profiles[REPEATED_MAX];
	struct validate_request request;
	size_t refused;
};

/** What a machine reads: an OperationOutcome a line, that says which file it is about. */
static bool print_outcome(const struct validate_job *job, struct arena *arena, const char *path, const struct issues *issues,
			  struct error *err)
{
	struct fhir_node *outcome = issues_outcome(arena, job->definitions.schema, issues);
	struct fhir_node *file = outcome ? fhir_node_add(arena, outcome, SLICE("extension"), NULL) : NULL;
	struct buf out;

	if (!file || !fhir_node_add_value(arena, file, SLICE("url"), SLICE(FILE_EXTENSION)) ||
	    !fhir_node_add_value(arena, file, SLICE("valueString"), slice_of(path)))
		return error_memory(err);
	buf_init(&out, OUTPUT_MAX_BYTES);
	fhir_json_write(&out, outcome, FHIR_JSON_COMPACT);
	buf_append_char(&out, '\n');
	bool done = !out.failed && fwrite(out.ptr ? out.ptr : "", 1, out.len, stdout) == out.len && fflush(stdout) == 0;
	buf_free(&out);
	return done || error_set(err, ERROR_IO, "standard output", "cannot write");
}

static bool check_file(struct validate_job *job, struct arena *arena, const char *path, struct error *err)
{
	struct fhir_node *resource;
	struct issues issues;
	struct slice text;

	issues_init(&issues, arena, ISSUES_MAX);
	if (!file_read(arena, path, FILE_MAX_BYTES, &text, err))
		return false;
	bool read = fhir_read(arena, job->definitions.schema, NULL, false, text, &issues, &resource);
	if (read && !validate_against(job->definitions.validator, resource, &job->request, &issues, err))
		return false;
	job->refused += issues.error_count > 0;
	if (job->as_json)
		return print_outcome(job, arena, path, &issues, err);
	report_issues(path, &issues);
	return true;
}

static bool check_files(struct validate_job *job, const struct arguments *arguments, struct error *err)
{
	struct arena *arena = arena_new(FILE_ARENA_BYTES);
	bool good = arena || error_memory(err);

	for (size_t i = 0; good && i < arguments->operand_count; i++) {
		good = check_file(job, arena, arguments->operands[i], err);
		arena_reset(arena);
	}
	arena_free(arena);
	return good;
}

static int run_job(struct validate_job *job, const struct arguments *arguments)
{
	struct error err = { 0 };
	bool done = definitions_open(&job->definitions, job->context.arena, arguments, job->version, &err) &&
		    check_files(job, arguments, &err);

	definitions_close(&job->definitions);
	if (!done)
		return report_error(&err);
	return job->refused ? EXIT_REFUSED : EXIT_DONE;
}

static bool read_arguments(struct validate_job *job, const struct arguments *arguments)
{
	const char *profile;

	job->request.profiles = job->profiles;
	for (size_t at = 0; (profile = argument_next(arguments, "profile", &at));)
		job->profiles[job->request.profile_count++] = slice_of(profile);
	return argument_version(arguments, "version", &job->version) &&
	       argument_choice(arguments, "format", "text", "json", &job->as_json);
}

static int run(const struct arguments *arguments)
{
	struct validate_job job = { 0 };
	int exit_code;

	if (!read_arguments(&job, arguments))
		return EXIT_USAGE;
	if (!context_open(&job.context, argument_get(arguments, "config"), NULL, &exit_code))
		return exit_code;
	exit_code = run_job(&job, arguments);
	context_close(&job.context);
	return exit_code;
}

static const struct flag flags[] = {
	FLAG_CONFIG,
	{ "version", "r4|r5", "the FHIR version of the files (default: r4)" },
	{ "profile", "URL...", "check against that profile too; it must be known" },
	FLAG_DEFINITION,
	{ "format", "text|json", "one line an issue, or one OperationOutcome a file (default: text)" },
};

const struct command command_validate = {
	.name = "validate",
	.operands = "FILE...",
	.min_operands = 1,
	.max_operands = SIZE_MAX,
	.summary = "say what is wrong with FHIR resources",
	.description =
	    "Checks each file (- for standard input), a resource in JSON or XML, against its version of FHIR: structure,\n"
	    "cardinality, formats, required codes, targets of references, contained resources, Bundles, narratives and\n"
	    "the invariants of the specification. Issues have severity, place in the file, element and the invariant's\n"
	    "key. Without errors it exits with 0, else with 1.\n"
	    "\n"
	    "A resource is also checked against the profiles that it claims (meta.profile) and that --profile asks for, and\n"
	    "its extensions by their definitions, as far as these are known: from --definition, and from structures/,\n"
	    "extensions/ and terminology/ of the configured profiles. One that is not known is a warning, or an error when it\n"
	    "was asked for.",
	.example = "cannula validate --definition our-plan.json --profile https://example.org/our-plan plan.json",
	.flags = flags,
	.flag_count = ARRAY_SIZE(flags),
	.run = run,
};
