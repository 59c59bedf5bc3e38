/* SPDX-License-Identifier: Apache-2.0 */
/* What people read on standard error: errors with their place and hint, issues, progress. Colours only on a terminal. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "cannula/fhir.h"

/** "cannula: place: message", then the hint. Returns the exit code that the error means for the whole run. */
int report_error(const struct error *err);
/** "file:line: severity: text". */
void report_issue(const char *file, const struct issue *issue);
void report_issues(const char *file, const struct issues *issues);
/** A green or plain line of good news, without newline at the end. */
void report_done(const char *format, ...) PRINTF_LIKE(1, 2);

/** A bar that redraws itself; silent when standard error is no terminal. `done == total` ends it. */
void report_progress(const char *what, uint64_t done, uint64_t total);

#endif
