/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/config.h"

#define CONFIG_MAX_BYTES (1u << 20)

static const char *const log_levels[] = { "error", "warn", "info", "debug", NULL };

static const struct option rows[] = {
	{ .name = "log_level",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct config, log_level),
	  .default_text = "info",
	  .choices = log_levels,
	  .sentence = "How much is told on standard error." },
	{ .name = "profiles",
	  .kind = OPTION_PATH,
	  .offset = offsetof(struct config, profiles),
	  .sentence = "A directory laid over the built-in profiles: a file of the same name replaces one (maps, narratives, "
		      "reading rules), "
		      "a StructureDefinition under structures/ adds a type or a profile, extensions/ and terminology/ have "
		      "definitions of extensions, and value sets and code systems." },
	{ .name = "store",
	  .kind = OPTION_GROUP,
	  .offset = offsetof(struct config, store),
	  .table = &store_option_table,
	  .sentence = "Where the data is kept." },
	{ .name = "net",
	  .kind = OPTION_GROUP,
	  .offset = offsetof(struct config, net),
	  .table = &net_option_table,
	  .sentence = "The listener, its certificate and its limits." },
	{ .name = "access",
	  .kind = OPTION_GROUP,
	  .offset = offsetof(struct config, access),
	  .table = &access_option_table,
	  .sentence = "Who may do what." },
	{ .name = "api",
	  .kind = OPTION_GROUP,
	  .offset = offsetof(struct config, api),
	  .table = &api_option_table,
	  .sentence = "The FHIR REST interface." },
	{ .name = "publish",
	  .kind = OPTION_GROUP,
	  .offset = offsetof(struct config, publish),
	  .table = &publish_option_table,
	  .sentence = "The definitions that the gateway makes." },
	{ .name = "fetch",
	  .kind = OPTION_GROUP,
	  .offset = offsetof(struct config, fetch),
	  .table = &fetch_option_table,
	  .sentence = "How payer sites are visited." },
	{ .name = "sources",
	  .kind = OPTION_ROWS,
	  .offset = offsetof(struct config, sources),
	  .table = &sync_source_table,
	  .sentence = "The payer sites whose policies are kept in step." },
};

const struct option_table config_table = { rows, ARRAY_SIZE(rows), sizeof(struct config), 0 };

/** A key set's `file:` URL becomes absolute; what is no URL stays, for the check to refuse. */
static void resolve_keys(struct arena *arena, const char *path, struct slice *keys)
{
	struct slice url = keys->ptr ? fetch_url_configured(arena, path, *keys) : SLICE_NONE;

	if (url.ptr)
		*keys = url;
}

/** Every room's own check, so that all that is wrong is told at once. */
static bool check(struct arena *arena, const char *path, struct config *config, struct option_errors *errors)
{
	bool sources_good = sync_sources_check(arena, path, &config->sources, errors);

	resolve_keys(arena, path, &config->access.token.keys);
	bool access_good = access_options_check(arena, path, &config->access, &config->net, errors);
	return access_good && sources_good;
}

bool config_read(struct arena *arena, const char *path, struct config *out, struct option_errors *errors)
{
	struct slice text;

	*out = (struct config){ 0 };
	if (!path)
		return options_default(arena, &config_table, out, errors);
	*errors = (struct option_errors){ .items = arena_new_array(arena, struct error, OPTION_ERRORS_MAX) };
	if (!errors->items) {
		errors->dropped = 1;
		return false;
	}
	if (file_read(arena, path, CONFIG_MAX_BYTES, &text, &errors->items[0]))
		return options_read(arena, &config_table, path, text, out, errors) && check(arena, path, out, errors);
	errors->count = 1;
	return false;
}
