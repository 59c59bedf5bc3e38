/* SPDX-License-Identifier: Apache-2.0 */
/* cannula map --map and --check: a map of one's own, over records or resources of one's own. */
#include "cli/map_own.h"

#include "cli/context.h"
#include "cli/report.h"

#include "cannula/record.h"

#include <string.h>

#define OWN_ARENA_BYTES (512u << 20)
#define OWN_OUTPUT_BYTES (64u << 20)
#define OWN_ISSUES_MAX 200
#define OWN_FILES_MAX 128

struct own {
	struct context context;
	struct arena *arena;
	const struct arguments *arguments;
	const char *map, *input;
	enum fhir_version from, to;
	struct map_file files[OWN_FILES_MAX];
	size_t file_count;
	struct map_program *program;
	bool refused;
};

/** The tables, with the models that are given. */
static bool open_schemas(struct own *own, struct error *err)
{
	for (int version = 0; version < FHIR_VERSION_COUNT; version++) {
		struct fhir_schema *schema;
		const char *path;

		if (!fhir_schema_load(own->context.arena, (enum fhir_version)version, &schema, err))
			return false;
		for (size_t at = 0; (path = argument_next(own->arguments, "model", &at));) {
			struct slice bytes;

			if (!file_read(own->arena, path, RECORD_FILE_MAX_BYTES, &bytes, err) ||
			    !fhir_schema_add(schema, path, bytes, err))
				return false;
		}
		own->context.schemas[version] = schema;
	}
	return true;
}

static bool add_files(struct own *own, const char *flag, struct error *err)
{
	const char *path;

	for (size_t at = 0; (path = argument_next(own->arguments, flag, &at));) {
		struct map_file *file = &own->files[own->file_count++];

		file->name = path;
		if (!file_read(own->arena, path, MAP_TEXT_MAX_BYTES, &file->bytes, err))
			return false;
	}
	return true;
}

static void tell_mistake(void *context, const struct error *mistake)
{
	(void)context;
	report_error(mistake);
}

static bool compile(struct own *own, struct error *err)
{
	struct map_library library = { .files = own->files, .mistake = tell_mistake };
	struct slice text;

	if (!open_schemas(own, err) || !add_files(own, "import", err) || !add_files(own, "concept-map", err) ||
	    !file_read(own->arena, own->map, MAP_TEXT_MAX_BYTES, &text, err))
		return false;
	library.source = own->context.schemas[own->from];
	library.target = own->context.schemas[own->to];
	library.also = own->context.schemas[own->to == FHIR_R4 ? FHIR_R5 : FHIR_R4];
	library.file_count = own->file_count;
	return map_compile_with(own->arena, &library, own->map, text, &own->program, err);
}

static bool read_input(struct own *own, struct issues *issues, struct record_list *list, struct error *err)
{
	const struct record_form *form;
	struct record_form *forms;
	struct slice bytes;
	/* Standard input has no name to tell what it is. */
	const char *name = strcmp(own->input, "-") == 0 ? "-.json" : own->input;

	if (!record_forms_load(own->arena, &forms, err) || !file_read(own->arena, own->input, RECORD_FILE_MAX_BYTES, &bytes, err))
		return false;
	form = record_form_find(forms, own->input);
	return record_read(own->arena, own->context.schemas[own->from], map_source_type(own->program), form, name, bytes, issues,
			   list, err);
}

static bool print(const struct fhir_node *made, enum fhir_json_style style, struct error *err)
{
	struct buf out;

	buf_init(&out, OWN_OUTPUT_BYTES);
	fhir_json_write(&out, made, style);
	buf_append_char(&out, '\n');
	bool done = !out.failed && fwrite(out.ptr, 1, out.len, stdout) == out.len && fflush(stdout) == 0;
	buf_free(&out);
	return done || error_set(err, ERROR_IO, "standard output", "cannot write");
}

/** One record is printed for reading; several as NDJSON. */
static bool map_records(struct own *own, struct issues *issues, struct error *err)
{
	struct record_list list;

	if (!read_input(own, issues, &list, err))
		return false;
	for (size_t i = 0; i < list.count; i++) {
		struct fhir_node *made;
		size_t errors = issues->error_count;

		if (!map_run(own->arena, own->program, list.items[i], NULL, issues, &made, err))
			return false;
		if (issues->error_count == errors && !print(made, list.count > 1 ? FHIR_JSON_COMPACT : FHIR_JSON_PRETTY, err))
			return false;
	}
	own->refused = issues->error_count > 0;
	return true;
}

static int run_own(struct own *own, bool check)
{
	struct error err = { 0 };
	struct issues issues;

	issues_init(&issues, own->arena, OWN_ISSUES_MAX);
	bool done = compile(own, &err);
	if (done && check)
		report_done("%s: from %.*s to %.*s, no mistakes found", own->map, SLICE_ARG(map_source_type(own->program)->name),
			    SLICE_ARG(map_target_type(own->program)->name));
	if (done && !check)
		done = map_records(own, &issues, &err);
	report_issues(own->input, &issues);
	if (done)
		return own->refused ? EXIT_REFUSED : EXIT_DONE;
	int exit_code = report_error(&err);
	return err.code == ERROR_SYNTAX || err.code == ERROR_LIMIT ? EXIT_REFUSED : exit_code;
}

int map_own(const struct arguments *arguments)
{
	struct own own = { .arguments = arguments, .from = FHIR_MODEL, .to = FHIR_R4 };
	const char *map = argument_get(arguments, "map");
	int exit_code;

	own.input = arguments->operands[0];
	own.map = map ? map : own.input;
	if (!argument_version(arguments, "from", &own.from) || !argument_version(arguments, "to", &own.to))
		return EXIT_USAGE;
	if (map && argument_get(arguments, "check")) {
		fputs("cannula map: --check takes the map as its FILE, without --map\n", stderr);
		return EXIT_USAGE;
	}
	if (!context_open(&own.context, argument_get(arguments, "config"), NULL, &exit_code))
		return exit_code;
	own.arena = arena_new(OWN_ARENA_BYTES);
	exit_code = EXIT_COULD_NOT;
	if (own.arena)
		exit_code = run_own(&own, argument_get(arguments, "check") != NULL);
	arena_free(own.arena);
	context_close(&own.context);
	return exit_code;
}
