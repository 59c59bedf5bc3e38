/* SPDX-License-Identifier: Apache-2.0 */
/* cannula manual: the man pages, made from the same rows as `--help` and the configuration reader (man(7) macros). */
#include "cli/command.h"
#include "cli/config.h"

#include <string.h>

/** Text that troff would read as a request or an escape is protected. */
static void roff(const char *text)
{
	bool at_start = true;

	for (; *text; text++) {
		if (at_start && (*text == '.' || *text == '\''))
			fputs("\\&", stdout);
		if (text[0] == '\n' && text[1] == '\n') {
			fputs("\n.PP", stdout);
			continue;
		}
		if (*text == '\\')
			fputs("\\e", stdout);
		else if (*text == '-')
			fputs("\\-", stdout);
		else
			putchar(*text);
		at_start = *text == '\n';
	}
}

static void flag_print(const struct flag *flag)
{
	fputs(".TP\n.B \\-\\-", stdout);
	roff(flag->name);
	if (flag->argument) {
		fputs(" \\fI", stdout);
		roff(flag->argument);
		fputs("\\fR", stdout);
	}
	putchar('\n');
	roff(flag->sentence);
	putchar('\n');
}

static void command_print(const struct command *command)
{
	fputs(".SS cannula ", stdout);
	roff(command->name);
	fputs(command->flag_count ? " [OPTION...] " : " ", stdout);
	roff(command->operands ? command->operands : "");
	putchar('\n');
	roff(command->description);
	putchar('\n');
	for (size_t i = 0; i < command->flag_count; i++)
		flag_print(&command->flags[i]);
	fputs(".PP\nExample:\n.PP\n.RS\n.nf\n", stdout);
	roff(command->example);
	fputs("\n.fi\n.RE\n", stdout);
}

static void print_commands_page(void)
{
	fputs(".TH CANNULA 1 \"\" \"cannula " PACKAGE_VERSION "\" \"User Commands\"\n"
	      ".SH NAME\ncannula \\- map procedure records to FHIR, serve them, keep payer policies linked to them\n"
	      ".SH SYNOPSIS\n.B cannula\n.I COMMAND\n[OPTION...] [OPERAND...]\n"
	      ".SH COMMANDS\n",
	      stdout);
	for (size_t i = 0; i < command_count; i++)
		command_print(commands[i]);
	fputs(".SH EXIT STATUS\n"
	      ".TP\n.B 0\ndone\n"
	      ".TP\n.B 1\ndone, with input refused; each refusal was told with file, line and reason\n"
	      ".TP\n.B 2\nthe command line or the configuration is wrong\n"
	      ".TP\n.B 3\ncould not run: store locked, corrupt or full, port in use, certificate missing\n"
	      ".SH SEE ALSO\n.BR cannula.yaml (5)\n",
	      stdout);
}

static int run(const struct arguments *arguments)
{
	const char *page = arguments->operand_count ? arguments->operands[0] : "cannula.1";

	if (strcmp(page, "cannula.1") == 0)
		print_commands_page();
	else if (strcmp(page, "cannula.yaml.5") == 0)
		config_print_manual(stdout);
	else {
		fprintf(stderr, "cannula manual: the pages are cannula.1 and cannula.yaml.5\n");
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

const struct command command_manual = {
	.name = "manual",
	.operands = "[PAGE]",
	.max_operands = 1,
	.summary = "print a manual page (cannula.1, cannula.yaml.5)",
	.description = "Prints the source of a manual page.",
	.example = "cannula manual cannula.yaml.5 | man -l -",
	.run = run,
};
