/* SPDX-License-Identifier: Apache-2.0 */
/* cannula patch: a resource as it is after a JSON Patch or a FHIRPath Patch. */
#include "cli/command.h"
#include "cli/context.h"
#include "cli/report.h"

#include "cannula/patch.h"
#include "cannula/validate.h"

#include <string.h>

#define PATCH_ARENA_BYTES (512u << 20)
#define OUTPUT_MAX_BYTES (64u << 20)
#define ISSUES_MAX 200

struct patch_job {
	struct context context;
	struct arena *arena;
	enum fhir_version version;
	const char *patch_path, *path;
	struct fhir_node *resource, *result;
};

static bool read_resource(struct patch_job *job, struct issues *issues, struct error *err)
{
	struct slice text;

	return file_read(job->arena, job->path, FHIR_JSON_LIMITS_DEFAULT.max_bytes, &text, err) &&
	       fhir_read(job->arena, job->context.schemas[job->version], NULL, false, text, issues, &job->resource);
}

static bool apply(struct patch_job *job, struct issues *issues, struct error *err)
{
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct slice patch;

	return file_read(job->arena, job->patch_path, limits.max_bytes, &patch, err) &&
	       patch_apply(job->arena, job->context.schemas[job->version], job->resource, patch, &limits, issues, &job->result);
}

/** The tables let it pass; formats, codes, references and invariants are the validator's. */
static bool check_result(const struct patch_job *job, struct issues *issues, struct error *err)
{
	struct validator *validator;

	if (!validator_new(job->context.schemas[job->version], &validator, err))
		return false;
	bool done = validate_resource(validator, job->result, issues, err);
	validator_free(validator);
	return done && issues->error_count == 0;
}

static bool print_result(const struct patch_job *job, struct error *err)
{
	struct buf out;

	buf_init(&out, OUTPUT_MAX_BYTES);
	fhir_json_write(&out, job->result, FHIR_JSON_PRETTY);
	bool done = !out.failed && fwrite(out.ptr, 1, out.len, stdout) == out.len && fflush(stdout) == 0;
	buf_free(&out);
	return done || error_set(err, ERROR_IO, "standard output", "cannot write");
}

static bool run_job(struct patch_job *job, struct error *err)
{
	struct issues of_resource, of_patch;

	issues_init(&of_resource, job->arena, ISSUES_MAX);
	issues_init(&of_patch, job->arena, ISSUES_MAX);
	if (!context_open_schemas(&job->context, err))
		return false;
	bool done = read_resource(job, &of_resource, err) && apply(job, &of_patch, err) && check_result(job, &of_patch, err);
	report_issues(job->path, &of_resource);
	/* Of a result that is good its warnings are not the patch's. */
	if (!done)
		report_issues(job->patch_path, &of_patch);
	return done && print_result(job, err);
}

static int run(const struct arguments *arguments)
{
	struct patch_job job = { .patch_path = arguments->operands[0], .path = arguments->operands[1] };
	struct error err = { 0 };
	int exit_code;

	if (!argument_version(arguments, "version", &job.version))
		return EXIT_USAGE;
	if (strcmp(job.patch_path, "-") == 0 && strcmp(job.path, "-") == 0) {
		fputs("cannula patch: only one of the two can be standard input\n", stderr);
		return EXIT_USAGE;
	}
	if (!context_open(&job.context, argument_get(arguments, "config"), NULL, &exit_code))
		return exit_code;
	job.arena = arena_new(PATCH_ARENA_BYTES);
	bool done = job.arena ? run_job(&job, &err) : error_memory(&err);
	exit_code = done ? EXIT_DONE : err.code == ERROR_NONE ? EXIT_REFUSED : report_error(&err);
	arena_free(job.arena);
	context_close(&job.context);
	return exit_code;
}

static const struct flag flags[] = {
	FLAG_CONFIG,
	{ "version", "r4|r5", "the FHIR version of the resource (default: r4)" },
};

const struct command command_patch = {
	.name = "patch",
	.operands = "PATCH FILE",
	.min_operands = 2,
	.max_operands = 2,
	.summary = "print a resource as a patch changes it",
	.description =
	    "PATCH is a JSON Patch (RFC 6902, an array) or a FHIRPath Patch (a Parameters resource), in JSON; FILE a\n"
	    "resource in JSON or XML. Either may be - for standard input. The changed resource goes to standard output as JSON; "
	    "no\n"
	    "file is written.\n"
	    "\n"
	    "All operations are carried out, or none: exit code 1 when one cannot be, or when the result would not be valid as\n"
	    "cannula validate has it; each reason is told with its place in the patch and the element's path.",
	.example = "cannula patch change.json plan.json",
	.flags = flags,
	.flag_count = ARRAY_SIZE(flags),
	.run = run,
};
