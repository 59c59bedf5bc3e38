/* SPDX-License-Identifier: Apache-2.0 */
/* What commands work with, opened in order and closed whole. */
#ifndef CLI_CONTEXT_H
#define CLI_CONTEXT_H

#include "cli/command.h"
#include "cli/config.h"

struct context {
	struct arena *arena; /**< lives as long as the command */
	struct config config;
	const struct fhir_schema *schemas[FHIR_VERSION_COUNT];
	struct publisher *publisher;
	struct store *store;
	struct store_conn *conn;
};

/** Configuration from `config_path` (NULL: built-in), its profiles overlay and log level; `data_path` (NULL: as configured)
 * overrides where the data is. What is wrong is told, and false then. */
bool context_open(struct context *context, const char *config_path, const char *data_path, int *exit_code) MUST_USE;
bool context_open_schemas(struct context *context, struct error *err) MUST_USE;
bool context_open_publisher(struct context *context, struct error *err) MUST_USE; /**< schemas too */
bool context_open_store(struct context *context, struct error *err) MUST_USE;     /**< schemas too; with one connection */
void context_set_log_level(struct slice name);
void context_close(struct context *context);

#endif
