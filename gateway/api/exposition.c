/* SPDX-License-Identifier: Apache-2.0 */
#include "api/exposition.h"

#include <math.h>

void exposition_family(struct buf *buf, const char *name, const char *type, const char *help)
{
	buf_printf(buf, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void sample_begin(struct buf *buf, const char *name, const char *labels)
{
	if (labels[0])
		buf_printf(buf, "%s{%s} ", name, labels);
	else
		buf_printf(buf, "%s ", name);
}

void exposition_count(struct buf *buf, const char *name, const char *labels, uint64_t value)
{
	sample_begin(buf, name, labels);
	buf_printf(buf, "%llu\n", (unsigned long long)value);
}

/** Whole numbers are written as such, however large: scrapers and people compare them. */
void exposition_number(struct buf *buf, const char *name, const char *labels, double value)
{
	sample_begin(buf, name, labels);
	if (value == floor(value) && fabs(value) < 1e15)
		buf_printf(buf, "%.0f\n", value);
	else
		buf_printf(buf, "%.15g\n", value);
}

void exposition_single(struct buf *buf, const char *name, const char *type, const char *help, double value)
{
	exposition_family(buf, name, type, help);
	exposition_number(buf, name, "", value);
}

struct slice exposition_label(struct arena *arena, const char *key, struct slice value)
{
	char *text = arena_alloc(arena, 2 * value.len + 1);
	size_t len = 0;

	for (size_t i = 0; text && i < value.len; i++) {
		char c = value.ptr[i];
		if (c == '\\' || c == '"' || c == '\n')
			text[len++] = '\\';
		text[len++] = c == '\n' ? 'n' : c;
	}
	return text ? arena_printf(arena, "%s=\"%.*s\"", key, (int)len, text) : SLICE_NONE;
}
