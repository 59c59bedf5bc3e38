/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/context.h"

#include "cli/report.h"

#include <stdlib.h>
#include <string.h>

#define CONTEXT_MAX_BYTES (512u << 20)

void context_set_log_level(struct slice name)
{
	static const char *const names[] = { "error", "warn", "info", "debug" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (slice_equal(name, slice_of(names[i])))
			log_level_set((enum log_level)i);
}

/** XDG Base Directory Specification: $XDG_DATA_HOME, else ~/.local/share. */
static struct slice default_data_dir(struct arena *arena)
{
	const char *data_home = getenv("XDG_DATA_HOME"), *home = getenv("HOME");

	if (data_home && data_home[0] == '/')
		return arena_printf(arena, "%s/cannula", data_home);
	return arena_printf(arena, "%s/.local/share/cannula", home ? home : "/tmp");
}

static bool read_config(struct context *context, const char *path, int *exit_code)
{
	struct option_errors errors;

	if (config_read(context->arena, path, &context->config, &errors))
		return true;
	*exit_code = EXIT_USAGE;
	for (size_t i = 0; i < errors.count; i++)
		report_error(&errors.items[i]);
	if (errors.dropped)
		fprintf(stderr, "cannula: and %zu more\n", errors.dropped);
	return false;
}

static bool apply(struct context *context, const char *data, struct error *err)
{
	struct config *config = &context->config;

	context_set_log_level(config->log_level);
	if (data)
		config->store.path = slice_of(data);
	if (!config->store.path.ptr)
		config->store.path = default_data_dir(context->arena);
	if (!config->store.path.ptr)
		return error_memory(err);
	return !config->profiles.ptr || asset_overlay(config->profiles.ptr, err);
}

bool context_open(struct context *context, const char *config_path, const char *data_path, int *exit_code)
{
	struct error err = { 0 };

	*context = (struct context){ .arena = arena_new(CONTEXT_MAX_BYTES) };
	bool configured = context->arena && read_config(context, config_path, exit_code);
	if (configured && apply(context, data_path, &err))
		return true;
	if (!context->arena)
		error_memory(&err);
	if (err.code != ERROR_NONE)
		*exit_code = report_error(&err);
	context_close(context);
	return false;
}

bool context_open_schemas(struct context *context, struct error *err)
{
	for (int version = 0; version < FHIR_VERSION_COUNT; version++) {
		struct fhir_schema *schema;
		if (context->schemas[version])
			continue;
		if (!fhir_schema_load(context->arena, (enum fhir_version)version, &schema, err))
			return false;
		context->schemas[version] = schema;
	}
	return true;
}

bool context_open_publisher(struct context *context, struct error *err)
{
	return context_open_schemas(context, err) &&
	       publisher_new(context->arena, &context->config.publish, context->schemas, &context->publisher, err);
}

bool context_open_store(struct context *context, struct error *err)
{
	return context_open_schemas(context, err) && store_open(&context->config.store, context->schemas, &context->store, err) &&
	       store_conn_open(context->store, &context->conn, err);
}

void context_close(struct context *context)
{
	if (context->conn)
		store_conn_close(context->conn);
	if (context->store)
		store_close(context->store);
	arena_free(context->arena);
}
