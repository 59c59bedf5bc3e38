/* SPDX-License-Identifier: Apache-2.0 */
#include "cannula/base.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void assert_failed(const char *condition, const char *file, int line)
{
	fprintf(stderr, "cannula: bug at %s:%d: %s does not hold\n", file, line, condition);
	abort();
}

bool error_set(struct error *err, enum error_code code, const char *place, const char *format, ...)
{
	va_list arguments;

	if (!err || err->code != ERROR_NONE)
		return false;
	err->code = code;
	snprintf(err->place, sizeof(err->place), "%s", place ? place : "");
	va_start(arguments, format);
	vsnprintf(err->message, sizeof(err->message), format, arguments);
	va_end(arguments);
	err->hint[0] = '\0';
	return false;
}

bool error_hint(struct error *err, const char *format, ...)
{
	va_list arguments;

	if (!err || err->hint[0])
		return false;
	va_start(arguments, format);
	vsnprintf(err->hint, sizeof(err->hint), format, arguments);
	va_end(arguments);
	return false;
}

/** What an errno means to the person at the prompt. */
static const struct {
	int number;
	enum error_code code;
	const char *hint;
} meanings[] = {
	{ ENOENT, ERROR_NOT_FOUND, "check the path" },
	{ ENOTDIR, ERROR_NOT_FOUND, "a part of the path is a file, not a directory" },
	{ EACCES, ERROR_ACCESS, "check owner and mode, or run as a user who may" },
	{ EPERM, ERROR_ACCESS, "check owner and mode, or run as a user who may" },
	{ EROFS, ERROR_ACCESS, "the file system is read-only: choose another directory" },
	{ ENOSPC, ERROR_FULL, "free some disk space, then try again" },
	{ EDQUOT, ERROR_FULL, "the quota is used up: free some space, then try again" },
	{ EFBIG, ERROR_FULL, "a file size limit was reached (see ulimit -f)" },
	{ EADDRINUSE, ERROR_BUSY, "another program listens there: stop it or choose another port" },
	{ ENOMEM, ERROR_MEMORY, "the system has no memory left" },
};

bool error_errno(struct error *err, int number, const char *place, const char *doing)
{
	enum error_code code = ERROR_IO;
	const char *hint = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(meanings); i++)
		if (meanings[i].number == number) {
			code = meanings[i].code;
			hint = meanings[i].hint;
		}
	error_set(err, code, place, "cannot %s: %s", doing, strerror(number));
	return hint ? error_hint(err, "%s", hint) : false;
}

bool error_memory(struct error *err)
{
	error_set(err, ERROR_MEMORY, "", "out of memory, or a memory limit was reached");
	return error_hint(err, "the input may be too large for its limit");
}

const char *error_code_name(enum error_code code)
{
	static const char *const names[] = {
		[ERROR_NONE] = "none",       [ERROR_USAGE] = "usage",         [ERROR_SYNTAX] = "syntax",
		[ERROR_LIMIT] = "limit",     [ERROR_NOT_FOUND] = "not-found", [ERROR_ACCESS] = "access",
		[ERROR_IO] = "io",           [ERROR_FULL] = "full",           [ERROR_BUSY] = "busy",
		[ERROR_CORRUPT] = "corrupt", [ERROR_CONFLICT] = "conflict",   [ERROR_NETWORK] = "network",
		[ERROR_MEMORY] = "memory",   [ERROR_TIME] = "time",           [ERROR_UNSUPPORTED] = "unsupported",
	};

	return names[code];
}
