/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration, certificates and keys are read anew while the server runs. */
#ifndef CLI_RELOAD_H
#define CLI_RELOAD_H

#include "cli/context.h"

struct reload {
	const char *config_path, *data_path;   /**< of the command line; NULL: not given */
	struct config running;                 /**< as it was read when the server started */
	struct slice certificate, private_key; /**< those made when none is configured */
	struct access *access;
	struct net_server *server;
};

/** On SIGHUP; `context` is a struct reload. What cannot change while the server runs is named in the log. When anything is wrong
 * with the new configuration nothing changes, and the log says what it is. */
void reload_run(void *context);

#endif
