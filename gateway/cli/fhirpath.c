/* SPDX-License-Identifier: Apache-2.0 */
/* cannula fhirpath: what an expression finds in a resource. */
#include "cli/command.h"
#include "cli/context.h"
#include "cli/definitions.h"
#include "cli/report.h"

#include <string.h>

#define FHIRPATH_ARENA_BYTES (512u << 20)
#define OUTPUT_MAX_BYTES (256u << 20)
#define ISSUES_MAX 200

struct fhirpath_job {
	struct context context;
	struct arena *arena;
	enum fhir_version version;
	struct definitions definitions;
	bool strict;
	const char *expression, *path;
	struct fhir_node *resource;
	struct fhirpath_result result;
};

static bool read_resource(struct fhirpath_job *job, struct error *err)
{
	struct issues issues;
	struct slice text;

	issues_init(&issues, job->arena, ISSUES_MAX);
	bool done = file_read(job->arena, job->path, FHIR_JSON_LIMITS_DEFAULT.max_bytes, &text, err) &&
		    fhir_read(job->arena, job->definitions.schema, NULL, false, text, &issues, &job->resource);
	report_issues(job->path, &issues);
	return done;
}

static bool find(struct fhirpath_job *job, struct error *err)
{
	struct fhirpath_context context = { .schema = job->definitions.schema };
	struct fhirpath_types types = { .schema = job->definitions.schema, .focus = job->resource->type, .strict = true };
	struct fhirpath_origin origin = { .name = "expression" };
	struct fhirpath_program *program;
	const struct fhir_type *type;

	validator_inform(job->definitions.validator, &context);
	return fhirpath_compile_at(job->arena, slice_of(job->expression), &origin, NULL, &program, err) &&
	       (!job->strict || fhirpath_check(program, &types, &origin, &type, err)) &&
	       fhirpath_eval_node(job->arena, program, &context, job->resource, &job->result, err);
}

static void put_member(struct buf *out, const char *name, struct slice text)
{
	buf_printf(out, ",\"%s\":", name);
	fhir_json_write_string(out, text);
}

/** A number keeps its digits, without what FHIRPath allows in front of them and JSON does not. */
static void put_value(struct buf *out, const struct fhirpath_item *item)
{
	bool number = item->kind == FHIRPATH_INTEGER || item->kind == FHIRPATH_DECIMAL || item->kind == FHIRPATH_QUANTITY;

	if (!number && item->kind != FHIRPATH_BOOLEAN) {
		put_member(out, "value", item->text);
		return;
	}
	struct slice text = item->text;
	bool negative = slice_starts(text, SLICE("-"));

	if (negative || slice_starts(text, SLICE("+")))
		text = slice_from(text, 1);
	while (text.len > 1 && text.ptr[0] == '0' && text.ptr[1] >= '0' && text.ptr[1] <= '9')
		text = slice_from(text, 1);
	buf_append(out, negative ? SLICE(",\"value\":-") : SLICE(",\"value\":"));
	buf_append(out, text);
}

/** {"type":"System.Integer","value":2}; {"type":"FHIR.HumanName","path":"Patient.name[0]","value":{…}}. */
static bool put_item(struct fhirpath_job *job, const struct fhirpath_item *item, struct buf *out, struct error *err)
{
	if (item->kind != FHIRPATH_NODE) {
		buf_printf(out, "{\"type\":\"System.%s\"", fhirpath_kind_name(item->kind));
		put_value(out, item);
		if (item->kind == FHIRPATH_QUANTITY)
			put_member(out, "unit", item->unit);
		if (item->kind == FHIRPATH_TYPE)
			put_member(out, "namespace", item->unit);
		buf_append(out, SLICE("}\n"));
		return true;
	}
	struct slice path = fhir_node_path(job->arena, item->node);
	if (!path.ptr)
		return error_memory(err);
	buf_printf(out, "{\"type\":\"FHIR.%.*s\"", SLICE_ARG(item->node->type->name));
	put_member(out, "path", path);
	buf_append(out, SLICE(",\"value\":"));
	fhir_json_write(out, item->node, FHIR_JSON_COMPACT);
	buf_append(out, SLICE("}\n"));
	return true;
}

static bool print_result(struct fhirpath_job *job, struct error *err)
{
	bool done = true;
	struct buf out;

	buf_init(&out, OUTPUT_MAX_BYTES);
	for (size_t i = 0; i < job->result.count && done; i++)
		done = put_item(job, &job->result.items[i], &out, err);
	if (done && (out.failed || fwrite(out.ptr ? out.ptr : "", 1, out.len, stdout) != out.len || fflush(stdout) != 0))
		done = error_set(err, ERROR_IO, "standard output", "cannot write");
	buf_free(&out);
	return done;
}

static bool run_job(struct fhirpath_job *job, const struct arguments *arguments, struct error *err)
{
	return definitions_open(&job->definitions, job->context.arena, arguments, job->version, err) && read_resource(job, err) &&
	       find(job, err) && print_result(job, err);
}

static int run(const struct arguments *arguments)
{
	struct fhirpath_job job = { .expression = arguments->operands[0], .path = arguments->operands[1] };
	struct error err = { 0 };
	int exit_code;

	if (!argument_version(arguments, "version", &job.version))
		return EXIT_USAGE;
	job.strict = argument_get(arguments, "strict") != NULL;
	if (!context_open(&job.context, argument_get(arguments, "config"), NULL, &exit_code))
		return exit_code;
	job.arena = arena_new(FHIRPATH_ARENA_BYTES);
	bool done = job.arena ? run_job(&job, arguments, &err) : error_memory(&err);
	exit_code = done ? EXIT_DONE : EXIT_REFUSED;
	if (!done && err.code != ERROR_NONE) {
		int reported = report_error(&err);
		exit_code = err.code == ERROR_SYNTAX || err.code == ERROR_LIMIT ? EXIT_REFUSED : reported;
	}
	definitions_close(&job.definitions);
	arena_free(job.arena);
	context_close(&job.context);
	return exit_code;
}

static const struct flag flags[] = {
	FLAG_CONFIG,
	{ "version", "r4|r5", "the FHIR version of the resource (default: r4)" },
	FLAG_DEFINITION,
	{ "strict", NULL, "refuse paths that the resource's type cannot have, instead of finding nothing" },
};

const struct command command_fhirpath = {
	.name = "fhirpath",
	.operands = "EXPRESSION FILE",
	.min_operands = 2,
	.max_operands = 2,
	.summary = "print what a FHIRPath expression finds in a resource",
	.description =
	    "Evaluates EXPRESSION on the resource in FILE (JSON or XML; - for standard input). Each item of the result is a\n"
	    "line of JSON with its type and value; an element also has its path. Nothing found prints nothing.\n"
	    "memberOf() and conformsTo() know what cannula validate knows.\n"
	    "\n"
	    "Exit code 1 when the expression is no FHIRPath, cannot be evaluated or takes too long, or when the resource is "
	    "not read;\n"
	    "the reason is told with its line and column.",
	.example = "cannula fhirpath \"Patient.name.where(use = 'official').family\" patient.json",
	.flags = flags,
	.flag_count = ARRAY_SIZE(flags),
	.run = run,
};
