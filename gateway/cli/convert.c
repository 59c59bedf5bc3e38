/* SPDX-License-Identifier: Apache-2.0 */
/* cannula convert: resources from one format to the other. */
#include "cli/command.h"
#include "cli/context.h"
#include "cli/report.h"

#include <string.h>

#define SCHEMA_ARENA_BYTES (64u << 20)
#define DOCUMENT_ARENA_BYTES (1024u << 20)
#define OUTPUT_MAX_BYTES (256u << 20)
#define ISSUES_MAX 200

enum format { FORMAT_JSON, FORMAT_XML };

struct convert_job {
	const struct fhir_schema *schema;
	const struct fhir_type *type; /**< NULL: the root says */
	enum format to;
	bool compact, lenient;
};

static bool write_document(const struct convert_job *job, const struct fhir_node *node, struct buf *buf, struct error *err)
{
	if (job->to == FORMAT_XML && !fhir_xml_write(buf, node, job->compact ? FHIR_XML_COMPACT : FHIR_XML_PRETTY, err))
		return false;
	if (job->to == FORMAT_JSON)
		fhir_json_write(buf, node, job->compact ? FHIR_JSON_COMPACT : FHIR_JSON_PRETTY);
	if (job->compact)
		buf_append_char(buf, '\n');
	return !buf->failed || error_set(err, ERROR_LIMIT, "", "the document becomes larger than %u MiB", OUTPUT_MAX_BYTES >> 20);
}

static bool print(const struct buf *buf, struct error *err)
{
	if (fwrite(buf->ptr, 1, buf->len, stdout) == buf->len && fflush(stdout) == 0)
		return true;
	return error_set(err, ERROR_IO, "standard output", "cannot write");
}

/** EXIT_REFUSED: the file is not what it should be, and that was told; the next one is tried. */
static int convert_document(const struct convert_job *job, struct arena *arena, const char *path)
{
	struct error err = { 0 };
	struct fhir_node *node;
	struct issues issues;
	struct slice text;
	struct buf buf;

	issues_init(&issues, arena, ISSUES_MAX);
	if (!file_read(arena, path, FHIR_JSON_LIMITS_DEFAULT.max_bytes, &text, &err))
		return report_error(&err);
	bool read = fhir_read(arena, job->schema, job->type, job->lenient, text, &issues, &node);
	report_issues(path, &issues);
	if (!read)
		return EXIT_REFUSED;
	buf_init(&buf, OUTPUT_MAX_BYTES);
	bool done = write_document(job, node, &buf, &err) && print(&buf, &err);
	buf_free(&buf);
	if (done)
		return EXIT_DONE;
	(void)report_error(&err);
	return err.code == ERROR_IO ? EXIT_COULD_NOT : EXIT_REFUSED;
}

static int convert_file(const struct convert_job *job, const char *path)
{
	struct arena *arena = arena_new(DOCUMENT_ARENA_BYTES);
	struct error err = { 0 };
	int exit_code;

	if (!arena) {
		error_memory(&err);
		return report_error(&err);
	}
	exit_code = convert_document(job, arena, path);
	arena_free(arena);
	return exit_code;
}

static bool read_arguments(struct convert_job *job, enum fhir_version *version, const struct arguments *arguments)
{
	bool to_xml = false;

	if (!argument_get(arguments, "to")) {
		fputs("cannula convert: --to takes json or xml\n", stderr);
		return false;
	}
	if (!argument_choice(arguments, "to", "json", "xml", &to_xml) || !argument_version(arguments, "version", version))
		return false;
	job->to = to_xml ? FORMAT_XML : FORMAT_JSON;
	job->compact = argument_get(arguments, "compact") != NULL;
	job->lenient = argument_get(arguments, "lenient") != NULL;
	return true;
}

static bool find_type(struct convert_job *job, const char *name)
{
	if (!name)
		return true;
	job->type = fhir_type_find(job->schema, slice_of(name));
	if (job->type && (job->type->kind == FHIR_KIND_RESOURCE || job->type->kind == FHIR_KIND_LOGICAL) &&
	    !job->type->is_abstract)
		return true;
	fprintf(stderr, "cannula convert: FHIR %s has no resource or model %s\n",
		fhir_version_number(fhir_schema_version(job->schema)), name);
	return false;
}

static int convert_all(struct convert_job *job, const struct arguments *arguments)
{
	int worst = EXIT_DONE;

	if (!find_type(job, argument_get(arguments, "type")))
		return EXIT_USAGE;
	for (size_t i = 0; i < arguments->operand_count; i++) {
		int exit_code = convert_file(job, arguments->operands[i]);
		worst = exit_code > worst ? exit_code : worst;
	}
	return worst;
}

static int run(const struct arguments *arguments)
{
	struct convert_job job = { 0 };
	struct fhir_schema *schema;
	struct error err = { 0 };
	enum fhir_version version = FHIR_R4;
	struct arena *arena;
	int exit_code;

	if (!read_arguments(&job, &version, arguments))
		return EXIT_USAGE;
	arena = arena_new(SCHEMA_ARENA_BYTES);
	if (!arena || !fhir_schema_load(arena, version, &schema, &err)) {
		if (!arena)
			error_memory(&err);
		arena_free(arena);
		return report_error(&err);
	}
	job.schema = schema;
	exit_code = convert_all(&job, arguments);
	arena_free(arena);
	return exit_code;
}

static const struct flag flags[] = {
	{ "to", "json|xml", "the format to write (must be given)" },
	{ "version", "r4|r5", "the FHIR version of the resources (default: r4)" },
	{ "type", "TYPE", "expect that resource type, or logical model as ProcedureRecord" },
	{ "lenient", NULL, "warn of unknown elements and leave them out, instead of refusing the file" },
	{ "compact", NULL, "one line a resource" },
};

const struct command command_convert = {
	.name = "convert",
	.operands = "FILE...",
	.min_operands = 1,
	.max_operands = SIZE_MAX,
	.summary = "convert resources between JSON and XML",
	.description =
	    "Reads each file (- for standard input; whether it is JSON or XML shows by its first character) and prints its "
	    "resource in the\n"
	    "format asked for, in the order of the specification. Decimals, extensions and narratives stay as they are.\n"
	    "\n"
	    "What is not a resource of that version is refused with file, line and column, and the others are converted; "
	    "the exit code is\n"
	    "1 then.",
	.example = "cannula convert --to xml --version r5 patient.json",
	.flags = flags,
	.flag_count = ARRAY_SIZE(flags),
	.run = run,
};
