/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_ARGUMENTS_H
#define CLI_ARGUMENTS_H

#include "cli/command.h"

enum arguments_outcome { ARGUMENTS_READY, ARGUMENTS_HELP, ARGUMENTS_WRONG };

/** `argv[0]` is the command's name. What is wrong is told on standard error. */
enum arguments_outcome arguments_parse(const struct command *command, int argc, char **argv, struct arguments *out);

#endif
