/* SPDX-License-Identifier: Apache-2.0 */
/* In which options two configurations differ. */
#include "cli/config.h"

#define NAME_MAX_BYTES 128

static void each_difference(const struct option_table *table, const void *a, const void *b, const char *prefix,
			    void (*each)(const char *name))
{
	for (size_t i = 0; i < table->count; i++) {
		const struct option *option = &table->options[i];
		char name[NAME_MAX_BYTES];
		const struct option_table alone = { option, 1, table->size, 0 };
		if (options_equal(&alone, a, b))
			continue;
		snprintf(name, sizeof(name), "%s%s%s", prefix, prefix[0] ? "." : "", option->name);
		if (option->kind == OPTION_GROUP)
			each_difference(option->table, (const char *)a + option->offset, (const char *)b + option->offset, name,
					each);
		else
			each(name);
	}
}

void config_each_difference(const struct config *a, const struct config *b, void (*each)(const char *name))
{
	each_difference(&config_table, a, b, "", each);
}
