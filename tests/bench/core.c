/* SPDX-License-Identifier: Apache-2.0 */
/* One piece of work of the FHIR core, for core.sh to count: all that it costs is done below the function `measured`, once before
 * to fill what is filled once, and a second time to be counted by callgrind (--toggle-collect=measured).
 *   core time FILE COMMAND [ARGUMENT]...   processor milliseconds of a command that reads FILE: the least of five runs
 *   core tables           both versions' tables: milliseconds of processor time and KiB resident that they cost
 *   core bundle PAGE...   a Bundle (R4) of 10 MB of what the pages become, to standard output
 *   core map PAGE         a page to its resources in R4 and R5, as JSON; prints how many
 *   core search PAGE      the search parameters of the page's PlanDefinition in R4, compiled before; prints how many */
#include "cannula/fhirpath.h"
#include "cannula/publish.h"
#include "cannula/record.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TABLE_BYTES (256u << 20)
#define WORK_BYTES (64u << 20)
#define BUNDLE_BYTES (10u << 20)
#define ISSUES_MAX 50
#define PARAMS_MAX 100
#define TIME_RUNS 5

struct core {
	struct arena *shared, *arena;
	struct fhir_schema *schemas[FHIR_VERSION_COUNT];
	struct record_rules *rules;
	struct publisher *publisher;
	struct error err;
	const char *name;
	struct slice page;
	struct buf out;
	struct publish_resources resources[FHIR_VERSION_COUNT];
	const struct fhirpath_program *programs[PARAMS_MAX];
	size_t program_count;
};

static bool load_tables(struct core *core)
{
	core->shared = arena_new(TABLE_BYTES);
	core->arena = arena_new(WORK_BYTES);
	if (!core->shared || !core->arena)
		return error_memory(&core->err);
	for (int version = 0; version < FHIR_VERSION_COUNT; version++)
		if (!fhir_schema_load(core->shared, (enum fhir_version)version, &core->schemas[version], &core->err))
			return false;
	return true;
}

static bool load_all(struct core *core)
{
	struct publish_options options = { 0 };
	struct option_errors errors = { 0 };

	return load_tables(core) && record_rules_load(core->shared, &core->rules, &core->err) &&
	       options_default(core->shared, &publish_option_table, &options, &errors) &&
	       publisher_new(core->shared, &options, (const struct fhir_schema *const *)core->schemas, &core->publisher,
			     &core->err);
}

static bool read_page(struct core *core, const char *path)
{
	core->name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	return file_read(core->shared, path, RECORD_PAGE_MAX_BYTES, &core->page, &core->err);
}

/* ---- what is measured ---- */

/** The page to resources of both versions in `core->arena`, and to JSON. */
static bool map_page(struct core *core)
{
	struct record_source source = { .name = core->name };
	struct fhir_node *record;
	struct issues issues;

	issues_init(&issues, core->arena, ISSUES_MAX);
	if (!record_read_page(core->arena, core->schemas[FHIR_MODEL], core->rules, &source, core->page, &issues, &record, NULL,
			      &core->err))
		return false;
	for (int version = 0; version < FHIR_VERSION_COUNT; version++) {
		struct publish_resources *made = &core->resources[version];
		if (!publish_map(core->publisher, core->arena, (enum fhir_version)version, record, NULL, &issues, made,
				 &core->err))
			return false;
		for (size_t i = 0; i < made->count; i++)
			fhir_json_write(&core->out, made->items[i], FHIR_JSON_COMPACT);
	}
	return true;
}

static bool search_plan(struct core *core)
{
	const struct publish_resources *made = &core->resources[FHIR_R4];
	struct fhirpath_context context = { .schema = core->schemas[FHIR_R4] };

	for (size_t i = 0; i < made->count; i++) {
		if (!slice_equal(made->items[i]->type->name, SLICE("PlanDefinition")))
			continue;
		context.resource = made->items[i];
		for (size_t p = 0; p < core->program_count; p++) {
			struct fhirpath_result result;
			if (!fhirpath_eval_node(core->arena, core->programs[p], &context, made->items[i], &result, &core->err))
				return false;
		}
		return true;
	}
	return error_set(&core->err, ERROR_USAGE, core->name, "the page becomes no PlanDefinition");
}

/** Not inlined, so that callgrind finds it. */
static __attribute__((noinline)) bool measured(struct core *core, bool (*work)(struct core *core))
{
	return work(core);
}

/* ---- the pieces of work ---- */

