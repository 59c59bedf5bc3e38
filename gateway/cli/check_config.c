/* SPDX-License-Identifier: Apache-2.0 */
/* cannula check-config: everything wrong with a configuration file, at once. */
#include "cli/command.h"
#include "cli/config.h"
#include "cli/report.h"

#define ARENA_BYTES (16u << 20)

static int check(struct arena *arena, const char *path)
{
	struct option_errors errors;
	struct config config;

	if (config_read(arena, path, &config, &errors)) {
		report_done("%s: well-formed, %zu sources", path, config.sources.count);
		return EXIT_DONE;
	}
	for (size_t i = 0; i < errors.count; i++)
		report_error(&errors.items[i]);
	fprintf(stderr, "%s: %zu wrong\n", path, errors.count + errors.dropped);
	return EXIT_USAGE;
}

static int run(const struct arguments *arguments)
{
	if (argument_get(arguments, "example")) {
		config_print_example(stdout);
		return EXIT_DONE;
	}
	if (arguments->operand_count == 0) {
		fputs("cannula check-config: name the file to check, or --example\n", stderr);
		return EXIT_USAGE;
	}
	struct arena *arena = arena_new(ARENA_BYTES);
	if (!arena)
		return EXIT_COULD_NOT;
	int exit_code = check(arena, arguments->operands[0]);
	arena_free(arena);
	return exit_code;
}

static const struct flag flags[] = {
	{ "example", NULL, "print every option with its default and what it does" },
};

const struct command command_check_config = {
	.name = "check-config",
	.operands = "[FILE]",
	.max_operands = 1,
	.summary = "tell everything wrong with a configuration file",
	.description =
	    "Reads a configuration and names each unknown option, wrong value and missing one with file, line and column.",
	.example = "cannula check-config conf/cannula.yaml",
	.flags = flags,
	.flag_count = ARRAY_SIZE(flags),
	.run = run,
};
