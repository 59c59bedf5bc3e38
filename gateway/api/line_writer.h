/* SPDX-License-Identifier: Apache-2.0 */
/**
 * line_writer: lines on their way to a descriptor, written by a thread of their own. Event loops only copy bytes: a reader that
 * does not keep up never holds a loop, and many lines leave in one system call.
 */
#ifndef CANNULA_API_LINE_WRITER_H
#define CANNULA_API_LINE_WRITER_H

#include "cannula/base.h"

/* What waits at most; lines beyond it are lost, and the log says how many. */
#define LINE_WRITER_MAX_BYTES (4u << 20)

struct line_writer;

bool line_writer_new(int fd, struct line_writer **out, struct error *err) MUST_USE;
/** Writes what waits, then ends. NULL is allowed. */
void line_writer_free(struct line_writer *writer);
/** `line` ends in a line break. From any thread. */
void line_writer_add(struct line_writer *writer, struct slice line);
/** Returns when all that was added before is written. */
void line_writer_flush(struct line_writer *writer);

#endif
