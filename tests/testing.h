/* SPDX-License-Identifier: Apache-2.0 */
/* What every unit test starts with. */
#ifndef CANNULA_TESTING_H
#define CANNULA_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cannula/base.h"

/** Compares a slice with a C string and shows both when they differ. */
static inline void assert_slice(struct slice got, const char *expected)
{
	char text[4096];

	snprintf(text, sizeof(text), "%.*s", SLICE_ARG(got));
	assert_string_equal(text, expected);
}

/** For must-use calls that have to succeed: prints the error when they do not. */
#define assert_ok(call, err)                                                                              \
	do {                                                                                              \
		if (!(call))                                                                              \
			fail_msg("%s: %s: %s (%s)", #call, (err)->place, (err)->message, (err)->hint);    \
	} while (0)

#endif
