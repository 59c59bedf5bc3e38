/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/reload.h"

#include "cli/notify.h"

#include <string.h>

#define CONFIG_MAX_MEMORY (64u << 20)

/** What takes effect at once; all else is named. */
static const char *const reloaded[] = {
	"log_level", "net.certificate", "net.private_key", "net.certificates", "net.client_certificates", "net.client_ca",
};

static void tell_difference(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(reloaded); i++)
		if (strcmp(reloaded[i], name) == 0)
			return;
	log_write(LOG_WARN, "reload: %s has changed; that takes effect when the server is started again", name);
}

static void tell_errors(const struct option_errors *errors)
{
	for (size_t i = 0; i < errors->count; i++)
		log_write(LOG_ERROR, "reload: %s: %s (%s)", errors->items[i].place, errors->items[i].message,
			  errors->items[i].hint);
}

static bool take(const struct reload *reload, struct config *config)
{
	struct error err = { 0 };

	if (reload->data_path || !config->store.path.ptr) /* as at the start */
		config->store.path = reload->running.store.path;
	config_each_difference(&reload->running, config, tell_difference);
	if (!config->net.certificate.ptr) {
		config->net.certificate = reload->certificate;
		config->net.private_key = reload->private_key;
	}
	if (!net_server_reload(reload->server, &config->net, &err)) {
		log_write(LOG_ERROR, "reload: %s: %s (%s)", err.place, err.message, err.hint);
		return false;
	}
	context_set_log_level(config->log_level);
	return true;
}

void reload_run(void *context)
{
	const struct reload *reload = context;
	struct arena *arena = arena_new(CONFIG_MAX_MEMORY);
	struct config config;
	struct option_errors errors = { 0 };
	bool ok = arena && config_read(arena, reload->config_path, &config, &errors);

	notify_reloading();
	log_write(LOG_INFO, "SIGHUP: reading configuration and certificates");
	if (!ok)
		tell_errors(&errors);
	ok = ok && take(reload, &config);
	log_write(ok ? LOG_INFO : LOG_ERROR, ok ? "reloaded" : "reload: nothing was changed");
	arena_free(arena);
	notify_send("READY=1");
}
