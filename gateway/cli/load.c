/* SPDX-License-Identifier: Apache-2.0 */
/* cannula load: pages in, definitions stored. A record is mapped whole before any of it is written, and records are committed in
 * batches, so that a kill at any moment leaves whole records only. */
#include "cli/command.h"
#include "cli/context.h"
#include "cli/inputs.h"
#include "cli/records.h"
#include "cli/report.h"

#include <string.h>

#define BATCH_RECORDS 64
#define RECORD_ARENA_BYTES (64u << 20)
#define ISSUES_MAX 200

struct load {
	struct context context;
	struct records records;
	struct inputs inputs;
	struct arena *arena; /* of the record at hand */
	struct publish_counts counts;
	size_t loaded, refused;
};

/** False: nothing more can be loaded. */
static bool publish_record(struct load *load, struct fhir_node *record, struct issues *issues, struct error *err)
{
	uint64_t refused = load->counts.refused;
	bool done =
	    publish_procedure(load->context.publisher, load->context.conn, load->arena, record, issues, &load->counts, err);

	load->loaded += done && load->counts.refused == refused;
	return done;
}

/** False: nothing more can be loaded. */
static bool load_one(struct load *load, const struct input *input, struct error *err)
{
	struct error refusal = { 0 };
	struct record_list list;
	struct issues issues;
	bool done = true;

	arena_reset(load->arena);
	issues_init(&issues, load->arena, ISSUES_MAX);
	if (!records_read(&load->records, load->arena, input, &issues, &list, NULL, &refusal)) {
		report_issues(input->path, &issues);
		report_error(&refusal);
		load->refused++;
		return true;
	}
	for (size_t i = 0; done && i < list.count; i++)
		done = publish_record(load, list.items[i], &issues, err);
	report_issues(input->path, &issues);
	return done;
}

static bool load_batch(struct load *load, size_t first, size_t end, struct error *err)
{
	if (!store_begin(load->context.conn, err))
		return false;
	for (size_t i = first; i < end; i++) {
		report_progress("loading", i, load->inputs.count);
		if (!load_one(load, &load->inputs.items[i], err)) {
			store_rollback(load->context.conn);
			return false;
		}
	}
	return store_commit(load->context.conn, err);
}

static bool load_all(struct load *load, struct error *err)
{
	for (size_t first = 0; first < load->inputs.count; first += BATCH_RECORDS) {
		size_t end = first + BATCH_RECORDS < load->inputs.count ? first + BATCH_RECORDS : load->inputs.count;
		if (!load_batch(load, first, end, err))
			return false;
	}
	report_progress("loading", load->inputs.count, load->inputs.count);
	return true;
}

/** Operands and manifest. A path that cannot be read is refused, and the others still count. */
static bool gather(struct load *load, const struct arguments *arguments)
{
	const char *manifest = argument_get(arguments, "manifest");
	struct error broken = { 0 };
	struct record_form *forms;

	if (!record_forms_load(load->context.arena, &forms, &broken)) {
		report_error(&broken);
		return false;
	}
	load->inputs.forms = forms;
	for (size_t i = 0; i < arguments->operand_count + (manifest != NULL); i++) {
		struct error refusal = { 0 };
		bool is_path = i < arguments->operand_count;
		if (is_path ? inputs_add_path(load->context.arena, &load->inputs, arguments->operands[i], &refusal)
			    : inputs_add_manifest(load->context.arena, &load->inputs, manifest, &refusal))
			continue;
		report_error(&refusal);
		load->refused++;
	}
	if (load->inputs.count == 0 && load->refused == 0) {
		fputs("cannula load: nothing to load: name a page, a directory of pages, or a --manifest\n", stderr);
		return false;
	}
	return true;
}

/** --code speaks of exactly one page. */
static bool set_code(struct load *load, const char *text)
{
	if (load->inputs.count == 1)
		return argument_split_code(text, &load->inputs.items[0].system, &load->inputs.items[0].code);
	fputs("cannula load: --code speaks of exactly one page; a --manifest gives codes to many\n", stderr);
	return false;
}

static void summarize(const struct load *load)
{
	report_done("%zu loaded, %llu refused: %llu resources created, %llu updated, %llu unchanged", load->loaded,
		    (unsigned long long)(load->refused + load->counts.refused), (unsigned long long)load->counts.created,
		    (unsigned long long)load->counts.updated, (unsigned long long)load->counts.unchanged);
	if (load->inputs.passed_over)
		fprintf(stderr, "%zu other files below the directories were left alone: pages are named *%s\n",
			load->inputs.passed_over, RECORD_PAGE_SUFFIX);
}

static bool open_records(struct load *load, struct error *err)
{
	if (!context_open_publisher(&load->context, err) || !record_rules_load(load->context.arena, &load->records.rules, err))
		return false;
	load->records.schema = load->context.schemas[FHIR_MODEL];
	load->records.forms = load->inputs.forms;
	return true;
}

static int load_run(struct load *load)
{
	struct error err = { 0 };

	load->arena = arena_new(RECORD_ARENA_BYTES);
	if (!load->arena)
		error_memory(&err);
	else if (open_records(load, &err) && context_open_store(&load->context, &err) && load_all(load, &err))
		summarize(load);
	arena_free(load->arena);
	if (err.code != ERROR_NONE)
		return report_error(&err);
	return load->refused + load->counts.refused ? EXIT_REFUSED : EXIT_DONE;
}

static int run(const struct arguments *arguments)
{
	struct load load = { 0 };
	int exit_code;

	if (!context_open(&load.context, argument_get(arguments, "config"), argument_get(arguments, "data"), &exit_code))
		return exit_code;
	const char *code = argument_get(arguments, "code");
	if (!gather(&load, arguments) || (code && load.inputs.count > 0 && !set_code(&load, code)))
		exit_code = EXIT_USAGE;
	else
		exit_code = load.inputs.count ? load_run(&load) : EXIT_REFUSED;
	context_close(&load.context);
	return exit_code;
}

static const struct flag flags[] = {
	FLAG_CONFIG,
	FLAG_DATA,
	{ "code", "SYSTEM:CODE", "the code of the one page that is loaded, as cpt:22513" },
	{ "manifest", "FILE", "a CSV file whose columns file, system and code name pages and their codes" },
};

const struct command command_load = {
	.name = "load",
	.operands = "PATH...",
	.max_operands = SIZE_MAX,
	.summary = "map procedure pages into the store",
	.description =
	    "Reads each page (a file, every *" RECORD_PAGE_SUFFIX
	    " below a directory, or - for standard input), maps it to ProcedureDefinition,\n"
	    "PlanDefinition and ActivityDefinition in R4 and R5, and stores what changed. Loading the same page again writes\n"
	    "nothing. Lines that fit nowhere are kept as notes and told.\n"
	    "\n"
	    "A page does not contain its own code: it comes from --code, from a manifest, or from the end of the file name\n"
	    "(kyphoplasty-22513.txt). Without any it loads under an id made from its title.\n"
	    "\n"
	    "Files of other kinds (.csv, .tsv, .json, .ndjson, .xml) hold records of a logical model: files/NAME.yaml in the "
	    "directory that\n"
	    "profiles: names says which, structures/ has the model, and maps/ what it becomes.",
	.example = "cannula load --data ./data pages/ kyphoplasty-22513.txt",
	.flags = flags,
	.flag_count = ARRAY_SIZE(flags),
	.run = run,
};
