/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_MAP_OWN_H
#define CLI_MAP_OWN_H

#include "cli/command.h"

/** cannula map --map FILE and cannula map --check FILE. */
int map_own(const struct arguments *arguments);

#endif
