/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/reload.h"

#include "cli/notify.h"

#include <string.h>

#define CONFIG_MAX_MEMORY (64u << 20)

/** What takes effect at once; all else is named. */
static const char *const reloaded[] = {
	"log_level",
	"net.certificate",
	"net.private_key",
	"net.certificates",
	"net.client_certificates",
	"net.client_ca",
	"net.listeners.client_certificates",
	"access.identities",
	"access.token.issuer",
	"access.token.audience",
	"access.token.keys",
	"access.token.algorithms",
	"access.token.skew",
	"access.token.max_token",
	"access.token.min_key_age",
	"access.token.max_key_age",
	"access.token.key_retry",
	"access.token.max_cached_tokens",
};

/** "access.identities" has "access.identities.scopes", too. */
static bool is_within(const char *name, const char *whole)
{
	size_t len = strlen(whole);

	return strncmp(name, whole, len) == 0 && (name[len] == '\0' || name[len] == '.');
}

static void tell_difference(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(reloaded); i++)
		if (is_within(name, reloaded[i]))
			return;
	log_write(LOG_WARN, "reload: %s has changed; that takes effect when the server is started again", name);
}

static void tell_errors(const struct option_errors *errors)
{
	for (size_t i = 0; i < errors->count; i++)
		log_write(LOG_ERROR, "reload: %s: %s (%s)", errors->items[i].place, errors->items[i].message,
			  errors->items[i].hint);
}

static bool tell_failure(const struct error *err)
{
	log_write(LOG_ERROR, "reload: %s: %s (%s)", err->place, err->message, err->hint);
	return false;
}

/** All of it or nothing. `*rules` are taken when they are there, and then have `arena`. */
static bool take(const struct reload *reload, struct arena *arena, struct config *config, struct access_rules **rules)
{
	struct error err = { 0 };

	if (reload->data_path || !config->store.path.ptr) /* as at the start */
		config->store.path = reload->running.store.path;
	config_each_difference(&reload->running, config, tell_difference);
	if (!config->net.certificate.ptr) {
		config->net.certificate = reload->certificate;
		config->net.private_key = reload->private_key;
	}
	if (!access_rules_new(reload->access, arena, &config->access, &config->net, rules, &err) ||
	    !net_server_reload(reload->server, &config->net, &err))
		return tell_failure(&err);
	context_set_log_level(config->log_level);
	if (*rules)
		access_take(reload->access, *rules);
	access_refresh(reload->access);
	return true;
}

void reload_run(void *context)
{
	const struct reload *reload = context;
	struct arena *arena = arena_new(CONFIG_MAX_MEMORY);
	struct access_rules *rules = NULL;
	struct config *config = arena ? arena_new_of(arena, struct config) : NULL;
	struct option_errors errors = { 0 };
	bool ok = config && config_read(arena, reload->config_path, config, &errors);

	notify_reloading();
	log_write(LOG_INFO, "SIGHUP: reading configuration, certificates and keys");
	if (!ok)
		tell_errors(&errors);
	ok = ok && take(reload, arena, config, &rules);
	log_write(ok ? LOG_INFO : LOG_ERROR, ok ? "reloaded" : "reload: nothing was changed");
	if (rules && !ok)
		access_rules_free(rules);
	if (!rules)
		arena_free(arena);
	notify_send("READY=1");
}
