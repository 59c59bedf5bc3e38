/* SPDX-License-Identifier: Apache-2.0 */
/* `--help`, made from the command rows. */
#include "cli/command.h"

void usage_print(FILE *out)
{
	fputs("cannula maps procedure records to FHIR, serves them over TLS, and keeps payer policies linked to them.\n\n"
	      "Usage: cannula COMMAND [OPTION...] [OPERAND...]\n\n"
	      "Commands:\n",
	      out);
	for (size_t i = 0; i < command_count; i++)
		fprintf(out, "  %-14s %s\n", commands[i]->name, commands[i]->summary);
	fputs("\nA first walk:\n"
	      "  cannula load kyphoplasty-22513.txt        take a procedure page in\n"
	      "  cannula serve                             serve it on https://localhost:8443\n"
	      "  curl -k https://localhost:8443/fhir/r4/PlanDefinition/cpt-22513\n\n"
	      "`cannula COMMAND --help` tells more about a command; `cannula --version` which version this is.\n"
	      "Exit codes: 0 done; 1 done, with input refused; 2 usage or configuration; 3 could not run.\n",
	      out);
}

void usage_print_command(FILE *out, const struct command *command)
{
	fprintf(out, "Usage: cannula %s%s%s%s\n\n%s\n", command->name, command->flag_count ? " [OPTION...]" : "",
		command->operands ? " " : "", command->operands ? command->operands : "", command->description);
	if (command->flag_count)
		fputs("\nOptions:\n", out);
	for (size_t i = 0; i < command->flag_count; i++) {
		const struct flag *flag = &command->flags[i];
		int width =
		    fprintf(out, "  --%s%s%s", flag->name, flag->argument ? " " : "", flag->argument ? flag->argument : "");
		fprintf(out, "%*s%s\n", width < 26 ? 26 - width : 1, "", flag->sentence);
	}
	fprintf(out, "\nExample:\n  %s\n", command->example);
}
