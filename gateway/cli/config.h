/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration file as a whole: each room declares its own rows, and they meet here. */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include "cannula/access.h"
#include "cannula/api.h"
#include "cannula/net.h"
#include "cannula/publish.h"
#include "cannula/store.h"
#include "cannula/sync.h"

struct config {
	struct slice log_level;
	struct slice profiles; /**< a directory laid over the built-in profiles; absent: none */
	struct store_options store;
	struct net_options net;
	struct access_options access;
	struct api_options api;
	struct publish_options publish;
	struct fetch_options fetch;
	struct option_rows sources; /**< struct sync_source */
};
extern const struct option_table config_table;

/** Reads `path` (NULL: the defaults). All that is wrong is in `errors`. */
bool config_read(struct arena *arena, const char *path, struct config *out, struct option_errors *errors) MUST_USE;

/** Names each option ("net.listen", "net.listeners.access") in which they differ. */
void config_each_difference(const struct config *a, const struct config *b, void (*each)(const char *name));

/** The rows as a commented YAML file (conf/cannula.yaml) and as the manual page cannula.yaml(5). */
void config_print_example(FILE *out);
void config_print_manual(FILE *out);

#endif