static bool bench_map(struct core *core, char **pages)
{
	if (!load_all(core) || !read_page(core, pages[0]) || !map_page(core))
		return false;
	arena_reset(core->arena);
	core->out.len = 0;
	if (!measured(core, map_page))
		return false;
	printf("%zu resources\n", core->resources[FHIR_R4].count + core->resources[FHIR_R5].count);
	return true;
}

static bool compile_params(struct core *core)
{
	size_t count;
	const struct fhir_type *type = fhir_type_find(core->schemas[FHIR_R4], SLICE("PlanDefinition"));
	const struct fhir_search_param *params = fhir_search_params(core->schemas[FHIR_R4], type, &count);

	for (size_t i = 0; i < count && core->program_count < PARAMS_MAX; i++) {
		struct fhirpath_program *program;
		if (!params[i].expression.len)
			continue;
		if (!fhirpath_compile(core->shared, params[i].expression, &program, &core->err))
			return false;
		core->programs[core->program_count++] = program;
	}
	return true;
}

static bool bench_search(struct core *core, char **pages)
{
	if (!load_all(core) || !read_page(core, pages[0]) || !map_page(core) || !compile_params(core) || !search_plan(core) ||
	    !measured(core, search_plan))
		return false;
	printf("%zu search parameters\n", core->program_count);
	return true;
}

static bool bench_bundle(struct core *core, char **pages)
{
	struct buf *out = &core->out;

	if (!load_all(core))
		return false;
	fputs("{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[", stdout);
	for (size_t done = 0, page = 0; done < BUNDLE_BYTES; page = pages[page + 1] ? page + 1 : 0) {
		const struct publish_resources *made = &core->resources[FHIR_R4];
		arena_reset(core->arena);
		if (!read_page(core, pages[page]) || !map_page(core))
			return false;
		for (size_t i = 0; i < made->count; i++) {
			out->len = 0;
			fhir_json_write(out, made->items[i], FHIR_JSON_COMPACT);
			printf("%s{\"resource\":%.*s}", done ? "," : "", (int)out->len, out->ptr);
			done += out->len;
		}
	}
	fputs("]}\n", stdout);
	return true;
}

static long resident_kib(void)
{
	long pages = 0;
	FILE *file = fopen("/proc/self/statm", "re");

	if (!file || fscanf(file, "%*s %ld", &pages) != 1)
		pages = 0;
	if (file)
		fclose(file);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static bool bench_tables(struct core *core, char **pages)
{
	struct timespec begin, end;
	long before = resident_kib();

	(void)pages;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
	if (!measured(core, load_tables))
		return false;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	double ms = (double)(end.tv_sec - begin.tv_sec) * 1e3 + (double)(end.tv_nsec - begin.tv_nsec) / 1e6;
	printf("%.1f ms, %ld KiB resident\n", ms, resident_kib() - before);
	return true;
}

/** Microseconds of processor time that the command took; 0: it failed. */
static uint64_t time_once(char **arguments)
{
	struct rusage usage;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (freopen(arguments[0], "r", stdin) && freopen("/dev/null", "w", stdout))
			execvp(arguments[1], arguments + 1);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid || status != 0)
		return 0;
	return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
	       (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static bool bench_time(struct core *core, char **arguments)
{
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < TIME_RUNS; i++) {
		uint64_t took = time_once(arguments);
		if (took == 0)
			return error_set(&core->err, ERROR_USAGE, arguments[1], "cannot be run on %s", arguments[0]);
		least = took < least ? took : least;
	}
	printf("%u\n", (unsigned)(least / 1000));
	return true;
}

static const struct {
	const char *name;
	int arguments;
	bool (*run)(struct core *core, char **arguments);
} works[] = {
	{ "time", 2, bench_time }, { "tables", 0, bench_tables }, { "bundle", 1, bench_bundle },
	{ "map", 1, bench_map },   { "search", 1, bench_search },
};

int main(int argc, char **argv)
{
	struct core core = { 0 };

	buf_init(&core.out, WORK_BYTES);
	for (size_t i = 0; argc > 1 && i < ARRAY_SIZE(works); i++) {
		if (strcmp(argv[1], works[i].name) != 0 || argc < 2 + works[i].arguments)
			continue;
		bool ok = works[i].run(&core, argv + 2);
		if (!ok)
			fprintf(stderr, "core: %s: %s\n", core.err.place, core.err.message);
		buf_free(&core.out);
		arena_free(core.arena);
		arena_free(core.shared);
		return ok ? 0 : 1;
	}
	fputs("usage: core time FILE COMMAND... | tables | bundle PAGE... | map PAGE | search PAGE\n", stderr);
	return 2;
}
