/* SPDX-License-Identifier: Apache-2.0 */
/* Subcommands are table rows: the parser, `--help` and the man page are made from them. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "cannula/fhir.h"

/** What a finished command tells its caller; documented in the man page. */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_REFUSED = 1,   /**< done, with input refused: each refusal was told */
	EXIT_USAGE = 2,     /**< command line or configuration */
	EXIT_COULD_NOT = 3, /**< could not run */
};

/** `--name` or `--name ARGUMENT`. */
struct flag {
	const char *name;
	const char *argument; /**< NULL: a switch; "FILE...": may be given more than once */
	const char *sentence;
};

#define FLAGS_MAX 16
#define REPEATED_MAX 64

struct command;

/** A parsed command line. */
struct arguments {
	const struct command *command;
	const char *values[FLAGS_MAX]; /**< parallel to the command's flags; "" for a switch; NULL when not given */
	char **operands;
	size_t operand_count;
	struct repeated {
		const struct flag *flag;
		const char *value;
	} repeated[REPEATED_MAX]; /**< flags that may be given more than once, in order */
	size_t repeated_count;
};

struct command {
	const char *name;
	const char *operands; /**< "PATH..." */
	size_t min_operands, max_operands;
	const char *summary;     /**< one line */
	const char *description; /**< paragraphs separated by blank lines */
	const char *example;
	const struct flag *flags;
	size_t flag_count;
	int (*run)(const struct arguments *arguments);
};

/** All of them, in the order of the help. */
extern const struct command *const commands[];
extern const size_t command_count;

extern const struct command command_load, command_serve, command_sync, command_map, command_check_config, command_manual;
extern const struct command command_convert, command_validate, command_fhirpath, command_patch, command_diff;

/** The value of `--name`, which the command has; NULL when not given. */
const char *argument_get(const struct arguments *arguments, const char *name);

/** The values of `--name`, which may be given more than once: `*at` starts at 0; NULL at the end. */
const char *argument_next(const struct arguments *arguments, const char *name, size_t *at);

/** Whether `--flag` has the second of its two words; not given, `*is_second` stays. Another word is told, and false then. */
bool argument_choice(const struct arguments *arguments, const char *flag, const char *first, const char *second,
		     bool *is_second) MUST_USE;
/** The same for r4 and r5. */
bool argument_version(const struct arguments *arguments, const char *flag, enum fhir_version *version) MUST_USE;
/** "SYSTEM:CODE" at its last colon, since a system may be a URI. What is wrong is told. */
bool argument_split_code(const char *text, struct slice *system, struct slice *code) MUST_USE;

/** Flags of every command that opens configuration and store. */
#define FLAG_CONFIG                                                                                                              \
	{                                                                                                                        \
		"config", "FILE", "read the configuration from FILE (default: built-in settings)"                                \
	}
#define FLAG_DATA                                                                                                                \
	{                                                                                                                        \
		"data", "DIR", "keep the data in DIR (default: $XDG_DATA_HOME/cannula)"                                          \
	}

void usage_print(FILE *out);
void usage_print_command(FILE *out, const struct command *command);

#endif
