/* SPDX-License-Identifier: Apache-2.0 */
#include "cannula/base.h"

#include <unistd.h>

static enum log_level threshold = LOG_INFO;

void log_level_set(enum log_level level)
{
	threshold = level;
}

bool log_is_on(enum log_level level)
{
	return level <= threshold;
}

/** Control characters would let a peer forge lines. */
static size_t escape(char *out, size_t size, const char *text)
{
	size_t used = 0;

	for (; *text && used + 5 < size; text++) {
		unsigned char c = (unsigned char)*text;
		if (c < 0x20 || c == 0x7f)
			used += (size_t)snprintf(out + used, size - used, "\\x%02x", c);
		else
			out[used++] = (char)c;
	}
	return used;
}

void log_write(enum log_level level, const char *format, ...)
{
	static const char *const names[] = { "error", "warn", "info", "debug" };
	char message[2048], line[4096], instant[TIME_INSTANT_SIZE];
	va_list arguments;

	if (!log_is_on(level))
		return;
	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	time_format_instant(time_now_ms(), instant);
	size_t used = (size_t)snprintf(line, sizeof(line), "%s %s ", instant, names[level]);
	used += escape(line + used, sizeof(line) - used - 1, message);
	line[used++] = '\n';
	ssize_t written = write(STDERR_FILENO, line, used); /* one write: lines of threads do not mix */
	(void)written;
}
