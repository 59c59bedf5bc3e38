/* SPDX-License-Identifier: Apache-2.0 */
/* cannula sync: payer sources visited now. */
#include "cli/command.h"
#include "cli/context.h"
#include "cli/report.h"
#include "cli/source_mark.h"

#include "cannula/sync.h"

#define SOURCE_ARENA_BYTES (512u << 20)

static void show_progress(void *context, const struct sync_source *source, uint64_t done, uint64_t total)
{
	(void)context;
	report_progress(source->name.ptr, done, total);
}

/** What the user sees of a run. */
struct view {
	bool verbose;
	uint64_t untold; /* pieces of information that only --verbose tells */
};

static void show_issue(void *context, const struct sync_source *source, struct slice document, const struct issue *issue)
{
	struct view *view = context;
	char place[512];

	if (issue->severity == ISSUE_INFORMATION && !view->verbose) {
		view->untold++;
		return;
	}
	snprintf(place, sizeof(place), "%.*s: %.*s", SLICE_ARG(source->name), SLICE_ARG(document));
	report_issue(place, issue);
}

static void summarize(const struct sync_report *report)
{
	static const char *const states[] = {
		[SYNC_FRESH] = "fresh",
		[SYNC_PARTIAL] = "partial",
		[SYNC_FAILING] = "failing",
		[SYNC_GATED] = "gated",
	};

	report_done("%.*s: %s: %llu listed, %llu fetched, %llu not modified, %llu unchanged, %llu new, %llu changed, %llu gone, "
		    "%llu failed; "
		    "%llu resources written%s%.*s",
		    SLICE_ARG(report->source), states[report->state], (unsigned long long)report->listed,
		    (unsigned long long)report->fetched, (unsigned long long)report->not_modified,
		    (unsigned long long)report->unchanged, (unsigned long long)report->created,
		    (unsigned long long)report->changed, (unsigned long long)report->gone, (unsigned long long)report->failed,
		    (unsigned long long)report->resources_written, report->reason.len ? ": " : "", SLICE_ARG(report->reason));
}

static bool is_wanted(const struct arguments *arguments, const struct sync_source *source)
{
	for (size_t i = 0; i < arguments->operand_count; i++)
		if (slice_equal(source->name, slice_of(arguments->operands[i])))
			return true;
	return arguments->operand_count == 0;
}

static bool sync_sources(const struct arguments *arguments, const struct context *context, const struct sync_context *sync,
			 bool *failing, struct error *err)
{
	const struct sync_source *sources = context->config.sources.items;
	struct arena *arena = arena_new(SOURCE_ARENA_BYTES);
	bool done = arena != NULL;

	if (!arena)
		return error_memory(err);
	for (size_t i = 0; done && i < context->config.sources.count; i++) {
		struct sync_report report = { 0 };
		if (!is_wanted(arguments, &sources[i]))
			continue;
		arena_reset(arena);
		done = sync_run(sync, arena, &sources[i], &report, err);
		if (done)
			summarize(&report);
		if (done && report.state == SYNC_FRESH)
			done = source_mark_set(arena, context->config.store.path, sources[i].name, err);
		*failing = *failing || report.state != SYNC_FRESH;
	}
	arena_free(arena);
	return done;
}

static bool names_exist(const struct arguments *arguments, const struct config *config)
{
	const struct sync_source *sources = config->sources.items;

	if (config->sources.count == 0) {
		fputs("cannula sync: no sources are configured: name a file with a sources: list by --config (see "
		      "conf/demo.yaml)\n",
		      stderr);
		return false;
	}
	for (size_t i = 0; i < arguments->operand_count; i++) {
		size_t k = 0;
		while (k < config->sources.count && !slice_equal(sources[k].name, slice_of(arguments->operands[i])))
			k++;
		if (k == config->sources.count) {
			fprintf(stderr, "cannula sync: no source is named %s\n", arguments->operands[i]);
			return false;
		}
	}
	return true;
}

static int sync_with(const struct arguments *arguments, struct context *context)
{
	struct view view = { .verbose = argument_get(arguments, "verbose") };
	struct sync_context sync = { .progress = show_progress, .issue = show_issue, .context = &view };
	struct policy_rules *rules = NULL;
	struct fetcher *fetcher = NULL;
	struct error err = { 0 };
	bool failing = false;

	bool done = context_open_publisher(context, &err) && policy_rules_load(context->arena, &rules, &err) &&
		    fetcher_new(&context->config.fetch, &fetcher, &err) && context_open_store(context, &err);
	if (done) {
		sync.conn = context->conn;
		sync.fetcher = fetcher;
		sync.publisher = context->publisher;
		sync.rules = rules;
		sync.schema = context->schemas[FHIR_MODEL];
		done = sync_sources(arguments, context, &sync, &failing, &err);
		if (view.untold)
			fprintf(stderr,
				"%llu tokens and lines were left out for a reason; with --verbose each is told when it is read\n",
				(unsigned long long)view.untold);
	}
	fetcher_free(fetcher);
	policy_rules_free(rules);
	if (!done)
		return report_error(&err);
	return failing ? EXIT_REFUSED : EXIT_DONE;
}

static int run(const struct arguments *arguments)
{
	struct context context;
	int exit_code;

	if (!context_open(&context, argument_get(arguments, "config"), argument_get(arguments, "data"), &exit_code))
		return exit_code;
	exit_code = names_exist(arguments, &context.config) ? sync_with(arguments, &context) : EXIT_USAGE;
	context_close(&context);
	return exit_code;
}

static const struct flag flags[] = {
	FLAG_CONFIG,
	FLAG_DATA,
	{ "verbose", NULL, "tell also what was left out for a good reason, such as a number that is not a code" },
};

const struct command command_sync = {
	.name = "sync",
	.operands = "[SOURCE...]",
	.max_operands = SIZE_MAX,
	.summary = "fetch payer policies now and link them to procedures",
	.description = "Visits the configured sources (all, or those named), stores policies that are new or changed, and moves "
		       "the links of the\n"
		       "procedures whose codes they cover. Documents that did not change at their source are not fetched again. "
		       "A source that is\n"
		       "down or refuses retires nothing; it is told, and the exit code is 1.",
	.example = "cannula sync --config conf/demo.yaml --data ./data",
	.flags = flags,
	.flag_count = ARRAY_SIZE(flags),
	.run = run,
};
