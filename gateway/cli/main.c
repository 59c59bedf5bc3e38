/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/arguments.h"
#include "cli/command.h"

#include <signal.h>
#include <string.h>

const struct command *const commands[] = {
	&command_load,     &command_serve, &command_sync, &command_map,          &command_convert, &command_validate,
	&command_fhirpath, &command_patch, &command_diff, &command_check_config, &command_manual,
};
const size_t command_count = ARRAY_SIZE(commands);

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < command_count; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

static int unknown(const char *name)
{
	const char *names[ARRAY_SIZE(commands)];

	for (size_t i = 0; i < command_count; i++)
		names[i] = commands[i]->name;
	const char *near = nearest_name(slice_of(name), names, command_count);
	fprintf(stderr, "cannula: there is no command \"%s\"\n", name);
	fprintf(stderr, near ? "  did you mean: cannula %s\n" : "  the commands are listed by: cannula %s\n",
		near ? near : "--help");
	return EXIT_USAGE;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct arguments arguments;

	switch (arguments_parse(command, argc, argv, &arguments)) {
	case ARGUMENTS_HELP:
		usage_print_command(stdout, command);
		return EXIT_DONE;
	case ARGUMENTS_WRONG:
		fprintf(stderr, "  how to use it: cannula %s --help\n", command->name);
		return EXIT_USAGE;
	case ARGUMENTS_READY:
		break;
	}
	return command->run(&arguments);
}

int main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : NULL;

	signal(SIGPIPE, SIG_IGN);
	if (!word) {
		usage_print(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(word, "--version") == 0) {
		puts("cannula " PACKAGE_VERSION);
		return EXIT_DONE;
	}
	const struct command *command = find(strcmp(word, "help") == 0 && argc > 2 ? argv[2] : word);
	if (strcmp(word, "--help") == 0 || (strcmp(word, "help") == 0 && !command)) {
		usage_print(stdout);
		return EXIT_DONE;
	}
	if (!command)
		return unknown(word);
	if (strcmp(word, "help") == 0) {
		usage_print_command(stdout, command);
		return EXIT_DONE;
	}
	return run(command, argc - 1, argv + 1);
}
