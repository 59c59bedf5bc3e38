/* SPDX-License-Identifier: Apache-2.0 */
/* In which options two configurations differ. */
#include "cli/config.h"

#define NAME_MAX_BYTES 128

/** Rows that are as many are compared in their order, and an option is named once for all of them. */
static void each_row_difference(const struct option_table *table, const struct option_rows *a, const struct option_rows *b,
				const char *prefix, void (*each)(const char *name))
{
	for (size_t i = 0; i < table->count; i++) {
		const struct option_table alone = { &table->options[i], 1, table->size, 0 };
		char name[2 * NAME_MAX_BYTES];
		bool same = true;
		for (size_t row = 0; row < a->count; row++)
			same &= options_equal(&alone, (const char *)a->items + row * table->size,
					      (const char *)b->items + row * table->size);
		snprintf(name, sizeof(name), "%s.%s", prefix, table->options[i].name);
		if (!same)
			each(name);
	}
}

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
		const void *in_a = (const char *)a + option->offset, *in_b = (const char *)b + option->offset;
		if (option->kind == OPTION_GROUP)
			each_difference(option->table, in_a, in_b, name, each);
		else if (option->kind == OPTION_ROWS &&
			 ((const struct option_rows *)in_a)->count == ((const struct option_rows *)in_b)->count)
			each_row_difference(option->table, in_a, in_b, name, each);
		else
			each(name);
	}
}

void config_each_difference(const struct config *a, const struct config *b, void (*each)(const char *name))
{
	each_difference(&config_table, a, b, "", each);
}
